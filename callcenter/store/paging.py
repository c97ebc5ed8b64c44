"""One page of a query by keyset: never a deep OFFSET, and nothing jumps when rows arrive between two pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlmodel import AutoString

from callcenter.domain.errors import Invalid
from callcenter.domain.paging import Cursor, Page, read_cursor
from callcenter.domain.user import Actor, Role, is_at_least
from callcenter.store.database import Tx
from callcenter.store.tables import Instant

T = TypeVar("T")

#: A query whose columns only the function that made it knows.
Query: TypeAlias = sa.Select[*tuple[Any, ...]]

#: Above this a count is "10,000+" unless someone asks for the exact number.
COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True)
class Order:
    """What a list is sorted by: a column, the id that breaks ties, and the name of the sort as the address has it."""

    name: str
    column: sa.ColumnElement[Any]
    id: sa.ColumnElement[str]
    is_descending: bool
    is_nullable: bool = False


def visible_to(column: sa.ColumnElement[Any], actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Gives the conditions that narrow rows to the clients this actor may see; rows of no client are for admins."""
    if actor.client_ids is not None:
        return [column.in_(sorted(actor.client_ids))]
    return [] if is_at_least(actor, Role.ADMIN) else [column.is_not(None)]


def page_of(
    tx: Tx,
    query: Query,
    *,
    order: Order,
    limit: int,
    cursor: str | None,
    lines: Callable[[Sequence[Any]], Sequence[T]],
    also: Sequence[tuple[Query, Order]] = (),
) -> Page[T]:
    """Gives one page of `query`, which must select `sort_value` and `id`; `lines` turns its row mappings into what is shown.

    `also` are queries of other tables whose rows stand among these, each with its own columns for the same order. Rows
    without a sort value count as the smallest. Raises Invalid for a damaged cursor.
    """
    at = read_cursor(cursor, sort=order.name)
    is_back = at is not None and at.is_back
    descending = order.is_descending != is_back
    rows: list[Any] = []
    for each, own in ((query, order), *also):
        if at is not None:
            each = each.where(_beyond(own, at, descending=descending))
        rows += tx.execute(each.order_by(*_order_by(own, descending=descending, tx=tx)).limit(limit + 1)).mappings()
    if also:
        rows.sort(key=lambda row: (row["sort_value"], row["id"]), reverse=descending)
    has_more, rows = len(rows) > limit, rows[:limit]
    if is_back:
        rows.reverse()
    first = _first(at, shown=len(rows), has_more=has_more)
    if not rows:
        return Page((), newer=None, older=None, first=first)
    has_newer, has_older = (has_more, True) if is_back else (at is not None, has_more)
    return Page(
        tuple(lines(rows)),
        older=_cursor(order, rows[-1], is_back=False, first=first + len(rows)) if has_older else None,
        newer=_cursor(order, rows[0], is_back=True, first=max(first - limit, 1)) if has_newer else None,
        first=first,
    )


def capped_count(tx: Tx, query: Query, *, cap: int = COUNT_CAP) -> tuple[int, bool]:
    """Gives how many rows `query` has, and whether that is only "at least"."""
    found = tx.execute(sa.select(sa.func.count()).select_from(query.limit(cap + 1).subquery())).scalar_one()
    return min(found, cap), found > cap


def _first(at: Cursor | None, *, shown: int, has_more: bool) -> int:
    if at is None:
        return 1
    return 1 if at.is_back and not has_more else at.first


def _beyond(order: Order, at: Cursor, *, descending: bool) -> sa.ColumnElement[bool]:
    column, value = order.column, _value(order, at)
    if not order.is_nullable:
        here, there = sa.tuple_(column, order.id), sa.tuple_(sa.literal(value, column.type), sa.literal(at.id))
        return here < there if descending else here > there
    past_id = order.id < at.id if descending else order.id > at.id
    if value is None:
        same = sa.and_(column.is_(None), past_id)
        return same if descending else sa.or_(column.is_not(None), same)
    same = sa.and_(column == value, past_id)
    return sa.or_(column < value, column.is_(None), same) if descending else sa.or_(column > value, same)


def _value(order: Order, at: Cursor) -> Any:
    if isinstance(order.column.type, Instant) and isinstance(at.value, str):
        try:
            return datetime.fromisoformat(at.value)
        except ValueError as error:
            raise Invalid("This page link is damaged. Start again from the first page.", field="cursor") from error
    expected = (str,) if isinstance(order.column.type, sa.String | AutoString) else (int, float)
    if not (isinstance(at.value, expected) or (at.value is None and order.is_nullable)):
        raise Invalid("This page link is damaged. Start again from the first page.", field="cursor")
    return at.value


def _order_by(order: Order, *, descending: bool, tx: Tx) -> tuple[sa.ColumnElement[Any], ...]:
    column = order.column.desc() if descending else order.column.asc()
    if order.is_nullable and tx.is_postgres:  # SQLite takes null for the smallest by itself, PostgreSQL for the greatest
        column = column.nulls_last() if descending else column.nulls_first()
    return (column, order.id.desc() if descending else order.id.asc())


def _cursor(order: Order, row: Any, *, is_back: bool, first: int) -> str:
    value = row["sort_value"]
    if isinstance(value, datetime):
        value = value.isoformat()
    return Cursor(sort=order.name, value=value, id=row["id"], is_back=is_back, first=first).encode()
