"""With every webhook lost, each result is complete within five minutes of the provider having it."""

import asyncio
import random
from datetime import timedelta

import pytest

from callcenter.domain.call import Phase
from callcenter.services import calling
from callcenter.services.calling import ScheduleCall
from tests import builders
from tests.simulation.disk import Disk
from tests.simulation.retell import Faults
from tests.simulation.world import World

PEOPLE, TURN = 30, timedelta(seconds=5)
LATEST = timedelta(minutes=5)


@pytest.mark.parametrize("seed", range(2))
def test_a_result_is_complete_five_minutes_after_the_provider_has_it(disk: Disk, seed: int) -> None:
    asyncio.run(_lose_all(disk, seed))


async def _lose_all(disk: Disk, seed: int) -> None:
    world = World(disk, seed)
    with world.watched():
        try:
            await world.build(people=PEOPLE, caps=(6,))
            world.faults = Faults(webhook_lost=1, odd_lives=0.3)
            rt, now = world.processes[0].rt, world.gates.now
            for each in range(PEOPLE):
                due = now + timedelta(seconds=random.Random(f"{seed} {each}").uniform(0, 1_200))
                wish = ScheduleCall(lead_id=f"{each:032x}", scheduled_at=due)
                disk.write(lambda tx, wish=wish: calling.schedule_in(tx, rt, builders.MANAGER, f"{0:032x}", wish, now=now))
            while world.gates.now < now + timedelta(hours=1):
                await world.round(TURN)
                late = _unknown_for_too_long(world)
                assert not late, "\n".join([*world.trace[-60:], *late])
            assert len(world.retell.calls) >= PEOPLE
        finally:
            await world.close()


def _unknown_for_too_long(world: World) -> list[str]:
    found = world.disk.rows("SELECT provider_call_id, phase FROM calls WHERE provider_call_id IS NOT NULL")
    phases = {row["provider_call_id"]: row["phase"] for row in found}
    fallen = world.disk.rows("SELECT provider_call_id FROM dials WHERE state = 'rejected'")  # Retell was full: no result
    phases |= {row["provider_call_id"]: Phase.ANALYSED for row in fallen}
    lines: list[str] = []
    for call in world.retell.calls.values():
        phase = phases.get(call.provider_call_id, 0)
        for at, wanted in ((call.ended_at, Phase.ENDED), (call.analysed_at, Phase.ANALYSED)):
            if at + LATEST + TURN <= world.gates.now and phase < wanted:
                lines.append(f"{call.provider_call_id} is {wanted.name} since {world.gates.now - at}, known as {phase}")
    return lines
