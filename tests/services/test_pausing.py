"""A pause holds for every dial from its commit on: what was being planned is committed before it, or not at all."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from callcenter.domain.dial import DialState
from callcenter.services import batching, onboarding
from callcenter.services.dispatching import Dispatcher
from callcenter.services.runtime import Runtime
from callcenter.store import dials, slots
from callcenter.store.database import Tx
from tests import builders
from tests.builders import MANAGER

Act = Callable[[Runtime, str, str], Awaitable[object]]
ACTS: dict[str, Act] = {
    "batch": lambda rt, _client_id, batch_id: batching.pause(rt, MANAGER, batch_id),
    "client": lambda rt, client_id, _batch_id: onboarding.pause_client(rt, MANAGER, client_id),
    "cap": lambda rt, client_id, _batch_id: onboarding.change_client(rt, MANAGER, client_id, {"max_concurrent": 1}),
    "everything": lambda rt, _client_id, _batch_id: onboarding.pause_everything(rt, MANAGER),
}
UNDONE: dict[str, Act] = {
    "batch": lambda rt, _client_id, batch_id: batching.resume(rt, MANAGER, batch_id),
    "client": lambda rt, client_id, _batch_id: onboarding.resume_client(rt, MANAGER, client_id),
    "everything": lambda rt, _client_id, _batch_id: onboarding.resume_everything(rt, MANAGER),
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
