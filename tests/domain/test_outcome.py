"""What came of a call: which voice speaks first, and which of them take a number off every list."""

from datetime import UTC, datetime
from typing import Any

import pytest

from callcenter.domain.call import Call, Outcome, Phase, Told, Turn
from callcenter.domain.outcome import decide_outcome, has_started, suppresses

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
O = Outcome  # noqa: E741
STOP = (Turn("agent", "Hello?"), Turn("user", "Stop calling me."))


def ended(reason: str | None = "user_hangup", *, by_hand: Outcome | None = None, **told: Any) -> Call:
    told = {"phase": Phase.ANALYSED, "provider_status": "ended", "disconnection_reason": reason} | told
    return Call(
        call_id="1",
        client_id="2",
        root_call_id="1",
        to_number="+12125550123",
        scheduled_at=NOON,
        created_at=NOON,
        updated_at=NOON,
        outcome_by_hand=by_hand,
        told=Told(**told),
    )


@pytest.mark.parametrize(
    ("call", "outcome"),
    [
        # 1 by hand, over everything
        (ended("user_requested_dnc", by_hand=O.SALE_MADE, in_voicemail=True, turns=STOP), O.SALE_MADE),
        # 2 the person opted out
        (ended("user_requested_dnc", in_voicemail=True, custom={"outcome": "sale_made"}), O.DO_NOT_CALL),
        # 3 a machine
        (ended("voicemail_reached", turns=STOP, custom={"do_not_call": True}), O.VOICEMAIL),
        (ended("user_hangup", in_voicemail=True, turns=STOP, call_successful=True), O.VOICEMAIL),
        # 4 nobody, bad number
        (ended("dial_busy", provider_status="not_connected", custom={"outcome": "sale_made"}), O.NO_ANSWER),
        (ended("invalid_destination", custom={"sale_made": True}), O.WRONG_NUMBER),
        # 5 their own words
        (ended(turns=STOP, custom={"outcome": "sale_made"}, call_successful=True), O.DO_NOT_CALL),
        (ended("inactivity", turns=STOP), O.DO_NOT_CALL),
        # 6 a custom field that names one of the ten
        (ended(custom={"outcome": "qualified_lead", "sale_made": True}), O.QUALIFIED_LEAD),
        (ended(custom={"Call Outcome": "Appointment Scheduled"}), O.APPOINTMENT_SCHEDULED),
        (ended(custom={"callOutcome": "NOT-INTERESTED"}, call_successful=True), O.NOT_INTERESTED),
        (ended(custom={"disposition": "failed"}), O.FAILED),
        (ended(custom={"outcome": "splendid", "disposition": "sale_made"}), O.SALE_MADE),
        (ended(custom={"outcome": "splendid"}), None),
        # 7 custom facts, in their order
        (ended(custom={"not_interested": True, "do_not_call": "yes"}), O.DO_NOT_CALL),
        (ended(custom={"qualified_lead": True, "wrong_number": True}), O.WRONG_NUMBER),
        (ended(custom={"appointment_date": "2026-11-25", "Sale Made": "true"}), O.SALE_MADE),
        (ended(custom={"appointment_time": "10:00", "qualified": True}), O.APPOINTMENT_SCHEDULED),
        (ended(custom={"qualified_for_loan": "for the small one", "not_interested": True}), O.QUALIFIED_LEAD),
        (ended(custom={"isQualified": True}), O.QUALIFIED_LEAD),
        (ended(custom={"not_interested": 1}, call_successful=True), O.NOT_INTERESTED),
        # what fills a field and yet says no
        (ended(custom={"do_not_call": False, "sale_made": "No", "appointment_date": "N/A", "qualified": 0}), None),
        (ended(custom={"appointment_date": "", "not_interested": None, "wrong_number": "none"}), None),
        (ended(custom={"appointment_declined": True, "appointment_notes": "wants none"}), None),
        # 8 and 9 whether the call went well
        (ended(call_successful=True), O.SUCCESSFUL),
        (ended("error_asr", call_successful=True), O.SUCCESSFUL),
        (ended(call_successful=False), None),
        # 10 the class
        (ended("inactivity"), O.FAILED),
        (ended("dial_failed", provider_status="not_connected", call_successful=False), O.FAILED),
        (ended("manual_stopped"), None),
        (ended(None), None),
        (ended("abducted_by_aliens"), O.FAILED),
    ],
)
def test_the_first_that_speaks_decides(call: Call, outcome: Outcome | None) -> None:
    assert decide_outcome(call, intent="other") is outcome


def test_a_failure_with_a_no_from_the_lead_is_not_interested() -> None:
    assert decide_outcome(ended(call_successful=False), intent="decline") is O.NOT_INTERESTED
    assert decide_outcome(ended(call_successful=None), intent="decline") is None
    assert decide_outcome(ended(call_successful=True), intent="decline") is O.SUCCESSFUL


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (ended("user_requested_dnc"), "Asked not to be called"),
        (ended("user_requested_dnc", turns=STOP), "Stop calling me."),
        (ended("user_requested_dnc", in_voicemail=True), "Asked not to be called"),
        (ended(turns=STOP), "Stop calling me."),
        (ended(transcript="Agent: Hello?\nUser: No me llame más."), "No me llame más."),
        (ended("error_asr", turns=STOP), "Stop calling me."),
        (ended(custom={"outcome": "do_not_call"}), "The call's analysis says do not call"),
        (ended(custom={"do_not_call": True}), "The call's analysis says do not call"),
        (ended(custom={"do_not_call": True, "outcome": "sale_made"}), "The call's analysis says do not call"),
        (ended(by_hand=O.DO_NOT_CALL), "Marked as do not call by hand"),
        (ended("voicemail_reached", by_hand=O.DO_NOT_CALL, phase=Phase.NONE), "Marked as do not call by hand"),
        # the signal counts, whichever line decided the outcome
        (ended(turns=STOP, by_hand=O.SALE_MADE), "Stop calling me."),
        (ended(turns=STOP, custom={"outcome": "sale_made"}), "Stop calling me."),
        # no signal, or a machine's
        (ended(), None),
        (ended(turns=(Turn("agent", "Stop calling me."),)), None),
        (ended("voicemail_reached", turns=STOP), None),
        (ended("ivr_reached", turns=STOP, custom={"do_not_call": True}), None),
        (ended(turns=STOP, in_voicemail=True, custom={"outcome": "do_not_call"}), None),
        (ended("dial_busy", custom={"do_not_call": "no"}), None),
        # before the end nobody can tell a person from a greeting
        (ended(None, turns=STOP, phase=Phase.TALKING), None),
    ],
)
def test_a_number_is_suppressed_by_the_signal_not_by_the_outcome(call: Call, why: str | None) -> None:
    assert suppresses(call) == why


@pytest.mark.parametrize(
    ("told", "started"),
    [
        (Told(), False),
        (Told(phase=Phase.ENDED, duration_ms=0, transcript=""), False),
        (Told(phase=Phase.ENDED, turns=(Turn("tool", "x", tool="end_call"),)), False),
        (Told(started_seen=True), True),
        (Told(phase=Phase.ENDED, duration_ms=1), True),
        (Told(phase=Phase.ENDED, turns=(Turn("agent", "Hello?"),)), True),
        (Told(phase=Phase.ENDED, transcript="Agent: Hello?"), True),
    ],
)
def test_a_call_started_if_a_start_time_or_talk_is_told(told: Told, started: bool) -> None:
    assert has_started(told) is started
