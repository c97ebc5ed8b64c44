"""Closed days over REST: days on which nobody is called, of one client or of everybody."""

from fastapi import APIRouter
from fastapi.responses import Response

from callcenter.api.deps import Again, Asking, Rt
from callcenter.api.shapes import BlackoutShape, ListShape
from callcenter.api.shaping import answer, as_json, blackout_shape
from callcenter.api.wishes import BlackoutWish
from callcenter.domain.blackout import Blackout
from callcenter.services import closing, replaying
from callcenter.services.replaying import Reply

router = APIRouter(prefix="/api", tags=["Closed days"])


@router.get("/blackouts", response_model=ListShape[BlackoutShape], summary="List the days closed for everybody")
async def of_everybody(rt: Rt, actor: Asking) -> Response:
    """Gives the days to come on which no client calls anybody, soonest first."""
    return _listed(await closing.closed_days(rt, actor))


@router.post("/blackouts", status_code=201, response_model=BlackoutShape, summary="Close a day for everybody")
async def close_for_everybody(rt: Rt, actor: Asking, again: Again, wish: BlackoutWish) -> Response:
    """Needs the role manager and a view of all clients. A day that is closed already is 409."""
    work = closing.closing_day(rt, actor, wish.on, name=wish.name)
    reply = await replaying.once(rt, again, work, shape=_made)
    return as_json(reply.body, status=reply.status)


@router.delete("/blackouts/{blackoutId}", status_code=204, summary="Open a day that is closed for everybody")
async def open_for_everybody(rt: Rt, actor: Asking, blackoutId: str) -> Response:
    """Calls that wait for the day after may be dialled on it again."""
    await closing.open_day(rt, actor, blackoutId)
    return Response(status_code=204)


@router.get("/clients/{clientId}/blackouts", response_model=ListShape[BlackoutShape], summary="List a client's closed days")
async def of_client(rt: Rt, actor: Asking, clientId: str) -> Response:
    """Gives the days to come on which this client calls nobody: its own, and those of everybody (`clientId` null)."""
    return _listed(await closing.closed_days(rt, actor, client_id=clientId))


@router.post("/clients/{clientId}/blackouts", status_code=201, response_model=BlackoutShape, summary="Close a day for a client")
async def close_for_client(rt: Rt, actor: Asking, again: Again, clientId: str, wish: BlackoutWish) -> Response:
    """Needs the role manager. A day that is closed already is 409."""
    work = closing.closing_day(rt, actor, wish.on, name=wish.name, client_id=clientId)
    reply = await replaying.once(rt, again, work, shape=_made)
    return as_json(reply.body, status=reply.status)


@router.delete("/clients/{clientId}/blackouts/{blackoutId}", status_code=204, summary="Open a closed day of a client")
async def open_for_client(rt: Rt, actor: Asking, clientId: str, blackoutId: str) -> Response:
    """Calls that wait for the day after may be dialled on it again."""
    await closing.open_day(rt, actor, blackoutId, client_id=clientId)
    return Response(status_code=204)


def _made(day: Blackout) -> Reply:
    return Reply(201, blackout_shape(day).model_dump_json(by_alias=True))


def _listed(days: list[Blackout]) -> Response:
    return answer(ListShape(items=[blackout_shape(day) for day in days], next_cursor=None, total=len(days)))
