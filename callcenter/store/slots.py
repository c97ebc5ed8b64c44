"""Count, claim and free places under a cap; the one file about locking.

There is no table of slots: a dial holds one until `slot_freed_at` is set. Two walls keep caps from being broken when several
processes dial: the lease says who plans for an account at all, and the account's row stays locked while places are counted and
taken, so that even two who both believe they lead count one after the other.

On PostgreSQL rows are locked FOR NO KEY UPDATE (`key_share`), here and wherever a row is read to be changed. FOR UPDATE would
also hold up everybody who adds a row that refers to the locked one, an event of an account, a dial of a client; and when those
hold what the first one waits for next, that is a deadlock.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared
from callcenter.store.tables import AccountRow, ClientRow, DialRow, table_of

_TABLE = table_of(AccountRow)
_ACCOUNTS = _TABLE.c
_DIALS = table_of(DialRow).c
_CLIENTS = table_of(ClientRow).c

LEASE = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Used:
    """Places taken: in one account in all, and by each client and batch wherever they have them."""

    total: int
    by_client: dict[str, int]
    by_batch: dict[str, int]


def lock(tx: Tx, account_id: str) -> None:
    """Makes everyone else who counts places of this account wait; SQLite's writing transaction does so anyway."""
    if tx.is_postgres:
        tx.execute(sa.select(_ACCOUNTS.id).where(_ACCOUNTS.id == account_id).with_for_update(key_share=True))


def lock_client(tx: Tx, client_id: str) -> None:
    """The same for the account of a client: what is decided about the client from here on, every later dial obeys.

    Take it before any other lock. A dial that was being planned is committed before; without this it might be after.
    """
    if tx.is_postgres:
        mine = sa.select(_CLIENTS.account_id).where(_CLIENTS.id == client_id).scalar_subquery()
        tx.execute(sa.select(_ACCOUNTS.id).where(_ACCOUNTS.id == mine).with_for_update(key_share=True))


def lock_all(tx: Tx) -> None:
    """The same for every account."""
    if tx.is_postgres:
        tx.execute(sa.select(_ACCOUNTS.id).order_by(_ACCOUNTS.id).with_for_update(key_share=True))


# what is taken anywhere is a short list with an index of its own: counting all of it beats looking through an account's past
_HOLDERS = (_DIALS.account_id, _DIALS.client_id, _DIALS.batch_id)
_USED = Prepared(sa.select(*_HOLDERS, sa.func.count().label("taken")).where(_DIALS.slot_freed_at.is_(None)).group_by(*_HOLDERS))


def used(tx: Tx, account_id: str) -> Used:
    """Counts the places taken now; call it after `lock` when something is to be taken.

    Clients and batches are counted with what they have on other accounts: a client that has changed its key may still have
    calls there, and its cap is one.
    """
    total = 0
    by_client: dict[str, int] = {}
    by_batch: dict[str, int] = {}
    for row in _USED.rows(tx, {}):
        client_id, batch_id, taken = row["client_id"], row["batch_id"], row["taken"]
        total += taken if row["account_id"] == account_id else 0
        by_client[client_id] = by_client.get(client_id, 0) + taken
        if batch_id:
            by_batch[batch_id] = by_batch.get(batch_id, 0) + taken
    return Used(total, by_client, by_batch)


_HOLDER = sa.bindparam("b_holder", type_=_ACCOUNTS.holder.type)
_AT = sa.bindparam("b_at", type_=_ACCOUNTS.expires_at.type)
_TO_HAVE = sa.update(_TABLE).where(_ACCOUNTS.id == sa.bindparam("b_id"))
_UNTIL = sa.bindparam("b_until", type_=_ACCOUNTS.expires_at.type)
_RENEW = Prepared(_TO_HAVE.where(_ACCOUNTS.holder == _HOLDER, _ACCOUNTS.expires_at > _AT).values(expires_at=_UNTIL))
_TAKE = Prepared(
    _TO_HAVE.where(sa.or_(_ACCOUNTS.holder.is_(None), _ACCOUNTS.expires_at <= _AT, _ACCOUNTS.holder == _HOLDER)).values(
        holder=_HOLDER, expires_at=_UNTIL, epoch=_ACCOUNTS.epoch + 1
    )
)
_EPOCH = Prepared(sa.select(_ACCOUNTS.epoch).where(_ACCOUNTS.id == sa.bindparam("b_id")))


def lease(tx: Tx, account_id: str, holder: str, *, now: datetime) -> int | None:
    """Takes or renews the right to dial for an account; gives the epoch, or None while another process has it.

    The epoch rises whenever the holder changes, and every dial carries the one it was planned under.
    """
    at = _database_time(tx, now)
    facts = {"b_id": account_id, "b_holder": holder, "b_at": at, "b_until": at + LEASE}
    if _RENEW.count(tx, facts) != 1 and _TAKE.count(tx, facts) != 1:
        return None
    return int(_EPOCH.rows(tx, {"b_id": account_id})[0]["epoch"])


def _holding(is_postgres: bool) -> sa.Select[Any]:
    at = sa.func.clock_timestamp() if is_postgres else sa.bindparam("b_now", type_=_ACCOUNTS.expires_at.type)
    mine = (_ACCOUNTS.id == sa.bindparam("b_id"), _ACCOUNTS.holder == sa.bindparam("b_holder"))
    return sa.select(_ACCOUNTS.id).where(*mine, _ACCOUNTS.epoch == sa.bindparam("b_epoch"), _ACCOUNTS.expires_at > at)


_HOLDS = Prepared(_holding)


def holds(tx: Tx, account_id: str, holder: str, epoch: int, *, now: datetime) -> bool:
    """Whether this process still has the lease under this epoch; checked in the very transaction that plans."""
    known = {"b_id": account_id, "b_holder": holder, "b_epoch": epoch}
    return bool(_HOLDS.rows(tx, known if tx.is_postgres else {**known, "b_now": now}))


def release(tx: Tx, holder: str, *, now: datetime) -> None:
    """Gives all leases back at a clean stop, so that another process goes on at once."""
    table = _TABLE
    tx.execute(sa.update(table).where(_ACCOUNTS.holder == holder).values(expires_at=now, holder=None))


def _database_time(tx: Tx, now: datetime) -> datetime:
    # between machines only the database's clock is common; on SQLite there is one machine and one clock
    return tx.execute(sa.select(sa.func.clock_timestamp())).scalar_one() if tx.is_postgres else now
