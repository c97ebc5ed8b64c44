"""What the provider's answer means, or the lack of one: done, refused, never sent, or unknown. In doubt, unknown."""

import email.utils
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx

from callcenter.adapters.retell.reading import JsonObject, read_object, text
from callcenter.domain.errors import Invalid, Refused, Uncertain, Unreachable

#: These answers are a refusal if the provider itself gave them; the same numbers from a proxy in between prove nothing.
REFUSALS = frozenset({400, 401, 402, 403, 404, 422, 429})

#: Everything that happens before the first byte of a request. A broken read or write is never among it: the library
#: raises the same errors whether nothing arrived or a call was placed.
BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)

LONGEST_RETRY_AFTER = timedelta(days=1)
_LONGEST_WORDS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that came whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def meaning_of_trouble(trouble: Exception) -> Unreachable | Uncertain:
    """Gives what an exchange that broke off means."""
    if isinstance(trouble, BEFORE_SENDING):
        return Unreachable(f"Retell cannot be reached: {_kind(trouble)}.")
    return Uncertain(f"The exchange with Retell broke off: {_kind(trouble)}.")


def meaning_of_refusal(answer: Answer, *, secret: str) -> Refused | Uncertain:
    """Gives what an answer that is not a success means; `secret` is kept out of the words."""
    words = own_words(answer.body) if answer.status in REFUSALS else None
    if words is None:
        return Uncertain(f"Retell answered {answer.status}, which does not say what became of it.", status=answer.status)
    words = words.replace(secret, "•••")[:_LONGEST_WORDS]
    return Refused(f"Retell refused: {words}", status=answer.status, words=words, retry_after=retry_after(answer.headers))


def own_words(body: bytes) -> str | None:
    """Gives the text of an error in one of the provider's two shapes; None when the page is not the provider's.

    Gateways say `{"message": …}` as well; only with `"status": "error"` beside it is it the provider that speaks.
    """
    try:
        error = read_object(body)
    except Invalid:
        return None
    return (text(error, "message") if error.get("status") == "error" else None) or text(error, "error_message")


def object_in(answer: Answer) -> JsonObject:
    """Gives the JSON object of a successful answer; raises Uncertain for anything else."""
    try:
        return read_object(answer.body)
    except Invalid as error:
        raise unreadable(answer) from error


def unreadable(answer: Answer) -> Uncertain:
    """Gives the error for a success that does not say what it should."""
    return Uncertain(f"Retell answered {answer.status} with something that cannot be read.", status=answer.status)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Gives how long the provider asks us to wait, if it does, at most a day."""
    if (wait := _number(headers.get("retry-after-ms"))) is not None:
        return _bounded(wait / 1000)
    said = headers.get("retry-after")
    if (wait := _number(said)) is not None:
        return _bounded(wait)
    try:
        # Their date counts from their own clock, so that ours need not agree with it.
        until, sent = (email.utils.parsedate_to_datetime(each or "") for each in (said, headers.get("date")))
        return _bounded((until - sent).total_seconds())
    except (TypeError, ValueError):
        return None


def _bounded(seconds: float) -> timedelta | None:
    return timedelta(seconds=min(seconds, LONGEST_RETRY_AFTER.total_seconds())) if seconds > 0 else None


def _number(digits: str | None) -> float | None:
    if digits is None or not digits.isascii() or len(digits) > 15 or not digits.replace(".", "", 1).isdigit():
        return None
    return float(digits)


def _kind(trouble: Exception) -> str:
    match trouble:
        case httpx.ConnectTimeout():
            return "no connection in time"
        case httpx.PoolTimeout():
            return "too many requests of ours are on their way already"
        case httpx.ConnectError():
            return "no connection"
        case httpx.TimeoutException() | TimeoutError():
            return "no answer in time"
        case _:
            return type(trouble).__name__
