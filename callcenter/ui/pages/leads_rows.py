"""Leads as rows and filters: what the list shows of each lead, and what its chips offer."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from callcenter.domain.eligibility import zones_for
from callcenter.domain.hours import zone_info
from callcenter.domain.lead_search import LeadFilter, lead_query
from callcenter.domain.lines import LeadLine
from callcenter.domain.phone import city
from callcenter.domain.query import UNKNOWN
from callcenter.ui import theme, words
from callcenter.ui.components.filter_bar import Choice
from callcenter.ui.pages.calls_viewer import Viewer

_OUTCOME_WORDS = (*((key, look.word) for key, look in theme.OUTCOME.items()), (UNKNOWN, "None yet"))
_MOST_TAGS = 50


@dataclass(frozen=True)
class LeadRow:
    """One lead of the list, in words. `local` is the time now where they are, `place` the town that stands for the zone."""

    id: str
    name: str
    number: str
    client: str
    local: str
    place: str
    tags: list[str]
    more_tags: str
    outcome: str
    attempts: str
    called: str
    called_at: str
    called_exact: str
    next: str
    do_not_call: bool


@dataclass(frozen=True)
class Filters:
    """The chips over the list: choices, and the chosen words ("" when off); `on` is how many are in force, as text."""

    tags: list[Choice] = field(default_factory=list)
    tags_shown: str = ""
    tags_negated: bool = False
    clients: list[Choice] = field(default_factory=list)
    clients_shown: str = ""
    outcomes: list[Choice] = field(default_factory=list)
    outcomes_shown: str = ""
    dnc: list[Choice] = field(default_factory=list)
    dnc_shown: str = ""
    on: str = ""
    is_on: bool = False


@dataclass(frozen=True)
class LeadTab:
    """A view over the list."""

    word: str
    href: str
    is_current: bool


def row_of(line: LeadLine, viewer: Viewer, *, now: datetime) -> LeadRow:
    """The row of one lead for this viewer."""
    local, place = local_time(zones_for(line.timezone, line.number) if line.number else (), now=now)
    number = viewer.number(line.number) if line.number else words.NONE
    return LeadRow(
        id=line.lead_id,
        name=line.name or number,
        number=number,
        client=line.client_name,
        local=local,
        place=place,
        tags=list(line.tags[:1]),
        more_tags=f"+{len(line.tags) - 1}" if len(line.tags) > 1 else "",
        outcome=line.last_outcome or "",
        attempts=str(line.attempts) if line.attempts else words.NONE,
        called=words.ago(line.last_called_at, now=now, zone=viewer.zone),
        called_at=line.last_called_at.isoformat(timespec="seconds") if line.last_called_at else "",
        called_exact=words.exact(line.last_called_at, viewer.zone) if line.last_called_at else "",
        next=next_words(line.next_at, viewer.zone, now=now),
        do_not_call=line.do_not_call,
    )


def local_time(zones: Sequence[str], *, now: datetime) -> tuple[str, str]:
    """The time now where they are, and the town it is named for: ("16:03", "New York").

    Of several zones the earliest and the latest time: ("13:03–16:03", "one of 4 zones"); of none, that it is unknown.
    """
    known = [info for info in map(zone_info, zones) if info is not None]
    if not known:
        return "unknown", "set a time zone"
    locals_ = sorted({now.astimezone(info).replace(tzinfo=None) for info in known})
    first, last = f"{locals_[0]:%H:%M}", f"{locals_[-1]:%H:%M}"
    if len(known) == 1:
        return first, city(zones[0])
    return (first, "") if first == last else (f"{first}–{last}", f"one of {len(known)} zones")


def next_words(at: datetime | None, zone: str, *, now: datetime) -> str:
    """When a lead is called next: "due now", "Tomorrow 09:00"."""
    if at is None:
        return words.NONE
    return "due now" if at <= now else words.ahead(at, now=now, zone=zone).split(" (")[0]


def filters_of(asked: LeadFilter, tags: Sequence[tuple[str, int]], viewer: Viewer) -> Filters:
    """Every chip for what is asked."""
    chosen = asked.tags or asked.not_tags
    counted = dict(tags)
    named = [*(tag for tag, _ in tags[:_MOST_TAGS]), *(tag for tag in chosen if tag not in dict(tags[:_MOST_TAGS]))]
    tag_choices = [Choice(tag, tag, tag in chosen, counted.get(tag, -1)) for tag in named]
    clients = [Choice(key, name, key in asked.clients) for key, name in viewer.clients]
    outcomes = [Choice(key, word, key in asked.last_outcomes) for key, word in _OUTCOME_WORDS]
    dnc = [
        Choice("false", "May be called", asked.do_not_call is False),
        Choice("true", "On the do-not-call list", asked.do_not_call is True),
    ]
    shown = {"tags": _on(tag_choices), "clients": _on(clients), "outcomes": _on(outcomes), "dnc": _on(dnc)}
    on = sum(1 for each in shown.values() if each)
    return Filters(
        tags=tag_choices, tags_shown=shown["tags"], tags_negated=bool(asked.not_tags and not asked.tags),
        clients=clients, clients_shown=shown["clients"], outcomes=outcomes, outcomes_shown=shown["outcomes"],
        dnc=dnc, dnc_shown=shown["dnc"], on=str(on), is_on=bool(on or asked.q or asked.phone or asked.external_id),
    )  # fmt: skip


def toggled(asked: LeadFilter, name: str, value: str) -> LeadFilter:
    """The filter with one choice switched over; an unknown filter or value leaves it as it is."""
    if not value or len(value) > 200:
        return asked
    match name:
        case "tag" if asked.not_tags and not asked.tags:
            return replace(asked, not_tags=_switched(asked.not_tags, value))
        case "tag":
            return replace(asked, tags=_switched(asked.tags, value))
        case "client":
            return replace(asked, clients=_switched(asked.clients, value))
        case "outcome" if value in dict(_OUTCOME_WORDS):
            return replace(asked, last_outcomes=_switched(asked.last_outcomes, value))
        case "dnc" if value in ("true", "false"):
            wanted = value == "true"
            return replace(asked, do_not_call=None if asked.do_not_call is wanted else wanted)
        case _:
            return asked


def cleared(asked: LeadFilter, name: str) -> LeadFilter:
    """The filter without this one."""
    empty = {
        "tag": {"tags": (), "not_tags": ()},
        "client": {"clients": ()},
        "outcome": {"last_outcomes": ()},
        "dnc": {"do_not_call": None},
    }
    return replace(asked, **empty.get(name, {}))


def negated(asked: LeadFilter, is_not: bool) -> LeadFilter:
    """The filter with its tags as what a lead must, or must not, have."""
    chosen = tuple(sorted({*asked.tags, *asked.not_tags}))
    return replace(asked, tags=() if is_not else chosen, not_tags=chosen if is_not else ())


def tabs_of(asked: LeadFilter) -> list[LeadTab]:
    """The built-in views, narrowed to the clients in force."""
    views = [
        ("All", LeadFilter(clients=asked.clients)),
        ("Ready to call", LeadFilter(clients=asked.clients, do_not_call=False)),
        ("Never called", LeadFilter(clients=asked.clients, do_not_call=False, last_outcomes=(UNKNOWN,))),
        ("Do not call", LeadFilter(clients=asked.clients, do_not_call=True)),
    ]
    plain = replace(asked, sort=LeadFilter().sort)
    return [LeadTab(word, address(view), plain == view) for word, view in views]


def address(asked: LeadFilter, *, cursor: str = "") -> str:
    """The one address of a filter."""
    query = lead_query(asked, keep={"cursor": cursor} if cursor else {})
    return f"/leads?{query}" if query else "/leads"


def _switched(chosen: tuple[str, ...], value: str) -> tuple[str, ...]:
    return tuple(sorted({*chosen} ^ {value}))


def _on(choices: Sequence[Choice]) -> str:
    some = [choice.word for choice in choices if choice.is_on]
    return ", ".join(some) if len(some) <= 2 else f"{some[0]} and {len(some) - 1} more"
