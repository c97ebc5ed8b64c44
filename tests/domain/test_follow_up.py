"""What a call leaves to be done, and how sure we are of when."""

from datetime import UTC, datetime
from typing import Any

import pytest

from callcenter.domain.call import Call, Outcome, Phase, Told, Turn
from callcenter.domain.follow_up import FollowUp, follow_up

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def ended(reason: str = "user_hangup", *, by_hand: Outcome | None = None, **told: Any) -> Call:
    told = {"phase": Phase.ANALYSED, "provider_status": "ended", "ended_at": NOON, "disconnection_reason": reason} | told
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


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("custom", "at", "is_sure"),
    [
        ({"appointment_at": "2026-11-25T10:00:00Z"}, utc(25, 10), True),
        ({"appointment_time": "2026-11-25T10:00:00-05:00"}, utc(25, 15), True),
        ({"appointment_date": "2026-11-25T10:00"}, utc(25, 9), True),
        ({"appointment_date": "2026-11-25", "appointment_time": "10:30"}, utc(25, 9, 30), True),
        ({"Appointment Date": "2026-11-25", "Appointment Time": "3 PM"}, utc(25, 14), True),
        ({"appointment_date": "2026-11-25", "appointment_time": "12:15 a.m."}, utc(24, 23, 15), True),
        ({"appointment_date": "2026-11-25", "appointment_time": "15h30"}, utc(25, 14, 30), True),
        ({"appointment_date": "2026-11-25"}, utc(25, 8), False),
        ({"appointment_date": "2026-11-25", "appointment_time": "after lunch"}, utc(25, 8), False),
        ({"appointment_date": "2026-11-25", "appointment_time": "25:00"}, utc(25, 8), False),
        ({"appointment_date": "next Tuesday"}, None, False),
        ({"appointment_date": "2024-11-25", "appointment_time": "10:00"}, None, False),
        ({"appointment_booked": True}, None, False),
        ({"appointment_date": "0001-01-01"}, None, False),
    ],
)
def test_an_appointment_is_due_when_the_analysis_says(custom: dict[str, Any], at: datetime | None, is_sure: bool) -> None:
    found = follow_up(ended(custom=custom), zone=BERLIN)
    assert found is not None
    assert (found.kind, found.at, found.is_sure) == ("appointment", at, is_sure)


@pytest.mark.parametrize("zone", [None, "", "Mars/Olympus", "../etc/passwd"])
def test_a_time_without_a_zone_is_no_instant_unless_the_leads_zone_is_known(zone: str | None) -> None:
    found = follow_up(ended(custom={"appointment_date": "2026-11-25", "appointment_time": "10:30"}), zone=zone)
    assert found == FollowUp("appointment", None, "2026-11-25 10:30", is_sure=False)


def test_an_outcome_alone_makes_an_appointment_without_a_time() -> None:
    found = follow_up(ended(custom={"outcome": "appointment_scheduled"}), zone=BERLIN)
    assert found == FollowUp("appointment", None, "Appointment made", is_sure=False)


@pytest.mark.parametrize("field", ["callback_time", "call_back_at", "follow_up_date", "Callback DateTime", "followupStart"])
def test_a_call_back_is_due_when_they_asked_for_it(field: str) -> None:
    found = follow_up(ended("user_requested_callback", custom={field: "2026-11-24T09:00"}), zone=BERLIN)
    assert found == FollowUp("follow_up", utc(24, 8), "2026-11-24T09:00", is_sure=True)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (ended("user_requested_callback"), "Asked for a call back"),
        (ended(custom={"callback_requested": True}), "Asked for a call back"),
        (ended(custom={"callback_time": "after six"}), "after six"),
        (ended(turns=(Turn("user", "Call me back later."),)), "Call me back later."),
    ],
)
def test_a_wish_for_a_call_back_without_a_time_is_kept_in_words(call: Call, words: str) -> None:
    assert follow_up(call, zone=BERLIN) == FollowUp("follow_up", None, words, is_sure=False)


@pytest.mark.parametrize(
    "call",
    [
        ended(turns=(Turn("user", "I am busy, call me back Thursday after four."),)),
        ended("user_requested_callback", custom={"callback_time": "Thursday after four"}),
    ],
)
def test_a_time_in_words_is_a_date_that_somebody_confirms(call: Call) -> None:
    found = follow_up(call, zone=BERLIN)
    assert found is not None
    assert (found.at, found.is_sure) == (utc(26, 15), False)
    unknown = follow_up(call, zone=None)
    assert unknown is not None
    assert unknown.at is None


@pytest.mark.parametrize(
    "call",
    [
        ended(),
        ended("user_requested_callback", phase=Phase.STARTED),
        ended("voicemail_reached", turns=(Turn("user", "Please call me back later."),)),
        ended(in_voicemail=True, custom={"callback_requested": True}),
        ended("user_requested_callback", turns=(Turn("user", "Don't call me again."),)),
        ended("user_requested_callback", by_hand=Outcome.WRONG_NUMBER),
        ended(custom={"callback_requested": "no", "callback_time": "none"}),
        ended(custom={"appointment_declined": True, "appointment_date": None}),
        ended(turns=(Turn("user", "Call me back later."), Turn("user", "No, thank you."))),
        ended(turns=(Turn("user", "Call me back later."),), call_successful=True),
    ],
)
def test_nothing_is_left_to_do(call: Call) -> None:
    assert follow_up(call, zone=BERLIN) is None
