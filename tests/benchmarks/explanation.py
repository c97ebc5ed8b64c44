"""How long the explanation of a big batch takes, and how late the event loop runs meanwhile; run it as a program.

python -m tests.benchmarks.explanation                   # 10,000 waiting calls on SQLite
python -m tests.benchmarks.explanation --waiting 5000
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from datetime import timedelta

from sqlmodel import SQLModel

from callcenter.domain.hours import DEFAULT_HOURS
from callcenter.services import explaining, onboarding
from callcenter.services.runtime import Runtime
from callcenter.store import calls, leads
from callcenter.store.database import make_engine
from tests import builders
from tests.conftest import make_rt

_ZONES = ("America/New_York", "America/Denver", "America/Los_Angeles", None, "Europe/Berlin", "Pacific/Auckland")
_CHUNK = 5_000


async def fill(rt: Runtime, waiting: int) -> str:
    """Gives a batch of so many waiting calls: leads of several zones, every tenth a retry for later."""
    client = await builders.saved_client(rt, calling_hours=DEFAULT_HOURS, max_concurrent=20)
    batch = await builders.saved_batch(rt, client)
    chance = random.Random(1)
    for start in range(0, waiting, _CHUNK):
        people = [builders.lead(client, timezone=chance.choice(_ZONES)) for _ in range(min(_CHUNK, waiting - start))]
        later = [rt.clock.now() + timedelta(hours=2) if chance.random() < 0.1 else rt.clock.now() for _ in people]
        some = [builders.call(client, lead, batch, scheduled_at=at) for lead, at in zip(people, later, strict=True)]
        await rt.database.write(lambda tx, people=people: [leads.add(tx, lead) for lead in people])
        await rt.database.write(lambda tx, some=some: calls.add(tx, *some))
    return batch.batch_id


async def lateness(until: asyncio.Event) -> list[float]:
    """Gives by how many seconds a timer of ten milliseconds was late, again and again."""
    late: list[float] = []
    while not until.is_set():
        before = time.perf_counter()
        await asyncio.sleep(0.01)
        late.append(time.perf_counter() - before - 0.01)
    return sorted(late)


async def measure(waiting: int) -> None:
    """Fills a database and prints what it took."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/explanation.db"
        SQLModel.metadata.create_all(make_engine(url))
        rt = make_rt(url)
        await onboarding.ensure_installation(rt)
        batch_id = await fill(rt, waiting)
        took: list[tuple[float, float]] = []
        done = asyncio.Event()
        watch = asyncio.create_task(lateness(done))
        for _ in range(5):
            before, cpu = time.perf_counter(), time.process_time()
            await explaining.explain_batch(rt, builders.ADMIN, batch_id)
            took.append((time.perf_counter() - before, time.process_time() - cpu))
        done.set()
        late = await watch
        found = await explaining.explain_batch(rt, builders.ADMIN, batch_id)
        stops = ", ".join(f"{stop.rule} {stop.stopped}" for stop in found.rules.stops if stop.stopped)
        sys.stdout.write(f"{found.rules.judged} waiting calls judged: {stops}, {found.rules.may_dial} may be dialled\n")
        best, worst = min(took), max(took)
        sys.stdout.write(
            f"took {best[0]:.2f} s ({best[1]:.2f} s of processor) at best, {worst[0]:.2f} s at worst of {len(took)}\n"
        )
        sys.stdout.write(f"event loop late by {late[len(late) // 2] * 1000:.0f} ms (median), {late[-1] * 1000:.0f} ms (worst)\n")
        rt.database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=10_000)
    asyncio.run(measure(parser.parse_args().waiting))
