"""When a batch stops by itself."""

import pytest

from callcenter.domain.errors import Invalid
from callcenter.domain.stopping import End, StopRule, is_error, stop_from, stop_to, why_stop

ERROR = End(is_error=True, is_reached=False, was_placed=True)
REFUSED = End(is_error=True, is_reached=False, was_placed=False)
MISSED = End(is_error=False, is_reached=False, was_placed=True)
ANSWERED = End(is_error=False, is_reached=True, was_placed=True)


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ([], None),
        ([ERROR] * 9, None),
        ([REFUSED] * 10, "10 errors in the last 10 calls"),
        ([ERROR] * 10 + [MISSED] * 9, "10 errors in the last 19 calls"),
        ([MISSED] * 10 + [ERROR] * 10, "50 % errors in the last 20 calls"),
        ([MISSED] * 11 + [ERROR] * 10, None),  # the oldest is no longer among the last 20
        ([MISSED] * 500, None),
    ],
)
def test_half_of_the_last_twenty_are_too_many_errors(ends: list[End], why: str | None) -> None:
    assert why_stop(StopRule(), ends) == why


def test_a_share_is_said_as_it_is() -> None:
    assert why_stop(StopRule(error_percent=30), [ERROR] * 7 + [MISSED] * 20) == "35 % errors in the last 20 calls"


def test_too_few_answers_need_the_whole_number_of_calls() -> None:
    rule = StopRule(answer_percent=10, answer_of=30)
    assert why_stop(rule, [MISSED] * 29) is None
    assert why_stop(rule, [MISSED] * 28 + [ANSWERED] * 2) == "7 % answered of the last 30 calls"
    assert why_stop(rule, [MISSED] * 27 + [ANSWERED] * 3) is None
    assert why_stop(rule, [REFUSED] * 9 + [MISSED] * 29) is None  # what was never placed could not be answered


def test_never_is_never() -> None:
    assert why_stop(StopRule(error_percent=None), [ERROR] * 200) is None


def test_an_error_is_what_the_line_or_retell_did() -> None:
    assert is_error(refused=True, ended_class="")
    assert is_error(refused=False, ended_class="line")
    assert is_error(refused=False, ended_class="their_fault")
    for harmless in ("talked", "nobody", "machine", "bad_number", "stopped", "silent", "unknown", ""):
        assert not is_error(refused=False, ended_class=harmless)


def test_a_rule_goes_to_the_wire_and_back() -> None:
    for rule in (StopRule(), StopRule(error_percent=None, answer_percent=5, answer_of=100)):
        assert stop_from(stop_to(rule)) == rule
    assert stop_from({}) == StopRule()
    assert stop_from({"errorPercent": None}) == StopRule(error_percent=None)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ("50", "stopIf"),
        ({"errors": 5}, "stopIf.errors"),
        ({"errorPercent": 0}, "stopIf.errorPercent"),
        ({"errorPercent": 101}, "stopIf.errorPercent"),
        ({"errorPercent": True}, "stopIf.errorPercent"),
        ({"answerPercent": 2.5}, "stopIf.answerPercent"),
        ({"errorOf": 4}, "stopIf.errorOf"),
        ({"errorOf": None}, "stopIf.errorOf"),
        ({"answerOf": 201}, "stopIf.answerOf"),
    ],
)
def test_what_makes_no_sense_is_refused(value: object, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        stop_from(value)
    assert refused.value.field == field
