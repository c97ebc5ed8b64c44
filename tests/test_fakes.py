"""The fakes stand in for real parts, so they must keep the parts' own promises."""

import asyncio
from datetime import timedelta

import pytest

from callcenter.domain.call import EventKind, Phase, Turn
from callcenter.domain.errors import Invalid
from callcenter.services.runtime import Runtime
from tests import builders
from tests.fakes import FakeClock, FakeProviders, FakeVault, decode, encode, event_of


async def test_a_sleeper_wakes_when_the_clock_is_turned_past_its_time() -> None:
    clock = FakeClock()
    sleeper = asyncio.ensure_future(clock.sleep(60))
    await asyncio.sleep(0)
    clock.turn(59)
    await asyncio.sleep(0)
    assert not sleeper.done()
    clock.turn(1)
    await asyncio.wait_for(sleeper, 1)


def test_a_vault_opens_only_for_the_purpose_it_sealed_for() -> None:
    vault = FakeVault()
    sealed = vault.seal("key_made_up", purpose="one")
    assert vault.open(sealed, purpose="one") == "key_made_up"
    with pytest.raises(Invalid):
        vault.open(sealed, purpose="two")


def test_an_event_survives_the_wire_of_the_fake_provider() -> None:
    clock = FakeClock()
    values = {"started_at": clock.now(), "turns": (Turn("user", "hello", 0.5),), "cost": 120_000}
    event = event_of(EventKind.ENDED, "call_1", values=values)
    assert decode(encode(event)) == event
    assert event.phase is Phase.ENDED


def test_a_signature_of_another_key_or_moment_is_told_apart() -> None:
    providers, clock = FakeProviders(), FakeClock()
    header = providers.sign(b"{}", at=clock.now(), key="key_b_made_up")
    assert providers.verify(b"{}", header, keys=["key_a_made_up", "key_b_made_up"], now=clock.now()).key_index == 1
    assert not providers.verify(b"{} ", header, keys=["key_b_made_up"], now=clock.now()).ok
    stale = providers.verify(b"{}", header, keys=["key_b_made_up"], now=clock.now() + timedelta(minutes=6))
    assert stale.ok
    assert not stale.is_fresh


async def test_the_builders_make_rows_that_the_store_gives_back(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt)
    lead = await builders.saved_lead(any_rt, client, tags=("vip",))
    batch = await builders.saved_batch(any_rt, client)
    call = await builders.saved_call(any_rt, client, lead, batch)
    from callcenter.store import batches, calls, clients

    assert await any_rt.database.read(lambda tx: clients.get(tx, client.client_id)) == client
    assert await any_rt.database.read(lambda tx: batches.get(tx, batch.batch_id)) == batch
    found = await any_rt.database.read(lambda tx: calls.get(tx, call.call_id))
    assert (found.to_number, found.lead_id, found.batch_id) == (lead.number, lead.lead_id, batch.batch_id)
