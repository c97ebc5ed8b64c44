"""A week's hours as people write them: windows, their sums and differences, their words, and the wire."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import Any, cast

from callcenter.domain.errors import Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open hours on some weekdays, local to the lead; it does not cross midnight. `end` None means 24:00."""

    days: tuple[str, ...]
    start: time
    end: time | None


#: Careful enough for every rule known to us; a client starts with these.
DEFAULT_HOURS: tuple[Window, ...] = (
    Window(DAYS[:6], time(9), time(20)),
    Window(("sun",), time(12), time(20)),
)
ALL_WEEK: tuple[Window, ...] = (Window(DAYS, time(0), None),)

_DAY = timedelta(days=1)
_Span = tuple[timedelta, timedelta]  # since local midnight, half-open


@lru_cache(maxsize=1024)
def is_all_week(windows: tuple[Window, ...]) -> bool:
    """Says whether the hours never close."""
    return all(spans_of(windows, day) == ((timedelta(0), _DAY),) for day in DAYS)


def goes_beyond(windows: tuple[Window, ...], allowed: tuple[Window, ...]) -> bool:
    """Says whether `windows` hold at any time of the week when `allowed` do not."""
    return any(
        not any(a_start <= start and end <= a_end for a_start, a_end in spans_of(allowed, day))
        for day in DAYS
        for start, end in spans_of(windows, day)
    )


def overlap(windows: tuple[Window, ...], others: tuple[Window, ...]) -> tuple[Window, ...]:
    """Gives the hours in which both hold; empty when there are none."""
    return tuple(
        Window((day,), _clock(max(a, c)), None if min(b, d) == _DAY else _clock(min(b, d)))
        for day in DAYS
        for a, b in spans_of(windows, day)
        for c, d in spans_of(others, day)
        if max(a, c) < min(b, d)
    )


@lru_cache(maxsize=1024)
def words(windows: tuple[Window, ...]) -> str:
    """Writes hours for a person: "Mon–Sat 09:00–20:00, Sun 12:00–20:00"."""
    if is_all_week(windows):
        return "all week, day and night"
    parts = [
        f"{run[0].title() if len(run) == 1 else f'{run[0].title()}–{run[-1].title()}'} {_spans_words(spans)}"
        for run, spans in _runs(windows)
        if spans
    ]
    return ", ".join(parts) or "never"


def windows_from(value: object, *, field: str) -> tuple[Window, ...]:
    """Reads hours from the wire: one `{days, start, end}` or a list of such. Raises Invalid naming `field`.

    A `reason` beside the three is let through: it is recorded by whoever took the request.
    """
    if isinstance(value, Mapping):
        return (_window_from(cast("Mapping[str, object]", value), field=field),)
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        raise Invalid('Write calling hours as {"days": ["mon"], "start": "09:00", "end": "20:00"}.', field=field)
    items = cast("Sequence[object]", value)
    if len(items) > 50:
        raise Invalid("These are more than 50 windows.", field=field)
    return tuple(_window_from(item, field=f"{field}[{index}]") for index, item in enumerate(items))


def windows_to(windows: tuple[Window, ...]) -> list[dict[str, Any]]:
    """Writes hours for the wire, as a list of `{days, start, end}`."""
    return [
        {"days": list(w.days), "start": f"{w.start:%H:%M}", "end": "24:00" if w.end is None else f"{w.end:%H:%M}"}
        for w in windows
    ]


@lru_cache(maxsize=4096)
def spans_of(windows: tuple[Window, ...], day: str) -> tuple[_Span, ...]:
    """The hours of one weekday, in order, with overlapping and touching ones joined."""
    joined: list[_Span] = []
    for start, end in sorted((_since_midnight(w.start), _until(w)) for w in windows if day in w.days):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def _until(window: Window) -> timedelta:
    return _DAY if window.end is None else _since_midnight(window.end)


def _since_midnight(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second, microseconds=clock.microsecond)


def _clock(since_midnight: timedelta) -> time:
    return (datetime.min + since_midnight).time()  # noqa: DTZ901 - only the clock of it is used


def _runs(windows: tuple[Window, ...]) -> list[tuple[list[str], tuple[_Span, ...]]]:
    """Neighbouring weekdays with the same hours."""
    runs: list[tuple[list[str], tuple[_Span, ...]]] = []
    for day in DAYS:
        spans = spans_of(windows, day)
        if runs and runs[-1][1] == spans:
            runs[-1][0].append(day)
        else:
            runs.append(([day], spans))
    return runs


def _spans_words(spans: Iterable[_Span]) -> str:
    return " and ".join(f"{_clock(start):%H:%M}–{'24:00' if end == _DAY else f'{_clock(end):%H:%M}'}" for start, end in spans)


def _window_from(value: object, *, field: str) -> Window:
    if not isinstance(value, Mapping):
        raise Invalid('A window is an object such as {"days": ["mon"], "start": "09:00", "end": "20:00"}.', field=field)
    given = cast("Mapping[str, object]", value)
    unknown = sorted(str(key) for key in given if key not in ("days", "start", "end", "reason"))
    if unknown:
        raise Invalid(f"A window has days, start and end, not {unknown[0]}.", field=f"{field}.{unknown[0]}")
    start = _time_from(given.get("start"), field=f"{field}.start")
    end = None if given.get("end") == "24:00" else _time_from(given.get("end"), field=f"{field}.end")
    if end is not None and end <= start:
        raise Invalid("A window ends after it starts. One that passes midnight is written as two.", field=f"{field}.end")
    return Window(_days_from(given.get("days"), field=f"{field}.days"), start, end)


def _days_from(value: object, *, field: str) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        raise Invalid(f"List the days: {', '.join(DAYS)}.", field=field)
    given = {str(day).strip().lower() for day in cast("Sequence[object]", value)}
    if wrong := sorted(given.difference(DAYS)):
        raise Invalid(f"“{wrong[0][:20]}” is no day. Days are {', '.join(DAYS)}.", field=field)
    return tuple(day for day in DAYS if day in given)


def _time_from(value: object, *, field: str) -> time:
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", value) if isinstance(value, str) else None
    if match is None:
        raise Invalid("Write the time as hours and minutes, such as 09:00; only an end may be 24:00.", field=field)
    return time(int(match[1]), int(match[2]))
