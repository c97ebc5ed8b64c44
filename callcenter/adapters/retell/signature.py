"""Is it really them? Checks a webhook's signature over the bytes as they came, step by step, and makes one for a test."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from callcenter.services.ports import SignatureCheck, Verified

#: How far the signed instant may lie from ours, inclusive, in both directions.
WINDOW = timedelta(milliseconds=300_000)

# Strict on purpose: one spelling only. No leading zeros, no capitals, no blanks, ASCII digits, nothing around it.
_HEADER = re.compile(r"v=([1-9][0-9]{0,15}),d=([0-9a-f]{64})", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def verify(raw: bytes, header: str | None, *, keys: Sequence[str], now: datetime) -> Verified:
    """Gives the verdict on `header` (the value of x-retell-signature) for the body `raw`, trying every key.

    `ok` says that one of the keys made the signature; `is_fresh`, that it was made within five minutes of `now`. An
    authentic but stale delivery is told apart from a forged one: a late retry is a hint worth following.
    """
    match = _HEADER.fullmatch(header) if header is not None else None
    if match is None:
        return Verified(ok=False, steps=(SignatureCheck("header", False, _header_trouble(header)),))
    digits, digest = match.groups()
    age = _age(int(digits), now)
    is_fresh = abs(age) <= WINDOW
    key_index = _matching_key(raw + digits.encode(), digest, keys)
    steps = (
        SignatureCheck("header", True, "The header has the form v=<milliseconds>,d=<64 hex digits>."),
        SignatureCheck("time", is_fresh, _age_in_words(age)),
        SignatureCheck("digest", key_index >= 0, _digest_in_words(key_index, len(keys))),
    )
    is_authentic = key_index >= 0
    return Verified(
        ok=is_authentic,
        is_fresh=is_authentic and is_fresh,
        key_index=key_index,
        signed_at=_instant(int(digits)),
        steps=steps,
    )


def sign(raw: bytes, *, key: str, at: datetime) -> str:
    """Gives the header that the provider would put beside this body, had it signed it with this key at that instant."""
    digits = str((at - _EPOCH) // _MILLISECOND)
    return f"v={digits},d={_digest(raw + digits.encode(), key)}"


def _digest(message: bytes, key: str) -> str:
    return hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def _matching_key(message: bytes, digest: str, keys: Sequence[str]) -> int:
    # Every key is tried to the end and compared in constant time: how long it took says nothing about the keys.
    found = -1
    for index, key in enumerate(keys):
        if hmac.compare_digest(_digest(message, key), digest) and found < 0:
            found = index
    return found


def _age(signed_ms: int, now: datetime) -> timedelta:
    """How long ago it was signed; negative for the future. Whole milliseconds, and too far off to count is clamped."""
    now_ms = (now - _EPOCH) // _MILLISECOND
    age_ms = now_ms - signed_ms
    bound = 10**14
    return max(-bound, min(bound, age_ms)) * _MILLISECOND


def _instant(signed_ms: int) -> datetime | None:
    try:
        return _EPOCH + signed_ms * _MILLISECOND
    except OverflowError:
        return None


def _header_trouble(header: str | None) -> str:
    if header is None:
        return "There is no x-retell-signature header."
    return "The header has not the form v=<milliseconds>,d=<64 lower-case hex digits>."


def _age_in_words(age: timedelta) -> str:
    seconds = abs(age).total_seconds()
    when = f"{seconds:,.3f} s ago" if age >= timedelta(0) else f"{seconds:,.3f} s in the future"
    verdict = "within" if abs(age) <= WINDOW else "outside"
    return f"Signed {when}: {verdict} the five minutes allowed."


def _digest_in_words(key_index: int, tried: int) -> str:
    if key_index >= 0:
        return f"The digest was made with key {key_index + 1} of {tried}."
    if not tried:
        return "There is no key to check the digest with."
    return f"None of the {tried} known keys makes this digest: another key, or the body was changed on its way."
