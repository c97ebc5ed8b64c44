"""A client in words, and the hours of its week as a form."""

from datetime import time

import pytest

from callcenter.domain.errors import Invalid
from callcenter.domain.hours import ALL_WEEK, DAYS, DEFAULT_HOURS, Window
from callcenter.domain.lines import ClientLine
from callcenter.ui.pages.client_words import (
    Week,
    changed_day,
    dollars,
    needs_reason,
    rate,
    row_of,
    week_of,
    windows_of,
)


@pytest.mark.parametrize("windows", [DEFAULT_HOURS, ALL_WEEK, (Window(("mon", "fri"), time(9, 30), time(17)),)])
def test_hours_come_back_from_the_form_as_they_were(windows: tuple[Window, ...]) -> None:
    again = windows_of(week_of(windows))
    for day in DAYS:
        assert [(w.start, w.end) for w in again if day in w.days] == [(w.start, w.end) for w in windows if day in w.days]


def test_days_with_more_than_one_stretch_are_named() -> None:
    week = week_of((Window(("mon",), time(14), time(18)), Window(("mon", "tue"), time(9), time(12))))
    assert (week.extra, week.days[0].start, week.days[0].end) == ("Monday", "09:00", "12:00")
    assert not week.days[2].is_open


def test_midnight_is_an_end_and_never_a_crossing() -> None:
    week = changed_day(week_of(DEFAULT_HOURS), "mon", "end", "00:00")
    assert Window(("mon",), time(9), None) in windows_of(week)
    for start, end in (("20:00", "09:00"), ("09:00", "09:00")):
        wrong = changed_day(changed_day(week, "tue", "start", start), "tue", "end", end)
        with pytest.raises(Invalid, match="Tuesday: the end comes before the start"):
            windows_of(wrong)
    with pytest.raises(Invalid, match="Tuesday: give both times"):
        windows_of(changed_day(week, "tue", "end", "soon"))


def test_only_what_belongs_to_the_form_is_changed() -> None:
    week = week_of(DEFAULT_HOURS)
    assert changed_day(week, "mon", "word", "x") == week
    assert changed_day(week, "nothing", "end", "10:00") == week
    assert not changed_day(week, "sun", "is_open", False).days[6].is_open


def test_a_reason_is_asked_for_beyond_the_careful_default() -> None:
    week = week_of(DEFAULT_HOURS)
    assert not needs_reason(week)
    assert needs_reason(changed_day(week, "mon", "end", "21:00"))
    assert not needs_reason(changed_day(week, "mon", "end", "12:00"))
    assert not needs_reason(Week())


def test_small_bases_are_fractions_and_none_is_a_dash() -> None:
    assert [rate(3, 7), rate(29, 50), rate(0, 0)] == ["3 of 7", "58 %", "—"]


def test_amounts_for_a_field() -> None:
    assert [dollars(400_000_000), dollars(12_500_000), dollars(None)] == ["400", "12.50", ""]


def test_what_is_not_known_yet_is_no_zero() -> None:
    line = ClientLine(
        client_id="c", name="Acme", timezone="UTC", is_active=True, is_simulated=False, in_progress=2, max_concurrent=5,
        waiting=0, dialled_today=0, reached_today=0, success_today=0, cost_today=0, daily_budget=400_000_000, leads=3,
        paused_at=None, paused_why=None, last_event_at=None, health="connected", health_words="Connected",
    )  # fmt: skip
    row = row_of(line)
    assert (row.slots, row.answered, row.cost) == ("2 of 5", "—", "—")
