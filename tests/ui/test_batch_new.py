"""The wizard of a new batch: the draft keeps every choice, the sum adds up, and exactly what was shown is launched."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any

import pytest

from callcenter.domain.errors import Invalid
from callcenter.domain.hours import DAYS, Window
from callcenter.domain.retry import PerResult, RetryPolicy
from callcenter.domain.stopping import StopRule
from callcenter.services import batching, browsing, suppressing
from callcenter.services.runtime import Runtime
from callcenter.ui.pages import batch_plan as plan
from callcenter.ui.pages.batch_new_state import BatchNewState
from tests.builders import ADMIN, AGENT, saved_client, saved_lead
from tests.builders import batch as batch_of
from tests.builders import client as client_of
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]


async def test_an_address_begins_a_draft_with_its_filter(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running, name="Acme Dental")
    await saved_lead(running, client, tags=["vip"])
    cookie = await sign_in_as("manager")
    path = await tab.begin_batch(cookie, f"?client={client.client_id}&tag=vip")
    state = await tab.state(BatchNewState)
    assert (path.split("=")[0], state.client_name, state.choices.query) == ("/batches/new?draft", "Acme Dental", "tag=vip")


async def test_the_sum_leaves_out_who_must_not_be_called(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    leads = [await saved_lead(running, client, number=f"+1212555010{nth}") for nth in range(4)]
    await suppressing.suppress(running, AGENT, leads[0].number, client_id=client.client_id, why="asked")
    cookie = await sign_in_as("manager")
    path = await tab.begin_batch(cookie, f"?client={client.client_id}")
    state = await tab.state(BatchNewState)
    assert (state.sum.number, state.sum.out_words, state.sum.at_a_time) == (3, "1 left out", "5 of 5")
    assert [(each.title, each.count, each.flag) for each in state.problems] == [("On the do-not-call list", "1", "")]
    await tab.run(BatchNewState.set_text("cap", "2"), cookie=cookie, path=path)
    await tab.run(BatchNewState.set_text("query", "tag=x"), cookie=cookie, path=path)  # not for setting by hand
    await tab.run(BatchNewState.load(), cookie=cookie, path=path.replace("step=1", "step=5"))
    state = await tab.state(BatchNewState)
    assert (state.step, state.choices.cap, state.choices.query, state.sum.at_a_time) == (5, "2", "", "2 of 5")


async def test_nobody_to_call_costs_nothing_that_could_be_named(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    await tab.begin_batch(await sign_in_as("manager"), f"?client={client.client_id}")
    state = await tab.state(BatchNewState)
    assert (state.sum.number, state.sum.cost, state.sum.finishes) == (0, "—", "—")


async def test_it_launches_exactly_what_it_showed(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    for _ in range(3):
        await saved_lead(running, client)
    cookie = await sign_in_as("manager")
    path = await tab.begin_batch(cookie, f"?client={client.client_id}")
    for name, text in (("name", "Recall"), ("attempts", "3"), ("priority", "high"), ("priority", "nonsense")):
        await tab.run(BatchNewState.set_text(name, text), cookie=cookie, path=path)
    await tab.run(BatchNewState.launch(), cookie=cookie, path=path)
    assert (await browsing.batch_list(running, ADMIN)).items == ()  # nobody asked yet
    await tab.run(BatchNewState.ask(), cookie=cookie, path=path)
    await saved_lead(running, client)  # somebody adds a lead meanwhile
    await tab.run(BatchNewState.launch(), cookie=cookie, path=path)
    assert (await browsing.batch_list(running, ADMIN)).items == ()
    assert (await tab.state(BatchNewState)).sum.number == 4
    await tab.run(BatchNewState.ask(), cookie=cookie, path=path)
    await tab.run(BatchNewState.launch(), cookie=cookie, path=path)
    (line,) = (await browsing.batch_list(running, ADMIN)).items
    batch = (await batching.get(running, ADMIN, line.batch_id)).batch
    assert (line.total, batch.name, batch.max_attempts, batch.priority.name) == (4, "Recall", 3, "HIGH")
    assert tab.went_to == f"/batches/{line.batch_id}"
    await tab.run(BatchNewState.load(), cookie=cookie, path=path)
    assert (await tab.state(BatchNewState)).face == "empty"  # the draft is used up


async def test_many_calls_want_their_number_typed(
    running: Runtime, tab: FakeTab, sign_in_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await saved_client(running)
    for _ in range(2):
        await saved_lead(running, client)
    monkeypatch.setattr(plan, "MANY_CALLS", 1)
    cookie = await sign_in_as("manager")
    path = await tab.begin_batch(cookie, f"?client={client.client_id}")
    await tab.run(BatchNewState.ask(), cookie=cookie, path=path)
    await tab.run(BatchNewState.set_typed("3"), cookie=cookie, path=path)
    await tab.run(BatchNewState.launch(), cookie=cookie, path=path)
    assert (await browsing.batch_list(running, ADMIN)).items == ()
    await tab.run(BatchNewState.set_typed("2"), cookie=cookie, path=path)
    await tab.run(BatchNewState.launch(), cookie=cookie, path=path)
    assert len((await browsing.batch_list(running, ADMIN)).items) == 1


async def test_an_agent_may_not_begin_one(running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    await saved_client(running)
    await guarded_tab.run(BatchNewState.load(), cookie=await sign_in_as("agent"), path="/batches/new")
    assert (await guarded_tab.state(BatchNewState)).face == "loading"
    assert not [event for event in guarded_tab.events if "redirect" in event.name]


def test_when_it_stops_by_itself_is_chosen_and_said() -> None:
    chosen = plan.Choices()
    assert plan.wish_of(chosen, zone="UTC").stop == StopRule()
    assert plan._stop_words(chosen) == "It pauses itself when 50 % of the last 20 calls are errors."
    chosen = plan.with_text(plan.with_text(chosen, "errors", ""), "answers", "10")
    assert plan.wish_of(chosen, zone="UTC").stop == StopRule(error_percent=None, answer_percent=10)
    assert plan._stop_words(chosen) == "It pauses itself when fewer than 10 % of the last 50 are answered."
    with pytest.raises(Invalid) as wrong:
        plan.wish_of(plan.with_text(chosen, "answers_of", "3"), zone="UTC")
    assert wrong.value.field == "answers_of"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"cap": "many"}, "cap"),
        ({"start": "later", "at": "soon"}, "at"),
        ({"hours": "own", "days": []}, "days"),
        ({"hours": "own", "opens": "18:00", "closes": "09:00"}, "hours"),
        ({"attempts": "11"}, "attempts"),
        ({"after": "soon"}, "after"),
        ({"attempts": "2", "times_voicemail": "10"}, "times_voicemail"),
        ({"attempts": "2", "after_voicemail": "later"}, "after_voicemail"),
    ],
)
def test_choices_that_make_no_sense_name_their_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        plan.wish_of(plan.choices_from(given), zone="UTC")
    assert caught.value.field == field


def test_choices_become_the_request() -> None:
    given = {"hours": "own", "days": ["mon"], "opens": "10:00", "closes": "12:30", "start": "later", "at": "2026-11-24T09:00"}
    wish = plan.wish_of(plan.choices_from(given | {"attempts": "3", "after": "60"}), zone="America/New_York")
    assert wish.window == (Window(("mon",), time(10), time(12, 30)),)
    assert wish.scheduled_at is not None
    assert (wish.scheduled_at.isoformat(), wish.max_attempts, wish.retry.after_minutes) == ("2026-11-24T09:00:00-05:00", 3, 60)


def test_retries_per_result_become_the_request_and_come_back() -> None:
    given = {"attempts": "5", "retry_on": ["no_answer", "voicemail"], "times_voicemail": "1", "after_no_answer": "30",
             "after_failed": "1440", "other_time": True}  # fmt: skip
    choices = plan.choices_from(given)
    retry = plan.wish_of(choices, zone="UTC").retry
    own = {"no_answer": PerResult(None, 30), "voicemail": PerResult(1, None)}
    assert retry == RetryPolicy(("no_answer", "voicemail"), 120, own, another_time_of_day=True)
    assert plan._tries_words(choices) == (
        "After no answer (30 min later) or voicemail (1 time at most) each is tried again, up to 5 times in all, 2 h apart, "
        "at another time of their day."
    )
    batch = batch_of(client_of(), retry=retry, max_attempts=5)
    again = plan.choices_of(batch, zone="UTC")
    assert plan.wish_of(again, zone="UTC").retry == retry
    assert plan.changes_between(again, replace(again, times_voicemail="2"), zone="UTC") == {
        "retry": replace(retry, per={**retry.per, "voicemail": PerResult(2, None)})
    }


def test_a_draft_that_was_tampered_with_does_no_harm() -> None:
    odd = {"cap": 5, "leave_lately": "yes", "priority": "huge", "days": "mon", "nobody": 1, "name": "fine"}
    assert plan.choices_from(odd) == plan.Choices(name="fine")


def test_only_hours_beyond_the_default_want_a_reason() -> None:
    careful = {"hours": "own", "days": list(DAYS[:5]), "opens": "09:00", "closes": "18:00"}
    assert not plan.needs_reason(plan.choices_from(careful))
    assert plan.needs_reason(plan.choices_from(careful | {"opens": "06:00"}))


async def test_a_client_that_cannot_be_dialled_is_promised_no_finish(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running, name="Acme", from_number=None)
    await saved_lead(running, client)
    await tab.begin_batch(await sign_in_as("manager"), f"?client={client.client_id}")
    shown = (await tab.state(BatchNewState)).sum
    assert (shown.number, shown.finishes) == (1, "—")
    assert shown.stop == "Acme has no from-number yet: nothing is dialled until it has one."
    assert shown.stop_href == f"/clients/{client.client_id}?tab=retell"
    assert not any("done about" in line for line in shown.sentences)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"is_active": False}, "switched off"),
        ({"account_id": None}, "no Retell key"),
        ({"paused_at": datetime(2026, 11, 23, tzinfo=UTC)}, "paused"),
        ({}, ""),
    ],
)
async def test_what_stops_a_client_has_a_page_to_put_it_right(running: Runtime, change: dict[str, Any], said: str) -> None:
    client = replace(await saved_client(running, name="Acme"), **change)
    words, href = plan.stop_of(client)
    assert (said in words, bool(words), bool(href)) == (True, bool(said), bool(said))
