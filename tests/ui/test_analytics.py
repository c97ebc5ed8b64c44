"""Analytics: numbers with their base, charts with the same words and table, and a filter that stands in the address."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.call import Outcome
from callcenter.services import charting
from callcenter.services.charting import Charts, Compared, HeatCell, Period
from callcenter.services.runtime import Runtime
from callcenter.store.stats import Sums
from callcenter.ui.pages import analytics_figures as figures
from callcenter.ui.pages import analytics_words as said
from callcenter.ui.pages.analytics import AnalyticsState
from tests.builders import saved_client
from tests.fakes import START
from tests.services.news import ended
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
DAY = timedelta(days=1)
SUMS = Sums(
    total=120, dialled=100, reached=60, successful=24, started=60, talk_ms=60 * 81_000, cost=42_000_000, costed=100
)  # fmt: skip


def charts(**more: Any) -> Charts:
    """Three days with calls on each."""
    periods = tuple(
        Period(
            START + nth * DAY,
            SUMS,
            {"voicemail": 30, "appointment_scheduled": 24, "failed": 6},
            {"gpt_4_1": 9_000_000},
            900,
            1400,
        )
        for nth in range(3)
    )
    whole = Sums(**{name: 3 * getattr(SUMS, name) for name in Sums.__dataclass_fields__})
    usual: dict[str, Any] = {
        "start": START, "end": START + 3 * DAY, "tz": "UTC", "is_hourly": False, "now": whole,
        "before": Sums(dialled=250, reached=125, successful=40, cost=90_000_000), "median_talk_s": 81.0, "periods": periods,
        "periods_before": (SUMS, Sums(), SUMS), "heat": (), "agents": (), "numbers": (), "cost_is_sampled": False,
        "funnel": (("Dialled", 300), ("Answered", 180), ("Talked 30 s", 150), ("Goal reached", 72)),
        "talk_bins": ((0, 4), (30, 10), (75, 6)), "failures": (("Went silent", 12), ("Number doesn't work", 6)),
    }  # fmt: skip
    return Charts(**usual | more)


def test_tiles_carry_their_base_and_what_they_are_against() -> None:
    calls, answered, success, talk, cost = said.tiles_of(charts(), compare=True, against="3 days before")
    assert (calls.value, calls.change, calls.after) == ("300", "▲ 20 %", "vs. 3 days before")
    assert (answered.value, answered.note, answered.change, answered.mood) == ("60 %", "180 of 300", "▲ 10 pts", "good")
    assert (success.value, success.change) == ("40 %", "▲ 8 pts")
    assert (talk.value, talk.note) == ("4.0 h", "median 1:21 a call")
    assert (cost.value, cost.change, cost.mood, cost.after) == ("$1.75", "▼ $0.50", "good", "total $126.00")


def test_without_a_comparison_nothing_is_against_anything() -> None:
    tiles = said.tiles_of(charts(), compare=False, against="3 days before")
    assert {tile.change for tile in tiles} == {""}


def test_small_bases_show_the_fraction_and_no_base_is_unknown() -> None:
    few = said.tiles_of(charts(now=Sums(dialled=7, reached=3), before=Sums()), compare=True, against="")
    assert (few[1].value, few[1].change, few[4].face) == ("3 of 7", "", "unknown")
    none = said.tiles_of(charts(now=Sums(), before=Sums(), median_talk_s=None), compare=True, against="")
    assert [tile.face for tile in none] == ["ready", "unknown", "unknown", "ready", "unknown"]


def test_the_funnel_says_where_most_are_lost() -> None:
    bars = said.funnel_of(charts(heat=(HeatCell(1, 17, 40, 30), HeatCell(2, 9, 19, 19))))
    assert [(row.word, row.number, row.share, row.width) for row in bars.rows][1] == ("Answered", "180", "60 %", 60.0)
    assert bars.note == "Most people drop before they answer. Tue 17:00 to 17:59 answers best."
    assert said.funnel_of(charts(funnel=(("Dialled", 0),))).rows == []


def test_hours_with_few_calls_stay_blank_and_ink_contrasts() -> None:
    heat = said.heat_of(charts(heat=(HeatCell(0, 9, 50, 10), HeatCell(0, 10, 50, 40), HeatCell(1, 9, 19, 19))))
    monday, tuesday = heat.rows[0], heat.rows[1]
    assert [(cell.text, cell.ink) for cell in monday.cells] == [("20", "#fff"), ("80", "#000")]
    assert tuesday.cells[0].is_blank
    assert (heat.hours, heat.low, heat.high) == (["09", "10"], "20 %", "80 %")
    assert heat.sentence == "Best time to call: Mon from 10:00, 80 % (40 of 50) answered."


def test_failures_are_sorted_bars_with_their_share() -> None:
    bars, note = said.failures_of(charts())
    assert [(row.word, row.share, row.width) for row in bars.rows] == [
        ("Went silent", "67 %", 100.0),
        ("Number doesn't work", "33 %", 50.0),
    ]
    assert note == "18 of 300"


def test_things_compared_share_one_scale() -> None:
    rivals = said.rivals_of(
        (Compared("+12125550100", "+12125550100", SUMS, (0.28, 0.53)),), number={"+12125550100": "(212) 555-0100"}
    )
    (row,) = rivals.rows
    assert (row.name, row.rate, row.talk, rivals.scale) == ("(212) 555-0100", "40 %", "1:21", "0 to 56 %")
    assert 0 < row.start < row.dot < row.start + row.width <= 100


def test_every_chart_says_in_words_and_rows_what_it_draws() -> None:
    chart = figures.outcomes_chart(charts())
    assert [item.key for item in chart.legend] == ["appointment", "voicemail", "failed"]
    assert chart.head == ["Day", "Appointment", "Voicemail", "Failed"]
    assert chart.rows[0] == ["23 Nov", "24", "30", "6"]
    assert chart.sentence == "Outcomes per day, 23 Nov to 25 Nov: 180 calls, most often Voicemail, 50 % (90 of 180)."
    assert chart.csv.startswith("data:text/csv")
    assert "Voicemail" in chart.csv


def test_a_hidden_outcome_leaves_the_chart_but_not_its_legend() -> None:
    chart = figures.outcomes_chart(charts(), hidden=["voicemail"], is_share=True)
    assert [trace["name"] for trace in chart.figure["data"]] == ["Appointment", "Failed"]
    assert [item.is_on for item in chart.legend] == [True, False, True]
    assert chart.figure["layout"]["barnorm"] == "percent"


def test_the_period_before_is_dotted_and_only_when_wanted() -> None:
    both = figures.rates_chart(charts(), compare=True).figure["data"]
    assert [(trace["name"], trace["line"]["dash"]) for trace in both] == [("Period before", "dot"), ("Answered", "solid")]
    assert both[0]["y"] == [60.0, None, 60.0]
    assert len(figures.rates_chart(charts(), compare=False).figure["data"]) == 1


def test_a_lone_point_is_marked() -> None:
    (trace,) = figures.rates_chart(charts(periods=charts().periods[:1]), compare=False).figure["data"]
    assert trace["mode"] == "lines+markers"


def test_talk_times_fill_the_gaps_and_mark_the_median() -> None:
    chart = figures.talk_chart(charts())
    assert chart.figure["data"][0]["y"] == [4, 0, 10, 0, 0, 6]
    assert chart.figure["layout"]["shapes"][0]["x0"] == pytest.approx(4.9)


def test_parts_of_a_cost_are_spelt_as_people_do() -> None:
    assert [item.word for item in figures.cost_chart(charts()).legend] == ["GPT 4.1"]
    assert figures.cost_chart(charts(periods=())).is_empty


def test_many_days_stand_on_an_axis_of_dates() -> None:
    many = tuple(replace(charts().periods[0], at=START + nth * DAY) for nth in range(28))
    chart = figures.outcomes_chart(charts(periods=many))
    assert (chart.figure["layout"]["xaxis"]["type"], chart.figure["data"][0]["x"][0]) == ("date", "2026-11-23T16:00:00")


async def test_a_first_day_is_shown_by_its_hours(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("viewer")
    await tab.run(AnalyticsState.load, cookie=cookie, path="/analytics")
    state = await tab.state(AnalyticsState)
    assert (state.face, state.filters.date.shown) == ("empty", "Last 28 days")
    await ended(running, client, at=START, outcome=Outcome.VOICEMAIL)
    await tab.run(AnalyticsState.load, cookie=cookie, path="/analytics")
    assert (state.face, state.filters.date.shown, state.per) == ("ready", "Today", "hour")
    await ended(running, client, at=START - 3 * DAY, outcome=Outcome.VOICEMAIL)
    await tab.run(AnalyticsState.load, cookie=cookie, path="/analytics")
    assert (state.filters.date.shown, state.per) == ("Last 28 days", "day")


async def test_filters_and_comparison_go_into_the_address(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client, cookie = await saved_client(running), await sign_in_as("viewer")
    path = "/analytics?range=7d&compare=no"
    await tab.run(AnalyticsState.load, cookie=cookie, path=path)
    for event in (
        AnalyticsState.toggle("client", client.client_id),
        AnalyticsState.set_compare(True),
        AnalyticsState.toggle("status", "failed"),
        AnalyticsState.set_day("from_on", "2026-11-01"),
    ):
        await tab.run(event, cookie=cookie, path=path)
    assert [event.payload["path"] for event in tab.events] == [
        f"/analytics?client={client.client_id}&range=7d&compare=no",
        "/analytics?range=7d",
        "/analytics?range=custom&from=2026-11-01&compare=no",
    ]


async def test_switches_draw_again_without_asking_again(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, cookie = await saved_client(running), await sign_in_as("viewer")
    await ended(running, client, at=START, outcome=Outcome.VOICEMAIL)
    await tab.run(AnalyticsState.load, cookie=cookie, path="/analytics?range=7d")
    monkeypatch.setattr(charting, "charts_of", None)
    for event in (
        AnalyticsState.set_share("share"),
        AnalyticsState.toggle_group("voicemail"),
        AnalyticsState.toggle_table("cost"),
    ):
        await tab.run(event, cookie=cookie, path="/analytics?range=7d")
    state = await tab.state(AnalyticsState)
    assert (state.is_share, state.hidden, state.as_table, state.outcomes.figure["data"]) == (True, ["voicemail"], ["cost"], [])
