"""Numbers in one normal form, and the zones they may ring in."""

import pytest

from callcenter.domain.errors import Invalid
from callcenter.domain.phone import city, national, normal, zones_of


@pytest.mark.parametrize(
    ("text", "country", "expected"),
    [
        ("(415) 555-0123", "US", "+14155550123"),
        ("415.555.0123", "us", "+14155550123"),
        ("1 415 555 0123", "US", "+14155550123"),
        ("+1 415 555 0123", "DE", "+14155550123"),
        (" tel:+1-415-555-0123 ", "US", "+14155550123"),
        ("４１５５５５０１２３", "US", "+14155550123"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("07700 900123", "GB", "+447700900123"),
        ("030 23125 001", "DE", "+493023125001"),
        ("4155550123.0", "US", "+14155550123"),
    ],
)
def test_a_number_is_read_however_it_is_written(text, country, expected):
    assert normal(text, country=country).number == expected


@pytest.mark.parametrize(
    ("text", "country", "why"),
    [
        ("", "US", "missing"),
        ("   ", "US", "missing"),
        ("call me", "US", "too few digits"),
        ("555-0123", "US", "area code is missing"),
        ("911", "US", "too short"),
        ("415 555 01234", "US", "too long"),
        ("+999 1234567", "US", "country code"),
        ("4.15555E+09", "US", "spreadsheet"),
        ("4155550123", "ZZ", "country code"),
        ("1" * 300, "US", "too long"),
    ],
)
def test_what_cannot_be_a_number_is_refused_with_the_reason(text, country, why):
    with pytest.raises(Invalid, match=why) as refused:
        normal(text, country=country)
    assert refused.value.field == "phone"
    assert len(refused.value.message) < 150


def test_a_possible_number_that_nobody_gives_out_is_taken_and_marked():
    assert not normal("+44 7700 900123", country="GB").is_valid
    assert normal("+44 20 7946 0958", country="GB").is_valid


def test_a_number_knows_its_country():
    assert normal("+1 416 555 0123", country="US").country == "CA"
    assert normal("+44 7700 900123", country="US").country == "GB"


@pytest.mark.parametrize(
    ("number", "country", "expected"),
    [
        ("+14155552671", "US", "(415) 555-2671"),
        ("+442079460958", "US", "+44 20 7946 0958"),
        ("+442079460958", "GB", "020 7946 0958"),
        ("+14155552671", "GB", "+1 415-555-2671"),
        ("anonymous", "US", "anonymous"),
    ],
)
def test_a_number_is_shown_national_at_home_only(number, country, expected):
    assert national(number, country=country) == expected


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+14155550123", {"America/Los_Angeles"}),
        ("+12125550123", {"America/New_York"}),
        ("+4930231250", {"Europe/Berlin"}),
        ("+6493601234", {"Pacific/Auckland"}),
        ("+12085550123", {"America/Boise", "America/Denver", "America/Los_Angeles"}),  # Idaho
        ("+18505550123", {"America/Chicago", "America/New_York"}),  # Florida's west
        ("+18504320123", {"America/Chicago", "America/New_York"}),  # a Pensacola exchange may have moved east
        ("+447700900123", {"Europe/London", "Europe/Guernsey", "Europe/Isle_of_Man"}),
    ],
)
def test_a_number_rings_in_every_zone_it_may_ring_in(number, expected):
    assert expected <= set(zones_of(number))
    assert len(zones_of(number)) <= len(expected) + 1


def test_a_number_of_no_place_may_ring_anywhere_in_its_country():
    assert {"America/New_York", "America/Los_Angeles", "Pacific/Honolulu"} <= set(zones_of("+18005550123"))
    assert {"Australia/Perth", "Australia/Sydney"} <= set(zones_of("+61491570156"))


@pytest.mark.parametrize("number", ["", "anonymous", "+80012345678", "+9991234567"])
def test_a_number_of_no_country_has_no_zone(number):
    assert zones_of(number) == ()


def test_the_place_says_what_was_understood():
    assert normal("+1 415-555-2671", country="US").place == "United States, likely Pacific time"
    assert normal("+1 850 555 0123", country="US").place == "United States, likely Central or Eastern time"
    assert normal("+49 30 231250", country="DE").place == "Germany, likely Berlin time"
    assert normal("+1 800 555 0123", country="US").place.startswith("United States, one of ")
    assert normal("+800 1234 5678", country="US").place == "time zone unknown"


def test_a_zone_is_named_for_its_town():
    assert city("America/New_York") == "New York"
    assert city("UTC") == "UTC"
