"""Our values as JSON: camelCase, instants in UTC with Z, enums in lower snake case, money in USD."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from callcenter.domain.batch import Batch, Counts, Refusal
from callcenter.domain.eligibility import Judgement
from callcenter.domain.hours import windows_to
from callcenter.domain.lead import Lead
from callcenter.domain.paging import Page
from callcenter.domain.retry import policy_to
from callcenter.services.batching import BatchView
from callcenter.services.onboarding import ClientView
from callcenter.services.reading import WholeCall

T = TypeVar("T")
S = TypeVar("S", bound="Shape")

MICROS = 1_000_000
#: Stands before the last four characters of a key; given back in a change it means "leave it".
MASK = "••••"


class Shape(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class WindowShape(Shape):
    """Hours on some weekdays, in the lead's own time zone."""

    days: list[str] = Field(examples=[["mon", "tue", "wed", "thu", "fri"]])
    start: str = Field(examples=["09:00"])
    end: str = Field(examples=["20:00"])


class RetryShape(Shape):
    """After which results a lead is tried again, and how long after."""

    on: list[str] = Field(examples=[["no_answer", "voicemail", "failed"]])
    after_minutes: int


class RetellShape(Shape):
    """How a client reaches Retell; of the key only the last four characters."""

    api_key: str | None = Field(examples=["••••0001"])
    agent_id: str | None
    from_number: str | None
    is_active: bool
    is_simulated: bool


class ClientShape(Shape):
    """A client."""

    id: str
    name: str
    timezone: str
    country: str
    max_concurrent: int
    retell: RetellShape
    calling_hours: list[WindowShape]
    hours_note: str
    daily_budget: float | None
    retry: RetryShape | None
    variables: dict[str, str]
    webhook_url: str | None
    paused_at: datetime | None
    paused_reason: str | None
    rev: int
    created_at: datetime
    updated_at: datetime


class LeadShape(Shape):
    """A lead."""

    id: str
    client_id: str
    name: str
    phone: str
    email: str | None
    timezone: str | None
    tags: list[str]
    external_id: str | None
    do_not_call: bool
    last_outcome: str | None
    variables: dict[str, str]
    rev: int
    created_at: datetime
    updated_at: datetime


class CallShape(Shape):
    """A call. `id` is ours, `callId` Retell's; `duration` is in seconds, `cost` in USD."""

    id: str
    call_id: str | None
    client_id: str | None
    lead_id: str | None
    batch_id: str | None
    from_number: str | None
    to_number: str
    status: str
    checking: bool
    outcome: str | None
    duration: int | None
    transcript: str | None
    recording_url: str | None
    sentiment: float | None
    intent: str | None
    keywords: list[str]
    summary: str | None
    notes: str
    tags: list[str]
    quality_score: int | None
    quality_reason: str | None
    appointment_date: datetime | None
    follow_up_date: datetime | None
    follow_up_notes: str | None
    priority: str
    attempt_number: int
    max_attempts: int
    cost: float | None
    disconnection_reason: str | None
    variables: dict[str, str]
    direction: str
    origin: str
    scheduled_at: datetime
    dialled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    created_at: datetime
    updated_at: datetime


class CountsShape(Shape):
    """Progress of a batch: each lead once, by its newest call."""

    leads: int
    refused: int
    scheduled: int
    active: int
    completed: int
    failed: int
    cancelled: int


class BatchShape(Shape):
    """A batch."""

    id: str
    client_id: str
    name: str
    status: str
    status_reason: str | None
    priority: str
    max_concurrent: int | None
    scheduled_at: datetime | None
    window: list[WindowShape] | None
    retry: RetryShape
    max_attempts: int
    variables: dict[str, str]
    counts: CountsShape
    outcomes: dict[str, int]
    cost: float
    eta: datetime | None
    rev: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RefusalShape(Shape):
    """A lead that was left out of a batch, and why."""

    lead_id: str
    reason: str


class LaunchedShape(BatchShape):
    """A batch that was launched: how many leads are called, and who was left out."""

    accepted: int
    refused: list[RefusalShape]


class RuleShape(Shape):
    """What one rule says about a call that waits; `opensAt` is when time alone will make it say yes."""

    rule: str
    ok: bool
    reason: str
    opens_at: datetime | None


class ExplanationShape(Shape):
    """Why a call is not dialled yet: every rule in order, the first that blocks, the next instant it may be dialled."""

    rules: list[RuleShape]
    blocked_by: str | None
    earliest_at: datetime | None


