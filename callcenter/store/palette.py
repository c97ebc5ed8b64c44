"""Batches and clients by a part of their name, for the command palette."""

import sqlalchemy as sa

from callcenter.domain.user import Actor
from callcenter.store.database import Tx
from callcenter.store.paging import visible_to
from callcenter.store.tables import BatchRow, ClientRow, table_of

_B = table_of(BatchRow).c
_C = table_of(ClientRow).c


def clients(tx: Tx, actor: Actor, text: str, *, limit: int) -> list[tuple[str, str]]:
    """Gives (id, name) of clients whose name holds this text."""
    query = sa.select(_C.id, _C.name).where(_C.name.icontains(text, autoescape=True), *visible_to(_C.id, actor))
    return [(row[0], row[1]) for row in tx.execute(query.order_by(_C.name).limit(limit))]


def batches(tx: Tx, actor: Actor, text: str, *, limit: int) -> list[tuple[str, str, str]]:
    """Gives (id, name, client's name) of batches whose name holds this text, newest first."""
    query = sa.select(_B.id, _B.name, _C.name).join_from(table_of(BatchRow), table_of(ClientRow), _C.id == _B.client_id)
    query = query.where(_B.name.icontains(text, autoescape=True), *visible_to(_B.client_id, actor))
    return [(row[0], row[1], row[2]) for row in tx.execute(query.order_by(_B.created_at.desc()).limit(limit))]
