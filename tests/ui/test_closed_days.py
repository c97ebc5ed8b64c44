"""Closed days on a client's limits and on the calling rules, and the section of the rules."""

from collections.abc import Awaitable, Callable

from callcenter.domain.rules import RULES
from callcenter.services import closing
from callcenter.services.runtime import Runtime
from callcenter.ui.pages.closed_days import ClosedDaysState
from callcenter.ui.pages.settings_rules import RulesState
from tests.builders import ADMIN, saved_client
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]


async def test_a_manager_closes_a_day_on_the_limits_and_takes_it_back(
    running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn
) -> None:
    client = await saved_client(running)
    await closing.close_day(running, ADMIN, "2026-11-26", name="Thanksgiving")
    cookie, path = await sign_in_as("manager"), f"/clients/{client.client_id}?tab=limits"
    await guarded_tab.run(ClosedDaysState.load(), cookie=cookie, path=path)
    await guarded_tab.run(ClosedDaysState.add({"day_on": "2026-12-25", "day_name": "Christmas"}), cookie=cookie, path=path)
    state = await guarded_tab.state(ClosedDaysState)
    assert [(day.on, day.name, day.may_remove) for day in state.days] == [
        ("Thu 26 Nov 2026", "Thanksgiving", False), ("Fri 25 Dec 2026", "Christmas", True),
    ]  # fmt: skip
    assert (state.days[1].whose, state.is_for_all) == ("for this client, closed by Manager", False)
    await guarded_tab.run(ClosedDaysState.add({"day_on": "soon", "day_name": ""}), cookie=cookie, path=path)
    assert set((await guarded_tab.state(ClosedDaysState)).errors) == {"day_on"}
    await guarded_tab.run(ClosedDaysState.remove(state.days[1].id), cookie=cookie, path=path)
    assert [day.name for day in (await guarded_tab.state(ClosedDaysState)).days] == ["Thanksgiving"]


async def test_an_agent_reads_the_rules_and_changes_no_day(running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    cookie, path = await sign_in_as("agent"), "/settings/rules"
    await guarded_tab.run(ClosedDaysState.add({"day_on": "2026-12-25", "day_name": "Christmas"}), cookie=cookie, path=path)
    assert await closing.closed_days(running, ADMIN) == []
    await guarded_tab.run(RulesState.load(), cookie=cookie, path=path)
    state = await guarded_tab.state(RulesState)
    assert len(state.obeyed) == len([rule for rule in RULES if not rule.place])
    assert (state.obeyed[0].rule, state.obeyed[0].value) == ("Calling hours", "Mon–Sat 09:00–20:00, Sun 12:00–20:00")
    (texas,) = [row for row in state.places if row.place == "Texas" and row.rule == "Calling hours"]
    assert (texas.value, texas.source, texas.checked) == (
        "Mon–Sat 09:00–21:00, Sun 12:00–21:00", "Tex. Bus. & Com. §301.051", "30 Sep 2026",
    )  # fmt: skip
    assert {row.trust for row in state.places} == {"primary", "secondary", "unverified"}
    assert all(row.is_old for row in state.places if row.trust == "unverified")
