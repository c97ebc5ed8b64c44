"""What is announced on a change: that something changed, never what it became."""

from dataclasses import dataclass
from typing import Literal, get_args

Topic = Literal["call", "batch", "client", "lead", "event", "installation", "account", "user", "follow_up", "slot", "do_not_call"]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something changed: look again. `slot` says that the dispatcher may have work."""

    topic: Topic
    client_id: str | None = None
    id: str = ""


#: Notices were lost, nobody knows which. One of each topic, naming none: whoever listens to any looks at all of it again.
EVERYTHING: tuple[Notice, ...] = tuple(Notice(topic) for topic in get_args(Topic))
