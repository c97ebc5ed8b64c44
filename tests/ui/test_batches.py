"""The list of batches and the page of one: what they show, and what a click does."""

from collections.abc import Awaitable, Callable
from datetime import time, timedelta

from callcenter.domain.batch import BatchState, Counts
from callcenter.domain.call import Priority
from callcenter.domain.hours import DAYS, Window
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.waterfall import Wait
from callcenter.services import batching, drafting, editing
from callcenter.services.batching import LaunchBatch
from callcenter.services.runtime import Runtime
from callcenter.ui import session, words
from callcenter.ui.pages import batch_holds, batch_words
from callcenter.ui.pages.batch_edit_state import BatchEditState
from callcenter.ui.pages.batch_state import BatchPageState
from callcenter.ui.pages.batches import BatchesState
from callcenter.ui.shell_state import ShellState
from tests.builders import ADMIN, MANAGER, saved_client, saved_lead
from tests.fakes import START
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]


async def _launched(rt: Runtime, leads: int = 3, whose: str = "Acme Dental", **more: object) -> str:
    client = await saved_client(rt, name=whose)
    for _ in range(leads):
        await saved_lead(rt, client)
    wish = LaunchBatch(lead_filter=LeadFilter(), name="Recall", **more)  # type: ignore[arg-type]
    return (await batching.launch(rt, MANAGER, client.client_id, wish)).batch.batch_id


async def _opened(tab: FakeTab, cookie: str, path: str) -> None:
    page = BatchPageState if path.startswith("/batches/") else BatchesState
    await tab.run(ShellState.load(), cookie=cookie, path=path)
    await tab.run(page.load(), cookie=cookie, path=path)


