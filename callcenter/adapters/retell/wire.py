"""Their JSON read as our values: what a webhook or a fetched call is evidence of. What makes no sense is left out."""

import hashlib
from collections.abc import Mapping
from typing import Any

from callcenter.adapters.retell.reading import (
    JsonObject,
    child,
    children,
    count,
    flag,
    instant,
    number,
    read_object,
    text,
)
from callcenter.adapters.retell.transcript import has_speech, turns_of
from callcenter.domain.call import CallEvent, EventKind, Phase, Turn
from callcenter.domain.errors import Invalid

#: Retell's own events, and the names other senders use for the same thing.
KINDS: Mapping[str, EventKind] = {
    "call_ringing": EventKind.RINGING,
    "call_started": EventKind.STARTED,
    "call_connected": EventKind.STARTED,
    "call_answered": EventKind.STARTED,
    "transcript_updated": EventKind.TRANSCRIPT,
    "transfer_started": EventKind.TRANSFER,
    "transfer_bridged": EventKind.TRANSFER,
    "transfer_cancelled": EventKind.TRANSFER,
    "transfer_ended": EventKind.TRANSFER,
    "call_ended": EventKind.ENDED,
    "call_failed": EventKind.ENDED,
    "call_completed": EventKind.ENDED,
    "call_analyzed": EventKind.ANALYSED,
}

PHASES: Mapping[EventKind, Phase] = {
    EventKind.REGISTERED: Phase.REGISTERED,
    EventKind.RINGING: Phase.RINGING,
    EventKind.STARTED: Phase.STARTED,
    EventKind.TRANSCRIPT: Phase.TALKING,
    EventKind.TRANSFER: Phase.TALKING,
    EventKind.ONGOING: Phase.TALKING,
    EventKind.ENDED: Phase.ENDED,
    EventKind.ANALYSED: Phase.ANALYSED,
    EventKind.SNAPSHOT: Phase.ENDED,
}

FINISHED_STATUSES = frozenset({"ended", "not_connected", "error"})
STARTED_KINDS = frozenset({EventKind.STARTED, EventKind.TRANSCRIPT, EventKind.TRANSFER, EventKind.ONGOING})
FINISHED_KINDS = frozenset({EventKind.ENDED, EventKind.ANALYSED, EventKind.SNAPSHOT})

#: Said by the name of the event alone, when its body names no end.
STATUS_BY_NAME = {"call_failed": "error", "call_completed": "ended"}

MICRO_DOLLARS_PER_CENT = 10_000
_HIGHEST_COST_CENTS = 10**9
_LONGEST_ID = 200
_LONGEST_NAME = 100
_LONGEST_URL = 4_000


def event_of_webhook(raw: bytes) -> CallEvent:
    """Gives the event of a webhook's body; raises Invalid, and nothing else, when it cannot be read.

    An event whose name we do not know is OTHER and may be about anything; any other must say which call it means.
    """
    body = read_object(raw)
    name = text(body, "event") or ""
    kind = KINDS.get(name, EventKind.OTHER)
    call = _call_of(body)
    event = _event(call, raw, kind=kind, phase=PHASES.get(kind, Phase.NONE), name=name[:_LONGEST_NAME])
    if kind is not EventKind.OTHER and event.provider_call_id is None and event.token is None:
        raise Invalid(f"The event {name} does not say which call it is about.")
    return event


def event_of_call(raw: bytes) -> CallEvent:
    """Gives the snapshot event of a call that get-call, list-calls or create answered; raises Invalid, nothing else."""
    return event_of_call_object(read_object(raw), raw)


def event_of_call_object(call: JsonObject, raw: bytes) -> CallEvent:
    """Does what `event_of_call` does for an object that `read_object` has read of `raw`."""
    kind, phase = _snapshot(call)
    event = _event(call, raw, kind=kind, phase=phase, name="snapshot")
    if event.provider_call_id is None:
        raise Invalid("The call has no call_id.")
    return event


def _call_of(body: JsonObject) -> JsonObject:
    """The call itself: under `call`, else under `data`, else the body; with what some events put beside it."""
    call = next((found for key in ("call", "data") if (found := child(body, key))), body)
    beside = {key: body[key] for key in ("transcript_with_tool_calls", "transfer_destination") if key in body}
    return {**beside, **{key: value for key, value in call.items() if value is not None or key not in beside}}


def _snapshot(call: JsonObject) -> tuple[EventKind, Phase]:
    status = text(call, "call_status")
    if status in FINISHED_STATUSES:
        return EventKind.SNAPSHOT, Phase.ANALYSED if child(call, "call_analysis") else Phase.ENDED
    if status == "ongoing":
        return EventKind.ONGOING, Phase.TALKING
    # A status that is new to us proves at least that the call exists.
    return EventKind.REGISTERED, Phase.REGISTERED


def _event(call: JsonObject, raw: bytes, *, kind: EventKind, phase: Phase, name: str) -> CallEvent:
    metadata = child(call, "metadata")
    turns = turns_of(call)
    is_started = _is_started(call, kind=kind, turns=turns)
    is_known = kind is not EventKind.OTHER
    return CallEvent(
        kind=kind,
        name=name,
        provider_call_id=_call_id(call),
        phase=phase,
        progress=_progress(call, kind=kind, turns=turns),
        digest=hashlib.sha256(raw).hexdigest(),
        values=_values(call, kind=kind, name=name, turns=turns, is_started=is_started) if is_known else {},
        token=text(metadata, "callcenter_token", longest=_LONGEST_ID),
        install_id=text(metadata, "callcenter_install_id", longest=_LONGEST_ID),
        our_call_id=text(metadata, "callcenter_call_id", longest=_LONGEST_ID),
        from_number=text(call, "from_number", longest=_LONGEST_ID),
        to_number=text(call, "to_number", longest=_LONGEST_ID),
        direction="inbound" if text(call, "direction") == "inbound" else "outbound",
        agent_id=text(call, "agent_id", longest=_LONGEST_ID),
        started_seen=is_started,
    )


