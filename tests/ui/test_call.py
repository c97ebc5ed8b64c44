"""The page of one call: what it shows of each state of a call, what is done with it, and two people at one note."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from callcenter.domain.call import Call, CallStatus, Derived, Outcome, Phase, Told, Turn
from callcenter.domain.client import Client
from callcenter.domain.eligibility import Judgement, RuleResult
from callcenter.domain.hours import Window
from callcenter.services import browsing, calling, reviewing
from callcenter.services.runtime import Runtime
from callcenter.ui.pages.call_acts import CallActs, _instant, _tomorrow
from callcenter.ui.pages.call_details import attempts_of, cost_of, extracted_of, steps_of, timeline_side
from callcenter.ui.pages.call_rules import earliest_of, rules_of
from callcenter.ui.pages.call_state import CallState
from callcenter.ui.pages.call_turns import strip_of, talk_shares, turns_of
from callcenter.ui.pages.calls_viewer import Viewer
from tests import builders
from tests.fakes import START
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
#: Long closed at START for anybody in New York.
MONDAYS = (Window(days=("mon",), start=time(9), end=time(10)),)

TALK = Told(
    phase=Phase.ANALYSED,
    started_seen=True,
    disconnection_reason="user_hangup",
    started_at=START - timedelta(minutes=10),
    ended_at=START - timedelta(minutes=9),
    duration_ms=60_000,
    summary="Vera booked a cleaning.",
    recording_url="https://recordings.example/vera.wav",
    cost=420_000,
    cost_lines=(("elevenlabs_tts", 210_000), ("gpt_4o", 120_000), ("us_telephony", 90_000)),
    latency_p50_ms=900,
    latency_p90_ms=1600,
    agent_name="Ava",
    custom={"next_step": "cleaning", "is_patient": True, "left_out": None},
    turns=(
        Turn("agent", "Hi, this is Ava.", 0.0, 3.0),
        Turn("user", "Hello.", 4.0, 5.0),
        Turn("tool", '{"on": "Tuesday"}', 6.0, 6.1, tool="check_availability_cal"),
        Turn("tool", "4 found", 6.4, 6.5, tool="check_availability_cal"),
        Turn("other", "silence"),
    ),
)
TALKED = Derived(
    status=CallStatus.COMPLETED,
    outcome=Outcome.APPOINTMENT_SCHEDULED,
    sentiment=0.7,
    intent="book_appointment",
    quality_score=82,
    dialled_at=START - timedelta(minutes=10),
    occurred_at=START - timedelta(minutes=10),
    is_reached=True,
)


async def talked(rt: Runtime, client: Client, **more: object) -> Call:
    """A call that was had, analysed and recorded."""
    return await builders.saved_call(rt, client, lead_name="Vera Lopez", told=TALK, derived=TALKED, **more)


async def opened(tab: FakeTab, call: Call, cookie: str, query: str = "") -> CallState:
    """The page of a call as loaded."""
    await tab.run(CallState.load, cookie=cookie, path=f"/calls/{call.call_id}{query}")
    return await tab.state(CallState)


async def stored(rt: Runtime, call: Call) -> Call:
    return await calling.get(rt, builders.ADMIN, call.call_id)


async def test_a_call_that_was_had_is_shown_whole(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await talked(running, await builders.saved_client(running, name="Acme Dental"))
    state = await opened(tab, call, await sign_in_as("manager"), "?tab=analysis")
    head = state.head
    assert (state.face, state.tab, head.who, head.client, head.agent) == ("ready", "analysis", "Vera Lopez", "Acme Dental", "Ava")
    assert (head.status, head.outcome, head.duration, head.cost) == ("completed", "appointment_scheduled", "1:00", "$0.42")
    assert (head.summary, head.ended, head.quality) == ("Vera booked a cleaning.", "They hung up", "82 of 100")
    assert head.recording == f"/api/calls/calls/{call.call_id}/recording"
    assert [turn.who for turn in state.turns] == ["agent", "lead", "tool"]
    assert (state.turns[-1].text, state.turns[-1].detail) == ("Looked up free times", "4 found")
    assert state.turns[-1].body == '{\n  "on": "Tuesday"\n}\n\n→ 4 found'
    assert [(part.word, part.number) for part in state.costs] == [
        ("Voice", "$0.21"),
        ("Language model", "$0.12"),
        ("Phone line", "$0.09"),
    ]
    assert [(fact.name, fact.value) for fact in state.extracted] == [("Next step", "cleaning"), ("Is patient", "Yes")]
    assert ("Response delay", "0.9 s typical, 1.6 s slow") in [(fact.name, fact.value) for fact in state.facts]
    assert state.rules == []


async def test_what_was_before_midnight_says_so(running: Runtime) -> None:
    call = await talked(running, await builders.saved_client(running))
    page = await browsing.call_page(running, builders.ADMIN, call.call_id)
    midnight = datetime(2026, 11, 23, tzinfo=UTC)
    line = replace(page.line, dialled_at=midnight, occurred_at=midnight)
    first = replace(page.timeline[0], at=midnight - timedelta(seconds=1))
    tries = [replace(page.attempts[0], occurred_at=midnight - timedelta(minutes=5), status="completed", duration_s=60)]
    page, viewer = (
        replace(page, line=line, timeline=(first, replace(first, at=midnight)), attempts=tuple(tries)),
        Viewer(zone="UTC"),
    )
    assert timeline_side(page, viewer) == "23 Nov 2026, UTC"
    assert [step.at for step in steps_of(page, viewer)] == ["22 Nov 23:59:59", "00:00:00"]
    (row, *_others) = reversed(attempts_of(page, viewer, now=midnight + timedelta(minutes=5)))
    assert row.what == "Yesterday 23:55 · 1:00"


async def test_who_may_not_listen_gets_the_words_and_no_address(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await talked(running, await builders.saved_client(running))
    head = (await opened(tab, call, await sign_in_as("viewer"))).head
    assert (head.recording, head.no_recording) == ("", "Admins and managers may listen.")


async def test_a_waiting_call_says_why_and_when(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running, calling_hours=MONDAYS)
    call = await builders.saved_call(running, client, to_number="+12125550123", derived=Derived(occurred_at=START))
    state = await opened(tab, call, await sign_in_as("manager"))
    verdicts = {rule.rule: rule.verdict for rule in state.rules}
    assert verdicts["In calling hours"] == "stops"
    assert verdicts["Lead may be called"] == "passed"
    assert state.earliest.startswith("30 Nov 09:00 for them (in ")
    assert state.may_override


async def test_only_managers_get_past_the_hours_and_only_with_a_reason(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn
) -> None:
    client = await builders.saved_client(running, calling_hours=MONDAYS)
    call = await builders.saved_call(running, client, to_number="+12125550123", derived=Derived(occurred_at=START))
    cookie = await sign_in_as("manager")
    await opened(tab, call, cookie)
    path = f"/calls/{call.call_id}"
    await tab.run(CallState.call_anyway({"reason": " "}), cookie=cookie, path=path)
    assert (await tab.state(CallState)).anyway_error
    assert (await stored(running, call)).derived.status is CallStatus.SCHEDULED
    await tab.run(CallState.call_anyway({"reason": "They asked for it"}), cookie=cookie, path=path)
    (going,) = [event.payload["path"] for event in tab.events if event.name == "_redirect"]
    made = await calling.get(running, builders.ADMIN, going.rsplit("/", 1)[-1])
    assert (made.to_number, made.window is not None) == ("+12125550123", True)
    assert (await stored(running, call)).derived.status is CallStatus.CANCELLED


async def test_a_call_of_nobody_one_may_see_is_gone(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await builders.saved_call(running, None, lead_name="Secret", derived=TALKED)
    state = await opened(tab, call, await sign_in_as("manager"))
    assert (state.face, state.head.who) == ("gone", "an unknown call")


async def test_an_outcome_by_hand_names_who_set_it(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await talked(running, await builders.saved_client(running))
    cookie = await sign_in_as("agent")
    await opened(tab, call, cookie)
    await tab.run(CallState.set_outcome("sale_made"), cookie=cookie, path=f"/calls/{call.call_id}")
    head = (await tab.state(CallState)).head
    assert (head.outcome, head.outcome_source) == ("sale_made", "set by Agent")
    await tab.run(CallState.set_outcome("rubbish"), cookie=cookie, path=f"/calls/{call.call_id}")
    assert (await stored(running, call)).outcome_by_hand is Outcome.SALE_MADE


async def test_a_note_is_saved_and_never_overwrites_anothers(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await talked(running, await builders.saved_client(running))
    cookie, path = await sign_in_as("agent"), f"/calls/{call.call_id}"
    await opened(tab, call, cookie)
    await tab.run(CallState.type_notes("Mine"), cookie=cookie, path=path)
    await reviewing.set_notes(running, builders.MANAGER, call.call_id, "Theirs")
    await tab.run(CallState.save_notes, cookie=cookie, path=path)
    state = await tab.state(CallState)
    assert (state.has_conflict, state.their_notes, state.notes) == (True, "Theirs", "Mine")
    assert (await stored(running, call)).notes == "Theirs"
    await tab.run(CallState.keep_both, cookie=cookie, path=path)
    await tab.run(CallState.save_notes, cookie=cookie, path=path)
    assert (await stored(running, call)).notes == "Theirs\n\nMine"


async def test_a_note_is_saved_when_only_something_else_changed(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await talked(running, await builders.saved_client(running))
    cookie, path = await sign_in_as("agent"), f"/calls/{call.call_id}"
    await opened(tab, call, cookie)
    await tab.run(CallState.type_notes("Mine"), cookie=cookie, path=path)
    await reviewing.set_tags(running, builders.MANAGER, call.call_id, ["vip"])
    await tab.run(CallState.save_notes, cookie=cookie, path=path)
    assert (await stored(running, call)).notes == "Mine"


# -- what is done with a call --------------------------------------------------------------------------------------


async def test_a_cancelled_call_can_be_taken_back(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await builders.saved_call(running, await builders.saved_client(running), derived=Derived(occurred_at=START))
    cookie = await sign_in_as("agent")
    await tab.run(CallActs.cancel(call.call_id), cookie=cookie)
    assert (await stored(running, call)).derived.status is CallStatus.CANCELLED
    await tab.run(CallActs.take_back(call.call_id), cookie=cookie)
    assert (await stored(running, call)).derived.status is CallStatus.SCHEDULED


async def test_a_waiting_call_is_paused_and_resumed_on_its_page(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    call = await builders.saved_call(running, client, derived=Derived(occurred_at=START))
    cookie = await sign_in_as("agent")
    await tab.run(CallActs.pause(call.call_id), cookie=cookie)
    state = await opened(tab, call, cookie)
    assert state.head.is_paused
    assert [step.words for step in state.steps if step.words == "Paused"] == ["Paused"]
    await tab.run(CallActs.resume(call.call_id), cookie=cookie)
    assert (await stored(running, call)).paused_at is None


async def test_ending_a_call_asks_first(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    going_on = Derived(status=CallStatus.IN_PROGRESS, occurred_at=START, dialled_at=START)
    call = await builders.saved_call(running, await builders.saved_client(running), lead_name="Vera", derived=going_on)
    cookie = await sign_in_as("agent")
    await tab.run(CallActs.ask_end(call.call_id), cookie=cookie)
    acts = await tab.state(CallActs)
    assert acts.asks == "end"
    assert "Vera is on the phone" in acts.facts
    assert (await stored(running, call)).cancel_requested_at is None
    await tab.run(CallActs.end, cookie=cookie)
    assert (await stored(running, call)).cancel_requested_at == START


async def test_a_number_put_on_the_list_can_be_taken_off_by_the_same_click(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn
) -> None:
    call = await talked(running, await builders.saved_client(running))
    cookie = await sign_in_as("agent")
    await tab.run(CallActs.do_not_call(call.call_id), cookie=cookie)
    assert (await browsing.call_page(running, builders.ADMIN, call.call_id)).on_do_not_call
    await tab.run(CallActs.may_be_called(call.to_number, ""), cookie=cookie)
    assert not (await browsing.call_page(running, builders.ADMIN, call.call_id)).on_do_not_call


async def test_a_follow_up_is_meant_in_the_leads_own_time(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await talked(running, await builders.saved_client(running), to_number="+12125550123")
    cookie = await sign_in_as("agent")
    await tab.run(CallActs.ask_follow_up(call.call_id), cookie=cookie)
    acts = await tab.state(CallActs)
    assert (acts.at, acts.zone_words) == ("2026-11-24T09:00", "Their time (New York)")
    await tab.run(CallActs.set_at("soon"), cookie=cookie)
    await tab.run(CallActs.add_follow_up({"why": ""}), cookie=cookie)
    assert (await tab.state(CallActs)).error == "Choose a day and a time."
    await tab.run(CallActs.set_at("2026-11-25T10:30"), cookie=cookie)
    await tab.run(CallActs.add_follow_up({"why": "Wants the offer"}), cookie=cookie)
    (line,) = await browsing.follow_up_list(running, builders.ADMIN)
    assert (line.at, line.why) == (datetime(2026, 11, 25, 15, 30, tzinfo=UTC), "Wants the offer")


async def test_tags_are_replaced_by_those_in_the_field(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    call = await talked(running, await builders.saved_client(running), tags=("old",))
    cookie = await sign_in_as("agent")
    await tab.run(CallActs.ask_tags(call.call_id), cookie=cookie)
    assert (await tab.state(CallActs)).tags == "old"
    await tab.run(CallActs.set_tags({"tags": "vip, , nurse"}), cookie=cookie)
    assert (await stored(running, call)).tags == ("nurse", "vip")


@pytest.mark.parametrize("event", [CallActs.cancel, CallActs.ask_end, CallActs.do_not_call, CallActs.ask_tags])
async def test_a_viewer_may_do_none_of_it(guarded_tab: FakeTab, running: Runtime, sign_in_as: SignIn, event: object) -> None:
    call = await builders.saved_call(running, await builders.saved_client(running), derived=Derived(occurred_at=START))
    await guarded_tab.run(event(call.call_id), cookie=await sign_in_as("viewer"))  # type: ignore[operator]
    assert (await guarded_tab.state(CallActs)).asks == ""
    assert await stored(running, call) == await stored(running, call)
    assert (await stored(running, call)).derived.status is CallStatus.SCHEDULED


# -- what is pure --------------------------------------------------------------------------------------------------


def test_the_strip_keeps_to_the_recording() -> None:
    call = builders.call(None, told=TALK)
    assert [(each.lane, each.left, each.width) for each in strip_of(call, 10)] == [
        ("agent", 0.0, 30.0),
        ("lead", 40.0, 10.0),
    ]
    assert strip_of(call, 0) == []
    assert talk_shares(call) == ("75 %", "25 %")


async def test_a_transcript_without_turns_is_read_from_its_lines(running: Runtime) -> None:
    told = replace(TALK, turns=(), transcript="Agent: Hi.\nUser: Yes,\nspeaking.")
    call = await builders.saved_call(running, await builders.saved_client(running), lead_name="Vera L", told=told, derived=TALKED)
    page = await browsing.call_page(running, builders.ADMIN, call.call_id)
    assert [(turn.name, turn.text) for turn in turns_of(page)] == [("Ava", "Hi."), ("Vera", "Yes, speaking.")]


def test_the_first_rule_that_says_no_stops_and_the_later_ones_wait() -> None:
    rules = (
        RuleResult("may_be_called", True, "Yes."),
        RuleResult("client_cap", False, "All 5 slots are busy."),
        RuleResult("pace", False, "In a moment."),
    )
    judgement = Judgement(rules, None)
    assert [line.verdict for line in rules_of(judgement)] == ["passed", "stops", "waits"]
    assert earliest_of(judgement, "", Viewer(), now=START) == ("as soon as a slot is free", "")
    never = Judgement((RuleResult("due", False, "Cancelled.", is_final=True),), None)
    assert earliest_of(never, "", Viewer(), now=START)[0] == "never, as things stand"


def test_the_earliest_moment_is_told_in_both_zones() -> None:
    opens = datetime(2026, 11, 24, 14, tzinfo=UTC)
    judgement = Judgement((RuleResult("hours", False, "Closed.", opens),), opens)
    viewer = Viewer(zone="America/Los_Angeles")
    words = earliest_of(judgement, "America/New_York", viewer, now=START)
    assert words == ("tomorrow 09:00 for them (in 22 h)", " · 06:00 for you")


def test_no_date_is_promised_while_something_undated_is_in_the_way() -> None:
    paused = RuleResult("batch_running", False, "The batch is paused by ana@example.com.")
    soon, tomorrow = START + timedelta(seconds=2), datetime(2026, 11, 24, 14, tzinfo=UTC)
    viewer = Viewer(zone="America/New_York")
    spaced = Judgement((paused, RuleResult("pace", False, "In a moment.", soon)), soon)
    assert earliest_of(spaced, "America/New_York", viewer, now=START) == ("as soon as the batch runs", "")
    closed = Judgement((RuleResult("hours", False, "Closed.", tomorrow), paused), tomorrow)
    said = earliest_of(closed, "America/New_York", viewer, now=START)
    assert said == ("as soon as the batch runs, not before tomorrow 09:00 for them (in 22 h)", "")
    assert rules_of(spaced)[0].detail == "The batch is paused by Ana."


async def test_another_calls_page_is_let_go_of_before_anything_is_read(
    running: Runtime, tab: FakeTab, sign_in_as: SignIn
) -> None:
    call = await builders.saved_call(running, await builders.saved_client(running), lead_name="Vera L", told=TALK, derived=TALKED)
    cookie = await sign_in_as("viewer")
    await tab.run(CallState.load(), cookie=cookie, path=f"/calls/{call.call_id}")
    await tab.run(CallState.enter(), cookie=cookie, path=f"/calls/{call.call_id}")
    assert ((await tab.state(CallState)).face, (await tab.state(CallState)).head.who) == ("ready", "Vera L")
    await tab.run(CallState.enter(), cookie=cookie, path="/calls/another")
    assert ((await tab.state(CallState)).face, (await tab.state(CallState)).head.who) == ("loading", "")


async def test_what_the_agent_noted_is_in_words(running: Runtime) -> None:
    noted = {
        "outcome": "no_answer",
        "appointment_date": "2026-12-01T14:30:00+00:00",
        "language": "en-GB",
        "best_time": "after_work",
    }
    told = replace(TALK, custom={**noted, "wants": ["a_call", "mail"]}, collected={})
    call = await builders.saved_call(running, await builders.saved_client(running), told=told, derived=TALKED)
    page = await browsing.call_page(running, builders.ADMIN, call.call_id)
    assert [(fact.name, fact.value) for fact in extracted_of(replace(page, zone=""), Viewer(zone="Europe/London"))] == [
        ("Outcome", "No answer"),
        ("Appointment date", "Tue 1 Dec 2026, 14:30 GMT"),
        ("Language", "English (GB)"),
        ("Best time", "After work"),
        ("Wants", "A call, mail"),
    ]


def test_a_local_time_becomes_an_instant_on_both_sides_of_a_clock_change() -> None:
    assert _instant("2026-03-28T09:00", "Europe/Berlin") == datetime(2026, 3, 28, 8, tzinfo=UTC)
    assert _instant("2026-03-30T09:00", "Europe/Berlin") == datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert _instant("tomorrow", "Europe/Berlin") is None
    assert _tomorrow(datetime(2026, 11, 23, 23, tzinfo=UTC), "Pacific/Auckland") == "2026-11-25T09:00"


async def test_the_parts_of_a_cost_add_up_as_shown(running: Runtime) -> None:
    lines = (("elevenlabs_tts", 136_000), ("gpt_4o", 86_000), ("us_telephony", 26_000))
    told = replace(TALK, cost=248_000, cost_lines=lines)
    call = await builders.saved_call(running, await builders.saved_client(running), told=told, derived=TALKED)
    assert [part.number for part in cost_of(call, Viewer())] == ["$0.14", "$0.09", "$0.02"]
    tiny = replace(call, told=replace(told, cost_lines=(("gpt_4o", 4_000), ("us_telephony", 26_000))))
    assert [part.number for part in cost_of(tiny, Viewer())] == ["$0.03", "<$0.01"]
