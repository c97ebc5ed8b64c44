"""The command palette's search: numbers, names, ids and quoted words, over calls, leads, batches and clients."""

from callcenter.domain.lines import CallLine
from callcenter.domain.search import CallFilter, LeadFilter
from callcenter.domain.user import Actor
from callcenter.services.browsing.pages import QuickHit
from callcenter.services.runtime import Runtime
from callcenter.store import call_pages, leads, palette
from callcenter.store.database import Tx

_SHORTEST = 2
_OF_EACH = 5


async def quick_search(rt: Runtime, actor: Actor, text: str, *, limit: int = 12) -> tuple[QuickHit, ...]:
    """Gives the best answers of each kind; with no text the newest calls."""
    text = " ".join(text.split())[:100]
    return await rt.database.read(lambda tx: _hits(tx, actor, text)[:limit])


def _hits(tx: Tx, actor: Actor, text: str) -> tuple[QuickHit, ...]:
    if len(text) < _SHORTEST:
        newest = call_pages.search(tx, CallFilter(), actor, limit=_OF_EACH).items
        return tuple(_call(line) for line in newest)
    found = [
        QuickHit(kind="client", id=each_id, title=name, href=f"/clients/{each_id}")
        for each_id, name in palette.clients(tx, actor, text, limit=3)
    ]
    found += [
        QuickHit(kind="batch", id=each_id, title=name, client=client, href=f"/batches/{each_id}")
        for each_id, name, client in palette.batches(tx, actor, text, limit=3)
    ]
    people = leads.search(tx, LeadFilter(q=text), actor, limit=_OF_EACH).items
    found += [
        QuickHit(kind="lead", id=lead.lead_id, title=lead.name or lead.number, number=lead.number, href=f"/leads/{lead.lead_id}")
        for lead in people
    ]
    lines = call_pages.search(tx, CallFilter(q=text), actor, limit=_OF_EACH).items
    return tuple(found + [_call(line) for line in lines])


def _call(line: CallLine) -> QuickHit:
    return QuickHit(
        kind="call", id=line.call_id, title=line.who, href=f"/calls/{line.call_id}", client=line.client_name,
        number=line.number, status=line.status, outcome=line.outcome or "",
    )  # fmt: skip
