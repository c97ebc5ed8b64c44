"""Every order, every repetition, one at a time or all at once: the same evidence makes the same record."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import reduce
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.call import FIELDS, PERSONAL_FIELDS, CallEvent, EventKind, Phase, Told, Turn, canonical, fold

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CALL_ID = "call_0a1b2c3d4e5f60718293a4b5c6d"
PHASES = {
    EventKind.REGISTERED: Phase.REGISTERED,
    EventKind.RINGING: Phase.RINGING,
    EventKind.STARTED: Phase.STARTED,
    EventKind.TRANSCRIPT: Phase.TALKING,
    EventKind.ONGOING: Phase.TALKING,
    EventKind.TRANSFER: Phase.TALKING,
    EventKind.ENDED: Phase.ENDED,
    EventKind.ANALYSED: Phase.ANALYSED,
    EventKind.SNAPSHOT: Phase.ANALYSED,
    EventKind.ERASURE: Phase.ERASED,
    EventKind.OTHER: Phase.NONE,
}


def event(kind: EventKind, digest: str = "a", *, progress: int = 0, **values: Any) -> CallEvent:
    return CallEvent(
        kind=kind,
        name=kind.value,
        provider_call_id=CALL_ID,
        phase=PHASES[kind],
        progress=progress,
        digest=digest,
        values=values,
        started_seen=kind in (EventKind.STARTED, EventKind.TRANSCRIPT, EventKind.ONGOING, EventKind.TRANSFER),
    )


def folded(events: Iterable[CallEvent], start: Told | None = None) -> Told:
    return reduce(fold, events, start or Told())


HELLO, HOW_MUCH, BYE = Turn("agent", "Hello?", 0.0, 0.8), Turn("user", "How much is it?", 1.1, 2.0), Turn("user", "Bye.", 9.0)

#: A call as Retell tells it: each of its webhooks, and what a fetch in between gives.
A_TALK = (
    event(EventKind.STARTED, "s1", provider_status="ongoing", started_at=NOON, agent_name="Ava"),
    event(EventKind.TRANSCRIPT, "t1", progress=1, turns=(HELLO,)),
    event(EventKind.TRANSCRIPT, "t2", progress=2, turns=(HELLO, HOW_MUCH)),
    event(
        EventKind.ENDED,
        "e1",
        progress=3,
        provider_status="ended",
        disconnection_reason="user_hangup",
        started_at=NOON,
        ended_at=NOON + timedelta(seconds=10),
        duration_ms=10_000,
        transcript="Agent: Hello?\nUser: How much is it?\nUser: Bye.",
        turns=(HELLO, HOW_MUCH, BYE),
        cost=110_000,
    ),
    event(
        EventKind.ANALYSED,
        "a1",
        progress=3,
        provider_status="ended",
        disconnection_reason="user_hangup",
        ended_at=NOON + timedelta(seconds=10),
        duration_ms=10_000,
        recording_url="https://example.com/r.wav",
        summary="Asked for the price.",
        user_sentiment="Neutral",
        call_successful=False,
        custom={"budget": 100, "notes": {"z": 1, "a": [1, 2]}},
        cost=120_000,
    ),
    event(EventKind.SNAPSHOT, "p1", progress=3, disconnection_reason="user_hangup", cost=130_000, cost_lines=(("tts", 5),)),
    event(EventKind.TRANSFER, "x1", transfer_destination="+12125550123"),
)
#: One that never connected, told thrice, with an early fetch that still called it registered.
NO_ANSWER = (
    event(EventKind.REGISTERED, "r1", provider_status="registered"),
    event(EventKind.ENDED, "e1", provider_status="registered", disconnection_reason="dial_no_answer"),
    event(EventKind.ENDED, "e2", provider_status="not_connected", disconnection_reason="dial_no_answer"),
    event(EventKind.ANALYSED, "a1", provider_status="not_connected", call_successful=False),
    event(EventKind.SNAPSHOT, "p1", provider_status="not_connected", disconnection_reason="dial_no_answer"),
)
#: Erased while late news still comes in.
FORGOTTEN = (
    *A_TALK[2:5],
    event(EventKind.ERASURE, "z1"),
    event(EventKind.ERASURE, "z2", custom={"outcome": "sale_made"}),
)


@pytest.mark.parametrize("events", [A_TALK, NO_ANSWER, FORGOTTEN], ids=["talk", "no answer", "erased"])
def test_every_order_of_a_calls_events_ends_in_the_same_call(events: Sequence[CallEvent]) -> None:
    expected = canonical(folded(events))
    for order in itertools.permutations(events):
        assert canonical(folded(order)) == expected


@pytest.mark.parametrize("events", [A_TALK[:5], NO_ANSWER, FORGOTTEN], ids=["talk", "no answer", "erased"])
def test_repeats_at_any_place_change_nothing(events: Sequence[CallEvent]) -> None:
    expected = canonical(folded(events))
    for again in events:
        for order in itertools.permutations((*events, again)):
            assert canonical(folded(order)) == expected


values_of = st.fixed_dictionaries(
    {},
    optional={
        "provider_status": st.sampled_from(["registered", "ongoing", "ended", ""]),
        "disconnection_reason": st.sampled_from(["user_hangup", "dial_busy"]),
        "duration_ms": st.integers(0, 3),
        "turns": st.sampled_from([(), (HELLO,), (HELLO, HOW_MUCH)]),
        "transcript": st.sampled_from(["", "Agent: Hello?", "Agent: Hello? 😀\ud800"]),
        "in_voicemail": st.booleans(),
        "call_successful": st.booleans(),
        "custom": st.dictionaries(
            st.sampled_from("abc"), st.none() | st.booleans() | st.sampled_from([0, 1, 0.0, -0.0, 1.0, float("nan")]), max_size=2
        ),
        "ended_at": st.sampled_from([NOON, NOON.astimezone(timezone(timedelta(hours=2))), NOON + timedelta(1)]),
        "summary": st.sampled_from([None, "", "Short.", "Über 5 €", "\x00"]),
    },
)
events_of_a_call = st.lists(
    st.builds(
        event,
        st.sampled_from(EventKind),
        st.sampled_from("abc"),  # few digests on purpose, so that equal keys with different values occur
        progress=st.integers(0, 2),
    ).flatmap(lambda made: values_of.map(lambda values: replace(made, values=values))),
    max_size=7,
)


@given(events=events_of_a_call, data=st.data())
def test_any_evidence_folds_the_same_in_any_order_and_multiplicity(events: list[CallEvent], data: st.DataObject) -> None:
    repeated = events + data.draw(st.lists(st.sampled_from(events), max_size=4) if events else st.just([]))
    shuffled = data.draw(st.permutations(repeated))
    assert canonical(folded(shuffled)) == canonical(folded(events))


@given(events=events_of_a_call, cut=st.integers(0, 7))
def test_a_record_saved_halfway_and_folded_on_is_the_record_of_all(events: list[CallEvent], cut: int) -> None:
    assert canonical(folded(events[cut:], start=folded(events[:cut]))) == canonical(folded(events))


@given(events=events_of_a_call)
def test_nothing_is_ever_lost_but_by_erasure(events: list[CallEvent]) -> None:
    told = Told()
    for each in events:
        after = fold(told, each)
        assert after.phase >= told.phase
        assert after.started_seen >= told.started_seen
        for name in FIELDS:
            if getattr(after, name) in (None, (), {}):
                erased = name in PERSONAL_FIELDS and after.phase is Phase.ERASED
                assert erased or getattr(told, name) in (None, (), {})
        told = after


@pytest.mark.parametrize(
    ("weaker", "stronger"),
    [
        (EventKind.STARTED, EventKind.TRANSCRIPT),
        (EventKind.TRANSCRIPT, EventKind.TRANSFER),
        (EventKind.TRANSFER, EventKind.ENDED),
        (EventKind.ENDED, EventKind.ANALYSED),
        (EventKind.ANALYSED, EventKind.SNAPSHOT),
    ],
)
def test_the_stronger_evidence_wins_whatever_comes_last(weaker: EventKind, stronger: EventKind) -> None:
    less, more = event(weaker, "z", progress=9, summary="less"), event(stronger, "a", summary="more")
    assert folded([less, more]).summary == folded([more, less]).summary == "more"


def test_within_a_kind_the_evidence_that_saw_more_wins() -> None:
    early, late = event(EventKind.TRANSCRIPT, "z", progress=1, turns=(HELLO,)), A_TALK[2]
    assert folded([late, early]).turns == (HELLO, HOW_MUCH)


def test_should_equal_keys_ever_carry_different_values_the_order_still_does_not_decide() -> None:
    one, other = event(EventKind.ENDED, summary="one"), event(EventKind.ENDED, summary="other")
    assert folded([one, other]) == folded([other, one])


def test_an_empty_value_replaces_nothing() -> None:
    told = folded([A_TALK[3], event(EventKind.ANALYSED, transcript="", turns=(), custom={}, recording_url=None)])
    assert told.turns == (HELLO, HOW_MUCH, BYE)
    assert told.transcript is not None
    assert set(told.keys).isdisjoint({"custom", "recording_url"})


def test_false_and_zero_are_values() -> None:
    told = folded(
        [event(EventKind.ENDED, duration_ms=5, in_voicemail=True), event(EventKind.ANALYSED, duration_ms=0, in_voicemail=False)]
    )
    assert (told.duration_ms, told.in_voicemail) == (0, False)


def test_an_erased_call_stays_erased() -> None:
    told = folded([*A_TALK, event(EventKind.ERASURE), *A_TALK])
    assert told.phase is Phase.ERASED
    assert [getattr(told, name) for name in sorted(PERSONAL_FIELDS)] == [{}, {}, None, None, None, None, ()]
    assert told.duration_ms == 10_000
    assert "How much" not in canonical(told)


def test_an_erasure_may_say_what_remains() -> None:
    told = folded([*A_TALK, event(EventKind.ERASURE, custom={"outcome": "sale_made"}), *A_TALK])
    assert told.custom == {"outcome": "sale_made"}
    assert told.transcript is None


def test_what_we_do_not_know_is_not_folded() -> None:
    assert folded([replace(event(EventKind.OTHER, summary="?"), phase=Phase.ENDED)]) == Told()


def test_a_start_is_remembered_when_the_end_came_first() -> None:
    told = folded([A_TALK[3], A_TALK[0]])
    assert (told.phase, told.started_seen) == (Phase.ENDED, True)
    assert not folded(NO_ANSWER).started_seen


def test_a_retold_call_keeps_its_provider_call_id() -> None:
    assert folded([replace(A_TALK[0], provider_call_id=None), A_TALK[1]]).provider_call_id == CALL_ID


def test_equal_records_have_equal_text_whatever_their_zone_and_order_of_names() -> None:
    here, there = NOON, NOON.astimezone(timezone(timedelta(hours=-5)))
    assert canonical(Told(ended_at=here, custom={"a": 1, "b": 2})) == canonical(Told(ended_at=there, custom={"b": 2, "a": 1}))
    assert canonical(Told(custom={"a": 1})) != canonical(Told(custom={"a": "1"}))
