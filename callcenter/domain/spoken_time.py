"""A day and an hour as people say them: "call me Thursday after four". Never certain, so a person confirms it."""

import re
from datetime import datetime, time, timedelta

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_PARTS = {
    "morning": time(9),
    "noon": time(12),
    "lunch": time(12),
    "afternoon": time(14),
    "evening": time(18),
    "tonight": time(18),
}
#: When only a day was named.
_MORNING = time(9)
#: Hours below this without a.m. or p.m. are meant in the afternoon.
_EARLIEST = 8

# "next Tuesday" is this week's to some and the one after to others
_DAY = re.compile(rf"(?<!next )\b(today|tonight|tomorrow|{'|'.join(_DAYS)})\b")
_HOUR = rf"(\d{{1,2}}|{'|'.join(_NUMBERS)})"
_CLOCK = re.compile(
    rf"(?P<said>\b(?:at|after|around|about|by|from)\s+)?(?<![\d:]){_HOUR}(?::(\d{{2}}))?"
    r"\s*(?P<half>[ap])?(?(half)\.?m\b\.?|(?P<clock>\s*o'?clock)?)(?![\d:])"
)
_PART = re.compile(rf"\b({'|'.join(_PARTS)})\b")


def spoken_time(text: str, *, said_at: datetime) -> datetime | None:
    """Gives the instant that English words mean, in the zone of `said_at`; None when they name no day, or none to come.

    A day alone means its morning; an hour counts when "at", "after" or the like, a.m. or p.m. stands beside it.
    """
    plain = text.lower().replace("’", "'")
    day = _DAY.search(plain)
    if day is None:
        return None
    on = said_at.date() + timedelta(days=_days_ahead(day[1], said_at.weekday()))
    behind, before = plain[day.start() :], plain[: day.start()]  # "tomorrow at three" sooner than "at three, tomorrow"
    hour = _clock(behind) or _part(behind) or _clock(before) or _part(before) or _MORNING
    at = datetime.combine(on, hour, said_at.tzinfo)
    return at if at > said_at else None


def _days_ahead(word: str, today: int) -> int:
    if word in ("today", "tonight"):
        return 0
    if word == "tomorrow":
        return 1
    return (_DAYS.index(word) - today - 1) % 7 + 1  # the next one: on a Thursday, Thursday is in a week


def _clock(text: str) -> time | None:
    for found in _CLOCK.finditer(text):
        if not (found["said"] or found["half"] or found["clock"]):
            continue
        hour = int(found[2]) if found[2].isdigit() else _NUMBERS.index(found[2]) + 1
        minute = int(found[3] or 0)
        if found["half"]:
            hour = hour % 12 + (12 if found["half"] == "p" else 0) if 1 <= hour <= 12 else 24
        elif hour < _EARLIEST:
            hour += 12
        if hour < 24 and minute < 60:
            return time(hour, minute)
    return None


def _part(text: str) -> time | None:
    found = _PART.search(text)
    return _PARTS[found[1]] if found else None
