"""How much of a cap is used while calls wait; run it as a program.

A batch of a few thousand calls at cap 50, and at cap 500, once with all news and once with 1 % of the ends lost for good. All
of it is the product but the network: dispatcher, reconciler, bus, real webhook bodies with real signatures, and a database with
full sync. The provider stands in the same process; it answers, and tells of what happened, after the delays below.

The clock is this computer's, but that it skips what everybody would only wait for. So what we compute costs what it costs at
this speed of calls, and an hour of calling takes minutes.

Use is the time of calls alive over cap times time, from the start until the last call was asked for: while calls wait. The
ceiling is what would have been reached with the same calls in the same order had each place been filled in the instant in which
the provider told of its end, no end being lost.

    python -m tests.benchmarks.caps                           # SQLite
    python -m tests.benchmarks.caps --postgres
    python -m tests.benchmarks.caps --calls 200 --caps 20
"""

import argparse
import asyncio
import contextlib
import heapq
import itertools
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from callcenter import wiring
from callcenter.adapters.local_bus import LocalBus
from callcenter.adapters.retell import wire
from callcenter.adapters.retell.provider import Retell
from callcenter.adapters.vault import SecretVault
from callcenter.cli import serve
from callcenter.domain.errors import Refused
from callcenter.domain.their_clock import TheirClock
from callcenter.services import onboarding, receiving
from callcenter.services.ports import Concurrency, CreateCall, Evidence, ListedPage
from callcenter.services.runtime import Runtime
from callcenter.simulator.signing import milliseconds, sign
from callcenter.store import accounts, calls
from callcenter.store.database import Database, Tx
from tests import builders
from tests.benchmarks.refill import fresh_database
from tests.benchmarks.webhooks import body
from tests.conftest import settings_for
from tests.fakes import KEY, START

T = TypeVar("T")

#: Seconds: until a create is answered, until news are told, of ringing, until the analysis; a call talks 65 s on average.
ANSWER, TOLD_AFTER, RINGS, ANALYSIS = 0.08, 0.25, (3.0, 12.0), 8.0
TALK = (3.9, 0.75)
LONGEST = 300.0


class SkippingClock:
    """This computer's time, put forward whenever nobody has anything to do but to wait."""

    def __init__(self) -> None:
        self._began, self._skipped = time.monotonic(), 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()

    def boot(self) -> float:
        return time.monotonic() - self._began + self._skipped

    def now(self) -> datetime:
        return START + timedelta(seconds=self.boot())

    async def sleep(self, seconds: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.boot() + max(0.0, seconds), next(self._count), waiting))
        await waiting

    async def run(self, is_busy: Callable[[], bool]) -> None:
        """Wakes the sleepers; skips to the next one while nothing is ready to run and `is_busy` says no."""
        loop: Any = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(0.0003 if is_busy() else 0)
            if not loop._ready and not is_busy() and self._sleepers:
                self._skipped += max(0.0, self._sleepers[0][0] - self.boot())
            while self._sleepers and self._sleepers[0][0] <= self.boot():
                waiting = heapq.heappop(self._sleepers)[2]
                if not waiting.done():
                    waiting.set_result(None)


class CountedDatabase(Database):
    """A database that knows how much is under way."""

    under_way = 0

    async def read(self, work: Callable[[Tx], T]) -> T:
        self.under_way += 1
        try:
            return await super().read(work)
        finally:
            self.under_way -= 1

    async def write(self, work: Callable[[Tx], T]) -> T:
        self.under_way += 1
        try:
            return await super().write(work)
        finally:
            self.under_way -= 1


@dataclass(slots=True)
class Live:
    """One call at the provider: when it was asked for and when it ends, in seconds, and whether we are told of its end.

    `listed` keeps what a listing says of it once it is analysed, made once since that is no work of ours.
    """

    provider_call_id: str
    token: str
    began: float
    ends: float
    is_told: bool
    listed: bytes = b""


