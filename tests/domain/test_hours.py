"""Calling hours: both ends of a window, the days when clocks change, several zones at once, zones nobody knows."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.hours import ALL_WEEK, DAYS, DEFAULT_HOURS, HORIZON, Window, is_open, opens_at
from callcenter.domain.phone import zones_of

FEDERAL = (Window(DAYS, time(8), time(21)),)
TINY = timedelta(microseconds=1)


def local(zone: str, *fields: int, fold: int = 0) -> datetime:
    return datetime(*fields, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)  # type: ignore[arg-type]


def utc(*fields: int) -> datetime:
    return datetime(*fields, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Berlin", "Pacific/Auckland", "Asia/Kathmandu"])
@pytest.mark.parametrize(
    ("windows", "hour", "minute", "expected"),
    [
        (FEDERAL, 7, 59, False),
        (FEDERAL, 8, 0, True),
        (FEDERAL, 20, 59, True),
        (FEDERAL, 21, 0, False),
        (DEFAULT_HOURS, 8, 59, False),
        (DEFAULT_HOURS, 9, 0, True),
        (DEFAULT_HOURS, 19, 59, True),
        (DEFAULT_HOURS, 20, 0, False),
        (DEFAULT_HOURS, 20, 1, False),
    ],
)
def test_a_window_takes_its_first_minute_and_not_its_last(zone, windows, hour, minute, expected):
    assert is_open(windows, (zone,), local(zone, 2026, 11, 23, hour, minute)) is expected


def test_the_last_microsecond_before_closing_is_open():
    closing = local("Europe/Berlin", 2026, 11, 23, 20)
    assert is_open(DEFAULT_HOURS, ("Europe/Berlin",), closing - TINY)
    assert not is_open(DEFAULT_HOURS, ("Europe/Berlin",), closing)


def test_sunday_has_hours_of_its_own():
    zone = "America/Chicago"
    assert not is_open(DEFAULT_HOURS, (zone,), local(zone, 2026, 11, 22, 11, 59))
    assert is_open(DEFAULT_HOURS, (zone,), local(zone, 2026, 11, 22, 12))


def test_the_weekday_is_the_leads_own():
    """Sunday evening in UTC is Monday morning in Auckland."""
    monday_there = local("Pacific/Auckland", 2026, 11, 23, 9)
    assert monday_there.date() == date(2026, 11, 22)
    assert is_open((Window(("mon",), time(9), time(10)),), ("Pacific/Auckland",), monday_there)
    assert not is_open((Window(("sun",), time(0), None),), ("Pacific/Auckland",), monday_there)


def test_an_end_of_24_00_reaches_midnight():
    late = (Window(("mon",), time(22), None),)
    midnight = local("Europe/Berlin", 2026, 11, 24, 0)
    assert is_open(late, ("Europe/Berlin",), midnight - TINY)
    assert not is_open(late, ("Europe/Berlin",), midnight)


def test_it_opens_now_when_it_is_open():
    now = local("Europe/Berlin", 2026, 11, 23, 14, 3)
    assert opens_at(DEFAULT_HOURS, ("Europe/Berlin",), now) == now


def test_in_the_evening_it_opens_tomorrow_and_on_saturday_evening_at_noon():
    berlin = ("Europe/Berlin",)
    monday_night = local("Europe/Berlin", 2026, 11, 23, 21)
    assert opens_at(DEFAULT_HOURS, berlin, monday_night) == local("Europe/Berlin", 2026, 11, 24, 9)
    saturday_night = local("Europe/Berlin", 2026, 11, 28, 20)
    assert opens_at(DEFAULT_HOURS, berlin, saturday_night) == local("Europe/Berlin", 2026, 11, 29, 12)


@pytest.mark.parametrize(
    ("zone", "night", "opening"),
    [
        ("Europe/Berlin", (2026, 3, 28, 23), utc(2026, 3, 29, 10)),  # forward: noon is 10:00 UTC, not 11:00
        ("Europe/Berlin", (2026, 10, 24, 23), utc(2026, 10, 25, 11)),  # back
        ("America/New_York", (2026, 3, 7, 23), utc(2026, 3, 8, 16)),
        ("America/New_York", (2026, 10, 31, 23), utc(2026, 11, 1, 17)),
        ("Pacific/Auckland", (2026, 9, 26, 23), utc(2026, 9, 26, 23)),
        ("Pacific/Auckland", (2026, 4, 4, 23), utc(2026, 4, 5, 0)),
    ],
)
def test_on_both_days_when_clocks_change_noon_is_noon(zone, night, opening):
    assert opens_at(DEFAULT_HOURS, (zone,), local(zone, *night)) == opening


def test_an_opening_that_the_clock_skips_is_the_jump_itself():
    """In New York 02:30 does not exist on 8 March 2026: 02:00 becomes 03:00 at 07:00 UTC."""
    window = (Window(("sun",), time(2, 30), time(4)),)
    assert opens_at(window, ("America/New_York",), utc(2026, 3, 8, 5)) == utc(2026, 3, 8, 7)


def test_a_window_that_the_clock_skips_whole_opens_a_week_later():
    window = (Window(("sun",), time(2), time(3)),)
    assert opens_at(window, ("America/New_York",), utc(2026, 3, 8, 5)) == utc(2026, 3, 15, 6)


def test_an_hour_that_comes_twice_is_open_twice():
    """In New York 01:00 to 02:00 comes twice on 1 November 2026, from 05:00 and from 06:00 UTC."""
    window, zone = (Window(("sun",), time(0, 30), time(1, 30)),), ("America/New_York",)
    assert is_open(window, zone, utc(2026, 11, 1, 5, 29))
    assert not is_open(window, zone, utc(2026, 11, 1, 5, 30))
    assert opens_at(window, zone, utc(2026, 11, 1, 5, 30)) == utc(2026, 11, 1, 6)
    assert is_open(window, zone, utc(2026, 11, 1, 6, 29))
    assert not is_open(window, zone, utc(2026, 11, 1, 6, 30))


def test_a_midnight_that_the_clock_skips_still_opens_the_day():
    """In Santiago 6 September 2026 begins at 01:00."""
    window = (Window(("sun",), time(0), time(2)),)
    assert opens_at(window, ("America/Santiago",), utc(2026, 9, 6, 3)) == utc(2026, 9, 6, 4)


def test_a_number_of_two_zones_is_called_only_when_both_are_open():
    zones = zones_of("+18505550123")  # the west of Florida keeps Central time
    assert set(zones) == {"America/Chicago", "America/New_York"}
    assert not is_open(DEFAULT_HOURS, zones, local("America/New_York", 2026, 11, 23, 9, 59))
    assert is_open(DEFAULT_HOURS, zones, local("America/Chicago", 2026, 11, 23, 9))
    assert is_open(DEFAULT_HOURS, zones, local("America/New_York", 2026, 11, 23, 19, 59))
    assert not is_open(DEFAULT_HOURS, zones, local("America/Chicago", 2026, 11, 23, 19))
    evening = local("America/New_York", 2026, 11, 23, 21)
    assert opens_at(DEFAULT_HOURS, zones, evening) == local("America/Chicago", 2026, 11, 24, 9)


def test_zones_that_are_never_open_together_never_open():
    zones = ("Europe/Berlin", "Pacific/Honolulu")
    assert opens_at(DEFAULT_HOURS, zones, utc(2026, 11, 23, 12)) is None


@pytest.mark.parametrize("zones", [(), ("Mars/Olympus",), ("Europe/Berlin", "Nowhere"), ("../etc/passwd",), ("",)])
def test_an_unknown_zone_is_open_only_all_week(zones):
    noon = utc(2026, 11, 24, 12)
    almost = (Window(DAYS, time(0), time(23, 59)),)
    assert not is_open(almost, zones, noon)
    assert opens_at(almost, zones, noon) is None
    assert is_open(ALL_WEEK, zones, noon)
    assert opens_at(ALL_WEEK, zones, noon) == noon


def test_all_week_may_be_written_in_pieces():
    pieces = (Window(DAYS, time(0), time(13)), Window(DAYS[:5], time(13), None), Window(DAYS[5:], time(12), None))
    assert is_open(pieces, (), utc(2026, 11, 24, 12))


def test_a_closed_day_is_closed_in_the_leads_zone_whatever_the_hours():
    christmas, auckland = frozenset({date(2026, 12, 25)}), ("Pacific/Auckland",)
    begins = local("Pacific/Auckland", 2026, 12, 25, 0)
    assert is_open(ALL_WEEK, auckland, begins - TINY, closed_days=christmas)
    assert not is_open(ALL_WEEK, auckland, begins, closed_days=christmas)
    assert opens_at(ALL_WEEK, auckland, begins, closed_days=christmas) == begins + timedelta(days=1)


def test_with_an_unknown_zone_a_closed_day_lasts_as_long_as_it_is_that_day_anywhere():
    closed = frozenset({date(2026, 12, 25)})
    first, last = utc(2026, 12, 24, 10), utc(2026, 12, 26, 12)
    assert is_open(ALL_WEEK, (), first - TINY, closed_days=closed)
    assert not is_open(ALL_WEEK, (), first, closed_days=closed)
    assert not is_open(ALL_WEEK, (), utc(2026, 12, 25, 11), closed_days=closed)
    assert opens_at(ALL_WEEK, (), first, closed_days=closed) == last


def test_an_hour_of_yesterday_may_come_back_after_midnight():
    """In St. John's clocks fell back on 7 November 2010 at 00:01, to 23:01 of the day before, at 02:31 UTC."""
    late = (Window(("sat",), time(23), None),)
    after_midnight = utc(2010, 11, 7, 2, 30, 30)
    assert not is_open(late, ("America/St_Johns",), after_midnight)
    assert opens_at(late, ("America/St_Johns",), after_midnight) == utc(2010, 11, 7, 2, 31)


