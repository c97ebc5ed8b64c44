"""What open lists of calls share: those with the same rights and filter are served from one look at the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from callcenter.domain.lines import CallLine
from callcenter.domain.paging import Page
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Actor, sight
from callcenter.services import browsing, runtime
from callcenter.ui import live
from callcenter.ui.pages import calls_views as views
from callcenter.ui.pages.calls_rows import CallRow, flashed, row_of
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.wire import Shared

#: How many calls each choice of each filter would leave.
Facets = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Look:
    """One page as it is since the last change, and its rows in words. They are shared: nobody may change a list."""

    page: Page[CallLine]
    rows: list[CallRow]
    _over: dict[int, tuple[list[CallRow], list[CallRow]]] = field(default_factory=dict)

    def over(self, shown: list[CallRow]) -> list[CallRow]:
        """The rows with the changes against those shown marked: one list for all pages that show the same, so that it
        is compared, encoded and kept once."""
        if id(shown) not in self._over:
            rows: list[CallRow] = Shared(flashed(shown, self.rows))
            rows = next((each for each in (shown, *(known for _, known in self._over.values())) if each == rows), rows)
            self._over[id(shown)] = (shown, rows)  # `shown` is kept, lest another list come to have its id
        return self._over[id(shown)][1]


async def page_of(actor: Actor, asked: CallFilter, cursor: str) -> Page[CallLine]:
    """One page, read now."""
    rt = runtime.current()
    return await browsing.page_of_calls(rt, actor, views.until_now(asked, now=rt.clock.now()), cursor=cursor or None)


async def look_at(actor: Actor, asked: CallFilter, cursor: str, viewer: Viewer, columns: Sequence[str]) -> Look:
    """One page as it is since the last change, for everyone who sees the same once."""
    key = (sight(actor), views.address(asked, cursor=cursor), asked.start)

    async def in_words() -> Look:
        page = await live.hub.snapshot("calls", key, lambda: page_of(actor, asked, cursor))
        now = runtime.current().clock.now()
        return Look(page, [row_of(line, viewer, now=now, optional=columns) for line in page.items])

    words_of = (key, viewer.zone, viewer.country, viewer.currency, tuple(columns))
    return await live.hub.snapshot("calls", words_of, in_words)


async def counts_of(actor: Actor, asked: CallFilter, zone: str) -> tuple[tuple[str, ...], Facets]:
    """The counts beside views and choices, of a moment ago."""

    async def counted() -> tuple[tuple[str, ...], Facets]:
        rt = runtime.current()
        return await views.counts_of(rt, actor, asked, tz=ZoneInfo(zone)), await browsing.facets(rt, actor, asked)

    key = (sight(actor), "counts", views.address(asked), asked.start, zone)
    return await live.hub.snapshot(live.COUNTS, key, counted, is_dear=True)


async def batch_names(actor: Actor) -> list[tuple[str, str]]:
    """The newest batches with their names, of a moment ago."""

    async def named() -> list[tuple[str, str]]:
        page = await browsing.batch_list(runtime.current(), actor, limit=50)
        return [(line.batch_id, line.name) for line in page.items]

    return await live.hub.snapshot(live.COUNTS, (sight(actor), "batches"), named)
