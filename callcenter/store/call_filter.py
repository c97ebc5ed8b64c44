"""A call filter as SQL conditions; every value is a parameter, every sort comes from a list."""

import json
import operator
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from callcenter.domain.call import CallStatus, Outcome, Priority
from callcenter.domain.search import UNKNOWN, CallFilter
from callcenter.domain.search_words import read_words
from callcenter.domain.user import Actor
from callcenter.store.paging import Order, visible_to
from callcenter.store.tables import CallDetailRow, CallRow, FollowUpRow, table_of

CALLS = table_of(CallRow)
DETAILS = table_of(CallDetailRow)
FOLLOW_UPS = table_of(FollowUpRow)
_C = CALLS.c
#: Details of their own inside EXISTS: a list joins the table beside it, and the two must not be taken for one.
_SAID = DETAILS.alias("said").c

Condition = sa.ColumnElement[bool]

#: Sentiments are words of a scale from -1 to 1; the edges belong to neutral.
MOOD = 0.3
_SORT_COLUMNS: Mapping[str, tuple[sa.ColumnElement[Any], bool]] = {
    "started": (_C.occurred_at, False),
    "ended": (_C.ended_at, True),
    "duration": (_C.duration_ms, True),
    "cost": (_C.cost, True),
    "priority": (_C.priority, False),
    "created": (_C.created_at, False),
}
_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}
#: What a facet counts by, and the fields of the filter it leaves aside while it does.
FACETS: Mapping[str, tuple[sa.ColumnElement[Any], tuple[str, str]]] = {
    "status": (_C.status, ("statuses", "not_statuses")),
    "outcome": (sa.func.coalesce(_C.outcome, UNKNOWN), ("outcomes", "not_outcomes")),
    "client": (_C.client_id, ("clients", "not_clients")),
    "batch": (_C.batch_id, ("batches", "not_batches")),
    "agent": (_C.agent_id, ("agents", "not_agents")),
    "number": (_C.from_number, ("numbers", "not_numbers")),
    "sentiment": (
        sa.case(
            (_C.sentiment.is_(None), UNKNOWN),
            (_C.sentiment < -MOOD, "negative"),
            (_C.sentiment > MOOD, "positive"),
            else_="neutral",
        ),
        ("sentiments", "not_sentiments"),
    ),
}


def order_of(asked: CallFilter) -> Order:
    """Gives the order of a list of calls."""
    name = asked.sort.removeprefix("-")
    column, is_nullable = _SORT_COLUMNS[name]
    return Order(asked.sort, column, _C.id, asked.sort.startswith("-"), is_nullable)


def conditions(asked: CallFilter, actor: Actor) -> list[Condition]:
    """Gives everything a call must fulfil to be in this list and seen by this actor."""
    found = [*visible_to(_C.client_id, actor), *_lists(asked), *_words(asked), *_has(asked)]
    if asked.start is not None:
        found.append(_C.occurred_at >= asked.start)
    if asked.end is not None:
        found.append(_C.occurred_at < asked.end)
    if asked.min_s is not None:
        found.append(_C.duration_ms >= asked.min_s * 1000)
    if asked.max_s is not None:
        found.append(_C.duration_ms < (asked.max_s + 1) * 1000)
    return found


def _lists(asked: CallFilter) -> list[Condition]:
    outcome, sentiment = FACETS["outcome"][0], FACETS["sentiment"][0]
    priorities = tuple(int(Priority[name.upper()]) for name in asked.priorities)
    found: list[Condition] = []
    for column, wanted, unwanted in (
        (_C.status, asked.statuses, asked.not_statuses),
        (_C.client_id, asked.clients, asked.not_clients),
        (_C.batch_id, asked.batches, asked.not_batches),
        (_C.lead_id, asked.leads, ()),
        (_C.agent_id, asked.agents, asked.not_agents),
        (_C.from_number, asked.numbers, asked.not_numbers),
        (_C.priority, priorities, ()),
        (outcome if UNKNOWN in asked.outcomes else _C.outcome, asked.outcomes, ()),
        (outcome, (), asked.not_outcomes),
        (sentiment, asked.sentiments, asked.not_sentiments),
    ):
        if wanted:
            found.append(column.in_(wanted))
        if unwanted:
            found.append(sa.or_(column.is_(None), column.not_in(unwanted)))
    found += [sa.or_(*(_tagged(tag) for tag in asked.tags))] if asked.tags else []
    return found + [~_tagged(tag) for tag in asked.not_tags]


def _tagged(tag: str) -> Condition:
    # tags stand as JSON text in the row, so a quoted tag can only match a whole one; SQLite keeps the ASCII escapes of
    # what was written, PostgreSQL the letters
    text = sa.cast(_C.tags, sa.Text)
    spellings = {json.dumps(tag), json.dumps(tag, ensure_ascii=False)}
    return sa.or_(*(text.contains(spelling, autoescape=True) for spelling in sorted(spellings)))


def _words(asked: CallFilter) -> list[Condition]:
    words = read_words(asked.q)
    found: list[Condition] = []
    for term in words.terms:
        is_there = _C.search.contains(term, autoescape=True)
        found.append(sa.or_(is_there, _said(term)) if asked.in_transcripts else is_there)
    # the number stands after the name and a blank; this way the index of words serves beginnings of numbers too
    found += [_C.search.contains(" " + start, autoescape=True) for start in words.number_starts]
    found += [_C.search.contains(digits, autoescape=True) for digits in words.digits]
    found += [_said(phrase) for phrase in words.phrases]
    columns = {"cost": _C.cost, "dur": _C.duration_ms}
    return found + [_COMPARE[each.operator](columns[each.field], each.value) for each in words.measures]


def _said(text: str) -> Condition:
    return sa.exists().where(_SAID.call_id == _C.id, _SAID.transcript.icontains(text, autoescape=True))


def _has(asked: CallFilter) -> list[Condition]:
    found: list[Condition] = []
    if "recording" in asked.has:
        url = _SAID.told["recording_url"].as_string()
        found.append(sa.exists().where(_SAID.call_id == _C.id, url.is_not(None)))
    if "followup" in asked.has:
        found.append(sa.exists().where(FOLLOW_UPS.c.call_id == _C.id, FOLLOW_UPS.c.done_at.is_(None)))
    if "error" in asked.has:
        found.append(sa.and_(_C.status == CallStatus.FAILED.value, _C.outcome == Outcome.FAILED.value))
    return found
