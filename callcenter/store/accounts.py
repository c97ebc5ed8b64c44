"""Load and save Retell accounts, their keys and the numbers they call from."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from callcenter.domain.client import Account, AccountKey, FromNumber
from callcenter.domain.errors import NotFound
from callcenter.domain.notice import Notice
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared
from callcenter.store.tables import AccountKeyRow, AccountRow, ClientRow, FromNumberRow, table_of

ROWS = table_of(AccountRow)
_A = ROWS.c
_KEYS = table_of(AccountKeyRow)
_K = _KEYS.c
_NUMBERS = table_of(FromNumberRow)
_N = _NUMBERS.c

_COLUMNS = (
    "is_simulated",
    "is_default",
    "org_id",
    "provider_limit",
    "reserved_inbound",
    "in_use",
    "limits_read_at",
    "own_limit",
    "pace_per_second",
    "learned_pace",
    "paced_at",
    "paused_at",
    "paused_why",
    "breaker_until",
    "swept_to",
    "clock_ahead_s",
    "may_resend",
    "epoch",
    "holder",
    "expires_at",
)
_KEY_COLUMNS = ("account_id", "is_simulated", "sealed", "last4", "fingerprint", "retired_at")


def add(tx: Tx, account: Account, *, now: datetime) -> None:
    """Adds an account."""
    values = {name: getattr(account, name) for name in _COLUMNS}
    tx.execute(sa.insert(ROWS).values(id=account.account_id, created_at=now, updated_at=now, **values))
    tx.announce(Notice("account", id=account.account_id))


_OF_ID = sa.select(ROWS).where(_A.id == sa.bindparam("b_id"))
_BY_ID, _LOCKED = Prepared(_OF_ID), Prepared(_OF_ID.with_for_update(key_share=True))


def get(tx: Tx, account_id: str, *, lock: bool = False) -> Account:
    """Gives one account; with `lock` nobody else changes it until this transaction ends. Raises NotFound."""
    found = (_LOCKED if lock and tx.is_postgres else _BY_ID).rows(tx, {"b_id": account_id})
    if not found:
        raise NotFound("There is no such account.")
    return _account_of(found[0])


def find_default(tx: Tx) -> Account | None:
    """Gives the account that clients without a key of their own use."""
    row = tx.execute(sa.select(ROWS).where(_A.is_default)).mappings().first()
    return None if row is None else _account_of(row)


_LISTED = Prepared(sa.select(ROWS).order_by(_A.id))


def listed(tx: Tx) -> list[Account]:
    """Gives every account, oldest first."""
    return [_account_of(row) for row in _LISTED.rows(tx, {})]


def set_values(tx: Tx, account_id: str, *, now: datetime, **values: Any) -> None:
    """Sets columns of an account and announces it; who dials (epoch, holder, expires_at) is slots.py's business."""
    tx.execute(sa.update(ROWS).where(_A.id == account_id).values(updated_at=now, **values))
    tx.announce(Notice("account", id=account_id), Notice("slot"))


# Keys ----------------------------------------------------------------------------------------------------------------


def add_key(tx: Tx, key: AccountKey, *, now: datetime) -> None:
    """Adds a key to an account."""
    values = {name: getattr(key, name) for name in _KEY_COLUMNS}
    tx.execute(sa.insert(_KEYS).values(id=key.key_id, created_at=now, updated_at=now, **values))
    tx.announce(Notice("account", id=key.account_id))


def find_key(tx: Tx, *, is_simulated: bool, fingerprint: str) -> AccountKey | None:
    """Gives the key with this fingerprint, retired or not: a known key leads to its account."""
    query = sa.select(_KEYS).where(_K.is_simulated == is_simulated, _K.fingerprint == fingerprint)
    row = tx.execute(query).mappings().first()
    return None if row is None else _key_of(row)


_ALL_KEYS = sa.select(_KEYS).order_by(_K.retired_at.is_not(None), _K.updated_at.desc(), _K.id.desc())


def keys_of(tx: Tx, account_ids: Sequence[str] | None = None) -> list[AccountKey]:
    """Gives the keys of these accounts (None: of all), those in use before the retired ones, newest first."""
    query = _ALL_KEYS if account_ids is None else _ALL_KEYS.where(_K.account_id.in_(list(account_ids)))
    return [_key_of(row) for row in tx.execute(query).mappings()]


