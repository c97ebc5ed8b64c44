"""A week's hours as people write them: the wire, the words, and which of two weeks is wider."""

from datetime import time

import pytest

from callcenter.domain.errors import Invalid
from callcenter.domain.window import (
    ALL_WEEK,
    DAYS,
    DEFAULT_HOURS,
    Window,
    goes_beyond,
    is_all_week,
    overlap,
    windows_from,
    windows_to,
    words,
)

NINE_TO_FIVE = {"days": ["mon", "fri"], "start": "09:00", "end": "17:00"}


def test_one_window_or_a_list_is_read():
    expected = (Window(("mon", "fri"), time(9), time(17)),)
    assert windows_from(NINE_TO_FIVE, field="window") == expected
    assert windows_from([NINE_TO_FIVE], field="window") == expected
    assert windows_from([NINE_TO_FIVE, NINE_TO_FIVE], field="window") == expected * 2


def test_days_come_in_week_order_once_and_in_any_case():
    given = {"days": ["FRI", "mon", "Mon"], "start": "9:00", "end": "24:00", "reason": "they asked for it"}
    assert windows_from(given, field="window") == (Window(("mon", "fri"), time(9), None),)


@pytest.mark.parametrize("windows", [DEFAULT_HOURS, ALL_WEEK, (Window(("sun",), time(0, 5), time(23, 59)),)])
def test_what_was_written_is_read_again(windows):
    assert windows_from(windows_to(windows), field="window") == windows


def test_hours_on_the_wire():
    assert windows_to(ALL_WEEK) == [{"days": list(DAYS), "start": "00:00", "end": "24:00"}]


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "window"),
        ("09:00-17:00", "window"),
        ([], "window"),
        (7, "window"),
        ([NINE_TO_FIVE] * 51, "window"),
        (["mon"], "window[0]"),
        (NINE_TO_FIVE | {"days": []}, "window.days"),
        (NINE_TO_FIVE | {"days": "mon"}, "window.days"),
        (NINE_TO_FIVE | {"days": ["someday"]}, "window.days"),
        (NINE_TO_FIVE | {"days": [1]}, "window.days"),
        ({"days": ["mon"], "end": "17:00"}, "window.start"),
        (NINE_TO_FIVE | {"start": "24:00"}, "window.start"),
        (NINE_TO_FIVE | {"start": "9am"}, "window.start"),
        (NINE_TO_FIVE | {"start": "09:60"}, "window.start"),
        (NINE_TO_FIVE | {"start": "09:00\n"}, "window.start"),
        (NINE_TO_FIVE | {"start": "٠٩:٠٠"}, "window.start"),
        (NINE_TO_FIVE | {"end": None}, "window.end"),
        (NINE_TO_FIVE | {"end": "24:01"}, "window.end"),
        (NINE_TO_FIVE | {"end": "09:00"}, "window.end"),
        (NINE_TO_FIVE | {"end": "02:00"}, "window.end"),
        (NINE_TO_FIVE | {"timezone": "Europe/Berlin"}, "window.timezone"),
        ([NINE_TO_FIVE, NINE_TO_FIVE | {"end": 17}], "window[1].end"),
    ],
)
def test_what_makes_no_sense_names_the_field(value, field):
    with pytest.raises(Invalid) as refused:
        windows_from(value, field="window")
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        (DEFAULT_HOURS, "Mon–Sat 09:00–20:00, Sun 12:00–20:00"),
        (ALL_WEEK, "all week, day and night"),
        ((), "never"),
        ((Window(("mon",), time(9), None),), "Mon 09:00–24:00"),
        (
            (Window(DAYS[:5], time(9), time(12)), Window(DAYS[:5], time(14), time(18, 30))),
            "Mon–Fri 09:00–12:00 and 14:00–18:30",
        ),
        (
            (Window(DAYS[:2], time(9), time(12)), Window(("mon",), time(11), time(13))),
            "Mon 09:00–13:00, Tue 09:00–12:00",
        ),
    ],
)
def test_hours_in_words(windows, expected):
    assert words(windows) == expected


def test_hours_go_beyond_others_by_a_minute_on_one_day():
    assert not goes_beyond(DEFAULT_HOURS, DEFAULT_HOURS)
    assert not goes_beyond((Window(("sun",), time(12), time(13)),), DEFAULT_HOURS)
    assert goes_beyond((Window(("sun",), time(11, 59), time(13)),), DEFAULT_HOURS)
    assert goes_beyond((Window(("mon",), time(19), time(20, 1)),), DEFAULT_HOURS)
    assert goes_beyond(ALL_WEEK, DEFAULT_HOURS)
    assert not goes_beyond(DEFAULT_HOURS, ALL_WEEK)


def test_touching_windows_count_as_one():
    halves = (Window(("mon",), time(9), time(12)), Window(("mon",), time(12), time(20)))
    assert not goes_beyond((Window(("mon",), time(11), time(13)),), halves)


def test_all_week_is_every_minute_of_it():
    assert is_all_week(ALL_WEEK)
    assert is_all_week((Window(DAYS, time(0), time(12)), Window(DAYS, time(12), None)))
    assert not is_all_week((Window(DAYS[:6], time(0), None),))
    assert not is_all_week((Window(DAYS, time(0), time(23, 59)),))


def test_the_overlap_of_two_weeks_is_when_both_hold():
    early_and_late = (Window(DAYS, time(0), time(10)), Window(DAYS, time(19), None))
    assert words(overlap(DEFAULT_HOURS, early_and_late)) == "Mon–Sat 09:00–10:00 and 19:00–20:00, Sun 19:00–20:00"
    assert overlap(ALL_WEEK, (Window(("mon",), time(22), None),)) == (Window(("mon",), time(22), None),)
    assert overlap(DEFAULT_HOURS, (Window(DAYS, time(0), time(9)),)) == ()
