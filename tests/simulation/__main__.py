"""Repeats one run, or hunts through many: `python -m tests.simulation --seed 17 --steps 400`, `--seeds 0 1000`, `--hunt 50`."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.simulation import crashes
from tests.simulation.disk import Disk
from tests.simulation.seeds import Failure, run


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


def main() -> int:
    """Prints the trace of one seed, or which of many seeds fail."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, nargs=2, metavar=("FROM", "TO"))
    parser.add_argument("--hunt", type=int, help="so many seeds and every crash, and stop at the first that fails")
    parser.add_argument("--steps", type=int, default=250)
    parser.add_argument("--seconds", type=float, default=3600.0, help="stop after this long")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        disk = Disk(Path(folder))
        try:
            if asked.hunt is not None:
                return _hunt(disk, asked)
            return _one(disk, asked.seed, asked.steps) if asked.seed is not None else _many(disk, asked)
        finally:
            disk.close()


def _one(disk: Disk, seed: int, steps: int) -> int:
    try:
        _say("\n".join(run(disk, seed, steps)))
    except Failure as failure:
        _say("\n".join(failure.trace))
        _say(f"{type(failure.broken).__name__}: {failure.broken}")
        return 1
    return 0


def _many(disk: Disk, asked: argparse.Namespace) -> int:
    first, last = asked.seeds or (0, 200)
    began, failed, done = time.monotonic(), 0, 0
    for seed in range(first, last):
        if time.monotonic() - began > asked.seconds:
            break
        done += 1
        try:
            run(disk, seed, asked.steps)
        except Failure as failure:
            failed += 1
            _say(f"seed {seed}: {type(failure.broken).__name__}: {str(failure.broken)[:200]}")
    _say(f"{done} seeds, {failed} failed, {time.monotonic() - began:.1f} s")
    return 1 if failed else 0


def _hunt(disk: Disk, asked: argparse.Namespace) -> int:
    began = time.monotonic()
    try:
        for case in crashes.CASES:
            alive = crashes.run(disk, case, dies_at=None)
            died = crashes.run(disk, case, dies_at=alive.points // 2)
            if died.record != alive.record:
                raise AssertionError(f"{case}: {died.record} is not {alive.record}")
        for seed in range(asked.hunt):
            if time.monotonic() - began < asked.seconds:
                run(disk, seed, asked.steps)
    except Exception as error:
        _say(f"{str(error)[:300]}")
        return 1
    _say(f"nothing found in {time.monotonic() - began:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
