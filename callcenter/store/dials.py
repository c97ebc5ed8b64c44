"""Load, add and settle dials; a step that is not in the table of allowed ones changes nothing."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa

from callcenter.domain.changing import with_changes
from callcenter.domain.dial import ALLOWED, FALLEN, HOLDS_NUMBER, Dial, DialState, Verdict
from callcenter.domain.errors import NotFound
from callcenter.domain.notice import Notice
from callcenter.store import transitions
from callcenter.store.database import Tx
from callcenter.store.prepared import Prepared
from callcenter.store.tables import DialCheckRow, DialRow, table_of

ROWS = table_of(DialRow)
CHECKS = table_of(DialCheckRow)
_C = ROWS.c

#: States in which a dial has given its place back.
ENDED = FALLEN | {DialState.FINISHED}
#: States in which it surely has one, also when it was given back while nobody could tell.
EXISTS = frozenset({DialState.ACCEPTED, DialState.LIVE})
#: Nobody waits longer than this for the answer to a create.
LONGEST_ANSWER = timedelta(minutes=15)

_SAME_COLUMNS = (
    "call_id",
    "client_id",
    "account_id",
    "batch_id",
    "number",
    "seq",
    "token",
    "epoch",
    "planned_at",
    "sent_at",
    "resent_at",
    "settled_at",
    "body_hash",
    "agent_id",
    "from_number",
    "ring_ms",
    "provider_call_id",
    "slot_freed_at",
    "next_check_at",
    "checks",
    "zone_used",
    "local_time",
    "rules_version",
)


_ADD = Prepared(sa.insert(ROWS))


def add(tx: Tx, *dials: Dial) -> None:
    """Adds dials that are about to be sent. Raises IntegrityError when a number is open already: the wall behind the rules."""
    rows = [
        {
            "id": d.dial_id,
            "state": d.state.value,
            "variables_sent": dict(d.variables_sent),
            "verdict": None,
            "created_at": d.planned_at,
            "updated_at": d.planned_at,
            **{name: getattr(d, name) for name in _SAME_COLUMNS},
        }
        for d in dials
    ]
    if rows:
        _ADD.many(tx, rows)
        steps = [(d.dial_id, DialState.PLANNED.value, d.state.value) for d in dials]
        # `planned_at` keeps the order of turns, a microsecond apart; what happened when is told by the time of sending
        at = dials[0].sent_at or dials[0].planned_at
        transitions.add_many(tx, steps, what="dial", now=at, by="dispatcher")


def get(tx: Tx, dial_id: str) -> Dial:
    """Gives one dial or raises NotFound."""
    found = _one(tx, _C.id == dial_id)
    if found is None:
        raise NotFound("There is no such dial.")
    return found


def find_by_token(tx: Tx, token: str) -> Dial | None:
    """Gives the dial that was sent with this token."""
    return _one(tx, _C.token == token)


def find_by_provider(tx: Tx, account_id: str, provider_call_id: str) -> Dial | None:
    """Gives the dial that became this Retell call."""
    return _one(tx, sa.and_(_C.account_id == account_id, _C.provider_call_id == provider_call_id))


_OF_CALL = Prepared(sa.select(ROWS).where(_C.call_id == sa.bindparam("b_call")).order_by(_C.seq))


def of_call(tx: Tx, call_id: str) -> list[Dial]:
    """Gives every dial of a call, oldest first."""
    return [dial_of(row) for row in _OF_CALL.rows(tx, {"b_call": call_id})]


def of_calls(tx: Tx, call_ids: Sequence[str]) -> dict[str, list[Dial]]:
    """Gives the dials of many calls at once."""
    out: dict[str, list[Dial]] = {}
    for dial in _many(tx, _C.call_id.in_(list(call_ids)), order=_C.seq):
        out.setdefault(dial.call_id, []).append(dial)
    return out


def open_for(tx: Tx, client_id: str, number: str) -> Dial | None:
    """Gives the dial that holds this number for this client, if any."""
    states = [s.value for s in HOLDS_NUMBER]
    return _one(tx, sa.and_(_C.client_id == client_id, _C.number == number, _C.state.in_(states)))


def settle(tx: Tx, dial: Dial, state: DialState, *, now: datetime, by: str, why: str = "", **changes: Any) -> Dial | None:
    """Moves a dial to `state` if that step is allowed from where it is now; gives it as it became.

    Sets and frees its place as the new state demands. None means that someone was first, which is no error.
    """
    while state in ALLOWED[dial.state]:
        facts: dict[str, Any] = {"state": state, "settled_at": now, **changes}
        if state in ENDED:
            facts["slot_freed_at"] = dial.slot_freed_at or now
        elif state in EXISTS:
            facts["slot_freed_at"] = None  # it exists after all: it takes a place again, whoever was given it meanwhile
        if _moved(tx, dial, facts):
            transitions.add(tx, what="dial", row_id=dial.dial_id, from_state=dial.state, to_state=state, now=now, by=by, why=why)
            if state in ENDED:
                tx.announce(Notice("slot", dial.client_id, dial.number))
            return with_changes(dial, **facts)
        stale, dial = dial, get(tx, dial.dial_id)
        if dial.state is stale.state:
            break
    return None


def _moved(tx: Tx, dial: Dial, facts: Mapping[str, Any]) -> bool:
    values = {**facts, "state": facts["state"].value, "updated_at": facts["settled_at"]}
    if verdict := facts.get("verdict"):
        values["verdict"] = {"kind": verdict.kind, "status": verdict.status, "words": verdict.words}
    known = {f"b_{name}": value for name, value in values.items()} | {"was_id": dial.dial_id, "was_state": dial.state.value}
    return _moving(tuple(sorted(values))).count(tx, known) == 1


@cache
def _moving(names: tuple[str, ...]) -> Prepared:
    """The update of these columns, made once: it changes nothing when the dial is not where it was seen."""
    was = sa.and_(_C.id == sa.bindparam("was_id"), _C.state == sa.bindparam("was_state"))
    return Prepared(sa.update(ROWS).where(was).values({name: sa.bindparam(f"b_{name}", type_=_C[name].type) for name in names}))


def note(tx: Tx, dial_id: str, **values: Any) -> None:
    """Writes facts about a dial that are no change of state: its next check, its place given back."""
    tx.execute(sa.update(ROWS).where(_C.id == dial_id).values(values))


def abandoned(tx: Tx, *, epochs: Mapping[str, int], sent_before: datetime, limit: int = 500) -> list[Dial]:
    """Gives dials still `sending` that nobody will settle any more.

    Those under an epoch older than the account's, for their process is dead or was passed by; and those sent so long ago that
    whoever sent them must have lost sight of them.
    """
    found = _many(tx, _C.state.in_([DialState.SENDING.value, DialState.PLANNED.value]))  # few, whatever the account's past
    lost = [
        dial
        for dial in found
        if dial.account_id in epochs
        and (dial.epoch < epochs[dial.account_id] or (dial.sent_at is not None and dial.sent_at < sent_before))
    ]
    return lost[:limit]


def unknown_due(tx: Tx, account_ids: Collection[str], *, now: datetime, limit: int = 50) -> list[Dial]:
    """Gives the unknown dials of these accounts whose next look at the provider is due."""
    states = [DialState.UNKNOWN.value, DialState.QUARANTINED.value]
    due = sa.and_(_C.state.in_(states), _C.next_check_at <= now, _C.account_id.in_(account_ids))
    return _many(tx, due, order=_C.next_check_at, limit=limit)


def has_open_question(tx: Tx, account_id: str) -> bool:
    """Whether a dial of this account is `sending` or `unknown`, so that an unmatched event may yet prove to be it."""
    states = [DialState.SENDING.value, DialState.UNKNOWN.value]
    return account_id in tx.execute(sa.select(_C.account_id).where(_C.state.in_(states)).distinct()).scalars()


def newest_accepted(tx: Tx, account_id: str) -> Dial | None:
    """Gives the newest dial of this account that surely exists at the provider: the positive control of a search."""
    states = [DialState.ACCEPTED.value, DialState.LIVE.value, DialState.FINISHED.value]
    where = sa.and_(_C.account_id == account_id, _C.state.in_(states), _C.provider_call_id.is_not(None))
    return next(iter(_many(tx, where, order=_C.sent_at.desc(), limit=1)), None)


def recent(tx: Tx, account_id: str, state: DialState, since: datetime) -> int:
    """Counts the dials of an account that were settled as `state` since then."""
    # whatever was settled since then was sent not long before: so an account's whole past need not be looked through
    sent = sa.and_(_C.account_id == account_id, _C.sent_at >= since - LONGEST_ANSWER)
    query = sa.select(sa.func.count()).where(sent, _C.state == state.value, _C.settled_at >= since)
    return int(tx.execute(query).scalar_one())


def add_check(tx: Tx, *, check_id: str, dial_id: str, at: datetime, is_clean: bool, control_found: bool, answer: str) -> None:
    """Writes down one look for a dial at the provider."""
    tx.execute(
        sa.insert(CHECKS).values(
            id=check_id,
            dial_id=dial_id,
            at=at,
            is_clean=is_clean,
            control_found=control_found,
            answer=answer[:300],
            created_at=at,
        )
    )


def clean_checks(tx: Tx, dial_id: str) -> list[datetime]:
    """Gives when the clean negatives of a dial were taken, oldest first."""
    query = sa.select(CHECKS.c.at).where(CHECKS.c.dial_id == dial_id, CHECKS.c.is_clean.is_(True)).order_by(CHECKS.c.at)
    return [row[0] for row in tx.execute(query)]


def _one(tx: Tx, where: sa.ColumnElement[bool]) -> Dial | None:
    return next(iter(_many(tx, where, limit=1)), None)


def _many(tx: Tx, where: sa.ColumnElement[bool], *, order: Any = None, limit: int | None = None) -> list[Dial]:
    query = sa.select(ROWS).where(where)
    if order is not None:
        query = query.order_by(order)
    if limit is not None:
        query = query.limit(limit)
    return [dial_of(row) for row in tx.execute(query).mappings()]


def dial_of(row: Mapping[Any, Any]) -> Dial:
    """Gives the dial of a row."""
    verdict = row["verdict"]
    return Dial(
        dial_id=row["id"],
        state=DialState(row["state"]),
        variables_sent=row["variables_sent"],
        verdict=None if verdict is None else Verdict(verdict["kind"], verdict["status"], verdict["words"]),
        **{name: row[name] for name in _SAME_COLUMNS},
    )
