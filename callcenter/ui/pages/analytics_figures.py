"""The charts as plotly draws them, each with the sentence and the table that say the same."""

import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from callcenter.services.charting import Charts
from callcenter.ui import words
from callcenter.ui.theme import CHART_GROUPS

Figure = dict[str, Any]

#: The colour of a chart with one series: step 9 of the accent, the same in both themes.
ACCENT = "#3e63dd"
_QUIET = "#8b8d98"
#: Parts of a cost, the biggest first; apart for colour-blind eyes like those of the outcomes.
_PART_COLOURS = ("#1a56ee", "#ee6e01", "#05a75c", "#b273ef", "#ba069d", "#62666a")
_PARTS_SHOWN = 5
#: Names in a bill that are not written as plain words.
_SPELT = {
    "elevenlabs": "ElevenLabs",
    "openai": "OpenAI",
    "gpt": "GPT",
    "tts": "TTS",
    "us": "US",
    "llm": "LLM",
    "retell": "Retell",
}
_TICKS = 7
#: Seconds of talk in one bar of the histogram, as they are counted.
BIN_S = 15


@dataclass(frozen=True)
class LegendItem:
    """One series of a chart; a hidden one is still in its legend."""

    key: str
    word: str
    colour: str
    is_on: bool = True


@dataclass(frozen=True)
class ChartView:
    """A chart: its figure, what it says in one sentence, and the same numbers as a table."""

    figure: Figure = field(default_factory=dict)
    sentence: str = ""
    head: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    legend: list[LegendItem] = field(default_factory=list)
    csv: str = ""
    is_empty: bool = True


def outcomes_chart(charts: Charts, *, hidden: Collection[str] = (), is_share: bool = False) -> ChartView:
    """Outcomes stacked for each day, or each hour of one day."""
    labels, at = labels_of(charts), _places(charts)
    counts = {
        group.key: [sum(each.outcomes.get(outcome, 0) for outcome in group.outcomes) for each in charts.periods]
        for group in CHART_GROUPS
    }
    shown = [group for group in CHART_GROUPS if any(counts[group.key])]
    traces = [_bars(at, counts[group.key], group.word, group.colour) for group in shown if group.key not in hidden]
    layout = _over_time(charts, at, barmode="stack", **({"barnorm": "percent"} if is_share else {}))
    if is_share:
        layout["yaxis"] |= {"ticksuffix": " %", "nticks": 5}
    totals = {group.key: sum(counts[group.key]) for group in shown}
    rows = [[label, *(str(counts[group.key][nth]) for group in shown)] for nth, label in enumerate(labels)]
    legend = [LegendItem(group.key, group.word, group.colour, group.key not in hidden) for group in shown]
    sentence = f"{_what(charts, 'Outcomes')}: {_biggest({group.word: totals[group.key] for group in shown})}"
    return _view(traces, layout, sentence, [_first(charts), *(group.word for group in shown)], rows, legend)


def rates_chart(charts: Charts, *, compare: bool) -> ChartView:
    """The answer rate over time, and dotted what it was in the period before."""
    labels, at = labels_of(charts), _places(charts)
    now = [each.sums.connect_rate for each in charts.periods]
    before = [sums.connect_rate for sums in charts.periods_before][: len(now)]
    before += [None] * (len(now) - len(before))
    traces = [_line(at, _percents(now), "Answered", ACCENT)]
    has_before = compare and any(rate is not None for rate in before)
    if has_before:
        traces.insert(0, _line(at, _percents(before), "Period before", _QUIET, dash="dot"))
    layout = _over_time(charts, at, yaxis={"ticksuffix": " %", "rangemode": "tozero"})
    bases = [each.sums for each in charts.periods]
    rows = [
        [label, words.share(sums.reached, sums.dialled) or words.NONE, *([_rate(before[nth])] if has_before else [])]
        for nth, (label, sums) in enumerate(zip(labels, bases, strict=True))
    ]
    legend = [LegendItem("now", "Answered", ACCENT)]
    legend += [LegendItem("before", "Period before", _QUIET)] if has_before else []
    sums = charts.now
    sentence = f"{_what(charts, 'Answer rate')}: {words.share(sums.reached, sums.dialled) or 'no calls'}."
    return _view(
        traces if sums.dialled else [], layout, sentence, [_first(charts), *(item.word for item in legend)], rows, legend
    )


