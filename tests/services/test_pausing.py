"""A pause holds for every dial from its commit on: what was being planned is committed before it, or not at all."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from callcenter.domain.call import Call
from callcenter.domain.dial import DialState
from callcenter.domain.errors import Conflict, Forbidden, NotFound
from callcenter.services import batching, calling, explaining, onboarding, pausing
from callcenter.services.dispatching import Dispatcher
from callcenter.services.runtime import Runtime
from callcenter.store import dials, slots
from callcenter.store.database import Tx
from tests import builders
from tests.builders import AGENT, MANAGER, VIEWER
from tests.fakes import START, FakeBus

Act = Callable[[Runtime, str, str], Awaitable[object]]
ACTS: dict[str, Act] = {
    "batch": lambda rt, _client_id, batch_id: batching.pause(rt, MANAGER, batch_id),
    "client": lambda rt, client_id, _batch_id: pausing.pause_client(rt, MANAGER, client_id),
    "cap": lambda rt, client_id, _batch_id: onboarding.change_client(rt, MANAGER, client_id, {"max_concurrent": 1}),
    "everything": lambda rt, _client_id, _batch_id: pausing.pause_everything(rt, MANAGER),
}
UNDONE: dict[str, Act] = {
    "batch": lambda rt, _client_id, batch_id: batching.resume(rt, MANAGER, batch_id),
    "client": lambda rt, client_id, _batch_id: pausing.resume_client(rt, MANAGER, client_id),
    "everything": lambda rt, _client_id, _batch_id: pausing.resume_everything(rt, MANAGER),
}


@pytest.mark.postgres
@pytest.mark.parametrize("what", ACTS)
async def test_who_pauses_waits_for_the_dial_that_is_being_planned(pg_rt: Runtime, what: str) -> None:
    client = await builders.saved_client(pg_rt)
    batch = await builders.saved_batch(pg_rt, client)
    planning, may_commit = threading.Event(), threading.Event()

    def plan(tx: Tx) -> None:
        slots.lock(tx, client.account_id or "")  # the first thing that planning does
        planning.set()
        assert may_commit.wait(20)

    planned = asyncio.create_task(pg_rt.database.write(plan))
    await asyncio.to_thread(planning.wait, 20)
    pausing = asyncio.ensure_future(ACTS[what](pg_rt, client.client_id, batch.batch_id))
    done, _ = await asyncio.wait({pausing}, timeout=0.3)
    assert not done, "it would be committed before a dial that does not know of it"
    may_commit.set()
    await asyncio.gather(planned, pausing)


@pytest.mark.parametrize("what", UNDONE)
async def test_nothing_is_dialled_after_a_pause(any_rt: Runtime, what: str) -> None:
    client = await builders.saved_client(any_rt, max_concurrent=2)
    batch = await builders.saved_batch(any_rt, client)
    waiting = [await builders.saved_call(any_rt, client, None, batch) for _ in range(4)]
    await ACTS[what](any_rt, client.client_id, batch.batch_id)
    dispatcher = Dispatcher(any_rt)
    await dispatcher.step()
    await dispatcher.settled()
    made = await any_rt.database.read(lambda tx: dials.of_calls(tx, [call.call_id for call in waiting]))
    assert made == {}
    await UNDONE[what](any_rt, client.client_id, batch.batch_id)
    dispatcher.look_at_accounts()
    await dispatcher.step()
    await dispatcher.settled()
    made = await any_rt.database.read(lambda tx: dials.of_calls(tx, [call.call_id for call in waiting]))
    assert [dial.state for found in made.values() for dial in found] == [DialState.ACCEPTED] * 2


async def _planned(rt: Runtime) -> None:
    dispatcher = Dispatcher(rt)
    await dispatcher.step()
    await dispatcher.settled()


async def _dialled(rt: Runtime, call: Call) -> bool:
    return (await calling.get(rt, MANAGER, call.call_id)).derived.dialled_at is not None


async def test_a_paused_call_waits_and_the_others_go_on(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt)
    paused, other = [await builders.saved_call(any_rt, client) for _ in range(2)]
    await pausing.pause_call(any_rt, AGENT, paused.call_id)
    await _planned(any_rt)
    assert [await _dialled(any_rt, call) for call in (paused, other)] == [False, True]
    said = await explaining.explain(any_rt, AGENT, paused.call_id)
    assert said.blocked_by == "due"
    assert said.reason == "The call was paused by ana@example.com at 16:00 UTC on 23 Nov."
    await pausing.resume_call(any_rt, AGENT, paused.call_id)
    await _planned(any_rt)
    assert await _dialled(any_rt, paused)


async def test_a_resumed_call_is_looked_at_at_once_and_was_not_lost(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt)
    call = await builders.saved_call(any_rt, client, look_again_at=START.replace(hour=20))
    bus = any_rt.bus
    assert isinstance(bus, FakeBus)
    await pausing.pause_call(any_rt, AGENT, call.call_id)
    bus.notices.clear()
    resumed = await pausing.resume_call(any_rt, AGENT, call.call_id)
    assert (resumed.paused_at, resumed.paused_by, resumed.look_again_at) == (None, None, START)
    assert bus.said("slot")


async def test_pausing_a_call_twice_keeps_who_did_it_first(any_rt: Runtime) -> None:
    call = await builders.saved_call(any_rt, await builders.saved_client(any_rt))
    first = await pausing.pause_call(any_rt, AGENT, call.call_id)
    assert await pausing.pause_call(any_rt, MANAGER, call.call_id) == first
    assert first.paused_by == AGENT.label


async def test_only_a_call_that_waits_can_be_paused_and_only_by_those_who_may(any_rt: Runtime) -> None:
    call = await builders.saved_call(any_rt, await builders.saved_client(any_rt))
    with pytest.raises(Forbidden):
        await pausing.pause_call(any_rt, VIEWER, call.call_id)
    with pytest.raises(NotFound):
        await pausing.pause_call(any_rt, replace(AGENT, client_ids=frozenset({"another"})), call.call_id)
    await _planned(any_rt)
    with pytest.raises(Conflict):
        await pausing.pause_call(any_rt, AGENT, call.call_id)
