"""What happened in a call, in order, with exact times and in plain words."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from callcenter.domain.call import Call, CallStatus
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.ending import EndClass, ended_words
from callcenter.domain.lines import AttemptLine, EventLine
from callcenter.services.browsing.pages import TimelineStep

_OPENINGS = ("slot", "dialled", "ringing", "picked_up", "talking", "transferred", "ended", "analysed")
_DIAL_WORDS: Mapping[str, tuple[str, str]] = {
    DialState.ACCEPTED.value: ("ringing", "Ringing"),
    DialState.UNKNOWN.value: ("checking", "No clear answer from Retell, asking whether the call exists"),
    DialState.QUARANTINED.value: ("checking", "Still in doubt, the number stays untouched for a while"),
    DialState.UNSENT.value: ("event", "Never reached Retell, will be dialled again"),
    DialState.REJECTED.value: ("event", "Retell said no"),
    DialState.VOID.value: ("event", "Retell never had this call"),
    DialState.CANCELLED.value: ("cancelled", "Not dialled after all"),
}
_PEOPLES_WORDS: Mapping[str, str] = {
    "outcome": "Outcome changed to {to}",
    "note": "Note changed",
    "tags": "Tags changed",
    "pause": "Paused",
    "resume": "Resumed",
    "cancel": "Cancel asked",
    "call": "Cancelled",
}


def timeline(
    call: Call,
    dials: Sequence[Dial],
    transitions: Sequence[Mapping[str, Any]],
    events: Sequence[EventLine],
    attempts: Sequence[AttemptLine],
) -> tuple[TimelineStep, ...]:
    """Gives the steps, oldest first, each with the time since the one before it in the same conversation."""
    dial_ids = {dial.dial_id for dial in dials}
    steps = [TimelineStep(at=call.created_at, key="scheduled", words="Scheduled", detail=_of_attempts(call))]
    steps += [TimelineStep(at=_taken_at(dial), key="slot", words="Slot taken", detail=dial.from_number) for dial in dials]
    steps += [TimelineStep(at=dial.sent_at, key="dialled", words="Dialled") for dial in dials if dial.sent_at]
    steps += (step for each in transitions if (step := _step_of(each, dial_ids)))
    steps += _conversation(call, events)
    steps += _afterwards(call, attempts)
    order = {key: nth for nth, key in enumerate(_OPENINGS)}
    steps.sort(key=lambda step: (step.at, order.get(step.key, -1)))
    return tuple(_timed(steps))


def _taken_at(dial: Dial) -> datetime:
    # dials of one plan are a microsecond apart, to keep their order, and sent under one instant
    return min(dial.planned_at, dial.sent_at or dial.planned_at)


def _of_attempts(call: Call) -> str:
    return f"attempt {call.attempt_number} of {call.max_attempts}" if call.max_attempts > 1 else ""


def _step_of(row: Mapping[str, Any], dial_ids: set[str]) -> TimelineStep | None:
    at, to, why = row["at"], row["to_state"], row["why"]
    if row["row_id"] in dial_ids:
        known = _DIAL_WORDS.get(to)
        return TimelineStep(at=at, key=known[0], words=known[1], detail=why) if known else None
    if row["what"] == "call":
        if to == CallStatus.CANCELLED.value and row["from_state"] == CallStatus.SCHEDULED.value:
            return TimelineStep(at=at, key="cancelled", words="Cancelled", detail=why, by=row["by"])
        return TimelineStep(at=at, key="talking", words="Talking") if to == CallStatus.IN_PROGRESS.value else None
    template = _PEOPLES_WORDS.get(row["what"])
    if template is None:
        return None
    return TimelineStep(at=at, key="person", words=template.format(to=_plain(to)), detail=why, by=row["by"])


def _conversation(call: Call, events: Sequence[EventLine]) -> Iterator[TimelineStep]:
    told = call.told
    if told.started_at:
        is_machine = call.derived.ended_class == EndClass.MACHINE or bool(told.in_voicemail)
        words = ("voicemail", "A machine picked up") if is_machine else ("picked_up", "Picked up")
        yield TimelineStep(at=told.started_at, key=words[0], words=words[1])
    if told.ended_at:
        talked = f"talked {_clock(told.duration_ms)}" if told.duration_ms else ""
        words = ended_words(told.disconnection_reason) or "Ended"
        yield TimelineStep(at=told.ended_at, key="ended", words=words, detail=talked)
    analysis = next((event for event in events if event.kind == "call_analyzed"), None)
    if analysis:
        yield TimelineStep(at=analysis.received_at, key="analysed", words="Analysis arrived")
    if told.transfer_destination and told.ended_at:
        to = told.transfer_destination
        yield TimelineStep(at=told.ended_at, key="transferred", words="Transferred", detail=f"to {to}")


def _afterwards(call: Call, attempts: Sequence[AttemptLine]) -> Iterator[TimelineStep]:
    following = next((each for each in attempts if each.attempt_number == call.attempt_number + 1), None)
    if following and following.status == CallStatus.SCHEDULED.value:
        yield TimelineStep(at=following.occurred_at, key="retry", words="Will try again")


def _timed(steps: Sequence[TimelineStep]) -> Iterator[TimelineStep]:
    yield from steps[:1]
    for before, step in pairwise(steps):
        is_same_dial = step.key in _OPENINGS[1:] and before.key in _OPENINGS
        yield _with_time(step, before.at) if is_same_dial else step


def _with_time(step: TimelineStep, before: datetime) -> TimelineStep:
    took = (step.at - before).total_seconds()
    return TimelineStep(at=step.at, key=step.key, words=step.words, detail=step.detail, by=step.by, took_s=round(took, 1))


def _clock(milliseconds: int) -> str:
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02d}"


def _plain(state: str) -> str:
    return state.replace("_", " ").capitalize() if state else "unknown"