def delay_chart(charts: Charts) -> ChartView:
    """How long the agents take to answer: the middle call and the slow tenth."""
    labels, at = labels_of(charts), _places(charts)
    half, slow = [each.delay_p50_ms for each in charts.periods], [each.delay_p90_ms for each in charts.periods]
    if not any(half):
        return ChartView()
    traces = [_line(at, slow, "9 of 10 faster than", _QUIET), _line(at, half, "Half faster than", ACCENT)]
    layout = _over_time(charts, at, yaxis={"ticksuffix": " ms", "rangemode": "tozero"})
    rows = [[label, _ms(half[nth]), _ms(slow[nth])] for nth, label in enumerate(labels)]
    legend = [LegendItem("p50", "Half faster than", ACCENT), LegendItem("p90", "9 of 10 faster than", _QUIET)]
    last = next(nth for nth in range(len(half) - 1, -1, -1) if half[nth] is not None)
    times = f"half came within {_ms(half[last])}, nine of ten within {_ms(slow[last])}"
    sentence = f"Delay of the agents’ answers: on {labels[last]}, {times}."
    return _view(traces, layout, sentence, [_first(charts), *(item.word for item in legend)], rows, legend)


def talk_chart(charts: Charts) -> ChartView:
    """How long calls last, with the median marked."""
    bins = dict(charts.talk_bins)
    if not bins:
        return ChartView()
    width = BIN_S
    starts = list(range(0, min(max(bins), 40 * width) + width, width))
    counts = [bins.get(start, 0) for start in starts]
    counts[-1] += sum(count for second, count in bins.items() if second > starts[-1])
    labels = [_clock(start) for start in starts]
    layout = _layout(labels, bargap=0.08)
    if charts.median_talk_s is not None:
        layout["shapes"] = [_median_line(charts.median_talk_s / width - 0.5)]
    total, median = sum(counts), charts.median_talk_s
    middle = f", half of them shorter than {_clock(median)}" if median is not None else ""
    rows = [
        [f"{label} to {_clock(start + width)}", str(counts[at])]
        for at, (label, start) in enumerate(zip(labels, starts, strict=True))
    ]
    legend = [LegendItem("calls", "Calls", ACCENT)] + (
        [LegendItem("median", f"Median {_clock(median)}", _QUIET)] if median else []
    )
    sentence = f"How long calls last: {words.counted(total, 'call')} with somebody on the line{middle}."
    return _view([_bars(labels, counts, "Calls", ACCENT)], layout, sentence, ["Talk", "Calls"], rows, legend)


def cost_chart(charts: Charts) -> ChartView:
    """What calls cost, by what the cost was made of."""
    labels, at = labels_of(charts), _places(charts)
    totals: dict[str, int] = {}
    for each in charts.periods:
        for part, cost in each.cost_parts.items():
            totals[part] = totals.get(part, 0) + cost
    ordered = sorted(totals, key=lambda part: -totals[part])
    if not ordered:
        return ChartView()
    named = ordered[:_PARTS_SHOWN]
    series = {_part_words(part): [each.cost_parts.get(part, 0) for each in charts.periods] for part in named}
    if rest := ordered[_PARTS_SHOWN:]:
        series["All else"] = [sum(each.cost_parts.get(part, 0) for part in rest) for each in charts.periods]
    colours = dict(zip(series, _PART_COLOURS, strict=False))
    traces = [
        _bars(at, [round(cost / words.MICROS, 4) for cost in costs], word, colours[word], hover="$%{y:.2f}")
        for word, costs in series.items()
    ]
    layout = _over_time(charts, at, barmode="stack", yaxis={"tickprefix": "$"})
    rows = [[label, *(words.money(costs[nth]) for costs in series.values())] for nth, label in enumerate(labels)]
    legend = [LegendItem(word, word, colour) for word, colour in colours.items()]
    sentence = f"{_what(charts, 'Cost')}: {words.money(charts.now.cost)} in all, most of it {next(iter(series))}."
    return _view(traces, layout, sentence, [_first(charts), *series], rows, legend)


# Inside --------------------------------------------------------------------------------------------------------------


def labels_of(charts: Charts) -> list[str]:
    """The name of each period: "23 Oct", or "14:00" when they are hours."""
    zone = ZoneInfo(charts.tz)
    return [_label(each.at.astimezone(zone), is_hourly=charts.is_hourly) for each in charts.periods]


def _label(at: datetime, *, is_hourly: bool) -> str:
    return f"{at:%H:%M}" if is_hourly else f"{at.day} {at:%b}"


def _places(charts: Charts) -> list[str]:
    """Where each period stands on the axis: its local start, which plotly spaces and names by itself where they are many."""
    zone = ZoneInfo(charts.tz)
    if len(charts.periods) <= _TICKS:
        return labels_of(charts)
    return [each.at.astimezone(zone).replace(tzinfo=None).isoformat() for each in charts.periods]


