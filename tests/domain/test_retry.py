"""Whether and when a lead is called again after a call has ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.call import Derived, Outcome, Told
from callcenter.domain.ending import EndClass
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import DEFAULT_HOURS
from callcenter.domain.retry import (
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


def planned(end_class, *, call=CALL, policy=None, class_tries=0, outcome=None, now=NOW, **more):
    derived = Derived(ended_class=EndClass(end_class).value, outcome=outcome)
    return plan_retry(call, derived, policy or RetryPolicy(), class_tries=class_tries, now=now, **more)


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
    assert plan_retry(CALL, Derived(), RetryPolicy(), class_tries=0, now=NOW) is None


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
