"""Hours beyond the rules stay on the list with who allowed them and why, and say whether they still hold."""

from datetime import time

from callcenter.domain.hours import DAYS, Window
from callcenter.domain.user import Actor, Role
from callcenter.services import onboarding, ruling
from callcenter.services.runtime import Runtime
from tests import builders
from tests.builders import MANAGER
from tests.fakes import FakeClock

LATE, LATER = (Window(DAYS, time(9), time(21)),), (Window(DAYS, time(9), time(22)),)


async def test_a_decision_holds_until_the_hours_change_again(any_rt: Runtime, clock: FakeClock) -> None:
    acme = await builders.saved_client(any_rt, name="Acme")
    for hours, why in ((LATE, "they asked"), (LATER, "harvest")):
        changes = {"calling_hours": hours, "hours_reason": why}
        await onboarding.change_client(any_rt, MANAGER, acme.client_id, changes)
        clock.turn(1)
    found = await ruling.decisions(any_rt, MANAGER)
    assert [(each.client_name, each.windows, each.why, each.by, each.holds_for) for each in found] == [
        ("Acme", LATER, "harvest", MANAGER.label, "its calling hours"), ("Acme", LATE, "they asked", MANAGER.label, ""),
    ]  # fmt: skip
    stranger = Actor(label="x", role=Role.MANAGER, user_id="9", client_ids=frozenset({"other"}))
    assert await ruling.decisions(any_rt, stranger) == []
