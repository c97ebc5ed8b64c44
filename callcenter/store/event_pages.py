"""The inspector of what the provider told us: lists of events, refused deliveries among them, and one with its body."""

import json
import zlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.errors import NotFound
from callcenter.domain.lines import EventDetail, EventLine, WebhookHealth
from callcenter.domain.paging import Page
from callcenter.domain.user import Actor, Role, is_at_least
from callcenter.store import clients
from callcenter.store.call_filter import CALLS
from callcenter.store.database import Tx
from callcenter.store.paging import Order, Query, page_of, visible_to
from callcenter.store.tables import ClientRow, InboxRow, RefusedDeliveryRow, table_of

INBOX = table_of(InboxRow)
REFUSED = table_of(RefusedDeliveryRow)
CLIENTS = table_of(ClientRow)
_I = INBOX.c
_R = REFUSED.c
_owner = sa.func.coalesce(CALLS.c.client_id, _I.client_id)

#: What became of an event, as people read it, by what is stored. `folded` is told apart by what it changed.
RESULTS = ("applied", "duplicate", "out_of_order", "bad_signature", "unknown_call", "stale", "failed", "waiting")
_RESULT_OF_STATE = {
    "new": "waiting", "folded": "applied", "unmatched": "unknown_call", "stale": "stale", "stale_fetched": "stale",
    "poison": "failed", "parked": "failed",
}  # fmt: skip
#: Events that tell of a call's beginning: after its end they are late.
_EARLY = frozenset({"call_started", "call_ringing", "call_connected", "call_answered", "transcript_updated"})
_SAMPLE = 500
_HEALTH_OF = 5_000
#: An event that took longer from the provider's signature to us is late.
LATE_MS = 60_000


def search(
    tx: Tx, actor: Actor, *, q: str = "", client_id: str | None = None, kind: str = "", result: str = "",
    limit: int, cursor: str | None = None,
) -> Page[EventLine]:  # fmt: skip
    """Gives a page of events, newest first. `q` is part of a call id or number; `result` one of RESULTS."""
    by_age = Order("-received", _I.received_at, _I.id, is_descending=True)
    refused_by_age = Order("-received", _R.at, _R.id, is_descending=True)
    refused = _refused(actor, client_id=client_id) if not (q or kind) and result in ("", "bad_signature") else None
    query = _select().where(*_where(actor, q=q, client_id=client_id, kind=kind, result=result))
    return page_of(
        tx, query, order=by_age, limit=limit, cursor=cursor, lines=lambda rows: [_line(row) for row in rows],
        also=[] if refused is None else [(refused, refused_by_age)],
    )  # fmt: skip


def of_call(tx: Tx, call_id: str, *, limit: int = 200) -> tuple[EventLine, ...]:
    """Gives the events of one call, oldest first."""
    query = _select().where(_I.call_id == call_id).order_by(_I.received_at, _I.id).limit(limit)
    return tuple(_line(row) for row in tx.execute(query).mappings())


def detail(tx: Tx, actor: Actor, event_id: str) -> EventDetail:
    """Gives one event with its body; raises NotFound, also for one this actor may not see."""
    query = _select(_I.body, _I.signed_at, _I.sha256, _I.changed).where(_I.id == event_id, *visible_to(_owner, actor))
    row = tx.execute(query).mappings().first()
    if row is not None:
        text = zlib.decompress(row["body"]).decode("utf-8", "replace")
        return EventDetail(
            line=_line(row), signed_at=row["signed_at"], sha256=row["sha256"], address="", body=_parsed(text), raw=text,
            changed=row["changed"] or {},
        )  # fmt: skip
    refused = _refused(actor, client_id=None)
    if refused is not None:
        query = refused.add_columns(_R.sha256, _R.address).where(_R.id == event_id)
        if row := tx.execute(query).mappings().first():
            return EventDetail(line=_line(row), signed_at=None, sha256=row["sha256"], address=row["address"], body=None, raw="")
    raise NotFound("There is no such event.")


