"""What we work out about a call from all else that is known of it: pure functions, so a rebuild gives the same.

What was said is only read once the call has ended. Before, nobody can tell a person from a greeting, and every new turn
would have the whole talk read again.
"""

from collections.abc import Sequence
from typing import cast

from callcenter.domain.analysis import custom_fields, custom_number, custom_text
from callcenter.domain.call import Call, CallStatus, Derived, Origin, Outcome, Phase, Told, Turn
from callcenter.domain.changing import with_changes
from callcenter.domain.dial import Dial
from callcenter.domain.follow_up import FollowUp, follow_up
from callcenter.domain.outcome import Ending, decide_outcome, ending, suppresses
from callcenter.domain.quality import Talk, quality
from callcenter.domain.status import find_place, newest_standing, told_of_standing
from callcenter.domain.transcript import find_keywords, last_wish, lead_turns, word_counts

__all__ = ["FollowUp", "derive", "follow_up", "suppresses"]

_MOODS = {"positive": 0.7, "neutral": 0.0, "negative": -0.7}


def derive(call: Call, dials: Sequence[Dial], *, overdue: bool = False) -> Derived:
    """All derived fields of a call. `dials` are all of this call's; `overdue`: its end should have come by now."""
    standing = newest_standing(dials)
    told = told_of_standing(call.told, dials)
    call = call if told is call.told else with_changes(call, told=told)
    place = find_place(call, standing, overdue=overdue)
    dialled_at = standing.sent_at if standing and place.status is not CallStatus.SCHEDULED else None
    derived = Derived(
        status=place.status,
        checking=place.checking,
        outcome=_outcome_without_end(call, place.status),
        sentiment=_sentiment(call.told),
        dialled_at=dialled_at,
        occurred_at=dialled_at or call.scheduled_at,
    )
    return _with_end(derived, call) if call.told.phase >= Phase.ENDED else derived


def _with_end(derived: Derived, call: Call) -> Derived:
    """Adds what only an ended call has. One that Retell turned away for want of room has its class and nothing else."""
    told, end = call.told, ending(call.told)
    if derived.status is CallStatus.SCHEDULED:
        return with_changes(derived, ended_class=end.end_class.value)
    turns = lead_turns(told, by_machine=end.by_machine)
    intent = _intent(told, turns)
    outcome = _outcome(call, end, derived.status, intent)
    score, reason = _quality(told, end, outcome, derived.sentiment) or (None, None)
    return with_changes(
        derived,
        outcome=outcome,
        intent=intent,
        keywords=_keywords(told, turns),
        quality_score=score,
        quality_reason=reason,
        is_reached=call.origin is Origin.OURS and end.started and not end.by_machine,
        ended_class=end.end_class.value,
    )


def _outcome_without_end(call: Call, status: CallStatus) -> Outcome | None:
    """By hand, or failed when Retell refused the call for good; else nothing has come of it yet."""
    return call.outcome_by_hand or (Outcome.FAILED if status is CallStatus.FAILED else None)


def _outcome(call: Call, end: Ending, status: CallStatus, intent: str | None) -> Outcome | None:
    """A call we called off before anybody picked up has no outcome: how its ringing ended was our own doing."""
    if status is CallStatus.CANCELLED and not end.started:
        return call.outcome_by_hand
    return decide_outcome(call, intent=intent)


def _sentiment(told: Told) -> float | None:
    """−1…1: the analysis's own number if it gives one, else by Retell's word."""
    for name in ("sentiment", "sentiment_score"):
        number = custom_number(told, name, low=-1, high=1)
        if number is not None:
            return number
    return _MOODS.get((custom_text(told, "sentiment") or told.user_sentiment or "").lower())


def _intent(told: Told, turns: Sequence[Turn]) -> str | None:
    wish = last_wish(turns)
    return custom_text(told, "intent") or (wish.intent if wish else None)


def _keywords(told: Told, turns: Sequence[Turn]) -> tuple[str, ...]:
    given = custom_fields(told).get("keywords")
    words = given.split(",") if isinstance(given, str) else cast("list[object]", given) if isinstance(given, list) else []
    if named := tuple(str(word).strip() for word in words if str(word).strip()):
        return named
    return find_keywords(turns, language=told.language)


def _quality(told: Told, end: Ending, outcome: Outcome | None, sentiment: float | None) -> tuple[int, str] | None:
    given = custom_number(told, "quality_score", low=0, high=100)
    if given is not None:
        reason = custom_text(told, "quality_reason") or "Given by the call's analysis."
        return int(given + 0.5), reason
    agent_words, lead_words = word_counts(told)
    return quality(
        Talk(
            outcome=outcome,
            sentiment=sentiment,
            agent_words=agent_words,
            lead_words=0 if end.by_machine else lead_words,
            delay_ms=told.latency_p50_ms,
            end_class=end.end_class,
        )
    )
