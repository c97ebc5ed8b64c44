"""A whole installation on one seed: processes that die, a provider that fails, people who act, and time that passes.

Everything that could come in any order comes in an order that the seed decides, one step after another, and after each commit
the invariants are checked. The same seed gives the same run.
"""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from sqlite3 import Connection
from typing import Any

import structlog.testing

from callcenter.domain.errors import CallCenterError, Unavailable
from callcenter.services import onboarding, receiving, storing
from callcenter.services.applying import sha256
from callcenter.services.dispatching import Dispatcher
from callcenter.services.ports import CreateCall
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, clients, leads, slots
from callcenter.store.database import Tx
from tests import builders
from tests.conftest import settings_for
from tests.fakes import START, FakeBus, FakeVault
from tests.simulation.disk import Disk, Hooks, ProcessDatabase
from tests.simulation.gates import Gates, Parked, ProcessClock, drain
from tests.simulation.invariants import Broken, Checker
from tests.simulation.people import People
from tests.simulation.retell import Faults, ProcessProviders, Retell

PATIENCE = 20_000


class Process:
    """One process of the installation: its runtime and its loops, which the world steps."""

    def __init__(self, world: "World", name: str) -> None:
        self.name = name
        self.rt = Runtime(
            settings=settings_for("sqlite:///unused.db", number_hold_hours=world.hold.total_seconds() / 3600),
            database=ProcessDatabase(world.disk, world.gates, name, hooks=world),  # type: ignore[arg-type]
            providers=ProcessProviders(world.retell, name),
            bus=FakeBus(),
            clock=ProcessClock(world.gates, name),
            rng=random.Random(f"{world.seed} {name}"),
            vault=FakeVault(),
            name=name,
        )
        if world.is_rush:
            self.rt.kept["post"] = storing.Post(to_fold=1.0)
        self.dispatcher, self.reconciler = Dispatcher(self.rt), Reconciler(self.rt)
        self.running: dict[str, asyncio.Task[Any]] = {}
        self.is_leaving = False

    def begin(self, what: str, work: Callable[[], Awaitable[Any]]) -> None:
        """Starts something, unless the same is still under way."""
        if what not in self.running:
            self.running[what] = asyncio.create_task(_awaited(work), name=f"{self.name} {what}")

    def begin_loops(self) -> None:
        """Starts one turn of each loop."""
        if not self.is_leaving:
            self.begin("dispatch", self.dispatcher.step)
            self.begin("reconcile", self.reconciler.step)

    def reap(self) -> Iterator[tuple[str, asyncio.Task[Any]]]:
        """Gives what has ended since, and forgets it."""
        for what, task in list(self.running.items()):
            if task.done():
                del self.running[what]
                yield what, task


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    nth: int
    what: Callable[[], None] = field(compare=False)


@dataclass(slots=True)
class Delivery:
    """One webhook on its way; it is tried again until somebody says 204, a few times."""

    raw: bytes
    signature: str
    hook: str | None
    is_real: bool
    tries: int = 0


