"""The calling rules are said in words, whatever fields their rows have."""

import re

import pytest

from callcenter.domain.rules import RULES, Rule
from callcenter.ui.pages.settings_rule_words import place_words, value_words


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.key} {rule.place}")
def test_no_rule_shows_the_name_of_a_field(rule: Rule) -> None:
    said = value_words(rule.value)
    assert said[0].isupper() or not said[0].isalpha()
    assert not re.search(r"[a-z]_[a-z]|[a-z]: |True|False|\{", said)


@pytest.mark.parametrize("place", sorted({rule.place for rule in RULES} - {""}))
def test_every_place_has_a_name(place: str) -> None:
    assert place_words(place) != place


def test_values_read_as_people_say_them() -> None:
    assert value_words({"share": 0.03, "days": 30, "greet_within_s": 2}) == "3 % of calls, 30 days, greeted within 2 s"
    assert value_words({"scope": "everybody", "override": False}) == "Holds for everybody, nobody may overrule it"
    assert value_words({"share": 0.03, "safe_harbour": False}) == "3 % of calls, no safe harbour"
    assert value_words({"start": "business name", "also": ["callback number", "opt-out"]}) == (
        "Business name first, then callback number and opt-out"
    )
