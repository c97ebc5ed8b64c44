"""A filter over the calls that somebody has given a name."""

from dataclasses import dataclass
from datetime import datetime

MOST_LETTERS = 60
MOST_VIEWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A named filter of one person. `query` is the address it stands for, sort included; `columns` are those it shows, empty
    for everybody's own. `is_shared`: the whole team has it."""

    view_id: str
    user_id: str
    name: str
    query: str
    columns: tuple[str, ...] = ()
    is_shared: bool = False
    created_at: datetime
