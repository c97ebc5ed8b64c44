"""A call's record is what its events say: proven, and restored when it is not; on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.call import Call, CallEvent, CallStatus, EventKind, Told
from callcenter.domain.errors import Forbidden
from callcenter.services import rebuilding, receiving
from callcenter.services.runtime import Runtime
from callcenter.store import calls
from tests.builders import ADMIN, MANAGER, saved_call, saved_client, saved_dial, saved_lead
from tests.fakes import START, FakeClock, FakeProviders, encode, event_of


async def deliver(rt: Runtime, event: CallEvent) -> None:
    raw = encode(event)
    providers = rt.providers
    assert isinstance(providers, FakeProviders)
    header = providers.sign(raw, at=rt.clock.now())
    receipt = await receiving.take(rt, hook_id=None, raw=raw, signature=header, address="203.0.113.5")
    assert (receipt.status, receipt.result) == (204, "folded")


async def talked(rt: Runtime, clock: FakeClock, nth: int = 0) -> Call:
    """Gives a call that was dialled, talked and analysed, all through webhooks."""
    client = await saved_client(rt)
    call = await saved_call(rt, client, await saved_lead(rt, client))
    dial = await saved_dial(rt, call)
    provider_call_id = f"call_rebuilt_{nth}"
    common: dict[str, Any] = {"token": dial.token, "to_number": call.to_number}
    ended = {
        "started_at": START,
        "ended_at": START + timedelta(seconds=40),
        "duration_ms": 40_000,
        "disconnection_reason": "user_hangup",
    }
    told = {**ended, "summary": "They booked.", "transcript": "User: yes", "cost": 90_000, "call_successful": True}
    for kind, values in (
        (EventKind.STARTED, {"started_at": START}), (EventKind.ENDED, ended), (EventKind.ANALYSED, told),
    ):  # fmt: skip
        clock.turn(1)
        await deliver(rt, event_of(kind, provider_call_id, values=values, **common))
    return await read(rt, call.call_id)


async def read(rt: Runtime, call_id: str) -> Call:
    return await rt.database.read(lambda tx: calls.get(tx, call_id))


async def test_what_came_in_folds_to_the_same_again(any_rt: Runtime, clock: FakeClock) -> None:
    call = await talked(any_rt, clock)
    assert call.derived.status is CallStatus.COMPLETED
    found = await rebuilding.rebuild(any_rt, ADMIN, only_compare=True)
    assert (found.calls, found.events, found.differences) == (1, 3, ())


async def test_a_record_that_is_not_what_its_events_say_is_found_and_restored(any_rt: Runtime, clock: FakeClock) -> None:
    call = await talked(any_rt, clock)
    broken = replace(call, told=replace(call.told, summary="Something else", cost=1))
    await any_rt.database.write(lambda tx: calls.save(tx, call, broken, now=clock.now()))
    found = await rebuilding.rebuild(any_rt, ADMIN, only_compare=True)
    assert [(each.call_id, each.fields) for each in found.differences] == [(call.call_id, ("cost", "summary"))]
    assert (await read(any_rt, call.call_id)).told.cost == 1
    await rebuilding.rebuild(any_rt, ADMIN, only_compare=False)
    after = await read(any_rt, call.call_id)
    assert (after.told, after.derived) == (call.told, call.derived)
    assert (await rebuilding.rebuild(any_rt, ADMIN, only_compare=True)).differences == ()


async def test_peoples_own_words_stay(any_rt: Runtime, clock: FakeClock) -> None:
    call = await talked(any_rt, clock)
    noted = replace(call, notes="Ring the bell", told=Told(phase=call.told.phase, provider_call_id=call.told.provider_call_id))
    await any_rt.database.write(lambda tx: calls.save(tx, call, noted, now=clock.now()))
    await rebuilding.rebuild(any_rt, ADMIN, only_compare=False)
    after = await read(any_rt, call.call_id)
    assert (after.notes, after.told) == ("Ring the bell", call.told)


async def test_a_call_whose_events_are_gone_is_left_alone(any_rt: Runtime, clock: FakeClock) -> None:
    from callcenter.store.database import Tx
    from callcenter.store.inbox import ROWS

    call = await talked(any_rt, clock)

    def forget(tx: Tx) -> None:
        tx.execute(ROWS.delete())

    await any_rt.database.write(forget)
    found = await rebuilding.rebuild(any_rt, ADMIN, only_compare=False)
    assert (found.without_events, found.differences) == (1, ())
    assert await read(any_rt, call.call_id) == call


async def test_every_chunk_is_visited(rt: Runtime, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rebuilding, "CHUNK", 2)
    for nth in range(5):
        await talked(rt, clock, nth)
    assert (await rebuilding.rebuild(rt, ADMIN, only_compare=True)).calls == 5


async def test_only_admins_rebuild(rt: Runtime) -> None:
    with pytest.raises(Forbidden):
        await rebuilding.rebuild(rt, MANAGER, only_compare=True)
