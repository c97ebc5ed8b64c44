"""The last word the provider had about each of the newest calls, as it came: what a simulator is reminded of."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from callcenter.domain.call import Phase
from callcenter.store.database import Tx
from callcenter.store.tables import CallRow, DialRow, InboxRow, table_of

_D = table_of(DialRow).c
_INBOX = table_of(InboxRow)
_I = _INBOX.c
_C = table_of(CallRow).c
#: How much each kind of letter tells, the most first; what a webhook does not say, a fetched call does.
_TELLING = ("call_analyzed", "call_ended", "get", "transcript_updated", "list", "call_started", "us")
_CHUNK = 300


@dataclass(frozen=True, slots=True)
class LastWord:
    """The most telling letter about one Retell call, which was dialled at `sent_at`."""

    provider_call_id: str
    sent_at: datetime
    inbox_id: str


def last_words(tx: Tx, account_id: str, *, skip: int, limit: int) -> list[LastWord]:
    """Gives them for `limit` calls of an account, the newest first, after leaving out the newest `skip`."""
    known = (_D.account_id == account_id, _D.provider_call_id.is_not(None), _D.sent_at.is_not(None))
    newest = sa.select(_D.provider_call_id, _D.sent_at).where(*known).order_by(_D.sent_at.desc(), _D.id.desc())
    dialled = tx.execute(newest.offset(skip).limit(limit)).all()
    best = _most_telling(tx, account_id, [row[0] for row in dialled])
    return [LastWord(row[0], row[1], best[row[0]]) for row in dialled if row[0] in best]


def _most_telling(tx: Tx, account_id: str, provider_call_ids: Sequence[str]) -> Mapping[str, str]:
    best: dict[str, tuple[int, str]] = {}
    for start in range(0, len(provider_call_ids), _CHUNK):
        some = list(provider_call_ids[start : start + _CHUNK])
        query = sa.select(_I.provider_call_id, _I.kind, _I.source, _I.id).where(_I.provider_call_id.in_(some))
        for row in tx.execute(query.where(_I.account_id == account_id).order_by(_I.received_at, _I.id)):
            kind = row[1] if row[2] == "webhook" else row[2]
            telling = len(_TELLING) - _TELLING.index(kind) if kind in _TELLING else 0
            if telling and telling >= best.get(row[0], (0, ""))[0]:
                best[row[0]] = (telling, row[3])
    return {provider_call_id: inbox_id for provider_call_id, (_, inbox_id) in best.items()}


def forget_updates(tx: Tx, *, since: datetime, until: datetime) -> int:
    """Drops what was said while people talked, received in that time; calls that have ended hold all of it. Gives how many."""
    over = sa.select(_C.provider_call_id).where(_C.phase >= int(Phase.ANALYSED))
    old = (_I.received_at >= since, _I.received_at < until, _I.kind == "transcript_updated", _I.state == "folded")
    return tx.execute(sa.delete(_INBOX).where(*old, _I.provider_call_id.in_(over))).rowcount


def bodies(tx: Tx, inbox_ids: Sequence[str]) -> dict[str, bytes]:
    """Gives the raw bodies of these letters by id."""
    query = sa.select(_I.id, _I.body).where(_I.id.in_(list(inbox_ids)))
    return {row[0]: zlib.decompress(row[1]) for row in tx.execute(query)}
