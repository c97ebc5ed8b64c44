"""The door for operators and tests: look into the simulator, change it, make it misbehave. Loopback only."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import timedelta
from typing import Annotated, Any, TypeVar, cast

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from callcenter.simulator.call import Call
from callcenter.simulator.config import Switches, WorkspaceSettings
from callcenter.simulator.faults import FaultPlan
from callcenter.simulator.outcomes import OUTCOMES
from callcenter.simulator.past import call_of_the_past, told_calls
from callcenter.simulator.provider import Provider
from callcenter.simulator.refusals import Refusal, invalid, not_found
from callcenter.simulator.routes.asking import Asked
from callcenter.simulator.script import wish_of
from callcenter.simulator.signing import compact
from callcenter.simulator.webhooks import Letter, forged, is_loopback

Settings = TypeVar("Settings", Switches, WorkspaceSettings)


async def from_here(request: Request) -> None:
    """Lets only this machine in."""
    if request.client is None or not is_loopback(request.client.host):
        raise Refusal(403, "Forbidden")


async def table_sent(request: Request) -> dict[str, Any]:
    """The JSON object that was sent."""
    try:
        body: Any = await request.json()
    except ValueError as problem:
        raise invalid("The body is not JSON.") from problem
    if not isinstance(body, dict):
        raise invalid("The body is not a JSON object.")
    return cast(dict[str, Any], body)


Sent = Annotated[dict[str, Any], Depends(table_sent)]
router = APIRouter(prefix="/simulator", dependencies=[Depends(from_here)])


@router.get("/log")
async def log(provider: Asked, key: str | None = None) -> JSONResponse:
    return JSONResponse([entry for entry in provider.log.entries if key in (None, entry["key"])])


@router.get("/calls")
async def calls(provider: Asked, key: str | None = None) -> JSONResponse:
    found = [call for call in provider.exchange.calls.values() if key in (None, call.workspace.key)]
    return JSONResponse([truth_of(call) for call in found])


@router.get("/deliveries")
async def deliveries(provider: Asked, call_id: str | None = None) -> JSONResponse:
    return JSONResponse([asdict(one) for one in provider.courier.log if call_id in (None, one.call_id)])


@router.get("/outcomes")
async def outcomes(provider: Asked) -> list[str]:
    return list(OUTCOMES)


@router.post("/outcomes")
async def set_outcomes(provider: Asked, body: Sent) -> dict[str, int]:
    provider.exchange.wishes |= {number: wish_of(wish) for number, wish in body.items()}
    return {"numbers": len(provider.exchange.wishes)}


@router.post("/faults")
async def set_faults(request: Request, body: Sent) -> dict[str, int]:
    try:
        plan = FaultPlan.parse(body)
    except ValueError as problem:
        raise invalid(str(problem)) from problem
    request.app.state.set_faults(plan)
    return {"rules": len(plan.rules)}


@router.delete("/faults")
async def clear_faults(request: Request) -> dict[str, int]:
    request.app.state.set_faults(FaultPlan())
    return {"rules": 0}


@router.post("/switches")
async def set_switches(provider: Asked, body: Sent) -> dict[str, Any]:
    key = body.get("key")
    now = provider.workspaces.of(key) if key else provider.workspaces
    switches = changed(now.switches, body.get("switches") or {})
    settings = changed(now.settings, body.get("workspace") or {})
    provider.workspaces.set(settings=settings, switches=switches, key=key)
    return {"switches": asdict(switches), "workspace": asdict(settings)}


@router.post("/hangup")
async def hang_up(provider: Asked, body: Sent) -> dict[str, Any]:
    call = a_call(provider, body)
    if not call.is_over:
        provider.exchange.hang_up(call, str(body.get("reason") or "user_hangup"))
    return truth_of(call)


@router.post("/deliver")
async def deliver(provider: Asked, body: Sent) -> dict[str, int]:
    """Sends a webhook that nothing gave rise to: again, out of place, stale, forged, or of a kind nobody knows."""
    letter = letter_of(provider, body)
    for _ in range(int(body.get("times") or 1)):
        provider.courier.send(letter, provider.workspaces.of(letter.key).switches)
    return {"bytes": len(letter.body)}


@router.post("/past")
async def take_past(provider: Asked, body: Sent) -> dict[str, int]:
    """Knows the calls of an earlier run again, from what was told of them then: `{key, calls: [{created_at, told}]}`.

    `told` is the newest body about a call, a webhook's or get-call's. One that says no end has ended by our own fault.
    """
    workspace = provider.workspaces.of(str(body.get("key")))
    calls = [call_of_the_past(workspace, one, seq=-place) for place, one in enumerate(told_calls(body), start=1)]
    for call in calls:
        provider.exchange.take_back(call)
    return {"calls": len(calls)}


@router.post("/clear")
async def clear(provider: Asked) -> dict[str, bool]:
    provider.exchange.clear()
    provider.exchange.wishes.clear()
    provider.log.clear()
    provider.courier.log.clear()
    return {"cleared": True}


def letter_of(provider: Provider, body: Mapping[str, Any]) -> Letter:
    """What to deliver: an event of a call as it now is, or any body under any key to any target."""
    event = str(body.get("event") or "call_ended")
    call = a_call(provider, body) if "call_id" in body else None
    url = body.get("url") or (call.order.override.webhook_url if call else None) or provider.config.webhook_url
    key = body.get("key") or (call.workspace.key if call else None)
    if not isinstance(url, str) or not isinstance(key, str):
        raise invalid("Say call_id, or key and url.")
    said: Any = body.get("body")
    if said is None:
        said = {"event": event, "call": provider.show(call) if call else {}}
    letter = Letter(
        event=event,
        call_id=call.call_id if call else "",
        url=url,
        key=key,
        body=said.encode() if isinstance(said, str) else compact(said),
        age=timedelta(seconds=float(body.get("age_seconds") or 0)),
    )
    return forged(letter) if body.get("forge") else letter


def a_call(provider: Provider, body: Mapping[str, Any]) -> Call:
    """The call named in a request."""
    if (call := provider.exchange.calls.get(str(body.get("call_id")))) is None:
        raise not_found()
    return call


def changed(now: Settings, wanted: Any) -> Settings:
    """Settings with some fields replaced; unknown names are refused, lists become tuples."""
    if not isinstance(wanted, dict) or set(cast(dict[str, Any], wanted)) - {one.name for one in fields(now)}:
        raise invalid(f"{type(now).__name__} has these fields: {', '.join(one.name for one in fields(now))}.")
    values = {
        name: tuple(cast(list[Any], value)) if isinstance(value, list) else value
        for name, value in cast(dict[str, Any], wanted).items()
    }
    return replace(now, **values)


def truth_of(call: Call) -> dict[str, Any]:
    """A call as only the simulator knows it."""
    return {
        "call_id": call.call_id,
        "key": call.workspace.key,
        "from_number": call.order.from_number,
        "to_number": call.order.to_number,
        "agent_id": call.agent.agent_id,
        "batch_call_id": call.batch_call_id,
        "status": call.status,
        "planned_outcome": call.plan.outcome.name,
        "planned_reason": call.plan.reason,
        "reason": call.reason,
        "created_at": call.created_at.isoformat(),
        "started_at": call.started_at.isoformat() if call.started_at else None,
        "ended_at": call.ended_at.isoformat() if call.ended_at else None,
        "analysed_at": call.analysed_at.isoformat() if call.analysed_at else None,
        "seconds": call.seconds,
        "idempotency_key": call.order.idempotency_key,
        "metadata": call.metadata,
        "variables": call.variables,
    }
