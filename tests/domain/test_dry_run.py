"""A dry run says when calls would go out, by the same rules that let them: in hours, under caps, pace and budget."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.batch import BatchState
from callcenter.domain.dry_run import STRETCH, Crowd, Crowds, Habits, play
from callcenter.domain.eligibility import NumberFacts, judge
from callcenter.domain.hours import DEFAULT_HOURS, is_open
from callcenter.domain.retry import PerResult, RetryPolicy
from tests.domain.test_eligibility import BERLIN, CALL, HOUR, NOW, account_facts, ask, batch_facts, client_facts

DUE = replace(CALL, scheduled_at=NOW)
QUICK = Habits(seconds=90, cost=None, endings={})
MINUTE = timedelta(minutes=1)


def played(*crowds, habits=QUICK, start=NOW, at_a_time=5, **more):
    return play([Crowd(*each) for each in crowds], habits, start=start, at_a_time=at_a_time, **more)


def test_twenty_calls_five_at_a_time_take_four_times_one_call():
    run = played((ask(call=DUE), 20))
    assert (run.leads, run.never, run.later) == (20, (), 0)
    assert run.dials == pytest.approx(20)
    assert (run.first_at, run.done_at) == (NOW, NOW + 6 * MINUTE)
    assert run.tried_at == NOW + 6 * MINUTE - timedelta(seconds=90)


def test_what_is_busy_now_is_taken_to_be_free_for_nothing_else_is_dialled():
    busy = ask(call=DUE, client=client_facts(used=5), batch=batch_facts(used=3), account=account_facts(used=20))
    assert played((busy, 20)).done_at == NOW + 6 * MINUTE


def test_a_call_in_doubt_to_the_same_number_is_taken_to_be_over_by_then():
    doubtful = ask(call=DUE, number=NumberFacts(open_dial=True))
    assert played((doubtful, 3)).dials == pytest.approx(3)


def test_who_sleeps_is_called_when_their_hours_open_and_never_outside_of_them():
    night = datetime(2026, 11, 23, 5, tzinfo=UTC)
    zones = (BERLIN, ("America/New_York",), ("Asia/Tokyo",))
    crowds = [(ask(now=night, call=replace(CALL, scheduled_at=night), zones=zone), 700) for zone in zones]
    run = played(*crowds, start=night)
    assert run.first_at == night  # it is two in the afternoon in Tokyo
    assert run.dials == pytest.approx(2100)
    for at, dials in run.by_stretch.items():
        assert dials > 0
        assert any(is_open(DEFAULT_HOURS, zone, at, closed_days=()) for zone in zones)
    assert sum(run.by_stretch.values()) == pytest.approx(run.dials)
    assert all(at.timestamp() % STRETCH.total_seconds() == 0 for at in run.by_stretch)


def test_what_is_not_through_by_the_evening_goes_on_the_next_morning():
    run = played((ask(call=DUE), 200), at_a_time=1, habits=replace(QUICK, seconds=300))
    assert by_day(run) == pytest.approx([6 * 12 + 1, 127], abs=0.1)  # until eight in the evening, and the rest


def by_day(run):
    days = {}
    for at, dials in run.by_stretch.items():
        days[at.date()] = days.get(at.date(), 0) + dials
    return [days[day] for day in sorted(days)]


def test_who_is_not_reached_is_tried_again_as_often_as_the_batch_says_and_after_its_pause():
    policy = RetryPolicy(on=("no_answer",), after_minutes=60)
    call = replace(DUE, max_attempts=3)
    batch = batch_facts(retry=policy)
    habits = replace(QUICK, endings={"nobody": 0.5, "machine": 0.2}, cost=200_000)
    run = played((ask(call=call, batch=batch), 100), habits=habits, at_a_time=50)
    assert run.dials == pytest.approx(100 + 50 + 25, abs=1)
    assert run.cost == round(200_000 * run.dials)
    assert run.tried_at < NOW + 10 * MINUTE
    assert run.done_at > NOW + 2 * HOUR
    once = played((ask(call=replace(call, max_attempts=1), batch=batch), 100), habits=habits, at_a_time=50)
    assert once.dials == pytest.approx(100)


def test_no_number_is_dialled_more_often_in_a_day_than_the_rules_allow():
    policy = RetryPolicy(on=("no_answer",), after_minutes=1)
    habits = replace(QUICK, endings={"nobody": 1.0})
    run = played((ask(call=replace(DUE, max_attempts=10), batch=batch_facts(retry=policy)), 4), habits=habits)
    for at in run.by_stretch:
        lately = sum(dials for other, dials in run.by_stretch.items() if at - timedelta(hours=24) < other <= at)
        assert lately <= 4 * 3 + 0.1, (at, lately)


def test_a_pace_holds_it_back():
    paced = played((ask(call=DUE), 60), at_a_time=50, per_second=1 / 60)
    assert paced.done_at >= NOW + 59 * MINUTE


@pytest.mark.parametrize(
    ("budget", "price"), [(2_000_000, 50_000), (2_000_000, 700_000), (2_000_000, 2_100_000), (600_000, 700_000)]
)
def test_a_days_budget_lets_as_many_go_as_the_rule_does_one_after_the_other(budget, price):
    poor, spent = client_facts(daily_budget=budget), 0
    while judge(ask(call=DUE, client=replace(poor, cost_today=spent))).may_dial:
        spent += price
    first_day = by_day(played((ask(call=DUE, client=poor), 500), habits=replace(QUICK, cost=price), at_a_time=500))[0]
    assert first_day == pytest.approx(spent / price)


def test_who_waits_for_a_place_forgets_no_try():
    policy = RetryPolicy(on=("no_answer",), after_minutes=60, per={"no_answer": PerResult(times=1)})
    habits = replace(QUICK, endings={"nobody": 0.7})
    asked = ask(call=replace(DUE, max_attempts=4), batch=batch_facts(retry=policy))
    assert played((asked, 500), habits=habits).dials == pytest.approx(500 * 1.7)


def test_few_places_and_long_calls_are_counted_as_exactly():
    habits = replace(QUICK, seconds=3_600, endings={"nobody": 0.5})
    asked = ask(call=replace(DUE, max_attempts=2), batch=batch_facts(retry=RetryPolicy()))
    assert played((asked, 20), habits=habits, at_a_time=1).dials == pytest.approx(30, rel=0.01)


@pytest.mark.parametrize("many", [1_900, 19_000, 30_000])
def test_nothing_goes_out_after_the_end_of_the_batch_however_long_the_list(many):
    ends_soon = batch_facts(ends_at=NOW + 2 * MINUTE)
    run = played((ask(call=DUE, batch=ends_soon), many), at_a_time=100)
    assert run.dials == pytest.approx(100 + 100 * 120 / 90, abs=1)
    assert run.done_at <= NOW + 2 * MINUTE + timedelta(seconds=91)


def test_many_who_were_all_called_today_are_few_crowds():
    crowds = Crowds()
    crowds.add(ask(call=DUE, number=NumberFacts(dialled_24h=(NOW - timedelta(seconds=nth),))) for nth in range(2_000))
    assert sum(crowd.count for crowd in crowds) == 2_000
    assert len(list(crowds)) == 3  # stretches in 2,000 s


def test_who_is_never_called_is_told_with_the_reason():
    stopped = ask(call=DUE, number=NumberFacts(suppressed_why="asked"))
    nowhere = ask(call=DUE, zones=())
    late = ask(call=DUE, zones=("America/Los_Angeles",), batch=batch_facts(ends_at=NOW + HOUR))
    run = played((stopped, 2), (nowhere, 3), (late, 4), (ask(call=DUE), 1))
    assert dict(run.never) == {
        "The number is on the do-not-call list: asked.": 2,
        "Zone unknown: we cannot tell the hour there. Set the lead's time zone.": 3,
        "The batch ends before they may be called.": 4,
    }
    assert run.dials == pytest.approx(1)


def test_nothing_goes_out_while_a_person_has_stopped_it():
    run = played((ask(call=DUE, batch=batch_facts(state=BatchState.PAUSED, state_why="paused by Ana")), 5))
    assert (run.dials, run.first_at, run.done_at) == (0, None, None)
    assert run.never == (("The batch is paused by Ana.", 5),)


def test_whose_turn_comes_only_after_two_weeks_is_told_too():
    run = played((ask(call=DUE), 10_000), at_a_time=1, habits=replace(QUICK, seconds=600))
    assert run.dials + run.later == pytest.approx(10_000)
    assert run.later > 5_000
