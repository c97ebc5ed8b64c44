"""The provider's endpoints about calls: make, look up, list, stop, change, forget."""

import json
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from callcenter.simulator.batches import start_batch
from callcenter.simulator.call import Call
from callcenter.simulator.call_body import listed
from callcenter.simulator.listing import list_calls
from callcenter.simulator.orders import METADATA_LIMIT, STORAGE, strings, table, text
from callcenter.simulator.refusals import Refusal, invalid
from callcenter.simulator.routes.asking import Asked, Asking, Body

router = APIRouter()


@router.post("/v2/create-phone-call")
async def create_phone_call(provider: Asked, workspace: Asking, body: Body) -> JSONResponse:
    created = provider.create(workspace, body)
    return JSONResponse(created.body, status_code=created.status)


@router.post("/create-batch-call")
async def create_batch_call(provider: Asked, workspace: Asking, body: Body) -> JSONResponse:
    return JSONResponse(start_batch(provider, workspace, body), status_code=201)


@router.get("/v2/get-call/{call_id}")
async def get_call(provider: Asked, workspace: Asking, call_id: str) -> JSONResponse:
    return JSONResponse(provider.show(provider.find(workspace, call_id)))


@router.post("/v3/list-calls")
async def list_some_calls(provider: Asked, workspace: Asking, body: Body) -> JSONResponse:
    page, answer = list_calls(provider.exchange, workspace, body, now=provider.clock.now())
    return JSONResponse({"items": [listed(call, base_url=provider.exchange.base_url) for call in page], **answer})


@router.post("/v2/stop-call/{call_id}")
async def stop_call(provider: Asked, workspace: Asking, call_id: str) -> Response:
    call = provider.find(workspace, call_id)
    switches = workspace.switches
    if call.is_over or (call.status == "registered" and not switches.stops_while_ringing):
        raise Refusal(switches.stop_refused_status, "The call is not ongoing.")
    provider.exchange.hang_up(call, switches.stopped_reason)
    return Response(status_code=204)


@router.delete("/v2/delete-call/{call_id}")
async def delete_call(provider: Asked, workspace: Asking, call_id: str) -> Response:
    provider.exchange.delete(provider.find(workspace, call_id))
    return Response(status_code=204)


@router.patch("/v2/update-call/{call_id}")
async def update_call(provider: Asked, workspace: Asking, call_id: str, body: Body) -> JSONResponse:
    call = provider.find(workspace, call_id)
    if unknown := set(body) - {"metadata", "data_storage_setting", "custom_attributes"}:
        raise invalid(f"request/body must NOT have additional properties: {', '.join(sorted(unknown))}")
    if not call.is_over:
        raise Refusal(workspace.switches.update_refused_status, "The call has not ended yet.")
    take_metadata(call, body)
    take_storage(call, body, only_stricter=False)
    call.custom_attributes |= table(body, "custom_attributes") or {}
    return JSONResponse(provider.show(call))


@router.patch("/v2/update-live-call/{call_id}")
async def update_live_call(provider: Asked, workspace: Asking, call_id: str, body: Body) -> dict[str, bool]:
    call = provider.find(workspace, call_id)
    if call.status != "ongoing":
        raise Refusal(workspace.switches.update_refused_status, "The call is not ongoing.")
    fields, control = table(body, "fields_to_override") or {}, table(body, "call_control") or {}
    take_metadata(call, fields)
    take_storage(call, fields, only_stricter=True)
    if "override_dynamic_variables" in fields:
        call.live_variables = {**call.live_variables, **(strings(fields, "override_dynamic_variables") or {})}
        if fields["override_dynamic_variables"] is None:
            call.live_variables = {}
    if (context := text(control, "additional_context")) is not None:
        call.injected.append((round(provider.exchange.elapsed(call), 2), context))
    return {"success": True}


def take_metadata(call: Call, body: dict[str, Any]) -> None:
    """Replaces the metadata, if new ones are given."""
    metadata = table(body, "metadata")
    if metadata is None:
        return
    if len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_LIMIT:
        raise Refusal(400, "Metadata is larger than 50kB.")
    call.metadata = metadata


def take_storage(call: Call, body: dict[str, Any], *, only_stricter: bool) -> None:
    """Changes what is kept of a call."""
    wanted = body.get("data_storage_setting")
    if wanted is None:
        return
    if wanted not in STORAGE or (only_stricter and STORAGE.index(wanted) < STORAGE.index(call.storage)):
        raise invalid("request/body/data_storage_setting must be equal to one of the allowed values")
    call.storage = wanted
