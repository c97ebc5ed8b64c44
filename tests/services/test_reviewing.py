"""What people add to a call, and that two of them never overwrite each other silently."""

from datetime import timedelta

import pytest

from callcenter.domain.call import Outcome
from callcenter.domain.errors import Conflict, Forbidden, Invalid
from callcenter.domain.search import CallFilter
from callcenter.services import browsing, reviewing, suppressing
from callcenter.services.runtime import Runtime
from callcenter.store import leads
from tests.builders import ADMIN, AGENT, VIEWER, saved_call, saved_client, saved_lead
from tests.fakes import START
from tests.services.news import ended

HOUR = timedelta(hours=1)


async def test_an_outcome_by_hand_wins_and_can_be_taken_back(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    lead = await saved_lead(any_rt, acme)
    call = await ended(any_rt, acme, lead, at=START - HOUR, outcome=Outcome.NOT_INTERESTED, call_successful=True)
    changed = await reviewing.set_outcome(any_rt, AGENT, call.call_id, Outcome.SALE_MADE)
    assert (changed.derived.outcome, changed.outcome_by) == (Outcome.SALE_MADE, AGENT.label)
    assert (await any_rt.database.read(lambda tx: leads.get(tx, lead.lead_id))).last_outcome == "sale_made"
    page = await browsing.call_page(any_rt, ADMIN, call.call_id)
    assert (page.outcome_source, page.timeline[-1].words, page.timeline[-1].by) == (
        "person", "Outcome changed to Sale made", AGENT.label,
    )  # fmt: skip
    back = await reviewing.set_outcome(any_rt, AGENT, call.call_id, None)
    assert back.outcome_by is None
    assert back.derived.outcome is Outcome.SUCCESSFUL


async def test_do_not_call_by_hand_stops_the_number_at_once(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    call = await ended(any_rt, acme, at=START - HOUR)
    waits = await saved_call(any_rt, acme, to_number=call.to_number)
    await reviewing.set_outcome(any_rt, AGENT, call.call_id, Outcome.DO_NOT_CALL)
    assert await any_rt.database.read(lambda tx: suppressing.is_suppressed(tx, call.to_number, None))
    assert (await browsing.call_page(any_rt, ADMIN, waits.call_id)).line.status == "cancelled"


async def test_a_call_that_is_not_over_has_no_outcome_yet(rt: Runtime) -> None:
    call = await saved_call(rt, await saved_client(rt))
    with pytest.raises(Conflict):
        await reviewing.set_outcome(rt, AGENT, call.call_id, Outcome.SALE_MADE)


async def test_the_last_write_never_wins_silently(rt: Runtime) -> None:
    call = await ended(rt, await saved_client(rt), at=START)
    saved = await reviewing.set_notes(rt, AGENT, call.call_id, "Ana's", rev=call.rev)
    with pytest.raises(Conflict):
        await reviewing.set_notes(rt, AGENT, call.call_id, "Tom's", rev=call.rev)
    assert (await reviewing.set_notes(rt, AGENT, call.call_id, "both", rev=saved.rev)).notes == "both"
    for actor, text, error in ((VIEWER, "x", Forbidden), (AGENT, "x" * 10_001, Invalid)):
        with pytest.raises(error):
            await reviewing.set_notes(rt, actor, call.call_id, text)


async def test_many_calls_are_tagged_by_a_filter(any_rt: Runtime) -> None:
    acme, other = await saved_client(any_rt), await saved_client(any_rt)
    for _ in range(3):
        await ended(any_rt, acme, at=START, tags=("old",))
    await ended(any_rt, other, at=START)
    asked = CallFilter(clients=(acme.client_id,))
    assert await reviewing.tag_calls(any_rt, AGENT, asked, add=["new"], remove=["old"]) == 3
    assert await reviewing.tag_calls(any_rt, AGENT, asked, add=["new"]) == 0
    page = await browsing.page_of_calls(any_rt, ADMIN, CallFilter(tags=("new",)))
    assert {line.tags for line in page.items} == {("new",)}
    assert page.total == 3


async def test_follow_ups_are_added_moved_and_done(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    lead = await saved_lead(any_rt, acme, name="Ruth", timezone="America/Denver")
    call = await ended(any_rt, acme, lead, at=START - HOUR)
    line = await reviewing.add_follow_up(any_rt, AGENT, call_id=call.call_id, at=START - HOUR, why="call back")
    assert (line.who, line.zone, line.owner, line.lead_id) == ("Ruth", "America/Denver", AGENT.label, lead.lead_id)
    undated = await reviewing.add_follow_up(any_rt, AGENT, lead_id=lead.lead_id, at=None)
    assert (await browsing.shell_of(any_rt, ADMIN)).followups_due == 1
    assert [each.follow_up_id for each in await browsing.follow_up_list(any_rt, ADMIN)] == [
        line.follow_up_id,
        undated.follow_up_id,
    ]
    moved = await reviewing.move_follow_up(any_rt, AGENT, line.follow_up_id, START + HOUR, rev=line.rev)
    with pytest.raises(Conflict):
        await reviewing.move_follow_up(any_rt, AGENT, line.follow_up_id, START, rev=line.rev)
    assert (await browsing.shell_of(any_rt, ADMIN)).followups_due == 0
    await reviewing.done_follow_up(any_rt, AGENT, moved.follow_up_id)
    assert [each.follow_up_id for each in await browsing.follow_up_list(any_rt, ADMIN, tab="done")] == [line.follow_up_id]
    meeting = await reviewing.add_follow_up(any_rt, AGENT, call_id=call.call_id, kind="appointment", at=START + HOUR)
    assert [each.kind for each in await browsing.follow_up_list(any_rt, ADMIN, tab="appointments")] == ["appointment"]
    assert (await reviewing.assign_follow_up(any_rt, AGENT, meeting.follow_up_id, None)).owner is None
