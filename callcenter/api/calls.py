"""Calls over REST: schedule, look up, pause, cancel, explain, list, sum up, export."""

from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from callcenter.api.deps import Again, Asking, Cursor, Limit, Rt, limited
from callcenter.api.leads import Texts, params_of
from callcenter.api.shapes import CallShape, ExplanationShape, ListShape
from callcenter.api.shaping import answer, as_json, call_shape, explanation_shape, list_shape
from callcenter.api.stats import StatsShape, stats_shape
from callcenter.api.wishes import CallWish, instant_from
from callcenter.domain.client_input import timezone_from
from callcenter.domain.errors import Invalid
from callcenter.domain.search import CallFilter, strict_call_filter_from
from callcenter.services import calling, explaining, exporting, measuring, onboarding, pausing, reading, replaying
from callcenter.services.replaying import Reply

router = APIRouter(prefix="/api/calls", tags=["Calls"])

CALL_FILTERS = ("status", "outcome", "priority", "batchId", "leadId", "from", "to", "q", "sentiment", "sort")

Status = Annotated[list[str] | None, Query(examples=[["completed", "failed"]])]
When = Annotated[str | None, Query(description="RFC 3339; a day or a time without a zone is the client's.")]


@router.post("/clients/{clientId}/calls", status_code=201, response_model=CallShape, summary="Schedule a call")
async def schedule(rt: Rt, actor: Asking, again: Again, clientId: str, wish: CallWish) -> Response:
    """Writes down a call to a lead or a number; it is dialled as soon as every rule allows."""
    zone = (await onboarding.get_client(rt, actor, clientId)).client.timezone
    given, now = wish.read(zone=zone), rt.clock.now()
    reply = await replaying.once(
        rt,
        again,
        lambda tx: reading.whole(tx, [calling.schedule_in(tx, rt, actor, clientId, given, now=now)])[0],
        shape=lambda whole: Reply(201, call_shape(whole).model_dump_json(by_alias=True)),
    )
    return as_json(reply.body, status=reply.status)


@router.get("/clients/{clientId}/calls", response_model=ListShape[CallShape], summary="List calls")
async def page(
    rt: Rt,
    actor: Asking,
    request: Request,
    clientId: str,
    status: Status = None,
    outcome: Texts = None,
    priority: Texts = None,
    batchId: Texts = None,
    leadId: Texts = None,
    from_: Annotated[When, Query(alias="from")] = None,
    to: When = None,
    q: Annotated[str | None, Query(description="Words of the name or transcript, digits of the number.")] = None,
    sentiment: Texts = None,
    sort: Annotated[str | None, Query(examples=["-dialledAt"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Gives the calls that match all filters; several values of one filter are OR. Newest first unless sorted."""
    asked = await _asked(rt, actor, request, clientId)
    return answer(list_shape(await reading.page_of_calls(rt, actor, asked, limit=limit, cursor=cursor), call_shape))


@router.get(
    "/clients/{clientId}/calls/export",
    summary="Export calls",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
    dependencies=[Depends(limited("exports", per_minute=20))],
)
async def export(
    rt: Rt,
    actor: Asking,
    request: Request,
    clientId: str,
    format: Literal["csv"] = "csv",
    status: Status = None,
    outcome: Texts = None,
    priority: Texts = None,
    batchId: Texts = None,
    leadId: Texts = None,
    from_: Annotated[When, Query(alias="from")] = None,
    to: When = None,
    q: str | None = None,
    sentiment: Texts = None,
    sort: str | None = None,
) -> Response:
    """Streams the calls that match the filters of the list."""
    asked = await _asked(rt, actor, request, clientId)
    zone = (await onboarding.get_client(rt, actor, clientId)).client.timezone
    lines = exporting.export_calls(rt, actor, asked, tz=zone)
    headers = {"Content-Disposition": 'attachment; filename="calls.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/clients/{clientId}/call-stats", response_model=StatsShape, summary="Sums and rates")
async def stats(
    rt: Rt,
    actor: Asking,
    clientId: str,
    from_: Annotated[When, Query(alias="from")] = None,
    to: When = None,
    tz: Annotated[str | None, Query(description="Time zone of the days; the client's when left out.")] = None,
) -> Response:
    """Gives totals, rates and costs of the calls dialled from `from` to `to`, in all and per day."""
    client = (await onboarding.get_client(rt, actor, clientId)).client
    zone = timezone_from(tz, field="tz") if tz else client.timezone
    start: datetime | None = instant_from(from_, zone, field="from")
    end: datetime | None = instant_from(to, zone, field="to")
    if start and end and end <= start:
        raise Invalid("The end is not after the start.", field="to")
    return answer(stats_shape(await measuring.call_stats(rt, actor, clientId, start, end, zone)))


@router.get("/calls/{callId}", response_model=CallShape, summary="Get a call")
async def get(rt: Rt, actor: Asking, callId: str) -> Response:
    """Gives one call."""
    return answer(call_shape(await reading.get(rt, actor, callId)))


@router.delete("/calls/{callId}", response_model=CallShape, summary="Cancel a call")
async def cancel(rt: Rt, actor: Asking, callId: str) -> Response:
    """Cancels: one that waits is never dialled, a live one is stopped at Retell. A finished call is 409."""
    await calling.cancel(rt, actor, callId)
    return answer(call_shape(await reading.get(rt, actor, callId)))


@router.post("/calls/{callId}/pause", response_model=CallShape, summary="Pause a call")
async def pause(rt: Rt, actor: Asking, callId: str) -> Response:
    """Keeps a call that waits from being dialled until it is resumed. One that is dialled already or over is 409."""
    await pausing.pause_call(rt, actor, callId)
    return answer(call_shape(await reading.get(rt, actor, callId)))


@router.post("/calls/{callId}/resume", response_model=CallShape, summary="Resume a call")
async def resume(rt: Rt, actor: Asking, callId: str) -> Response:
    """Lets it be dialled, under all rules."""
    await pausing.resume_call(rt, actor, callId)
    return answer(call_shape(await reading.get(rt, actor, callId)))


@router.get("/calls/{callId}/explanation", response_model=ExplanationShape, summary="Why is it not dialled yet?")
async def explanation(rt: Rt, actor: Asking, callId: str) -> Response:
    """Gives every rule in order, the first that blocks, and the next instant the call may be dialled."""
    return answer(explanation_shape(await explaining.explain(rt, actor, callId)))


async def _asked(rt: Any, actor: Any, request: Request, client_id: str) -> CallFilter:
    client = (await onboarding.get_client(rt, actor, client_id)).client
    given = {**params_of(request, CALL_FILTERS), "client": [client_id]}
    return strict_call_filter_from(given, tz=ZoneInfo(client.timezone), now=rt.clock.now())
