"""A number on the do-not-call list is dialled by nobody, at once, on both databases."""

from dataclasses import replace

import pytest

from callcenter.domain.call import CallStatus, Phase
from callcenter.domain.errors import Forbidden, Invalid, NotFound
from callcenter.domain.search import LeadFilter
from callcenter.services import browsing, leading, suppressing
from callcenter.services.runtime import Runtime
from callcenter.store import calls
from tests.builders import ADMIN, AGENT, MANAGER, VIEWER, saved_call, saved_client, saved_lead
from tests.fakes import START
from tests.services.news import call_with

NUMBER = "+14155550142"


async def status_of(rt: Runtime, call_id: str) -> CallStatus:
    return (await rt.database.read(lambda tx: calls.get(tx, call_id))).derived.status


async def test_suppressing_a_number_cancels_what_waits_for_it_everywhere(any_rt: Runtime) -> None:
    acme, other = await saved_client(any_rt), await saved_client(any_rt)
    waits = [await saved_call(any_rt, client, to_number=NUMBER) for client in (acme, other)]
    bystander = await saved_call(any_rt, acme)
    rings = await call_with(
        any_rt, acme, to_number=NUMBER, status=CallStatus.RINGING, phase=Phase.REGISTERED, provider_call_id="call_1"
    )
    dialling = await call_with(any_rt, other, to_number=NUMBER, status=CallStatus.INITIATED, dialled_at=START)
    done = await suppressing.suppress(any_rt, AGENT, "(415) 555-0142", why="asked by mail")
    assert (done.number, done.is_new, done.cancelled) == (NUMBER, True, 2)
    assert [await status_of(any_rt, call.call_id) for call in waits] == [CallStatus.CANCELLED] * 2
    assert await status_of(any_rt, bystander.call_id) is CallStatus.SCHEDULED
    assert await status_of(any_rt, rings.call_id) is CallStatus.RINGING
    noted = await any_rt.database.read(lambda tx: calls.get(tx, dialling.call_id))
    assert noted.cancel_requested_at == START
    again = await suppressing.suppress(any_rt, AGENT, NUMBER, why="twice")
    assert (again.is_new, again.cancelled) == (False, 0)
    page = await suppressing.page_of_numbers(any_rt, VIEWER, q="0142")
    assert [(line.number, line.why, line.by, page.total) for line in page.items] == [(NUMBER, "asked by mail", AGENT.label, 1)]


async def test_one_clients_list_stops_only_that_client(any_rt: Runtime) -> None:
    acme, other = await saved_client(any_rt), await saved_client(any_rt)
    await suppressing.suppress(any_rt, AGENT, NUMBER, client_id=acme.client_id, why="")
    read = any_rt.database.read
    assert await read(lambda tx: suppressing.is_suppressed(tx, NUMBER, acme.client_id)) == "person"
    assert await read(lambda tx: suppressing.is_suppressed(tx, NUMBER, other.client_id)) is None


async def test_taking_a_number_off_needs_a_manager_and_a_reason(any_rt: Runtime) -> None:
    await suppressing.suppress(any_rt, AGENT, NUMBER, why="asked")
    with pytest.raises(Forbidden):
        await suppressing.unsuppress(any_rt, AGENT, NUMBER, why="changed their mind")
    with pytest.raises(Invalid):
        await suppressing.unsuppress(any_rt, MANAGER, NUMBER, why=" ")
    await suppressing.unsuppress(any_rt, MANAGER, NUMBER, why="changed their mind")
    with pytest.raises(NotFound):
        await suppressing.unsuppress(any_rt, MANAGER, NUMBER, why="again")
    assert (await suppressing.suppress(any_rt, AGENT, NUMBER, why="no, really")).is_new


async def test_ones_own_click_can_be_taken_back_for_a_moment(rt: Runtime) -> None:
    await suppressing.suppress(rt, AGENT, NUMBER, why="slip")
    with pytest.raises(NotFound):
        await suppressing.undo_suppress(rt, replace(AGENT, label="tom@example.com"), NUMBER)
    await suppressing.undo_suppress(rt, AGENT, NUMBER)
    assert (await suppressing.page_of_numbers(rt, AGENT)).items == ()


async def test_who_sees_one_client_speaks_only_for_it(rt: Runtime) -> None:
    acme, other = await saved_client(rt), await saved_client(rt)
    limited = replace(AGENT, client_ids=frozenset({acme.client_id}))
    for client_id in (None, other.client_id):
        with pytest.raises(NotFound):
            await suppressing.suppress(rt, limited, NUMBER, client_id=client_id, why="")
    with pytest.raises(Forbidden):
        await suppressing.suppress(rt, VIEWER, NUMBER, why="")


async def test_a_lead_on_the_list_shows_it_and_is_found_by_it(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    lead = await saved_lead(any_rt, acme, number=NUMBER)
    await saved_lead(any_rt, acme)
    changed = await leading.change_lead(any_rt, AGENT, lead.lead_id, {"do_not_call": True})
    assert changed.do_not_call
    page = await browsing.page_of_leads(any_rt, ADMIN, LeadFilter(do_not_call=True))
    assert [line.lead_id for line in page.items] == [lead.lead_id]
    assert (await browsing.page_of_leads(any_rt, ADMIN, LeadFilter(do_not_call=False))).total == 1
    with pytest.raises(Forbidden):
        await leading.change_lead(any_rt, AGENT, lead.lead_id, {"do_not_call": False})
    assert not (await leading.change_lead(any_rt, MANAGER, lead.lead_id, {"do_not_call": False})).do_not_call


async def test_a_deleted_lead_leaves_only_finished_calls_and_no_name(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    lead = await saved_lead(any_rt, acme, name="Maria", tags=("vip",), external_id="a")
    waits = await saved_call(any_rt, acme, lead)
    await leading.delete_lead(any_rt, AGENT, lead.lead_id)
    assert await status_of(any_rt, waits.call_id) is CallStatus.CANCELLED
    call = await any_rt.database.read(lambda tx: calls.get(tx, waits.call_id))
    assert (call.lead_name, call.to_number) == ("", lead.number)
    assert (await browsing.quick_search(any_rt, ADMIN, "maria")) == ()
    assert (await browsing.lead_tags(any_rt, ADMIN)) == ()
    with pytest.raises(NotFound):
        await leading.get_lead(any_rt, ADMIN, lead.lead_id)
    second = await saved_lead(any_rt, acme, external_id="a")
    assert (await browsing.page_of_leads(any_rt, ADMIN, LeadFilter())).items[0].lead_id == second.lead_id


async def test_a_new_number_goes_to_the_calls_that_wait(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    lead = await saved_lead(any_rt, acme, name="Maria")
    waits = await saved_call(any_rt, acme, lead)
    await leading.change_lead(any_rt, AGENT, lead.lead_id, {"phone": "415 555 0142", "name": "Mary"})
    call = await any_rt.database.read(lambda tx: calls.get(tx, waits.call_id))
    assert (call.to_number, call.lead_name, call.derived.status) == (NUMBER, "Mary", CallStatus.SCHEDULED)
