"""Follow-ups and appointments: what a person promised, or a call brought."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.lines import FollowUpLine
from callcenter.domain.notice import Notice
from callcenter.domain.user import Actor
from callcenter.store.database import Tx
from callcenter.store.paging import visible_to
from callcenter.store.tables import CallRow, ClientRow, FollowUpRow, LeadRow, table_of

ROWS = table_of(FollowUpRow)
CLIENTS = table_of(ClientRow)
LEADS = table_of(LeadRow)
CALLS = table_of(CallRow)
_F = ROWS.c


def add(
    tx: Tx, *, follow_up_id: str, client_id: str, lead_id: str | None, call_id: str | None, kind: str,
    at: datetime | None, zone: str, is_sure: bool, why: str, now: datetime, words: str | None = None,
    owner: str | None = None, source: str = "person",
) -> None:  # fmt: skip
    """Adds one; `kind` is `follow_up` or `appointment`, `at` None while nobody knows when."""
    tx.execute(
        sa.insert(ROWS).values(
            id=follow_up_id,
            client_id=client_id,
            lead_id=lead_id,
            call_id=call_id,
            kind=kind,
            at=at,
            zone=zone,
            is_sure=is_sure,
            why=why,
            words=words,
            owner=owner,
            source=source,
            rev=0,
            created_at=now,
            updated_at=now,
        )
    )
    tx.announce(Notice("follow_up", client_id, follow_up_id))


def add_from_call(
    tx: Tx, *, follow_up_id: str, client_id: str, lead_id: str | None, call_id: str, kind: str, at: datetime | None,
    zone: str, is_sure: bool, words: str | None, now: datetime,
) -> None:  # fmt: skip
    """Adds what a call's analysis brought."""
    why = "Appointment made in the call" if kind == "appointment" else "Asked to be called back"
    add(
        tx, follow_up_id=follow_up_id, client_id=client_id, lead_id=lead_id, call_id=call_id, kind=kind, at=at, zone=zone,
        is_sure=is_sure, why=why, words=words, source="analysis", now=now,
    )  # fmt: skip


def get(tx: Tx, follow_up_id: str) -> FollowUpLine:
    """Gives one; raises NotFound."""
    found = _lines(tx, _F.id == follow_up_id, limit=1)
    if not found:
        raise NotFound("There is no such follow-up.")
    return found[0]


def change(tx: Tx, before: FollowUpLine, *, now: datetime, **values: Any) -> FollowUpLine:
    """Changes one; raises Conflict when someone else did since `before` was read."""
    query = sa.update(ROWS).where(_F.id == before.follow_up_id, _F.rev == before.rev)
    if tx.execute(query.values(rev=before.rev + 1, updated_at=now, **values)).rowcount != 1:
        raise Conflict("Someone changed this follow-up a moment ago. Look at it again.")
    tx.announce(Notice("follow_up", before.client_id, before.follow_up_id))
    return get(tx, before.follow_up_id)


def listed(
    tx: Tx, actor: Actor, *, kind: str | None = None, is_done: bool = False, client_id: str | None = None, limit: int
) -> tuple[FollowUpLine, ...]:
    """Gives what is open, the earliest first and what has no time at the end; or what is done, the newest first."""
    where = [_F.client_id == client_id] if client_id else visible_to(_F.client_id, actor)
    where.append(_F.done_at.is_not(None) if is_done else _F.done_at.is_(None))
    if kind is not None:
        where.append(_F.kind == kind)
    order = (_F.done_at.desc(),) if is_done else (_F.at.is_(None), _F.at, _F.id)
    return _lines(tx, *where, limit=limit, order=order)


def of_call(tx: Tx, call_id: str) -> tuple[FollowUpLine, ...]:
    """Gives all of a call, done ones too."""
    return _lines(tx, _F.call_id == call_id, limit=100, order=(_F.done_at.is_not(None), _F.at, _F.id))


def open_of_calls(tx: Tx, call_ids: Sequence[str]) -> dict[str, list[FollowUpLine]]:
    """Gives what is open of each of these calls, the earliest first."""
    where = (_F.call_id.in_(list(call_ids)), _F.done_at.is_(None))
    found: dict[str, list[FollowUpLine]] = {}
    for line in _lines(tx, *where, limit=100 * len(call_ids), order=(_F.at.is_(None), _F.at, _F.id)):
        found.setdefault(line.call_id or "", []).append(line)
    return found


def of_lead(tx: Tx, lead_id: str) -> tuple[FollowUpLine, ...]:
    """Gives all of a lead, done ones too."""
    return _lines(tx, _F.lead_id == lead_id, limit=100, order=(_F.done_at.is_not(None), _F.at, _F.id))


def _lines(tx: Tx, *where: sa.ColumnElement[bool], limit: int, order: tuple[Any, ...] = ()) -> tuple[FollowUpLine, ...]:
    joined = (
        ROWS.join(CLIENTS, CLIENTS.c.id == _F.client_id)
        .outerjoin(LEADS, LEADS.c.id == _F.lead_id)
        .outerjoin(CALLS, CALLS.c.id == _F.call_id)
    )
    query = sa.select(
        ROWS,
        CLIENTS.c.name.label("client_name"),
        sa.func.coalesce(LEADS.c.name, CALLS.c.lead_name, "").label("lead_name"),
        sa.func.coalesce(sa.func.nullif(LEADS.c.number, ""), CALLS.c.to_number, "").label("number"),
    )
    rows = tx.execute(query.select_from(joined).where(*where).order_by(*order).limit(limit)).mappings()
    return tuple(_line(row) for row in rows)


def _line(row: sa.RowMapping) -> FollowUpLine:
    return FollowUpLine(
        follow_up_id=row["id"],
        client_id=row["client_id"],
        client_name=row["client_name"],
        lead_id=row["lead_id"],
        call_id=row["call_id"],
        who=row["lead_name"] or row["number"],
        number=row["number"],
        kind=row["kind"],
        at=row["at"],
        zone=row["zone"],
        is_sure=row["is_sure"],
        words=row["words"] or "",
        why=row["why"],
        owner=row["owner"],
        source=row["source"],
        done_at=row["done_at"],
        rev=row["rev"],
    )
