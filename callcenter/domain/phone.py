"""Phone numbers in one normal form, and what a number says about where it rings."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, ValidationResult
from phonenumbers import timezone as prefixes
from phonenumbers.tzdata import TIMEZONE_DATA

from callcenter.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """A number as every rule sees it: `number` is E.164, `country` its two letters ("001" for none in particular).

    `zones` are all time zones it may ring in, empty when unknown. `is_valid` is False for a number of the right length
    that no operator is known to give out; such a number may still be called.
    """

    number: str
    country: str
    zones: tuple[str, ...]
    is_valid: bool

    @property
    def place(self) -> str:
        """What the number suggests to a person: "United States, likely Pacific time"."""
        return ", ".join(filter(None, (COUNTRY_NAMES.get(self.country, self.country.strip("01")), _zone_words(self.zones))))


def normal(text: str, *, country: str) -> PhoneNumber:
    """Reads a number however it was written; one without a + is of `country`. Raises Invalid(field="phone")."""
    parsed = _possible(text, country)
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return PhoneNumber(
        number=number,
        country=_country_of(parsed),
        zones=_zones(parsed, number),
        is_valid=phonenumbers.is_valid_number(parsed),
    )


def e164(text: str, *, country: str) -> str:
    """Gives only the number that `normal` reads, three times as fast: for long lists."""
    return phonenumbers.format_number(_possible(text, country), PhoneNumberFormat.E164)


def _possible(text: str, country: str) -> phonenumbers.PhoneNumber:
    parsed = _parse(_unspoilt(text), country.upper())
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason != ValidationResult.IS_POSSIBLE:
        raise Invalid(f"“{_short(text)}” is no phone number: {_WORDS.get(reason, 'its length is wrong')}.", field="phone")
    return parsed


@lru_cache(maxsize=16_384)
def national(number: str, *, country: str) -> str:
    """Writes an E.164 number for a person of `country`: national at home, else international; an odd one unchanged."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    home = _country_of(parsed) == country.upper()
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=65_536)
def zones_of(number: str) -> tuple[str, ...]:
    """Gives every zone in which an E.164 number may ring; () when nothing is known.

    North American numbers move between operators and towns, so there only the area code counts, with all of its
    zones. Of other numbers the prefix counts, and the whole country's zones when it names no place.
    """
    try:
        return _zones(phonenumbers.parse(number, None), number)
    except phonenumbers.NumberParseException:
        return ()


