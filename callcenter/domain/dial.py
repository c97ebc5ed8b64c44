"""One try to place a call at the provider, with its token: its states and the allowed steps, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class DialState(StrEnum):
    """Where one try stands. `unknown` is a state of its own: we cannot tell yet whether a call exists."""

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    LIVE = "live"
    FINISHED = "finished"
    REJECTED = "rejected"
    UNSENT = "unsent"
    UNKNOWN = "unknown"
    VOID = "void"
    QUARANTINED = "quarantined"
    CANCELLED = "cancelled"


S = DialState

#: The only steps a dial may take. Evidence that the call exists beats everything, hence the steps to accepted, live and
#: finished from states that look final. Nothing ever returns to planned: a try whose end is unknown is never repeated.
ALLOWED: Mapping[DialState, frozenset[DialState]] = {
    S.PLANNED: frozenset({S.SENDING, S.CANCELLED, S.UNSENT}),
    S.SENDING: frozenset({S.ACCEPTED, S.REJECTED, S.UNSENT, S.UNKNOWN, S.LIVE, S.FINISHED}),
    S.UNKNOWN: frozenset({S.ACCEPTED, S.LIVE, S.FINISHED, S.VOID, S.QUARANTINED, S.REJECTED}),
    S.QUARANTINED: frozenset({S.ACCEPTED, S.LIVE, S.FINISHED, S.VOID, S.REJECTED}),
    S.ACCEPTED: frozenset({S.LIVE, S.FINISHED, S.REJECTED}),
    S.LIVE: frozenset({S.FINISHED}),
    S.VOID: frozenset({S.ACCEPTED, S.LIVE, S.FINISHED, S.REJECTED}),
    S.REJECTED: frozenset({S.ACCEPTED, S.LIVE, S.FINISHED}),
    S.UNSENT: frozenset({S.ACCEPTED, S.LIVE, S.FINISHED, S.REJECTED}),
    S.FINISHED: frozenset(),
    S.CANCELLED: frozenset(),
}

#: While a dial is in one of these, no other dial to its number may exist for the same client.
HOLDS_NUMBER = frozenset({S.PLANNED, S.SENDING, S.UNKNOWN, S.ACCEPTED, S.LIVE, S.QUARANTINED})

#: A dial in one of these does not stand for its call any more: nobody was reached by it.
FALLEN = frozenset({S.UNSENT, S.REJECTED, S.VOID, S.CANCELLED})

#: Retell has, or may have, a call behind a dial in one of these.
MAY_EXIST = frozenset({S.SENDING, S.UNKNOWN, S.ACCEPTED, S.LIVE, S.FINISHED, S.QUARANTINED})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a send ended: `kind` names it, `status` is the HTTP status if any, `words` what the provider said.

    `retry_after` is how long it asked us to wait, if it did; nobody asks later, so it is not kept.
    """

    kind: str
    status: int | None = None
    words: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, kw_only=True)  # no slots: see changing.py
class Dial:
    """One try to place a call. Instants are UTC; the dial has a place under every cap until `slot_freed_at` is set."""

    dial_id: str
    call_id: str
    client_id: str
    account_id: str
    batch_id: str | None = None
    number: str
    seq: int
    token: str
    state: DialState
    epoch: int
    planned_at: datetime
    sent_at: datetime | None = None
    resent_at: datetime | None = None
    settled_at: datetime | None = None
    body_hash: str = ""
    agent_id: str | None = None
    from_number: str = ""
    variables_sent: Mapping[str, str]
    ring_ms: int = 30_000
    verdict: Verdict | None = None
    provider_call_id: str | None = None
    slot_freed_at: datetime | None = None
    next_check_at: datetime | None = None
    checks: int = 0
    zone_used: str = ""
    local_time: str = ""
    rules_version: str = ""

    @property
    def is_standing(self) -> bool:
        """True unless it is known that nobody was reached by this dial."""
        return self.state not in FALLEN