def counts_since(tx: Tx, actor: Actor, since: datetime) -> tuple[dict[str, int], dict[str, int]]:
    """Gives how many events came since then, by result and by kind."""
    query = sa.select(_I.state, _I.kind, sa.func.count()).select_from(INBOX.outerjoin(CALLS, CALLS.c.id == _I.call_id))
    query = query.where(_I.received_at >= since, *visible_to(_owner, actor)).group_by(_I.state, _I.kind)
    results: dict[str, int] = {}
    kinds: dict[str, int] = {}
    for state, kind, count in tx.execute(query):
        result = _RESULT_OF_STATE[state]
        results[result] = results.get(result, 0) + count
        kinds[kind] = kinds.get(kind, 0) + count
    refused = _refused(actor, client_id=None)
    if refused is not None:
        counted = sa.select(sa.func.count()).select_from(refused.where(_R.at >= since).subquery())
        results["bad_signature"] = tx.execute(counted).scalar_one()
    return {name: count for name, count in results.items() if count}, kinds


def bytes_kept(tx: Tx) -> int:
    """Gives about how many bytes all bodies take: how many there are, times the size of the newest ones."""
    sample = sa.select(sa.func.length(_I.body).label("size")).order_by(_I.received_at.desc()).limit(_SAMPLE).subquery()
    average = tx.execute(sa.select(sa.func.avg(sample.c.size))).scalar_one() or 0
    return round(tx.execute(sa.select(sa.func.count()).select_from(INBOX)).scalar_one() * float(average))


