"""Many runs, each on its own seed: whatever crashes, fails, repeats or comes late, the promises of dialling hold.

`SIMULATION_SEEDS=1000-2000` runs other ones, `SIMULATION_STEPS=600` longer ones; a failure says how to repeat it alone.
"""

import os

import pytest

from tests.simulation.disk import Disk
from tests.simulation.seeds import run

STEPS = int(os.environ.get("SIMULATION_STEPS", "200"))
FIRST, LAST = (int(each) for each in os.environ.get("SIMULATION_SEEDS", "0-2000").split("-"))
GROUP = 50  # so many, ten seconds or so, are one test: enough of them to share among the cores


@pytest.mark.parametrize("first", range(FIRST, LAST, GROUP))
def test_the_promises_hold_on_these_seeds(disk: Disk, first: int) -> None:
    for seed in range(first, min(first + GROUP, LAST)):
        run(disk, seed, STEPS)


def test_one_seed_is_one_run(disk: Disk) -> None:
    assert run(disk, 7, 120) == run(disk, 7, 120)
