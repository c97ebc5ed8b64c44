"""The variables a call is placed with: their names, their values, and which of two wins."""

from collections.abc import Mapping
from typing import cast

from callcenter.domain.errors import Invalid

#: Names Retell fills in by itself; ours must not hide them. Source: Retell's list of system variables.
RESERVED = frozenset(
    {
        "current_time", "current_hour", "current_calendar", "session_type", "session_duration", "session_duration_ms",
        "current_agent_state", "previous_agent_state", "current_node", "previous_node", "direction", "user_number",
        "agent_number", "call_id", "call_type", "chat_id", "do_not_call",
    }
)  # fmt: skip
_RESERVED_PREFIXES = ("current_time_", "current_hour_", "current_calendar_")
LONGEST_VALUE = 8_000
MOST = 200


def merged(*layers: Mapping[str, str]) -> dict[str, str]:
    """Gives all variables of a call; a later layer wins. The order is: client, batch, lead, call."""
    return {name: value for layer in layers for name, value in layer.items()}


def variables_from(value: object, *, field: str = "variables") -> dict[str, str]:
    """Reads variables as they come on the wire: strings, numbers and booleans, all as text. Raises Invalid naming the field."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Invalid("Variables are an object of names and values.", field=field)
    table = cast("Mapping[object, object]", value)
    if len(table) > MOST:
        raise Invalid(f"At most {MOST} variables.", field=field)
    out: dict[str, str] = {}
    for name, given in table.items():
        where = f"{field}.{name}"
        if not isinstance(name, str) or not name.strip():
            raise Invalid("A variable needs a name.", field=field)
        if name in RESERVED or name.startswith(_RESERVED_PREFIXES):
            raise Invalid(f"The name {name} is filled in by Retell itself; choose another.", field=where)
        out[name.strip()] = _text(given, where)
    return out


def _text(given: object, where: str) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, int | float | str):
        text = str(given)
        if len(text) > LONGEST_VALUE:
            raise Invalid(f"At most {LONGEST_VALUE} characters.", field=where)
        return text
    raise Invalid("A variable's value is text, a number, true or false.", field=where)