def retire_other_keys(tx: Tx, account_id: str, *, but: str | None, now: datetime) -> None:
    """Retires the keys of an account, all `but` one; signatures made with them are accepted a while longer."""
    others = sa.update(_KEYS).where(_K.account_id == account_id, _K.retired_at.is_(None))
    if but is not None:
        others = others.where(_K.id != but)
    tx.execute(others.values(retired_at=now, updated_at=now))
    tx.announce(Notice("account", id=account_id))


def revive_key(tx: Tx, key: AccountKey, *, now: datetime) -> None:
    """Takes a key that had been retired into use again."""
    tx.execute(sa.update(_KEYS).where(_K.id == key.key_id).values(retired_at=None, updated_at=now))
    tx.announce(Notice("account", id=key.account_id))


def save_sealed(tx: Tx, key_id: str, sealed: str) -> None:
    """Replaces the sealed form of a key, after the secret that seals has changed."""
    tx.execute(sa.update(_KEYS).where(_K.id == key_id).values(sealed=sealed))


def adopt_clients(tx: Tx, account_id: str) -> None:
    """Puts the clients without any account on this one."""
    clients = table_of(ClientRow)
    tx.execute(sa.update(clients).where(clients.c.account_id.is_(None)).values(account_id=account_id))


# From-numbers --------------------------------------------------------------------------------------------------------


def numbers_of(tx: Tx, account_id: str) -> list[FromNumber]:
    """Gives the numbers an account calls from."""
    query = sa.select(_NUMBERS).where(_N.account_id == account_id).order_by(_N.number)
    return [_number_of(row) for row in tx.execute(query).mappings()]


_PACES = Prepared(
    sa.select(_N.number, _N.pace_per_second).where(
        _N.account_id == sa.bindparam("b_account"), _N.pace_per_second.is_not(None)
    )
)  # fmt: skip


def paces_of_numbers(tx: Tx, account_id: str) -> dict[str, float]:
    """Gives the calls per second of those numbers of an account that have a limit of their own."""
    return {row["number"]: row["pace_per_second"] for row in _PACES.rows(tx, {"b_account": account_id})}


def save_numbers(tx: Tx, account_id: str, numbers: Sequence[FromNumber], *, now: datetime) -> None:
    """Remembers the numbers as the provider has just listed them; one it no longer lists is marked gone."""
    known = {each.number: each for each in numbers_of(tx, account_id)}
    listed_now = {each.number for each in numbers}
    for each in numbers:
        seen = {"nickname": each.nickname, "agent_id": each.agent_id, "seen_at": now, "updated_at": now}
        if each.number not in known:
            keys = {"id": each.number_id, "account_id": account_id, "number": each.number, "created_at": now}
            tx.execute(sa.insert(_NUMBERS).values(pace_per_second=None, state="ok", **keys, **seen))
            continue
        state = "ok" if known[each.number].state == "gone" else known[each.number].state
        mine = sa.update(_NUMBERS).where(_N.account_id == account_id, _N.number == each.number)
        tx.execute(mine.values(state=state, **seen))
    gone = sa.update(_NUMBERS).where(_N.account_id == account_id, _N.number.not_in(listed_now))
    tx.execute(gone.values(state="gone", updated_at=now))


def mark_number(tx: Tx, account_id: str, number: str, *, state: str, now: datetime) -> None:
    """Marks a number `ok`, `spam` or `gone`."""
    set_number(tx, account_id, number, now=now, state=state)


def set_number(tx: Tx, account_id: str, number: str, *, now: datetime, **values: Any) -> None:
    """Sets columns of a number and announces its account."""
    mine = sa.update(_NUMBERS).where(_N.account_id == account_id, _N.number == number)
    tx.execute(mine.values(updated_at=now, **values))
    tx.announce(Notice("account", id=account_id), Notice("slot"))


# Rows to values ------------------------------------------------------------------------------------------------------


def _account_of(row: Mapping[Any, Any]) -> Account:
    return Account(account_id=row["id"], **{name: row[name] for name in _COLUMNS})


def _key_of(row: sa.RowMapping) -> AccountKey:
    return AccountKey(key_id=row["id"], **{name: row[name] for name in _KEY_COLUMNS})


def _number_of(row: sa.RowMapping) -> FromNumber:
    names = ("account_id", "number", "nickname", "agent_id", "pace_per_second", "state", "seen_at")
    return FromNumber(number_id=row["id"], **{name: row[name] for name in names})