class ListShape(Shape, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None
    total: int | None


def client_shape(view: ClientView) -> ClientShape:
    """Gives a client as JSON."""
    client = view.client
    return ClientShape(
        id=client.client_id,
        name=client.name,
        timezone=client.timezone,
        country=client.country,
        max_concurrent=client.max_concurrent,
        retell=RetellShape(
            api_key=f"{MASK}{view.last4}" if view.last4 else None,
            agent_id=client.agent_id,
            from_number=client.from_number,
            is_active=client.is_active,
            is_simulated=view.is_simulated,
        ),
        calling_hours=[WindowShape(**each) for each in windows_to(client.calling_hours)],
        hours_note=client.hours_note,
        daily_budget=None if client.daily_budget is None else client.daily_budget / MICROS,
        retry=None if client.retry is None else RetryShape.model_validate(policy_to(client.retry)),
        variables=dict(client.variables),
        webhook_url=view.webhook_url,
        paused_at=client.paused_at,
        paused_reason=client.paused_why,
        rev=client.rev,
        created_at=client.created_at,
        updated_at=client.updated_at,
    )


def lead_shape(lead: Lead) -> LeadShape:
    """Gives a lead as JSON."""
    return LeadShape(
        id=lead.lead_id,
        client_id=lead.client_id,
        name=lead.name,
        phone=lead.number,
        email=lead.email,
        timezone=lead.timezone,
        tags=list(lead.tags),
        external_id=lead.external_id,
        do_not_call=lead.do_not_call,
        last_outcome=lead.last_outcome,
        variables=dict(lead.variables),
        rev=lead.rev,
        created_at=lead.created_at,
        updated_at=lead.updated_at,
    )


def call_shape(whole: WholeCall) -> CallShape:
    """Gives a call as JSON."""
    call, told, derived = whole.call, whole.call.told, whole.call.derived
    return CallShape(
        id=call.call_id,
        call_id=told.provider_call_id,
        client_id=call.client_id,
        lead_id=call.lead_id,
        batch_id=call.batch_id,
        from_number=call.from_number,
        to_number=call.to_number,
        status=derived.status.value,
        checking=derived.checking,
        outcome=derived.outcome.value if derived.outcome else None,
        duration=duration_of(whole),
        transcript=told.transcript,
        recording_url=told.recording_url,
        sentiment=derived.sentiment,
        intent=derived.intent,
        keywords=list(derived.keywords),
        summary=told.summary,
        notes=call.notes,
        tags=list(call.tags),
        quality_score=derived.quality_score,
        quality_reason=derived.quality_reason,
        appointment_date=whole.appointment.at if whole.appointment else None,
        follow_up_date=whole.follow_up.at if whole.follow_up else None,
        follow_up_notes=(whole.follow_up.words or whole.follow_up.why) if whole.follow_up else None,
        priority=call.priority.name.lower(),
        attempt_number=call.attempt_number,
        max_attempts=call.max_attempts,
        cost=None if told.cost is None else told.cost / MICROS,
        disconnection_reason=told.disconnection_reason,
        variables=dict(call.variables),
        direction=call.direction,
        origin=call.origin.value,
        scheduled_at=call.scheduled_at,
        dialled_at=derived.dialled_at,
        started_at=told.started_at,
        ended_at=told.ended_at,
        cancel_requested_at=call.cancel_requested_at,
        created_at=call.created_at,
        updated_at=call.updated_at,
    )


def duration_of(whole: WholeCall) -> int | None:
    """Gives the whole seconds a call lasted; None when it never started."""
    told = whole.call.told
    return told.duration_ms // 1000 if told.duration_ms is not None and told.started_seen else None


def batch_shape(view: BatchView) -> BatchShape:
    """Gives a batch as JSON."""
    return BatchShape(**_batch_fields(view.batch, view.counts), **_progress(view))


def launched_shape(batch: Batch, *, accepted: int, refused: Sequence[Refusal]) -> LaunchedShape:
    """Gives a batch that was just launched as JSON."""
    counts = Counts(leads=accepted, refused=len(refused), scheduled=accepted)
    progress: dict[str, Any] = {"status": batch.state.value, "status_reason": batch.state_why}
    progress |= {"outcomes": {}, "cost": 0.0, "eta": None}
    left_out = [RefusalShape(lead_id=each.lead_id, reason=each.reason) for each in refused]
    return LaunchedShape(**_batch_fields(batch, counts), **progress, accepted=accepted, refused=left_out)


def explanation_shape(judgement: Judgement) -> ExplanationShape:
    """Gives an explanation as JSON."""
    rules = [RuleShape(rule=each.rule, ok=each.ok, reason=each.reason, opens_at=each.opens_at) for each in judgement.rules]
    return ExplanationShape(rules=rules, blocked_by=judgement.blocked_by, earliest_at=judgement.earliest_at)


def list_shape(page: Page[T], shape: Callable[[T], S]) -> ListShape[S]:
    """Gives one page of a list as JSON."""
    total = None if page.is_capped else page.total
    return ListShape(items=[shape(each) for each in page.items], next_cursor=page.older, total=total)


def answer(shape: Shape, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Gives a shape as a response."""
    return as_json(shape.model_dump_json(by_alias=True), status=status, headers=headers)


def as_json(body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Gives JSON text as a response."""
    return Response(body, status_code=status, media_type="application/json", headers=dict(headers or {}))


def _batch_fields(batch: Batch, counts: Counts) -> dict[str, Any]:
    return {
        "id": batch.batch_id,
        "client_id": batch.client_id,
        "name": batch.name,
        "priority": batch.priority.name.lower(),
        "max_concurrent": batch.max_concurrent,
        "scheduled_at": batch.scheduled_at,
        "window": None if batch.window is None else [WindowShape(**each) for each in windows_to(batch.window)],
        "retry": RetryShape.model_validate(policy_to(batch.retry)),
        "max_attempts": batch.max_attempts,
        "variables": dict(batch.variables),
        "counts": CountsShape(**{name: getattr(counts, name) for name in CountsShape.model_fields}),
        "rev": batch.rev,
        "created_at": batch.created_at,
        "started_at": batch.started_at,
        "finished_at": batch.finished_at,
    }


def _progress(view: BatchView) -> dict[str, Any]:
    return {
        "status": view.status,
        "status_reason": view.status_reason,
        "outcomes": dict(view.outcomes),
        "cost": view.cost / MICROS,
        "eta": view.eta,
    }
