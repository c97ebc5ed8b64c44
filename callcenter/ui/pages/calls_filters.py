"""The filters over the calls: what each chip shows and offers, and the filter that follows from a click on it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date

from callcenter.domain.search import UNKNOWN, CallFilter
from callcenter.ui import theme
from callcenter.ui.components.filter_bar import Choice
from callcenter.ui.pages.calls_viewer import Viewer

Counts = Mapping[str, Mapping[str, int]]
Pairs = Sequence[tuple[str, str]]

#: Filter → the fields of CallFilter that hold what is wanted and what is not.
LISTS: Mapping[str, tuple[str, str]] = {
    "status": ("statuses", "not_statuses"),
    "outcome": ("outcomes", "not_outcomes"),
    "client": ("clients", "not_clients"),
    "batch": ("batches", "not_batches"),
    "agent": ("agents", "not_agents"),
    "number": ("numbers", "not_numbers"),
    "sentiment": ("sentiments", "not_sentiments"),
    "priority": ("priorities", ""),
    "has": ("has", ""),
    "tag": ("tags", "not_tags"),
}

_STATUS_WORDS: Pairs = (
    ("scheduled", "Scheduled or waiting"),
    ("initiated", "Dialling"),
    ("ringing", "Ringing"),
    ("connected", "Connected"),
    ("in_progress", "In progress"),
    ("completed", "Completed"),
    ("failed", "Failed or not reached"),
    ("cancelled", "Cancelled"),
)
_OUTCOME_WORDS: Pairs = (*((key, look.word) for key, look in theme.OUTCOME.items()), (UNKNOWN, "None yet"))
_SENTIMENT_WORDS: Pairs = (*((key, look.word) for key, look in theme.SENTIMENT.items()), (UNKNOWN, "Unknown"))
_PRIORITY_WORDS: Pairs = tuple((key, look.word) for key, look in theme.PRIORITY.items())
_HAS_WORDS: Pairs = (("recording", "A recording"), ("followup", "An open follow-up"), ("error", "An error"))
_RANGE_WORDS: Pairs = (
    ("today", "Today"),
    ("yesterday", "Yesterday"),
    ("7d", "Last 7 days"),
    ("28d", "Last 28 days"),
    ("month", "This month"),
)


@dataclass(frozen=True)
class FilterView:
    """One filter as drawn: its choices, the chosen words ("" when off), and whether they are what it must not be."""

    choices: list[Choice] = field(default_factory=list)
    shown: str = ""
    is_negated: bool = False


@dataclass(frozen=True)
class Filters:
    """Every filter over the list; `on` is how many are in force, as text."""

    status: FilterView = FilterView()
    outcome: FilterView = FilterView()
    client: FilterView = FilterView()
    batch: FilterView = FilterView()
    date: FilterView = FilterView()
    agent: FilterView = FilterView()
    number: FilterView = FilterView()
    sentiment: FilterView = FilterView()
    priority: FilterView = FilterView()
    has: FilterView = FilterView()
    tag: FilterView = FilterView()
    talk: FilterView = FilterView()
    search_in: FilterView = FilterView()
    from_on: str = ""
    to_on: str = ""
    min_s: str = ""
    max_s: str = ""
    on: str = ""
    is_on: bool = False


def filters_of(asked: CallFilter, counts: Counts, viewer: Viewer, *, batches: Pairs, agents: Pairs) -> Filters:
    """Every filter for what is asked. `counts` may still be empty: then no choice shows a number."""
    number_words = [(number, viewer.number(number)) for number in sorted({*counts.get("number", {}), *asked.numbers})]
    choices: Mapping[str, Pairs] = {
        "status": _STATUS_WORDS,
        "outcome": _OUTCOME_WORDS,
        "client": viewer.clients,
        "batch": _counted_first(batches, counts.get("batch", {})),
        "agent": agents,
        "number": number_words,
        "sentiment": _SENTIMENT_WORDS,
        "priority": _PRIORITY_WORDS,
        "has": _HAS_WORDS,
        "tag": [(tag, tag) for tag in (*asked.tags, *asked.not_tags)],
    }
    views = {name: _view(asked, name, pairs, counts.get(name)) for name, pairs in choices.items()}
    views |= {"date": _dates(asked), "talk": _talk(asked)}
    views["search_in"] = FilterView([], "transcripts too" if asked.in_transcripts else "")
    on = sum(1 for view in views.values() if view.shown)
    return Filters(
        **views,
        from_on=asked.from_on.isoformat() if asked.from_on else "",
        to_on=asked.to_on.isoformat() if asked.to_on else "",
        min_s="" if asked.min_s is None else str(asked.min_s),
        max_s="" if asked.max_s is None else str(asked.max_s),
        on=str(on),
        is_on=not asked.is_empty,
    )


def toggled(asked: CallFilter, name: str, value: str) -> CallFilter:
    """The filter with one choice switched over; an unknown filter or value leaves it as it is."""
    if name == "date":
        return with_range(asked, "" if asked.range == value else value)
    if name not in LISTS or not value or len(value) > 200:
        return asked
    wanted, unwanted = LISTS[name]
    target = unwanted if unwanted and getattr(asked, unwanted) else wanted
    now: tuple[str, ...] = getattr(asked, target)
    return replace(asked, **{target: tuple(sorted({*now} ^ {value}))})


def cleared(asked: CallFilter, name: str) -> CallFilter:
    """The filter without this one."""
    if name == "date":
        return with_range(asked, "")
    if name == "talk":
        return replace(asked, min_s=None, max_s=None)
    return replace(asked, **{each: () for each in LISTS.get(name, ()) if each})


def negated(asked: CallFilter, name: str, is_not: bool) -> CallFilter:
    """The filter with its choices as what it must, or must not, be."""
    wanted, unwanted = LISTS.get(name, ("", ""))
    if not unwanted:
        return asked
    chosen = tuple(sorted({*getattr(asked, wanted), *getattr(asked, unwanted)}))
    return replace(asked, **{wanted: () if is_not else chosen, unwanted: chosen if is_not else ()})


def with_range(asked: CallFilter, name: str) -> CallFilter:
    """The filter with one of the named ranges, or with none; the instants follow when the address is read again."""
    known = name if name in dict(_RANGE_WORDS) else ""
    return replace(asked, range=known, from_on=None, to_on=None, start=None, end=None)


def with_days(asked: CallFilter, name: str, text: str) -> CallFilter:
    """The filter with a first or last day chosen by hand; text that is no day takes it off."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    edges = {"from_on": asked.from_on, "to_on": asked.to_on} | {name: day}
    if edges["from_on"] and edges["to_on"] and edges["from_on"] > edges["to_on"]:
        edges = {"from_on": edges["to_on"], "to_on": edges["from_on"]}
    return replace(asked, range="custom" if any(edges.values()) else "", start=None, end=None, **edges)


