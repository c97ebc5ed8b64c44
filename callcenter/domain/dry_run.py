"""A batch played through on another clock: the real rules say when each of its calls may go out, and nobody is dialled.

What chance decides is taken as it usually goes: of so many calls that share ends so. People are therefore counted in fractions,
and all who are alike to every rule are one crowd. It is played as if nothing else were dialled meanwhile.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from callcenter.domain.call import Call, Derived
from callcenter.domain.changing import with_changes
from callcenter.domain.eligibility import ASSUMED_COST, Ask, Judgement, judge
from callcenter.domain.hours import HORIZON, midnights
from callcenter.domain.retry import plan_retry, policy_for
from callcenter.domain.waterfall import likeness

#: Dials are told by stretches of this length: every zone's hours and days are made of whole ones.
STRETCH = timedelta(minutes=15)
#: The clock goes on by so long while the leads are no more than so many: what takes days need not be told by the minute.
_STEPS = ((2_000, timedelta(minutes=1)), (20_000, timedelta(minutes=5)), (None, timedelta(minutes=15)))
#: A crowd of fewer than this is nobody.
_NOBODY = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How calls usually go: seconds of one with its ringing, micro-dollars of one (None: not known), and the shares (0–1) of
    those that reach nobody by their class of end."""

    seconds: float
    cost: int | None
    endings: Mapping[str, float]


@dataclass(slots=True)
class Crowd:
    """So many people who are alike to every rule, the question about one of them, and the tries they have had by class."""

    ask: Ask
    count: float
    tries: Mapping[str, int] = field(default_factory=dict[str, int])


