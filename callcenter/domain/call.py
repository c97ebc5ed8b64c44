"""A call, its statuses, the events that move it, and fold(): (call, event) -> call.

Retell sends events late, twice and out of order, and what we fetch ourselves comes between them. None of that can do
harm here, because a fold is a join: the phase is the greatest seen, and each field keeps the value whose key is the
greatest. A key says what kind of evidence the value came from, how much of the call that evidence had seen, and a digest
of its bytes; it never says when we received it. So the same set of evidence gives the same record in any order and any
number of copies, one piece at a time or all at once, and a rebuild from what was stored gives it again, byte for byte.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

from callcenter.domain.changing import with_changes


class CallStatus(StrEnum):
    """Where a call is. What came of it is its `Outcome`; never one for the other."""

    SCHEDULED = "scheduled"
    INITIATED = "initiated"
    RINGING = "ringing"
    CONNECTED = "connected"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED_STATUSES = frozenset({CallStatus.COMPLETED, CallStatus.FAILED, CallStatus.CANCELLED})
ACTIVE_STATUSES = frozenset({CallStatus.INITIATED, CallStatus.RINGING, CallStatus.CONNECTED, CallStatus.IN_PROGRESS})


class Outcome(StrEnum):
    """What came of a call; unknown is None, not a value."""

    SUCCESSFUL = "successful"
    APPOINTMENT_SCHEDULED = "appointment_scheduled"
    QUALIFIED_LEAD = "qualified_lead"
    SALE_MADE = "sale_made"
    NOT_INTERESTED = "not_interested"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CALL = "do_not_call"
    FAILED = "failed"


SUCCESSES = frozenset({Outcome.APPOINTMENT_SCHEDULED, Outcome.SALE_MADE, Outcome.SUCCESSFUL, Outcome.QUALIFIED_LEAD})


class Priority(IntEnum):
    """Who goes first inside a client; a higher one strictly before a lower one."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


class Origin(StrEnum):
    """`ours` was placed by this installation; `outside` by something else on the same Retell account."""

    OURS = "ours"
    OUTSIDE = "outside"


class Phase(IntEnum):
    """How far a Retell call has come, as a height that only grows.

    Retell has no ringing event and no "in progress": RINGING is only ever said by other senders, TALKING is derived
    from transcript updates, transfers, or a fetched call that is ongoing.
    """

    NONE = 0
    REGISTERED = 1
    RINGING = 2
    STARTED = 3
    TALKING = 4
    ENDED = 5
    ANALYSED = 6
    ERASED = 7


class EventKind(StrEnum):
    """What kind of evidence an event is, weakest first; the order decides which value of a field wins."""

    REGISTERED = "registered"  # the answer to our create, or a fetched call that is still registered
    RINGING = "ringing"  # call_ringing of other senders
    STARTED = "started"  # call_started, call_connected, call_answered
    TRANSCRIPT = "transcript"  # transcript_updated
    ONGOING = "ongoing"  # a fetched call that is ongoing
    TRANSFER = "transfer"  # transfer_started, _bridged, _cancelled, _ended
    ENDED = "ended"  # call_ended, call_failed, call_completed
    ANALYSED = "analysed"  # call_analyzed
    SNAPSHOT = "snapshot"  # a fetched call that has finished
    ERASURE = "erasure"  # our own: personal fields are to be forgotten
    OTHER = "other"  # unknown to us: kept, never folded


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent:
    """One piece of evidence about one Retell call, already read from the provider's JSON.

    `values` holds only known, non-null fields under our names (see FIELDS): instants as aware UTC datetimes, cost in
    micro-dollars, durations in ms. `progress` orders evidence of one kind (how much of the call it has seen); `digest`
    is the SHA-256 of its bytes and decides between two that have seen as much. Nothing in here says when we received it.
    """

    kind: EventKind
    name: str
    provider_call_id: str | None
    phase: Phase
    progress: int
    digest: str
    values: Mapping[str, Any]
    token: str | None = None
    install_id: str | None = None
    our_call_id: str | None = None
    from_number: str | None = None
    to_number: str | None = None
    direction: str = "outbound"
    agent_id: str | None = None
    started_seen: bool = False


class Turn(NamedTuple):
    """One utterance or tool call of a transcript. `start_s` and `end_s` are seconds of call time, None when unknown.

    A tuple, because the dozens in each transcript are compared and hashed with every event of their call.
    """

    role: str  # agent, user, transfer_target, tool, other
    text: str
    start_s: float | None = None
    end_s: float | None = None
    tool: str = ""


@dataclass(frozen=True, kw_only=True)  # no slots: see changing.py
class Told:
    """What the provider has told us about a call, folded: a function of the set of its evidence, not of its order.

    `keys` holds each field's winning key, so that folding one event at a time equals folding all at once. `cost` is in
    micro-dollars, `custom` is Retell's custom_analysis_data, `collected` its collected_dynamic_variables.
    """

    phase: Phase = Phase.NONE
    started_seen: bool = False
    provider_call_id: str | None = None
    provider_status: str | None = None
    disconnection_reason: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_ms: int | None = None
    transcript: str | None = None
    turns: tuple[Turn, ...] = ()
    recording_url: str | None = None
    summary: str | None = None
    in_voicemail: bool | None = None
    user_sentiment: str | None = None
    call_successful: bool | None = None
    custom: Mapping[str, Any] = field(default_factory=dict[str, Any])
    collected: Mapping[str, str] = field(default_factory=dict[str, str])
    cost: int | None = None
    cost_lines: tuple[tuple[str, int], ...] = ()
    latency_p50_ms: int | None = None
    latency_p90_ms: int | None = None
    agent_name: str | None = None
    transfer_destination: str | None = None
    language: str | None = None
    keys: Mapping[str, tuple[int, int, str]] = field(default_factory=dict[str, tuple[int, int, str]])


