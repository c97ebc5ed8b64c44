"""What open lists of calls share: those with the same rights and filter are served from one look at the database."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from callcenter.domain.lines import CallLine
from callcenter.domain.paging import Page
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Actor, sight
from callcenter.services import browsing, runtime
from callcenter.ui import live
from callcenter.ui.pages import calls_views as views
from callcenter.ui.pages.calls_rows import CallRow, row_of
from callcenter.ui.pages.calls_viewer import Viewer

#: Seconds for which counts beside views and choices are believed: there are a dozen, and nobody reads them as they run.
COUNTS_GOOD_FOR = 5.0

#: How many calls each choice of each filter would leave.
Facets = Mapping[str, Mapping[str, int]]


async def page_of(actor: Actor, asked: CallFilter, cursor: str) -> Page[CallLine]:
    """One page, read now."""
    rt = runtime.current()
    return await browsing.page_of_calls(rt, actor, views.until_now(asked, now=rt.clock.now()), cursor=cursor or None)


async def rows_of(
    actor: Actor, asked: CallFilter, cursor: str, viewer: Viewer, columns: Sequence[str]
) -> tuple[Page[CallLine], list[CallRow]]:
    """One page as it is since the last change, and its rows in words. They are shared: nobody may change the list."""
    key = (sight(actor), views.address(asked, cursor=cursor), asked.start)

    async def in_words() -> tuple[Page[CallLine], list[CallRow]]:
        page = await live.hub.snapshot("calls", key, lambda: page_of(actor, asked, cursor))
        now = runtime.current().clock.now()
        return page, [row_of(line, viewer, now=now, optional=columns) for line in page.items]

    words_of = (key, viewer.zone, viewer.country, viewer.currency, tuple(columns))
    return await live.hub.snapshot("calls", words_of, in_words)


async def counts_of(actor: Actor, asked: CallFilter, zone: str) -> tuple[tuple[str, ...], Facets]:
    """The counts beside views and choices, of a moment ago."""

    async def counted() -> tuple[tuple[str, ...], Facets]:
        rt = runtime.current()
        return await views.counts_of(rt, actor, asked, tz=ZoneInfo(zone)), await browsing.facets(rt, actor, asked)

    key = (sight(actor), "counts", views.address(asked), asked.start, zone)
    return await live.hub.snapshot("calls", key, counted, good_for=COUNTS_GOOD_FOR)


async def batch_names(actor: Actor) -> list[tuple[str, str]]:
    """The newest batches with their names, of a moment ago."""

    async def named() -> list[tuple[str, str]]:
        page = await browsing.batch_list(runtime.current(), actor, limit=50)
        return [(line.batch_id, line.name) for line in page.items]

    return await live.hub.snapshot("calls", (sight(actor), "batches"), named, good_for=COUNTS_GOOD_FOR)
