"""Reads JSON that strangers wrote: text made storable, numbers bounded, what cannot be read refused."""

import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from callcenter.domain.errors import Invalid

JsonObject = dict[str, Any]

#: Deeper than any body a provider means to send; a fixed depth, so that the verdict never depends on our own stack.
DEEPEST = 100
#: What fits a 64-bit column; anything longer is no count, time or amount of a call.
LONGEST_INTEGER = 18

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

# Lone surrogates break every store's UTF-8, NUL breaks PostgreSQL's text. Pairs were joined by the parser before.
_UNSTORABLE = re.compile("[\ud800-\udfff]")
# Neither can stand in JSON but as an escape: where there is none, and there seldom is, nothing need be looked through.
_MAY_BE_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
# Nor is a number too large without so many digits, or such a power. Where there are none, and there seldom are, none need be
# looked at one by one; what is searched has its digits made 0 and what may stand around a number made a comma.
_SHAPE = bytes.maketrans(b"123456789E \t\r\n:[]}\xbf", b"000000000e,,,,,,,,,")
_MANY_DIGITS = (b"," + b"0" * (LONGEST_INTEGER + 1), b"-" + b"0" * (LONGEST_INTEGER + 1))
_HIGH_POWER = re.compile(rb"e[+-]?0000*,")


def storable_text(text: str) -> str:
    """Gives `text` without what databases refuse: NUL is dropped, half a surrogate pair becomes U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text.replace("\x00", ""))


def read_json(raw: bytes) -> Any:
    """Gives the JSON value of `raw`, every text in it storable and every number finite; raises Invalid."""
    try:
        whole, broken = (_integer, _finite) if _may_be_too_large(raw) else (None, None)
        value = json.loads(raw.decode("utf-8-sig"), parse_int=whole, parse_float=broken, parse_constant=lambda _: None)
        _check_depth(value)
        return _storable(value) if _MAY_BE_UNSTORABLE.search(raw) else value
    except UnicodeDecodeError as error:
        raise Invalid("The body is not UTF-8 text.") from error
    except RecursionError as error:
        raise Invalid("The body is nested too deeply.") from error
    except ValueError as error:
        raise Invalid("The body is not JSON.") from error


def read_object(raw: bytes) -> JsonObject:
    """Gives the JSON object of `raw` as `read_json` does; raises Invalid when it is anything but an object."""
    value = read_json(raw)
    if not isinstance(value, dict):
        raise Invalid("The body is JSON, but not an object.")
    return cast(JsonObject, value)


def canonical(value: Any) -> bytes:
    """Gives one spelling for equal values: keys sorted, no blanks, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def text(source: JsonObject, key: str, *, longest: int | None = None) -> str | None:
    """Gives the text under `key`; None when absent, empty, longer than `longest` or no text."""
    value = source.get(key)
    if not isinstance(value, str) or not value or (longest is not None and len(value) > longest):
        return None
    return value


def flag(source: JsonObject, key: str) -> bool | None:
    """Gives true or false under `key`, else None."""
    value = source.get(key)
    return value if isinstance(value, bool) else None


def number(source: JsonObject, key: str) -> float | None:
    """Gives the number under `key` (never a boolean), else None."""
    value = source.get(key)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def count(source: JsonObject, key: str) -> int | None:
    """Gives a whole number of at least 0 that fits a 64-bit column, rounding a fraction; else None."""
    value = number(source, key)
    return round(value) if value is not None and 0 <= value < 10**LONGEST_INTEGER else None


def instant(source: JsonObject, key: str) -> datetime | None:
    """Gives the instant that `key` tells in milliseconds since 1970; None outside this century's bounds."""
    value = number(source, key)
    if value is None or not 0 < value < 10**LONGEST_INTEGER:
        return None
    try:
        at = EPOCH + timedelta(milliseconds=round(value))
    except OverflowError:
        return None
    return at if EARLIEST <= at < LATEST else None


def child(source: JsonObject, key: str) -> JsonObject:
    """Gives the object under `key`, an empty one when it is absent or something else."""
    value = source.get(key)
    return cast(JsonObject, value) if isinstance(value, dict) else {}


def children(source: JsonObject, key: str) -> list[JsonObject]:
    """Gives the objects of the list under `key`; whatever in it is no object is passed over."""
    value = source.get(key)
    if not isinstance(value, list):
        return []
    return [cast(JsonObject, item) for item in cast(list[Any], value) if isinstance(item, dict)]


def _may_be_too_large(raw: bytes) -> bool:
    shape = b"," + raw.translate(_SHAPE) + b","
    return any(digits in shape for digits in _MANY_DIGITS) or bool(_HIGH_POWER.search(shape))


def _integer(digits: str) -> int | float | None:
    return int(digits) if len(digits.lstrip("-")) <= LONGEST_INTEGER else _finite(digits)


def _finite(digits: str) -> float | None:
    value = float(digits)
    return value if math.isfinite(value) else None


def _check_depth(value: Any) -> None:
    level: list[Iterable[Any]] = [[value]]
    for _ in range(DEEPEST + 1):
        level = [_items(item) for items in level for item in items if type(item) is dict or type(item) is list]
        if not level:
            return
    raise Invalid("The body is nested too deeply.")


def _items(value: Any) -> Iterable[Any]:
    return cast(JsonObject, value).values() if type(value) is dict else cast(list[Any], value)


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, list):
        return [_storable(item) for item in cast(list[Any], value)]
    if isinstance(value, dict):
        return {storable_text(key): _storable(item) for key, item in cast(JsonObject, value).items()}
    return value
