"""Clients, the accounts their keys reach, and pausing; on both databases."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from callcenter.domain.errors import Conflict, Forbidden, Invalid, NotFound
from callcenter.domain.hours import DEFAULT_HOURS, Window
from callcenter.domain.user import Role
from callcenter.services import keys, onboarding, pausing
from callcenter.services.onboarding import ClientInput
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, overrides
from tests.builders import ADMIN, AGENT, MANAGER, VIEWER, saved_call, saved_client, saved_lead
from tests.conftest import make_rt
from tests.fakes import KEY, OTHER_KEY, START, FakeBus, FakeClock, FakeVault

LATE = (Window(("mon", "tue"), time(8), time(21)),)


def given(**more: Any) -> ClientInput:
    return ClientInput(**{"name": "Bright Dental", "timezone": "America/New_York"} | more)


async def test_a_client_without_a_key_uses_the_default_account(any_rt: Runtime) -> None:
    view = await onboarding.add_client(any_rt, ADMIN, given())
    assert view.account is not None
    assert view.account.is_default
    assert view.last4 == KEY[-4:]
    assert view.client.calling_hours == DEFAULT_HOURS
    assert view.webhook_url == f"http://localhost:3000/api/calls/webhook/retell/{view.client.hook_id}"


async def test_two_clients_with_one_key_share_its_account(any_rt: Runtime) -> None:
    one = await onboarding.add_client(any_rt, ADMIN, given(name="One", api_key=OTHER_KEY))
    two = await onboarding.add_client(any_rt, ADMIN, given(name="Two", api_key=OTHER_KEY))
    assert one.client.account_id == two.client.account_id
    assert len(await any_rt.database.read(accounts.listed)) == 2


async def test_the_same_key_simulated_is_another_account(any_rt: Runtime) -> None:
    real = await onboarding.add_client(any_rt, ADMIN, given(name="Real", api_key=OTHER_KEY))
    made_up = await onboarding.add_client(any_rt, ADMIN, given(name="Made up", api_key=OTHER_KEY, is_simulated=True))
    assert real.client.account_id != made_up.client.account_id
    assert made_up.is_simulated


async def test_a_stored_key_is_sealed_and_answers_show_four_characters(any_rt: Runtime) -> None:
    view = await onboarding.add_client(any_rt, ADMIN, given(api_key=OTHER_KEY))
    stored = await any_rt.database.read(accounts.keys_of)
    assert OTHER_KEY not in repr(stored)
    assert OTHER_KEY not in repr(view)
    assert view.last4 == OTHER_KEY[-4:]


async def test_a_new_key_of_a_client_alone_on_its_account_replaces_the_old_one(any_rt: Runtime, clock: FakeClock) -> None:
    before = await onboarding.add_client(any_rt, ADMIN, given(api_key=OTHER_KEY))
    assert await keys.providers_for(any_rt, before.client.account_id or "") is any_rt.providers.of(OTHER_KEY)  # type: ignore[attr-defined]
    clock.turn(1)
    after = await onboarding.change_client(any_rt, ADMIN, before.client.client_id, {"api_key": "key_made_up_newer_0003"})
    assert after.client.account_id == before.client.account_id
    assert after.last4 == "0003"
    opened: Any = await keys.providers_for(any_rt, after.client.account_id or "")
    assert opened.key == "key_made_up_newer_0003"
    hook = after.client.hook_id
    assert [key for _, client_id, key in await keys.webhook_keys(any_rt, hook) if client_id] == [
        "key_made_up_newer_0003",
        OTHER_KEY,
    ]
    clock.turn(timedelta(hours=25))
    assert OTHER_KEY not in [key for *_, key in await keys.webhook_keys(any_rt, hook)]


async def test_going_back_to_a_retired_key_takes_it_into_use_again(any_rt: Runtime, clock: FakeClock) -> None:
    first = await onboarding.add_client(any_rt, ADMIN, given(api_key=OTHER_KEY))
    await onboarding.change_client(any_rt, ADMIN, first.client.client_id, {"api_key": "key_made_up_newer_0003"})
    clock.turn(1)
    back = await onboarding.change_client(any_rt, ADMIN, first.client.client_id, {"api_key": OTHER_KEY})
    assert back.client.account_id == first.client.account_id
    assert back.last4 == OTHER_KEY[-4:]


async def test_a_client_leaves_a_shared_account_when_it_gets_a_key_of_its_own(any_rt: Runtime) -> None:
    one = await onboarding.add_client(any_rt, ADMIN, given(name="One"))
    two = await onboarding.add_client(any_rt, ADMIN, given(name="Two"))
    moved = await onboarding.change_client(any_rt, ADMIN, two.client.client_id, {"api_key": OTHER_KEY})
    assert moved.client.account_id != one.client.account_id
    assert (await onboarding.get_client(any_rt, ADMIN, one.client.client_id)).last4 == KEY[-4:]
    again = await onboarding.change_client(any_rt, ADMIN, two.client.client_id, {"api_key": None})
    assert again.client.account_id == one.client.account_id


async def test_a_changed_default_key_keeps_the_default_account(any_rt: Runtime) -> None:
    view = await onboarding.add_client(any_rt, ADMIN, given())
    other = replace(any_rt, settings=any_rt.settings.model_copy(update={"retell_api_key": None}), kept={})
    await onboarding.ensure_installation(other)
    assert (await onboarding.get_client(any_rt, ADMIN, view.client.client_id)).last4 is None
    with pytest.raises(Invalid):
        await keys.providers_for(other, view.client.account_id or "")
    await onboarding.ensure_installation(any_rt)
    again = await onboarding.get_client(any_rt, ADMIN, view.client.client_id)
    assert (again.client.account_id, again.last4) == (view.client.account_id, KEY[-4:])


async def test_keys_sealed_with_an_older_secret_are_sealed_again_at_start(any_rt: Runtime) -> None:
    view = await onboarding.add_client(any_rt, ADMIN, given(api_key=OTHER_KEY))
    vault = any_rt.vault
    assert isinstance(vault, FakeVault)
    vault.kind = "fakenewer"
    await onboarding.ensure_installation(any_rt)
    assert all(vault.is_current(key.sealed) for key in await any_rt.database.read(accounts.keys_of))
    opened: Any = await keys.providers_for(any_rt, view.client.account_id or "")
    assert opened.key == OTHER_KEY


async def test_a_client_without_any_account_gets_the_default_one_when_it_appears(sqlite_url: str) -> None:
    bare = make_rt(sqlite_url, retell_api_key=None)
    await onboarding.ensure_installation(bare)
    view = await onboarding.add_client(bare, ADMIN, given())
    assert view.account is None
    bare.database.close()
    keyed = make_rt(sqlite_url)
    await onboarding.ensure_installation(keyed)
    assert (await onboarding.get_client(keyed, ADMIN, view.client.client_id)).last4 == KEY[-4:]
    keyed.database.close()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": " "}, "name"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"max_concurrent": 0}, "maxConcurrent"),
        ({"max_concurrent": 1001}, "maxConcurrent"),
        ({"max_concurrent": True}, "maxConcurrent"),
        ({"daily_budget": Decimal("-1")}, "dailyBudget"),
        ({"daily_budget": float("nan")}, "dailyBudget"),
        ({"from_number": "12"}, "retell.fromNumber"),
        ({"api_key": "key with spaces"}, "retell.apiKey"),
        ({"variables": {"current_time": "now"}}, "variables.current_time"),
        ({"variables": {"nested": {}}}, "variables.nested"),
        ({"country": "Spain"}, "country"),
        ({"calling_hours": LATE}, "callingHours.reason"),
        ({"is_simulated": True}, "retell.apiKey"),
    ],
)
async def test_a_client_that_makes_no_sense_is_refused_with_the_field(rt: Runtime, wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await onboarding.add_client(rt, ADMIN, given(**wrong))
    assert [name for name, _ in refused.value.errors] == [field]
    assert await onboarding.clients_of(rt, ADMIN) == []


async def test_every_wrong_field_is_named_at_once(rt: Runtime) -> None:
    with pytest.raises(Invalid) as refused:
        await onboarding.add_client(rt, ADMIN, given(name="", timezone="nowhere", max_concurrent=0))
    assert {name for name, _ in refused.value.errors} == {"name", "timezone", "maxConcurrent"}


async def test_simulated_calls_need_a_simulator(sqlite_url: str) -> None:
    rt = make_rt(sqlite_url, simulator_url=None)
    await onboarding.ensure_installation(rt)
    with pytest.raises(Invalid, match="simulator"):
        await onboarding.add_client(rt, ADMIN, given(is_simulated=True, api_key=OTHER_KEY))
    rt.database.close()


async def test_a_name_is_taken_once(any_rt: Runtime) -> None:
    await onboarding.add_client(any_rt, ADMIN, given())
    other = await onboarding.add_client(any_rt, ADMIN, given(name="Other"))
    with pytest.raises(Conflict):
        await onboarding.add_client(any_rt, ADMIN, given())
    with pytest.raises(Conflict):
        await onboarding.change_client(any_rt, ADMIN, other.client.client_id, {"name": "Bright Dental"})


async def test_a_change_made_on_an_old_view_is_a_conflict(any_rt: Runtime) -> None:
    view = await onboarding.add_client(any_rt, ADMIN, given())
    client_id = view.client.client_id
    await onboarding.change_client(any_rt, ADMIN, client_id, {"max_concurrent": 7}, rev=view.client.rev)
    with pytest.raises(Conflict):
        await onboarding.change_client(any_rt, ADMIN, client_id, {"max_concurrent": 9}, rev=view.client.rev)
    assert (await onboarding.get_client(any_rt, ADMIN, client_id)).client.max_concurrent == 7


async def test_hours_beyond_the_rules_are_recorded_with_who_and_why(any_rt: Runtime) -> None:
    view = await onboarding.add_client(any_rt, ADMIN, given())
    client_id = view.client.client_id
    with pytest.raises(Forbidden):
        await onboarding.change_client(any_rt, AGENT, client_id, {"calling_hours": LATE, "hours_reason": "asked"})
    await onboarding.change_client(any_rt, MANAGER, client_id, {"calling_hours": LATE, "hours_reason": "They asked for it"})
    (written,) = await any_rt.database.read(lambda tx: overrides.listed(tx, client_ids=[client_id], limit=9))
    assert (written["by"], written["why"], written["key"]) == (MANAGER.label, "They asked for it", "hours")


async def test_who_may_change_what(rt: Runtime) -> None:
    view = await onboarding.add_client(rt, ADMIN, given())
    client_id = view.client.client_id
    for actor in (VIEWER, AGENT, MANAGER):
        with pytest.raises(Forbidden):
            await onboarding.add_client(rt, actor, given(name="Other"))
        with pytest.raises(Forbidden):
            await onboarding.change_client(rt, actor, client_id, {"name": "Other"})
    with pytest.raises(Forbidden):
        await pausing.pause_client(rt, AGENT, client_id)
    elsewhere = replace(ADMIN, client_ids=frozenset({"another"}))
    with pytest.raises(NotFound):
        await onboarding.get_client(rt, elsewhere, client_id)
    with pytest.raises(NotFound):
        await onboarding.change_client(rt, elsewhere, client_id, {"name": "Other"})
    with pytest.raises(Forbidden):
        await pausing.pause_everything(rt, elsewhere)
    assert await onboarding.clients_of(rt, elsewhere) == []


async def test_whatever_may_allow_a_call_earlier_makes_the_dispatcher_look_again(
    any_rt: Runtime, bus: FakeBus, clock: FakeClock
) -> None:
    client = await saved_client(any_rt)
    later = START + timedelta(hours=5)
    call = await saved_call(any_rt, client, await saved_lead(any_rt, client), look_again_at=later)

    async def look_again_at() -> Any:
        return (await any_rt.database.read(lambda tx: calls.get(tx, call.call_id))).look_again_at

    steps = [
        lambda: onboarding.change_client(any_rt, MANAGER, client.client_id, {"max_concurrent": 50}),
        lambda: pausing.resume_client(any_rt, MANAGER, client.client_id),
        lambda: pausing.resume_everything(any_rt, MANAGER),
    ]
    await pausing.pause_client(any_rt, MANAGER, client.client_id, "Holiday")
    await pausing.pause_everything(any_rt, MANAGER, "Fire drill")
    for step in steps:
        await any_rt.database.write(lambda tx: calls.look_later(tx, {call.call_id: later}))
        bus.notices.clear()
        await step()
        assert await look_again_at() <= clock.now()
        assert bus.said("slot")


async def test_pausing_is_remembered_with_who_and_why(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    paused = await pausing.pause_client(any_rt, MANAGER, client.client_id, "Holiday")
    assert (paused.paused_at, paused.paused_why) == (START, "Holiday")
    resumed = await pausing.resume_client(any_rt, MANAGER, client.client_id)
    assert (resumed.paused_at, resumed.paused_why) == (None, None)
    stopped = await pausing.pause_everything(any_rt, MANAGER, "Fire drill")
    assert (stopped.calling_paused_by, stopped.calling_paused_why) == (MANAGER.label, "Fire drill")
    assert (await pausing.resume_everything(any_rt, MANAGER)).calling_paused_at is None


async def test_pages_of_clients_give_each_once_in_order(any_rt: Runtime) -> None:
    for name in ("Cedar", "Ash", "Birch", "Elm", "Dogwood"):
        await onboarding.add_client(any_rt, ADMIN, given(name=name))
    names: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = await onboarding.page_of_clients(any_rt, ADMIN, limit=2, cursor=cursor)
        names += [view.client.name for view in page.items]
        assert page.total == 5
        cursor = page.older
    assert names == ["Ash", "Birch", "Cedar", "Dogwood", "Elm"]
    assert cursor is None


def test_roles_include_each_other() -> None:
    assert [role.value for role in Role] == ["viewer", "agent", "manager", "admin"]
