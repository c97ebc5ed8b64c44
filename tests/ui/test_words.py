"""The same thing reads the same everywhere: numbers, durations, money and times in words."""

from datetime import UTC, datetime, timedelta

import pytest

from callcenter.ui import words

NOW = datetime(2026, 11, 22, 22, 3, 22, tzinfo=UTC)  # 14:03:22 on a Sunday in Los Angeles
LA = "America/Los_Angeles"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (221, "3:41"), (3599, "59:59"), (3600, "1:00:00"), (3725, "1:02:05")]
)
def test_a_duration_has_hours_only_when_it_needs_them(seconds: int, shown: str) -> None:
    assert words.duration(timedelta(seconds=seconds)) == shown


def test_an_unknown_duration_is_a_dash_and_never_zero() -> None:
    assert words.duration(None) == "—"
    assert words.money(None) == "—"
    assert words.percent(3, 0) == "—"


def test_durations_in_sentences_and_for_screen_readers() -> None:
    assert words.duration_sentence(timedelta(seconds=221)) == "3 min 41 s"
    assert words.duration_sentence(timedelta(0)) == "0 s"
    assert words.duration_spoken(timedelta(seconds=3661)) == "1 hour 1 minute 1 second"


@pytest.mark.parametrize(
    ("micros", "shown"),
    [(0, "$0.00"), (4_000, "<$0.01"), (420_000, "$0.42"), (999_990_000, "$999.99"), (1_204_400_000, "$1,204")],
)
def test_money_loses_its_cents_from_a_thousand_on(micros: int, shown: str) -> None:
    assert words.money(micros) == shown


def test_money_names_its_currency() -> None:
    assert words.money(5_000_000, "EUR") == "€5.00"
    assert words.money(5_000_000, "SEK") == "SEK 5.00"


def test_a_share_of_few_is_a_fraction() -> None:
    assert words.share(3, 7) == "3 of 7"
    assert words.share(318, 523) == "61 % (318 of 523)"
    assert words.percent(4, 1000) == "0.4 %"
    assert words.share(0, 0) == "—"


def test_words_agree_with_their_number() -> None:
    assert words.counted(1, "call") == "1 call"
    assert words.counted(1204, "person", "people") == "1,204 people"


def test_a_change_is_told_in_points() -> None:
    assert words.points(0.61, 0.57) == "▲ 4 pts"
    assert words.points(0.60, 0.61) == "▼ 1 pt"
    assert words.points(0.6, None) == ""


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=4, seconds=59), "4 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(days=1), "yesterday 14:03"),
        (timedelta(days=5), "Tue 14:03"),
        (timedelta(days=12), "10 Nov 14:03"),
        (timedelta(days=380), "7 Nov 2025"),
    ],
)
def test_how_long_ago_grows_coarser_with_time(before: timedelta, shown: str) -> None:
    assert words.ago(NOW - before, now=NOW, zone=LA) == shown


def test_yesterday_is_yesterday_where_the_viewer_is() -> None:
    late = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
    assert words.ago(late, now=NOW, zone="Pacific/Auckland") == "yesterday 23:30"
    assert words.ago(late, now=NOW, zone="UTC") == "11 h ago"


def test_the_future_is_never_only_relative() -> None:
    nine = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert words.ahead(nine, now=NOW, zone=LA) == "Tomorrow 09:00 (in 18 h)"
    assert words.ahead(NOW + timedelta(minutes=19), now=NOW, zone=LA) == "Today 14:22 (in 19 min)"
    assert words.ahead(NOW + timedelta(days=40), now=NOW, zone=LA).startswith("1 Jan 2027 14:03")


def test_evidence_has_seconds_and_a_zone() -> None:
    assert words.exact(NOW, LA) == "22 Nov 2026, 14:03:22 PST"
    assert words.appointment(NOW, LA) == "Sun 22 Nov 2026, 14:03 PST"


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [(0.5, "under 1 min left"), (3.2, "about 4 min left"), (33, "about 35 min left"), (247, "done today 18:10")],
)
def test_time_left_is_rounded_up(minutes: float, shown: str) -> None:
    assert words.time_left(timedelta(minutes=minutes), now=NOW, zone=LA) == shown


def test_the_status_shown_is_more_than_the_one_stored() -> None:
    assert words.shown_status("scheduled", outcome=None) == "scheduled"
    assert words.shown_status("scheduled", outcome=None, is_due=True) == "waiting"
    assert words.shown_status("failed", outcome="no_answer") == "not_reached"
    assert words.shown_status("failed", outcome="wrong_number") == "failed"
    assert words.shown_status("in_progress", outcome=None, is_checking=True) == "checking"


@pytest.mark.parametrize(
    ("number", "key"), [(None, ""), (-0.31, "negative"), (-0.3, "neutral"), (0.3, "neutral"), (0.31, "positive")]
)
def test_sentiment_has_three_words_and_unknown(number: float | None, key: str) -> None:
    assert words.sentiment(number) == key


def test_ids_and_names_are_shortened_for_lists() -> None:
    assert words.short_id("0190c8e5a41c9f02") == "…a41c9f02"
    assert words.initials("Ana Duarte") == "AD"
    assert words.initials("") == "?"


def test_values_of_machines_become_words() -> None:
    assert [
        words.spoken(each, "Europe/Berlin") for each in ("no_answer", "after_work", "2026-12-01", "2026-12-01T09:00:00Z")
    ] == [
        "No answer",
        "After work",
        "Tue 1 Dec 2026",
        "Tue 1 Dec 2026, 10:00 CET",
    ]
    assert [words.spoken(each, "UTC") for each in ("2026-99-01", "2026", "a name", "12-01-2026")] == [
        "2026-99-01",
        "2026",
        "a name",
        "12-01-2026",
    ]
    assert [words.language(each) for each in ("en", "en-US", "xx-YY", "")] == ["English", "English (US)", "xx-YY", ""]
