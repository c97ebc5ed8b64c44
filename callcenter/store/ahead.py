"""Reads what the events of a group will ask for at once for all of them, and hands each of it out once.

Who asks a second time asks the database, for the first has changed it. Should an event of the group change the call of another
on its way, what was read of that one is old; its `rev` tells so when it is saved, as it does when two people save the same call.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from callcenter.domain.call import Call
from callcenter.domain.dial import Dial
from callcenter.store import calls, dials
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared, among

_C, _D = calls.ROWS.c, dials.ROWS.c
_TOKENS = "tokens"


def _theirs(is_postgres: bool) -> sa.ColumnElement[bool]:
    return _C.id.in_(sa.select(_D.call_id).where(among(_D.token, "b_tokens", is_postgres=is_postgres)))


def _dials_of(is_postgres: bool) -> Any:
    return sa.select(dials.ROWS).where(among(_D.call_id, "b_calls", is_postgres=is_postgres)).order_by(_D.seq)


_LOCK = Prepared(lambda is_postgres: calls.locking(_theirs(is_postgres)))
_CALLS = Prepared(lambda is_postgres: calls.WHOLE.where(_theirs(is_postgres)))
_DIALS = Prepared(_dials_of)


def read(tx: Tx, tokens: Sequence[str]) -> None:
    """Reads the calls of these dials' tokens with all their dials; nobody else changes them until this transaction ends."""
    if not tokens:
        return
    if tx.is_postgres:
        _LOCK.rows(tx, {"b_tokens": list(tokens)})
    found = [calls.call_of(row) for row in _CALLS.rows(tx, {"b_tokens": list(tokens)})]
    of_call: dict[str, list[Dial]] = {call.call_id: [] for call in found}
    by_token: dict[str, str] = {}
    for row in _DIALS.rows(tx, {"b_calls": list(of_call)}):  # once the calls are ours, or they would be old at once
        dial = dials.dial_of(row)
        of_call[dial.call_id].append(dial)
        by_token[dial.token] = dial.call_id
    tx.ahead = {call.call_id: (call, of_call[call.call_id]) for call in found}
    tx.ahead[_TOKENS] = by_token


def batch_of(tx: Tx, token: str | None) -> str:
    """Gives the batch of the call that was read for a token, nothing when there is none."""
    found = tx.ahead.get(tx.ahead.get(_TOKENS, {}).get(token))
    return (found[0].batch_id or "") if found else ""


def take(tx: Tx, token: str) -> tuple[Call, list[Dial]] | None:
    """Gives the call of a dial's token with all its dials, if it was read and nobody has taken it."""
    call_id = tx.ahead.get(_TOKENS, {}).get(token)
    return tx.ahead.pop(call_id, None) if call_id else None