async def test_a_row_says_how_far_its_batch_is(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    await _launched(running)
    cookie = await sign_in_as("manager")
    await _opened(tab, cookie, "/batches")
    (row,) = (await tab.state(BatchesState)).rows
    assert (row.name, row.client, row.status, row.far, row.pace) == ("Recall", "Acme Dental", "running", "0 of 3", "5 at a time")
    assert (row.can_pause, row.can_resume, row.cost) == (True, False, "—")


async def test_pausing_from_the_row_can_be_taken_back(running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    batch_id = await _launched(running)
    cookie = await sign_in_as("manager")
    await guarded_tab.run(BatchesState.load(), cookie=cookie, path="/batches")
    await guarded_tab.run(BatchesState.pause(batch_id), cookie=cookie, path="/batches")
    (row,) = (await guarded_tab.state(BatchesState)).rows
    assert (row.status, row.note, row.can_resume) == ("paused", "by Manager", True)
    await guarded_tab.run(BatchesState.resume(batch_id), cookie=cookie, path="/batches")
    assert (await batching.get(running, ADMIN, batch_id)).batch.state is BatchState.RUNNING


async def test_an_agent_can_look_and_not_touch(running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    batch_id = await _launched(running)
    cookie = await sign_in_as("agent")
    await guarded_tab.run(BatchesState.load(), cookie=cookie, path="/batches")
    (row,) = (await guarded_tab.state(BatchesState)).rows
    assert (row.can_pause, row.can_resume) == (False, False)
    for event in (BatchesState.pause(batch_id), BatchPageState.cancel(), BatchPageState.pause()):
        await guarded_tab.run(event, cookie=cookie, path=f"/batches/{batch_id}")
    assert (await batching.get(running, ADMIN, batch_id)).batch.state is BatchState.RUNNING


async def test_a_view_shows_its_states_only(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    batch_id = await _launched(running)
    await _launched(running, whose="Harbor Insurance")
    await batching.pause(running, MANAGER, batch_id)
    cookie = await sign_in_as("viewer")
    await _opened(tab, cookie, "/batches?status=paused")
    assert [row.id for row in (await tab.state(BatchesState)).rows] == [batch_id]
    await _opened(tab, cookie, "/batches?status=done")
    assert (await tab.state(BatchesState)).face == "empty"


async def test_the_page_of_a_batch_adds_up(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    batch_id = await _launched(running, leads=3)
    cookie = await sign_in_as("manager")
    await _opened(tab, cookie, f"/batches/{batch_id}")
    state = await tab.state(BatchPageState)
    assert (state.face, state.batch.name, state.batch.far, state.batch.dialled) == ("ready", "Recall", "0 of 3", "0")
    assert [part.number for part in state.parts if part.word == "Left to dial"] == ["3"]
    assert [(hold.reason, hold.words) for hold in state.holds] == [("next", "3 are next")]
    assert [(fall.words, fall.left) for fall in state.falls][:4] == [
        ("Leads", "3"), ("Accepted", "3"), ("Wait to be dialled", "3"), ("Lead may be called", "3"),
    ]  # fmt: skip
    assert (state.rows, state.batch.cancel_title) == ([], "Cancel 3 calls not yet dialled?")
    await _opened(tab, cookie, f"/batches/{batch_id}?show=waiting")
    assert len((await tab.state(BatchPageState)).rows) == 3


async def test_cancelling_the_rest_needs_the_dialog_and_ends_the_batch(
    running: Runtime, guarded_tab: FakeTab, sign_in_as: SignIn
) -> None:
    batch_id = await _launched(running)
    cookie, path = await sign_in_as("manager"), f"/batches/{batch_id}"
    await guarded_tab.run(BatchPageState.load(), cookie=cookie, path=path)
    await guarded_tab.run(BatchPageState.ask_cancel(), cookie=cookie, path=path)
    assert (await guarded_tab.state(BatchPageState)).asks_cancel
    await guarded_tab.run(BatchPageState.cancel(), cookie=cookie, path=path)
    state = await guarded_tab.state(BatchPageState)
    assert (state.asks_cancel, state.batch.status, state.batch.is_open) == (False, "cancelled", False)
    assert state.batch.ended_words.startswith("Cancelled just now. 0 calls dialled")


async def _set(tab: FakeTab, cookie: str, path: str, **texts: str) -> None:
    for name, text in texts.items():
        await tab.run(BatchEditState.set_text(name, text), cookie=cookie, path=path)


async def test_an_impossible_pace_is_said_beside_the_field(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    batch_id = await _launched(running)
    cookie, path = await sign_in_as("manager"), f"/batches/{batch_id}"
    await _opened(tab, cookie, path)
    await tab.run(BatchEditState.ask(), cookie=cookie, path=path)
    for cap in ("6", "0", "many", "99999999"):
        await _set(tab, cookie, path, cap=cap)
        await tab.run(BatchEditState.save(), cookie=cookie, path=path)
        assert (await tab.state(BatchEditState)).error_field == "cap"
    await _set(tab, cookie, path, cap="2", name="Second", priority="high", attempts="3", answers="10", hours="own")
    await tab.run(BatchEditState.save(), cookie=cookie, path=path)
    state = await tab.state(BatchEditState)
    assert (state.error, state.is_open) == ("", False)
    batch = (await batching.get(running, ADMIN, batch_id)).batch
    assert (batch.max_concurrent, batch.name, batch.priority.name, batch.max_attempts) == (2, "Second", "HIGH", 3)
    assert (batch.stop.answer_percent, batch.window) == (10, (Window(DAYS[:5], time(9), time(18)),))
    steps = (await tab.state(BatchPageState)).steps
    assert steps[-1].words.startswith("Changed by Manager: name “Recall” → “Second”, at a time the client's limit → 2, priority")


async def test_of_two_who_edit_at_once_the_second_sees_what_the_first_did(
    running: Runtime, tab: FakeTab, sign_in_as: SignIn
) -> None:
    batch_id = await _launched(running)
    cookie, path = await sign_in_as("manager"), f"/batches/{batch_id}"
    await _opened(tab, cookie, path)
    await tab.run(BatchEditState.ask(), cookie=cookie, path=path)
    await _set(tab, cookie, path, cap="4", errors="30")
    await editing.edit(running, MANAGER, batch_id, {"max_concurrent": 2, "priority": Priority.URGENT})
    await tab.run(BatchEditState.save(), cookie=cookie, path=path)
    state = await tab.state(BatchEditState)
    assert state.is_open
    assert "Max: at a time the client's limit → 2, priority normal → urgent" in state.overtaken
    assert (state.choices.cap, state.choices.priority, state.choices.errors) == ("4", "urgent", "30")
    batch = (await batching.get(running, ADMIN, batch_id)).batch
    assert (batch.max_concurrent, batch.stop.error_percent) == (2, 50)  # nothing was saved over it
    await tab.run(BatchEditState.save(), cookie=cookie, path=path)
    batch = (await batching.get(running, ADMIN, batch_id)).batch
    assert (batch.max_concurrent, batch.priority, batch.stop.error_percent) == (4, Priority.URGENT, 30)


async def test_a_batch_that_is_not_there_says_so(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    await _opened(tab, await sign_in_as("manager"), "/batches/nothing")
    assert (await tab.state(BatchPageState)).face == "empty"


async def test_call_again_begins_a_draft_with_whom_it_means(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    batch_id = await _launched(running)
    cookie, path = await sign_in_as("manager"), f"/batches/{batch_id}"
    await _opened(tab, cookie, path)
    await tab.run(BatchPageState.call_again(), cookie=cookie, path=path)
    (went,) = [event for event in tab.events if "redirect" in event.name]
    where = str(went.payload["path"])
    assert where.startswith("/batches/new?draft=")
    actor = await session.actor_of(cookie.split("=", 1)[1])
    assert actor is not None
    draft = await drafting.get(running, actor, where.split("draft=")[1].split("&")[0])
    assert (draft.data["source"], draft.data["lead_ids"], draft.data["leave_lately"]) == ("ids", [], False)


def test_the_bar_holds_every_lead_once() -> None:
    counts = Counts(leads=40, scheduled=10, active=2, completed=20, failed=7, cancelled=1)
    parts = batch_words.bar_of({"appointment_scheduled": 5, "no_answer": 20, "cancelled": 1, "unknown": 2}, counts)
    assert sum(int(part.number) for part in parts) == 38  # the two that talk now stand beside "Left to dial"
    assert [part.share for part in parts if part.word == "No answer"] == ["71 %"]
    assert (parts[-1].word, parts[-1].share) == ("Left to dial", "2 now")


def test_people_are_called_by_their_names() -> None:
    assert words.person("paused by ana.duarte@example.com: too many errors") == "paused by Ana Duarte: too many errors"


def test_what_holds_a_batch_up_names_people_too() -> None:
    wait = Wait(rule="batch_running", count=2, reason="The batch is paused by ana@example.com: new prices.", next_at=None)
    assert batch_holds._hold(wait, "UTC", now=START).detail == "The batch is paused by Ana: new prices."


def test_the_time_left_is_a_sentence() -> None:
    now = START
    assert batch_words.finish(now + timedelta(minutes=7), now=now, zone="UTC") == "About 7 min left"
    assert batch_words.finish(now + timedelta(hours=5), now=now, zone="UTC") == "Done today 21:00"
    assert batch_words.finish(None, now=now, zone="UTC") == ""
