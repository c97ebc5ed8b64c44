"""What the provider has told us, to and from the JSON that is stored: nothing is lost on the way there and back."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from callcenter.domain.call import Phase, Told, Turn

_INSTANTS = frozenset({"started_at", "ended_at"})
_NAMES = tuple(f.name for f in fields(Told))
_VALUES = attrgetter(*_NAMES)
_EMPTY = Told()
_NOTHING = _VALUES(_EMPTY)


def told_to(told: Told) -> dict[str, Any]:
    """Gives the JSON object of `told`, leaving out what it does not know."""
    out: dict[str, Any] = {}
    for name, value, nothing in zip(_NAMES, _VALUES(told), _NOTHING, strict=True):
        if value is nothing or value == nothing:
            continue
        if name in _INSTANTS:
            value = value.isoformat()
        elif name == "turns":
            value = [list(turn) for turn in value]
        elif name == "keys":
            value = {field: list(key) for field, key in value.items()}
        elif name == "cost_lines":
            value = [list(line) for line in value]
        elif name == "phase":
            value = int(value)
        elif isinstance(value, Mapping):
            value = dict(value)  # type: ignore[arg-type]
        out[name] = value
    return out


def told_from(stored: Mapping[str, Any] | None) -> Told:
    """Gives back what `told_to` stored; names that are no longer known are passed over."""
    if not stored:
        return _EMPTY
    known: dict[str, Any] = {}
    for name in _NAMES:
        if name not in stored:
            continue
        value = stored[name]
        if name in _INSTANTS:
            value = datetime.fromisoformat(value).astimezone(UTC)
        elif name == "turns":
            value = tuple(Turn(*turn) for turn in value)
        elif name == "keys":
            value = {field: (key[0], key[1], key[2]) for field, key in value.items()}
        elif name == "cost_lines":
            value = tuple((line[0], line[1]) for line in value)
        elif name == "phase":
            value = Phase(value)
        known[name] = value
    return Told(**known)