@dataclass(frozen=True, kw_only=True)  # no slots: see changing.py
class Derived:
    """What we work out from the rest of a call; saved beside it in the same transaction, never set alone."""

    status: CallStatus = CallStatus.SCHEDULED
    checking: bool = False
    outcome: Outcome | None = None
    sentiment: float | None = None
    intent: str | None = None
    keywords: tuple[str, ...] = ()
    quality_score: int | None = None
    quality_reason: str | None = None
    dialled_at: datetime | None = None
    occurred_at: datetime | None = None
    is_reached: bool = False
    ended_class: str = ""


@dataclass(frozen=True, kw_only=True)  # no slots: see changing.py
class Call:
    """One row, at most one conversation, at most one Retell call at a time."""

    call_id: str
    client_id: str | None
    account_id: str | None = None
    lead_id: str | None = None
    lead_name: str = ""
    batch_id: str | None = None
    root_call_id: str
    attempt_number: int = 1
    max_attempts: int = 1
    origin: Origin = Origin.OURS
    direction: str = "outbound"
    to_number: str
    from_number: str | None = None
    agent_id: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    priority: Priority = Priority.NORMAL
    scheduled_at: datetime
    window: tuple[Any, ...] | None = None  # of hours.Window
    retry: Any = None  # of retry.RetryPolicy
    # people's own, never touched by the fold
    notes: str = ""
    tags: tuple[str, ...] = ()
    outcome_by_hand: Outcome | None = None
    outcome_by: str | None = None
    cancel_requested_at: datetime | None = None
    cancel_by: str | None = None
    paused_at: datetime | None = None
    paused_by: str | None = None
    closed_why: str | None = None
    refused: bool = False  # Retell refused this call for good: no standing dial and status failed
    not_before_at: datetime | None = None  # the back-off after a try that reached nobody
    look_again_at: datetime | None = None
    next_check_at: datetime | None = None  # when the provider is to be asked about it, if it says nothing
    checks: int = 0
    told: Told = field(default_factory=Told)
    derived: Derived = field(default_factory=Derived)
    rev: int = 0
    created_at: datetime
    updated_at: datetime


_NOT_FIELDS = frozenset({"phase", "started_seen", "keys"})

#: The fields that a fold chooses by key; `phase` and `started_seen` join by their own rules.
FIELDS = tuple(each.name for each in fields(Told) if each.name not in _NOT_FIELDS)

#: What an erasure empties: whatever was said, and whatever names or locates the person.
PERSONAL_FIELDS = frozenset({"transcript", "turns", "recording_url", "summary", "custom", "collected", "transfer_destination"})

_NOTHING_TOLD = Told()
_RANK: Mapping[EventKind, int] = {kind: rank for rank, kind in enumerate(EventKind)}


def fold(told: Told, event: CallEvent) -> Told:
    """Gives what is known once `event` is known too; never fails, never forgets, and may be told a thing twice.

    The caller guarantees that the event is about the Retell call that `told` is about: a new one starts from `Told()`.
    An erasure may carry in `values` what is to remain in place of a personal field; nothing later brings the rest back.
    """
    if event.kind is EventKind.OTHER:
        return told
    is_erasure = event.kind is EventKind.ERASURE
    key = (_RANK[event.kind], event.progress, event.digest)
    changed: dict[str, Any] = {}
    keys = dict(told.keys)
    for name, value in _offers(event, is_erasure=is_erasure).items():
        if _wins(key, value, over=keys.get(name), current=getattr(told, name)):
            changed[name], keys[name] = value, key
    return with_changes(
        told,
        phase=max(told.phase, event.phase, Phase.ERASED if is_erasure else Phase.NONE),
        started_seen=told.started_seen or event.started_seen or event.phase in (Phase.STARTED, Phase.TALKING),
        keys=keys,
        **changed,
    )


def canonical(told: Told) -> str:
    """The one text of what was told: equal records give equal bytes, whatever order built them."""
    return _as_text({each.name: getattr(told, each.name) for each in fields(told)})


def _offers(event: CallEvent, *, is_erasure: bool) -> dict[str, Any]:
    """The values the event puts forward, by field; an empty one is as good as none and replaces nothing."""
    given = {"provider_call_id": event.provider_call_id, **event.values}
    offers = {name: given[name] for name in FIELDS if not _is_empty(given.get(name))}
    if is_erasure:
        return {name: getattr(_NOTHING_TOLD, name) for name in PERSONAL_FIELDS} | offers
    return offers


def _is_empty(value: Any) -> bool:
    return value is None or (not value and not isinstance(value, int | float))  # zero and False say something


def _wins(key: tuple[int, int, str], value: Any, *, over: tuple[int, int, str] | None, current: Any) -> bool:
    """The greater key wins. Equal keys mean equal content; should they ever not, the text decides, never the order."""
    if over is None or key != over:
        return over is None or key > over
    return _as_text(value) > _as_text(current)


def _as_text(value: Any) -> str:
    return json.dumps(value, default=_plain, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return dict(value) if isinstance(value, Mapping) else str(value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
