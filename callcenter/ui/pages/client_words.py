"""Clients in words: how one is doing, what it may cost, and the hours of its week as a form."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time

import reflex as rx

from callcenter.domain.errors import Invalid
from callcenter.domain.hours import DAYS, DEFAULT_HOURS, Window, goes_beyond
from callcenter.domain.lines import ClientLine
from callcenter.ui import words
from callcenter.ui.components.status_badge import look_badge
from callcenter.ui.theme import Look

#: How a client is doing; the words come with the line ("No events for 12 min").
HEALTH: Mapping[str, Look] = {
    "connected": Look("Connected", "green", "circle_check"),
    "simulated": Look("Simulated", "gray", "flask_conical"),
    "no_key": Look("No Retell key", "amber", "key_round"),
    "key_refused": Look("Key refused", "red", "octagon_x"),
    "paused": Look("Paused", "amber", "pause"),
    "inactive": Look("Switched off", "gray", "power", is_tinted=False),
    "silent": Look("No events", "orange", "triangle_alert"),
}
DAY_WORDS = dict(zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))


@dataclass(frozen=True)
class ClientRow:
    """One client of the list."""

    id: str
    name: str
    slots: str
    taken: int
    cap: int
    waiting: str
    today: str
    answered: str
    cost: str
    leads: str
    health: str
    health_words: str


@dataclass(frozen=True)
class DayHours:
    """One weekday of the form: whether people are called, from when to when ("00:00" as an end is midnight)."""

    day: str
    word: str
    is_open: bool = False
    start: str = "09:00"
    end: str = "20:00"


@dataclass(frozen=True)
class Week:
    """The hours as a form. `extra` names days with more than one stretch, which this form would lose."""

    days: list[DayHours] = field(default_factory=list)
    extra: str = ""


def row_of(line: ClientLine) -> ClientRow:
    """One client in words."""
    cost = words.money(line.cost_today) if line.dialled_today else words.NONE
    budget = f" of {words.money(line.daily_budget).removesuffix('.00')}" if line.daily_budget else ""
    return ClientRow(
        id=line.client_id,
        name=line.name,
        slots=f"{line.in_progress} of {line.max_concurrent}",
        taken=line.in_progress,
        cap=line.max_concurrent,
        waiting=words.count(line.waiting),
        today=words.count(line.dialled_today),
        answered=rate(line.reached_today, line.dialled_today),
        cost=cost + (budget if line.dialled_today else ""),
        leads=words.count(line.leads),
        health=line.health,
        health_words=line.health_words,
    )


def rate(part: int, whole: int) -> str:
    """A share that stands beside its base: "58 %", "3 of 7", a dash without a base."""
    if not whole:
        return words.NONE
    return words.base(part, whole) if whole < 20 else words.percent(part, whole)


def health_badge(health: rx.Var, said: rx.Var) -> rx.Component:
    """How a client is doing: colour and icon by its kind, the words as they are."""
    plain = rx.el.span(said, class_name="badge badge-lined")
    return rx.match(health, *[(key, look_badge(look, word=said)) for key, look in HEALTH.items()], plain)


def week_of(windows: Sequence[Window]) -> Week:
    """A client's hours as a form; the first stretch of each day."""
    days: list[DayHours] = []
    extra: list[str] = []
    for day in DAYS:
        spans = sorted((window.start, window.end) for window in windows if day in window.days) if windows else []
        if not spans:
            days.append(DayHours(day, DAY_WORDS[day]))
            continue
        (start, end), *more = spans
        days.append(DayHours(day, DAY_WORDS[day], True, f"{start:%H:%M}", f"{end:%H:%M}" if end else "00:00"))
        extra += [DAY_WORDS[day]] if more else []
    return Week(days, ", ".join(extra))


def changed_day(week: Week, day: str, what: str, value: object) -> Week:
    """The form with one entry changed; what does not belong to it is left alone."""
    if what == "is_open":
        more: dict[str, object] = {"is_open": bool(value)}
    elif what in ("start", "end"):
        more = {what: str(value)[:5]}
    else:
        return week
    return replace(week, days=[replace(each, **more) if each.day == day else each for each in week.days])  # type: ignore[arg-type]


def windows_of(week: Week) -> tuple[Window, ...]:
    """The hours a form means, equal days together. Raises Invalid naming the day that makes no sense."""
    found: dict[tuple[time, time | None], list[str]] = {}
    for each in week.days:
        if each.is_open:
            found.setdefault(_stretch(each), []).append(each.day)
    return tuple(Window(tuple(days), start, end) for (start, end), days in found.items())


def _stretch(each: DayHours) -> tuple[time, time | None]:
    try:
        start, end = time.fromisoformat(each.start), time.fromisoformat(each.end)
    except ValueError:
        raise Invalid(f"{each.word}: give both times, as in 09:00.", field="callingHours") from None
    if end == time(0):
        return start, None
    if end <= start:
        raise Invalid(f"{each.word}: the end comes before the start. Hours do not cross midnight.", field="callingHours")
    return start, end


def needs_reason(week: Week) -> bool:
    """Whether the hours go beyond the careful default, so that a reason is asked for."""
    try:
        return goes_beyond(windows_of(week), DEFAULT_HOURS)
    except Invalid:
        return False


def dollars(micros: int | None) -> str:
    """An amount for a field: "400", "12.50", "" for none."""
    if micros is None:
        return ""
    amount = micros / words.MICROS
    return f"{amount:.0f}" if amount == int(amount) else f"{amount:.2f}"


def last_words(at: datetime | None, *, now: datetime, zone: str) -> str:
    """When something was last heard."""
    return words.ago(at, now=now, zone=zone) if at else "never"
