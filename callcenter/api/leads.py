"""Leads over REST: one by one, and whole lists as CSV."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.datastructures import UploadFile

from callcenter.api.deps import Again, Asking, Cursor, Limit, Rt, limited
from callcenter.api.shapes import LeadShape, ListShape, Shape
from callcenter.api.shaping import answer, as_json, lead_shape, list_shape
from callcenter.api.wishes import LEAD_FILTERS, LeadChange, LeadWish
from callcenter.domain.errors import Invalid
from callcenter.domain.lead_search import strict_lead_filter_from
from callcenter.services import importing, leading, onboarding, replaying
from callcenter.services.replaying import Reply

router = APIRouter(tags=["Leads"])

Texts = Annotated[list[str] | None, Query()]


class RefusedShape(Shape):
    """A row that was not imported: its line in the file, what is wrong with which field."""

    line: int
    field: str
    value: str
    reason: str


class ReportShape(Shape):
    """What an import did; imported + updated + refused is the number of rows."""

    imported: int
    updated: int
    refused: list[RefusedShape]


@router.post("/api/clients/{clientId}/leads", status_code=201, response_model=LeadShape, summary="Add a lead")
async def add(rt: Rt, actor: Asking, again: Again, clientId: str, wish: LeadWish) -> Response:
    """Adds a lead; a second one with the same externalId, or with the same phone and none, is 409."""
    given, now = wish.read(), rt.clock.now()
    reply = await replaying.once(
        rt,
        again,
        lambda tx: leading.add_lead_in(tx, rt, actor, clientId, given, now=now),
        shape=lambda lead: Reply(201, lead_shape(lead).model_dump_json(by_alias=True)),
    )
    return as_json(reply.body, status=reply.status)


@router.get("/api/clients/{clientId}/leads", response_model=ListShape[LeadShape], summary="List leads")
async def page(
    rt: Rt,
    actor: Asking,
    request: Request,
    clientId: str,
    q: Annotated[str | None, Query(description="Words of the name, digits of the phone, e-mail, external id.")] = None,
    tag: Texts = None,
    phone: Texts = None,
    externalId: Texts = None,
    lastOutcome: Texts = None,
    doNotCall: Annotated[str | None, Query(pattern="(?i)^(true|false)$")] = None,
    sort: Annotated[str | None, Query(examples=["-createdAt", "name"])] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """Gives the leads of a client that match all filters; several values of one filter are OR."""
    await onboarding.get_client(rt, actor, clientId)
    asked = strict_lead_filter_from(params_of(request, (*LEAD_FILTERS, "sort")))
    found = await leading.page_of_leads(rt, actor, replace(asked, clients=(clientId,)), limit=limit, cursor=cursor)
    return answer(list_shape(found, lead_shape))


@router.post(
    "/api/clients/{clientId}/leads/import",
    response_model=ReportShape,
    summary="Import leads from CSV",
    dependencies=[Depends(limited("imports", per_minute=30))],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "text/csv": {"schema": {"type": "string"}, "example": "name,phone,tags\nLee Reyes,+12125550123,recall\n"},
                "multipart/form-data": {
                    "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
                },
            },
        }
    },
)
async def import_(rt: Rt, actor: Asking, again: Again, request: Request, clientId: str) -> Response:
    """Takes a CSV body or a multipart upload with a header row; answers counts and one entry per refused row."""
    data, filename = await _file(request)
    earlier = await replaying.claim(rt, again)
    if earlier is not None:
        return as_json(earlier.body, status=earlier.status)
    try:
        report = await importing.import_leads(rt, actor, clientId, data, filename=filename)
    except BaseException:
        await replaying.give_up(rt, again)
        raise
    refused = [RefusedShape(line=row.line, field=row.field, value=row.value, reason=row.reason) for row in report.refused]
    shape = ReportShape(imported=report.imported, updated=report.updated, refused=refused)
    reply = Reply(200, shape.model_dump_json(by_alias=True))
    await rt.database.write(lambda tx: replaying.remember(tx, rt, again, reply))
    return as_json(reply.body)


@router.get("/api/leads/{leadId}", response_model=LeadShape, summary="Get a lead")
async def get(rt: Rt, actor: Asking, leadId: str) -> Response:
    """Gives one lead."""
    return answer(lead_shape(await leading.get_lead(rt, actor, leadId)))


@router.patch("/api/leads/{leadId}", response_model=LeadShape, summary="Change a lead")
async def change(rt: Rt, actor: Asking, leadId: str, wish: LeadChange) -> Response:
    """Changes what is given; taking a number off the do-not-call list needs the role manager."""
    return answer(lead_shape(await leading.change_lead(rt, actor, leadId, wish.changes(), rev=wish.rev)))


@router.delete("/api/leads/{leadId}", status_code=204, summary="Delete a lead")
async def delete(rt: Rt, actor: Asking, leadId: str) -> Response:
    """Empties its personal fields and cancels its waiting calls; finished calls stay."""
    await leading.delete_lead(rt, actor, leadId)
    return Response(status_code=204)


def params_of(request: Request, names: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Gives the values of these names in the query."""
    return {name: found for name in names if (found := request.query_params.getlist(name))}


async def _file(request: Request) -> tuple[bytes, str]:
    """Gives the bytes of the list and the name of the file, if it had one. Raises Invalid."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        return await request.body(), ""
    async with request.form(max_files=1, max_fields=10) as form:
        uploads: list[Any] = [each for each in form.values() if isinstance(each, UploadFile)]
        if not uploads:
            raise Invalid("Send the list as a file.", field="file")
        return await uploads[0].read(), uploads[0].filename or ""
