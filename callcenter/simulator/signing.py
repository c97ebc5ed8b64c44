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
    if isinstance(value, (str, int)):  # most of it, asked first: a transcript has thousands of words
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


def milliseconds(at: datetime) -> int:
    """Unix milliseconds of an aware instant."""
    return round(at.timestamp() * 1000)


def sign(body: bytes, *, key: str, at_ms: int) -> str:
    """The `x-retell-signature` header: the digest covers the body followed directly by the timestamp's digits."""
    digest = hmac.new(key.encode(), body + str(at_ms).encode(), hashlib.sha256).hexdigest()
    return f"v={at_ms},d={digest}"
