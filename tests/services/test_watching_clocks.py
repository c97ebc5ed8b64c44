"""A clock that does not agree with the provider's opens no hours and ends no hold; what waits goes out once it is right."""

from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.batch import BatchState
from callcenter.domain.call import CallStatus
from callcenter.domain.client import Account
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.their_clock import TheirClock
from callcenter.services import browsing, explaining
from callcenter.services.dispatching import Dispatcher
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, batches, calls, dials
from tests import builders
from tests.builders import MANAGER
from tests.fakes import START, FakeClock, FakeProvider

DAY = timedelta(days=1)


def they_say(rt: Runtime, ahead: timedelta) -> None:
    """The provider has just answered, and our wall clock is `ahead` of what it said."""
    providers: Any = rt.providers
    providers.clock = TheirClock(rt.clock.now() - ahead, rt.clock.boot())


def forget(rt: Runtime) -> None:
    """This process has just begun: the provider has not answered it yet."""
    providers: Any = rt.providers
    providers.clock = None


async def planned(rt: Runtime) -> None:
    dispatcher = Dispatcher(rt)
    await dispatcher.step()
    await dispatcher.settled()


@pytest.mark.parametrize("ahead", [DAY, -DAY, timedelta(minutes=3)])
async def test_nothing_is_dialled_until_the_clocks_agree(any_rt: Runtime, provider: FakeProvider, ahead: timedelta) -> None:
    rt = any_rt
    call = await builders.saved_call(rt, await builders.saved_client(rt))
    they_say(rt, ahead)
    await planned(rt)
    assert provider.created == []
    said = await explaining.explain(rt, MANAGER, call.call_id)
    assert said.blocked_by == "client_on"
    assert "clock is " in said.reason
    board = await browsing.live_board(rt, MANAGER)
    assert [line.title for line in board.attention if "clock" in line.title] == [
        f"This machine’s clock is {said.reason.partition(' clock is ')[2].partition(';')[0]}"
    ]
    they_say(rt, timedelta(seconds=20))
    await planned(rt)
    assert len(provider.created) == 1


async def test_a_process_dials_nobody_before_the_provider_has_answered_it(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    await builders.saved_call(rt, await builders.saved_client(rt))
    forget(rt)
    await planned(rt)
    assert provider.created == []
    assert rt.wake_reconciler.is_set()
    they_say(rt, DAY)
    await planned(rt)
    assert provider.created == []


async def test_a_provider_that_cannot_be_asked_at_the_start_is_why_nothing_is_dialled(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    call = await builders.saved_call(rt, await builders.saved_client(rt))
    forget(rt)
    await planned(rt)
    await Reconciler(rt).step()
    said = await explaining.explain(rt, MANAGER, call.call_id)
    assert (said.blocked_by, said.reason) == ("client_on", "Retell is having trouble; we give it a moment.")
    they_say(rt, timedelta(0))
    rt.wake_dispatcher.clear()
    clock.turn(6)
    await Reconciler(rt).step()
    assert rt.wake_dispatcher.is_set()
    await planned(rt)
    assert len(provider.created) == 1


async def test_what_is_known_of_the_clock_stays_until_the_provider_answers_this_process(
    any_rt: Runtime, provider: FakeProvider
) -> None:
    rt = any_rt
    forget(rt)
    client = await builders.saved_client(rt)
    await builders.saved_call(rt, client)
    account_id = client.account_id or ""
    await rt.database.write(lambda tx: accounts.set_values(tx, account_id, now=START, clock_ahead_s=86_400.0))
    await planned(rt)
    assert provider.created == []


async def test_a_jump_ends_no_hold(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    control = await builders.saved_call(rt, client)
    await planned(rt)
    call = await builders.saved_call(rt, client)
    lost = await builders.saved_dial(rt, call, state=DialState.UNKNOWN, next_check_at=clock.now())
    assert len(provider.created) == 1, control.call_id

    async def looked(times: int) -> Dial:
        reconciler = Reconciler(rt)
        for _ in range(times):
            await reconciler.step()
            clock.turn(3_600)
        return await rt.database.read(lambda tx: dials.get(tx, lost.dial_id))

    clock.turn(DAY)
    they_say(rt, DAY)
    held = await looked(6)
    assert (held.state, held.slot_freed_at) == (DialState.UNKNOWN, None)
    assert await rt.database.read(lambda tx: dials.clean_checks(tx, lost.dial_id)) == []
    they_say(rt, timedelta(0))
    await rt.database.write(lambda tx: accounts.set_values(tx, lost.account_id, now=clock.now(), clock_ahead_s=None))
    assert (await looked(6)).state is DialState.VOID


@pytest.mark.parametrize("ahead", [DAY, -DAY])
async def test_a_sweep_by_a_wrong_clock_leaves_nothing_out_of_the_next(
    any_rt: Runtime, clock: FakeClock, ahead: timedelta
) -> None:
    rt = any_rt
    await builders.saved_client(rt)
    await planned(rt)  # which takes the lease
    clock.jump(ahead)
    await Reconciler(rt).step()
    account = await rt.database.read(accounts.find_default)
    assert account is not None
    assert account.swept_to is not None
    assert account.swept_to <= START


async def test_a_batch_is_past_its_end_by_a_right_clock_only(any_rt: Runtime, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    batch = await builders.saved_batch(rt, client, ends_at=START + timedelta(hours=1))
    call = await builders.saved_call(rt, client, None, batch, scheduled_at=START + timedelta(minutes=30))

    async def status() -> CallStatus:
        clock.turn(6)  # as often as batches are looked at
        await planned(rt)
        return (await rt.database.read(lambda tx: calls.get(tx, call.call_id))).derived.status

    clock.jump(DAY)
    assert await status() is CallStatus.SCHEDULED
    forget(rt)
    assert await status() is CallStatus.SCHEDULED
    they_say(rt, timedelta(0))  # a day has really passed
    assert await status() is CallStatus.SCHEDULED, "the account is still noted as off"
    assert await status() is CallStatus.CANCELLED


async def test_an_account_that_nobody_answers_for_holds_no_batch_up(rt: Runtime, clock: FakeClock) -> None:
    client = await builders.saved_client(rt)
    batch = await builders.saved_batch(rt, client, ends_at=START + timedelta(hours=1))
    await builders.saved_call(rt, client, None, batch, scheduled_at=START + timedelta(hours=2))
    gone = Account(account_id="gone", is_simulated=True, clock_ahead_s=900.0)
    await rt.database.write(lambda tx: accounts.add(tx, gone, now=clock.now()))
    theirs = rt.providers.their_clock
    rt.providers.their_clock = lambda *, is_simulated: None if is_simulated else theirs(is_simulated=False)  # type: ignore[method-assign]
    clock.turn(4_000)
    await planned(rt)
    after = await rt.database.read(lambda tx: batches.get(tx, batch.batch_id))
    assert after.state is BatchState.DONE
