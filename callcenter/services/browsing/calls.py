"""A page of calls for a filter, with the counts beside its choices."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from callcenter.domain.lines import CallLine
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Actor, can_see
from callcenter.services.runtime import Runtime
from callcenter.store import call_pages
from callcenter.store.call_filter import FACETS
from callcenter.store.database import Tx
from callcenter.store.paging import COUNT_CAP


async def page_of_calls(
    rt: Runtime,
    actor: Actor,
    asked: CallFilter,
    *,
    limit: int = 50,
    cursor: str | None = None,
    with_total: bool = True,
) -> Page[CallLine]:
    """Gives one page of the calls that match and that this person may see; raises Invalid for a damaged cursor."""

    def work(tx: Tx) -> Page[CallLine]:
        page = call_pages.search(tx, asked, actor, limit=_within(limit), cursor=cursor)
        if not with_total:
            return page
        total, is_capped = call_pages.count(tx, asked, actor)
        return replace(page, total=total, is_capped=is_capped)

    return await rt.database.read(work)


async def count_of_calls(rt: Runtime, actor: Actor, asked: CallFilter, *, cap: int = COUNT_CAP) -> tuple[int, bool]:
    """Gives how many calls match, and whether that is only "at least" (ask with a higher `cap` for the exact number)."""
    return await rt.database.read(lambda tx: call_pages.count(tx, asked, actor, cap=cap))


async def calls_by_id(rt: Runtime, actor: Actor, call_ids: Sequence[str]) -> tuple[CallLine, ...]:
    """Gives those of these calls that this person may see, for rows that are on screen already."""
    found = await rt.database.read(lambda tx: call_pages.by_ids(tx, call_ids[:MOST_ON_WIRE]))
    return tuple(line for line in found if can_see(actor, line.client_id))


async def facets(
    rt: Runtime, actor: Actor, asked: CallFilter, *, by: Sequence[str] = tuple(FACETS)
) -> Mapping[str, Mapping[str, int]]:
    """Gives how many calls each choice of each facet would leave under the other filters in force."""
    return await rt.database.read(lambda tx: {name: call_pages.counts(tx, asked, actor, by=name) for name in by})


def _within(limit: int) -> int:
    return max(1, min(limit, MOST_ON_WIRE))
