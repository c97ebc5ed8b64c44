"""One run on one seed: chance picks which faults this run has, then every step, and at the end everything comes to rest."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from sqlite3 import Connection

from callcenter.domain.hours import DAYS, Window
from callcenter.services.ports import CreateCall
from callcenter.store import accounts, clients
from callcenter.store.database import Tx
from tests.simulation.disk import Disk
from tests.simulation.people import People
from tests.simulation.retell import Faults
from tests.simulation.world import Process, World

#: What a wall clock may be off by: the wrong day, the wrong zone, and just too much to be trusted.
JUMPS = tuple(sign * by for by in (timedelta(days=1), timedelta(hours=3), timedelta(minutes=3)) for sign in (1, -1))


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
    world = World(disk, seed, is_rush=random.Random(f"{seed} rush").random() < 0.3)
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
        self.copy: Connection
        self.moves: dict[Callable[[], None], float] = {
            self._second: 9, self._minute: 4, self._hour: 0.4, self._dispatch: 14, self._reconcile: 9, self._act: 4,
            self._crash: self.rng.choice((0, 0.5, 2)), self._begin: 1.5, self._leave: self.rng.choice((0, 0.4)),
            self._stranger: self.rng.choice((0, 0, 0.5)), self._freeze: self.rng.choice((0, 0.6)),
            self._fill_disk: self.rng.choice((0, 0, 0.3)), self._twin: self.rng.choice((0, 0, 0, 0.2)),
            self._jump: self.rng.choice((0, 0, 0, 0.6)),
        }  # fmt: skip

    async def live(self, steps: int) -> None:
        """Lives through so many steps, then lets everything come to rest."""
        world = self.world
        world.faults = _faults(self.rng)
        backed_up_at, restored_at = self._plan_restore(steps)
        world.say(f"faults: {world.faults}")
        self._set_up()
        for first in (self.people.launch(), self.people.launch(), self.people.schedule()):
            self.world.processes[0].begin(f"act {first}", lambda first=first: first(self.world.processes[0].rt))
        for step in range(steps):
            if step == backed_up_at:
                self.copy = world.disk.backup()
            if step == restored_at:
                world.restore(self.copy, after=timedelta(minutes=self.rng.uniform(31, 90)))
            ready = world.gates.ready()
            if ready and self.rng.random() < 0.8:
                await world.open(self.rng.choice(ready))
                continue
            (move,) = self.rng.choices(tuple(self.moves), tuple(self.moves.values()))
            move()
            await world.rest()
        await world.recover(self.people)

    def _plan_restore(self, steps: int) -> tuple[int, int]:
        """Chooses when the file is copied and when the copy comes back: in few runs, and never while lists lie."""
        if self.world.faults.lies or self.rng.random() < 0.8:
            return -1, -1
        taken = self.rng.randrange(steps // 2)
        return taken, self.rng.randrange(taken + 1, steps)

    def _set_up(self) -> None:
        world, rng = self.world, self.rng
        world.retell.limit = rng.choice((2, 4, 20))
        pace = rng.choice((None, None, 0.5, 2.0))
        opens = rng.choice((None, None, (world.gates.now.hour, world.gates.now.hour + 2)))
        world.retell.honours_keys, world.retell.lie_seed = rng.random() < 0.5, rng.random()
        may_resend = world.retell.honours_keys and rng.random() < 0.5  # allowed only where the promise is kept
        now, client_id = world.gates.now, self.people.clients[1]

        def work(tx: Tx) -> None:
            accounts.set_values(tx, world.account_id, now=now, pace_per_second=pace, may_resend=may_resend)
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
            if self.rng.random() < 0.2 and (other := self._some()):  # a double click, which another process may answer
                other.begin(f"act {name} again", lambda: act(other.rt))

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

    def _freeze(self) -> None:
        """A process stands still for a while: one that is about to send, if there is one."""
        gates = self.world.gates
        about_to = [spot.owner for spot in gates.parked if spot.where in ("connect", "wrote Dispatcher._plan")]
        names = about_to or [process.name for process in self.world.processes]
        if names:
            name, seconds = self.rng.choice(names), self.rng.choice((6, 30, 600))
            self.world.say(f"{name} stands still for {seconds} s")
            gates.frozen[name] = gates.now + timedelta(seconds=seconds)

    def _jump(self) -> None:
        """Somebody sets the wall clock: wrong, or right again."""
        gates = self.world.gates
        gates.ahead = timedelta(0) if gates.ahead and self.rng.random() < 0.6 else self.rng.choice(JUMPS)
        self.world.clock_was_wrong |= bool(gates.ahead)
        self.world.say(f"the wall clock is {gates.ahead.total_seconds() / 3600:+.2f} h off")

    def _fill_disk(self) -> None:
        self.world.full_until = self.world.gates.now + timedelta(seconds=self.rng.choice((3, 60)))

    def _twin(self) -> None:
        """Another copy of this installation dials."""
        (installation,) = self.world.disk.rows("SELECT install_id FROM installation")
        self.world.checker.has_copies = True
        request = CreateCall(
            token=f"{self.rng.getrandbits(128):032x}",
            from_number="+14155550100",
            to_number=f"+1646555011{self.rng.randint(0, 9)}",
            agent_id=None,
            variables={},
            metadata={"callcenter_install_id": installation["install_id"]},
        )
        self.world.retell.twin(request)

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
