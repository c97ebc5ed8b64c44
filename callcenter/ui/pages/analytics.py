"""Analytics: how many, how well, when, why not, and at what cost."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import reflex as rx

from callcenter.domain.errors import Unauthenticated
from callcenter.domain.search import CallFilter, call_filter_from, to_query
from callcenter.domain.user import Actor
from callcenter.services import browsing, charting, runtime
from callcenter.services.charting import Charts
from callcenter.ui import live, session, words
from callcenter.ui.pages import analytics_figures as figures
from callcenter.ui.pages import analytics_words as said
from callcenter.ui.pages import calls_filters as filters
from callcenter.ui.pages.analytics_figures import ChartView
from callcenter.ui.pages.analytics_view import board
from callcenter.ui.pages.analytics_words import Bars, Heat, Rivals, Tile
from callcenter.ui.pages.calls_filters import Filters
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.session import ANYONE, allow
from callcenter.ui.theme import CHART_GROUPS

log = logging.getLogger(__name__)

#: The charts are drawn again at most this often while calls come in, in seconds.
DRAW_AGAIN = 10.0
DEFAULT_RANGE = "28d"
#: What the address may filter by here; the rest of a calls filter would make the rates mean something else.
CHIPS = ("client", "agent", "batch", "date")
TABLES = ("outcomes", "heat", "rates", "talk", "delay", "cost")


class AnalyticsState(rx.State):
    """The charts of the calls that the address asks for."""

    face: str = "loading"
    side: str = ""
    filters: Filters = Filters()
    is_filtered: bool = False
    compare: bool = True
    title_note: str = ""
    calls_href: str = "/calls"
    tiles: list[Tile] = []
    outcomes: ChartView = ChartView()
    rates: ChartView = ChartView()
    talk: ChartView = ChartView()
    delay: ChartView = ChartView()
    cost: ChartView = ChartView()
    cost_note: str = ""
    per: str = "day"
    heat: Heat = Heat()
    funnel: Bars = Bars()
    failures: Bars = Bars()
    failures_note: str = ""
    agents: Rivals = Rivals()
    numbers: Rivals = Rivals()
    is_share: bool = False
    hidden: list[str] = []
    as_table: list[str] = []
    _asked: CallFilter = CallFilter()
    _viewer: Viewer = Viewer()
    _charts: Charts | None = None  # as read, to see whether anything changed
    _drawn: Charts | None = None
    _batches: list[tuple[str, str]] = []
    _agents: dict[str, str] = {}

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads the address and draws."""
        rt, actor = runtime.current(), await session.who(self)
        self._viewer = await viewer_of(self)
        params = parse_qs(self.router.url.query)
        asked, _ignored = call_filter_from(params, tz=ZoneInfo(self._viewer.zone), now=rt.clock.now())
        is_chosen = bool(asked.start or asked.end)
        self._asked = asked if is_chosen else self._in_range(DEFAULT_RANGE, asked)
        self.compare = params.get("compare") != ["no"]
        try:
            charts = await _charts_of(actor, self._asked, self._viewer.zone)
            if not is_chosen and _began_today(charts):
                self._asked = self._in_range("today", asked)
                charts = await _charts_of(actor, self._asked, self._viewer.zone)
            batches = await browsing.batch_list(rt, actor, limit=50)
        except Exception:
            self.face = "error"
            raise
        self._batches = [(line.batch_id, line.name) for line in batches.items]
        self._draw(charts)

    def _in_range(self, name: str, asked: CallFilter) -> CallFilter:
        again = parse_qs(to_query(replace(asked, range=name)))
        return call_filter_from(again, tz=ZoneInfo(self._viewer.zone), now=runtime.current().clock.now())[0]

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Draws again now and then while calls come in."""
        rt, cookie = runtime.current(), session.cookie_value(self)
        async for _ in live.hub.follow("calls"):
            await rt.clock.sleep(DRAW_AGAIN)
            try:
                actor, asked, zone = await session.still(cookie), self._asked, self._viewer.zone
                charts = await _shared(actor, asked, zone)
                if asked == self._asked and charts != self._charts and self.face in ("ready", "empty"):
                    async with live.push_slots, self:
                        self._draw(charts)
            except Unauthenticated:
                return
            except Exception:
                log.exception("the charts could not be refreshed")

    def _draw(self, charts: Charts) -> None:
        self._charts = charts
        now = runtime.current().clock.now()
        # hours of today that are still to come are unknown, not zero
        charts = replace(charts, periods=tuple(each for each in charts.periods if each.at <= now))
        self._drawn = charts
        self._agents |= {each.key: each.name for each in charts.agents}
        against = _period_words(charts)
        self.per = "hour" if charts.is_hourly else "day"
        labels = figures.labels_of(charts)
        self.title_note = f"{labels[0]} to {labels[-1]}" if labels else ""
        self.tiles = said.tiles_of(charts, compare=self.compare, against=against)
        self.funnel, self.heat = said.funnel_of(charts), said.heat_of(charts)
        self.failures, self.failures_note = said.failures_of(charts)
        self.agents = said.rivals_of(charts.agents)
        named = {each.key: self._viewer.number(each.key) for each in charts.numbers}
        self.numbers = said.rivals_of(charts.numbers, number=named)
        self.talk, self.delay, self.cost = figures.talk_chart(charts), figures.delay_chart(charts), figures.cost_chart(charts)
        self.cost_note = "of the newest 5,000 calls" if charts.cost_is_sampled else words.money(charts.now.cost)
        self._draw_switched(charts)
        self._show_filters()
        self.side = f"Updated {words.clock_time(now, self._viewer.zone)}"
        self.face = "ready" if charts.now.dialled or charts.before.dialled else "empty"

    def _draw_switched(self, charts: Charts) -> None:
        self.outcomes = figures.outcomes_chart(charts, hidden=self.hidden, is_share=self.is_share)
        self.rates = figures.rates_chart(charts, compare=self.compare)

    def _show_filters(self) -> None:
        asked = self._asked
        self.filters = filters.filters_of(
            asked, {}, self._viewer, batches=self._batches, agents=sorted(self._agents.items(), key=lambda pair: pair[1])
        )
        self.is_filtered = any(getattr(self.filters, name).shown for name in CHIPS if name != "date")
        self.calls_href = f"/calls?{to_query(asked)}"

    # -- what can be changed ---------------------------------------------------------------------------------------

    @rx.event
    @allow(*ANYONE)
    async def toggle(self, name: str, value: str) -> Any:
        """Switches one choice of a filter over."""
        return self._go(filters.toggled(self._asked, name, str(value))) if name in CHIPS else None

    @rx.event
    @allow(*ANYONE)
    async def clear(self, name: str) -> Any:
        """Turns one filter off."""
        return self._go(filters.cleared(self._asked, name)) if name in CHIPS else None

    @rx.event
    @allow(*ANYONE)
    async def set_day(self, name: str, text: str) -> Any:
        """Chooses the first or the last day by hand."""
        return self._go(filters.with_days(self._asked, name, str(text))) if name in ("from_on", "to_on") else None

    @rx.event
    @allow(*ANYONE)
    async def clear_all(self) -> Any:
        """Turns every filter off."""
        return rx.redirect("/analytics")

    @rx.event
    @allow(*ANYONE)
    async def set_compare(self, compare: bool) -> Any:
        """Shows the period before beside this one, or not."""
        return self._go(self._asked, compare=bool(compare))

    @rx.event
    @allow(*ANYONE)
    async def set_share(self, value: str) -> None:
        """Stacks numbers, or shares of 100 %."""
        self.is_share = value == "share"
        if self._drawn:
            self._draw_switched(self._drawn)

    @rx.event
    @allow(*ANYONE)
    async def toggle_group(self, key: str) -> None:
        """Hides one outcome in the chart, or shows it again."""
        if key in {group.key for group in CHART_GROUPS}:
            self.hidden = sorted({*self.hidden} ^ {key})
            if self._drawn:
                self._draw_switched(self._drawn)

    @rx.event
    @allow(*ANYONE)
    async def toggle_table(self, name: str) -> None:
        """Shows a chart's numbers as a table, or the chart again."""
        if name in TABLES:
            self.as_table = sorted({*self.as_table} ^ {name})

    def _go(self, asked: CallFilter, *, compare: bool | None = None) -> Any:
        keep = {} if (self.compare if compare is None else compare) else {"compare": "no"}
        query = "&".join(part for part in (to_query(asked), *(f"{name}={value}" for name, value in keep.items())) if part)
        return rx.redirect(f"/analytics?{query}" if query else "/analytics")


def _began_today(charts: Charts) -> bool:
    """Whether the first call of all was today: then the hours of the day say more than 27 empty days."""
    *earlier, last = [each.sums.dialled for each in charts.periods] or [0]
    return bool(last) and not any(earlier) and not charts.before.dialled


def _period_words(charts: Charts) -> str:
    if charts.is_hourly:
        return "the day before"
    days = round((charts.end - charts.start) / timedelta(days=1))
    return f"{words.counted(days, 'day')} before"


async def _shared(actor: Actor, asked: CallFilter, zone: str) -> Charts:
    return await live.hub.snapshot(
        "calls", ("charts", actor.client_ids, actor.role, asked, zone), lambda: _charts_of(actor, asked, zone)
    )


async def _charts_of(actor: Actor, asked: CallFilter, zone: str) -> Charts:
    return await charting.charts_of(runtime.current(), actor, asked, tz=zone)


def analytics_page() -> rx.Component:
    """The page."""
    return board(AnalyticsState)


on_load = [AnalyticsState.load, AnalyticsState.watch]
