"""Webhook bodies as JavaScript would write them, and the signature the provider puts beside them."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any


def compact(value: Any) -> bytes:
    """JSON without blanks, in raw UTF-8, whole numbers without `.0`."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def plain(value: Any) -> Any:
    """The same value with every whole float as an integer."""
    kind: type[Any] = type(value)  # asked once: a transcript has thousands of words, each with two instants
    if kind is str or kind is int:
        return value
    if kind is float:
        return int(value) if value.is_integer() else value
    if kind is dict:
        return {key: plain(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [plain(item) for item in value]
    return value


def milliseconds(at: datetime) -> int:
    """Unix milliseconds of an aware instant."""
    return round(at.timestamp() * 1000)


def sign(body: bytes, *, key: str, at_ms: int) -> str:
    """The `x-retell-signature` header: the digest covers the body followed directly by the timestamp's digits."""
    digest = hmac.new(key.encode(), body + str(at_ms).encode(), hashlib.sha256).hexdigest()
    return f"v={at_ms},d={digest}"
