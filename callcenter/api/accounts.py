"""Retell accounts over REST: what each may carry, and changing that while calls run."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field, StrictFloat, StrictInt

from callcenter.api.deps import Asking, Rt
from callcenter.api.shapes import ListShape, Shape
from callcenter.api.shaping import answer
from callcenter.api.wishes import Wish
from callcenter.domain.client import FromNumber
from callcenter.services import limiting
from callcenter.services.limiting import AccountView

router = APIRouter(prefix="/api/accounts", tags=["Accounts"])

PerTime = Annotated[StrictInt | StrictFloat | None, Field(ge=0, le=10_000)]


class LineShape(Shape):
    """A number that calls go out from."""

    number: str
    nickname: str
    state: str = Field(examples=["ok", "spam", "gone"])
    calls_per_minute: float | None


class AccountShape(Shape):
    """A Retell workspace. `limit` calls at a time hold now, `used` of them are taken; `maxConcurrent` and `callsPerSecond`
    are our own limits; `learnedCallsPerSecond` is the pace since Retell refused calls as too many, if that holds."""

    id: str
    is_default: bool
    is_simulated: bool
    limit: int
    used: int
    max_concurrent: int | None
    calls_per_second: float | None
    learned_calls_per_second: float | None
    paused_at: datetime | None
    paused_reason: str | None
    numbers: list[LineShape]


class AccountChange(Wish):
    """What to change; null takes the limit away."""

    max_concurrent: StrictInt | None = None
    calls_per_second: PerTime = None


class LineChange(Wish):
    """What to change; null takes the limit away."""

    calls_per_minute: PerTime


@router.get("", response_model=ListShape[AccountShape], summary="List accounts")
async def page(rt: Rt, actor: Asking) -> Response:
    """Gives every account with its limits; needs the role admin and a view of all clients."""
    found = await limiting.accounts_of(rt, actor)
    return answer(ListShape(items=[_shape(each) for each in found], next_cursor=None, total=len(found)))


@router.patch("/{accountId}", response_model=AccountShape, summary="Change an account's limits")
async def change(rt: Rt, actor: Asking, accountId: str, wish: AccountChange) -> Response:
    """Holds from the next dial on, in every process; lowering a limit ends no call."""
    names = {"max_concurrent": "own_limit", "calls_per_second": "pace_per_second"}
    said: dict[str, Any] = {names[name]: getattr(wish, name) for name in wish.model_fields_set}
    return answer(_shape(await limiting.change_account(rt, actor, accountId, said)))


@router.patch("/{accountId}/numbers/{number}", response_model=AccountShape, summary="Change a number's pace")
async def change_number(rt: Rt, actor: Asking, accountId: str, number: str, wish: LineChange) -> Response:
    """Limits the calls a minute from one number; calls from the account's other numbers go on meanwhile."""
    return answer(_shape(await limiting.change_number(rt, actor, accountId, number, wish.calls_per_minute)))


def _shape(view: AccountView) -> AccountShape:
    account, pace = view.account, view.pace
    return AccountShape(
        id=account.account_id,
        is_default=account.is_default,
        is_simulated=account.is_simulated,
        limit=view.limit,
        used=view.used,
        max_concurrent=account.own_limit,
        calls_per_second=account.pace_per_second,
        learned_calls_per_second=pace.per_second if pace and pace.is_learned else None,
        paused_at=account.paused_at,
        paused_reason=account.paused_why,
        numbers=[_line(each) for each in view.numbers],
    )


def _line(number: FromNumber) -> LineShape:
    pace = number.pace_per_second
    return LineShape(
        number=number.number,
        nickname=number.nickname,
        state=number.state,
        calls_per_minute=None if pace is None else round(pace * 60, 6),
    )
