"""The rules we ship: complete rows, no default that any of them forbids, and a warning when they grow old."""

from datetime import date, timedelta

import pytest

from callcenter.domain.hours import DEFAULT_HOURS, goes_beyond, windows_from, words
from callcenter.domain.rules import (
    MAX_DIALS_24H,
    REVIEW_AFTER,
    RULES,
    Confidence,
    Rule,
    allowed_hours,
    overdue,
    rules_for,
)

TODAY = date(2026, 11, 23)
HOURS = [rule for rule in RULES if rule.key == "hours"]


def test_each_rule_is_there_once_for_a_place_and_says_who_says_so():
    assert len({(rule.key, rule.place, rule.effective_from) for rule in RULES}) == len(RULES)
    assert all(rule.source and rule.value for rule in RULES)
    assert all((rule.verified_on is None) == (rule.confidence is Confidence.UNVERIFIED) for rule in RULES)


@pytest.mark.parametrize("rule", [rule for rule in HOURS if rule.place.startswith("US")], ids=lambda rule: rule.place)
def test_our_default_is_inside_every_known_rule_of_the_united_states(rule):
    assert not goes_beyond(DEFAULT_HOURS, windows_from(rule.value["windows"], field="windows"))


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("US", "Mon–Sun 08:00–21:00"),
        ("US-FL", "Mon–Sun 08:00–20:00"),  # often copied wrongly as until 21:00
        ("US-TX", "Mon–Sat 09:00–21:00, Sun 12:00–21:00"),  # often copied wrongly as from 08:00
        ("CA", "Mon–Fri 09:00–21:30, Sat–Sun 10:00–18:00"),
    ],
)
def test_hours_that_are_often_copied_wrongly(place, expected):
    (rule,) = [rule for rule in HOURS if rule.place == place]
    assert words(windows_from(rule.value["windows"], field="windows")) == expected


def test_three_dials_a_day_is_what_the_strictest_state_allows():
    caps = [rule.value["count"] for rule in RULES if rule.key == "dials.max_in_24h"]
    assert min(caps) == MAX_DIALS_24H == 3


def test_allowed_hours_are_the_default_narrowed_by_the_place():
    assert words(allowed_hours(on=TODAY)) == words(DEFAULT_HOURS)
    assert words(allowed_hours("us-fl", on=TODAY)) == words(DEFAULT_HOURS)
    assert words(allowed_hours("CA", on=TODAY)) == "Mon–Fri 09:00–20:00, Sat 10:00–18:00, Sun 12:00–18:00"
    assert words(allowed_hours("ZZ", on=TODAY)) == words(DEFAULT_HOURS)


def test_a_state_has_its_countrys_rules_too():
    keys = {(rule.place, rule.key) for rule in rules_for("US-FL", on=TODAY)}
    assert {("", "hours"), ("US", "hours"), ("US-FL", "hours")} <= keys
    assert not any(place == "US-TX" for place, _ in keys)


def test_a_rule_holds_from_its_first_day_to_the_day_before_its_last():
    rule = Rule("x", "", {"is": True}, "test", effective_from=date(2026, 8, 2), effective_to=date(2027, 1, 1))
    days = (date(2026, 8, 1), date(2026, 8, 2), date(2026, 12, 31), date(2027, 1, 1))
    assert [rule.holds_on(day) for day in days] == [False, True, True, False]
    assert not [rule for rule in rules_for("EU", on=date(2026, 8, 1)) if rule.key == "ai_disclosure"]
    assert [rule for rule in rules_for("EU", on=date(2026, 8, 2)) if rule.key == "ai_disclosure"]


def test_rules_grow_old():
    assert {rule.confidence for rule in overdue(on=TODAY)} == {Confidence.UNVERIFIED}
    checked = date(2026, 9, 30)
    assert len(overdue(on=checked + REVIEW_AFTER - timedelta(days=1))) < len(overdue(on=checked + REVIEW_AFTER))
