"""Load and save REST tokens; a token itself is never stored, only its hash."""

from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.errors import NotFound
from callcenter.domain.notice import Notice
from callcenter.domain.user import Role, Token
from callcenter.store.database import Tx
from callcenter.store.tables import TokenRow, table_of

ROWS = table_of(TokenRow)
_T = ROWS.c

_COLUMNS = ("name", "last4", "client_id", "expires_at", "last_used_at", "revoked_at", "created_by", "created_at")


def add(tx: Tx, token: Token, *, token_hash: str) -> None:
    """Adds a token."""
    values = {name: getattr(token, name) for name in _COLUMNS}
    tx.execute(
        sa.insert(ROWS).values(id=token.token_id, hash=token_hash, role=token.role.value, updated_at=token.created_at, **values)
    )
    tx.announce(Notice("user", id=token.token_id))


def find(tx: Tx, token_hash: str) -> Token | None:
    """Gives the token with this hash, whether it may still be used or not."""
    row = tx.execute(sa.select(ROWS).where(_T.hash == token_hash)).mappings().first()
    return None if row is None else _token_of(row)


def listed(tx: Tx) -> list[Token]:
    """Gives every token, newest first."""
    return [_token_of(row) for row in tx.execute(sa.select(ROWS).order_by(_T.id.desc())).mappings()]


def touch(tx: Tx, token_id: str, *, now: datetime) -> None:
    """Notes that a token was used."""
    tx.execute(sa.update(ROWS).where(_T.id == token_id).values(last_used_at=now))


def revoke(tx: Tx, token_id: str, *, now: datetime) -> Token:
    """Ends a token for good; raises NotFound."""
    row = tx.execute(sa.select(ROWS).where(_T.id == token_id)).mappings().first()
    if row is None:
        raise NotFound("There is no such token.")
    change = sa.update(ROWS).where(_T.id == token_id, _T.revoked_at.is_(None))
    tx.execute(change.values(revoked_at=now, updated_at=now))
    tx.announce(Notice("user", id=token_id))
    return _token_of(row)


def _token_of(row: sa.RowMapping) -> Token:
    return Token(token_id=row["id"], role=Role(row["role"]), **{name: row[name] for name in _COLUMNS})
