"""What is worked out of a call: its status by the first line that fits, and everything that hangs on its end."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.domain.call import Call, CallStatus, Derived, Origin, Outcome, Phase, Told, Turn
from callcenter.domain.deriving import derive
from callcenter.domain.dial import FALLEN, Dial, DialState
from callcenter.domain.status import newest_standing

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SENT = NOON + timedelta(minutes=1)
CALL = Call(
    call_id="1",
    client_id="2",
    root_call_id="1",
    to_number="+12125550123",
    scheduled_at=NOON,
    created_at=NOON,
    updated_at=NOON,
)
TALK = (
    Turn("agent", "Good morning, this is Ava. Would a visit of our solar team suit you?"),
    Turn("user", "Yes, the solar panels are old. Book me for Tuesday, please."),
)
D, P, S = DialState, Phase, CallStatus


def dial(state: DialState, *, seq: int = 1, provider_call_id: str | None = None) -> Dial:
    return Dial(
        dial_id=f"d{seq}",
        call_id="1",
        client_id="2",
        account_id="3",
        number="+12125550123",
        seq=seq,
        token=f"token{seq}",
        state=state,
        epoch=1,
        planned_at=NOON,
        sent_at=None if state is D.PLANNED else SENT + timedelta(hours=seq - 1),
        variables_sent={},
        provider_call_id=provider_call_id,
    )


def told(phase: Phase, reason: str | None = None, **more: Any) -> Told:
    return Told(phase=phase, provider_call_id="p1", disconnection_reason=reason, **more)


def status(call: Call, *dials: Dial, overdue: bool = False) -> tuple[CallStatus, bool]:
    derived = derive(call, dials, overdue=overdue)
    return derived.status, derived.checking


@pytest.mark.parametrize(
    ("phase", "state", "expected"),
    [
        (P.TALKING, D.LIVE, S.IN_PROGRESS),
        (P.TALKING, D.ACCEPTED, S.IN_PROGRESS),
        (P.STARTED, D.LIVE, S.CONNECTED),
        (P.RINGING, D.ACCEPTED, S.RINGING),
        (P.REGISTERED, D.ACCEPTED, S.RINGING),
        (P.NONE, D.ACCEPTED, S.RINGING),
        (P.REGISTERED, D.SENDING, S.RINGING),  # its news overtook the answer to our request
        (P.STARTED, D.SENDING, S.CONNECTED),
        (P.NONE, D.PLANNED, S.INITIATED),
        (P.NONE, D.SENDING, S.INITIATED),
        (P.NONE, D.UNKNOWN, S.INITIATED),
        (P.NONE, D.QUARANTINED, S.INITIATED),
        (P.NONE, D.UNSENT, S.SCHEDULED),
        (P.NONE, D.REJECTED, S.SCHEDULED),
        (P.NONE, D.VOID, S.SCHEDULED),
        (P.NONE, D.CANCELLED, S.SCHEDULED),
    ],
)
def test_before_the_end_the_phase_speaks_then_the_standing_dial(phase: Phase, state: DialState, expected: CallStatus) -> None:
    in_doubt = state in (D.UNKNOWN, D.QUARANTINED)
    call = replace(CALL, told=replace(told(phase), provider_call_id="p1" if phase else None))
    assert status(call, dial(state)) == (expected, in_doubt)


def test_a_call_never_dialled_is_scheduled_or_closed() -> None:
    assert status(CALL) == (S.SCHEDULED, False)
    assert status(replace(CALL, closed_why="batch cancelled")) == (S.CANCELLED, False)
    assert status(replace(CALL, cancel_requested_at=NOON)) == (S.CANCELLED, False)


def test_a_call_refused_for_good_has_failed() -> None:
    derived = derive(replace(CALL, closed_why="Retell: no such agent", refused=True), [dial(D.REJECTED)])
    assert (derived.status, derived.outcome, derived.ended_class) == (S.FAILED, Outcome.FAILED, "")
    assert derived.dialled_at is None


@pytest.mark.parametrize("state", sorted(FALLEN))
def test_cancelling_a_call_whose_dial_fell_cancels_it(state: DialState) -> None:
    assert status(replace(CALL, cancel_requested_at=NOON, refused=True), dial(state)) == (S.CANCELLED, False)


@pytest.mark.parametrize("state", [D.PLANNED, D.SENDING, D.UNKNOWN, D.ACCEPTED])
def test_a_cancel_asked_too_late_to_stop_the_dial_only_waits(state: DialState) -> None:
    asked = replace(CALL, cancel_requested_at=NOON)
    assert status(asked, dial(state))[0] is status(CALL, dial(state))[0]


@pytest.mark.parametrize("phase", [P.NONE, P.REGISTERED, P.STARTED, P.TALKING])
def test_an_overdue_end_is_being_checked(phase: Phase) -> None:
    live = replace(CALL, told=told(phase))
    assert status(live, dial(D.ACCEPTED), overdue=True)[1]
    assert not status(live, dial(D.ACCEPTED))[1]


def test_a_call_that_is_not_under_way_cannot_be_overdue() -> None:
    assert status(CALL, overdue=True) == (S.SCHEDULED, False)
    assert status(replace(CALL, told=told(P.ENDED, "user_hangup")), dial(D.FINISHED), overdue=True) == (S.COMPLETED, False)


@pytest.mark.parametrize("phase", [P.ENDED, P.ANALYSED, P.ERASED])
@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("user_hangup", S.COMPLETED),
        ("voicemail_reached", S.COMPLETED),
        ("dial_busy", S.FAILED),
        ("error_asr", S.FAILED),
        ("manual_stopped", S.CANCELLED),
    ],
)
def test_after_the_end_its_class_speaks(phase: Phase, reason: str, expected: CallStatus) -> None:
    derived = derive(replace(CALL, told=told(phase, reason)), [dial(D.FINISHED, provider_call_id="p1")])
    assert derived.status is expected
    assert derived.ended_class


@pytest.mark.parametrize("reason", ["dial_no_answer", "manual_stopped", "error_asr", "concurrency_limit_reached", None])
def test_a_cancelled_call_that_never_started_is_cancelled_whatever_the_reason(reason: str | None) -> None:
    derived = derive(replace(CALL, cancel_requested_at=NOON, told=told(P.ENDED, reason)), [dial(D.FINISHED)])
    assert (derived.status, derived.outcome, derived.is_reached) == (S.CANCELLED, None, False)


def test_a_cancel_asked_when_they_had_hung_up_changes_nothing() -> None:
    hung_up = told(P.ENDED, "user_hangup", started_seen=True)
    assert derive(replace(CALL, cancel_requested_at=NOON, told=hung_up), [dial(D.FINISHED)]).status is S.COMPLETED


def test_what_was_said_before_we_stopped_a_call_still_counts() -> None:
    stopped = told(P.ENDED, "manual_stopped", turns=(Turn("user", "Stop calling me."),))
    derived = derive(replace(CALL, told=stopped), [dial(D.FINISHED)])
    assert (derived.status, derived.outcome, derived.intent) == (S.CANCELLED, Outcome.DO_NOT_CALL, "stop")


@pytest.mark.parametrize("dials", [(dial(D.ACCEPTED, provider_call_id="p1"),), (dial(D.REJECTED, provider_call_id="p1"),), ()])
def test_a_call_retell_had_no_room_for_waits_again(dials: tuple[Dial, ...]) -> None:
    derived = derive(replace(CALL, told=told(P.ENDED, "concurrency_limit_reached")), dials)
    assert (derived.status, derived.outcome, derived.quality_score) == (S.SCHEDULED, None, None)
    assert (derived.dialled_at, derived.occurred_at, derived.is_reached) == (None, NOON, False)


def test_no_room_after_a_start_is_retells_fault() -> None:
    derived = derive(replace(CALL, told=told(P.ENDED, "concurrency_limit_reached", duration_ms=900)), [dial(D.FINISHED)])
    assert (derived.status, derived.ended_class) == (S.FAILED, "their_fault")


def test_a_fallen_dials_retell_call_says_nothing_about_the_next() -> None:
    """Late news of the call that Retell had no room for must not end the one that is being dialled now."""
    late = replace(CALL, told=told(P.ANALYSED, "concurrency_limit_reached"))
    dials = [dial(D.REJECTED, provider_call_id="p1"), dial(D.SENDING, seq=2)]
    derived = derive(late, dials)
    assert (derived.status, derived.ended_class) == (S.INITIATED, "")
    assert derived.dialled_at == SENT + timedelta(hours=1)


def test_the_standing_dial_is_the_newest_that_may_have_reached_somebody() -> None:
    dials = [dial(D.UNSENT), dial(D.UNKNOWN, seq=2), dial(D.VOID, seq=3), dial(D.REJECTED, seq=4)]
    for order in itertools.permutations(dials):
        standing = newest_standing(order)
        assert standing is not None
        assert standing.seq == 2
        assert derive(CALL, order) == derive(CALL, dials)
    assert newest_standing([dial(state) for state in FALLEN]) is None
    both = [dial(D.QUARANTINED), dial(D.ACCEPTED, seq=2)]
    assert derive(CALL, both) == derive(CALL, both[::-1])
    assert status(CALL, *both) == (S.RINGING, False)


def test_a_call_occurs_when_it_was_dialled_else_when_it_is_due() -> None:
    dialled = derive(CALL, [dial(D.ACCEPTED)])
    assert (dialled.dialled_at, dialled.occurred_at) == (SENT, SENT)
    waiting = derive(CALL, [])
    assert (waiting.dialled_at, waiting.occurred_at) == (None, NOON)
    assert derive(CALL, [dial(D.PLANNED)]).occurred_at == NOON


@pytest.mark.parametrize(
    ("phase", "reason", "expected"),
    [
        (P.REGISTERED, None, S.RINGING),
        (P.STARTED, None, S.CONNECTED),
        (P.TALKING, None, S.IN_PROGRESS),
        (P.ENDED, "agent_hangup", S.COMPLETED),
        (P.ENDED, "dial_busy", S.FAILED),
    ],
)
def test_an_outside_call_goes_by_its_phase_and_is_in_no_rate(phase: Phase, reason: str | None, expected: CallStatus) -> None:
    outside = replace(CALL, origin=Origin.OUTSIDE, told=told(phase, reason, started_seen=phase >= P.STARTED))
    derived = derive(outside, [])
    assert (derived.status, derived.is_reached, derived.dialled_at) == (expected, False, None)


@pytest.mark.parametrize(
    ("ended", "reached"),
    [
        (told(P.ENDED, "user_hangup", duration_ms=1), True),
        (told(P.ENDED, "error_asr", started_seen=True), True),
        (told(P.ENDED, "voicemail_reached", started_seen=True), False),
        (told(P.ANALYSED, "user_hangup", started_seen=True, in_voicemail=True), False),
        (told(P.ENDED, "dial_no_answer"), False),
        (told(P.TALKING, started_seen=True), False),
    ],
)
def test_reached_is_started_and_no_machine(ended: Told, reached: bool) -> None:
    assert derive(replace(CALL, told=ended), [dial(D.FINISHED)]).is_reached is reached


def test_everything_of_a_good_talk() -> None:
    talk = told(
        P.ANALYSED,
        "agent_hangup",
        provider_status="ended",
        started_seen=True,
        turns=TALK,
        language="en-US",
        user_sentiment="Positive",
        call_successful=True,
        custom={"appointment_date": "2026-11-24"},
        latency_p50_ms=1_200,
    )
    # goal 40 + mood 17 + share 20 (11 of 25 words) + delay 9 + ending 10
    assert derive(replace(CALL, told=talk), [dial(D.FINISHED)]) == Derived(
        status=S.COMPLETED,
        outcome=Outcome.APPOINTMENT_SCHEDULED,
        sentiment=0.7,
        intent="book",
        keywords=("solar", "panels", "old", "book", "tuesday"),
        quality_score=96,
        quality_reason="Gained most from the goal (40 of 40) and lost most on their mood (17 of 20).",
        dialled_at=SENT,
        occurred_at=SENT,
        is_reached=True,
        ended_class="talked",
    )


def test_a_machines_words_are_nobodys() -> None:
    voicemail = told(P.ANALYSED, "voicemail_reached", started_seen=True, turns=TALK)
    derived = derive(replace(CALL, told=voicemail), [dial(D.FINISHED)])
    assert (derived.intent, derived.keywords, derived.quality_score) == (None, (), None)
    assert derived.outcome is Outcome.VOICEMAIL


def test_what_the_analysis_gives_under_our_names_is_shown_as_given() -> None:
    given = told(
        P.ANALYSED,
        "user_hangup",
        turns=TALK,
        user_sentiment="Negative",
        custom={
            "Sentiment": "0.25",
            "intent": "upgrade",
            "keywords": ["boiler", " heat pump ", ""],
            "qualityScore": 71.5,
            "quality_reason": "Listened well.",
        },
    )
    derived = derive(replace(CALL, told=given), [dial(D.FINISHED)])
    assert (derived.sentiment, derived.intent, derived.keywords) == (0.25, "upgrade", ("boiler", "heat pump"))
    assert (derived.quality_score, derived.quality_reason) == (72, "Listened well.")


@pytest.mark.parametrize(
    ("word", "custom", "sentiment"),
    [
        ("Positive", {}, 0.7),
        ("Neutral", {}, 0.0),
        ("Negative", {}, -0.7),
        ("Unknown", {}, None),
        (None, {}, None),
        ("Negative", {"sentiment_score": 1}, 1.0),
        ("Negative", {"sentiment": 4}, -0.7),
        ("Negative", {"sentiment": True}, -0.7),
        ("Negative", {"sentiment": float("nan")}, -0.7),
        ("Negative", {"sentiment": 10**400}, -0.7),
        ("Negative", {"sentiment": "positive"}, 0.7),
        ("Negative", {"sentiment": {"mood": 1}}, -0.7),
    ],
)
def test_sentiment_is_a_number_from_minus_one_to_one(word: str | None, custom: dict[str, Any], sentiment: float | None) -> None:
    analysed = told(P.ANALYSED, "user_hangup", user_sentiment=word, custom=custom)
    assert derive(replace(CALL, told=analysed), []).sentiment == sentiment


def test_a_persons_outcome_stands_at_any_time() -> None:
    by_hand = replace(CALL, outcome_by_hand=Outcome.SALE_MADE)
    for each in (Told(), told(P.TALKING), told(P.ENDED, "dial_busy"), told(P.ENDED, "voicemail_reached")):
        assert derive(replace(by_hand, told=each), []).outcome is Outcome.SALE_MADE


def test_before_the_end_nothing_is_read_from_the_talk() -> None:
    derived = derive(replace(CALL, told=told(P.TALKING, turns=TALK)), [dial(D.LIVE)])
    assert (derived.intent, derived.keywords, derived.outcome, derived.quality_score) == (None, (), None, None)


def test_an_erased_call_keeps_its_status() -> None:
    erased = told(P.ERASED, "user_hangup", duration_ms=5_000)
    derived = derive(replace(CALL, told=erased), [dial(D.FINISHED)])
    assert (derived.status, derived.is_reached, derived.intent) == (S.COMPLETED, True, None)
