"""The ledger of dials over REST: every try to place a call, its key, how it was settled; and a person's word on one in doubt."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import Field

from callcenter.api.deps import Asking, Cursor, Limit, Rt
from callcenter.api.fields import Text
from callcenter.api.shapes import ListShape, Shape
from callcenter.api.shaping import answer, list_shape
from callcenter.api.wishes import Wish
from callcenter.domain.lines import LedgerDetail, LedgerLine
from callcenter.services import browsing, calling, deciding
from callcenter.services.deciding import Decision

router = APIRouter(prefix="/api/calls", tags=["Dials"])


class DialShape(Shape):
    """One try to place a call. `key` went along as idempotency key; `callId` is Retell's, null until it is known."""

    id: str
    call: str = Field(description="Our id of the call.")
    client_id: str
    number: str
    nth: int = Field(description="1 for the first try to place this call.")
    key: str
    state: str = Field(examples=["accepted"])
    call_id: str | None
    planned_at: datetime
    sent_at: datetime | None
    repeated_at: datetime | None
    settled_at: datetime | None
    holds_slot: bool
    answer: str = Field(description="What the request came to: accepted, rejected, unsent, unknown …", examples=["unknown"])
    answer_status: int | None = Field(description="The HTTP status of the answer, if there was one.")
    answer_words: str
    settled_by: str = Field(examples=["reconciling"])
    settled_why: str


class LookShape(Shape):
    """One look for a dial at Retell. A clean one counts as evidence that no call exists."""

    at: datetime
    is_clean: bool
    control_found: bool
    answer: str


class StepShape(Shape):
    """One step that was written down."""

    at: datetime
    what: str
    from_state: str | None
    to_state: str
    by: str
    why: str


class DialDetailShape(DialShape):
    """One dial with every step and every look, oldest first; `heldUntil` for one in doubt."""

    held_until: datetime | None
    looks: list[LookShape]
    steps: list[StepShape]


class DecisionWish(Wish):
    """What a person says about a dial in doubt; `callId` names the Retell call when it was placed."""

    decision: Literal["placed", "not_placed", "left"]
    call_id: Text | None = None
    reason: Text = ""


State = Annotated[list[str] | None, Query(examples=[["unknown", "quarantined"]])]


@router.get("/clients/{clientId}/dials", response_model=ListShape[DialShape], summary="List dials")
async def page(
    rt: Rt, actor: Asking, clientId: str, state: State = None, q: str = "", limit: Limit = 50, cursor: Cursor = None
) -> Response:
    """Gives a client's dials, newest first. `q` is a key, a call id, or digits of a number."""
    found = await browsing.ledger_page(
        rt, actor, q=q[:200], client_id=clientId, states=tuple(state or ()), limit=limit, cursor=cursor
    )
    return answer(list_shape(found.page, dial_shape))


@router.get("/calls/{callId}/dials", response_model=ListShape[DialShape], summary="List the dials of a call")
async def of_call(rt: Rt, actor: Asking, callId: str) -> Response:
    """Gives every try to place one call, newest first."""
    await calling.get(rt, actor, callId)
    found = await browsing.ledger_page(rt, actor, call_id=callId, limit=200)
    return answer(list_shape(found.page, dial_shape))


@router.get("/dials/{dialId}", response_model=DialDetailShape, summary="Get a dial")
async def get(rt: Rt, actor: Asking, dialId: str) -> Response:
    """Gives one dial with every step and every look for it."""
    return answer(_detail_shape(await browsing.dial_detail(rt, actor, dialId)))


@router.post("/dials/{dialId}/decision", response_model=DialDetailShape, summary="Settle a dial in doubt")
async def decide(rt: Rt, actor: Asking, dialId: str, wish: DecisionWish) -> Response:
    """Takes a manager's word for what became of a dial nobody could look up; one that is settled already is 409."""
    await deciding.decide(rt, actor, dialId, Decision(wish.decision), provider_call_id=wish.call_id or "", why=wish.reason)
    return answer(_detail_shape(await browsing.dial_detail(rt, actor, dialId)))


def dial_shape(line: LedgerLine) -> DialShape:
    """Gives a dial as JSON."""
    return DialShape(**_facts(line))


def _detail_shape(detail: LedgerDetail) -> DialDetailShape:
    return DialDetailShape(
        **_facts(detail.line),
        held_until=detail.held_until,
        looks=[LookShape(at=c.at, is_clean=c.is_clean, control_found=c.control_found, answer=c.answer) for c in detail.checks],
        steps=[
            StepShape(at=s.at, what=s.what, from_state=s.from_state, to_state=s.to_state, by=s.by, why=s.why)
            for s in detail.steps
        ],
    )


def _facts(line: LedgerLine) -> dict[str, Any]:
    return {
        "id": line.dial_id,
        "call": line.call_id,
        "client_id": line.client_id,
        "number": line.number,
        "nth": line.seq,
        "key": line.token,
        "state": line.state,
        "call_id": line.provider_call_id,
        "planned_at": line.planned_at,
        "sent_at": line.sent_at,
        "repeated_at": line.resent_at,
        "settled_at": line.settled_at,
        "holds_slot": line.has_slot,
        "answer": line.verdict,
        "answer_status": line.status,
        "answer_words": line.words,
        "settled_by": line.settled_by,
        "settled_why": line.settled_why,
    }
