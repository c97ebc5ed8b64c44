"""Every crash point of one call's life, for every way the provider can behave: the same record as without the crash.

`SIMULATION_EVERY_GATE=1` lets the process also die where nothing durable can differ.
"""

import os

import pytest

from tests.simulation.crashes import CASES, Case, run
from tests.simulation.disk import Disk

EVERY_GATE = bool(os.environ.get("SIMULATION_EVERY_GATE"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_process_may_die_anywhere_and_the_record_is_the_same(disk: Disk, case: Case) -> None:
    alive = run(disk, case, dies_at=None, every_gate=EVERY_GATE)
    assert alive.points > 5
    for point in range(alive.points):
        died = run(disk, case, dies_at=point, every_gate=EVERY_GATE)
        assert any("dies" in line for line in died.trace)
        assert died.record == alive.record, f"{case} dies at {point}\n" + "\n".join(died.trace[-120:])
