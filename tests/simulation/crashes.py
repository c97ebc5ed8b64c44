"""One call, one process, and a crash at each point where it could matter, for each way the provider can behave.

Between two gates nothing durable happens, so dying before a write, before the first byte and before the answer is every crash
there is. A process that dies at any of them and is succeeded must leave the same record as one that lives.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from callcenter.domain.call import Call, CallStatus, Derived, Origin, Outcome, Phase, Told
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.retry import RetryPolicy
from callcenter.services import calling
from callcenter.services.calling import ScheduleCall
from callcenter.store import calls, dials
from callcenter.store.database import Tx
from tests import builders
from tests.fakes import START
from tests.simulation.disk import Disk
from tests.simulation.gates import Parked
from tests.simulation.retell import Faults, TrueCall
from tests.simulation.world import World

HOLD = timedelta(minutes=30)
Record = list[tuple[int, str, str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Case:
    """How the provider behaves: its answers to requests in turn, how the calls go, and what becomes of its webhooks."""

    answers: tuple[str, ...]
    lives: tuple[str, ...] = ()
    webhooks: str = "prompt"  # prompt, lost, twice, early (before the answer), late, rush (answered before they are folded)

    def __str__(self) -> str:
        return " ".join((*self.answers, *self.lives, self.webhooks))


CASES = (
    Case(("accept",)),
    Case(("accept",), webhooks="lost"),
    Case(("accept",), webhooks="twice"),
    Case(("accept",), webhooks="early"),
    Case(("accept",), webhooks="late"),
    Case(("accept",), webhooks="rush"),
    Case(("accept",), ("nobody", "talk")),
    Case(("accept",), ("nobody", "talk"), webhooks="rush"),
    Case(("accept",), ("full", "talk")),
    Case(("accept",), ("full", "talk"), webhooks="early"),
    Case(("accept",), ("opt_out",)),
    Case(("lost",)),
    Case(("lost",), webhooks="lost"),
    Case(("lost",), webhooks="rush"),
    Case(("late",)),
    Case(("late",), webhooks="lost"),
    Case(("unreachable",)),
    Case(("refused 429",)),
    Case(("refused 422", "refused 422")),  # a request that makes no sense makes none the second time either
    Case(("error",)),
    Case(("error_created",)),
)
_FAULTS = {
    "prompt": Faults(), "early": Faults(), "lost": Faults(webhook_lost=1), "twice": Faults(webhook_twice=1),
    "late": Faults(webhook_late=1), "rush": Faults(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run left, and the points at which its process could have died."""

    record: Record
    points: int
    trace: list[str]


def run(disk: Disk, case: Case, *, dies_at: int | None, every_gate: bool = False) -> Ran:
    """Runs one case; the process dies at its nth point. Raises Broken."""
    return asyncio.run(_run(disk, case, dies_at, every_gate))


async def _run(disk: Disk, case: Case, dies_at: int | None, every_gate: bool) -> Ran:
    world = World(disk, seed=1, hold=HOLD, is_rush=case.webhooks == "rush")
    with world.watched():
        try:
            await world.build(people=1, caps=(2,))
            disk.write(lambda tx: _add_control(tx, world))
            world.checker.forgive()
            world.faults = _FAULTS[case.webhooks]
            world.retell.script.extend(case.answers)
            world.retell.lives.extend(case.lives)
            world.retell.answer_after = 120.0 if case.webhooks == "early" else 0.0
            counter = _Points(world, dies_at, every_gate)
            wish = ScheduleCall(lead_id=f"{0:032x}", max_attempts=2, retry=RetryPolicy(after_minutes=1))
            call = _scheduled(world, wish)
            world.gates.on_park = counter.parked
            await world.come_to_rest()
            world.check_at_rest()
            return Ran(_record(disk, call.root_call_id), counter.seen, world.trace)
        except Exception as error:
            last = "\n".join(world.trace[-40:])
            raise AssertionError(f"{case}, dies at {dies_at}: {world.failure or error}\n{last}") from error
        finally:
            await world.close()


def _scheduled(world: World, wish: ScheduleCall) -> Call:
    rt = world.processes[0].rt
    return world.disk.write(lambda tx: calling.schedule_in(tx, rt, builders.MANAGER, f"{0:032x}", wish, now=world.gates.now))


class _Points:
    """Counts the points at which the first process could die, and has it die at one of them."""

    def __init__(self, world: World, dies_at: int | None, every_gate: bool) -> None:
        self.world, self.dies_at, self.seen = world, dies_at, 0
        self.marks: Sequence[str] = ("",) if every_gate else ("write ", "connect", "answer")
        self.idle: Sequence[str] = () if every_gate else ("_limits", "_sweep", "_renew_leases.work")

    def parked(self, spot: Parked) -> None:
        if spot.owner != "p1" or not spot.where.startswith(tuple(self.marks)) or spot.where.endswith(tuple(self.idle)):
            return
        if self.seen == self.dies_at:
            self.world.doom(spot.owner)
        self.seen += 1


def _add_control(tx: Tx, world: World) -> None:
    """An older call that surely exists, which a search must find if its answer is to prove anything."""
    then = START - timedelta(hours=2)
    ended = then + timedelta(minutes=1)
    call = Call(
        call_id="c" * 32, client_id=f"{0:032x}", account_id=world.account_id, root_call_id="c" * 32, to_number="+12125550199",
        origin=Origin.OURS, scheduled_at=then, created_at=then, updated_at=then,
        told=Told(phase=Phase.ANALYSED, provider_call_id="call_control", disconnection_reason="user_hangup"),
        derived=Derived(status=CallStatus.COMPLETED, outcome=Outcome.SUCCESSFUL, dialled_at=then),
    )  # fmt: skip
    dial = Dial(
        dial_id="d" * 32, call_id="c" * 32, client_id=f"{0:032x}", account_id=world.account_id, number="+12125550199", seq=1,
        token="e" * 32, state=DialState.FINISHED, epoch=0, planned_at=then, sent_at=then, settled_at=ended,
        slot_freed_at=ended, provider_call_id="call_control", variables_sent={},
    )  # fmt: skip
    calls.add(tx, call)
    dials.add(tx, dial)
    world.retell.calls["call_control"] = TrueCall(
        "call_control", "e" * 32, f"{0:032x}", "+12125550199", None, then, then, ended, ended, "user_hangup"
    )


def _record(disk: Disk, root_call_id: str) -> Record:
    query = "SELECT attempt_number, status, outcome, disconnection_reason FROM calls WHERE root_call_id = ? ORDER BY 1"
    return [tuple(row) for row in disk.rows(query, [root_call_id])]
