"""Calling as a whole over REST: is it on, pause everything, resume."""

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field, StrictBool, StrictStr

from callcenter.api.deps import Asking, Rt
from callcenter.api.shapes import Shape
from callcenter.api.shaping import answer
from callcenter.api.wishes import Wish
from callcenter.domain.user import Actor
from callcenter.services import pausing
from callcenter.services.runtime import Runtime

router = APIRouter(prefix="/api/calling", tags=["Calling"])


class PauseWish(Wish):
    """Why something is paused, and whether its calls in progress are to be ended too."""

    reason: StrictStr = Field(default="", max_length=500, examples=["Fire drill"])
    end_live: StrictBool = False


class CallingShape(Shape):
    """Whether calling is on for everybody, and how many calls you may see wait and go on."""

    status: str = Field(examples=["on", "paused"])
    paused_at: datetime | None
    paused_by: str | None
    paused_reason: str | None
    waiting: int
    in_progress: int


@router.get("", response_model=CallingShape, summary="Is calling on?")
async def get(rt: Rt, actor: Asking) -> Response:
    """Says whether calling is on for everybody; clients and batches may be paused beside that."""
    return await _shown(rt, actor)


@router.post("/pause", response_model=CallingShape, summary="Pause all calling")
async def pause(rt: Rt, actor: Asking, wish: PauseWish | None = None) -> Response:
    """Dials nobody until it is resumed; with `endLive` the calls in progress are ended too. Managers who see all clients."""
    wish = wish or PauseWish()
    await pausing.pause_everything(rt, actor, wish.reason, end_live=wish.end_live)
    return await _shown(rt, actor)


@router.post("/resume", response_model=CallingShape, summary="Resume all calling")
async def resume(rt: Rt, actor: Asking) -> Response:
    """Lets calls be dialled again, under all rules."""
    await pausing.resume_everything(rt, actor)
    return await _shown(rt, actor)


async def _shown(rt: Runtime, actor: Actor) -> Response:
    found = await pausing.calling(rt, actor)
    paused_at = found.installation.calling_paused_at
    shape = CallingShape(
        status="on" if paused_at is None else "paused",
        paused_at=paused_at,
        paused_by=found.installation.calling_paused_by,
        paused_reason=found.installation.calling_paused_why,
        waiting=found.waiting,
        in_progress=found.in_progress,
    )
    return answer(shape)
