"""Where every await of a simulated process stops: the simulation alone decides which goes on, when, and whether at all."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.fakes import BOOT, START


@dataclass(slots=True, eq=False)
class Parked:
    """One task of one process that waits at a gate; `until` is the earliest instant at which it may go on."""

    owner: str
    where: str
    future: asyncio.Future[None]
    until: datetime | None = None


class Gates:
    """Holds virtual time and every task that waits. A process that dies is a process whose gates never open again.

    `now` is the true time; the wall clock of the machine, which somebody may set, is `ahead` of it.
    """

    def __init__(self) -> None:
        self.now = START
        self.ahead = timedelta(0)
        self.parked: list[Parked] = []
        self.passed: dict[str, int] = {}
        self.on_park: Callable[[Parked], None] = lambda _spot: None
        self.frozen: dict[str, datetime] = {}
        self._dead: set[str] = set()
        self._lost: list[Parked] = []
        self._over = False

    async def wait(self, owner: str, where: str, *, until: datetime | None = None) -> None:
        """Stops the caller until the simulation lets it go on; for ever when its process is dead."""
        if self._over:
            raise asyncio.CancelledError
        spot = Parked(owner, where, asyncio.get_running_loop().create_future(), until)
        if owner in self._dead:
            self._lost.append(spot)
        else:
            self.parked.append(spot)
            self.passed[owner] = self.passed.get(owner, 0) + 1
            self.on_park(spot)
        await spot.future

    def ready(self) -> list[Parked]:
        """Gives those that may go on at this instant, the longest waiting first."""
        return [spot for spot in self.parked if (spot.until is None or spot.until <= self.now) and not self.is_frozen(spot.owner)]

    def is_frozen(self, owner: str) -> bool:
        """Whether a process stands still as a whole, as a laptop that sleeps does."""
        return owner in self.frozen and self.frozen[owner] > self.now

    def open(self, spot: Parked) -> None:
        """Lets one go on."""
        self.parked.remove(spot)
        if not spot.future.done():
            spot.future.set_result(None)

    def kill(self, owner: str) -> None:
        """Ends a process as `kill -9` does: nothing of it runs any more, not even its clean-up."""
        self._dead.add(owner)
        self._lost += [spot for spot in self.parked if spot.owner == owner]
        self.parked = [spot for spot in self.parked if spot.owner != owner]

    async def close(self) -> None:
        """Ends everything that still waits, when the simulation is over."""
        self._over = True
        for spot in self.parked + self._lost:
            spot.future.cancel()
        await drain()
        self.parked, self._lost = [], []


class ProcessClock:
    """The clock of one process: the machine's wall clock, the true time since the start, and sleeps that end when the
    simulation says so."""

    def __init__(self, gates: Gates, owner: str) -> None:
        self._gates, self._owner = gates, owner

    def now(self) -> datetime:
        return self._gates.now + self._gates.ahead

    def boot(self) -> float:
        return BOOT + (self._gates.now - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        await self._gates.wait(self._owner, "sleep", until=self._gates.now + timedelta(seconds=seconds))


async def drain() -> None:
    """Lets the event loop run until every task has stopped at a gate or ended."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(0)
        # what is ready is in no public attribute; nothing here uses timers or threads, so empty means at rest
        if not loop._ready:  # type: ignore[attr-defined]
            return
