"""When people want to be called back, in their own words."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.spoken_time import spoken_time

#: A Monday.
SAID = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("Call me Thursday after four.", "2026-11-26 16:00"),
        ("Can you try tomorrow at 3:30?", "2026-11-24 15:30"),
        ("tomorrow at 10", "2026-11-24 10:00"),
        ("Friday, 9 a.m. please", "2026-11-27 09:00"),
        ("Friday around 8 pm", "2026-11-27 20:00"),
        ("on tuesday at twelve o'clock", "2026-11-24 12:00"),
        ("On Monday in the afternoon", "2026-11-30 14:00"),
        ("this evening is bad, tomorrow morning is fine", "2026-11-24 09:00"),
        ("tonight", "2026-11-23 18:00"),
        ("today at five", "2026-11-23 17:00"),
        ("Wednesday would be fine", "2026-11-25 09:00"),
        ("Wednesday, I have two dogs", "2026-11-25 09:00"),
    ],
)
def test_a_day_and_an_hour_are_understood(words: str, at: str) -> None:
    assert spoken_time(words, said_at=SAID) == datetime.fromisoformat(at).replace(tzinfo=SAID.tzinfo)


@pytest.mark.parametrize(
    "words", ["", "after four", "call me later", "today at nine", "some Thursdays", "next Tuesday", "in 2027", "at 99 tomorrows"]
)
def test_without_a_day_to_come_there_is_no_time(words: str) -> None:
    assert spoken_time(words, said_at=SAID) is None


def test_an_hour_that_is_none_leaves_the_day() -> None:
    assert spoken_time("tomorrow at 31:00", said_at=SAID) == datetime(2026, 11, 24, 9, tzinfo=SAID.tzinfo)
