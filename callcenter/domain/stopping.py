"""When a batch stops by itself: too many errors, or too few answers, among the calls of it that ended last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from callcenter.domain.ending import EndClass
from callcenter.domain.errors import Invalid

#: So many of the last calls may be looked at: fewer say nothing, more would be old news.
FEWEST, MOST = 5, 200
#: From this base on a share is said in percent; below it, in numbers.
_ENOUGH_FOR_PERCENT = 20


@dataclass(frozen=True, slots=True)
class StopRule:
    """Stop at `error_percent` errors among the last `error_of` calls, or below `answer_percent` answers among the last
    `answer_of`; None is never.

    An error is a call the line or Retell broke, or that Retell refused for good: what a wrong agent or a blocked number does
    to every call of a batch, and nobody's phone does.
    """

    error_percent: int | None = 50
    error_of: int = 20
    answer_percent: int | None = None
    answer_of: int = 50

    @property
    def looks_at(self) -> int:
        """How many of the last calls the rule needs to see."""
        return max(self.error_of, self.answer_of)


@dataclass(frozen=True, slots=True)
class End:
    """How a call of a batch ended. `was_placed`: Retell took it, so it could have been answered."""

    is_error: bool
    is_reached: bool
    was_placed: bool


def is_error(*, refused: bool, ended_class: str) -> bool:
    """Whether an end was an error; `refused`: Retell refused the call for good."""
    return refused or ended_class in (EndClass.LINE, EndClass.THEIR_FAULT)


def why_stop(rule: StopRule, ends: Sequence[End]) -> str | None:
    """Gives the reason in words to stop after these ends, newest first; None to go on.

    Errors stop it as soon as there are enough of them, also before so many calls have ended at all: a wrong agent is found
    out by its first ten calls. Too few answers need the whole number of calls to be told from bad luck.
    """
    return _errors(rule, ends) or _answers(rule, ends)


def _errors(rule: StopRule, ends: Sequence[End]) -> str | None:
    last = ends[: rule.error_of]
    errors = sum(end.is_error for end in last)
    if rule.error_percent is None or errors * 100 < rule.error_percent * rule.error_of:
        return None
    if len(last) < _ENOUGH_FOR_PERCENT:
        return f"{errors} errors in the last {len(last)} calls"
    return f"{round(100 * errors / len(last))} % errors in the last {len(last)} calls"


def _answers(rule: StopRule, ends: Sequence[End]) -> str | None:
    last = [end for end in ends if end.was_placed][: rule.answer_of]
    answered = sum(end.is_reached for end in last)
    if rule.answer_percent is None or len(last) < rule.answer_of or answered * 100 >= rule.answer_percent * len(last):
        return None
    if len(last) < _ENOUGH_FOR_PERCENT:
        return f"{answered} answered of the last {len(last)} calls"
    return f"{round(100 * answered / len(last))} % answered of the last {len(last)} calls"


def stop_from(value: object, *, field: str = "stopIf") -> StopRule:
    """Reads a rule from the wire: `{errorPercent, errorOf, answerPercent, answerOf}`, each with its default, a percentage of
    null being never. Raises Invalid naming `field`."""
    if not isinstance(value, Mapping):
        raise Invalid('Write when to stop as {"errorPercent": 50, "errorOf": 20}.', field=field)
    given = cast("Mapping[str, object]", value)
    if unknown := sorted(str(key) for key in given if key not in stop_to(StopRule())):
        raise Invalid(f"There is no {unknown[0][:40]} to stop at.", field=f"{field}.{unknown[0][:40]}")
    wanted = {**stop_to(StopRule()), **given}
    return StopRule(
        error_percent=_percent(wanted["errorPercent"], field=f"{field}.errorPercent"),
        error_of=_whole(wanted["errorOf"], FEWEST, MOST, field=f"{field}.errorOf"),
        answer_percent=_percent(wanted["answerPercent"], field=f"{field}.answerPercent"),
        answer_of=_whole(wanted["answerOf"], FEWEST, MOST, field=f"{field}.answerOf"),
    )


def stop_to(rule: StopRule) -> dict[str, Any]:
    """Writes a rule for the wire."""
    return {
        "errorPercent": rule.error_percent,
        "errorOf": rule.error_of,
        "answerPercent": rule.answer_percent,
        "answerOf": rule.answer_of,
    }


def _percent(value: object, *, field: str) -> int | None:
    return None if value is None else _whole(value, 1, 100, field=field)


def _whole(value: object, least: int, most: int, *, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Invalid(f"Give a whole number from {least} to {most}.", field=field)
    return value
