"""Load and save the people of the team and how they sign in: sessions, tokens, failed tries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.notice import Notice
from callcenter.domain.user import Role, User
from callcenter.store.database import Tx
from callcenter.store.tables import (
    SessionRow,
    SignInFailureRow,
    UserClientRow,
    UserRow,
    table_of,
)

ROWS = table_of(UserRow)
_U = ROWS.c
_LINKS = table_of(UserClientRow)
_SESSIONS = table_of(SessionRow)
_S = _SESSIONS.c
_FAILURES = table_of(SignInFailureRow)
_F = _FAILURES.c

_COLUMNS = ("email", "name", "is_limited", "timezone", "is_active")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One sign-in; `hash` is all we keep of its secret."""

    session_id: str
    user_id: str
    hash: str
    expires_at: datetime
    seen_at: datetime
    address: str = ""
    user_agent: str = ""
    created_at: datetime


def add(tx: Tx, user: User, *, password_hash: str | None, now: datetime, is_demo: bool = False) -> None:
    """Adds a person; raises Conflict when the address is taken."""
    if find_by_email(tx, user.email) is not None:
        raise Conflict(f"There is a person with the address {user.email} already.")
    values = {name: getattr(user, name) for name in _COLUMNS}
    tx.execute(
        sa.insert(ROWS).values(
            id=user.user_id,
            role=user.role.value,
            password_hash=password_hash,
            is_demo=is_demo,
            created_at=now,
            updated_at=now,
            **values,
        )
    )
    _save_clients(tx, user)
    tx.announce(Notice("user", id=user.user_id))


def get(tx: Tx, user_id: str, *, lock: bool = False) -> User:
    """Gives one person; raises NotFound."""
    query = sa.select(ROWS).where(_U.id == user_id)
    if lock and tx.is_postgres:
        query = query.with_for_update(key_share=True)
    row = tx.execute(query).mappings().first()
    if row is None:
        raise NotFound("There is no such person.")
    return _users_of(tx, [row])[0]


def find_by_email(tx: Tx, email: str) -> User | None:
    """Gives the person with this address, in any case."""
    row = tx.execute(sa.select(ROWS).where(_U.email == email.lower())).mappings().first()
    return None if row is None else _users_of(tx, [row])[0]


def find_demo(tx: Tx) -> User | None:
    """Gives the person the demo made."""
    row = tx.execute(sa.select(ROWS).where(_U.is_demo)).mappings().first()
    return None if row is None else _users_of(tx, [row])[0]


def listed(tx: Tx) -> list[User]:
    """Gives everybody, by name."""
    return _users_of(tx, tx.execute(sa.select(ROWS).order_by(sa.func.lower(_U.name), _U.email)).mappings().all())


def any_exists(tx: Tx) -> bool:
    """Says whether anybody has been added yet."""
    return tx.execute(sa.select(_U.id).limit(1)).first() is not None


def save(tx: Tx, user: User, *, now: datetime, rev: int | None = None) -> User:
    """Saves a changed person; with `rev` only if that is still theirs, else raises Conflict."""
    change = sa.update(ROWS).where(_U.id == user.user_id)
    if rev is not None:
        change = change.where(_U.rev == rev)
    values = {name: getattr(user, name) for name in _COLUMNS}
    done = tx.execute(change.values(role=user.role.value, rev=_U.rev + 1, updated_at=now, **values))
    if done.rowcount != 1:
        raise Conflict("Someone changed this person a moment ago. Look at them again.")
    _save_clients(tx, user)
    tx.announce(Notice("user", id=user.user_id))
    return user


def password_hash(tx: Tx, user_id: str) -> str | None:
    """Gives the hash of a person's password; None for one who has none."""
    return tx.execute(sa.select(_U.password_hash).where(_U.id == user_id)).scalar_one_or_none()


def save_password(tx: Tx, user_id: str, password_hash: str, *, now: datetime) -> None:
    """Sets a person's password by its hash."""
    change = sa.update(ROWS).where(_U.id == user_id)
    tx.execute(change.values(password_hash=password_hash, rev=_U.rev + 1, updated_at=now))
    tx.announce(Notice("user", id=user_id))


def save_rehash(tx: Tx, user_id: str, *, old: str, new: str) -> None:
    """Replaces a hash by a stronger one of the same password."""
    tx.execute(sa.update(ROWS).where(_U.id == user_id, _U.password_hash == old).values(password_hash=new))


def count_other_admins(tx: Tx, user_id: str) -> int:
    """Counts the admins besides this person who can still sign in and see everything."""
    query = sa.select(_U.id).where(_U.role == Role.ADMIN.value, _U.is_active, _U.id != user_id, ~_U.is_limited)
    if tx.is_postgres:
        query = query.with_for_update(key_share=True)  # else two admins could each remove the other
    return len(tx.execute(query).all())


# Sessions ------------------------------------------------------------------------------------------------------------


