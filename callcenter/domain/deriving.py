"""What we work out about a call from everything else that is known of it: one pure function, so a rebuild gives the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcenter.domain.analysis import custom_fields, custom_number, custom_text
from callcenter.domain.call import ACTIVE_STATUSES, Call, CallStatus, Derived, Origin, Outcome, Phase, Told
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.ending import EndClass, ended_status
from callcenter.domain.outcome import Ending, decide_outcome, ending
from callcenter.domain.quality import Talk, quality
from callcenter.domain.transcript import find_intent, find_keywords, lead_turns, word_counts

_MOODS = {"positive": 0.7, "neutral": 0.0, "negative": -0.7}
_IN_DOUBT = frozenset({DialState.UNKNOWN, DialState.QUARANTINED})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a call stands and whether we know it for sure."""

    status: CallStatus
    checking: bool = False


def standing_dial(dials: Sequence[Dial]) -> Dial | None:
    """The newest dial that may have reached somebody, out of all dials of one call in any order."""
    return max((dial for dial in dials if dial.is_standing), key=lambda dial: dial.seq, default=None)


def derive(call: Call, dials: Sequence[Dial], *, overdue: bool = False) -> Derived:
    """All derived fields of a call. `dials` are all of this call; `overdue` says that its end should have come by now."""
    told = _standing_told(call.told, dials)
    call, end, standing = replace(call, told=told), ending(told), standing_dial(dials)
    place = _place(call, end, standing, overdue=overdue)
    has_ended = told.phase >= Phase.ENDED and place.status is not CallStatus.SCHEDULED
    intent = _intent(told, end)
    outcome = _outcome(call, end, place.status, intent) if has_ended else _without_end(call, place.status)
    dialled_at = standing.sent_at if standing else None
    derived = Derived(
        status=place.status,
        checking=place.checking,
        outcome=outcome,
        sentiment=_sentiment(told),
        intent=intent,
        keywords=_keywords(told, end),
        dialled_at=dialled_at,
        occurred_at=dialled_at or call.scheduled_at,
        is_reached=has_ended and call.origin is Origin.OURS and end.started and not end.by_machine,
        ended_class=end.end_class.value if told.phase >= Phase.ENDED else "",
    )
    return _with_quality(derived, told, end) if has_ended else derived


def _standing_told(told: Told, dials: Sequence[Dial]) -> Told:
    """What Retell told about the standing dial: once a dial has fallen, its Retell call says nothing about ours."""
    fallen = {dial.provider_call_id for dial in dials if not dial.is_standing and dial.provider_call_id}
    return Told() if told.provider_call_id in fallen else told


def _place(call: Call, end: Ending, standing: Dial | None, *, overdue: bool) -> _Place:
    """The status, by the first line that fits."""
    told = call.told
    if told.phase >= Phase.ENDED:
        return _Place(_ended_place(call, end))
    live = _live_status(told, standing)
    if live in ACTIVE_STATUSES:
        in_doubt = live is CallStatus.INITIATED and standing is not None and standing.state in _IN_DOUBT
        return _Place(live, checking=overdue or in_doubt)
    return _Place(_undialled_status(call))


def _ended_place(call: Call, end: Ending) -> CallStatus:
    if call.cancel_requested_at and not end.started:
        return CallStatus.CANCELLED
    status = ended_status(call.told.disconnection_reason, call.told.provider_status, end.started)
    return _undialled_status(call) if status is CallStatus.SCHEDULED else status


def _live_status(told: Told, standing: Dial | None) -> CallStatus:
    if told.phase is Phase.TALKING:
        return CallStatus.IN_PROGRESS
    if told.phase is Phase.STARTED:
        return CallStatus.CONNECTED
    if told.phase in (Phase.REGISTERED, Phase.RINGING):
        return CallStatus.RINGING
    if standing is None:
        return CallStatus.SCHEDULED
    if standing.state in (DialState.ACCEPTED, DialState.LIVE, DialState.FINISHED):
        return CallStatus.RINGING
    return CallStatus.INITIATED


def _undialled_status(call: Call) -> CallStatus:
    """A call without a standing dial: closed by us or refused for good, or still to be dialled."""
    if call.cancel_requested_at:
        return CallStatus.CANCELLED
    if call.closed_why is None:
        return CallStatus.SCHEDULED
    return CallStatus.FAILED if call.refused else CallStatus.CANCELLED


def _without_end(call: Call, status: CallStatus) -> Outcome | None:
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


def _intent(told: Told, end: Ending) -> str | None:
    return custom_text(told, "intent") or find_intent(lead_turns(told, by_machine=end.by_machine))


def _keywords(told: Told, end: Ending) -> tuple[str, ...]:
    given = custom_fields(told).get("keywords")
    words = given.split(",") if isinstance(given, str) else given if isinstance(given, list | tuple) else ()
    if named := tuple(str(word).strip() for word in words if str(word).strip()):
        return named
    return find_keywords(lead_turns(told, by_machine=end.by_machine), language=told.language)


def _with_quality(derived: Derived, told: Told, end: Ending) -> Derived:
    given = custom_number(told, "quality_score", low=0, high=100)
    if given is not None:
        reason = custom_text(told, "quality_reason") or "Given by the call's analysis."
        return replace(derived, quality_score=int(given + 0.5), quality_reason=reason)
    agent_words, lead_words = word_counts(told)
    scored = quality(
        Talk(
            outcome=derived.outcome,
            sentiment=derived.sentiment,
            agent_words=agent_words,
            lead_words=0 if end.by_machine else lead_words,
            delay_ms=told.latency_p50_ms,
            end_class=end.end_class,
        )
    )
    return replace(derived, quality_score=scored[0], quality_reason=scored[1]) if scored else derived
