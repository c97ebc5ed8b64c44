"""End every call that is going on, of everybody, a client or a batch."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from callcenter.domain.call import FINISHED_STATUSES, Call
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import calling
from callcenter.services.runtime import Runtime
from callcenter.store import calls
from callcenter.store.database import Tx

#: Calls whose end is written down in one transaction, and how many are hung up at the provider at the same time.
_PAGE = 200
_AT_ONCE = 50


async def end_live(rt: Runtime, actor: Actor, *, client_id: str | None = None, batch_id: str | None = None) -> int:
    """Has every call in flight that this person may see ended, narrowed to a client or a batch; gives how many were asked.

    First all wishes are written down, then the provider is asked; what it refuses (a call that still rings, one whose create
    is on its way) reconciling asks for again. Pause first, or new calls take the place of the old ones.
    """
    require(actor, Role.MANAGER, to="end all calls")
    if client_id is not None:
        sees(actor, client_id)
    now = rt.clock.now()
    going: list[Call] = []
    last = ""
    while True:

        def page(tx: Tx, after: str = last) -> list[str]:
            return calls.ids_in_flight(tx, actor, client_id, batch_id, after=after, limit=_PAGE)

        if not (ids := await rt.database.read(page)):
            break
        going += await rt.database.write(lambda tx, ids=ids: _asked(tx, actor, ids, now=now))
        last = ids[-1]
    await _hang_up(rt, going)
    return len(going)


def _asked(tx: Tx, actor: Actor, ids: Sequence[str], *, now: datetime) -> list[Call]:
    found = [call for call in calls.locked(tx, ids) if call.derived.status not in FINISHED_STATUSES]
    why = f"ended by {actor.label} with all calls"
    return [calling.request_cancel(tx, call, by=actor.label, why=why, now=now) for call in found]


async def _hang_up(rt: Runtime, going: Sequence[Call]) -> None:
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(account_id: str, provider_call_id: str) -> None:
        async with places:
            await calling.stop(rt, account_id, provider_call_id)

    known = [(call.account_id, call.told.provider_call_id) for call in going]
    await asyncio.gather(*(one(account_id, theirs) for account_id, theirs in known if account_id and theirs))
