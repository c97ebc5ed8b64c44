"""Whether our clock agrees with the provider's, by the boot clock between two answers, and how that is said."""

from datetime import timedelta

import pytest

from callcenter.domain.their_clock import MOST_SKEW, TheirClock, is_off, skew_words
from tests.fakes import START

HOUR = timedelta(hours=1)


def test_between_answers_their_clock_goes_on_with_the_boot_clock():
    heard = TheirClock(START, boot=100.0)
    assert heard.says(100.0 + 3600) == START + HOUR
    assert heard.says(40.0) == START - timedelta(minutes=1), "what it said before it was heard, too"
    assert heard.ahead(START + HOUR, 100.0 + 3600) == timedelta(0)
    assert heard.ahead(START + 25 * HOUR, 100.0 + 3600) == 24 * HOUR, "our wall clock jumped meanwhile"
    assert heard.ahead(START - 23 * HOUR, 100.0 + 3600) == -24 * HOUR


def test_a_small_difference_is_none():
    assert not is_off(MOST_SKEW)
    assert not is_off(-MOST_SKEW)
    assert is_off(MOST_SKEW + timedelta(seconds=1))
    assert is_off(-MOST_SKEW - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("ahead_s", "words"),
    [(86_400, "24 h ahead of Retell's"), (-5_400, "1.5 h behind Retell's"), (150, "2.5 min ahead of Retell's")],
)
def test_a_difference_in_words(ahead_s, words):
    assert skew_words(ahead_s) == words
