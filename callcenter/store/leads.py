"""Load, save and search leads; their tags stand in a table of their own beside them, always in step."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.lead import Lead, search_text
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.notice import Notice
from callcenter.domain.paging import Page
from callcenter.domain.query import UNKNOWN
from callcenter.domain.search_words import read_words
from callcenter.domain.user import Actor
from callcenter.store.database import Tx
from callcenter.store.paging import Order, Query, capped_count, page_of, visible_to
from callcenter.store.tables import CallRow, DoNotCallRow, LeadRow, LeadTagRow, table_of

ROWS = table_of(LeadRow)
TAGS = table_of(LeadTagRow)
CALLS = table_of(CallRow)
STOPS = table_of(DoNotCallRow)
_L = ROWS.c
_SORTS = {"created": _L.created_at, "name": _L.name}
_SAME = (
    "client_id", "name", "number", "phone_given", "email", "timezone", "external_id", "rev", "created_at", "updated_at",
    "deleted_at", "last_outcome",
)  # fmt: skip

#: Whether nobody may dial the lead's number, for its client or for everybody.
IS_SUPPRESSED = sa.exists().where(
    STOPS.c.number == _L.number,
    STOPS.c.removed_at.is_(None),
    sa.or_(STOPS.c.client_id.is_(None), STOPS.c.client_id == _L.client_id),
)


def get(tx: Tx, lead_id: str, *, lock: bool = False) -> Lead:
    """Gives one lead, deleted or not; raises NotFound."""
    found = find(tx, lead_id, lock=lock)
    if found is None:
        raise NotFound("There is no such lead.")
    return found


def find(tx: Tx, lead_id: str, *, lock: bool = False) -> Lead | None:
    """Gives one lead, deleted or not, or None."""
    if lock and tx.is_postgres:  # before it is read, for its tags come from another table (see calls.py)
        tx.execute(sa.select(_L.id).where(_L.id == lead_id).with_for_update(key_share=True))
    row = tx.execute(_select().where(_L.id == lead_id)).mappings().first()
    return _lead_of(row) if row else None


def find_by_number(tx: Tx, client_id: str, number: str) -> Lead | None:
    """Gives the one lead of this client with this number; None when there is none or more than one."""
    found = with_numbers(tx, client_id, [number])
    return found[0] if len(found) == 1 else None


def many(tx: Tx, lead_ids: Sequence[str]) -> dict[str, Lead]:
    """Gives these leads by id, deleted ones included."""
    return {lead.lead_id: lead for lead in _load(tx, _L.id.in_(list(lead_ids)))}


def with_numbers(tx: Tx, client_id: str, numbers: Sequence[str]) -> list[Lead]:
    """Gives the leads of a client that have one of these numbers."""
    return _load(tx, _L.client_id == client_id, _L.number.in_(list(numbers)), _L.deleted_at.is_(None))


def with_external_ids(tx: Tx, client_id: str, external_ids: Sequence[str]) -> list[Lead]:
    """Gives the leads of a client that have one of these ids of their own system."""
    return _load(tx, _L.client_id == client_id, _L.external_id.in_(list(external_ids)))


def add(tx: Tx, *leads: Lead) -> None:
    """Adds new leads; raises Conflict when a client has one with that external id already."""
    if not leads:
        return
    try:
        tx.execute(sa.insert(ROWS), [{"id": each.lead_id, **_row_of(each)} for each in leads])
    except IntegrityError as error:
        raise Conflict("This client already has a lead with that external id.") from error
    _tag(tx, leads)
    _announce(tx, leads)


def save(tx: Tx, *changed: Lead, now: datetime) -> None:
    """Saves leads as they now are, each with its `rev` raised by one; raises Conflict when one changed in the meantime."""
    if not changed:
        return
    saved = [replace(each, rev=each.rev + 1, updated_at=now) for each in changed]
    columns = [name for name in _row_of(saved[0]) if name != "created_at"]
    query = sa.update(ROWS).where(_L.id == sa.bindparam("b_id"), _L.rev == sa.bindparam("b_rev"))
    query = query.values({name: sa.bindparam(f"b_{name}_", type_=_L[name].type) for name in columns})
    rows = [{"b_id": each.lead_id, "b_rev": each.rev - 1, **_bound(each, columns)} for each in saved]
    try:
        done = tx.execute(query, rows).rowcount
    except IntegrityError as error:
        raise Conflict("This client already has a lead with that external id.") from error
    if done not in (len(rows), -1):
        raise Conflict("Someone changed this lead a moment ago. Look at it again.")
    tx.execute(sa.delete(TAGS).where(TAGS.c.lead_id.in_([each.lead_id for each in saved])))
    _tag(tx, saved)
    _announce(tx, saved)


def erase(tx: Tx, lead: Lead, *, now: datetime) -> None:
    """Empties what is personal of a deleted lead, here and in the names its calls carry; finished calls stay."""
    gone = replace(
        lead, name="", number="", phone_given="", email=None, timezone=None, tags=(), external_id=None, variables={},
        deleted_at=now,
    )  # fmt: skip
    save(tx, gone, now=now)
    c = CALLS.c
    searchable = sa.func.lower(" " + c.to_number + " " + sa.func.coalesce(c.provider_call_id, "") + " " + c.id)
    tx.execute(
        sa.update(CALLS).where(c.lead_id == lead.lead_id).values(lead_name="", search=searchable, variables={}, rev=c.rev + 1)
    )


def note_outcome(tx: Tx, lead_id: str, outcome: str, *, now: datetime) -> None:
    """Remembers what came of the newest call to a lead; no change of the lead in the eyes of people, so `rev` stays."""
    tx.execute(sa.update(ROWS).where(_L.id == lead_id).values(last_outcome=outcome, updated_at=now))
    tx.announce(Notice("lead", None, lead_id))


def search(tx: Tx, asked: LeadFilter, actor: Actor, *, limit: int, cursor: str | None = None) -> Page[Lead]:
    """Gives one page of the leads that match and that this actor may see."""
    name = asked.sort.removeprefix("-")
    order = Order(asked.sort, _SORTS[name], _L.id, asked.sort.startswith("-"))
    query = _select(_SORTS[name].label("sort_value")).where(*conditions(asked, actor))
    return page_of(
        tx, query, order=order, limit=limit, cursor=cursor, lines=lambda rows: [_lead_of(row) for row in rows]
    )  # fmt: skip


def count(tx: Tx, asked: LeadFilter, actor: Actor) -> tuple[int, bool]:
    """Gives how many leads match, and whether that is only "at least"."""
    return capped_count(tx, sa.select(_L.id).where(*conditions(asked, actor)))


def after(tx: Tx, asked: LeadFilter, actor: Actor, *, last: tuple[bool, str] | None, limit: int) -> list[Lead]:
    """Gives the next leads for an export: those without an external id first, so that reading the file again finds the
    same leads; `last` is (has an external id, id) of the one before."""
    has_id = _L.external_id.is_not(None)
    query = _select().where(*conditions(asked, actor)).order_by(has_id, _L.id).limit(limit)
    if last is not None:
        beyond = sa.and_(has_id == last[0], _L.id > last[1])
        query = query.where(beyond if last[0] else sa.or_(beyond, has_id))
    return [_lead_of(row) for row in tx.execute(query).mappings()]


def ids_of(tx: Tx, client_id: str, asked: LeadFilter, *, limit: int) -> list[str]:
    """Gives the ids of the leads of one client that match, oldest first."""
    query = sa.select(_L.id).where(_L.client_id == client_id, *_asked(asked)).order_by(_L.created_at, _L.id).limit(limit)
    return list(tx.execute(query).scalars())


def tag_counts(tx: Tx, actor: Actor, client_id: str | None = None) -> list[tuple[str, int]]:
    """Gives every tag in use with how many leads have it, the most used first."""
    where = [_L.client_id == client_id] if client_id else visible_to(_L.client_id, actor)
    counted = sa.func.count().label("counted")
    query = sa.select(TAGS.c.tag, counted).join_from(TAGS, ROWS, _L.id == TAGS.c.lead_id).where(*where)
    return [(row[0], row[1]) for row in tx.execute(query.group_by(TAGS.c.tag).order_by(counted.desc(), TAGS.c.tag).limit(500))]


def conditions(asked: LeadFilter, actor: Actor) -> list[sa.ColumnElement[bool]]:
    """Gives everything a lead must fulfil to be in this list and seen by this actor."""
    return [*visible_to(_L.client_id, actor), *_asked(asked)]


def _asked(asked: LeadFilter) -> list[sa.ColumnElement[bool]]:
    words = read_words(asked.q)
    found: list[sa.ColumnElement[bool]] = [_L.deleted_at.is_(None)]
    found += [_L.client_id.in_(asked.clients)] if asked.clients else []
    found += [_L.search.contains(word, autoescape=True) for word in (*words.terms, *words.phrases, *words.digits)]
    found += [_L.number.startswith(start, autoescape=True) for start in words.number_starts]
    found += [_tagged(asked.tags)] if asked.tags else []
    found += [~_tagged(asked.not_tags)] if asked.not_tags else []
    if asked.phone:
        digits = "".join(char for char in asked.phone if char.isdecimal())
        found.append(_L.number.contains(digits, autoescape=True))
    found += [_L.external_id == asked.external_id] if asked.external_id else []
    if asked.last_outcomes:
        found.append(sa.func.coalesce(_L.last_outcome, UNKNOWN).in_(asked.last_outcomes))
    if asked.do_not_call is not None:
        found.append(IS_SUPPRESSED if asked.do_not_call else ~IS_SUPPRESSED)
    return found


def _tagged(tags: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.exists().where(TAGS.c.lead_id == _L.id, TAGS.c.tag.in_(tags))


def _select(*more: sa.ColumnElement[Any]) -> Query:
    return sa.select(ROWS, IS_SUPPRESSED.label("do_not_call"), *more)


def _load(tx: Tx, *where: sa.ColumnElement[bool]) -> list[Lead]:
    return [_lead_of(row) for row in tx.execute(_select().where(*where).order_by(_L.id)).mappings()]


def _lead_of(row: sa.RowMapping) -> Lead:
    return Lead(
        lead_id=row["id"],
        **{name: row[name] for name in _SAME},
        tags=tuple(row["tags"]),
        variables=row["variables"],
        do_not_call=bool(row["do_not_call"]),
    )


def _row_of(lead: Lead) -> dict[str, Any]:
    return {name: getattr(lead, name) for name in _SAME} | {
        "tags": list(lead.tags),
        "variables": dict(lead.variables),
        "search": search_text(lead.name, lead.number, lead.email, lead.external_id),
    }


def _bound(lead: Lead, columns: Sequence[str]) -> dict[str, Any]:
    row = _row_of(lead)
    return {f"b_{name}_": row[name] for name in columns}


def _tag(tx: Tx, leads: Sequence[Lead]) -> None:
    rows = [{"lead_id": lead.lead_id, "tag": tag} for lead in leads for tag in lead.tags]
    if rows:
        insert = postgresql.insert if tx.is_postgres else sqlite.insert
        tx.execute(insert(TAGS).on_conflict_do_nothing(), rows)


def _announce(tx: Tx, leads: Sequence[Lead]) -> None:
    for lead in leads[:50]:  # one notice tells it as well as ten thousand
        tx.announce(Notice("lead", lead.client_id, lead.lead_id))
