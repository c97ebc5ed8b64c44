"""Replaying a stored event: it changes nothing twice, mends what could not be folded, and never trusts what is too old."""

from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest

from callcenter.domain.call import Call, CallStatus, EventKind
from callcenter.domain.errors import Conflict, Forbidden, NotFound
from callcenter.services import browsing, receiving, refolding
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import calls, inbox
from callcenter.store.database import Tx
from tests.builders import ADMIN, MANAGER, new_id, saved_client
from tests.fakes import KEY, FakeClock, FakeProvider, FakeProviders, encode, event_of
from tests.services.doubt import in_doubt, look

ENDED = {"disconnection_reason": "user_hangup", "provider_status": "ended", "duration_ms": 5000}


async def call_of(rt: Runtime, call: Call) -> Call:
    return await rt.database.read(lambda tx: calls.get(tx, call.call_id))


async def told(rt: Runtime, clock: FakeClock, provider_call_id: str, *, late: int = 0) -> str:
    """Delivers the end of a call; gives the event's id."""
    raw = encode(event_of(EventKind.ENDED, provider_call_id, values=ENDED, started_seen=True))
    signature = cast("FakeProviders", rt.providers).sign(raw, at=clock.now() - timedelta(seconds=late), key=KEY)
    receipt = await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="test")
    assert receipt.status == 204
    return receipt.inbox_id


async def test_an_event_replayed_changes_nothing_again(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    _client, call = await in_doubt(rt, provider, exists=True)
    await look(rt, clock, minutes=1)
    before = await call_of(rt, call)
    event_id = await told(rt, clock, before.told.provider_call_id or "")
    ended = await call_of(rt, call)
    assert ended.derived.status is CallStatus.COMPLETED
    for _ in range(2):
        done = await refolding.refold(rt, ADMIN, event_id)
        assert (done.state, done.changed) == ("folded", {})
    assert await call_of(rt, call) == ended
    assert (await browsing.event_detail(rt, ADMIN, event_id)).changed["status"] == ["ringing", "completed"]


async def test_an_event_that_was_set_aside_is_folded_once_it_can_be(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    _client, call = await in_doubt(rt, provider, exists=True)
    await look(rt, clock, minutes=1)
    event_id = await told(rt, clock, (await call_of(rt, call)).told.provider_call_id or "")
    fresh = await call_of(rt, call)

    def undo(tx: Tx) -> None:
        inbox.mark(tx, event_id, "parked", now=clock.now(), tries=8, error="it could not be read then", changed=None)
        reverted = replace(fresh, told=replace(fresh.told, summary=None))
        calls.save(tx, fresh, reverted, now=clock.now(), by="test")

    await rt.database.write(undo)
    done = await refolding.refold(rt, ADMIN, event_id)
    assert done.state == "folded"
    letter = await rt.database.read(lambda tx: inbox.find(tx, event_id))
    assert letter is not None
    assert (letter.state, letter.error) == ("folded", None)


async def test_an_old_delivery_is_not_folded_but_its_call_is_asked_for(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    _client, call = await in_doubt(rt, provider, exists=True)
    await look(rt, clock, minutes=1)
    name = (await call_of(rt, call)).told.provider_call_id or ""
    event_id = await told(rt, clock, name, late=600)
    await Reconciler(rt).step()
    asked = provider.asked.count("get_call")
    done = await refolding.refold(rt, ADMIN, event_id)
    assert done.is_fetched_instead
    assert (await call_of(rt, call)).derived.status is CallStatus.RINGING
    await Reconciler(rt).step()
    assert provider.asked.count("get_call") == asked + 1


async def test_who_may_replay_what(any_rt: Runtime) -> None:
    rt = any_rt
    client = await saved_client(rt)
    refused = new_id()
    await rt.database.write(
        lambda tx: inbox.refuse(
            tx,
            refusal_id=refused,
            at=rt.clock.now(),
            address="test",
            length=2,
            sha256="a",
            why="digest",
            client_id=client.client_id,
        )
    )
    with pytest.raises(Conflict, match="nothing of it was kept"):
        await refolding.refold(rt, ADMIN, refused)
    with pytest.raises(Forbidden):
        await refolding.refold(rt, MANAGER, refused)
    with pytest.raises(NotFound):
        await refolding.refold(rt, ADMIN, "nothing")


async def test_what_was_lost_late_doubled_or_forged_is_counted(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client, call = await in_doubt(rt, provider, exists=True)
    await look(rt, clock, minutes=1)
    name = (await call_of(rt, call)).told.provider_call_id or ""
    raw = encode(event_of(EventKind.STARTED, name, started_seen=True))
    clock.turn(90)
    for late in (75, 75, 0):  # one event, of which a copy comes
        signature = cast("FakeProviders", rt.providers).sign(raw, at=clock.now() - timedelta(seconds=late), key=KEY)
        await receiving.take(rt, hook_id=client.hook_id, raw=raw, signature=signature, address="test")
    await receiving.take(rt, hook_id=client.hook_id, raw=raw, signature="v=1,d=0", address="test")
    provider.tell(event_of(EventKind.SNAPSHOT, name, values=ENDED, started_seen=True))
    await look(rt, clock, minutes=5)
    assert (await call_of(rt, call)).derived.status is CallStatus.COMPLETED
    health = await browsing.webhook_health(rt, MANAGER, client.client_id)
    assert (health.kinds, health.late, health.doubled, health.forged) == ({"started": 1}, 1, 2, 1)
    assert health.lost == 2, "the call whose answer was lost, and its end"
    assert health.delays_ms == (75_000, 75_000)
