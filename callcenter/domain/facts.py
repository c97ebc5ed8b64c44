"""What it depends on whether a call may be dialled: the facts that eligibility.py judges, and how they are chosen."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from callcenter.domain.batch import Batch
from callcenter.domain.call import Call
from callcenter.domain.client import Account, Client
from callcenter.domain.hours import Window
from callcenter.domain.pacing import Pace
from callcenter.domain.phone import zones_of

#: Retell's limit as long as nobody has read it.
UNREAD_LIMIT = 20


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """What is known of the number to be called. `dialled_24h` are its dials over all clients, also those in doubt."""

    suppressed_why: str | None = None
    is_deleted: bool = False
    open_dial: bool = False
    held_elsewhere: bool = False
    dialled_24h: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """The client with its slots in use and its costs of today, in micro-dollars; today ends at `day_ends_at`.

    `closed_days` are dates in the lead's zone, with their names.
    """

    client: Client
    used: int
    cost_today: int
    uncosted_today: int
    day_ends_at: datetime
    closed_days: Mapping[date, str]


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """The batch with its slots in use."""

    batch: Batch
    used: int


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The account with its slots in use, its limit (see `account_limit`), its pace and when that allows the next dial."""

    account: Account
    used: int
    limit: int
    pace_free_at: datetime | None
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class LineFacts:
    """The number a call goes out from, the pace of that number, and when it allows the next dial."""

    number: str
    pace: Pace
    free_at: datetime | None


@dataclass(frozen=True, slots=True)
class Ask:
    """All that the answer depends on. `all_paused_why` is None while calling is on, however short the reason is.

    `line` is None when nobody has set a pace for the number the call goes out from.
    """

    now: datetime
    call: Call
    zones: tuple[str, ...]
    windows: tuple[Window, ...]
    number: NumberFacts
    client: ClientFacts
    batch: BatchFacts | None
    account: AccountFacts | None
    all_paused_why: str | None
    line: LineFacts | None = None


def zones_for(lead_timezone: str | None, number: str) -> tuple[str, ...]:
    """Gives the zones a call is judged in: the lead's own, else every zone of the number, else none."""
    return (lead_timezone,) if lead_timezone else zones_of(number)


def windows_for(call: Call, batch: Batch | None, client: Client) -> tuple[Window, ...]:
    """Gives the hours that hold for a call: its own, else its batch's, else its client's; they never add up."""
    if call.window is not None:
        return call.window
    return batch.window if batch is not None and batch.window is not None else client.calling_hours


def account_limit(account: Account, *, foreign: int) -> int:
    """Gives how many of our calls an account may carry; `foreign` are the calls on it that are not ours."""
    theirs = UNREAD_LIMIT if account.provider_limit is None else account.provider_limit
    free = max(0, theirs - account.reserved_inbound - foreign)
    return free if account.own_limit is None else min(account.own_limit, free)