def test_the_fourteenth_day_is_still_looked_at():
    only_mondays = (Window(("mon",), time(9), time(20)),)
    now = local("Europe/Berlin", 2026, 11, 23, 20)
    at = opens_at(only_mondays, ("Europe/Berlin",), now, closed_days={date(2026, 11, 30)})
    assert at == local("Europe/Berlin", 2026, 12, 7, 9)


def test_no_opening_within_a_fortnight_is_none():
    mondays = frozenset(date(2026, 11, 23) + timedelta(weeks=week) for week in range(4))
    only_mondays = (Window(("mon",), time(9), time(20)),)
    assert opens_at(only_mondays, ("Europe/Berlin",), utc(2026, 11, 23, 12), closed_days=mondays) is None
    assert opens_at((), ("Europe/Berlin",), utc(2026, 11, 23, 12)) is None


# Every window border and every offset below is a multiple of a quarter of an hour, so trying each quarter is exact.
QUARTER = timedelta(minutes=15)
ZONES = (
    "America/New_York", "America/St_Johns", "Europe/Berlin", "Pacific/Auckland", "Australia/Lord_Howe", "Asia/Beirut",
    "America/Santiago", "Asia/Kathmandu", "America/Nuuk", "Africa/Casablanca", "Pacific/Chatham", "Africa/Cairo",
)  # fmt: skip
quarters = st.integers(0, 95)
CHANGES = (utc(2026, 3, 8), utc(2026, 3, 28), utc(2026, 4, 4), utc(2026, 9, 5), utc(2026, 9, 26), utc(2026, 10, 24))


