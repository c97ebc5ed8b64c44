"""Receiving: what is authentic is stored once and folded once; what is old, foreign or a copy changes nothing."""

from collections.abc import Sequence

from callcenter.domain.call import Call, CallStatus, EventKind
from callcenter.domain.client_input import ClientInput
from callcenter.services import onboarding, receiving
from callcenter.services.dispatching import Dispatcher
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, dials, inbox
from callcenter.store.inbox import Letter
from tests import builders
from tests.fakes import KEY, OTHER_KEY, FakeClock, FakeProvider, FakeProviders, encode, event_of
from tests.services.doubt import dial_all

ENDED = {"disconnection_reason": "user_hangup", "provider_status": "ended", "duration_ms": 5000}


async def deliver(rt: Runtime, raw: bytes, *, seconds_old: float = 0, key: str = KEY) -> receiving.Receipt:
    assert isinstance(rt.providers, FakeProviders)
    at = rt.clock.now().fromtimestamp(rt.clock.now().timestamp() - seconds_old, rt.clock.now().tzinfo)
    signature = rt.providers.sign(raw, at=at, key=key)
    return await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="203.0.113.5")


async def a_dialled_call(rt: Runtime, provider: FakeProvider) -> tuple[Call, str]:
    client = await builders.saved_client(rt)
    call = await builders.saved_call(rt, client)
    await dial_all(rt)
    return call, next(iter(provider.calls))


async def the_call(rt: Runtime, call: Call) -> Call:
    return await rt.database.read(lambda tx: calls.get(tx, call.call_id))


async def letters(rt: Runtime, name: str) -> Sequence[Letter]:
    account = (await rt.database.read(accounts.listed))[0]
    return await rt.database.read(lambda tx: inbox.of_provider_call(tx, account.account_id, name))


async def test_a_second_copy_is_counted_and_changes_nothing(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    call, name = await a_dialled_call(rt, provider)
    raw = encode(event_of(EventKind.ENDED, name, values=ENDED, started_seen=True))
    assert [(await deliver(rt, raw)).result for _ in range(3)] == ["folded", "again", "again"]
    once = await the_call(rt, call)
    assert once.derived.status is CallStatus.COMPLETED
    (letter,) = [each for each in await letters(rt, name) if each.source == "webhook"]
    assert letter.copies == 3
    assert letter.state == "folded"


async def test_an_authentic_event_that_is_old_is_no_news_but_a_reason_to_ask(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    call, name = await a_dialled_call(rt, provider)
    raw = encode(event_of(EventKind.ENDED, name, values=ENDED, started_seen=True))
    receipt = await deliver(rt, raw, seconds_old=3_600)
    assert (receipt.status, receipt.result) == (204, "stale")
    assert (await the_call(rt, call)).derived.status is not CallStatus.COMPLETED
    provider.tell(event_of(EventKind.SNAPSHOT, name, values=ENDED, started_seen=True))
    clock.turn(10)
    await Dispatcher(rt).step()
    await Reconciler(rt).step()
    assert (await the_call(rt, call)).derived.status is CallStatus.COMPLETED
    assert "get_call" in provider.asked


async def test_a_token_proves_nothing_from_another_account(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    call, _name = await a_dialled_call(rt, provider)
    (dial,) = await rt.database.read(lambda tx: dials.of_call(tx, call.call_id))
    await onboarding.add_client(rt, builders.ADMIN, ClientInput(name="Harbour Motors", timezone="UTC", api_key=OTHER_KEY))
    forged = event_of(EventKind.ENDED, "call_of_another_account", token=dial.token, values=ENDED, started_seen=True)
    receipt = await deliver(rt, encode(forged), key=OTHER_KEY)
    assert (receipt.status, receipt.result) == (204, "unmatched")
    assert (await the_call(rt, call)).derived.status is not CallStatus.COMPLETED
