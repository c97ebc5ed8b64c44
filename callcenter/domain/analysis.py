"""What Retell's own analysis of a call says under the names its users chose: facts, numbers and words, safely read."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from callcenter.domain.call import Outcome, Told

#: Texts that fill a field and yet say no; analysis models write them where a value is missing.
_NO = frozenset(
    {"", "false", "no", "none", "null", "nil", "nan", "n/a", "na", "0", "-", "—", "unknown", "not applicable"}
    | {
        "not provided",
        "not specified",
        "not mentioned",
        "not set",
        "not available",
        "not scheduled",
        "undefined",
        "tbd",
    }
)
_OUTCOMES = {each.value: each for each in Outcome}
_OUTCOME_FIELDS = ("outcome", "call_outcome", "disposition")

#: Custom facts in the order in which they speak. One that ends in `*` stands for every field that begins so.
_FACTS: tuple[tuple[str, Outcome], ...] = (
    ("do_not_call", Outcome.DO_NOT_CALL),
    ("wrong_number", Outcome.WRONG_NUMBER),
    ("sale_made", Outcome.SALE_MADE),
    ("appointment_*", Outcome.APPOINTMENT_SCHEDULED),
    ("qualified*", Outcome.QUALIFIED_LEAD),
    ("not_interested", Outcome.NOT_INTERESTED),
)
#: Fields that begin like a fact but tell of its opposite, or only about it.
_NO_FACT = re.compile(r"_(cancel+ed|declined|refused|rejected|missed|attempted|offered|reasons?|notes?|confidence)$")


def snake(name: str) -> str:
    """A field name or value in lower snake case: `Call Outcome`, `callOutcome` and `call-outcome` are one."""
    humps = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^0-9a-z]+", "_", humps.lower()).strip("_")


def custom_fields(told: Told) -> Mapping[str, Any]:
    """The custom analysis by lower snake case name; of two spellings of a name, the one that sorts first holds."""
    if not told.custom:
        return {}
    return {snake(name): told.custom[name] for name in sorted(told.custom, reverse=True)}


def is_filled(value: Any) -> bool:
    """True if a field says yes or says something: not false, not zero, not one of the many words for nothing."""
    if isinstance(value, str):
        return value.strip().rstrip(".").lower() not in _NO
    if isinstance(value, float):
        return bool(value) and not math.isnan(value)
    return bool(value)


def custom_text(told: Told, name: str) -> str | None:
    """The text of a custom field, or None when it is absent, empty or no text."""
    value = custom_fields(told).get(name)
    return value.strip() if isinstance(value, str) and is_filled(value) else None


def custom_number(told: Told, name: str, *, low: float, high: float) -> float | None:
    """The number in a custom field, also when it was written as text; None when absent or outside `low`…`high`."""
    value = custom_fields(told).get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if low <= number <= high else None


def named_outcome(told: Told) -> Outcome | None:
    """The outcome that a custom field names outright, if it is one of ours."""
    given = custom_fields(told)
    for name in _OUTCOME_FIELDS:
        value = given.get(name)
        if isinstance(value, str) and snake(value) in _OUTCOMES:
            return _OUTCOMES[snake(value)]
    return None


def facts(told: Told) -> Iterator[Outcome]:
    """The outcomes that custom facts speak for, the weightiest first."""
    filled = {name.removeprefix("is_") for name, value in custom_fields(told).items() if is_filled(value)}
    for pattern, outcome in _FACTS:
        if any(_names(pattern, name) for name in filled):
            yield outcome


def _names(pattern: str, name: str) -> bool:
    if not pattern.endswith("*"):
        return name == pattern
    return name.startswith(pattern[:-1]) and not _NO_FACT.search(name)
