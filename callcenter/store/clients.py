"""Load and save the clients we call for, and the installation itself."""

import contextlib
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from callcenter.domain.client import Client, Installation
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.hours import windows_from, windows_to
from callcenter.domain.notice import Notice
from callcenter.domain.retry import policy_from, policy_to
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared
from callcenter.store.tables import ClientRow, InstallationRow, table_of

ROWS = table_of(ClientRow)
_C = ROWS.c
_INSTALLATION = table_of(InstallationRow)

_SAME_COLUMNS = (
    "name",
    "timezone",
    "country",
    "is_active",
    "paused_at",
    "paused_why",
    "account_id",
    "agent_id",
    "from_number",
    "max_concurrent",
    "hours_note",
    "calls_back",
    "daily_budget",
    "hook_id",
)
_INSTALLATION_COLUMNS = (
    "install_id",
    "name",
    "country",
    "currency",
    "timezone",
    "calling_paused_at",
    "calling_paused_by",
    "calling_paused_why",
)


def add(tx: Tx, client: Client) -> None:
    """Adds a client; raises Conflict when its name is taken."""
    _refuse_taken_name(tx, client)
    values = {"id": client.client_id, "rev": client.rev, "created_at": client.created_at, **_row_of(client)}
    with _named(client.name):
        tx.execute(sa.insert(ROWS).values(values))
    tx.announce(Notice("client", client.client_id, client.client_id), Notice("slot", client.client_id))


def get(tx: Tx, client_id: str, *, lock: bool = False) -> Client:
    """Gives one client; with `lock` nobody else changes it until this transaction ends. Raises NotFound."""
    query = sa.select(ROWS).where(_C.id == client_id)
    if lock and tx.is_postgres:
        query = query.with_for_update(key_share=True)
    row = tx.execute(query).mappings().first()
    if row is None:
        raise NotFound("There is no such client.")
    return _client_of(row)


def find_by_hook(tx: Tx, hook_id: str) -> Client | None:
    """Gives the client whose webhook address has this id."""
    row = tx.execute(sa.select(ROWS).where(_C.hook_id == hook_id)).mappings().first()
    return None if row is None else _client_of(row)


_BY_NAME = sa.select(ROWS).order_by(sa.func.lower(_C.name), _C.id)


def listed(tx: Tx, *, client_ids: Sequence[str] | frozenset[str] | None = None) -> list[Client]:
    """Gives these clients (None: all), by name."""
    query = _BY_NAME if client_ids is None else _BY_NAME.where(_C.id.in_(sorted(client_ids)))
    return [_client_of(row) for row in tx.execute(query).mappings()]


def page(tx: Tx, *, client_ids: frozenset[str] | None, after: tuple[str, str] | None, limit: int) -> tuple[list[Client], int]:
    """Gives up to `limit` clients by name, those after (name, id) only, and how many there are in all."""
    mine = sa.true() if client_ids is None else _C.id.in_(sorted(client_ids))
    query = sa.select(ROWS).where(mine).order_by(_C.name, _C.id).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(_C.name, _C.id) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1])))
    total = tx.execute(sa.select(sa.func.count()).select_from(ROWS).where(mine)).scalar_one()
    return [_client_of(row) for row in tx.execute(query).mappings()], total


_OF_ACCOUNT = Prepared(sa.select(ROWS).where(_C.account_id == sa.bindparam("b_account")))


def of_account(tx: Tx, account_id: str) -> list[Client]:
    """Gives the clients who call through one account."""
    return [_client_of(row) for row in _OF_ACCOUNT.rows(tx, {"b_account": account_id})]


def with_from_number(tx: Tx, account_id: str, number: str) -> list[Client]:
    """Gives the clients of an account who call from this number."""
    query = sa.select(ROWS).where(_C.account_id == account_id, _C.from_number == number)
    return [_client_of(row) for row in tx.execute(query).mappings()]


