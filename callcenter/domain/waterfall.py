"""Why the waiting calls of a batch are not dialled yet, summed up: how many each rule stops first, and what they wait for."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.eligibility import LABELS, Ask, Judgement, RuleResult
from callcenter.domain.hours import zone_info

#: Of each rule so many of its sentences are told, the most frequent first.
MOST_REASONS = 3
#: So many of the next instants are told, the soonest first.
MOST_OPENINGS = 12


@dataclass(frozen=True, slots=True)
class Stop:
    """How many calls a rule is the first to stop, how many are left after it, and its most frequent sentences with counts."""

    rule: str
    stopped: int
    left: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Calls that wait for the same thing: the rule that will be the last to let them go, and its most frequent sentence.

    `next_at` is when the first of them may be dialled, None when nobody can say. For hours, `local` is that instant on the
    clock of the leads (naive), the same for all of them though their zones differ. `is_retry`: they were called before.
    """

    rule: str
    count: int
    reason: str
    next_at: datetime | None
    local: datetime | None = None
    is_retry: bool = False


@dataclass(frozen=True, slots=True)
class Waterfall:
    """The waiting calls by rule. `stops` are in the rules' order, `waits` by count, `openings` are (instant, calls) to come."""

    judged: int
    may_dial: int
    stops: tuple[Stop, ...]
    waits: tuple[Wait, ...]
    openings: tuple[tuple[datetime, int], ...]


def waterfall(judged: Iterable[tuple[Ask, Judgement]]) -> Waterfall:
    """Sums up what the rules said of each waiting call."""
    stopped: defaultdict[str, Counter[str]] = defaultdict(Counter)
    waits: defaultdict[tuple[str, datetime | None, bool], list[tuple[str, datetime | None]]] = defaultdict(list)
    openings: Counter[datetime] = Counter()
    total = free = 0
    for ask, judgement in judged:
        total += 1
        first = judgement.blocking
        if first is None:
            free += 1
            continue
        stopped[first.rule][first.reason] += 1
        last = _last_to_open(judgement)
        at = judgement.earliest_at if last.opens_at else None
        local = _on_their_clock(ask, at) if last.rule == "hours" and at else None
        is_retry = last.rule == "due" and ask.call.attempt_number > 1
        waits[last.rule, local, is_retry].append((last.reason, at))
        if at is not None and last.rule not in _SOON_FREE:
            openings[at] += 1
    return Waterfall(
        judged=total,
        may_dial=free,
        stops=_stops(total, stopped),
        waits=tuple(sorted((_wait(*key, held) for key, held in waits.items()), key=lambda each: -each.count)),
        openings=tuple(sorted(openings.items())[:MOST_OPENINGS]),
    )


def likeness(ask: Ask) -> Hashable:
    """Gives what makes two calls of one batch alike to every rule at one instant, so that one judgement serves both."""
    call = ask.call
    due_at = max(call.scheduled_at, call.not_before_at or call.scheduled_at, ask.now)
    is_cancelled = call.cancel_requested_at is not None or call.closed_why is not None
    of_the_call = (due_at, call.scheduled_at <= ask.now, call.attempt_number > 1, call.paused_at, call.paused_by, is_cancelled)
    return ask.zones, ask.windows, ask.number, call.from_number, of_the_call


def _stops(total: int, stopped: dict[str, Counter[str]]) -> tuple[Stop, ...]:
    stops: list[Stop] = []
    left = total
    for rule in LABELS:
        reasons = stopped.get(rule, Counter[str]())
        left -= reasons.total()
        stops.append(Stop(rule, reasons.total(), left, tuple(reasons.most_common(MOST_REASONS))))
    return tuple(stops)


#: Rules that free one call after another, at instants that say nothing about all who wait.
_SOON_FREE = frozenset({"client_cap", "batch_cap", "account_cap", "pace"})


def _last_to_open(judgement: Judgement) -> RuleResult:
    """What a stopped call waits for: what only a person can change, else the rule with the latest date, else a free place."""
    blocking = [result for result in judgement.rules if not result.ok]
    undated = [result for result in blocking if result.opens_at is None and result.rule not in _SOON_FREE]
    dated = [(result.opens_at, result) for result in blocking if result.opens_at and result.rule not in _SOON_FREE]
    if undated:
        return undated[0]
    return max(dated, key=lambda pair: pair[0])[1] if dated else blocking[0]


def _on_their_clock(ask: Ask, at: datetime) -> datetime | None:
    """An instant as the clock shows it where the lead is; of several zones in the one that opens last."""
    clocks = [at.astimezone(info).replace(tzinfo=None) for zone in ask.zones if (info := zone_info(zone))]
    return min(clocks, default=None)


def _wait(rule: str, local: datetime | None, is_retry: bool, held: list[tuple[str, datetime | None]]) -> Wait:
    reason = Counter(reason for reason, _at in held).most_common(1)[0][0]
    return Wait(rule, len(held), reason, min((at for _reason, at in held if at), default=None), local, is_retry)
