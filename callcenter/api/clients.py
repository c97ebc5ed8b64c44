"""Clients over REST."""

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from callcenter.api.calling import PauseWish
from callcenter.api.deps import Again, Asking, Cursor, Limit, Rt
from callcenter.api.shapes import ClientShape, ListShape, Shape
from callcenter.api.shaping import answer, as_json, client_shape, list_shape
from callcenter.api.wishes import ClientChange, ClientWish
from callcenter.services import browsing, keys, onboarding, pausing, probing, replaying
from callcenter.services.onboarding import ClientView
from callcenter.services.replaying import Reply

router = APIRouter(prefix="/api/clients", tags=["Clients"])


@router.post("", status_code=201, response_model=ClientShape, summary="Add a client")
async def add(rt: Rt, actor: Asking, again: Again, wish: ClientWish) -> Response:
    """Adds a client; needs the role admin. Its API key is stored sealed and never shown again."""
    work = onboarding.adding(rt, actor, wish.read())
    reply = await replaying.once(rt, again, work, shape=_added)
    keys.forget(rt)
    return as_json(reply.body, status=reply.status)


@router.get("", response_model=ListShape[ClientShape], summary="List clients")
async def page(rt: Rt, actor: Asking, limit: Limit = 50, cursor: Cursor = None) -> Response:
    """Gives the clients you may see, by name."""
    found = await onboarding.page_of_clients(rt, actor, limit=limit, cursor=cursor)
    return answer(list_shape(found, client_shape))


@router.get("/{clientId}", response_model=ClientShape, summary="Get a client")
async def get(rt: Rt, actor: Asking, clientId: str) -> Response:
    """Gives one client."""
    return answer(client_shape(await onboarding.get_client(rt, actor, clientId)))


class WebhookHealthShape(Shape):
    """How a client's webhooks have been in the last 24 hours; delays are milliseconds from Retell's signature to us."""

    last_event_at: datetime | None
    by_kind: dict[str, int]
    delay_p50: int | None
    delay_p95: int | None
    lost: int = Field(description="Facts we had to ask Retell for, since no webhook brought them.")
    late: int
    doubled: int
    forged: int


class StepShape(Shape):
    """One step of a test event on its way, in words."""

    name: str = Field(examples=["Connection", "Answer", "Signature", "Events"])
    ok: bool
    detail: str


class WebhookTestShape(Shape):
    """How far a test event came; it stands among the events as `eventId` if it came here."""

    ok: bool
    steps: list[StepShape]
    event_id: str | None


@router.get("/{clientId}/webhook-health", response_model=WebhookHealthShape, summary="How are its webhooks?")
async def webhook_health(rt: Rt, actor: Asking, clientId: str) -> Response:
    """Gives what arrived in the last 24 hours, how late, and what had to be asked for."""
    health = await browsing.webhook_health(rt, actor, clientId)
    p50, p95 = health.delays_ms or (None, None)
    shape = WebhookHealthShape(
        last_event_at=health.last_at,
        by_kind=dict(health.kinds),
        delay_p50=p50,
        delay_p95=p95,
        lost=health.lost,
        late=health.late,
        doubled=health.doubled,
        forged=health.forged,
    )
    return answer(shape)


@router.post("/{clientId}/webhook-test", response_model=WebhookTestShape, summary="Send a test event")
async def webhook_test(rt: Rt, actor: Asking, clientId: str) -> Response:
    """Posts a signed event about no call to the client's own webhook address and says how far it came. Managers and admins."""
    probe = await probing.send_test_event(rt, actor, clientId)
    steps = [StepShape(name=step.name, ok=step.ok, detail=step.detail) for step in probe.steps]
    return answer(WebhookTestShape(ok=all(step.ok for step in probe.steps), steps=steps, event_id=probe.event_id))


@router.patch("/{clientId}", response_model=ClientShape, summary="Change a client")
async def change(rt: Rt, actor: Asking, clientId: str, wish: ClientChange) -> Response:
    """Changes what is given. Managers may change caps, budget and hours, admins everything."""
    view = await onboarding.change_client(rt, actor, clientId, wish.changes(), rev=wish.rev)
    return answer(client_shape(view))


@router.post("/{clientId}/pause", response_model=ClientShape, summary="Pause a client")
async def pause(rt: Rt, actor: Asking, clientId: str, wish: PauseWish | None = None) -> Response:
    """Dials nobody for it until it is resumed; with `endLive` its calls in progress are ended too. Managers and admins."""
    wish = wish or PauseWish()
    await pausing.pause_client(rt, actor, clientId, wish.reason, end_live=wish.end_live)
    return answer(client_shape(await onboarding.get_client(rt, actor, clientId)))


@router.post("/{clientId}/resume", response_model=ClientShape, summary="Resume a client")
async def resume(rt: Rt, actor: Asking, clientId: str) -> Response:
    """Lets its calls be dialled again, under all rules."""
    await pausing.resume_client(rt, actor, clientId)
    return answer(client_shape(await onboarding.get_client(rt, actor, clientId)))


def _added(view: ClientView) -> Reply:
    return Reply(201, client_shape(view).model_dump_json(by_alias=True))
