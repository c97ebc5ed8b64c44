"""Replies owed to a repeated request: what was answered the first time, for a day."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from callcenter.store.database import Tx
from callcenter.store.tables import AnswerRow, table_of

ROWS = table_of(AnswerRow)
_A = ROWS.c


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The first answer to a request with an Idempotency-Key, as it was sent."""

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
    return Answer(**{name: row[name] for name in ("token_id", "key", "request_hash", "status", "body", "expires_at")})


def add(tx: Tx, answer: Answer, *, now: datetime) -> None:
    """Remembers an answer; raises IntegrityError when two requests with one key race."""
    expired = _A.expires_at <= now
    tx.execute(sa.delete(ROWS).where(_A.token_id == answer.token_id, _A.key == answer.key, expired))
    tx.execute(
        sa.insert(ROWS).values(
            token_id=answer.token_id,
            key=answer.key,
            request_hash=answer.request_hash,
            status=answer.status,
            body=answer.body,
            expires_at=answer.expires_at,
            created_at=now,
        )
    )


def forget_expired(tx: Tx, *, now: datetime) -> None:
    """Forgets the answers whose day is over."""
    tx.execute(sa.delete(ROWS).where(_A.expires_at <= now))
