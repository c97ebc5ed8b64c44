"""Provider events as received, each remembered once."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from callcenter.domain.notice import Notice
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared, among
from callcenter.store.tables import InboxRow, RefusedDeliveryRow, table_of

ROWS = table_of(InboxRow)
REFUSED = table_of(RefusedDeliveryRow)
_C = ROWS.c

KEPT_REFUSALS = 1_000

_OTHER_COLUMNS = ("id", "body", "changed", "created_at", "updated_at")

_SAME_COLUMNS = (
    "account_id", "client_id", "source", "kind", "provider_call_id", "token", "sha256", "received_at", "signed_at", "state",
    "error", "tries", "call_id", "copies", "took_ms",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)  # no slots: see domain/changing.py
class Letter:
    """One thing the provider told us, as it came. `source` is webhook, get, list or us; `body` the raw bytes."""

    inbox_id: str
    account_id: str
    client_id: str | None = None
    source: str
    kind: str
    provider_call_id: str | None
    token: str | None
    sha256: str
    body: bytes
    received_at: datetime
    signed_at: datetime | None = None
    state: str = "new"
    error: str | None = None
    tries: int = 0
    call_id: str | None = None
    copies: int = 1
    took_ms: int | None = None
    changed: Mapping[str, Any] | None = None


def _known(is_postgres: bool) -> Any:
    some = among(_C.sha256, "b_some", is_postgres=is_postgres)
    return sa.select(_C.sha256).where(_C.account_id == sa.bindparam("b_account"), some)


_KNOWN = Prepared(_known)
_COPY = Prepared(
    sa.update(ROWS)
    .where(_C.account_id == sa.bindparam("b_account"), _C.sha256 == sa.bindparam("b_sha"))
    .values(copies=_C.copies + 1)
)


def known(tx: Tx, account_id: str, sha256s: Sequence[str]) -> set[str]:
    """Gives which of these bodies are here already."""
    return {row["sha256"] for row in _KNOWN.rows(tx, {"b_account": account_id, "b_some": list(sha256s)})}


def count_copy(tx: Tx, account_id: str, sha256: str) -> None:
    """Counts another copy of a body that is here."""
    _COPY.count(tx, {"b_account": account_id, "b_sha": sha256})


def is_known(tx: Tx, account_id: str, sha256: str) -> bool:
    """Whether this body is here already; if so its copy is counted."""
    if not known(tx, account_id, [sha256]):
        return False
    count_copy(tx, account_id, sha256)
    return True


def add(tx: Tx, *letters: Letter) -> None:
    """Remembers letters; one whose body another transaction has just remembered is passed over."""
    if letters:
        _ADD.many(tx, [_row_of(letter) for letter in letters])
    tx.announce(*(Notice("event", letter.client_id, letter.inbox_id) for letter in letters))


def _row_of(letter: Letter) -> dict[str, Any]:
    row = {name: getattr(letter, name) for name in _SAME_COLUMNS}
    row["id"] = letter.inbox_id
    row["body"] = zlib.compress(letter.body, 1)
    row["changed"] = dict(letter.changed) if letter.changed else None
    row["created_at"] = row["updated_at"] = letter.received_at
    return row


def _adding(is_postgres: bool) -> Any:
    insert = postgresql.insert if is_postgres else sqlite.insert
    given = {name: sa.bindparam(name, type_=_C[name].type) for name in (*_SAME_COLUMNS, *_OTHER_COLUMNS)}
    return insert(ROWS).values(given).on_conflict_do_nothing(index_elements=["account_id", "sha256"])


_ADD = Prepared(_adding)


def _still_new(is_postgres: bool) -> Any:
    return sa.select(_C.id).where(among(_C.id, "b_ids", is_postgres=is_postgres), _C.state == "new")


_SETTLED_COLUMNS = ("state", "error", "tries", "call_id", "took_ms", "changed", "updated_at")
_STILL_NEW = Prepared(_still_new)
_SETTLE = Prepared(
    sa.update(ROWS)
    .where(_C.id == sa.bindparam("b_id"), _C.state == "new")
    .values({name: sa.bindparam(f"b_{name}", type_=_C[name].type) for name in _SETTLED_COLUMNS})
)


def still_new(tx: Tx, inbox_ids: Sequence[str]) -> set[str]:
    """Gives which of these letters nobody has folded yet."""
    return {row["id"] for row in _STILL_NEW.rows(tx, {"b_ids": list(inbox_ids)})}


def settle(tx: Tx, letter: Letter, *, now: datetime) -> None:
    """Saves what became of a letter that was new, unless somebody else has settled it meanwhile."""
    row = {f"b_{name}": getattr(letter, name) for name in _SETTLED_COLUMNS if name not in ("changed", "updated_at")}
    changed = dict(letter.changed) if letter.changed else None
    if _SETTLE.count(tx, row | {"b_id": letter.inbox_id, "b_changed": changed, "b_updated_at": now}):
        tx.announce(Notice("event", letter.client_id, letter.inbox_id))


def mark(tx: Tx, inbox_id: str, state: str, *, now: datetime, was: str | None = None, **values: Any) -> None:
    """Says what became of a letter: folded, unmatched, stale or poison, with `error`, `call_id`, `changed`, `tries`.

    With `was` only if it is still in that state.
    """
    conditions = [_C.id == inbox_id, *([_C.state == was] if was else [])]
    tx.execute(sa.update(ROWS).where(*conditions).values(state=state, updated_at=now, **values))


def find(tx: Tx, inbox_id: str) -> Letter | None:
    """Gives one letter, if it is kept."""
    row = tx.execute(sa.select(ROWS).where(_C.id == inbox_id)).mappings().first()
    return None if row is None else _letter_of(row)


def id_of(tx: Tx, account_id: str, sha256: str) -> str | None:
    """Gives the id of the letter with this body, if it came."""
    return tx.execute(sa.select(_C.id).where(_C.account_id == account_id, _C.sha256 == sha256)).scalar()


def why_refused(tx: Tx, sha256: str, *, since: datetime) -> str | None:
    """Gives why this body was refused since then, None if it was not."""
    query = sa.select(REFUSED.c.why).where(REFUSED.c.sha256 == sha256, REFUSED.c.at >= since)
    return tx.execute(query.limit(1)).scalar()


def unsettled(tx: Tx, *, folded_before: datetime, now: datetime, limit: int) -> list[Letter]:
    """Gives letters that still need something, at most `limit` of each kind: first those nobody has folded since
    `folded_before` or that could not be, then those that match nothing, are old or cannot be read.

    Two kinds, for the first need nobody but us, and the others may have to wait for a provider that is away. Of these, the ones
    tried least come first, so that those that wait for their next try stand in nobody's way.
    """
    left = sa.or_(_C.received_at < folded_before, _C.received_at > now, _C.tries > 0)
    new = sa.select(ROWS).where(_C.state == "new", left).order_by(_C.tries, _C.received_at, _C.id)
    others = sa.select(ROWS).where(_C.state.in_(("unmatched", "stale", "poison"))).order_by(_C.tries, _C.received_at, _C.id)
    return [_letter_of(row) for query in (new, others) for row in tx.execute(query.limit(limit)).mappings()]


def of_provider_call(tx: Tx, account_id: str, provider_call_id: str) -> list[Letter]:
    """Gives everything we were told about one Retell call, oldest first."""
    query = sa.select(ROWS).where(_C.account_id == account_id, _C.provider_call_id == provider_call_id)
    return [_letter_of(row) for row in tx.execute(query.order_by(_C.received_at, _C.id)).mappings()]


def with_token(tx: Tx, token: str) -> list[Letter]:
    """Gives the letters that carry a dial's token; they prove that its call exists."""
    return [_letter_of(row) for row in tx.execute(sa.select(ROWS).where(_C.token == token).limit(10)).mappings()]


def refuse(
    tx: Tx, *, refusal_id: str, at: datetime, address: str, length: int, sha256: str, why: str, client_id: str | None
) -> None:
    """Writes down a delivery with a bad signature, without its body, and keeps only the newest thousand."""
    tx.execute(
        sa.insert(REFUSED).values(
            id=refusal_id,
            at=at,
            address=address[:100],
            length=length,
            sha256=sha256,
            why=why[:200],
            client_id=client_id,
        )
    )
    kept = sa.select(REFUSED.c.id).order_by(REFUSED.c.at.desc(), REFUSED.c.id.desc()).limit(KEPT_REFUSALS).scalar_subquery()
    if int(refusal_id[-2:], 16) < 8:  # now and then is often enough
        tx.execute(sa.delete(REFUSED).where(REFUSED.c.id.not_in(kept)))
    tx.announce(Notice("event", client_id, refusal_id))


def _letter_of(row: sa.RowMapping) -> Letter:
    return Letter(
        inbox_id=row["id"], body=zlib.decompress(row["body"]), **{name: row[name] for name in (*_SAME_COLUMNS, "changed")}
    )