def add_session(tx: Tx, session: Session) -> None:
    """Adds a sign-in."""
    tx.execute(
        sa.insert(_SESSIONS).values(
            id=session.session_id,
            user_id=session.user_id,
            hash=session.hash,
            expires_at=session.expires_at,
            seen_at=session.seen_at,
            address=session.address,
            user_agent=session.user_agent,
            created_at=session.created_at,
        )
    )
    tx.execute(sa.update(ROWS).where(_U.id == session.user_id).values(last_seen_at=session.seen_at))


def find_session(tx: Tx, session_hash: str) -> tuple[Session, User] | None:
    """Gives the sign-in with this hash and whose it is."""
    row = tx.execute(sa.select(_SESSIONS).where(_S.hash == session_hash)).mappings().first()
    return None if row is None else (_session_of(row), get(tx, row["user_id"]))


def sessions_of(tx: Tx, user_id: str) -> list[Session]:
    """Gives a person's sign-ins, newest first."""
    query = sa.select(_SESSIONS).where(_S.user_id == user_id).order_by(_S.seen_at.desc())
    return [_session_of(row) for row in tx.execute(query).mappings()]


def touch_session(tx: Tx, session: Session, *, now: datetime) -> None:
    """Notes that a sign-in is in use."""
    tx.execute(sa.update(_SESSIONS).where(_S.id == session.session_id).values(seen_at=now))
    tx.execute(sa.update(ROWS).where(_U.id == session.user_id).values(last_seen_at=now))


def end_session(tx: Tx, session_hash: str) -> None:
    """Ends one sign-in."""
    found = find_session(tx, session_hash)
    if found is not None:
        tx.execute(sa.delete(_SESSIONS).where(_S.hash == session_hash))
        tx.announce(Notice("user", id=found[1].user_id))


def end_sessions_of(tx: Tx, user_id: str, *, session_id: str | None = None) -> None:
    """Ends every sign-in of a person, or one of them."""
    theirs = sa.delete(_SESSIONS).where(_S.user_id == user_id)
    tx.execute(theirs if session_id is None else theirs.where(_S.id == session_id))
    tx.announce(Notice("user", id=user_id))


def end_old_sessions(tx: Tx, *, now: datetime, idle: timedelta) -> None:
    """Forgets the sign-ins that nobody can use any more."""
    tx.execute(sa.delete(_SESSIONS).where(sa.or_(_S.expires_at <= now, _S.seen_at <= now - idle)))


# Failed tries --------------------------------------------------------------------------------------------------------


def failures(tx: Tx, key: str, *, now: datetime) -> tuple[int, datetime]:
    """Gives how many tries under this key failed, and when the last one did; others who count it wait until we are done."""
    insert = postgresql.insert if tx.is_postgres else sqlite.insert
    tx.execute(insert(_FAILURES).values(key=key, count=0, last_at=now).on_conflict_do_nothing())  # a row to lock
    query = sa.select(_F["count"], _F.last_at).where(_F.key == key)
    row = tx.execute(query.with_for_update(key_share=True) if tx.is_postgres else query).one()
    return row[0], row[1]


def save_failures(tx: Tx, key: str, count: int, *, now: datetime) -> None:
    """Sets how many tries under this key failed, and when."""
    tx.execute(sa.update(_FAILURES).where(_F.key == key).values(count=max(count, 0), last_at=now))


def forget_failures(tx: Tx, *, before: datetime) -> None:
    """Forgets the failures nobody has added to for long."""
    tx.execute(sa.delete(_FAILURES).where(_F.last_at < before))


# Rows to values ------------------------------------------------------------------------------------------------------


def _save_clients(tx: Tx, user: User) -> None:
    tx.execute(sa.delete(_LINKS).where(_LINKS.c.user_id == user.user_id))
    if user.client_ids:
        tx.execute(sa.insert(_LINKS), [{"user_id": user.user_id, "client_id": each} for each in sorted(user.client_ids)])


def _users_of(tx: Tx, rows: Sequence[sa.RowMapping]) -> list[User]:
    links: dict[str, set[str]] = {}
    for user_id, client_id in tx.execute(
        sa.select(_LINKS.c.user_id, _LINKS.c.client_id).where(_LINKS.c.user_id.in_([row["id"] for row in rows]))
    ):
        links.setdefault(user_id, set()).add(client_id)
    return [_user_of(row, frozenset(links.get(row["id"], ()))) for row in rows]


def _user_of(row: sa.RowMapping, client_ids: frozenset[str]) -> User:
    return User(
        user_id=row["id"], role=Role(row["role"]), has_password=row["password_hash"] is not None, client_ids=client_ids,
        created_at=row["created_at"], rev=row["rev"], last_seen_at=row["last_seen_at"], is_demo=row["is_demo"],
        **{name: row[name] for name in _COLUMNS},
    )  # fmt: skip


def _session_of(row: sa.RowMapping) -> Session:
    names = ("user_id", "hash", "expires_at", "seen_at", "address", "user_agent", "created_at")
    return Session(session_id=row["id"], **{name: row[name] for name in names})
