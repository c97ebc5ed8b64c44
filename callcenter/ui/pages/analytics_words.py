"""What the analytics say without a chart library: tiles, bars, the heat map, and things compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

from callcenter.services.charting import Charts, Compared, HeatCell
from callcenter.ui import words
from callcenter.ui.components.tile import spark

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
#: Fewer calls than this say nothing about an hour.
ENOUGH = 20
#: Cividis, dark to light: reads the same for the common kinds of colour blindness.
_CIVIDIS = ("#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838")


@dataclass(frozen=True)
class Tile:
    """One number. `mood` is good, bad or "" for its `change`; `face` is ready or unknown."""

    label: str
    value: str
    note: str = ""
    change: str = ""
    mood: str = ""
    after: str = ""
    points: str = ""
    is_neutral: bool = False
    face: str = "ready"


@dataclass(frozen=True)
class BarRow:
    """One bar: its word, number, share as text, and width in percent."""

    word: str
    number: str
    share: str
    width: float


@dataclass(frozen=True)
class Bars:
    """Sorted horizontal bars, and what they say in one sentence."""

    rows: list[BarRow] = field(default_factory=list)
    sentence: str = ""
    note: str = ""


@dataclass(frozen=True)
class HeatSquare:
    """One hour of the week; blank where too few calls say anything."""

    text: str
    title: str
    fill: str
    ink: str
    is_blank: bool


@dataclass(frozen=True)
class HeatRow:
    """One weekday."""

    day: str
    cells: list[HeatSquare]


@dataclass(frozen=True)
class Heat:
    """The best time to call: rows of weekdays under hours, and the ends of the colours."""

    hours: list[str] = field(default_factory=list)
    rows: list[HeatRow] = field(default_factory=list)
    low: str = ""
    high: str = ""
    sentence: str = ""
    is_wide: bool = False


@dataclass(frozen=True)
class Rival:
    """An agent or number beside others: its rate as a dot, its 95 % range as a line, in percent of the scale."""

    name: str
    calls: str
    rate: str
    talk: str
    dot: float
    start: float
    width: float
    has_range: bool


@dataclass(frozen=True)
class Rivals:
    """Things compared on one scale."""

    rows: list[Rival] = field(default_factory=list)
    scale: str = ""


def tiles_of(charts: Charts, *, compare: bool, against: str) -> list[Tile]:
    """The five numbers on top; `against` names the period before ("28 days before")."""
    now, before, periods = charts.now, charts.before, charts.periods
    known = compare and before.dialled > 0
    success = _cost_per_success(now.cost, now.successful)
    median = charts.median_talk_s
    costs = [_cost_per_success(each.sums.cost, each.sums.successful) for each in periods]
    success_before = _cost_per_success(before.cost, before.successful) if known else None
    return [
        Tile(
            "Calls", words.count(now.dialled), change=_percent_change(now.dialled, before.dialled) if known else "",
            after=f"vs. {against}" if known else "dialled and over",
            points=spark([each.sums.dialled for each in periods]), is_neutral=True,
        ),
        _rate_tile("Answer rate", now.reached, now.dialled, before.connect_rate if known else None,
                   [each.sums.connect_rate for each in periods]),
        _rate_tile("Success rate", now.successful, now.reached, before.success_rate if known else None,
                   [each.sums.success_rate for each in periods]),
        Tile(
            "Talk time", hours(now.talk_ms / 1000), points=spark([each.sums.talk_ms for each in periods]), is_neutral=True,
            note="" if median is None else f"median {words.duration(timedelta(seconds=median))} a call",
        ),
        Tile(
            "Cost per success", words.money(round(success)) if success is not None else words.NONE,
            face="ready" if success is not None else "unknown",
            change=_money_change(success, success_before), mood=_mood(success_before, success),
            after=f"total {words.money(now.cost)}",
            points=spark([cost for cost in costs if cost is not None]),
        ),
    ]  # fmt: skip


def _rate_tile(label: str, part: int, whole: int, before: float | None, rates: Sequence[float | None]) -> Tile:
    rate = part / whole if whole else None
    small = 0 < whole < ENOUGH
    return Tile(
        label,
        words.base(part, whole) if small else words.percent(part, whole),
        note="" if small else words.base(part, whole),
        change="" if small else words.points(rate, before),
        mood=_mood(rate, before),
        points=spark([each for each in rates if each is not None]),
        face="ready" if whole else "unknown",
    )


def _mood(better: float | None, worse: float | None) -> str:
    """Good when the first is the greater."""
    return "" if better is None or worse is None or better == worse else "good" if better > worse else "bad"


def _percent_change(now: int, before: int) -> str:
    moved = round(100 * (now - before) / before) if before else 0
    return f"{'▲' if moved > 0 else '▼'} {abs(moved)} %" if moved else "as many as"


def _money_change(now: float | None, before: float | None) -> str:
    if now is None or before is None or round(now - before, -4) == 0:
        return ""
    return f"{'▲' if now > before else '▼'} {words.money(round(abs(now - before)))}"


def _cost_per_success(cost: int, successes: int) -> float | None:
    return cost / successes if successes and cost else None


def hours(seconds: float) -> str:
    """A sum of talk: "238 h", "5.1 h", "42 min"."""
    if seconds < 3600:
        return words.duration_sentence(timedelta(minutes=round(seconds / 60)))
    return f"{seconds / 3600:,.0f} h" if seconds >= 36_000 else f"{seconds / 3600:.1f} h"


def funnel_of(charts: Charts) -> Bars:
    """Where people drop, from dialled to the goal."""
    steps = charts.funnel
    top = steps[0][1] if steps else 0
    if not top:
        return Bars()
    rows = [BarRow(word, words.count(count), words.percent(count, top), round(100 * count / top, 1)) for word, count in steps]
    sentence = "; ".join(f"{word} {words.count(count)}" for word, count in steps)
    return Bars(rows, f"Where people drop: {sentence}.", _drop_words(charts))


_DROPS: Mapping[int, str] = {
    0: "Most people drop before they answer.",
    1: "Most people drop in the first seconds of talk.",
    2: "Most people drop while they talk, before the goal.",
}


def _drop_words(charts: Charts) -> str:
    counts = [count for _, count in charts.funnel]
    losses = [before - after for before, after in pairwise(counts)]
    found = _DROPS.get(losses.index(max(losses)), "") if any(losses) else ""
    best = _best(charts.heat)
    return f"{found} {_DAYS[best.weekday]} {best.hour:02}:00 to {best.hour:02}:59 answers best.".strip() if best else found


def _best(cells: Sequence[HeatCell]) -> HeatCell | None:
    enough = [cell for cell in cells if cell.calls >= ENOUGH]
    return max(enough, key=lambda cell: cell.reached / cell.calls) if enough else None


def failures_of(charts: Charts) -> tuple[Bars, str]:
    """Why calls failed, and how many of all did."""
    total = sum(count for _, count in charts.failures)
    if not total:
        return Bars(), ""
    most = charts.failures[0][1]
    rows = [
        BarRow(word, words.count(count), words.percent(count, total), round(100 * count / most, 1))
        for word, count in charts.failures[:8]
    ]
    first = charts.failures[0]
    return Bars(rows, f"Why calls failed: most often {first[0]}, {words.share(first[1], total)}."), words.base(
        total, charts.now.dialled
    )


def heat_of(charts: Charts) -> Heat:
    """The best time to call, on the clocks of the people called."""
    cells = {(cell.weekday, cell.hour): cell for cell in charts.heat if cell.calls}
    if not cells:
        return Heat()
    shown = range(min(hour for _, hour in cells), max(hour for _, hour in cells) + 1)
    rates = [cell.reached / cell.calls for cell in cells.values() if cell.calls >= ENOUGH]
    low, high = (min(rates), max(rates)) if rates else (0.0, 1.0)
    rows = [
        HeatRow(_DAYS[day], [_square(_DAYS[day], hour, cells.get((day, hour)), low, high) for hour in shown]) for day in range(7)
    ]
    best = _best(charts.heat)
    sentence = "Best time to call: not enough calls in any hour to say."
    if best:
        rate = words.share(best.reached, best.calls)
        sentence = f"Best time to call: {_DAYS[best.weekday]} from {best.hour:02}:00, {rate} answered."
    ends = (f"{100 * low:.0f} %", f"{100 * high:.0f} %") if rates else ("", "")
    is_wide = len(shown) > 12  # then there is room for every third hour only
    labels = [f"{hour:02}" if not is_wide or hour % 3 == 0 else "" for hour in shown]
    return Heat(labels, rows, *ends, sentence, is_wide)


def _square(day: str, hour: int, cell: HeatCell | None, low: float, high: float) -> HeatSquare:
    when = f"{day} {hour:02}:00"
    if cell is None or cell.calls < ENOUGH:
        few = words.counted(cell.calls, "call") if cell else "no calls"
        return HeatSquare("", f"{when}: {few}, too few to say", "", "", True)
    rate = cell.reached / cell.calls
    place = (rate - low) / (high - low) if high > low else 0.5
    fill = _CIVIDIS[min(int(place * len(_CIVIDIS)), len(_CIVIDIS) - 1)]
    return HeatSquare(
        f"{100 * rate:.0f}", f"{when}: {words.share(cell.reached, cell.calls)} answered", fill, _ink_on(fill), False
    )


def _ink_on(fill: str) -> str:
    """Black or white, whichever contrasts more."""
    channels = [int(fill[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000" if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else "#fff"


def rivals_of(compared: Sequence[Compared], *, number: Mapping[str, str] | None = None) -> Rivals:
    """Agents or numbers beside each other; `number` words the keys of numbers."""
    top = max((each.range[1] for each in compared if each.range), default=0.0)
    scale = min(1.0, max(0.04, -(-top * 100 // 4) * 4 / 100))
    return Rivals([_rival(each, scale, number or {}) for each in compared], f"0 to {100 * scale:.0f} %")


def _rival(each: Compared, scale: float, named: Mapping[str, str]) -> Rival:
    sums = each.sums
    rate = sums.success_rate
    low, high = each.range or (0.0, 0.0)
    talk = timedelta(seconds=sums.average_duration) if sums.average_duration is not None else None
    small = 0 < sums.reached < ENOUGH
    return Rival(
        name=named.get(each.key, each.name),
        calls=words.count(sums.dialled),
        rate=words.base(sums.successful, sums.reached) if small else words.percent(sums.successful, sums.reached),
        talk=words.duration(talk),
        dot=round(100 * (rate or 0) / scale, 1),
        start=round(100 * low / scale, 1),
        width=round(100 * (min(high, scale) - low) / scale, 1),
        has_range=rate is not None and each.range is not None,
    )
