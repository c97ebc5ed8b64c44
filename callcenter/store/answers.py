"""Replies owed to a repeated request: what was answered the first time, for a day."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.store.database import Tx
from callcenter.store.tables import AnswerRow, table_of

ROWS = table_of(AnswerRow)
_A = ROWS.c
_COLUMNS = ("token_id", "key", "request_hash", "status", "body", "expires_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first answer to a request with an Idempotency-Key, as it was sent; `status` 0 while it is still worked on."""

    token_id: str
    key: str
    request_hash: str
    status: int
    body: str
    expires_at: datetime


def find(tx: Tx, token_id: str, key: str, *, now: datetime) -> Answer | None:
    """Gives the answer remembered under this key, if it has not expired."""
    query = sa.select(ROWS).where(_A.token_id == token_id, _A.key == key, _A.expires_at > now)
    row = tx.execute(query).mappings().first()
    if row is None:
        return None
    return Answer(**{name: row[name] for name in _COLUMNS})


def claim(tx: Tx, answer: Answer, *, now: datetime) -> bool:
    """Takes a key for a request that is about to be worked on; False when it is taken.

    Whoever asks for the same key in another transaction waits until this one ends.
    """
    expired = _A.expires_at <= now
    tx.execute(sa.delete(ROWS).where(_A.token_id == answer.token_id, _A.key == answer.key, expired))
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    values = {name: getattr(answer, name) for name in _COLUMNS}
    taken = insert(ROWS).values(created_at=now, **values).on_conflict_do_nothing().returning(_A.key)
    return tx.execute(taken).first() is not None


def settle(tx: Tx, answer: Answer) -> None:
    """Writes the answer to a request whose key was claimed."""
    mine = sa.update(ROWS).where(_A.token_id == answer.token_id, _A.key == answer.key)
    tx.execute(mine.values(status=answer.status, body=answer.body, expires_at=answer.expires_at))


def give_up(tx: Tx, token_id: str, key: str) -> None:
    """Lets go of a key whose request failed, so that it may be tried again."""
    tx.execute(sa.delete(ROWS).where(_A.token_id == token_id, _A.key == key, _A.status == 0))


def forget_expired(tx: Tx, *, now: datetime) -> None:
    """Forgets the answers whose day is over."""
    tx.execute(sa.delete(ROWS).where(_A.expires_at <= now))
