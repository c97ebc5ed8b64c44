"""The keys kept in memory: quick to ask, quick to forget."""

import asyncio
from datetime import timedelta

from callcenter.domain.notice import Notice
from callcenter.services import joining, keys, onboarding
from callcenter.services.onboarding import ClientInput
from callcenter.services.runtime import Runtime
from callcenter.store import accounts
from callcenter.store.database import Tx
from tests.builders import ADMIN
from tests.fakes import KEY, OTHER_KEY, FakeBus, FakeClock


async def _client(rt: Runtime, **more: object) -> onboarding.ClientView:
    return await onboarding.add_client(rt, ADMIN, ClientInput(name="Bright Dental", timezone="UTC", **more))  # type: ignore[arg-type]


async def test_asking_again_does_not_ask_the_database(rt: Runtime) -> None:
    view = await _client(rt)
    await keys.webhook_keys(rt, view.client.hook_id)
    rt.database.close()
    assert [key for *_, key in await keys.webhook_keys(rt, view.client.hook_id)] == [KEY]


async def test_the_hooks_own_keys_come_first_and_the_others_follow(any_rt: Runtime) -> None:
    view = await _client(any_rt, api_key=OTHER_KEY)
    found = await keys.webhook_keys(any_rt, view.client.hook_id)
    assert found[0] == (view.client.account_id, view.client.client_id, OTHER_KEY)
    assert [(client_id, key) for _, client_id, key in found[1:]] == [(None, KEY)]
    assert {key for *_, key in await keys.webhook_keys(any_rt, None)} == {KEY, OTHER_KEY}
    assert {client_id for _, client_id, _ in await keys.webhook_keys(any_rt, "made-up-hook")} == {None}


async def test_what_another_process_changed_is_read_after_its_notice_or_thirty_seconds(
    rt: Runtime, bus: FakeBus, clock: FakeClock
) -> None:
    await keys.webhook_keys(rt, None)

    def elsewhere(tx: Tx) -> None:
        default = accounts.find_default(tx)
        assert default is not None
        accounts.add_key(tx, joining.make_key(rt, default.account_id, OTHER_KEY, is_simulated=False), now=clock.now())

    await rt.database.write(elsewhere)
    assert {key for *_, key in await keys.webhook_keys(rt, None)} == {KEY}
    watcher = asyncio.ensure_future(keys.watch(rt))
    await asyncio.sleep(0)
    bus.publish([Notice("account", id="x")])
    for _ in range(5):
        await asyncio.sleep(0)
    watcher.cancel()
    assert {key for *_, key in await keys.webhook_keys(rt, None)} == {KEY, OTHER_KEY}
    await rt.database.write(lambda tx: accounts.retire_other_keys(tx, _default(tx), but=None, now=clock.now()))
    clock.turn(timedelta(hours=25))
    assert await keys.webhook_keys(rt, None) == []


def _default(tx: Tx) -> str:
    found = accounts.find_default(tx)
    assert found is not None
    return found.account_id


async def test_a_key_that_cannot_be_opened_does_not_hide_the_others(rt: Runtime) -> None:
    await _client(rt, api_key=OTHER_KEY)

    def spoil(tx: Tx) -> None:
        for key in accounts.keys_of(tx):
            if key.last4 == KEY[-4:]:
                accounts.save_sealed(tx, key.key_id, "fake.0000.broken")

    await rt.database.write(spoil)
    keys.forget(rt)
    assert [key for *_, key in await keys.webhook_keys(rt, None)] == [OTHER_KEY]


async def test_a_provider_stays_open_between_questions(rt: Runtime, clock: FakeClock) -> None:
    view = await _client(rt)
    account_id = view.client.account_id or ""
    first = await keys.providers_for(rt, account_id)
    clock.turn(60)
    assert await keys.providers_for(rt, account_id) is first