@st.composite
def weeks(draw):
    windows = []
    for _ in range(draw(st.integers(1, 3))):
        start, end = sorted((draw(quarters), draw(st.integers(1, 96)) - 1))
        days = tuple(day for day in DAYS if draw(st.booleans())) or ("sun",)
        until = None if end == 95 else time((end + 1) // 4, (end + 1) % 4 * 15)
        windows.append(Window(days, time(start // 4, start % 4 * 15), until))
    return tuple(windows)


@settings(deadline=None)
@given(
    windows=weeks(),
    zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True).map(tuple),
    near=st.sampled_from(CHANGES),
    minutes=st.integers(-600, 2400),
    closed_in=st.lists(st.integers(0, 3), max_size=2),
)
def test_the_opening_found_is_the_first_that_trying_every_quarter_of_an_hour_finds(windows, zones, near, minutes, closed_in):
    now = near + timedelta(minutes=minutes)
    closed = frozenset(near.date() + timedelta(days=days) for days in closed_in)

    def is_open_at(at):
        return is_open(windows, zones, at, closed_days=closed)

    grid = [now.replace(minute=now.minute // 15 * 15) + QUARTER * step for step in range(1, HORIZON // QUARTER)]
    expected = next((at for at in [now, *grid] if is_open_at(at)), None)
    assert opens_at(windows, zones, now, closed_days=closed) == expected
