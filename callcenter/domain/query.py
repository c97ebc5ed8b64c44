"""How a filter is written into an address: lists with commas, "not" with a leading exclamation mark."""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

Params = Mapping[str, Sequence[str]]


def split_values(values: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Gives (wanted, unwanted), each sorted and without doubles.

    A value that begins with `!` is unwanted as a whole list ("!failed,cancelled"); inside a list each item may have its own
    ("failed,!cancelled"). A backslash keeps the next character from meaning anything.
    """
    wanted: set[str] = set()
    unwanted: set[str] = set()
    for value in values:
        all_unwanted = value.startswith("!")
        for text, is_not in _items(value[1:] if all_unwanted else value):
            (unwanted if all_unwanted or is_not else wanted).add(text)
    return tuple(sorted(wanted)), tuple(sorted(unwanted))


def join_values(wanted: Sequence[str], unwanted: Sequence[str] = ()) -> str:
    """Gives what `split_values` reads back."""
    if unwanted and not wanted:
        return "!" + ",".join(_escape(value) for value in unwanted)
    return ",".join([*(_escape(value) for value in wanted), *("!" + _escape(value) for value in unwanted)])


def write_query(pairs: Iterable[tuple[str, str]]) -> str:
    """Gives a query string without the question mark; commas, colons and exclamation marks stay readable."""
    return "&".join(f"{quote(name, safe='')}={quote(value, safe=',:!')}" for name, value in pairs)


def _items(value: str) -> Iterable[tuple[str, bool]]:
    """Gives each item between commas that is not empty, with whether an exclamation mark stood before it."""
    text, is_not, begun, escaped = "", False, False, False
    for char in value + ",":
        if escaped:
            text, begun, escaped = text + char, True, False
        elif char == "\\":
            escaped = True
        elif char == ",":
            if text.strip():
                yield text.strip(), is_not
            text, is_not, begun = "", False, False
        elif char == "!" and not begun and not text.strip():
            is_not, begun = True, True
        else:
            text, begun = text + char, begun or not char.isspace()


def _escape(value: str) -> str:
    for special in ("\\", ","):
        value = value.replace(special, "\\" + special)
    return "\\" + value if value.startswith("!") else value


#: Stands for "nothing yet" among outcomes and sentiments.
UNKNOWN = "unknown"


def read_sort(text: str, *, allowed: Sequence[str], rest_names: Mapping[str, str]) -> str | None:
    """Gives the sort in our words ("-ended"), None when it is none of the allowed."""
    sign, name = ("-", text[1:]) if text.startswith("-") else ("", text)
    name = rest_names.get(name, name)
    return sign + name if name in allowed else None
