"""Our values as JSON."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from fastapi.responses import Response

from callcenter.api.shapes import (
    MASK,
    MICROS,
    BatchExplanationShape,
    BatchShape,
    BlackoutShape,
    CallShape,
    ClientShape,
    CountsShape,
    ExplanationShape,
    LaunchedShape,
    LeadShape,
    ListShape,
    OpeningShape,
    ReasonShape,
    RefusalShape,
    RetellShape,
    RetryShape,
    RuleShape,
    Shape,
    StopIfShape,
    StopShape,
    WaitShape,
    WindowShape,
)
from callcenter.domain.batch import Batch, Counts, Refusal
from callcenter.domain.blackout import Blackout
from callcenter.domain.eligibility import Judgement, label
from callcenter.domain.hours import windows_to
from callcenter.domain.lead import Lead
from callcenter.domain.paging import Page
from callcenter.domain.retry import policy_to
from callcenter.domain.stopping import stop_to
from callcenter.services.batching import BatchView
from callcenter.services.explaining import BatchExplanation
from callcenter.services.onboarding import ClientView
from callcenter.services.reading import WholeCall

T = TypeVar("T")
S = TypeVar("S", bound=Shape)


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
        calls_back=client.calls_back,
        variables=dict(client.variables),
        webhook_url=view.webhook_url,
        paused_at=client.paused_at,
        paused_reason=client.paused_why,
        rev=client.rev,
        created_at=client.created_at,
        updated_at=client.updated_at,
    )


def blackout_shape(day: Blackout) -> BlackoutShape:
    """Gives a closed day as JSON."""
    return BlackoutShape(
        id=day.blackout_id, on=day.on, name=day.name, client_id=day.client_id, by=day.by, created_at=day.created_at
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
        paused_at=call.paused_at,
        paused_by=call.paused_by,
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


def batch_explanation_shape(explained: BatchExplanation) -> BatchExplanationShape:
    """Gives what holds a batch up as JSON."""
    counts, rules = explained.counts, explained.rules
    return BatchExplanationShape(
        batch_id=explained.batch.batch_id,
        at=explained.at,
        leads=counts.leads + counts.refused,
        accepted=counts.leads,
        waiting=explained.waiting,
        judged=rules.judged,
        may_dial_now=rules.may_dial,
        rules=[
            StopShape(
                rule=stop.rule,
                label=label(stop.rule),
                stopped=stop.stopped,
                left=stop.left,
                reasons=[ReasonShape(reason=reason, count=count) for reason, count in stop.reasons],
            )
            for stop in rules.stops
        ],
        waits_for=[WaitShape(rule=w.rule, count=w.count, reason=w.reason, next_at=w.next_at) for w in rules.waits],
        next=[OpeningShape(at=at, count=count) for at, count in rules.openings],
    )


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
        "ends_at": batch.ends_at,
        "retry": RetryShape.model_validate(policy_to(batch.retry)),
        "max_attempts": batch.max_attempts,
        "stop_if": StopIfShape.model_validate(stop_to(batch.stop)),
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
