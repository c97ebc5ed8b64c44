"""The ledger of dials as people read it: every try to place a call, how it ended, and how that was found out."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from callcenter.domain.errors import NotFound
from callcenter.domain.lines import CheckLine, LedgerDetail, LedgerLine, StepLine
from callcenter.domain.paging import Page
from callcenter.domain.user import Actor
from callcenter.store import dials, transitions
from callcenter.store.call_filter import CALLS
from callcenter.store.database import Tx
from callcenter.store.paging import Order, Query, page_of, visible_to
from callcenter.store.tables import ClientRow, table_of

CLIENTS = table_of(ClientRow)
_D = dials.ROWS.c
_CHECKS = dials.CHECKS.c


def search(
    tx: Tx,
    actor: Actor,
    *,
    q: str = "",
    client_id: str | None = None,
    states: Sequence[str] = (),
    call_id: str | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[LedgerLine]:
    """Gives a page of dials, newest first. `q` is a key, a Retell id, the end of a call's id, or digits of a number."""
    order = Order("-planned", _D.id, _D.id, is_descending=True)  # ids are made in the order of planning
    query = _select().where(*visible_to(_D.client_id, actor), *_matches(q))
    if client_id is not None:
        query = query.where(_D.client_id == client_id)
    if states:
        query = query.where(_D.state.in_(states))
    if call_id is not None:
        query = query.where(_D.call_id == call_id)
    return page_of(tx, query, order=order, limit=limit, cursor=cursor, lines=lambda rows: _lines(tx, rows))


def detail(tx: Tx, actor: Actor, dial_id: str) -> LedgerDetail:
    """Gives one dial with every step and every look for it; raises NotFound, also for one this actor may not see."""
    row = tx.execute(_select().where(_D.id == dial_id, *visible_to(_D.client_id, actor))).mappings().first()
    if row is None:
        raise NotFound("There is no such dial.")
    looks = sa.select(_CHECKS.at, _CHECKS.is_clean, _CHECKS.control_found, _CHECKS.answer).where(_CHECKS.dial_id == dial_id)
    steps = [StepLine(**{name: step[name] for name in _STEP}) for step in transitions.of(tx, dial_id)]
    return LedgerDetail(
        line=_lines(tx, [row])[0],
        dial=dials.get(tx, dial_id),
        checks=tuple(CheckLine(**look) for look in tx.execute(looks.order_by(_CHECKS.at)).mappings()),
        steps=tuple(steps),
    )


_STEP = ("at", "what", "from_state", "to_state", "by", "why")


def _select() -> Query:
    joined = dials.ROWS.join(CALLS, CALLS.c.id == _D.call_id).join(CLIENTS, CLIENTS.c.id == _D.client_id)
    return sa.select(
        *[_D[name] for name in ("id", "call_id", "client_id", "number", "seq", "token", "state", "planned_at", "sent_at",
                                "resent_at", "settled_at", "provider_call_id", "slot_freed_at", "verdict")],
        _D.id.label("sort_value"),
        CLIENTS.c.name.label("client_name"),
        CALLS.c.lead_name,
    ).select_from(joined)  # fmt: skip


def _matches(q: str) -> list[sa.ColumnElement[bool]]:
    words = q.strip().lstrip("…")
    if not words:
        return []
    digits = "".join(char for char in words if char.isdecimal())
    looks = [_D.token == words, _D.provider_call_id == words, _D.call_id.endswith(words, autoescape=True)]
    if len(digits) >= 4 and len(digits) * 2 > len(words):
        looks.append(_D.number.contains(digits, autoescape=True))
    return [sa.or_(*looks)]


def _lines(tx: Tx, rows: Sequence[Any]) -> list[LedgerLine]:
    by_dial: dict[str, list[Mapping[str, Any]]] = {}
    for step in transitions.of(tx, *[row["id"] for row in rows]):
        by_dial.setdefault(step["row_id"], []).append(step)
    return [_line(row, by_dial.get(row["id"], [])) for row in rows]


def _line(row: Any, steps: Sequence[Mapping[str, Any]]) -> LedgerLine:
    settled = next((step for step in reversed(steps) if step["what"] == "dial" and step["from_state"] != "planned"), None)
    verdict: dict[str, Any] = row["verdict"] or {}
    return LedgerLine(
        dial_id=row["id"],
        call_id=row["call_id"],
        client_id=row["client_id"],
        client_name=row["client_name"],
        lead_name=row["lead_name"],
        number=row["number"],
        seq=row["seq"],
        token=row["token"],
        state=row["state"],
        planned_at=row["planned_at"],
        sent_at=row["sent_at"],
        resent_at=row["resent_at"],
        settled_at=row["settled_at"],
        provider_call_id=row["provider_call_id"],
        has_slot=row["slot_freed_at"] is None,
        verdict=verdict.get("kind", ""),
        status=verdict.get("status"),
        words=verdict.get("words", ""),
        settled_by=settled["by"] if settled else "",
        settled_why=settled["why"] if settled else "",
    )
