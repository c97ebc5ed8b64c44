"""Sums over some calls, and the rates that follow from them."""

from dataclasses import dataclass, fields
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Sums over some calls of ours. `dialled`: Retell had accepted and it ended; `reached`: of these, somebody and no
    machine picked up; `successful`: of these, it came to something good. `talk_ms` is of the `started` ones, `cost` of the
    `costed` ones, in micro-dollars."""

    total: int = 0
    dialled: int = 0
    reached: int = 0
    successful: int = 0
    started: int = 0
    talk_ms: int = 0
    cost: int = 0
    costed: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    @property
    def connect_rate(self) -> float | None:
        """0–1; None without a base."""
        return self.reached / self.dialled if self.dialled else None

    @property
    def success_rate(self) -> float | None:
        """0–1; None without a base."""
        return self.successful / self.reached if self.reached else None

    @property
    def average_duration(self) -> float | None:
        """Seconds, over the calls that started."""
        return self.talk_ms / self.started / 1000 if self.started else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The calls of one stretch of time (its start, UTC) with one status and one outcome."""

    at: datetime
    status: str
    outcome: str | None
    sums: Sums
