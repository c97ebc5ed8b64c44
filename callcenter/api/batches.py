"""Batches over REST: launch, progress, change, pause, resume, cancel."""

from fastapi import APIRouter
from fastapi.responses import Response

from callcenter.api.calling import PauseWish
from callcenter.api.deps import Again, Asking, Rt
from callcenter.api.shapes import BatchExplanationShape, BatchShape, LaunchedShape
from callcenter.api.shaping import answer, as_json, batch_explanation_shape, batch_shape, launched_shape
from callcenter.api.wishes import BatchChange, BatchWish, reason_of
from callcenter.services import batching, editing, explaining, onboarding, replaying
from callcenter.services.batching import LaunchedBatch
from callcenter.services.replaying import Reply

router = APIRouter(prefix="/api/calls", tags=["Batches"])


@router.post("/clients/{clientId}/batch-calls", status_code=201, response_model=LaunchedShape, summary="Launch a batch")
async def launch(rt: Rt, actor: Asking, again: Again, clientId: str, wish: BatchWish) -> Response:
    """Makes one scheduled call per accepted lead; says who was left out and why. Nobody accepted is 422."""
    zone = (await onboarding.get_client(rt, actor, clientId)).client.timezone
    given = wish.read(zone=zone)
    earlier = await replaying.claim(rt, again)
    if earlier is not None:
        return as_json(earlier.body, status=earlier.status)
    try:
        launched = await batching.launch(
            rt, actor, clientId, given, also=lambda tx, made: replaying.remember(tx, rt, again, _reply(made))
        )
    except BaseException:
        await replaying.give_up(rt, again)
        raise
    return as_json(_reply(launched).body, status=201)


@router.get("/batches/{batchId}", response_model=BatchShape, summary="Get a batch")
async def get(rt: Rt, actor: Asking, batchId: str) -> Response:
    """Gives a batch with its progress and when it will be done."""
    return answer(batch_shape(await batching.get(rt, actor, batchId)))


@router.get("/batches/{batchId}/explanation", response_model=BatchExplanationShape, summary="What holds a batch up?")
async def explanation(rt: Rt, actor: Asking, batchId: str) -> Response:
    """Gives how many waiting calls each rule stops first, how many may be dialled now, and when the next ones may."""
    return answer(batch_explanation_shape(await explaining.explain_batch(rt, actor, batchId)))


@router.patch("/batches/{batchId}", response_model=BatchShape, summary="Change a batch")
async def change(rt: Rt, actor: Asking, batchId: str, wish: BatchChange) -> Response:
    """Changes what is given, also while it runs: it holds from the next call on, and ends none."""
    batch = (await batching.get(rt, actor, batchId)).batch
    zone = (await onboarding.get_client(rt, actor, batch.client_id)).client.timezone
    reason = reason_of(wish.window)
    await editing.edit(rt, actor, batchId, wish.changes(zone=zone), rev=wish.rev, window_reason=reason)
    return answer(batch_shape(await batching.get(rt, actor, batchId)))


@router.post("/batches/{batchId}/pause", response_model=BatchShape, summary="Pause a batch")
async def pause(rt: Rt, actor: Asking, batchId: str, wish: PauseWish | None = None) -> Response:
    """Dials no more of it until it is resumed; calls in flight go on, or with `endLive` are ended too."""
    wish = wish or PauseWish()
    await batching.pause(rt, actor, batchId, why=wish.reason, end_live=wish.end_live)
    return answer(batch_shape(await batching.get(rt, actor, batchId)))


@router.post("/batches/{batchId}/resume", response_model=BatchShape, summary="Resume a batch")
async def resume(rt: Rt, actor: Asking, batchId: str) -> Response:
    """Lets it go on, under all rules."""
    await batching.resume(rt, actor, batchId)
    return answer(batch_shape(await batching.get(rt, actor, batchId)))


@router.post("/batches/{batchId}/cancel", response_model=BatchShape, summary="Cancel the rest of a batch")
async def cancel(rt: Rt, actor: Asking, batchId: str) -> Response:
    """Cancels what was not dialled; calls in flight go on."""
    await batching.cancel(rt, actor, batchId)
    return answer(batch_shape(await batching.get(rt, actor, batchId)))


def _reply(launched: LaunchedBatch) -> Reply:
    shape = launched_shape(launched.batch, accepted=launched.accepted, refused=launched.refused)
    return Reply(201, shape.model_dump_json(by_alias=True))
