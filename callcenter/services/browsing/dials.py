"""The ledger of dials: every try to place a call, its key, and how it was settled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcenter.domain.dial import DialState
from callcenter.domain.errors import Invalid
from callcenter.domain.lines import LedgerDetail, LedgerLine
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.user import Actor, sees
from callcenter.services import reconciling
from callcenter.services.deciding import IN_DOUBT
from callcenter.services.runtime import Runtime
from callcenter.store import ledger, live
from callcenter.store.database import Tx


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """A page of the ledger, and how many dials are in doubt by state."""

    page: Page[LedgerLine]
    in_doubt: dict[str, int]


async def ledger_page(
    rt: Runtime,
    actor: Actor,
    *,
    q: str = "",
    client_id: str | None = None,
    states: Sequence[str] = (),
    call_id: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> LedgerPage:
    """Gives a page of dials, newest first. Raises Invalid for a state there is not, or a damaged cursor."""
    if client_id is not None:
        sees(actor, client_id)
    for state in states:
        if state not in set(DialState):
            raise Invalid(f"There is no such state: {state}. Known: {', '.join(DialState)}.", field="state")

    def work(tx: Tx) -> LedgerPage:
        page = ledger.search(
            tx, actor, q=q, client_id=client_id, states=states, call_id=call_id, limit=min(max(limit, 1), MOST_ON_WIRE),
            cursor=cursor,
        )  # fmt: skip
        return LedgerPage(page, live.doubtful_dials(tx, actor, client_id))

    return await rt.database.read(work)


async def dial_detail(rt: Runtime, actor: Actor, dial_id: str) -> LedgerDetail:
    """Gives one dial with its steps and looks; raises NotFound."""
    found = await rt.database.read(lambda tx: ledger.detail(tx, actor, dial_id))
    dial = found.dial
    return replace(found, held_until=reconciling.hold_ends(rt, dial) if dial.state in IN_DOUBT else None)
