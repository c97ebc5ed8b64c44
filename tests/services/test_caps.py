"""Caps changed while calls run: no new dial goes beyond the new one, nobody's call is ended, and room is used at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from callcenter.domain.batch import Batch
from callcenter.domain.client import Client
from callcenter.domain.dial import Dial, DialState
from callcenter.services import editing, limiting, onboarding
from callcenter.services.dispatching import Dispatcher, listen
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, dials, slots
from callcenter.store.database import Tx
from tests import builders
from tests.builders import ADMIN, MANAGER
from tests.fakes import FakeBus

Setter = Callable[[Runtime, Client, Batch, int], Awaitable[object]]
CAPS: dict[str, Setter] = {
    "client": lambda rt, client, _b, cap: onboarding.change_client(rt, MANAGER, client.client_id, {"max_concurrent": cap}),
    "account": lambda rt, client, _b, cap: limiting.change_account(rt, ADMIN, client.account_id or "", {"own_limit": cap}),
    "batch": lambda rt, _c, batch, cap: editing.edit(rt, MANAGER, batch.batch_id, {"max_concurrent": cap}),
}


async def _planned(rt: Runtime, dispatcher: Dispatcher) -> None:
    dispatcher.look_at_accounts()
    await dispatcher.step()
    await dispatcher.settled()


async def _open(rt: Runtime, client: Client) -> list[Dial]:
    """The dials of a client that have a place."""

    def work(tx: Tx) -> list[Dial]:
        found = dials._many(tx, dials.ROWS.c.client_id == client.client_id, order=dials.ROWS.c.planned_at)
        return [dial for dial in found if dial.slot_freed_at is None]

    return await rt.database.read(work)


async def _end(rt: Runtime, *over: Dial) -> None:
    def work(tx: Tx) -> None:
        for dial in over:
            assert dials.settle(tx, dial, DialState.FINISHED, now=rt.clock.now(), by="test")

    await rt.database.write(work)


@pytest.mark.parametrize("whose", CAPS)
async def test_a_cap_is_lowered_and_raised_while_calls_run(any_rt: Runtime, whose: str) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=10)
    batch = await builders.saved_batch(rt, client)
    for _ in range(14):
        await builders.saved_call(rt, client, None, batch)
    dispatcher, change = Dispatcher(rt), CAPS[whose]
    await change(rt, client, batch, 4)
    await _planned(rt, dispatcher)
    assert len(await _open(rt, client)) == 4
    await change(rt, client, batch, 2)
    await _planned(rt, dispatcher)
    first = await _open(rt, client)
    assert len(first) == 4, "lowering ends no call"
    await _end(rt, *first[:2])
    await _planned(rt, dispatcher)
    assert len(await _open(rt, client)) == 2, "no freed place is used above the new cap"
    await _end(rt, first[2])
    await _planned(rt, dispatcher)
    assert len(await _open(rt, client)) == 2
    bus = rt.bus
    assert isinstance(bus, FakeBus)
    bus.notices.clear()
    await change(rt, client, batch, 7)
    assert bus.said("slot"), "what wakes the dispatcher"
    await _planned(rt, dispatcher)
    assert len(await _open(rt, client)) == 7
    account = await rt.database.read(lambda tx: accounts.get(tx, client.account_id or ""))
    used = await rt.database.read(lambda tx: slots.used(tx, account.account_id))
    assert used.total == 7


async def test_the_dispatcher_wakes_when_a_cap_is_raised(rt: Runtime) -> None:
    client = await builders.saved_client(rt, max_concurrent=1)
    listening = asyncio.create_task(listen(rt, Dispatcher(rt)))
    await asyncio.sleep(0)
    for change in (
        onboarding.change_client(rt, MANAGER, client.client_id, {"max_concurrent": 3}),
        limiting.change_account(rt, ADMIN, client.account_id or "", {"own_limit": 3}),
    ):
        rt.wake_dispatcher.clear()
        await change
        await asyncio.wait_for(rt.wake_dispatcher.wait(), 5)
    listening.cancel()
