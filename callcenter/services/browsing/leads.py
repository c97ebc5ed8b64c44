"""A page of leads for a filter, one lead with its history, and what is to be done for them."""

from collections.abc import Sequence
from dataclasses import replace

from callcenter.domain.eligibility import zones_for
from callcenter.domain.errors import NotFound
from callcenter.domain.lines import FollowUpLine, LeadLine, StepLine
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.search import CallFilter, LeadFilter
from callcenter.domain.user import Actor, sees
from callcenter.services.browsing.pages import LeadPage
from callcenter.services.runtime import Runtime
from callcenter.store import call_pages, clients, follow_ups, lead_pages, leads, transitions
from callcenter.store.database import Tx

_STEP = ("at", "what", "from_state", "to_state", "by", "why")
_HISTORY = 50


async def page_of_leads(
    rt: Runtime, actor: Actor, asked: LeadFilter, *, limit: int = 50, cursor: str | None = None
) -> Page[LeadLine]:
    """Gives one page of the leads that match and that this person may see, with how many there are."""

    def work(tx: Tx) -> Page[LeadLine]:
        page = leads.search(tx, asked, actor, limit=min(max(limit, 1), MOST_ON_WIRE), cursor=cursor)
        total, is_capped = leads.count(tx, asked, actor)
        lines = lead_pages.lines(tx, page.items)
        return Page(lines, page.older, page.newer, page.first, total, is_capped)

    return await rt.database.read(work)


async def lead_page(rt: Runtime, actor: Actor, lead_id: str) -> LeadPage:
    """Gives everything about one lead; raises NotFound, also for a deleted one."""

    def work(tx: Tx) -> LeadPage:
        lead = leads.get(tx, lead_id)
        sees(actor, lead.client_id, what="lead")
        if lead.deleted_at is not None:
            raise NotFound("This lead was deleted.")
        return LeadPage(
            lead=lead,
            line=lead_pages.lines(tx, [lead])[0],
            client=clients.get(tx, lead.client_id),
            zones=zones_for(lead.timezone, lead.number),
            calls=call_pages.search(tx, CallFilter(leads=(lead_id,)), actor, limit=_HISTORY).items,
            follow_ups=follow_ups.of_lead(tx, lead_id),
            timeline=tuple(StepLine(**{name: row[name] for name in _STEP}) for row in transitions.of(tx, lead_id)),
        )

    return await rt.database.read(work)


async def lead_tags(rt: Runtime, actor: Actor, client_id: str | None = None) -> Sequence[tuple[str, int]]:
    """Gives every tag in use with how many leads have it, the most used first."""
    if client_id is not None:
        sees(actor, client_id)
    return await rt.database.read(lambda tx: tuple(leads.tag_counts(tx, actor, client_id)))


async def follow_up_list(
    rt: Runtime, actor: Actor, *, tab: str = "todo", client_id: str | None = None, limit: int = 100
) -> tuple[FollowUpLine, ...]:
    """Gives what is to do (`todo`), `appointments`, or what is `done`; the earliest first, done ones newest first."""
    if client_id is not None:
        sees(actor, client_id)
    kind = {"todo": "follow_up", "appointments": "appointment"}.get(tab)
    found = await rt.database.read(
        lambda tx: follow_ups.listed(tx, actor, kind=kind, is_done=tab == "done", client_id=client_id, limit=limit)
    )
    return tuple(replace(line, who=line.who or line.number) for line in found)