def city(zone: str) -> str:
    """The town in a zone's name: "New York" for America/New_York."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def _parse(text: str, country: str) -> phonenumbers.PhoneNumber:
    if not text.strip():
        raise Invalid("The phone number is missing.", field="phone")
    try:
        return phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            why = "it begins with no country code we know. Write it with + and the country code"
        elif error.error_type == phonenumbers.NumberParseException.TOO_LONG:
            why = "it is too long"
        else:
            why = "it has too few digits"
        raise Invalid(f"“{_short(text)}” is no phone number: {why}.", field="phone") from error


def _zones(parsed: phonenumbers.PhoneNumber, number: str) -> tuple[str, ...]:
    if parsed.country_code == 1:
        return _AREA_CODES.get(number[1:5]) or tuple(TIMEZONE_DATA["1"])
    if phonenumbers.is_valid_number(parsed):
        zones = prefixes.time_zones_for_number(parsed)
    else:
        zones = TIMEZONE_DATA.get(str(parsed.country_code), ())
    return tuple(zone for zone in zones if zone != _UNKNOWN)


def _unspoilt(text: str) -> str:
    """Undoes or refuses what spreadsheets make of a number that they took for a quantity."""
    bare = text.strip()
    if re.fullmatch(r"\+?\d+(?:[.,]\d+)?[eE]\+?\d+", bare):
        raise Invalid(
            f"“{_short(text)}” lost digits in a spreadsheet. Format the column as text and export it again.",
            field="phone",
        )
    return bare[:-2] if re.fullmatch(r"\+?\d{6,15}\.0", bare) else bare


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _country_of(parsed: phonenumbers.PhoneNumber) -> str:
    known = phonenumbers.region_code_for_number(parsed)
    return known or phonenumbers.region_code_for_country_code(parsed.country_code or 0)


def _zone_words(zones: tuple[str, ...]) -> str:
    names = sorted({_US_NAMES.get(zone, city(zone)) for zone in zones})
    if not names:
        return "time zone unknown"
    if len(names) > 3:
        return f"one of {len(names)} time zones"
    return f"likely {' or '.join(names)} time"


def _area_codes() -> dict[str, tuple[str, ...]]:
    """North American area codes with every zone that any of their exchanges lies in."""
    zones: dict[str, set[str]] = {}
    for prefix, names in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            zones.setdefault(prefix[:4], set()).update(names)
    return {code: tuple(sorted(names)) for code, names in zones.items()}


_UNKNOWN = "Etc/Unknown"
_AREA_CODES = _area_codes()
_WORDS = {
    ValidationResult.TOO_SHORT: "it is too short",
    ValidationResult.TOO_LONG: "it is too long",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "the area code is missing",
    ValidationResult.INVALID_COUNTRY_CODE: "it begins with no country code we know",
    ValidationResult.INVALID_LENGTH: "it has too few or too many digits",
}
_US_NAMES = {
    "America/New_York": "Eastern",
    "America/Detroit": "Eastern",
    "America/Toronto": "Eastern",
    "America/Chicago": "Central",
    "America/Winnipeg": "Central",
    "America/North_Dakota/Center": "Central",
    "America/Denver": "Mountain",
    "America/Boise": "Mountain",
    "America/Edmonton": "Mountain",
    "America/Phoenix": "Arizona",
    "America/Los_Angeles": "Pacific",
    "America/Vancouver": "Pacific",
    "America/Anchorage": "Alaska",
    "America/Juneau": "Alaska",
    "Pacific/Honolulu": "Hawaii",
}
#: Only names people would not read off the two letters; the full place index of the library takes 180 MB of memory.
COUNTRY_NAMES = {
    "AR": "Argentina", "AT": "Austria", "AU": "Australia", "BE": "Belgium", "BG": "Bulgaria", "BR": "Brazil",
    "CA": "Canada", "CH": "Switzerland", "CL": "Chile", "CN": "China", "CO": "Colombia", "CY": "Cyprus",
    "CZ": "Czechia", "DE": "Germany", "DK": "Denmark", "EE": "Estonia", "EG": "Egypt", "ES": "Spain",
    "FI": "Finland", "FR": "France", "GB": "United Kingdom", "GR": "Greece", "HK": "Hong Kong", "HR": "Croatia",
    "HU": "Hungary", "ID": "Indonesia", "IE": "Ireland", "IL": "Israel", "IN": "India", "IS": "Iceland",
    "IT": "Italy", "JP": "Japan", "KE": "Kenya", "KR": "South Korea", "LT": "Lithuania", "LU": "Luxembourg",
    "LV": "Latvia", "MA": "Morocco", "MT": "Malta", "MX": "Mexico", "MY": "Malaysia", "NG": "Nigeria",
    "NL": "Netherlands", "NO": "Norway", "NZ": "New Zealand", "PE": "Peru", "PH": "Philippines", "PK": "Pakistan",
    "PL": "Poland", "PR": "Puerto Rico", "PT": "Portugal", "RO": "Romania", "RS": "Serbia", "SA": "Saudi Arabia",
    "SE": "Sweden", "SG": "Singapore", "SI": "Slovenia", "SK": "Slovakia", "TH": "Thailand", "TR": "Türkiye",
    "TW": "Taiwan", "UA": "Ukraine", "AE": "United Arab Emirates", "US": "United States", "VN": "Vietnam",
    "ZA": "South Africa",
}  # fmt: skip
