"""Saved views over the calls: the tab of the filter in force, its columns, and what may be done with it."""

from collections.abc import Awaitable, Callable

from callcenter.services.runtime import Runtime
from callcenter.ui.pages.calls_saved import SavedViews
from callcenter.ui.pages.calls_state import CallsState
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
FAILED = "/calls?status=failed&sort=-cost"


async def opened(tab: FakeTab, cookie: str, path: str) -> SavedViews:
    """The page at this address."""
    await tab.run(CallsState.load, cookie=cookie, path=path)
    await tab.run(SavedViews.load, cookie=cookie, path=path)
    return await tab.state(SavedViews)


async def test_a_filter_is_kept_and_is_a_tab_from_then_on(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("agent")
    state = await opened(tab, cookie, FAILED)
    assert (state.can_save, state.can_remove, state.tabs) == (True, False, [])
    await tab.run(SavedViews.ask, cookie=cookie, path=FAILED)
    await tab.run(SavedViews.save({"view_name": ""}), cookie=cookie, path=FAILED)
    assert (state.is_saving, set(state.errors)) == (True, {"name"})
    await tab.run(SavedViews.save({"view_name": "Dear failures"}), cookie=cookie, path=FAILED)
    (kept,) = (await tab.state(SavedViews)).tabs
    assert (kept.word, kept.is_current, kept.is_shared) == ("Dear failures", True, False)
    assert kept.href == f"{FAILED}&view={kept.id}"
    state = await opened(tab, cookie, "/calls?status=completed")
    assert (state.tabs[0].is_current, state.can_save, state.can_remove) == (False, True, False)
    assert not (await opened(tab, cookie, "/calls")).can_save


async def test_a_view_brings_its_columns_and_leaves_ones_own_alone(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("agent")
    await opened(tab, cookie, FAILED)
    await tab.run(CallsState.toggle_column("batch"), cookie=cookie, path=FAILED)
    await tab.run(SavedViews.save({"view_name": "With batch"}), cookie=cookie, path=FAILED)
    await tab.run(CallsState.reset_columns, cookie=cookie, path=FAILED)
    await opened(tab, cookie, "/calls")
    assert "batch" not in (await tab.state(CallsState)).columns
    await opened(tab, cookie, FAILED)
    assert "batch" in (await tab.state(CallsState)).columns
    await opened(tab, cookie, "/calls")
    assert "batch" not in (await tab.state(CallsState)).columns


async def test_only_managers_share_and_the_owner_removes(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    agent, manager = await sign_in_as("agent"), await sign_in_as("manager")
    await opened(tab, agent, FAILED)
    await tab.run(SavedViews.save({"view_name": "Ours", "view_shared": "on"}), cookie=agent, path=FAILED)
    assert (await tab.state(SavedViews)).tabs == []
    await opened(tab, manager, FAILED)
    await tab.run(SavedViews.save({"view_name": "Ours", "view_shared": "on"}), cookie=manager, path=FAILED)
    state = await opened(tab, agent, FAILED)
    assert [(each.word, each.is_shared, each.is_current) for each in state.tabs] == [("Ours", True, True)]
    assert not state.can_remove
    assert (await opened(tab, manager, FAILED)).can_remove
    await tab.run(SavedViews.remove, cookie=manager, path=FAILED)
    assert (await opened(tab, agent, FAILED)).tabs == []


async def test_a_changed_view_is_saved_saved_as_another_or_reset(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    agent, manager = await sign_in_as("agent"), await sign_in_as("manager")
    await opened(tab, manager, FAILED)
    await tab.run(SavedViews.save({"view_name": "Ours", "view_shared": "on"}), cookie=manager, path=FAILED)
    (kept,) = (await tab.state(SavedViews)).tabs
    changed = f"/calls?status=failed,cancelled&view={kept.id}"
    state = await opened(tab, agent, changed)
    assert (state.is_edited, state.can_change, state.can_save, state.reset_href) == (True, False, False, kept.href)
    assert [(each.is_current, each.is_edited) for each in state.tabs] == [(True, True)]
    state = await opened(tab, manager, changed)
    assert (state.is_edited, state.can_change) == (True, True)
    await tab.run(SavedViews.save_changes, cookie=manager, path=changed)
    (after,) = state.tabs
    assert (after.id, after.word, after.is_shared, state.is_edited) == (kept.id, "Ours", True, False)
    assert after.href == f"/calls?status=cancelled,failed&view={kept.id}"


async def test_a_filter_changed_from_a_view_on_still_names_the_view(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    cookie = await sign_in_as("agent")
    await opened(tab, cookie, f"{FAILED}&view=v1")
    tab.events.clear()
    await tab.run(CallsState.toggle("outcome", "voicemail"), cookie=cookie, path=f"{FAILED}&view=v1")
    assert "view=v1" in str(tab.events)
    tab.events.clear()
    await tab.run(CallsState.clear_all, cookie=cookie, path=f"{FAILED}&view=v1")
    assert "view=v1" not in str(tab.events)
