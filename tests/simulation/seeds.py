"""One run on one seed: chance picks which faults this run has, then every step, and at the end everything comes to rest."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta

from callcenter.domain.hours import DAYS, Window
from callcenter.store import accounts, clients
from callcenter.store.database import Tx
from tests.simulation.disk import Disk
from tests.simulation.people import People
from tests.simulation.retell import Faults
from tests.simulation.world import Process, World


@dataclass
class Failure(Exception):
    """A run that broke an invariant: how to repeat it, and its last steps."""

    seed: int
    steps: int
    broken: BaseException
    trace: list[str]

    def __str__(self) -> str:
        last = "\n".join(self.trace[-60:])
        again = f"python -m tests.simulation --seed {self.seed} --steps {self.steps}"
        return f"{type(self.broken).__name__}: {self.broken}\n{last}\nRun it again: {again}"


def run(disk: Disk, seed: int, steps: int) -> list[str]:
    """Runs one seed and gives its trace. Raises Failure."""
    return asyncio.run(_run(disk, seed, steps))


async def _run(disk: Disk, seed: int, steps: int) -> list[str]:
    world = World(disk, seed)
    with world.watched():
        try:
            await _Chance(world, await world.build()).live(steps)
            world.check_at_rest()
        except Exception as error:
            raise Failure(seed, steps, world.failure or error, world.trace) from error
        finally:
            await world.close()
    return world.trace


class _Chance:
    """Takes one step after another by chance."""

    def __init__(self, world: World, people: People) -> None:
        self.world, self.people = world, people
        self.rng = random.Random(f"{world.seed} steps")
        self.moves: dict[Callable[[], None], float] = {
            self._second: 9, self._minute: 4, self._hour: 0.4, self._dispatch: 14, self._reconcile: 9, self._act: 4,
            self._crash: self.rng.choice((0, 0.5, 2)), self._begin: 1.5, self._leave: self.rng.choice((0, 0.4)),
            self._stranger: self.rng.choice((0, 0, 0.5)),
        }  # fmt: skip

    async def live(self, steps: int) -> None:
        """Lives through so many steps, then lets everything come to rest."""
        world = self.world
        world.faults = _faults(self.rng)
        world.say(f"faults: {world.faults}")
        self._set_up()
        for first in (self.people.launch(), self.people.launch(), self.people.schedule()):
            self.world.processes[0].begin(f"act {first}", lambda first=first: first(self.world.processes[0].rt))
        for _ in range(steps):
            ready = world.gates.ready()
            if ready and self.rng.random() < 0.8:
                await world.open(self.rng.choice(ready))
                continue
            (move,) = self.rng.choices(tuple(self.moves), tuple(self.moves.values()))
            move()
            await world.rest()
        await world.recover(self.people)

    def _set_up(self) -> None:
        world, rng = self.world, self.rng
        world.retell.limit = rng.choice((2, 4, 20))
        pace = rng.choice((None, None, 0.5, 2.0))
        opens = rng.choice((None, None, (world.gates.now.hour, world.gates.now.hour + 2)))
        now, client_id = world.gates.now, self.people.clients[1]

        def work(tx: Tx) -> None:
            accounts.set_values(tx, world.account_id, now=now, pace_per_second=pace)
            if opens:
                local = [(now - timedelta(hours=5)).replace(hour=hour - 5).time() for hour in opens]  # New York in winter
                before = clients.get(tx, client_id)
                hours = (Window(days=DAYS, start=local[0], end=local[1]),)
                clients.save(tx, before, replace(before, calling_hours=hours), now=now)

        world.disk.write(work)
        if opens:
            world.checker.hours[client_id] = opens

    def _second(self) -> None:
        self.world.advance(timedelta(seconds=self.rng.uniform(0.1, 6)))

    def _minute(self) -> None:
        self.world.advance(timedelta(seconds=self.rng.uniform(5, 90)))

    def _hour(self) -> None:
        self.world.advance(timedelta(minutes=self.rng.uniform(2, 60)))

    def _some(self) -> Process | None:
        staying = [process for process in self.world.processes if not process.is_leaving]
        return self.rng.choice(staying) if staying else None

    def _dispatch(self) -> None:
        if process := self._some():
            process.begin("dispatch", process.dispatcher.step)

    def _reconcile(self) -> None:
        if process := self._some():
            process.begin("reconcile", process.reconciler.step)

    def _act(self) -> None:
        if process := self._some():
            name, act = self.people.choose()
            self.world.say(f"{process.name} is asked to {name}")
            process.begin(f"act {name}", lambda: act(process.rt))

    def _crash(self) -> None:
        if self.world.processes:
            self.world.crash(self.rng.choice(self.world.processes), hand_over=self.rng.random() < 0.5)

    def _begin(self) -> None:
        if len(self.world.processes) < 2:
            self.world.start()

    def _leave(self) -> None:
        if process := self._some():
            process.is_leaving = True
            for what in ("dispatch", "reconcile"):
                if task := process.running.get(what):
                    task.cancel()
            process.begin("leave", lambda: process.dispatcher.stop(patience=0))

    def _stranger(self) -> None:
        self.world.retell.stranger(f"+1646555010{self.rng.randint(0, 9)}")


def _faults(rng: random.Random) -> Faults:
    """Chooses the faults of a run: each kind is absent as often as not, so that kinds also meet alone."""
    chosen = Faults()
    for each in fields(Faults):
        if each.name != "list_lag" and rng.random() < 0.5:
            setattr(chosen, each.name, rng.choice((0.05, 0.2, 0.6)))
    chosen.list_lag = timedelta(seconds=rng.choice((0, 0, 10, 240)))
    chosen.store *= 0.1
    return chosen
