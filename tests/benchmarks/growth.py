"""Does anything grow with the calls that are over? A day of calling, hour by hour; run it as a program.

The same product, provider and skipping clock as in caps.py: every hour of the virtual day as many new calls come in, are dialled,
told of, analysed and swept. At the end of each hour four things are read: the memory of this process, the tasks of its loop, the
length of SQLite's log, and the processor time of a planning transaction that armed a dial, whose mean is taken.

What counts is the last quarter of the day over the hours after the first quarter, which warms up: 1.00 is no growth, and
at most 1.05 is wanted.

    python -m tests.benchmarks.growth                              # 24 hours, 100,000 calls: most of an hour
    python -m tests.benchmarks.growth --hours 8 --calls 8000
    python -m tests.benchmarks.growth --postgres
"""

import argparse
import asyncio
import gc
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from callcenter.cli import serve
from callcenter.domain.notice import Notice
from callcenter.services import planning
from callcenter.store import calls, clients
from callcenter.store.database import Tx
from tests import builders
from tests.benchmarks.caps import Line, installation
from tests.benchmarks.refill import fresh_database

HOUR = 3_600.0
#: Calls may lie so many seconds back for the provider still to list them.
LISTED_FOR = 2 * HOUR
CAP = 200
#: Short calls: what grows with their number is asked, not what grows with their length.
TURNS = 6


@dataclass(frozen=True, slots=True)
class Hour:
    """What was read at the end of an hour: bytes, a count, bytes, and milliseconds of processor time."""

    memory: int
    tasks: int
    log: int
    step: float


class Steps:
    """Measures each planning transaction that arms something, in the thread that runs it."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self._plan = planning.plan

    def __enter__(self) -> "Steps":
        planning.plan = self._measured
        return self

    def __exit__(self, *_error: object) -> None:
        planning.plan = self._plan

    def _measured(self, *given: Any, **named: Any) -> planning.Plan:
        began = time.thread_time()
        found = self._plan(*given, **named)
        if found.armed:
            self.taken.append((time.thread_time() - began) * 1_000 / len(found.armed))
        return found

    def mean(self) -> float:
        """Gives the mean since it was last asked for, per armed dial."""
        taken, self.taken = self.taken, []
        return fmean(taken) if taken else 0.0


async def measure(
    *, hours: int, many: int, hour: float = HOUR, postgres: bool = False, say: Callable[[str], object] = lambda words: None
) -> list[Hour]:
    """Lives through so many hours with so many calls in all; gives what was read after each. Fails if a call was not made.

    `hour` is how many seconds one has.
    """
    folder, each = Path(tempfile.mkdtemp(prefix="growth")), many // hours
    found: list[Hour] = []
    try:
        with fresh_database(folder, postgres=postgres) as url, Steps() as steps:
            async with installation(url, cap=CAP, many=each, lost=0.01) as line:
                line.turns = TURNS
                for nth in range(1, hours + 1):
                    await line.clock.sleep(nth * hour - line.clock.boot())
                    await _forget(line)
                    found.append(Hour(_memory(), len(asyncio.all_tasks()), _log(folder), steps.mean()))
                    say(f"hour {nth}: {words(found[-1])}")
                    if nth < hours:
                        await _add(line, each, first=nth * each)
                made = await _made(line)
                assert made == each * hours, f"{made} of {each * hours} calls were made"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found


async def _add(line: Line, many: int, *, first: int) -> None:
    rt = line.rt
    assert rt is not None

    def work(tx: Tx) -> None:
        (client,) = clients.listed(tx)
        now = line.clock.now()
        queue = [
            builders.call(client, None, None, call_id=rt.new_id(), to_number=builders.number(first + n), scheduled_at=now)
            for n in range(many)
        ]
        calls.add(tx, *queue)
        tx.announce(Notice("slot", client.client_id))

    await rt.database.write(work)


async def _made(line: Line) -> int:
    assert line.rt is not None
    query = "SELECT count(*) FROM calls WHERE status IN ('completed', 'failed')"
    return int(await line.rt.database.read(lambda tx: tx.conn.exec_driver_sql(query).scalar_one()))


async def _forget(line: Line) -> None:
    """Has the provider forget old calls: its memory is ours here."""
    since = line.clock.boot() - LISTED_FOR
    line.lives = {name: live for name, live in line.lives.items() if live.ends > since}
    gc.collect()


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4_096


def _log(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*-wal"))


def words(hour: Hour) -> str:
    """Says what was read."""
    return f"{hour.memory / 1e6:.1f} MB, {hour.tasks} tasks, log {hour.log / 1e6:.1f} MB, {hour.step:.2f} ms a dial"


def growth(hours: list[Hour]) -> dict[str, float]:
    """Gives for each figure its mean in the last quarter over its mean in the second."""
    quarter = max(1, len(hours) // 4)
    early, late = hours[quarter : 2 * quarter], hours[-quarter:]
    return {
        name: fmean(getattr(hour, name) for hour in late) / max(1e-9, fmean(getattr(hour, name) for hour in early))
        for name in Hour.__slots__
    }


async def main() -> None:
    """Reads the arguments, lives through the day and prints what grew."""
    asks = argparse.ArgumentParser(description="Does anything grow with the calls that are over?")
    asks.add_argument("--postgres", action="store_true")
    asks.add_argument("--hours", type=int, default=24)
    asks.add_argument("--calls", type=int, default=100_000)
    given = asks.parse_args()
    serve.tune()

    def say(line: str) -> None:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    found = await measure(hours=given.hours, many=given.calls, postgres=given.postgres, say=say)
    say("last quarter over second: " + ", ".join(f"{name} {ratio:.3f}" for name, ratio in growth(found).items()))


if __name__ == "__main__":
    asyncio.run(main())
