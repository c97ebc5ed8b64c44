"""A dry run of a batch says when its calls would go out, as the explanation does once it is launched, and writes nothing."""

from datetime import time, timedelta

import pytest

from callcenter.domain.errors import Conflict, Forbidden, NotFound
from callcenter.domain.hours import DAYS, Window
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.retry import RetryPolicy
from callcenter.domain.user import Actor, Role
from callcenter.services import batching, browsing, dry_running, explaining, suppressing
from callcenter.services.batching import LaunchBatch
from callcenter.services.rehearsing import USUAL_REACHED, USUAL_SECONDS
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN, AGENT, MANAGER, saved_client, saved_lead

SOON = (Window(DAYS, time(2), time(5)),)


async def test_the_first_call_goes_out_when_the_explanation_says_so_after_the_launch(rt: Runtime) -> None:
    client = await saved_client(rt, calling_hours=SOON, max_concurrent=2)
    leads = [await saved_lead(rt, client, timezone="America/New_York") for _ in range(4)]
    wish = LaunchBatch(lead_ids=[lead.lead_id for lead in leads])
    found = await dry_running.dry_run(rt, MANAGER, client.client_id, wish)
    assert found.dials == pytest.approx(4)
    assert (found.leads, found.never, found.cost) == (4, (), None)
    assert (await browsing.shell_of(rt, ADMIN)).waiting == 0
    launched = await batching.launch(rt, MANAGER, client.client_id, wish)
    explained = await explaining.explain_batch(rt, MANAGER, launched.batch.batch_id)
    assert explained.rules.openings == ((found.first_at, 4),)
    assert found.done_at is not None
    assert found.first_at is not None
    assert found.done_at - found.first_at == timedelta(seconds=2 * USUAL_SECONDS)


async def test_who_must_not_be_called_is_told_and_who_is_not_reached_is_tried_again(rt: Runtime) -> None:
    client = await saved_client(rt)
    leads = [await saved_lead(rt, client, timezone="America/New_York") for _ in range(10)]
    await suppressing.suppress(rt, AGENT, leads[0].number, client_id=client.client_id, why="asked")
    wish = LaunchBatch(
        lead_ids=[lead.lead_id for lead in leads], max_attempts=2, retry=RetryPolicy(on=("no_answer",), after_minutes=30)
    )
    found = await dry_running.dry_run(rt, MANAGER, client.client_id, wish)
    assert [count for _why, count in found.never] == [1]
    assert found.dials == pytest.approx(9 * (1 + 1 - USUAL_REACHED), abs=0.1)


async def test_a_later_start_is_kept(rt: Runtime) -> None:
    client = await saved_client(rt)
    lead = await saved_lead(rt, client, timezone="America/New_York")
    at = rt.clock.now() + timedelta(days=2)
    found = await dry_running.dry_run(rt, MANAGER, client.client_id, LaunchBatch(lead_ids=[lead.lead_id], scheduled_at=at))
    assert found.first_at is not None
    assert found.first_at >= at


async def test_a_client_without_an_account_dials_nobody(rt: Runtime) -> None:
    client = await saved_client(rt, account_id=None)
    lead = await saved_lead(rt, client)
    with pytest.raises(Conflict, match="no Retell account"):
        await dry_running.dry_run(rt, MANAGER, client.client_id, LaunchBatch(lead_ids=[lead.lead_id]))


async def test_only_who_may_launch_may_play_it_through(rt: Runtime) -> None:
    client = await saved_client(rt)
    with pytest.raises(Forbidden):
        await dry_running.dry_run(rt, AGENT, client.client_id, LaunchBatch(lead_filter=LeadFilter()))
    other = Actor(label="x", role=Role.MANAGER, client_ids=frozenset({"another"}))
    with pytest.raises(NotFound):
        await dry_running.dry_run(rt, other, client.client_id, LaunchBatch(lead_ids=[]))
