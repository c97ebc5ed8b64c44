"""A database older than our calls: nothing is dialled from it before what it does not know was taken in."""

from dataclasses import replace
from datetime import timedelta

from callcenter.domain.call import EventKind
from callcenter.domain.client import Account
from callcenter.services.ports import ListedPage
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, clients
from tests import builders
from tests.fakes import FakeClock, FakeProvider, event_of
from tests.services.doubt import dial_all


async def _account(rt: Runtime) -> Account:
    return (await rt.database.read(accounts.listed))[0]


async def _made_since(rt: Runtime, provider: FakeProvider) -> None:
    """The provider has a call of this installation with a token that the database does not know."""
    mine = (await rt.database.read(clients.get_installation)).install_id
    provider.tell(
        replace(event_of(EventKind.REGISTERED, "call_since", token="f" * 32, install_id=mine), to_number="+12125550177")
    )


async def test_an_older_copy_dials_nothing_before_it_was_compared_and_then_waits_for_a_person(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    await builders.saved_call(rt, client)
    account, now = await _account(rt), clock.now()
    long_ago = now - timedelta(hours=3)
    await rt.database.write(lambda tx: accounts.set_values(tx, account.account_id, now=now, swept_to=long_ago))
    await _made_since(rt, provider)
    await dial_all(rt)
    assert not provider.created
    await Reconciler(rt).step()
    after = await _account(rt)
    assert after.swept_to == now
    assert "copy of it is running" in (after.paused_why or "")
    await dial_all(rt)
    assert not provider.created


async def test_a_pause_for_something_else_does_not_hide_that_another_copy_dials(any_rt: Runtime, provider: FakeProvider) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    await builders.saved_call(rt, client)
    await dial_all(rt)
    account, now = await _account(rt), rt.clock.now()
    await rt.database.write(lambda tx: accounts.set_values(tx, account.account_id, now=now, paused_at=now, paused_why="refused"))
    await _made_since(rt, provider)
    await Reconciler(rt).step()
    assert "copy of it is running" in ((await _account(rt)).paused_why or "")


async def test_a_listing_that_breaks_off_is_no_comparison(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    await builders.saved_call(rt, client)
    await dial_all(rt)
    before = (await _account(rt)).swept_to

    async def broken_off(**_more: object) -> ListedPage:
        return ListedPage(items=(), cursor=None, is_complete=False)

    listing, provider.list_calls = provider.list_calls, broken_off  # type: ignore[method-assign]
    clock.turn(timedelta(minutes=6))
    await Reconciler(rt).step()
    assert (await _account(rt)).swept_to == before
    provider.list_calls = listing  # type: ignore[method-assign]
    await Reconciler(rt).step()
    assert (await _account(rt)).swept_to == clock.now()
