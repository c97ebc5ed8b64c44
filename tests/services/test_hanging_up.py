"""Ending everything that goes on: all of it, page by page, whatever the board would list; and nothing of anybody else."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from callcenter.domain.call import Call, CallStatus, Derived, Phase, Told
from callcenter.domain.client import Client
from callcenter.domain.dial import DialState
from callcenter.domain.errors import Forbidden
from callcenter.services import batching, calling, hanging_up, pausing
from callcenter.services.dispatching import Dispatcher
from callcenter.services.runtime import Runtime
from callcenter.store import calls
from tests import builders
from tests.builders import ADMIN, AGENT, MANAGER
from tests.fakes import START, FakeProvider

Act = Callable[[Runtime, str, str], Awaitable[object]]
ACTS: dict[str, Act] = {
    "batch": lambda rt, _client_id, batch_id: batching.pause(rt, MANAGER, batch_id, end_live=True),
    "client": lambda rt, client_id, _batch_id: pausing.pause_client(rt, MANAGER, client_id, end_live=True),
    "everything": lambda rt, _client_id, _batch_id: pausing.pause_everything(rt, MANAGER, end_live=True),
}


async def _talking(rt: Runtime, client: Client, count: int) -> list[str]:
    """Calls that ring, as if they had been dialled; gives their Retell ids."""
    derived = Derived(status=CallStatus.RINGING, dialled_at=START, occurred_at=START)
    made = [builders.call(client, derived=derived) for _ in range(count)]
    made = [replace(call, told=Told(phase=Phase.REGISTERED, provider_call_id=f"call_{call.call_id}")) for call in made]
    await rt.database.write(lambda tx: calls.add(tx, *made))
    return [f"call_{call.call_id}" for call in made]


async def test_every_call_in_sight_is_ended_however_many(any_rt: Runtime, provider: FakeProvider) -> None:
    client = await builders.saved_client(any_rt)
    going = await _talking(any_rt, client, 450)
    assert await hanging_up.end_live(any_rt, MANAGER) == 450
    assert sorted(provider.stopped) == sorted(going)


async def test_nobody_ends_what_they_do_not_see(any_rt: Runtime, provider: FakeProvider) -> None:
    mine, theirs = [await builders.saved_client(any_rt) for _ in range(2)]
    going = await _talking(any_rt, mine, 2)
    await _talking(any_rt, theirs, 2)
    limited = replace(MANAGER, client_ids=frozenset({mine.client_id}))
    assert await hanging_up.end_live(any_rt, limited) == 2
    assert sorted(provider.stopped) == going
    with pytest.raises(Forbidden):
        await hanging_up.end_live(any_rt, AGENT)


@pytest.mark.parametrize("what", ACTS)
async def test_a_pause_may_also_end_what_goes_on(any_rt: Runtime, provider: FakeProvider, what: str) -> None:
    client = await builders.saved_client(any_rt, max_concurrent=2)
    batch = await builders.saved_batch(any_rt, client)
    of_batch = [await builders.saved_call(any_rt, client, None, batch) for _ in range(3)]
    elsewhere = await _talking(any_rt, await builders.saved_client(any_rt), 1)
    dispatcher = Dispatcher(any_rt)
    await dispatcher.step()
    await dispatcher.settled()
    dialled = [call for call in [await _now(any_rt, call) for call in of_batch] if call.derived.dialled_at]
    assert len(dialled) == 2
    await ACTS[what](any_rt, client.client_id, batch.batch_id)
    stopped = [call.told.provider_call_id for call in dialled]
    assert sorted(provider.stopped) == sorted([*stopped, *(elsewhere if what == "everything" else [])], key=str)
    for call in dialled:
        assert (await _now(any_rt, call)).cancel_requested_at == START
    waiting = next(call for call in of_batch if call.call_id not in {each.call_id for each in dialled})
    assert (await _now(any_rt, waiting)).derived.status is CallStatus.SCHEDULED, "what waits goes on waiting"


async def test_a_call_whose_create_is_on_its_way_is_ended_as_soon_as_its_id_is_known(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt)
    derived = Derived(status=CallStatus.INITIATED, dialled_at=START, occurred_at=START)
    call = await builders.saved_call(any_rt, client, derived=derived)
    await builders.saved_dial(any_rt, call, state=DialState.SENDING)
    assert await hanging_up.end_live(any_rt, ADMIN, client_id=client.client_id) == 1
    asked = await _now(any_rt, call)
    assert (asked.derived.status, asked.cancel_by) == (CallStatus.INITIATED, ADMIN.label)
    assert asked.next_check_at is not None, "reconciling has it stopped"


async def _now(rt: Runtime, call: Call) -> Call:
    return await calling.get(rt, ADMIN, call.call_id)
