"""Their JSON as our values: payloads as they come, poison, and what each is evidence of."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.adapters.retell.wire import KINDS, event_of_call, event_of_webhook
from callcenter.domain.call import FIELDS, CallEvent, EventKind, Phase, Told, Turn, canonical, fold
from callcenter.domain.errors import Invalid

PAYLOADS = Path(__file__).parent / "payloads"
START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


def payload(name: str) -> bytes:
    return (PAYLOADS / f"{name}.json").read_bytes()


def call_of(name: str, **changes: Any) -> dict[str, Any]:
    body = json.loads(payload(name))
    return {**body.get("call", body), **changes}


def webhook(event: str, call: dict[str, Any], **beside: Any) -> bytes:
    return json.dumps({"event": event, "call": call, **beside}).encode()


def without(call: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in call.items() if key not in keys}


def snapshot(call: dict[str, Any]) -> CallEvent:
    return event_of_call(json.dumps(call).encode())


# payloads as they come


def test_every_event_says_which_call_dial_and_installation_it_is_about():
    for name in ("call_started", "transcript_updated", "transfer_started", "call_ended", "call_analyzed", "not_connected"):
        event = event_of_webhook(payload(name))
        assert event.provider_call_id == "call_7c1e0b2f9d3a4c5e8f60718293a"
        assert event.token == "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
        assert event.our_call_id == "0193f0a1b2c37d4e8f90a1b2c3d4e5f6"
        assert event.install_id == "5f4e3d2c1b0a49388776655443322110"
        assert (event.from_number, event.to_number) == ("+14155550100", "+12135550111")
        assert (event.direction, event.agent_id) == ("outbound", "agent_52d1c7e09b4f4a6f8e3b2a1c0d")
        assert set(event.values) <= set(FIELDS)
        assert all(value is not None for value in event.values.values())


def test_a_started_call_has_its_start():
    event = event_of_webhook(payload("call_started"))
    assert (event.kind, event.phase, event.started_seen) == (EventKind.STARTED, Phase.STARTED, True)
    assert event.values == {"provider_status": "ongoing", "started_at": START, "agent_name": "Recall"}


def test_a_transcript_update_shows_that_people_talk():
    event = event_of_webhook(payload("transcript_updated"))
    assert (event.kind, event.phase, event.started_seen) == (EventKind.TRANSCRIPT, Phase.TALKING, True)
    assert [turn.role for turn in event.values["turns"]] == ["agent", "user", "agent"]


def test_a_transcript_beside_the_call_counts_too():
    call = call_of("transcript_updated")
    turns = call.pop("transcript_with_tool_calls")
    event = event_of_webhook(webhook("transcript_updated", call, transcript_with_tool_calls=turns))
    inside = event_of_webhook(payload("transcript_updated"))
    assert event.values["turns"] == inside.values["turns"]
    assert event.progress == inside.progress > 0
    also_null = event_of_webhook(
        webhook("transcript_updated", {**call, "transcript_with_tool_calls": None}, transcript_with_tool_calls=turns)
    )
    assert also_null.values["turns"] == inside.values["turns"]


def test_a_transfer_shows_that_people_talk_and_where_to():
    event = event_of_webhook(payload("transfer_started"))
    assert (event.kind, event.phase, event.name) == (EventKind.TRANSFER, Phase.TALKING, "transfer_started")
    assert event.values["transfer_destination"] == "+13125550142"


def test_an_ended_call_has_everything_but_its_analysis():
    event = event_of_webhook(payload("call_ended"))
    assert (event.kind, event.phase, event.started_seen) == (EventKind.ENDED, Phase.ENDED, True)
    values = dict(event.values)
    assert values.pop("transcript").startswith("Agent: Hello Ana")
    turns = values.pop("turns")
    assert turns[0] == Turn("agent", "Hello Ana, this is the dental clinic.", 0.3, 3.05)
    assert turns[4:] == (
        Turn("tool", '{"at":"2026-11-24T10:00"}', None, None, "book_appointment_cal"),
        Turn("tool", "booked", None, None, "book_appointment_cal"),
        Turn("other", "Goodbye"),
    )
    assert values == {
        "provider_status": "ended",
        "disconnection_reason": "agent_hangup",
        "started_at": START,
        "ended_at": START.replace(second=13, microsecond=250_000),
        "duration_ms": 13_250,
        "recording_url": "https://recordings.example.test/call_7c1e/recording.wav",
        "collected": {"slot": "Tuesday 10:00"},
        "agent_name": "Recall",
        "latency_p50_ms": 812,
        "latency_p90_ms": 1104,
        "cost": 18_458,
        "cost_lines": (("elevenlabs_tts", 15_458), ("gpt_4o", 3_000)),
    }


def test_an_analysed_call_has_its_analysis_without_what_is_null():
    event = event_of_webhook(payload("call_analyzed"))
    assert (event.kind, event.phase) == (EventKind.ANALYSED, Phase.ANALYSED)
    assert event.values["summary"] == "Ana booked Tuesday at ten."
    assert (event.values["in_voicemail"], event.values["call_successful"]) == (False, True)
    assert event.values["user_sentiment"] == "Positive"
    assert event.values["custom"] == {"appointment_date": "2026-11-24T10:00:00", "outcome": "appointment_scheduled"}


def test_a_call_that_nobody_answered_never_started_though_retell_gives_it_a_start():
    event = event_of_webhook(payload("not_connected"))
    assert (event.phase, event.started_seen) == (Phase.ENDED, False)
    assert "started_at" not in event.values
    assert event.values["duration_ms"] == 0
    assert event.values["cost"] == 0


# where things may stand, and what they may be called


@pytest.mark.parametrize(
    ("name", "kind", "phase"),
    [
        ("call_ringing", EventKind.RINGING, Phase.RINGING),
        ("call_connected", EventKind.STARTED, Phase.STARTED),
        ("call_answered", EventKind.STARTED, Phase.STARTED),
        ("transfer_ended", EventKind.TRANSFER, Phase.TALKING),
        ("call_failed", EventKind.ENDED, Phase.ENDED),
        ("call_completed", EventKind.ENDED, Phase.ENDED),
    ],
)
@pytest.mark.parametrize("place", ["call", "data", "root"])
def test_other_senders_names_and_places_are_understood(name: str, kind: EventKind, phase: Phase, place: str):
    call = {"call_id": "call_x", "metadata": {"callcenter_token": "t"}}
    body = {"event": name, **call} if place == "root" else {"event": name, place: call}
    event = event_of_webhook(json.dumps(body).encode())
    assert (event.kind, event.phase, event.name) == (kind, phase, name)
    assert (event.provider_call_id, event.token) == ("call_x", "t")


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("call_failed", None, "error"), ("call_failed", "registered", "error"), ("call_failed", "not_connected", "not_connected"),
        ("call_completed", None, "ended"), ("call_completed", "ended", "ended"),
        ("call_ended", None, None), ("call_ended", "registered", None), ("call_ended", "ongoing", None),
        ("call_ended", "error", "error"), ("call_ended", "put_on_ice", "put_on_ice"),
    ],
)  # fmt: skip
def test_an_end_has_the_status_its_body_says_else_the_one_of_its_name(name: str, status: str | None, expected: str | None):
    event = event_of_webhook(webhook(name, {"call_id": "call_x", "call_status": status}))
    assert event.values.get("provider_status") == expected


@pytest.mark.parametrize("name", ["call_inbound", "chat_started", "", "call_started ", "voicemail_detected", "x" * 5000])
def test_an_unknown_event_is_kept_as_other_and_never_folded(name: str):
    event = event_of_webhook(webhook(name, call_of("call_ended")))
    assert (event.kind, event.phase, dict(event.values)) == (EventKind.OTHER, Phase.NONE, {})
    assert event.provider_call_id == "call_7c1e0b2f9d3a4c5e8f60718293a"
    assert fold(Told(), event) == Told()


@pytest.mark.parametrize("body", [{}, {"event": None}, {"event": 5}, {"event": ["call_ended"]}, {"event": "pong", "call": []}])
def test_a_body_without_a_known_event_need_not_name_a_call(body: dict[str, Any]):
    event = event_of_webhook(json.dumps(body).encode())
    assert (event.kind, event.provider_call_id) == (EventKind.OTHER, None)


@pytest.mark.parametrize("call_id", [None, "", 5, "two words", "x" * 201, "call_\n", "call_é", "call_\u0000 "])
def test_a_known_event_that_names_no_call_is_invalid(call_id: object):
    with pytest.raises(Invalid):
        event_of_webhook(webhook("call_ended", {"call_id": call_id}))
    assert event_of_webhook(webhook("call_ended", {"call_id": call_id, "metadata": {"callcenter_token": "t"}})).token == "t"


# snapshots


@pytest.mark.parametrize(
    ("status", "analysis", "kind", "phase"),
    [
        ("registered", None, EventKind.REGISTERED, Phase.REGISTERED),
        ("ongoing", None, EventKind.ONGOING, Phase.TALKING),
        ("ended", None, EventKind.SNAPSHOT, Phase.ENDED),
        ("ended", {}, EventKind.SNAPSHOT, Phase.ENDED),
        ("ended", {"call_summary": "x"}, EventKind.SNAPSHOT, Phase.ANALYSED),
        ("not_connected", None, EventKind.SNAPSHOT, Phase.ENDED),
        ("error", {"in_voicemail": False}, EventKind.SNAPSHOT, Phase.ANALYSED),
        ("on_hold", None, EventKind.REGISTERED, Phase.REGISTERED),
        (None, None, EventKind.REGISTERED, Phase.REGISTERED),
    ],
)
def test_a_fetched_call_is_evidence_of_the_phase_its_status_names(
    status: str | None, analysis: dict[str, Any] | None, kind: EventKind, phase: Phase
):
    event = snapshot({"call_id": "call_x", "call_status": status, "call_analysis": analysis})
    assert (event.kind, event.phase, event.name) == (kind, phase, "snapshot")


def test_the_answer_to_our_create_is_a_registered_call_without_a_cost():
    event = event_of_call(payload("created"))
    assert (event.kind, event.started_seen, event.token) == (EventKind.REGISTERED, False, "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
    assert event.values == {"provider_status": "registered", "agent_name": "Recall"}


def test_a_fetched_call_without_an_id_is_invalid():
    with pytest.raises(Invalid):
        snapshot({"call_status": "ended"})


def test_a_listed_call_never_beats_a_fetched_one():
    fetched = call_of("call_analyzed")
    listed = without(fetched, "transcript", "transcript_object", "transcript_with_tool_calls")
    assert snapshot(listed).progress < snapshot(fetched).progress
    assert snapshot(without(fetched, "call_analysis")).progress < snapshot(listed).progress


def test_a_later_end_of_a_transferred_leg_wins():
    call = call_of("call_analyzed")
    assert snapshot({**call, "transfer_end_timestamp": 1795449700000}).progress > snapshot(call).progress


def test_more_turns_are_more_progress_and_at_equal_turns_more_text():
    def update(*texts: str) -> CallEvent:
        turns = [{"role": "user", "content": text} for text in texts]
        return event_of_webhook(webhook("transcript_updated", {"call_id": "c", "transcript_with_tool_calls": turns}))

    assert update("a").progress < update("a b").progress < update("a", "b").progress


# what is left out


@pytest.mark.parametrize(
    "changes",
    [
        {"start_timestamp": "1795449600000"}, {"start_timestamp": True}, {"start_timestamp": 1795449600}, {"start_timestamp": -1},
        {"start_timestamp": 10**40}, {"start_timestamp": 1e308}, {"start_timestamp": None}, {"start_timestamp": [1]},
    ],
)  # fmt: skip
def test_a_time_that_cannot_be_is_absent(changes: dict[str, Any]):
    assert "started_at" not in snapshot(call_of("call_ended", **changes)).values


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x.test/a", "https://x.test/a\nb", 7, "", "https://" + "x" * 5000])
def test_a_recording_address_that_is_none_is_absent(url: object):
    assert "recording_url" not in snapshot(call_of("call_ended", recording_url=url)).values


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({"call_cost": None}, None), ({"call_cost": {"combined_cost": -1}}, None), ({"call_cost": {"combined_cost": "5"}}, None),
        ({"call_cost": {"combined_cost": True}}, None), ({"call_cost": {"combined_cost": 0}}, None),
        ({"call_cost": {"combined_cost": 0}, "call_analysis": {"call_summary": "x"}}, 0),
        ({"call_cost": {"combined_cost": 10**12}}, None),
        ({"call_cost": {"combined_cost": 70}}, 700_000),
    ],
)  # fmt: skip
def test_cents_become_micro_dollars_and_a_bill_not_yet_made_up_is_absent(changes: dict[str, Any], cost: int | None):
    assert snapshot(call_of("call_ended", **changes)).values.get("cost") == cost


def test_a_running_call_has_neither_cost_nor_duration_yet():
    event = snapshot(call_of("call_ended", call_status="ongoing"))
    assert not {"cost", "cost_lines", "duration_ms"} & set(event.values)


def test_wrong_types_and_nulls_everywhere_leave_everything_out():
    for junk in (None, 5, [], {}, True, "", [None, 3, "x", []]):
        call = dict.fromkeys(call_of("call_analyzed"), junk) | {"call_id": "call_x"}
        values = event_of_webhook(webhook("call_analyzed", call)).values
        assert set(values) <= {"duration_ms"}  # 5 is a duration


# transcripts


@pytest.mark.parametrize(
    ("item", "turn"),
    [
        ({"role": "transfer_target", "content": "Front desk."}, Turn("transfer_target", "Front desk.")),
        ({"role": "dtmf", "digit": "5"}, Turn("other", "5")),
        ({"role": "sms", "content": "Here is the link", "time_sec": 3.5}, Turn("other", "Here is the link", 3.5)),
        ({"role": "injected", "content": "Be brief", "time_sec": 4}, Turn("other", "Be brief", 4)),
        ({"role": "something_new", "content": "?"}, Turn("other", "?")),
        ({"content": "no role"}, Turn("other", "no role")),
        ({"role": "tool_call_result", "tool_call_id": "unseen", "content": "ok"}, Turn("tool", "ok")),
        ({"role": "user", "content": "Hi", "words": [{"word": "Hi", "start": -1, "end": "x"}, 7]}, Turn("user", "Hi")),
    ],
)
def test_each_kind_of_item_becomes_a_turn(item: dict[str, Any], turn: Turn):
    assert snapshot({"call_id": "c", "transcript_with_tool_calls": [item, None, 5]}).values["turns"] == (turn,)


def test_without_tool_calls_the_plain_items_are_used_and_without_those_the_lines():
    call = call_of("call_ended")
    plain = snapshot(without(call, "transcript_with_tool_calls")).values["turns"]
    assert [turn.role for turn in plain] == ["agent", "user", "agent", "user"]
    lines = snapshot(without(call, "transcript_with_tool_calls", "transcript_object")).values["turns"]
    assert [(turn.role, turn.text) for turn in lines] == [(turn.role, turn.text) for turn in plain]


def test_a_line_that_names_nobody_goes_on_with_the_turn_before():
    transcript = "lost\nAgent: Hello,\n\n  how are you?\nUSER:fine\nTransfer Target: yes\nUser:\n"
    turns = snapshot({"call_id": "c", "transcript": transcript}).values["turns"]
    assert turns == (Turn("agent", "Hello,\nhow are you?"), Turn("user", "fine"), Turn("transfer_target", "yes"))


def test_only_speech_or_a_duration_proves_that_an_ended_call_started():
    ended: dict[str, Any] = {"call_id": "c", "call_status": "ended"}
    tool = {"role": "tool_call_invocation", "tool_call_id": "t", "name": "end_call"}
    assert not snapshot(ended).started_seen
    assert not snapshot({**ended, "transcript_with_tool_calls": [tool]}).started_seen
    assert snapshot({**ended, "transcript_with_tool_calls": [{"role": "agent", "content": "Hi"}]}).started_seen
    assert snapshot({**ended, "duration_ms": 1}).started_seen
    assert not snapshot({**ended, "duration_ms": 0}).started_seen


# digest and fold


def test_a_call_spelled_in_another_way_changes_nothing_but_who_said_it():
    call = call_of("call_ended")
    spaced = event_of_webhook(json.dumps({"call": dict(reversed(call.items())), "event": "call_ended"}, indent=2).encode())
    compact = event_of_webhook(webhook("call_ended", call))
    one, other = fold(fold(Told(), spaced), compact), fold(fold(Told(), compact), spaced)
    assert canonical(one) == canonical(other)
    assert replace(one, keys={}) == replace(fold(Told(), compact), keys={})
    assert spaced.values == compact.values
    assert spaced.digest != compact.digest


def test_every_order_of_a_calls_evidence_folds_to_the_same_record():
    fetched = call_of("call_analyzed")
    evidence = [
        event_of_call(payload("created")),
        event_of_webhook(payload("call_started")),
        event_of_webhook(payload("transcript_updated")),
        event_of_webhook(payload("call_ended")),
        event_of_webhook(payload("call_analyzed")),
        snapshot(without(fetched, "transcript", "transcript_object", "transcript_with_tool_calls")),
    ]
    records: set[str] = set()
    for order in permutations(evidence):
        told = Told()
        for event in order:
            told = fold(told, event)
        records.add(canonical(told))
    assert len(records) == 1


# poison


@pytest.mark.parametrize(
    "poison",
    [
        b"\\ud800", b"a\\u0000b", b'","n":NaN,"x":"', b'","n":1e400,"x":"', b'","n":' + b"9" * 5000 + b',"x":"',
        b'","n":' + str(2**70).encode() + b',"x":"',
    ],
)  # fmt: skip
def test_poison_in_a_value_does_not_lose_the_result(poison: bytes):
    raw = payload("call_analyzed").replace(b"Ana booked", b"Ana " + poison + b" booked")
    event = event_of_webhook(raw)
    assert event.values["disconnection_reason"] == "agent_hangup"
    json.dumps(dict(event.values["custom"]), ensure_ascii=False).encode()
    assert "\x00" not in event.values["summary"]


@pytest.mark.parametrize("raw", [b"[]", b'[{"event":"call_ended"}]', b'{"call":' * 100_000, b"\xff", b"", b"null"])
def test_a_body_that_cannot_be_read_is_invalid(raw: bytes):
    for read in (event_of_webhook, event_of_call):
        with pytest.raises(Invalid):
            read(raw)


SCRAPS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]), max_size=20)
    | st.sampled_from(["agent", "user", "ended", "call_x", "https://x.test/a", 1795449600000, "Agent: hi\nUser: yes"])
)  # fmt: skip
KNOWN_KEYS = st.sampled_from(
    [*call_of("call_analyzed"), "role", "content", "words", "start", "end", "e2e", "p50", "combined_cost", "product_costs",
     "cost", "product", "call_summary", "custom_analysis_data", "callcenter_token", "time_sec", "name", "tool_call_id",
     "arguments"]
)  # fmt: skip
VALUES = st.recursive(
    SCRAPS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KNOWN_KEYS, inner, max_size=5), max_leaves=20
)
CALLS = st.dictionaries(KNOWN_KEYS, VALUES, max_size=12)


@given(st.sampled_from([*KINDS, "other"]), CALLS)
def test_whatever_comes_it_is_an_event_or_invalid(name: str, call: dict[str, Any]):
    body = {"event": name, "call": call}
    for read, value in ((event_of_webhook, body), (event_of_call, call)):
        try:
            event = read(json.dumps(value).encode())
        except Invalid:
            continue
        told = fold(Told(), event)
        assert canonical(fold(told, event)) == canonical(told)
        canonical(told).encode()
        assert 0 <= event.progress < 2**53
        assert len(event.digest) == 64
