"""Given eligible calls, caps and free slots: who is next, and how fast."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from callcenter.domain.call import Priority
from callcenter.domain.client import Account

#: A pace that has grown past this, in calls per second, limits nothing.
NO_PACE = 100.0

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """So many calls per second and no more; `is_learned` from a refusal, else a person's will."""

    per_second: float
    is_learned: bool = False

    @property
    def burst(self) -> int:
        """How many may go out at once."""
        return max(1, int(self.per_second))

    @property
    def window(self) -> timedelta:
        """In how long no more than a burst may go out."""
        return timedelta(seconds=self.burst / self.per_second)

    @property
    def words(self) -> str:
        """As people say it: "2 a second", "6 a minute"."""
        number, unit = (self.per_second, "second") if self.per_second >= 1 else (self.per_second * 60, "minute")
        return f"{number:.3g} a {unit}"


class Chance(Protocol):
    """Random numbers, passed in."""

    def uniform(self, a: float, b: float) -> float: ...


@dataclass(frozen=True, slots=True)
class Share:
    """A client that has an eligible call, with its slots in use on this account, its cap, and when it last dialled."""

    client_id: str
    used: int
    cap: int
    last_dialled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """The first call of a batch, or of a client's single calls (`batch_id` None), and the slots these have in use."""

    batch_id: str | None
    used: int
    priority: Priority
    scheduled_at: datetime
    call_id: str


def next_client(shares: Sequence[Share], *, limit: int) -> str | None:
    """Says whose call takes the next free place of an account that may carry `limit` calls; None if nobody's may.

    The limit is shared out evenly among those who may take more. Clients below their share come first, among them the one
    that dialled longest ago; so below its share a client waits for at most as many freed places as there are other clients
    with calls. Above it, the one with the fewest in use is next.
    """
    waiting = [share for share in shares if share.used < share.cap]
    if not waiting or limit <= 0:
        return None
    below = [share for share in waiting if share.used * len(waiting) < limit]
    if below:
        return min(below, key=lambda s: (s.last_dialled_at or _NEVER, s.used, s.client_id)).client_id
    return min(waiting, key=lambda s: (s.used, s.last_dialled_at or _NEVER, s.client_id)).client_id


def next_head(heads: Iterable[Queue]) -> Queue:
    """Says which call goes next inside a client: by priority, then from the batch with the fewest slots in use.

    `heads` has the first call of each batch in the same order (priority, `scheduled_at`, id); at least one.
    """
    return min(heads, key=lambda head: (-head.priority, head.used, head.scheduled_at, head.call_id))


def slowed(now: datetime, recent_rate: float) -> tuple[float, datetime]:
    """Gives the pace to store after Retell refused for being full: `learned_pace` and `paced_at`.

    `recent_rate` is the calls per second over the last 10 s.
    """
    return max(1.0, recent_rate / 2), now


def allowed_pace(account: Account, now: datetime) -> Pace | None:
    """Gives how fast an account may be dialled from now; None if there is no limit.

    Of a person's limit and the learned one the smaller holds. The learned one grows by a tenth with every minute that passes
    without another refusal.
    """
    own = None if account.pace_per_second is None else Pace(account.pace_per_second)
    learned = _learned(account, now)
    if learned is None or (own is not None and own.per_second <= learned):
        return own
    return Pace(learned, is_learned=True)


def _learned(account: Account, now: datetime) -> float | None:
    if account.learned_pace is None or account.paced_at is None:
        return None
    minutes = max(0, (now - account.paced_at) // timedelta(minutes=1))
    grown = account.learned_pace * 1.1 ** min(minutes, 1000)
    return None if grown > NO_PACE else grown


def free_at(pace: Pace, sent: Sequence[datetime], now: datetime) -> datetime | None:
    """Gives when a pace allows the next dial; None when it does now. `sent` are the newest sends, newest last."""
    if len(sent) < pace.burst:
        return None
    at = sent[-pace.burst] + pace.window
    return at if at > now else None


def backoff(tries: int, *, retry_after: timedelta | None, rng: Chance) -> timedelta:
    """Gives how long to wait after the `tries`-th refusal in a row: never less than Retell asked for.

    Otherwise 2 s, doubled each time up to 5 min; a random part keeps those who were refused together apart.
    """
    if retry_after is not None:
        return retry_after * rng.uniform(1.0, 1.1)
    longest = min(300.0, 2.0 * 2 ** min(max(tries - 1, 0), 10))
    return timedelta(seconds=longest * rng.uniform(0.5, 1.0))