def _is_started(call: JsonObject, *, kind: EventKind, turns: tuple[Turn, ...]) -> bool:
    if kind in FINISHED_KINDS:
        return bool(count(call, "duration_ms")) or has_speech(turns)
    return kind in STARTED_KINDS


def _progress(call: JsonObject, *, kind: EventKind, turns: tuple[Turn, ...]) -> int:
    """How much of the call this evidence has seen, from its content alone.

    While people talk: the number of turns, then the length of the text. At the end: with analysis before without, with
    transcript (get-call) before without (list-calls), then the later end.
    """
    if kind in FINISHED_KINDS:
        fullness = 2 * bool(child(call, "call_analysis")) + bool(turns)
        over_at = max(count(call, key) or 0 for key in ("end_timestamp", "transfer_end_timestamp"))
        return fullness * 10**14 + min(over_at, 10**14 - 1)
    written = sum(len(turn.text) for turn in turns)
    return min(len(turns), 10**6) * 10**7 + min(written, 10**7 - 1)


def _values(call: JsonObject, *, kind: EventKind, name: str, turns: tuple[Turn, ...], is_started: bool) -> Mapping[str, Any]:
    found: dict[str, Any] = {
        "provider_status": _status(call, kind=kind, name=name),
        "disconnection_reason": text(call, "disconnection_reason", longest=_LONGEST_NAME),
        # Retell fills the start of some calls that nobody answered; such a call never started.
        "started_at": instant(call, "start_timestamp") if is_started else None,
        "ended_at": instant(call, "end_timestamp"),
        "duration_ms": count(call, "duration_ms") if kind in FINISHED_KINDS else None,
        "transcript": text(call, "transcript"),
        "turns": turns or None,
        "recording_url": _url(call, "recording_url"),
        "agent_name": text(call, "agent_name"),
        "transfer_destination": text(call, "transfer_destination"),
        "language": text(call, "language", longest=_LONGEST_NAME),
        "collected": _texts(child(call, "collected_dynamic_variables")) or None,
        **_analysis(child(call, "call_analysis")),
        **_latency(child(child(call, "latency"), "e2e")),
        **_cost(call, kind=kind, is_started=is_started),
    }
    return {key: value for key, value in found.items() if value is not None}


def _status(call: JsonObject, *, kind: EventKind, name: str) -> str | None:
    """The status the call has; an end that still says `registered` or `ongoing` (as some do) says nothing about how."""
    status = text(call, "call_status", longest=_LONGEST_NAME)
    if kind in FINISHED_KINDS and status in (None, "registered", "ongoing"):
        return STATUS_BY_NAME.get(name)
    return status


def _analysis(analysis: JsonObject) -> Mapping[str, Any]:
    return {
        "summary": text(analysis, "call_summary"),
        "in_voicemail": flag(analysis, "in_voicemail"),
        "user_sentiment": text(analysis, "user_sentiment", longest=_LONGEST_NAME),
        "call_successful": flag(analysis, "call_successful"),
        "custom": {key: value for key, value in child(analysis, "custom_analysis_data").items() if value is not None} or None,
    }


def _latency(answer: JsonObject) -> Mapping[str, Any]:
    return {"latency_p50_ms": count(answer, "p50"), "latency_p90_ms": count(answer, "p90")}


def _cost(call: JsonObject, *, kind: EventKind, is_started: bool) -> Mapping[str, Any]:
    """What the call cost, in micro-dollars; nothing while it runs, and no zero that only means "not made up yet".

    The bill of a call that has started reads zero until it is made up. Believed, that zero could win over the real sum.
    """
    is_made_up = not is_started or kind is EventKind.ANALYSED or bool(child(call, "call_analysis"))
    bill = child(call, "call_cost")
    total = _micro_dollars(bill, "combined_cost")
    if total is None or kind not in FINISHED_KINDS or (total == 0 and not is_made_up):
        return {}
    lines = tuple(
        (product, cost)
        for line in children(bill, "product_costs")
        if (product := text(line, "product", longest=_LONGEST_ID)) and (cost := _micro_dollars(line, "cost")) is not None
    )
    return {"cost": total, "cost_lines": lines or None}


def _micro_dollars(source: JsonObject, key: str) -> int | None:
    cents = number(source, key)
    return round(cents * MICRO_DOLLARS_PER_CENT) if cents is not None and 0 <= cents <= _HIGHEST_COST_CENTS else None


def _texts(source: JsonObject) -> Mapping[str, str]:
    return {key: value for key, value in source.items() if isinstance(value, str)}


def _call_id(call: JsonObject) -> str | None:
    # Opaque, but it stands in the path of our requests: visible ASCII or nothing.
    call_id = text(call, "call_id", longest=_LONGEST_ID)
    return call_id if call_id and all("!" <= character <= "~" for character in call_id) else None


def _url(source: JsonObject, key: str) -> str | None:
    url = text(source, key, longest=_LONGEST_URL)
    return url if url and url.startswith(("https://", "http://")) and url.isprintable() else None
