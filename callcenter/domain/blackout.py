"""A day on which nobody is called: a holiday, or any other, for one client or for everybody."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.domain.errors import Invalid

LONGEST_NAME = 80
#: Days further ahead than this are a slip of the year.
FURTHEST = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blackout:
    """The day is the lead's own, in its zone. `client_id` None closes it for every client; `by` is who decided it."""

    blackout_id: str
    on: date
    client_id: str | None
    name: str
    by: str
    created_at: datetime


def day_from(value: object, *, now: datetime, field: str = "on") -> date:
    """Reads a day such as 2026-12-25 that is not over everywhere yet. Raises Invalid naming `field`."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-12-25") else None
    except ValueError:
        day = None
    if day is None:
        raise Invalid("Write a day as year, month and day, such as 2026-12-25.", field=field)
    if not now.date() - timedelta(days=1) <= day <= now.date() + FURTHEST:
        raise Invalid("Give a day from today on, five years ahead at most.", field=field)
    return day


def name_of_day(value: object, *, field: str = "name") -> str:
    """Reads what the day is called, as it will stand in explanations. Raises Invalid naming `field`."""
    name = " ".join(str(value or "").split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid(f"Say what day it is, in 1 to {LONGEST_NAME} characters, such as Thanksgiving.", field=field)
    return name
