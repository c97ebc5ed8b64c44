"""Calling hours, judged in the lead's own time zone."""

from dataclasses import dataclass
from datetime import time

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open hours on some weekdays, local to the lead; it does not cross midnight. `end` None means 24:00."""

    days: tuple[str, ...]
    start: time
    end: time | None
