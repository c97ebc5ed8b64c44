"""Who did what: read back newest first, with names, for admins of everything only; on both databases."""

import pytest

from callcenter.domain.errors import Forbidden, Invalid
from callcenter.domain.user import Role
from callcenter.services import browsing, calling, onboarding, pausing, reviewing, staffing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN, MANAGER, saved_call, saved_client
from tests.fakes import FakeClock


async def test_what_people_did_is_read_back_with_names(any_rt: Runtime, clock: FakeClock) -> None:
    client = await saved_client(any_rt, name="Acme Dental")
    call = await saved_call(any_rt, client, lead_name="Vera Lopez")
    clock.turn(1)
    await pausing.pause_client(any_rt, MANAGER, client.client_id, "no staff")
    clock.turn(1)
    await reviewing.set_tags(any_rt, MANAGER, call.call_id, ["vip"])
    page = (await browsing.audit_page(any_rt, ADMIN)).page
    said = [(line.by, line.what, line.to_state, line.name, line.why) for line in page.items[:2]]
    assert said == [
        (MANAGER.label, "tags", "vip", "Vera Lopez", ""),
        (MANAGER.label, "client", "paused", "Acme Dental", "no staff"),
    ]


async def test_the_loops_are_not_in_it(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    call = await saved_call(any_rt, client)
    await calling.cancel(any_rt, ADMIN, call.call_id)
    found = await browsing.audit_page(any_rt, ADMIN)
    assert {line.by for line in found.page.items} == {ADMIN.label} == set(found.people)


async def test_it_is_narrowed_by_person_and_subject(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    await onboarding.change_client(any_rt, ADMIN, client.client_id, {"name": "Other"})
    await pausing.pause_client(any_rt, MANAGER, client.client_id)
    await staffing.add_user(any_rt, ADMIN, email="tom@example.com", role=Role.AGENT, name="Tom")
    of_manager = (await browsing.audit_page(any_rt, ADMIN, by=MANAGER.label)).page
    assert [line.to_state for line in of_manager.items] == ["paused"]
    of_people = (await browsing.audit_page(any_rt, ADMIN, subject="person")).page
    assert [(line.to_state, line.name) for line in of_people.items] == [("added as agent", "Tom")]
    with pytest.raises(Invalid):
        await browsing.audit_page(any_rt, ADMIN, subject="weather")


async def test_pages_follow_each_other_without_a_gap(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    for _ in range(3):
        await pausing.pause_client(any_rt, MANAGER, client.client_id)
        await pausing.resume_client(any_rt, MANAGER, client.client_id)
    first = (await browsing.audit_page(any_rt, ADMIN, by=MANAGER.label, limit=4)).page
    second = (await browsing.audit_page(any_rt, ADMIN, by=MANAGER.label, limit=4, cursor=first.older)).page
    assert [line.to_state for line in (*first.items, *second.items)] == ["resumed", "paused"] * 3


async def test_only_an_admin_of_everything_reads_it(any_rt: Runtime) -> None:
    with pytest.raises(Forbidden):
        await browsing.audit_page(any_rt, MANAGER)
