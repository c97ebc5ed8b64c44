"""What would happen, asked beforehand: the same rules as when it does, and nothing is written."""

from datetime import UTC, datetime, time, timedelta

import pytest

from callcenter.domain.errors import Invalid, NotFound
from callcenter.domain.hours import ALL_WEEK, DAYS, Window
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.user import Actor, Role
from callcenter.services import batching, browsing, calling, rehearsing, suppressing
from callcenter.services.batching import LaunchBatch
from callcenter.services.calling import ScheduleCall
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN, AGENT, MANAGER, number, saved_client, saved_lead

NIGHT = (Window(DAYS, time(2), time(3)),)


async def test_a_free_call_may_be_dialled_at_once_and_nothing_is_written(rt: Runtime) -> None:
    client = await saved_client(rt)
    lead = await saved_lead(rt, client, timezone="America/New_York")
    found = await rehearsing.rehearse_call(rt, AGENT, client.client_id, ScheduleCall(lead_id=lead.lead_id))
    assert (found.judgement.may_dial, found.lead and found.lead.lead_id) == (True, lead.lead_id)
    assert found.zones == ("America/New_York",)
    assert (found.used, found.cap, found.last_called_at) == (0, client.max_concurrent, None)
    assert (await browsing.shell_of(rt, ADMIN)).waiting == 0


async def test_it_says_what_the_dispatcher_would_say(rt: Runtime) -> None:
    client = await saved_client(rt, calling_hours=NIGHT)
    lead = await saved_lead(rt, client)
    wish = ScheduleCall(lead_id=lead.lead_id)
    assert (await rehearsing.rehearse_call(rt, AGENT, client.client_id, wish)).judgement.blocked_by == "hours"
    open_wish = ScheduleCall(lead_id=lead.lead_id, window=ALL_WEEK)
    assert (await rehearsing.rehearse_call(rt, MANAGER, client.client_id, open_wish)).judgement.may_dial
    await suppressing.suppress(rt, AGENT, lead.number, client_id=client.client_id, why="asked")
    found = await rehearsing.rehearse_call(rt, AGENT, client.client_id, open_wish)
    blocking = found.judgement.blocking
    assert (blocking and blocking.rule, blocking and blocking.is_final) == ("may_be_called", True)


async def test_a_typed_number_finds_its_lead_and_its_last_call(rt: Runtime) -> None:
    client = await saved_client(rt)
    lead = await saved_lead(rt, client, number="+14155550142")
    found = await rehearsing.rehearse_call(rt, AGENT, client.client_id, ScheduleCall(to_number="(415) 555-0142"))
    assert (found.phone.number, found.lead and found.lead.lead_id) == ("+14155550142", lead.lead_id)
    with pytest.raises(Invalid) as caught:
        await rehearsing.rehearse_call(rt, AGENT, client.client_id, ScheduleCall(to_number="12"))
    assert caught.value.field == "phone"


async def test_nobody_rehearses_for_a_client_they_may_not_see(rt: Runtime) -> None:
    client = await saved_client(rt)
    other = Actor(label="x", role=Role.AGENT, client_ids=frozenset({"another"}))
    with pytest.raises(NotFound):
        await rehearsing.rehearse_call(rt, other, client.client_id, ScheduleCall(to_number=number()))
    with pytest.raises(NotFound):
        await rehearsing.rehearse_batch(rt, other, client.client_id, LaunchBatch(lead_filter=LeadFilter()))


async def test_a_batch_would_call_whom_launching_it_calls(rt: Runtime) -> None:
    client = await saved_client(rt)
    good = await saved_lead(rt, client, timezone="America/New_York")
    twin = await saved_lead(rt, client, number=good.number)
    stopped = await saved_lead(rt, client)
    await suppressing.suppress(rt, AGENT, stopped.number, client_id=client.client_id, why="asked")
    wish = LaunchBatch(lead_filter=LeadFilter())
    found = await rehearsing.rehearse_batch(rt, MANAGER, client.client_id, wish)
    assert (found.found, len(found.lead_ids), len(found.refused)) == (3, 1, 2)
    launched = await batching.launch(rt, MANAGER, client.client_id, wish)
    assert (launched.accepted, {r.lead_id for r in launched.refused}) == (1, {r.lead_id for r in found.refused})
    assert set(found.lead_ids) < {twin.lead_id, good.lead_id}


async def test_those_in_doubt_are_named_and_can_be_left_out(rt: Runtime) -> None:
    client = await saved_client(rt)
    sure = await saved_lead(rt, client, timezone="America/New_York")
    torn = await saved_lead(rt, client, number="+18125550101")  # the area code lies in two zones
    call = await calling.schedule(rt, AGENT, client.client_id, ScheduleCall(lead_id=sure.lead_id))
    assert call.lead_id == sure.lead_id  # asked for, but not dialled: that is not "called lately"
    found = await rehearsing.rehearse_batch(rt, MANAGER, client.client_id, LaunchBatch(lead_filter=LeadFilter()))
    assert (found.lately, found.no_zone) == (frozenset(), frozenset())
    assert found.unsure == frozenset({torn.lead_id})
    assert found.without({sure.lead_id}) == (torn.lead_id,)


def test_work_goes_on_only_inside_the_hours() -> None:
    hours = (Window(DAYS, time(9), time(17)),)
    start = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)  # 15:00 in New York, two hours are left today
    done = rehearsing.done_at(180, seconds=60, at_a_time=1, start=start, windows=hours, zone="America/New_York")
    assert done == datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    quick = rehearsing.done_at(180, seconds=60, at_a_time=3, start=start, windows=hours, zone="America/New_York")
    assert quick == start + timedelta(hours=1)
    assert rehearsing.done_at(10**6, seconds=60, at_a_time=1, start=start, windows=hours, zone="America/New_York") is None


def test_who_is_missed_is_dialled_again() -> None:
    usual = rehearsing.Usual(reached=0.5)
    assert (usual.dials(100, attempts=1), usual.dials(100, attempts=3)) == (100, 175)