def is_same_view(asked: CallFilter, view: CallFilter) -> bool:
    """Whether two filters ask for the same rows; the client and the sort are not a view's own."""
    left_out = {"sort", "clients", "not_clients", "start", "end"}
    return all(getattr(asked, f.name) == getattr(view, f.name) for f in fields(CallFilter) if f.name not in left_out)


def _view(asked: CallFilter, name: str, pairs: Pairs, counts: Mapping[str, int] | None) -> FilterView:
    wanted, unwanted = LISTS[name]
    is_negated = bool(unwanted and getattr(asked, unwanted) and not getattr(asked, wanted))
    chosen: tuple[str, ...] = getattr(asked, unwanted if is_negated else wanted)
    named = dict(pairs)
    known = [*pairs, *((value, value) for value in chosen if value not in named)]
    choices = [Choice(value, word, value in chosen, _count(counts, value)) for value, word in known]
    return FilterView(choices, _joined(choice.word for choice in choices if choice.is_on), is_negated)


def _count(counts: Mapping[str, int] | None, value: str) -> int:
    return -1 if counts is None else counts.get(value, 0)


def _joined(chosen: Iterable[str]) -> str:
    some = list(chosen)
    return ", ".join(some) if len(some) <= 2 else f"{some[0]} and {len(some) - 1} more"


def _counted_first(pairs: Pairs, counts: Mapping[str, int]) -> Pairs:
    return sorted(pairs, key=lambda pair: not counts.get(pair[0], 0))


def _dates(asked: CallFilter) -> FilterView:
    shown = dict(_RANGE_WORDS).get(asked.range, "")
    if asked.range == "custom":
        shown = " – ".join(_day(day) for day in (asked.from_on, asked.to_on) if day)
        shown = shown if asked.from_on and asked.to_on else f"{'from' if asked.from_on else 'until'} {shown}"
    elif not shown and (asked.start or asked.end):
        shown = "a stretch of time"
    choices = [Choice(value, word, asked.range == value) for value, word in _RANGE_WORDS]
    return FilterView(choices, shown)


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def _talk(asked: CallFilter) -> FilterView:
    low, high = asked.min_s, asked.max_s
    if low is not None and high is not None:
        return FilterView([], f"{low}–{high} s")
    return FilterView([], f"at least {low} s" if low is not None else f"at most {high} s" if high is not None else "")