@dataclass
class Line(Retell):
    """The provider, in this process: Retell's bodies and signatures, calls that last, and no network."""

    clock: SkippingClock
    rng: random.Random
    lost: float
    lives: dict[str, Live] = field(default_factory=dict[str, Live])
    rt: Runtime | None = None
    telling: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    made: int = 0
    turns: int = 22

    def __post_init__(self) -> None:
        super().__init__(base_url="http://127.0.0.1:9", simulator_url=None, clock=self.clock)

    def open(self, *, api_key: str, is_simulated: bool) -> Any:
        return self

    def their_clock(self, *, is_simulated: bool) -> TheirClock | None:
        return TheirClock(self.clock.now(), self.clock.boot())  # the provider runs by our own clock

    async def create_call(self, request: CreateCall, *, guard: Callable[[], bool] | None = None) -> Evidence:
        began, rings = self.clock.boot(), self.rng.uniform(*RINGS)
        ends = began + rings + min(LONGEST, self.rng.lognormvariate(*TALK))
        self.made += 1
        live = Live(f"call_{self.made:027x}", request.token, began, ends, self.rng.random() >= self.lost)
        self.lives[live.provider_call_id] = live
        self._tell(live, "call_started", began + rings)
        if live.is_told:
            self._tell(live, "call_ended", ends)
            self._tell(live, "call_analyzed", ends + ANALYSIS)
        await self.clock.sleep(ANSWER)
        return self._seen(live)

    def _tell(self, live: Live, event: str, at: float) -> None:
        task = asyncio.create_task(self._told(live, event, at))
        self.telling.add(task)
        task.add_done_callback(self.telling.discard)

    async def _told(self, live: Live, event: str, at: float) -> None:
        await self.clock.sleep(at + TOLD_AFTER - self.clock.boot())
        assert self.rt is not None
        turns = 0 if event == "call_started" else self.turns
        raw = body(event, live.provider_call_id, live.token, turns=turns, started=START + timedelta(seconds=live.began))
        signature = sign(raw, key=KEY, at_ms=milliseconds(self.clock.now()))
        receipt = await receiving.take(self.rt, hook_id=None, raw=raw, signature=signature, address="benchmark")
        assert receipt.status == 204, receipt

    def _seen(self, live: Live) -> Evidence:
        raw = self._told_when_asked(live)
        return Evidence(raw=raw, event=wire.event_of_call(raw))

    def _listed(self, live: Live) -> Evidence:
        """What a listing says of a call: all but what was said on it."""
        raw = live.listed
        if not raw:
            call = json.loads(self._told_when_asked(live))
            raw = json.dumps({key: value for key, value in call.items() if not key.startswith("transcript")}).encode()
        if self.clock.boot() >= live.ends + ANALYSIS:
            live.listed = raw
        return Evidence(raw=raw, event=wire.event_of_call(raw))

    def _told_when_asked(self, live: Live) -> bytes:
        event = "call_analyzed" if self.clock.boot() >= live.ends + ANALYSIS else "call_ended"
        started = START + timedelta(seconds=live.began)
        call = json.loads(body(event, live.provider_call_id, live.token, turns=self.turns, started=started))["call"]
        if self.clock.boot() < live.ends:
            kept = ("call_id", "call_type", "agent_id", "direction", "from_number", "to_number", "metadata")
            call = {key: call[key] for key in kept} | {"call_status": "registered"}
        return json.dumps(call).encode()

    async def get_call(self, provider_call_id: str) -> Evidence:
        await self.clock.sleep(ANSWER)
        if provider_call_id not in self.lives:
            raise Refused("There is no such call.", status=404)
        return self._seen(self.lives[provider_call_id])

    async def list_calls(self, *, since: datetime | None = None, token: str | None = None, **_asked: Any) -> ListedPage:
        await self.clock.sleep(ANSWER)
        first = (since - START).total_seconds() if since else 0.0
        found = [live for live in self.lives.values() if live.began >= first and token in (None, live.token)]
        return ListedPage(items=tuple(self._listed(live) for live in found[:1_000]), cursor=None)

    async def concurrency(self) -> Concurrency:
        alive = sum(1 for live in self.lives.values() if live.ends > self.clock.boot())
        return Concurrency(current=alive, limit=10_000, reserved_inbound=0)


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of one run: the share of the cap that was used and that could have been, and the most alive at once."""

    used: float
    ceiling: float
    most_alive: int
    seconds: float


@contextlib.asynccontextmanager
async def installation(url: str, *, cap: int, many: int, lost: float) -> AsyncGenerator[Line]:
    """Runs the product with a running batch that is to be called."""
    clock, bus = SkippingClock(), LocalBus()
    line, settings = Line(clock, random.Random(cap), lost), settings_for(url, public_url=None)
    database = CountedDatabase(url, announce=bus.publish)
    rt = line.rt = Runtime(
        settings=settings, database=database, bus=bus, clock=clock, rng=random.SystemRandom(), providers=line,
        vault=SecretVault(settings.secret_keys), name="bench",
    )  # fmt: skip
    await onboarding.ensure_installation(rt)
    client = await builders.saved_client(rt, max_concurrent=cap)
    batch = await builders.saved_batch(rt, client, max_concurrent=cap)
    queue = [builders.call(client, None, batch, call_id=rt.new_id(), to_number=builders.number(nth)) for nth in range(many)]
    await rt.database.write(lambda tx: calls.add(tx, *queue))
    account = client.account_id or ""
    await rt.database.write(lambda tx: accounts.set_values(tx, account, now=clock.now(), provider_limit=10_000))
    running = asyncio.create_task(clock.run(lambda: database.under_way > 0))
    try:
        async with wiring.running(rt):
            yield line
            for task in line.telling:
                task.cancel()
    finally:
        running.cancel()


async def measure(*, cap: int, many: int, lost: float, postgres: bool = False) -> Measured:
    """Has a batch called and gives how much of its cap was used until its last call was asked for."""
    folder, began = Path(tempfile.mkdtemp(prefix="caps")), time.monotonic()
    try:
        with fresh_database(folder, postgres=postgres) as url:
            async with installation(url, cap=cap, many=many, lost=lost) as line:
                start = line.clock.boot()
                while len(line.lives) < many:
                    await line.clock.sleep(1.0)
                lives = list(line.lives.values())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    used = share([(live.began, live.ends) for live in lives], start, cap)
    return Measured(used, ceiling(lives, cap), most_alive(lives), time.monotonic() - began)


def share(alive: list[tuple[float, float]], start: float, cap: int) -> float:
    """Gives the share of `cap` places that these calls used from `start` until the last of them began."""
    last = max(began for began, _ends in alive)
    return sum(min(ends, last) - began for began, ends in alive) / (cap * (last - start))


def ceiling(lives: list[Live], cap: int) -> float:
    """Gives what the same calls use when each place is filled again in the instant in which its end is told."""
    free, alive = [0.0] * cap, list[tuple[float, float]]()
    for live in lives:
        began = heapq.heappop(free)
        alive.append((began, began + live.ends - live.began))
        heapq.heappush(free, alive[-1][1] + TOLD_AFTER)
    return share(alive, 0.0, cap)


def most_alive(lives: list[Live]) -> int:
    """Gives how many calls were alive at once at the most."""
    steps = sorted([(live.began, 1) for live in lives] + [(live.ends, -1) for live in lives])
    return max(itertools.accumulate(step for _at, step in steps))


async def main() -> None:
    """Reads the arguments, measures each cap without and with losses, and prints what came of it."""
    asks = argparse.ArgumentParser(description="How much of a cap is used while calls wait.")
    asks.add_argument("--postgres", action="store_true")
    asks.add_argument("--calls", type=int, default=3_000)
    asks.add_argument("--caps", type=int, nargs="+", default=[50, 500])
    given = asks.parse_args()
    serve.tune()
    for cap, (lost, least) in itertools.product(given.caps, ((0.0, 0.975), (0.01, 0.96))):
        found = await measure(cap=cap, many=given.calls, lost=lost, postgres=given.postgres)
        sys.stdout.write(
            f"cap {cap}, {given.calls:,} calls, {lost:.0%} of the ends lost: {found.used:.4f} of the cap used (at least {least});"
            f" ceiling {found.ceiling:.4f}; at most {found.most_alive} alive at once; took {found.seconds:.0f} s\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
