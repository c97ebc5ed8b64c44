"""What a person may say about a dial in doubt, and what it is checked against."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from callcenter.domain.call import Call, CallStatus, EventKind
from callcenter.domain.client import Client
from callcenter.domain.dial import DialState
from callcenter.domain.errors import Conflict, Forbidden, Invalid, NotFound
from callcenter.domain.their_clock import TheirClock
from callcenter.services import deciding
from callcenter.services.deciding import Decision
from callcenter.services.ports import Concurrency
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import calls, transitions
from tests.builders import ADMIN, AGENT, MANAGER
from tests.fakes import FakeClock, FakeProvider, event_of
from tests.services.doubt import dial_all, dial_of, in_doubt, look


async def quarantined(rt: Runtime, provider: FakeProvider, clock: FakeClock) -> tuple[Client, Call]:
    client, call = await in_doubt(rt, provider, exists=False, with_control=False)
    await look(rt, clock, minutes=26 * 60, step=600)
    assert (await dial_of(rt, call)).state is DialState.QUARANTINED
    return client, call


async def test_it_was_not_placed_frees_the_number_and_the_call_waits_again(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    _client, call = await quarantined(rt, provider, clock)
    dial = await dial_of(rt, call)
    with pytest.raises(Invalid, match="how you know"):
        await deciding.decide(rt, MANAGER, dial.dial_id, Decision.NOT_PLACED)
    settled = await deciding.decide(rt, MANAGER, dial.dial_id, Decision.NOT_PLACED, why="not in Retell’s dashboard")
    assert settled.state is DialState.VOID
    assert (await rt.database.read(lambda tx: calls.get(tx, call.call_id))).derived.status is CallStatus.SCHEDULED
    steps = await rt.database.read(lambda tx: transitions.of(tx, dial.dial_id))
    assert [(s["to_state"], s["by"]) for s in steps if s["what"] == "decision"] == [("not_placed", MANAGER.label)]
    with pytest.raises(Conflict, match="settled already"):
        await deciding.decide(rt, MANAGER, dial.dial_id, Decision.NOT_PLACED, why="again")
    clock.turn(3600)
    await Reconciler(rt).step()  # after an hour our calls are compared with the provider's first
    await dial_all(rt)
    assert len(provider.created) == 2
    assert provider.created[0].token != provider.created[1].token


async def test_nobody_frees_a_number_whose_request_may_still_arrive(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    _client, call = await in_doubt(rt, provider, exists=False)
    dial = await dial_of(rt, call)
    with pytest.raises(Conflict, match="held until"):
        await deciding.decide(rt, MANAGER, dial.dial_id, Decision.NOT_PLACED, why="I am sure")
    assert (await dial_of(rt, call)).state is DialState.UNKNOWN
    left = await deciding.decide(rt, MANAGER, dial.dial_id, Decision.LEFT)
    assert left.state is DialState.UNKNOWN


async def test_a_wrong_clock_ends_no_hold_by_a_persons_word(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt, providers = any_rt, cast(Any, any_rt.providers)
    _client, call = await in_doubt(rt, provider, exists=False)
    dial = await dial_of(rt, call)
    right, providers.clock = TheirClock(clock.now(), clock.boot()), None

    async def answered() -> Concurrency:
        providers.clock = right
        return Concurrency(current=0, limit=20, reserved_inbound=0)

    provider.concurrency = answered  # type: ignore[method-assign]
    clock.jump(timedelta(days=2))
    with pytest.raises(Conflict, match="clock does not agree"):
        await deciding.decide(rt, MANAGER, dial.dial_id, Decision.NOT_PLACED, why="I am sure")
    assert (await dial_of(rt, call)).state is DialState.UNKNOWN


async def test_it_was_placed_adopts_the_call_that_retell_shows(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    _client, call = await quarantined(rt, provider, clock)
    dial = await dial_of(rt, call)
    ended = {"disconnection_reason": "user_hangup", "provider_status": "ended", "duration_ms": 5000,
             "started_at": (dial.sent_at or clock.now()) + timedelta(seconds=9)}  # fmt: skip
    provider.tell(event_of(EventKind.SNAPSHOT, "call_seen", values=ended, to_number=call.to_number, started_seen=True))
    settled = await deciding.decide(rt, MANAGER, dial.dial_id, Decision.PLACED, provider_call_id="call_seen", why="seen there")
    assert (settled.state, settled.provider_call_id) == (DialState.FINISHED, "call_seen")
    after = await rt.database.read(lambda tx: calls.get(tx, call.call_id))
    assert (after.derived.status, after.told.provider_call_id) == (CallStatus.COMPLETED, "call_seen")
    assert len(provider.created) == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"to_number": "+442079460000"}, "went to"),
        ({"token": "of another dial"}, "another dial"),
        ({"values": {"started_at": "before"}}, "began before"),
        (None, "does not give"),
        ({}, "id of the call"),
    ],
)
async def test_another_call_is_not_taken_for_it(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock, more: dict[str, object] | None, words: str
) -> None:
    rt = any_rt
    _client, call = await in_doubt(rt, provider, exists=False, with_control=False)
    dial = await dial_of(rt, call)
    if more is not None:
        facts = {"to_number": call.to_number, **more}
        if "values" in facts:
            facts["values"] = {"started_at": clock.now() - timedelta(hours=1)}
        provider.tell(event_of(EventKind.SNAPSHOT, "call_other", **facts))  # type: ignore[arg-type]
    named = "" if more == {} else "call_other"
    with pytest.raises(Invalid, match=words):
        await deciding.decide(rt, MANAGER, dial.dial_id, Decision.PLACED, provider_call_id=named, why="it looks like it")
    assert (await dial_of(rt, call)).state is DialState.UNKNOWN


async def test_only_managers_who_see_the_client_decide(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    _client, call = await in_doubt(rt, provider, exists=False, with_control=False)
    dial = await dial_of(rt, call)
    with pytest.raises(Forbidden):
        await deciding.decide(rt, AGENT, dial.dial_id, Decision.LEFT)
    stranger = replace(ADMIN, client_ids=frozenset({"another"}))
    with pytest.raises(NotFound):
        await deciding.decide(rt, stranger, dial.dial_id, Decision.LEFT)
