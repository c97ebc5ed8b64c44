"""The values and places of the calling rules in words: {"days": 31} is "31 days", US-FL is Florida."""

from collections.abc import Mapping
from typing import Any, cast

from callcenter.domain.hours import windows_from
from callcenter.domain.hours import words as hours_words
from callcenter.ui import words

#: How a field of a rule is said; two forms where it is a yes or a no, an empty one leaves it out.
_FIELDS: Mapping[str, str | tuple[str, str]] = {
    "is": ("yes", "no"),
    "count": "{:,}",
    "subject": "about the {} subject",
    "call": "called {}",
    "scope": "holds for {}",
    "override": ("may be overruled", "nobody may overrule it"),
    "ai": "that it is an AI in the {}",
    "recording": "{} that it is recorded",
    "form": "{}",
    "days": "{:,} days",
    "registries": "registers {}",
    "honour_within_business_days": "honoured within {} business days",
    "honour_within_days": "honoured within {} days",
    "keep_years": "kept {} years",
    "keep_days": "kept {:,} days",
    "any_way": ("in any way", "in the ways named"),
    "share": "{:.0%} of calls",
    "greet_within_s": "greeted within {} s",
    "seconds": "{} s",
    "rings": "{} rings",
    "start": "{} first",
    "also": "then {}",
    "shown": ("shown", "may be hidden"),
    "reachable": ("can be called back", "need not be reachable"),
    "usd": "${:,}",
    "usd_wilful": "${:,} when wilful",
    "usd_ftc": "${:,} from the FTC",
    "gbp": "£{:,}",
    "share_of_turnover": "or {:.0%} of turnover",
    "safe_harbour": "safe harbour {}",
    "natural_voice_announcement": ("announced by a natural voice", ""),
    "status": "{}",
    "when": "{}",
}
_COUNTRIES: Mapping[str, str] = {
    "US": "United States",
    "CA": "Canada",
    "GB": "United Kingdom",
    "EU": "European Union",
}
_STATES: Mapping[str, str] = {
    "AL": "Alabama", "CA": "California", "CO": "Colorado", "CT": "Connecticut", "DE": "Delaware", "FL": "Florida",
    "IL": "Illinois", "IN": "Indiana", "KY": "Kentucky", "LA": "Louisiana", "MA": "Massachusetts", "MD": "Maryland",
    "ME": "Maine", "MI": "Michigan", "MS": "Mississippi", "MT": "Montana", "NH": "New Hampshire", "NV": "Nevada",
    "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island", "SD": "South Dakota", "TX": "Texas",
    "UT": "Utah", "WA": "Washington", "WY": "Wyoming",
}  # fmt: skip


def value_words(value: Mapping[str, Any]) -> str:
    """What a rule asks for: "3 % of calls, 30 days, greeted within 2 s"."""
    if "windows" in value:
        said = hours_words(windows_from(value["windows"], field="windows"))
    else:
        said = ", ".join(part for name, each in value.items() if (part := _field(name, each)))
    return words.sentence(said)


def place_words(place: str) -> str:
    """Where a rule holds: "US" is the United States, "US-FL" is Florida."""
    country, _dash, state = place.partition("-")
    return _STATES[state] if state else _COUNTRIES[country] if country else ""


def _field(name: str, value: Any) -> str:
    form = _FIELDS[name]
    if isinstance(form, tuple):
        return form[0] if value else form[1]
    if value is False:
        return "no " + form.partition(" {")[0]
    if isinstance(value, list):
        value = " and ".join(str(each) for each in cast("list[Any]", value))
    return form.format(value).replace("%", " %")