class Crowds:
    """Puts everybody with those who are alike.

    When somebody was dialled lately is told by the stretch, or all who were called today would be a crowd of one each.
    """

    def __init__(self) -> None:
        self._by_likeness: dict[Hashable, Crowd] = {}

    def add(self, asks: Iterable[Ask]) -> None:
        """Adds a person for each question."""
        for ask in asks:
            number = replace(ask.number, dialled_24h=tuple(_end_of_stretch(at) for at in ask.number.dialled_24h))
            about = replace(ask, number=number)
            self._by_likeness.setdefault(likeness(about), Crowd(about, 0)).count += 1

    def __iter__(self) -> Iterator[Crowd]:
        return iter(self._by_likeness.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What would happen. `tried_at` is when the last lead is called for the first time, `done_at` when the last call is over.

    `dials` counts all calls, and `by_stretch` those that go out in each stretch (its start, UTC). `never` are (reason, leads)
    that no call goes out to, and `later` those whose turn comes only after two weeks. `cost` is in micro-dollars.
    """

    leads: float
    dials: float
    cost: int | None
    first_at: datetime | None
    tried_at: datetime | None
    done_at: datetime | None
    by_stretch: Mapping[datetime, float]
    never: tuple[tuple[str, float], ...]
    later: float


def play(crowds: Iterable[Crowd], habits: Habits, *, start: datetime, at_a_time: int, per_second: float | None = None) -> DryRun:
    """Plays two weeks from `start`: at most so many calls at a time, and so many a second."""
    return _Game(list(crowds), habits, start=start, at_a_time=at_a_time, per_second=per_second).played()


class _Game:
    """Who waits for an instant, who waits for a place, and what has happened so far."""

    def __init__(self, crowds: list[Crowd], habits: Habits, *, start: datetime, at_a_time: int, per_second: float | None) -> None:
        self.habits, self.at_a_time, self.per_second = habits, max(1, at_a_time), per_second
        self.now, self.end = start, start + HORIZON
        self.leads = sum(crowd.count for crowd in crowds)
        self.step = next(step for most, step in _STEPS if most is None or self.leads <= most)
        self.order = count()
        self.ends_at = next((c.ask.batch.batch.ends_at for c in crowds if c.ask.batch is not None), None)
        self.asleep: list[tuple[datetime, int, Crowd]] = []
        self.trying: dict[Hashable, Crowd] = {}  # those who wait for another try, and may yet be joined
        self.awake: list[tuple[datetime, int, Crowd]] = []
        for crowd in crowds:
            self._sleep(Crowd(_alone(crowd.ask), crowd.count, crowd.tries), start)
        self.places = float(self.at_a_time)  # free at the beginning of a step
        self.day_ends_at: datetime | None = None
        self.spent = 0
        self.dials = 0.0
        self.first_at: datetime | None = None
        self.tried_at: datetime | None = None
        self.last_at: datetime | None = None
        self.by_stretch: defaultdict[datetime, float] = defaultdict(float)
        self.never: defaultdict[str, float] = defaultdict(float)

    def played(self) -> DryRun:
        while (self.asleep or self.awake) and self.now < self.end:
            self._wake()
            if not self.awake:
                self.now, self.places = self.asleep[0][0], float(self.at_a_time)
                continue
            until = self._step_ends()
            self._one_step((until - self.now).total_seconds())
            self.now = until
        left = sum(crowd.count for _at, _nth, crowd in (*self.asleep, *self.awake) if crowd.ask.call.attempt_number == 1)
        cost = self.habits.cost
        return DryRun(
            leads=self.leads,
            dials=self.dials,
            cost=None if cost is None else round(cost * self.dials),
            first_at=self.first_at,
            tried_at=self.tried_at,
            done_at=self.last_at and self.last_at + timedelta(seconds=self.habits.seconds),
            by_stretch=self.by_stretch,
            never=tuple(sorted(self.never.items(), key=lambda each: -each[1])),
            later=left,
        )

    def _sleep(self, crowd: Crowd, until: datetime) -> None:
        heapq.heappush(self.asleep, (until, next(self.order), crowd))

    def _step_ends(self) -> datetime:
        """The next full step on the clock, for hours open and close at full quarters; the end of the batch if that is sooner."""
        full = self.now + self.step - timedelta(seconds=self.now.timestamp() % self.step.total_seconds())
        return self.ends_at if self.ends_at is not None and self.now < self.ends_at < full else full

    def _wake(self) -> None:
        while self.asleep and self.asleep[0][0] <= self.now:
            _at, nth, crowd = heapq.heappop(self.asleep)
            self.trying.pop(_joining(crowd), None)
            heapq.heappush(self.awake, (crowd.ask.call.scheduled_at, nth, crowd))

    def _one_step(self, seconds: float) -> None:
        """Dials whoever may be dialled now while places are free or become so within so many seconds."""
        a_second = self.at_a_time / self.habits.seconds
        room = self.places + a_second * seconds
        if self.per_second is not None:
            room = min(room, self.per_second * seconds)
        used = 0.0
        for crowd in self._willing():
            some = min(crowd.count, room - used, self._payable(crowd.ask))
            if some > 0:
                used += some
                self._dialled(crowd, some, at=self.now + timedelta(seconds=max(0.0, used - self.places) / a_second))
            if crowd.count - some > _NOBODY:
                rest = Crowd(crowd.ask, crowd.count - some, crowd.tries)
                heapq.heappush(self.awake, (crowd.ask.call.scheduled_at, next(self.order), rest))
            if room - used <= _NOBODY or some <= 0:
                break
        self.places = min(float(self.at_a_time), self.places + a_second * seconds - used)

    def _willing(self) -> Iterator[Crowd]:
        """Takes those of whom the rules say that they may be dialled now; the others wait for their instant, or for ever."""
        while self.awake:
            _at, _nth, crowd = heapq.heappop(self.awake)
            judgement = judge(self._now(crowd.ask))
            if judgement.may_dial:
                yield crowd
            elif judgement.earliest_at is not None:
                self._sleep(crowd, max(judgement.earliest_at, self.now + self.step))
            elif crowd.ask.call.attempt_number == 1:
                self.never[_why_never(crowd.ask, judgement)] += crowd.count

    def _now(self, ask: Ask) -> Ask:
        """The question as it stands at this instant."""
        client = ask.client
        if self.day_ends_at is None:
            self.day_ends_at, self.spent = client.day_ends_at, client.cost_today + ASSUMED_COST * client.uncosted_today
        if self.now >= self.day_ends_at:
            self.day_ends_at, self.spent = midnights(self.now, client.client.timezone)[1], 0
        client = replace(client, cost_today=self.spent, uncosted_today=0, day_ends_at=self.day_ends_at)
        return replace(ask, now=self.now, client=client)

    def _payable(self, ask: Ask) -> float:
        """How many calls the day's budget lets go, one after the other: as long as it has room for what one may cost."""
        budget = ask.client.client.daily_budget
        return float("inf") if budget is None else max(0.0, (budget - self.spent - ASSUMED_COST) // self._price + 1.0)

    @property
    def _price(self) -> int:
        return max(1, ASSUMED_COST if self.habits.cost is None else self.habits.cost)

    def _dialled(self, crowd: Crowd, some: float, *, at: datetime) -> None:
        self.dials += some
        self.spent += round(some * self._price)
        self.by_stretch[_stretch_of(self.now)] += some
        self.first_at = self.first_at or self.now
        self.last_at = max(at, self.last_at or at)
        if crowd.ask.call.attempt_number == 1:
            self.tried_at = self.last_at
        ended_at = at + timedelta(seconds=self.habits.seconds)
        for ended_class, share in self.habits.endings.items():
            if some * share >= _NOBODY:
                self._try_again(crowd, some * share, ended_class, ended_at=ended_at)

    def _try_again(self, crowd: Crowd, some: float, ended_class: str, *, ended_at: datetime) -> None:
        ask = crowd.ask
        call = with_changes(ask.call, told=with_changes(ask.call.told, ended_at=ended_at))
        at = plan_retry(
            call,
            Derived(ended_class=ended_class, dialled_at=self.now),
            policy_for(call.retry, ask.batch.batch.retry if ask.batch else None, ask.client.client.retry),
            tries=crowd.tries,
            now=ended_at,
            windows=ask.windows,
            zones=ask.zones,
            closed_days=ask.client.closed_days,
        )
        if at is None:
            return
        at += -timedelta(seconds=at.timestamp()) % self.step  # to the full step, so that many can be one crowd
        number = replace(ask.number, dialled_24h=(*ask.number.dialled_24h, _end_of_stretch(self.now)))
        again = replace(ask, call=_again(ask.call, at), number=number)
        more = Crowd(again, some, Counter(crowd.tries) + Counter({ended_class: 1}))
        known = self.trying.setdefault(_joining(more), more)
        if known is more:
            self._sleep(more, at)
        else:
            known.count += some


def _why_never(ask: Ask, judgement: Judgement) -> str:
    """Time alone would let them go, but the batch is over by then; else what stands against them."""
    blocking = judgement.blocking
    is_too_late = ask.batch is not None and ask.batch.batch.ends_at is not None and blocking is not None and blocking.opens_at
    return "The batch ends before they may be called." if is_too_late else judgement.reason


def _again(call: Call, at: datetime) -> Call:
    return with_changes(call, attempt_number=call.attempt_number + 1, scheduled_at=at, not_before_at=None)


def _alone(ask: Ask) -> Ask:
    """The question as if nothing else were dialled: every place free, no pace used up, our calls compared with Retell's."""
    account, batch = ask.account, ask.batch
    if account is not None:
        bare = replace(account.account, swept_to=None)
        account = replace(account, account=bare, used=0, pace_free_at=None)
    return replace(
        ask,
        account=account,
        batch=None if batch is None else replace(batch, used=0),
        client=replace(ask.client, used=0),
        number=replace(ask.number, open_dial=False, held_elsewhere=False),
        line=None,
    )


def _joining(crowd: Crowd) -> Hashable:
    """What two crowds that wait for another try have in common if they are one."""
    call = crowd.ask.call
    return likeness(crowd.ask), call.scheduled_at, call.attempt_number, tuple(sorted(crowd.tries.items()))


def _end_of_stretch(at: datetime) -> datetime:
    return at + (-timedelta(seconds=at.timestamp()) % STRETCH)


def _stretch_of(at: datetime) -> datetime:
    return at - timedelta(seconds=at.timestamp() % STRETCH.total_seconds())
