"""The provider's entrance: raw bytes in, a durable answer out."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from prometheus_client import Counter
from starlette.requests import ClientDisconnect

from callcenter.api import problems
from callcenter.api.deps import Rt, address_of, count
from callcenter.services import receiving

router = APIRouter(prefix="/api/calls/webhook", tags=["Webhook"])

#: Whoever sends more slowly than this keeps a place that others need.
SECONDS_TO_READ = 5
#: Bad signatures from one address in a minute, before it is told to slow down.
MOST_REFUSED = 300

DELIVERIES = Counter("callcenter_deliveries", "Deliveries of the provider, by what became of them.", ["result"])

Signature = Annotated[str | None, Header(alias="x-retell-signature")]
_DOC: dict[str, Any] = {
    "responses": {
        204: {"description": "Durably stored, now or before."},
        401: {"description": "The signature is missing, malformed or wrong."},
        413: {"description": "The body is above 5 MB."},
        503: {"description": "It cannot be stored now; send it again."},
    },
    "openapi_extra": {"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}},
}


@router.post("/retell", status_code=204, summary="Events of every client", **_DOC)
async def of_everybody(request: Request, rt: Rt, signature: Signature = None) -> Response:
    """Takes an event; the key that signed it says whose it is."""
    return await _take(request, rt, None, signature)


@router.post("/retell/{hookId}", status_code=204, summary="Events of one client", **_DOC)
async def of_one(request: Request, rt: Rt, hookId: str, signature: Signature = None) -> Response:
    """Takes an event at the address that was sent with the call."""
    return await _take(request, rt, hookId, signature)


async def _take(request: Request, rt: Rt, hook_id: str | None, signature: str | None) -> Response:
    try:
        async with asyncio.timeout(SECONDS_TO_READ):
            raw = await request.body()
    except ClientDisconnect:  # nothing was stored, nobody hears an answer; whoever it was sends it again
        DELIVERIES.labels("gone").inc()
        return Response(status_code=400)
    except TimeoutError:
        return problems.problem(408, "request-timeout", "Request Timeout", "The body came too slowly. Send it again.")
    address = address_of(request, rt)
    receipt = await receiving.take(rt, hook_id=hook_id, raw=raw, signature=signature, address=address)
    DELIVERIES.labels(receipt.result).inc()
    if receipt.status == 401:
        await count(rt, "bad signatures", address, per_minute=MOST_REFUSED)
        return problems.problem(401, "unauthenticated", "Who is asking?", "The signature is not valid.")
    return Response(status_code=receipt.status)