def health(tx: Tx, client_id: str, *, since: datetime) -> WebhookHealth:
    """Gives how a client's webhooks have been since then; kinds and delays of the newest few thousand."""
    mine = (_I.client_id == client_id, _I.source == "webhook", _I.received_at >= since)
    query = sa.select(_I.kind, _I.received_at, _I.signed_at, _I.copies, _I.state).where(*mine)
    kinds: dict[str, int] = {}
    delays: list[int] = []
    late = doubled = 0
    for kind, received_at, signed_at, copies, state in tx.execute(query.order_by(_I.received_at.desc()).limit(_HEALTH_OF)):
        kinds[kind] = kinds.get(kind, 0) + 1
        doubled += copies - 1
        delay = 0 if signed_at is None else max(round((received_at - signed_at).total_seconds() * 1000), 0)
        if signed_at is not None:
            delays.append(delay)
        late += state in ("stale", "stale_fetched") or delay > LATE_MS
    delays.sort()
    forged = sa.select(sa.func.count()).where(_R.client_id == client_id, _R.at >= since)
    return WebhookHealth(
        last_at=clients.last_event_at(tx, client_id),
        kinds=kinds,
        delays_ms=(delays[(len(delays) - 1) // 2], delays[(len(delays) - 1) * 95 // 100]) if delays else None,
        lost=_asked_for(tx, client_id, since=since),
        late=late,
        doubled=doubled,
        forged=tx.execute(forged).scalar_one(),
    )


def _asked_for(tx: Tx, client_id: str, *, since: datetime) -> int:
    """Counts what the provider told us only because we asked, and that was news to us."""
    news = sa.cast(_I.changed, sa.Text).not_in(["{}", "null"])
    query = sa.select(sa.func.count()).select_from(INBOX.join(CALLS, CALLS.c.id == _I.call_id))
    asked = query.where(CALLS.c.client_id == client_id, _I.source.in_(["get", "list"]), _I.received_at >= since, news)
    return tx.execute(asked.where(CALLS.c.origin == "ours")).scalar_one()


def _select(*more: sa.ColumnElement[Any]) -> Query:
    joined = INBOX.outerjoin(CALLS, CALLS.c.id == _I.call_id).outerjoin(CLIENTS, CLIENTS.c.id == _owner)
    same = (
        _I.id, _I.received_at, _I.kind, _I.source, _I.call_id, _I.provider_call_id, _I.state, _I.error, _I.copies,
        _I.tries, _I.took_ms, _I.changed,
    )  # fmt: skip
    return sa.select(
        *same,
        _owner.label("client_id"),
        CLIENTS.c.name.label("client_name"),
        CALLS.c.ended_at,
        sa.func.length(_I.body).label("size"),
        _I.received_at.label("sort_value"),
        *[column for column in more if column is not _I.changed],
    ).select_from(joined)


def _refused(actor: Actor, *, client_id: str | None) -> Query | None:
    """Deliveries with a bad signature, in the columns of events; whose they are nobody knows, so only admins see those
    of no client."""
    if not is_at_least(actor, Role.ADMIN) and actor.client_ids is None:
        where: list[sa.ColumnElement[bool]] = [_R.client_id.is_not(None)]
    else:
        where = visible_to(_R.client_id, actor)
    if client_id is not None:
        where.append(_R.client_id == client_id)
    nothing = sa.literal(None)
    return (
        sa.select(
            _R.id,
            _R.at.label("received_at"),
            sa.literal("").label("kind"),
            sa.literal("webhook").label("source"),
            nothing.label("call_id"),
            nothing.label("provider_call_id"),
            sa.literal("refused").label("state"),
            _R.why.label("error"),
            sa.literal(1).label("copies"),
            sa.literal(0).label("tries"),
            nothing.label("took_ms"),
            nothing.label("changed"),
            _R.client_id,
            CLIENTS.c.name.label("client_name"),
            nothing.label("ended_at"),
            _R.length.label("size"),
            _R.at.label("sort_value"),
        )
        .select_from(REFUSED.outerjoin(CLIENTS, CLIENTS.c.id == _R.client_id))
        .where(*where)
    )


def _where(actor: Actor, *, q: str, client_id: str | None, kind: str, result: str) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = visible_to(_owner, actor)
    if client_id is not None:
        found.append(_owner == client_id)
    if kind:
        found.append(_I.kind == kind)
    if words := q.strip().lstrip("…"):
        digits = "".join(char for char in words if char.isdecimal())
        looks = [column.endswith(words, autoescape=True) for column in (_I.call_id, _I.provider_call_id)]
        looks += [column == words for column in (_I.call_id, _I.provider_call_id)]
        if len(digits) >= 4 and len(digits) * 2 > len(words):
            looks.append(CALLS.c.to_number.contains(digits, autoescape=True))
        found.append(sa.or_(*looks))
    if result:
        states = [state for state, name in _RESULT_OF_STATE.items() if name == result]
        found.append(_I.state.in_(states or ["folded"] if result in ("duplicate", "out_of_order") else states))
    if result == "duplicate":
        found.append(sa.or_(_I.copies > 1, sa.cast(_I.changed, sa.Text) == "{}"))
    if result == "out_of_order":
        found += [_I.kind.in_(sorted(_EARLY)), CALLS.c.ended_at <= _I.received_at]
    return found


def _line(row: sa.RowMapping) -> EventLine:
    return EventLine(
        event_id=row["id"],
        received_at=row["received_at"],
        kind=row["kind"],
        source=row["source"],
        client_id=row["client_id"],
        client_name=row["client_name"] or "",
        call_id=row["call_id"],
        provider_call_id=row["provider_call_id"],
        result=_result(row),
        error=row["error"],
        copies=row["copies"],
        tries=row["tries"],
        took_ms=row["took_ms"],
        size=row["size"],
    )


def _result(row: sa.RowMapping) -> str:
    if row["state"] == "refused":
        return "bad_signature"
    if row["state"] != "folded":
        return _RESULT_OF_STATE[row["state"]]
    if row["kind"] in _EARLY and row["ended_at"] is not None and row["ended_at"] <= row["received_at"]:
        return "out_of_order"
    return "duplicate" if row["changed"] == {} else "applied"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
