"""The inspector: why did my call not update?"""

from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.domain.hours import zone_info
from callcenter.domain.lines import EventDetail
from callcenter.domain.paging import MOST_ON_WIRE
from callcenter.domain.search import day_start
from callcenter.domain.user import Actor, sees
from callcenter.services.browsing.pages import EventsPage
from callcenter.services.runtime import Runtime
from callcenter.store import clients, event_pages
from callcenter.store.database import Tx
from callcenter.store.event_pages import RESULTS

__all__ = ["RESULTS", "event_detail", "events_page"]


async def events_page(
    rt: Runtime,
    actor: Actor,
    *,
    q: str = "",
    client_id: str | None = None,
    kind: str = "",
    result: str = "",
    limit: int = 50,
    cursor: str | None = None,
) -> EventsPage:
    """Gives a page of events, newest first, with what came today and how much is kept."""
    if client_id is not None:
        sees(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> EventsPage:
        page = event_pages.search(
            tx, actor, q=q, client_id=client_id, kind=kind, result=result, limit=min(max(limit, 1), MOST_ON_WIRE),
            cursor=cursor,
        )  # fmt: skip
        results, kinds = event_pages.counts_since(tx, actor, _today(tx, now))
        return EventsPage(
            items=page.items,
            older=page.older,
            newer=page.newer,
            first=page.first,
            today=sum(results.values()),
            bytes_kept=event_pages.bytes_kept(tx),
            by_result=results,
            kinds=tuple(sorted({*kinds, *(line.kind for line in page.items)} - {""})),
        )

    return await rt.database.read(work)


async def event_detail(rt: Runtime, actor: Actor, event_id: str) -> EventDetail:
    """Gives one event with its body and what it changed; raises NotFound."""
    return await rt.database.read(lambda tx: event_pages.detail(tx, actor, event_id))


def _today(tx: Tx, now: datetime) -> datetime:
    zone = zone_info(clients.get_installation(tx).timezone) or ZoneInfo("UTC")
    return day_start(now.astimezone(zone).date(), tz=zone)
