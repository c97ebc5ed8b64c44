"""Whether and when a lead is called again after a call has ended."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.domain.call import Derived, Outcome, Told
from callcenter.domain.ending import EndClass
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import ALL_WEEK, DAYS, DEFAULT_HOURS, Window
from callcenter.domain.retry import (
    RESULTS,
    PerResult,
    RetryPolicy,
    max_attempts_from,
    plan_retry,
    policy_for,
    policy_from,
    policy_to,
)
from tests import builders

ENDED = datetime(2026, 11, 23, 14, tzinfo=UTC)
NOW = ENDED + timedelta(seconds=3)
CALL = replace(builders.call(builders.client(), max_attempts=3), told=Told(ended_at=ENDED))


def planned(end_class, *, call=CALL, policy=None, class_tries=0, tries=None, outcome=None, now=NOW, dialled_at=None, **more):
    end_class = EndClass(end_class).value
    derived = Derived(ended_class=end_class, outcome=outcome, dialled_at=dialled_at)
    return plan_retry(call, derived, policy or RetryPolicy(), tries=tries or {end_class: class_tries}, now=now, **more)


@pytest.mark.parametrize(
    ("end_class", "result"),
    [
        (EndClass.MACHINE, "voicemail"),
        (EndClass.NOBODY, "no_answer"),
        (EndClass.LINE, "failed"),
        (EndClass.THEIR_FAULT, "failed"),
    ],
)
def test_a_class_is_tried_again_if_its_result_is_in_the_policy(end_class, result):
    assert planned(end_class) == ENDED + timedelta(minutes=120)
    assert planned(end_class, policy=RetryPolicy(on=(result,), after_minutes=30)) == ENDED + timedelta(minutes=30)
    others = tuple(other for other in RetryPolicy().on if other != result)
    assert planned(end_class, policy=RetryPolicy(on=others)) is None


TRIED_AGAIN = {EndClass.MACHINE, EndClass.NOBODY, EndClass.LINE, EndClass.THEIR_FAULT}


@pytest.mark.parametrize("end_class", [each for each in EndClass if each not in TRIED_AGAIN])
def test_other_classes_are_never_tried_again(end_class):
    assert planned(end_class) is None


def test_a_call_that_has_not_ended_is_not_tried_again():
    assert plan_retry(CALL, Derived(), RetryPolicy(), tries={}, now=NOW) is None


@pytest.mark.parametrize(("end_class", "most"), [(EndClass.LINE, 2), (EndClass.THEIR_FAULT, 1)])
def test_faults_are_tried_again_only_so_often_in_a_chain(end_class, most):
    assert planned(end_class, class_tries=most - 1)
    assert planned(end_class, class_tries=most) is None
    assert planned(EndClass.NOBODY, class_tries=9)


def test_max_attempts_is_the_ceiling():
    assert planned(EndClass.NOBODY, call=replace(CALL, attempt_number=2))
    assert planned(EndClass.NOBODY, call=replace(CALL, attempt_number=3)) is None
    assert planned(EndClass.NOBODY, call=replace(CALL, max_attempts=1)) is None


def test_a_call_that_somebody_cancelled_is_not_tried_again():
    assert planned(EndClass.NOBODY, call=replace(CALL, cancel_requested_at=ENDED)) is None


@pytest.mark.parametrize("outcome", [Outcome.DO_NOT_CALL, Outcome.SALE_MADE, Outcome.SUCCESSFUL])
def test_a_success_or_a_refusal_set_by_hand_ends_the_chain(outcome):
    assert planned(EndClass.NOBODY, outcome=outcome) is None
    assert planned(EndClass.NOBODY, outcome=Outcome.NO_ANSWER)


def test_the_end_counts_from_the_provider_unless_its_clock_is_ahead():
    late = replace(CALL, told=Told(ended_at=NOW + timedelta(hours=5)))
    assert planned(EndClass.NOBODY, call=late) == NOW + timedelta(minutes=120)
    unknown = replace(CALL, told=Told())
    assert planned(EndClass.NOBODY, call=unknown) == NOW + timedelta(minutes=120)


def test_a_retry_that_falls_into_the_night_waits_for_the_morning():
    evening = replace(CALL, told=Told(ended_at=ENDED + timedelta(hours=4)))  # 19:00 in Berlin
    at = planned(EndClass.NOBODY, call=evening, now=NOW + timedelta(hours=4), windows=DEFAULT_HOURS, zones=("Europe/Berlin",))
    assert at == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_the_first_policy_that_is_set_holds():
    own, batchs = RetryPolicy(after_minutes=1), RetryPolicy(after_minutes=2)
    assert policy_for(own, batchs, None) is own
    assert policy_for(None, batchs, None) is batchs
    assert policy_for(None, None, None) == RetryPolicy(("no_answer", "voicemail", "failed"), 120)


def test_a_policy_and_the_wire():
    assert policy_from({"on": ["Failed", "no_answer", "failed"], "afterMinutes": 5}) == RetryPolicy(("no_answer", "failed"), 5)
    assert policy_from({}) == RetryPolicy()
    assert policy_from({"on": []}).on == ()
    assert policy_from(policy_to(RetryPolicy(("voicemail",), 0))) == RetryPolicy(("voicemail",), 0)
    assert set(policy_to(RetryPolicy())) == {"on", "afterMinutes"}
    rich = RetryPolicy(("voicemail",), 30, {"voicemail": PerResult(1, None)}, another_time_of_day=True)
    assert policy_to(rich) == {
        "on": ["voicemail"], "afterMinutes": 30, "per": {"voicemail": {"times": 1}}, "anotherTimeOfDay": True,
    }  # fmt: skip
    assert policy_from(policy_to(rich)) == rich


def test_each_result_may_have_its_own_pause():
    policy = RetryPolicy(after_minutes=30, per={"voicemail": PerResult(after_minutes=1440), "failed": PerResult(times=1)})
    assert planned(EndClass.MACHINE, policy=policy) == ENDED + timedelta(days=1)
    assert planned(EndClass.NOBODY, policy=policy) == planned(EndClass.LINE, policy=policy) == ENDED + timedelta(minutes=30)


def test_a_result_brings_only_so_many_tries_of_the_chain_and_never_takes_from_another():
    policy = RetryPolicy(per={"no_answer": PerResult(times=2), "failed": PerResult(times=1), "voicemail": PerResult(times=0)})
    nobody, line, fault = EndClass.NOBODY.value, EndClass.LINE.value, EndClass.THEIR_FAULT.value
    assert planned(EndClass.NOBODY, policy=policy, tries={nobody: 1, line: 1})
    assert planned(EndClass.NOBODY, policy=policy, tries={nobody: 2}) is None
    assert planned(EndClass.LINE, policy=policy, tries={nobody: 2})
    assert planned(EndClass.LINE, policy=policy, tries={fault: 1}) is None  # one result, two classes: they count together
    assert planned(EndClass.MACHINE, policy=policy, tries={}) is None
    assert planned(EndClass.NOBODY, policy=policy, tries={}, call=replace(CALL, attempt_number=3)) is None


@pytest.mark.parametrize("own", [1, 3, 9])
def test_faults_keep_their_limit_inside_a_larger_one(own):
    policy = RetryPolicy(per={"failed": PerResult(times=own)})
    assert planned(EndClass.THEIR_FAULT, policy=policy, tries={EndClass.THEIR_FAULT.value: 1}) is None


@given(
    ends=st.lists(st.sampled_from(sorted(TRIED_AGAIN)), min_size=12, max_size=12),
    most=st.integers(1, 10),
    times=st.dictionaries(st.sampled_from(RESULTS), st.integers(0, 9)),
)
def test_a_chain_never_has_more_calls_than_allowed_whatever_the_limits_of_its_results(ends, most, times):
    policy = RetryPolicy(per={result: PerResult(times=count) for result, count in times.items()})
    tries, attempt = Counter(), 1
    for end in ends:
        if not planned(end, policy=policy, tries=dict(tries), call=replace(CALL, attempt_number=attempt, max_attempts=most)):
            break
        tries[end.value] += 1
        attempt += 1
    assert attempt <= most
    assert tries[EndClass.NOBODY] <= times.get("no_answer", 9)
    assert tries[EndClass.LINE] + tries[EndClass.THEIR_FAULT] <= times.get("failed", 9)


BERLIN, ELSEWHEN = ("Europe/Berlin",), RetryPolicy(after_minutes=60, another_time_of_day=True)


@pytest.mark.parametrize(
    ("called", "again"),
    [
        ("2026-11-23 09:10", "2026-11-23 12:00"),  # in the morning: as soon as it is afternoon
        ("2026-11-23 11:30", "2026-11-23 12:30"),  # an hour later it is another part anyway
        ("2026-11-23 13:00", "2026-11-23 17:00"),
        ("2026-11-23 18:00", "2026-11-24 09:00"),  # the evening goes on, so the morning after
        ("2026-11-23 19:30", "2026-11-24 09:00"),
        ("2026-11-28 18:00", "2026-11-29 12:00"),  # Sunday opens at noon
        ("2026-11-29 12:30", "2026-11-29 17:00"),
        ("2026-03-28 19:30", "2026-03-29 12:00"),  # clocks go forward in the night
        ("2026-10-24 19:30", "2026-10-25 12:00"),  # and back
    ],
)
def test_another_try_comes_in_another_part_of_their_day(called, again):
    called_at, expected = (datetime.fromisoformat(each).replace(tzinfo=ZoneInfo(*BERLIN)) for each in (called, again))
    call = replace(CALL, told=Told(ended_at=called_at))
    at = planned(
        EndClass.NOBODY, call=call, policy=ELSEWHEN, now=called_at, dialled_at=called_at, windows=DEFAULT_HOURS, zones=BERLIN
    )
    assert at == expected


@pytest.mark.parametrize(
    ("windows", "zones"), [((Window(DAYS, time(9), time(12)),), BERLIN), (ALL_WEEK, ()), (ALL_WEEK, ("Nowhere/City",))]
)
def test_when_no_other_part_is_open_or_nobody_knows_the_zone_the_pause_alone_decides(windows, zones):
    at_ten = ENDED.replace(hour=9)  # in Berlin
    call = replace(CALL, told=Told(ended_at=at_ten))
    at = planned(EndClass.NOBODY, call=call, policy=ELSEWHEN, dialled_at=at_ten, windows=windows, zones=zones)
    assert at == at_ten + timedelta(minutes=60)


def test_a_holiday_is_left_out_when_another_part_is_looked_for():
    called_at = datetime(2026, 11, 23, 17, 30, tzinfo=UTC)
    call = replace(CALL, told=Told(ended_at=called_at))
    at = planned(
        EndClass.NOBODY, call=call, policy=ELSEWHEN, now=called_at, windows=DEFAULT_HOURS, zones=BERLIN,
        closed_days={date(2026, 11, 24): "Founders’ Day"},
    )  # fmt: skip
    assert at == datetime(2026, 11, 25, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "retry"),
        (["failed"], "retry"),
        ({"on": "failed"}, "retry.on"),
        ({"on": ["busy"]}, "retry.on"),
        ({"afterMinutes": -1}, "retry.afterMinutes"),
        ({"afterMinutes": 43_201}, "retry.afterMinutes"),
        ({"afterMinutes": 1.5}, "retry.afterMinutes"),
        ({"afterMinutes": True}, "retry.afterMinutes"),
        ({"afterMinutes": None}, "retry.afterMinutes"),
        ({"after_minutes": 5}, "retry.after_minutes"),
        ({"per": []}, "retry.per"),
        ({"per": {"busy": {}}}, "retry.per.busy"),
        ({"on": ["failed"], "per": {"voicemail": {"times": 1}}}, "retry.per.voicemail"),
        ({"per": {"failed": 2}}, "retry.per.failed"),
        ({"per": {"failed": {"times": 10}}}, "retry.per.failed.times"),
        ({"per": {"failed": {"times": True}}}, "retry.per.failed.times"),
        ({"per": {"failed": {"afterMinutes": -1}}}, "retry.per.failed.afterMinutes"),
        ({"per": {"failed": {"often": 1}}}, "retry.per.failed.often"),
        ({"anotherTimeOfDay": 1}, "retry.anotherTimeOfDay"),
    ],
)
def test_a_policy_that_makes_no_sense_names_the_field(value, field):
    with pytest.raises(Invalid) as refused:
        policy_from(value)
    assert refused.value.field == field


@pytest.mark.parametrize("value", [0, 11, -1, True, "3", 2.0, None])
def test_a_chain_has_one_to_ten_calls(value):
    assert max_attempts_from(1) == 1
    assert max_attempts_from(10) == 10
    with pytest.raises(Invalid, match="from 1 to 10"):
        max_attempts_from(value)
