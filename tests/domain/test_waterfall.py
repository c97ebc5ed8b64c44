"""The waterfall counts every waiting call once, under the rule that stops it first, and says what it waits for."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.batch import BatchState
from callcenter.domain.eligibility import NumberFacts, judge
from callcenter.domain.hours import ALL_WEEK, DEFAULT_HOURS
from callcenter.domain.waterfall import likeness, waterfall
from tests.domain.test_eligibility import CALL, HOUR, NOW, ORDER, account_facts, ask, batch_facts, client_facts


def judged(*asks):
    return [(each, judge(each)) for each in asks]


def test_each_call_is_counted_under_the_first_rule_that_stops_it():
    stopped = NumberFacts(suppressed_why="asked")
    found = waterfall(judged(
        ask(), ask(), ask(number=stopped), ask(number=stopped, now=NOW + 7 * HOUR), ask(now=NOW + 7 * HOUR),
        ask(call=replace(CALL, scheduled_at=NOW + HOUR)),
    ))  # fmt: skip
    assert (found.judged, found.may_dial) == (6, 2)
    assert [stop.rule for stop in found.stops] == list(ORDER)
    assert [(s.rule, s.stopped, s.left) for s in found.stops if s.stopped] == [
        ("may_be_called", 2, 4), ("hours", 1, 3), ("due", 1, 2),
    ]  # fmt: skip
    assert found.stops[-1].left == found.may_dial
    assert found.stops[0].reasons == (("The number is on the do-not-call list: asked.", 2),)


def test_what_wait_for_the_same_hour_of_their_day_are_one_line_though_their_zones_differ():
    night = datetime(2026, 11, 23, 5, tzinfo=UTC)
    due = replace(CALL, scheduled_at=night)
    zones = ("Europe/Berlin", "Europe/London", "America/New_York", "Europe/Berlin")
    asks = [ask(now=night, call=due, zones=(zone,)) for zone in zones]
    found = waterfall(judged(*asks))
    nine = datetime(2026, 11, 23, 9)  # noqa: DTZ001 - a clock on a wall somewhere
    assert [(w.rule, w.count, w.local, w.next_at) for w in found.waits] == [("hours", 4, nine, night + 3 * HOUR)]
    assert found.openings == ((night + 3 * HOUR, 2), (night + 4 * HOUR, 1), (night + 9 * HOUR, 1))


def test_a_retry_behind_a_full_cap_waits_for_its_time_and_not_for_the_place():
    full = client_facts(used=5)
    retry = replace(CALL, attempt_number=2, scheduled_at=NOW + HOUR)
    found = waterfall(judged(ask(client=full), ask(client=full), ask(client=full, call=retry)))
    assert [(s.rule, s.stopped) for s in found.stops if s.stopped] == [("client_cap", 3)]
    assert [(w.rule, w.count, w.next_at, w.is_retry) for w in found.waits] == [
        ("client_cap", 2, None, False), ("due", 1, NOW + HOUR, True),
    ]  # fmt: skip
    assert found.openings == ((NOW + HOUR, 1),)


def test_what_only_a_person_can_change_comes_before_any_date():
    paused = batch_facts(state=BatchState.PAUSED, state_why="paused by Ana")
    (wait,) = waterfall(judged(ask(now=NOW + 7 * HOUR, batch=paused))).waits
    assert (wait.rule, wait.reason, wait.next_at) == ("batch_running", "The batch is paused by Ana.", None)


def test_the_pace_is_no_opening_for_everybody():
    paced = account_facts(pace_free_at=NOW + HOUR, used=20)
    found = waterfall(judged(ask(account=paced), ask(account=account_facts(pace_free_at=NOW + HOUR))))
    assert sorted(wait.rule for wait in found.waits) == ["account_cap", "pace"]
    assert found.openings == ()


moments = st.sampled_from([NOW - HOUR, NOW, NOW + HOUR, NOW + 30 * HOUR])
asks = st.builds(
    lambda at, back_off, paused, cancelled, closed, nth, sender, zones, windows, number: ask(
        call=replace(
            CALL, scheduled_at=at, not_before_at=back_off, paused_at=paused, cancel_requested_at=cancelled, closed_why=closed,
            attempt_number=nth, from_number=sender,
        ),
        zones=zones, windows=windows, number=number, client=client_facts(from_number=None),
    ),
    moments, st.none() | moments, st.none() | moments, st.none() | moments, st.none() | st.just("x"), st.integers(1, 3),
    st.none() | st.just("+14155550100"), st.sampled_from([("Europe/Berlin",), ("America/Denver", "Asia/Tokyo"), ()]),
    st.sampled_from([DEFAULT_HOURS, ALL_WEEK]),
    st.builds(NumberFacts, suppressed_why=st.none() | st.just("asked"), open_dial=st.booleans()),
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.lists(asks, min_size=2, max_size=12))
def test_calls_that_are_alike_get_the_same_judgement(several):
    known = {}
    for each in several:
        assert known.setdefault(likeness(each), judge(each)) == judge(each)
    found = waterfall(judged(*several))
    assert found.judged == found.may_dial + sum(stop.stopped for stop in found.stops)
    assert found.judged == found.may_dial + sum(wait.count for wait in found.waits)
    assert all(at > NOW for at, _count in found.openings)
    assert all(wait.next_at is None or wait.next_at >= NOW + timedelta(0) for wait in found.waits)
