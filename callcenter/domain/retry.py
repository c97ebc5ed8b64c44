"""Whether and when to try again after a call has ended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, cast

from callcenter.domain.call import SUCCESSES, Call, Derived, Outcome
from callcenter.domain.daypart import opens_in_another_part
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import Window, opens_at

#: The results after which a policy may ask for another try.
RESULTS = ("no_answer", "voicemail", "failed")
MAX_ATTEMPTS = 10
MAX_AFTER_MINUTES = 30 * 24 * 60


@dataclass(frozen=True, slots=True)
class PerResult:
    """What holds after one result: how many more tries it may bring in a chain, and how many minutes later; None: no own."""

    times: int | None = None
    after_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """After which results (`no_answer`, `voicemail`, `failed`) a lead is tried again, and how many minutes later.

    `per` says more of single results. With `another_time_of_day` a retry comes in another part of the lead's day than the
    call before it. Whatever is said here, a chain never has more than `max_attempts` calls.
    """

    on: tuple[str, ...] = RESULTS
    after_minutes: int = 120
    per: Mapping[str, PerResult] = field(default_factory=dict[str, PerResult])
    another_time_of_day: bool = False

    def pause(self, result: str) -> timedelta:
        """Gives how long after a call with this result the lead is tried again."""
        own = self.per.get(result, PerResult()).after_minutes
        return timedelta(minutes=self.after_minutes if own is None else own)


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
    tries: Mapping[str, int],
    now: datetime,
    windows: tuple[Window, ...] = (),
    zones: tuple[str, ...] = (),
    closed_days: Collection[date] = (),
) -> datetime | None:
    """Gives when the lead is to be called again after this call ended, or None.

    `tries` counts the retries that the chain has had already, by the class of end that brought them. With `windows` the
    time is moved to when they open. Whether the lead is still to be called, and its batch still on, is for the caller to know.
    """
    if not _asks_for_retry(call, derived, policy, tries=tries):
        return None
    ended_at = min(call.told.ended_at or now, now)
    at = ended_at + policy.pause(_RESULT_OF[derived.ended_class])
    if not windows:
        return at
    if policy.another_time_of_day:
        called_at = min(derived.dialled_at or ended_at, ended_at)
        other = opens_in_another_part(windows, zones, at, than=called_at, closed_days=closed_days)
        if other is not None:
            return other
    return opens_at(windows, zones, at, closed_days=closed_days) or at


def policy_for(*choices: RetryPolicy | None) -> RetryPolicy:
    """Gives the first policy that is set: the call's, its batch's, its client's; else the default."""
    return next((choice for choice in choices if choice is not None), RetryPolicy())


def policy_from(value: object, *, field: str = "retry") -> RetryPolicy:
    """Reads a policy from the wire: `{on, afterMinutes, per?, anotherTimeOfDay?}`, each with its default.

    Raises Invalid naming `field`, or the part of it that is wrong.
    """
    if not isinstance(value, Mapping):
        raise Invalid('Write retries as {"on": ["no_answer"], "afterMinutes": 120}.', field=field)
    given, default = cast("Mapping[str, object]", value), RetryPolicy()
    _refuse_unknown(given, ("on", "afterMinutes", "per", "anotherTimeOfDay"), field=field)
    on = _results_from(given["on"], field=f"{field}.on") if "on" in given else default.on
    other = given.get("anotherTimeOfDay", False)
    if not isinstance(other, bool):
        raise Invalid("Another time of day is true or false.", field=f"{field}.anotherTimeOfDay")
    return RetryPolicy(
        on=on,
        after_minutes=_minutes(given.get("afterMinutes", default.after_minutes), field=f"{field}.afterMinutes"),
        per=_per_from(given["per"], on, field=f"{field}.per") if given.get("per") is not None else default.per,
        another_time_of_day=other,
    )


def policy_to(policy: RetryPolicy) -> dict[str, Any]:
    """Writes a policy for the wire; what is not said of single results or the time of day is left out."""
    shown: dict[str, Any] = {"on": list(policy.on), "afterMinutes": policy.after_minutes}
    per = {result: _own_to(policy.per[result]) for result in RESULTS if result in policy.per}
    if per:
        shown["per"] = per
    if policy.another_time_of_day:
        shown["anotherTimeOfDay"] = True
    return shown


def max_attempts_from(value: object, *, field: str = "maxAttempts") -> int:
    """Reads how many calls a chain may have, the first one counted. Raises Invalid naming `field`."""
    return _whole(value, 1, MAX_ATTEMPTS, field=field)


def _asks_for_retry(call: Call, derived: Derived, policy: RetryPolicy, *, tries: Mapping[str, int]) -> bool:
    ended_class = derived.ended_class
    result = _RESULT_OF.get(ended_class)
    if result is None or result not in policy.on:
        return False
    most = policy.per.get(result, PerResult()).times
    of_result = sum(count for each, count in tries.items() if _RESULT_OF.get(each) == result)
    return (
        tries.get(ended_class, 0) < _MOST_OF.get(ended_class, MAX_ATTEMPTS)
        and (most is None or of_result < most)
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


def _per_from(value: object, on: tuple[str, ...], *, field: str) -> dict[str, PerResult]:
    if not isinstance(value, Mapping):
        raise Invalid('Write it as {"voicemail": {"times": 1, "afterMinutes": 1440}}.', field=field)
    given = cast("Mapping[str, object]", value)
    _refuse_unknown(given, on, field=field)
    return {result: _own_from(given[result], field=f"{field}.{result}") for result in on if result in given}


def _own_from(value: object, *, field: str) -> PerResult:
    if not isinstance(value, Mapping):
        raise Invalid('Write it as {"times": 1, "afterMinutes": 1440}.', field=field)
    own = cast("Mapping[str, object]", value)
    _refuse_unknown(own, ("times", "afterMinutes"), field=field)
    times, minutes = own.get("times"), own.get("afterMinutes")
    return PerResult(
        times=None if times is None else _whole(times, 0, MAX_ATTEMPTS - 1, field=f"{field}.times"),
        after_minutes=None if minutes is None else _minutes(minutes, field=f"{field}.afterMinutes"),
    )


def _own_to(own: PerResult) -> dict[str, int]:
    said = {"times": own.times, "afterMinutes": own.after_minutes}
    return {name: value for name, value in said.items() if value is not None}


def _refuse_unknown(given: Mapping[str, object], known: tuple[str, ...], *, field: str) -> None:
    if unknown := sorted(str(key)[:40] for key in given if key not in known):
        raise Invalid(f"Here may stand {', '.join(known) or 'nothing'}; not {unknown[0]}.", field=f"{field}.{unknown[0]}")


def _minutes(value: object, *, field: str) -> int:
    return _whole(value, 0, MAX_AFTER_MINUTES, field=field)


def _whole(value: object, least: int, most: int, *, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Invalid(f"Give a whole number from {least} to {most}.", field=field)
    return value
