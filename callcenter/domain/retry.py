"""Whether and when to try again after a call has ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast

from callcenter.domain.call import SUCCESSES, Call, Derived, Outcome
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import Window, opens_at

#: The results after which a policy may ask for another try.
RESULTS = ("no_answer", "voicemail", "failed")
MAX_ATTEMPTS = 10
MAX_AFTER_MINUTES = 30 * 24 * 60


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """After which results (`no_answer`, `voicemail`, `failed`) a lead is tried again, and how many minutes later."""

    on: tuple[str, ...] = RESULTS
    after_minutes: int = 120


#: The result that a class of end counts as. A class that is not here is never tried again.
_RESULT_OF: Mapping[str, str] = {
    "machine": "voicemail",
    "nobody": "no_answer",
    "line": "failed",
    "their_fault": "failed",
}
#: How often a chain may be tried again because of one class, inside its `max_attempts`.
_MOST_OF: Mapping[str, int] = {"line": 2, "their_fault": 1}


def plan_retry(
    call: Call,
    derived: Derived,
    policy: RetryPolicy,
    *,
    class_tries: int,
    now: datetime,
    windows: tuple[Window, ...] = (),
    zones: tuple[str, ...] = (),
    closed_days: Collection[date] = (),
) -> datetime | None:
    """Gives when the lead is to be called again after this call ended, or None.

    `class_tries` counts the earlier calls of the chain that ended in the same class. With `windows` the time is moved
    to when they open. Whether the lead is still to be called, and its batch still on, is for the caller to know.
    """
    if not _asks_for_retry(call, derived, policy, class_tries=class_tries):
        return None
    ended_at = min(call.told.ended_at or now, now)
    at = ended_at + timedelta(minutes=policy.after_minutes)
    return (opens_at(windows, zones, at, closed_days=closed_days) or at) if windows else at


def policy_for(*choices: RetryPolicy | None) -> RetryPolicy:
    """Gives the first policy that is set: the call's, its batch's, its client's; else the default."""
    return next((choice for choice in choices if choice is not None), RetryPolicy())


def policy_from(value: object, *, field: str = "retry") -> RetryPolicy:
    """Reads a policy from the wire: `{on, afterMinutes}`, each with its default. Raises Invalid naming `field`."""
    if not isinstance(value, Mapping):
        raise Invalid('Write retries as {"on": ["no_answer"], "afterMinutes": 120}.', field=field)
    given = cast("Mapping[str, object]", value)
    if unknown := sorted(str(key) for key in given if key not in ("on", "afterMinutes")):
        raise Invalid(f"Retries have on and afterMinutes, not {unknown[0][:40]}.", field=f"{field}.{unknown[0][:40]}")
    default = RetryPolicy()
    return RetryPolicy(
        on=_results_from(given["on"], field=f"{field}.on") if "on" in given else default.on,
        after_minutes=_whole(
            given.get("afterMinutes", default.after_minutes), 0, MAX_AFTER_MINUTES, field=f"{field}.afterMinutes"
        ),
    )


def policy_to(policy: RetryPolicy) -> dict[str, Any]:
    """Writes a policy for the wire."""
    return {"on": list(policy.on), "afterMinutes": policy.after_minutes}


def max_attempts_from(value: object, *, field: str = "maxAttempts") -> int:
    """Reads how many calls a chain may have, the first one counted. Raises Invalid naming `field`."""
    return _whole(value, 1, MAX_ATTEMPTS, field=field)


def _asks_for_retry(call: Call, derived: Derived, policy: RetryPolicy, *, class_tries: int) -> bool:
    ended_class = derived.ended_class
    return (
        _RESULT_OF.get(ended_class) in policy.on
        and class_tries < _MOST_OF.get(ended_class, MAX_ATTEMPTS)
        and call.attempt_number < call.max_attempts
        and call.cancel_requested_at is None
        and derived.outcome not in SUCCESSES
        and derived.outcome is not Outcome.DO_NOT_CALL
    )


def _results_from(value: object, *, field: str) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise Invalid(f"List the results to try again after: {', '.join(RESULTS)}.", field=field)
    given = {str(result).strip().lower() for result in cast("Sequence[object]", value)}
    if wrong := sorted(given.difference(RESULTS)):
        raise Invalid(f"“{wrong[0][:40]}” is none of {', '.join(RESULTS)}.", field=field)
    return tuple(result for result in RESULTS if result in given)


def _whole(value: object, least: int, most: int, *, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Invalid(f"Give a whole number from {least} to {most}.", field=field)
    return value
