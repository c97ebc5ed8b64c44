"""Pages of calls, agents and numbers: limits, cursors, and the order of list-calls."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from callcenter.simulator.call import Call
from callcenter.simulator.calls import Exchange
from callcenter.simulator.filters import questions_of
from callcenter.simulator.orders import flag, table, text
from callcenter.simulator.refusals import invalid
from callcenter.simulator.signing import milliseconds
from callcenter.simulator.workspaces import Workspace

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 1000
Item = TypeVar("Item")


def list_calls(
    exchange: Exchange, workspace: Workspace, body: Mapping[str, Any], *, now: datetime
) -> tuple[list[Call], dict[str, Any]]:
    """The calls of one page, and the rest of the answer. Raises a refusal for what the provider would not take."""
    limit = whole_number(body, "limit", default=DEFAULT_LIMIT, low=1, high=LARGEST_LIMIT)
    skip = whole_number(body, "skip", default=0, low=0, high=None)
    cursor = text(body, "pagination_key")
    if cursor is not None and body.get("skip") is not None:
        raise invalid("request/body must NOT have both pagination_key and skip")
    found = matching(exchange, workspace, table(body, "filter_criteria") or {}, now=now)
    ascending = sort_order(body) == "ascending"
    found.sort(key=place_in_order, reverse=not ascending)
    rest = after(found, read_cursor(cursor), ascending=ascending) if cursor is not None else found[skip:]
    page = rest[:limit]
    answer: dict[str, Any] = {"has_more": len(rest) > limit}
    if answer["has_more"]:
        answer["pagination_key"] = write_cursor(place_in_order(page[-1]))
    if flag(body, "include_total"):
        answer["total"] = len(found)
    return page, answer


def matching(exchange: Exchange, workspace: Workspace, criteria: Mapping[str, Any], *, now: datetime) -> list[Call]:
    """Every call that is visible by now and fits the filters."""
    switches = workspace.switches
    questions = questions_of(criteria, inclusive=switches.range_inclusive)
    visible_until = now - timedelta(seconds=switches.list_lag_seconds)
    return [
        call
        for call in exchange.newest_first(workspace)
        if call.created_at <= visible_until
        and (switches.lists_registered or call.status != "registered")
        and all(question(call) for question in questions)
    ]


def place_in_order(call: Call) -> tuple[int, int]:
    """By start; a call without one stands where it was created."""
    return call.start_ms or milliseconds(call.created_at), call.seq


def after(calls: list[Call], place: tuple[int, int], *, ascending: bool) -> list[Call]:
    """What comes behind a place in the order."""
    return [call for call in calls if (place_in_order(call) > place) == ascending and place_in_order(call) != place]


def write_cursor(place: tuple[int, int]) -> str:
    """A cursor that means nothing to those who hold it."""
    return base64.urlsafe_b64encode(f"{place[0]}.{place[1]}".encode()).decode()


def read_cursor(cursor: str) -> tuple[int, int]:
    """Reads a cursor, or refuses one that is not ours."""
    try:
        start, seq = base64.urlsafe_b64decode(cursor.encode()).decode().split(".")
        return int(start), int(seq)
    except (binascii.Error, ValueError, UnicodeError) as problem:
        raise invalid("request/body/pagination_key is not valid") from problem


def sort_order(values: Mapping[str, Any]) -> str:
    """Newest first, unless asked otherwise."""
    order = values.get("sort_order") or "descending"
    if order not in ("ascending", "descending"):
        raise invalid("request/body/sort_order must be equal to one of the allowed values")
    return str(order)


def whole_number(body: Mapping[str, Any], name: str, *, default: int, low: int, high: int | None) -> int:
    """An integer in a range."""
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(f"request/body/{name} must be integer")
    if value < low:
        raise invalid(f"request/body/{name} must be >= {low}")
    if high is not None and value > high:
        raise invalid(f"request/body/{name} must be <= {high}")
    return value


def short_page(items: Sequence[Item], query: Mapping[str, str]) -> tuple[Sequence[Item], dict[str, Any]]:
    """A page of a short list whose paging is in the query: the items, and the rest of the answer."""
    raw = query.get("limit", str(DEFAULT_LIMIT))
    if not raw.isdecimal() or not 1 <= int(raw) <= LARGEST_LIMIT:
        raise invalid(f"request/query/limit must be between 1 and {LARGEST_LIMIT}")
    ordered = list(items) if sort_order(query) == "descending" else list(reversed(items))
    start = read_cursor(query["pagination_key"])[0] if query.get("pagination_key") else 0
    end = start + int(raw)
    answer: dict[str, Any] = {"has_more": end < len(ordered)}
    if answer["has_more"]:
        answer["pagination_key"] = write_cursor((end, 0))
    return ordered[start:end], answer