def _over_time(charts: Charts, places: Sequence[str], **more: Any) -> Figure:
    layout = _layout(places, **more)
    if len(places) > _TICKS:
        shown = (
            {"tickformat": "%H:%M", "hoverformat": "%H:%M"}
            if charts.is_hourly
            else {"tickformat": "%-d %b", "hoverformat": "%a %-d %b"}
        )
        kept = {name: layout["xaxis"][name] for name in ("fixedrange", "showgrid", "zeroline", "ticks", "ticklabelstandoff")}
        layout["xaxis"] = {"type": "date", **kept, **shown}
    return layout


def _first(charts: Charts) -> str:
    return "Hour" if charts.is_hourly else "Day"


def _what(charts: Charts, name: str) -> str:
    labels = labels_of(charts)
    return f"{name} per {'hour' if charts.is_hourly else 'day'}, {labels[0]} to {labels[-1]}" if labels else name


def _biggest(totals: dict[str, int]) -> str:
    total = sum(totals.values())
    if not total:
        return "no calls."
    word = max(totals, key=lambda each: totals[each])
    return f"{words.counted(total, 'call')}, most often {word}, {words.share(totals[word], total)}."


def _part_words(part: str) -> str:
    """A part of Retell's bill in words: "elevenlabs_tts" -> "ElevenLabs TTS", "gpt_4_1" -> "GPT 4.1"."""
    spelt = " ".join(_SPELT.get(word, word) for word in re.sub(r"(?<=\d)_(?=\d)", ".", part).lower().split("_") if word)
    return (spelt[:1].upper() + spelt[1:]) or "Other"


def _bars(labels: Sequence[str], values: Sequence[float], word: str, colour: str, *, hover: str = "%{y:,}") -> Figure:
    return {
        "type": "bar", "name": word, "x": list(labels), "y": list(values), "marker": {"color": colour},
        "hovertemplate": f"{hover}<extra>{word}</extra>",
    }  # fmt: skip


def _line(labels: Sequence[str], values: Sequence[float | None], word: str, colour: str, *, dash: str = "solid") -> Figure:
    return {
        "type": "scatter", "mode": "lines+markers" if _has_lone_points(values) else "lines", "name": word, "x": list(labels),
        "y": list(values), "line": {"color": colour, "width": 2, "dash": dash}, "connectgaps": False,
        "hovertemplate": "%{y}<extra>" + word + "</extra>",
    }  # fmt: skip


def _has_lone_points(values: Sequence[float | None]) -> bool:
    """Whether some value stands alone: a line would not show it."""
    padded = [None, *values, None]
    return any(
        at is not None and before is None and after is None
        for before, at, after in zip(padded, padded[1:], padded[2:], strict=False)
    )


def _layout(labels: Sequence[str], *, yaxis: Figure | None = None, **more: Any) -> Figure:
    step = max(1, -(-len(labels) // _TICKS))
    still = {"fixedrange": True, "zeroline": False, "ticks": "", "ticklabelstandoff": 5}
    dark = "#1c2024"  # the label under the pointer, the same in both themes
    clear = "rgba(0,0,0,0)"
    return {
        "autosize": True,
        "height": 240,
        "margin": {"l": 60, "r": 8, "t": 8, "b": 30},
        "showlegend": False,
        "bargap": 0.24,
        "paper_bgcolor": clear,
        "plot_bgcolor": clear,
        "dragmode": False,
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": dark, "bordercolor": dark, "font": {"color": "#fff", "size": 12}},
        "xaxis": {
            **still,
            "type": "category",
            "tickvals": list(labels)[::step],
            "range": [-0.5, len(labels) - 0.5],
            "showgrid": False,
            "tickangle": 0,
        },
        "yaxis": {**still, "nticks": 5, **(yaxis or {})},
        **more,
    }


def _median_line(place: float) -> Figure:
    line = {"color": _QUIET, "width": 2, "dash": "dot"}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": place, "x1": place, "y0": 0, "y1": 1, "line": line}


def _percents(rates: Sequence[float | None]) -> list[float | None]:
    return [None if rate is None else round(100 * rate, 1) for rate in rates]


def _rate(rate: float | None) -> str:
    return words.NONE if rate is None else f"{100 * rate:.0f} %"


def _ms(value: int | None) -> str:
    return words.NONE if value is None else f"{value} ms"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _view(
    traces: list[Figure], layout: Figure, sentence: str, head: list[str], rows: list[list[str]], legend: list[LegendItem]
) -> ChartView:
    return ChartView(
        figure={"data": traces, "layout": layout}, sentence=sentence, head=head, rows=rows, legend=legend, csv=_csv(head, rows),
        is_empty=not legend or not rows,
    )  # fmt: skip


def _csv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The table as a file, as an address that downloads."""
    text = io.StringIO()
    csv.writer(text).writerows([head, *rows])
    return "data:text/csv;charset=utf-8,%EF%BB%BF" + quote(text.getvalue())