def save(tx: Tx, before: Client, after: Client, *, now: datetime) -> Client:
    """Saves a changed client and announces it; raises Conflict if it changed meanwhile or its new name is taken."""
    if after.name != before.name:
        _refuse_taken_name(tx, after)
    saved = replace(after, rev=before.rev + 1, updated_at=now)
    change = sa.update(ROWS).where(_C.id == saved.client_id, _C.rev == before.rev)
    with _named(saved.name):
        done = tx.execute(change.values(rev=saved.rev, **_row_of(saved)))
    if done.rowcount != 1:
        raise Conflict("Someone changed this client a moment ago. Look at it again.")
    tx.announce(Notice("client", saved.client_id, saved.client_id), Notice("slot", saved.client_id))
    return saved


def heard_from(tx: Tx, client_id: str, *, now: datetime) -> None:
    """Notes that a delivery for this client came in and was authentic."""
    tx.execute(sa.update(ROWS).where(_C.id == client_id).values(last_event_at=now))


def last_event_at(tx: Tx, client_id: str) -> datetime | None:
    """Gives when the last authentic delivery for this client came in."""
    return tx.execute(sa.select(_C.last_event_at).where(_C.id == client_id)).scalar_one_or_none()


# The installation ----------------------------------------------------------------------------------------------------


_THIS = Prepared(sa.select(_INSTALLATION))


def find_installation(tx: Tx) -> Installation | None:
    """Gives this installation; None before its first start."""
    row = next(iter(_THIS.rows(tx, {})), None)
    return None if row is None else Installation(**{name: row[name] for name in _INSTALLATION_COLUMNS})


def get_installation(tx: Tx) -> Installation:
    """Gives this installation; raises NotFound before its first start."""
    found = find_installation(tx)
    if found is None:
        raise NotFound("This installation has not been started yet.")
    return found


def add_installation(tx: Tx, installation: Installation, *, now: datetime) -> None:
    """Adds the one row of the installation."""
    values = {name: getattr(installation, name) for name in _INSTALLATION_COLUMNS}
    tx.execute(sa.insert(_INSTALLATION).values(id=1, created_at=now, updated_at=now, **values))


def save_installation(tx: Tx, installation: Installation, *, now: datetime) -> None:
    """Saves the installation and announces it."""
    values = {name: getattr(installation, name) for name in _INSTALLATION_COLUMNS}
    tx.execute(sa.update(_INSTALLATION).values(updated_at=now, **values))
    tx.announce(Notice("installation", id=installation.install_id), Notice("slot"))


def setup_code_hash(tx: Tx) -> str | None:
    """Gives the hash of the one-time code with which the first person may sign up; None when there is none."""
    return tx.execute(sa.select(_INSTALLATION.c.setup_code_hash)).scalar_one_or_none()


def save_setup_code_hash(tx: Tx, code_hash: str | None, *, expected: str | None = None) -> bool:
    """Sets the hash of the one-time code; with `expected` only if that was it. Gives whether it was changed."""
    change = sa.update(_INSTALLATION)
    if expected is not None:
        change = change.where(_INSTALLATION.c.setup_code_hash == expected)
    return tx.execute(change.values(setup_code_hash=code_hash)).rowcount == 1


# Rows to values ------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _named(name: str) -> Generator[None]:
    """Turns the unique index on names into a Conflict, for two who took a name at the same time."""
    try:
        yield
    except IntegrityError as error:
        if "name" not in str(error.orig):
            raise
        raise Conflict(f"There is a client named {name} already.") from error


def _refuse_taken_name(tx: Tx, client: Client) -> None:
    taken = sa.select(_C.id).where(_C.name == client.name, _C.id != client.client_id)
    if tx.execute(taken).first() is not None:
        raise Conflict(f"There is a client named {client.name} already.")


def _row_of(client: Client) -> dict[str, Any]:
    retry = client.retry
    return {name: getattr(client, name) for name in _SAME_COLUMNS} | {
        "calling_hours": windows_to(client.calling_hours),
        "retry": None if retry is None else policy_to(retry),
        "variables": dict(client.variables),
        "updated_at": client.updated_at,
    }


def _client_of(row: Mapping[Any, Any]) -> Client:
    retry = row["retry"]
    return Client(
        client_id=row["id"],
        **{name: row[name] for name in _SAME_COLUMNS},
        calling_hours=windows_from(row["calling_hours"], field="callingHours"),
        retry=None if retry is None else policy_from(retry),
        variables=row["variables"],
        rev=row["rev"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