class World(Hooks):
    """Builds the installation, steps it, and keeps the trace. Use it inside `watched()`.

    In a rush every webhook is only remembered before it is answered, and folded after.
    """

    def __init__(self, disk: Disk, seed: int, *, hold: timedelta = timedelta(hours=1), is_rush: bool = False) -> None:
        self.disk, self.seed, self.hold, self.is_rush = disk, seed, hold, is_rush
        self.trace: list[str] = []
        self.faults = Faults()
        self.gates = Gates()
        self.retell = Retell(self, random.Random(f"{seed} retell"))  # type: ignore[arg-type]
        self.checker = Checker(disk, self.gates, self.retell, hold)
        self.rng = random.Random(f"{seed} world")
        self.processes: list[Process] = []
        self.graveyard: list[Process] = []
        self.under_way: dict[str, tuple[Delivery, Process]] = {}
        self.failure: Broken | None = None
        self.account_id = ""
        self.full_until = START
        self.clock_was_wrong = False
        self._doomed: set[str] = set()
        self._agenda: list[_Due] = []
        self._count = 0
        self._logs: list[Any] = []

    # -- what the parts ask of the world --------------------------------------------------------------------------------

    def say(self, words: str) -> None:
        """Adds a line to the trace."""
        self.trace.append(f"{(self.gates.now - START).total_seconds():>9.1f}  {words}")

    def at(self, when: datetime, what: Callable[[], None]) -> None:
        """Has something happen at an instant."""
        self._count += 1
        heapq.heappush(self._agenda, _Due(when, self._count, what))

    def first_byte(self, request: CreateCall) -> None:
        self._check(lambda: self.checker.first_byte(request))

    def arrived(self, request: CreateCall) -> None:
        self._check(lambda: self.checker.arrived(request, self.client_of(request)))

    def client_of(self, request: CreateCall) -> str:
        """Gives whose call a request is, as the database had it when it was armed."""
        found = self.disk.rows("SELECT client_id FROM dials WHERE token = ?", [request.token])
        return str(found[0][0]) if found else ""  # an older copy of the database was restored since

    def trouble(self) -> str:
        if self.gates.now < self.full_until:
            return "full"
        return self.rng.choice(("full", "answer lost")) if self.rng.random() < self.faults.store else ""

    def committed(self, owner: str) -> None:
        self._check(lambda: self.checker.committed(owner))

    def _check(self, what: Callable[[], None]) -> None:
        try:
            what()
        except Broken as broken:
            # it may be swallowed by the very code under test, so it is kept
            self.failure = self.failure or broken
            raise

    # -- building -------------------------------------------------------------------------------------------------------

    async def build(self, *, people: int = 8, caps: tuple[int, ...] = (3, 2)) -> People:
        """Makes the first process, the clients and their leads, some of whom share a number."""
        self.disk.empty()
        first = self.start()
        first.begin("build", lambda: onboarding.ensure_installation(first.rt))
        await self.quieten()

        def work(tx: Tx) -> str:
            account = accounts.find_default(tx)
            assert account is not None
            for nth, cap in enumerate(caps):
                made = builders.client(
                    client_id=f"{nth:032x}", name=f"Client {nth}", account_id=account.account_id, max_concurrent=cap
                )
                clients.add(tx, made)
                for each in range(people):
                    number = builders.number(100 + each if each % 3 else 100 + each + 50 * nth)
                    leads.add(
                        tx, builders.lead(made, lead_id=f"{nth * 100 + each:032x}", number=number, timezone="America/New_York")
                    )
            return account.account_id

        self.account_id = self.disk.write(work)
        mine = [f"{n:032x}" for n in range(len(caps))]
        return People(self.disk, random.Random(f"{self.seed} people"), mine, self.account_id, self.retell)

    # -- processes ------------------------------------------------------------------------------------------------------

    def start(self) -> Process:
        """Starts a process under a new name."""
        process = Process(self, f"p{len(self.processes) + len(self.graveyard) + 1}")
        self.processes.append(process)
        self.say(f"{process.name} starts")
        return process

    def crash(self, process: Process, *, hand_over: bool) -> None:
        """Ends a process without a word; with `hand_over` its successor on the same machine frees its leases at once."""
        self.say(f"{process.name} dies" + (", its leases are freed" if hand_over else ""))
        self.gates.kill(process.name)
        self.processes.remove(process)
        self.graveyard.append(process)
        for key, (delivery, server) in list(self.under_way.items()):
            if server is process:
                del self.under_way[key]
                self._again(delivery)
        if hand_over:
            now = self.gates.now
            self.disk.write(lambda tx: slots.release(tx, process.name, now=now))

    def restore(self, copy: Connection, *, after: timedelta) -> None:
        """Every process dies, an older copy of the database takes its place, and after a while a process starts on it."""
        for process in list(self.processes):
            self.crash(process, hand_over=False)
        self.say("an older copy of the database is restored")
        self.disk.restore(copy)
        self.checker.restored()
        self.advance(after)
        self.start()

    def doom(self, name: str) -> None:
        """Has a process die as soon as its tasks stand still, and another take its place."""
        self._doomed.add(name)

    # -- webhooks -------------------------------------------------------------------------------------------------------

    def deliver(self, raw: bytes, signature: str, *, hook: str | None, is_real: bool) -> None:
        """A webhook leaves the provider."""
        if not is_real:
            self.checker.forged.add(sha256(raw))
        self._post(Delivery(raw, signature, hook, is_real))

    def _post(self, delivery: Delivery) -> None:
        if not self.processes:
            self._again(delivery)
            return
        process = self.rng.choice(self.processes)
        self._count += 1
        key = f"webhook {self._count}"
        self.under_way[key] = (delivery, process)
        take = lambda: receiving.take(  # noqa: E731
            process.rt, hook_id=delivery.hook, raw=delivery.raw, signature=delivery.signature, address="192.0.2.1"
        )
        process.begin(key, take)

    def _again(self, delivery: Delivery) -> None:
        delivery.tries += 1
        if delivery.tries < 4:
            self.at(self.gates.now + timedelta(seconds=10 * delivery.tries), lambda: self._post(delivery))

    def _answered(self, key: str, task: "asyncio.Task[Any]") -> None:
        delivery, _process = self.under_way.pop(key)
        error = task.exception()
        if isinstance(error, Unavailable):
            self._again(delivery)
            return
        if error is not None:
            raise Broken(f"I10: a delivery raised {error!r}") from error
        receipt = task.result()
        if delivery.is_real != (receipt.status == 204):
            raise Broken(f"I17: a delivery (real: {delivery.is_real}) was answered {receipt.status}")
        if receipt.status == 204:
            self.checker.acknowledged.add(sha256(delivery.raw))
        self.say(f"{key}: {receipt.result}")

    # -- steps ----------------------------------------------------------------------------------------------------------

    async def open(self, spot: Parked) -> None:
        """Lets one waiting task go on to its next gate."""
        self.say(f"{spot.owner} {spot.where}")
        self.gates.open(spot)
        await self.rest()

    async def rest(self) -> None:
        """Lets every task run to its next gate, and looks at what has ended."""
        await drain()
        for process in [each for each in self.processes if each.name in self._doomed]:
            self.crash(process, hand_over=True)
            self.start()
        for process in list(self.processes):
            for what, task in process.reap():
                self._ended(process, what, task)
        if self.failure is not None:
            raise self.failure

    def _ended(self, process: Process, what: str, task: "asyncio.Task[Any]") -> None:
        if what in self.under_way:
            self._answered(what, task)
            return
        if what == "leave":
            self.crash(process, hand_over=False)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Broken):
            raise error
        if error is not None and not isinstance(error, CallCenterError):
            raise Broken(f"errors: {process.name} {what} raised {error!r}") from error
        if error is not None:
            self.say(f"{process.name} {what}: {error}")

    def advance(self, by: timedelta) -> None:
        """Lets time pass; what is due in between happens at its own instant."""
        end = self.gates.now + by
        while self._agenda and self._agenda[0].at <= end:
            due = heapq.heappop(self._agenda)
            self.gates.now = max(self.gates.now, due.at)
            due.what()
        self.gates.now = end

    async def quieten(self) -> None:
        """Lets everything that waits go on, the longest waiting first, until nothing moves at this instant."""
        for _ in range(PATIENCE):
            await self.rest()
            ready = self.gates.ready()
            if not ready:
                return
            await self.open(ready[0])
        raise Broken("liveness: it never comes to rest")

    async def round(self, by: timedelta) -> None:
        """Lets time pass and every process do all it wants to do; what happens in between is dealt with as it comes."""
        end = self.gates.now + by
        while self._agenda and self._agenda[0].at <= end:
            self.advance(max(timedelta(0), self._agenda[0].at - self.gates.now))
            await self.quieten()
        self.advance(end - self.gates.now)
        for process in self.processes:
            process.begin_loops()
        await self.quieten()

    async def recover(self, people: People | None) -> None:
        """A day on which nothing goes wrong any more: one process at least, every pause ended, time for every hold."""
        self.say("-- quiet")
        self.gates.frozen.clear()
        self.gates.ahead = timedelta(0)
        self.full_until = self.gates.now
        self.faults, self.retell.answer_after, self.retell.page_size = Faults(), 0.0, 100
        self.retell.script.clear()
        staying = [process for process in self.processes if not process.is_leaving][:1]
        for process in [each for each in self.processes if each not in staying]:
            self.crash(process, hand_over=True)
        if not self.processes:
            self.start()
        await self.quieten()
        if people is not None:
            rt = self.processes[0].rt
            self.processes[0].begin("resume all", lambda: people.resume_all(rt))
            await self.quieten()
        if self.clock_was_wrong:
            await self.round(timedelta(days=1))  # what was put off by a clock that was ahead is due now
        await self.come_to_rest()

    async def come_to_rest(self) -> None:
        """Lets time pass, in ever longer strides, until nothing is under way any more."""
        for seconds in (1, 5, 15, 30, 60, 90, 120, 300, 300, 300, 600, 600, 900, 1800, 1800, 3600, 3600, 1800, 600, 300):
            await self.round(timedelta(seconds=seconds))
            if self._is_settled():
                break
        for seconds in (60, 310):  # what waits without a date is looked at again after five minutes
            await self.round(timedelta(seconds=seconds))

    def _is_settled(self) -> bool:
        """Whether nothing is under way any more, so that letting more time pass would only cost time."""
        busy = (
            "SELECT 1 FROM dials WHERE state IN ('planned', 'sending', 'unknown', 'accepted', 'live') UNION ALL "
            "SELECT 1 FROM inbox WHERE state IN ('new', 'unmatched', 'stale', 'poison') UNION ALL "
            "SELECT 1 FROM calls WHERE next_check_at IS NOT NULL UNION ALL "
            "SELECT 1 FROM calls WHERE status = 'scheduled' AND look_again_at <= ?"
        )
        soon = (self.gates.now + timedelta(minutes=4)).strftime("%Y-%m-%d %H:%M:%S.%f")
        lost = {row[0] for row in self.disk.rows("SELECT token FROM dials WHERE state = 'quarantined'")}
        is_there = any(call.token in lost for call in self.retell.calls.values())
        return not self._agenda and not is_there and not self.disk.rows(busy, [soon])

    def check_at_rest(self) -> None:
        """Checks what must hold when everything has come to rest."""
        self._check(lambda: self.checker.at_rest(self.processes[0].rt, self.rng))
        bad = [entry for entry in self._logs if entry["log_level"] == "error" and entry["event"] in _BUGS]
        if self.checker.has_copies:
            bad = [entry for entry in bad if entry["event"] != "calls of a lost past"]
        if bad:
            raise Broken(f"errors: {bad[0]}")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Keeps the log, so that what was swallowed with a line in it is seen all the same."""
        with structlog.testing.capture_logs() as self._logs:
            yield

    async def close(self) -> None:
        """Ends what still waits."""
        await self.gates.close()
        for process in self.processes + self.graveyard:
            await asyncio.gather(*process.running.values(), return_exceptions=True)


#: Lines of the log that only a bug of ours writes.
_BUGS = frozenset({
    "create call failed in an unforeseen way", "verdict could not be stored; left to reconciling", "event could not be folded",
    "dispatching failed; going on", "reconciling failed; going on", "second call to one number", "calls of a lost past",
})  # fmt: skip


async def _awaited(work: Callable[[], Awaitable[Any]]) -> Any:
    return await work()
