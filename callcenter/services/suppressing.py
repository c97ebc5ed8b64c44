"""Do-not-call: a number on the list is dialled by nobody, at once; taking it off again needs a manager and a reason."""

from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.call import Call, CallStatus
from callcenter.domain.errors import Invalid, NotFound
from callcenter.domain.lines import DoNotCallLine
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.phone import normal
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services.runtime import Runtime
from callcenter.store import calls, clients, do_not_call
from callcenter.store.database import Tx


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What putting a number on the list did: the number in normal form, whether it is new there, how many waiting calls
    were cancelled."""

    number: str
    is_new: bool
    cancelled: int


async def suppress(
    rt: Runtime, actor: Actor, number: str, *, client_id: str | None = None, why: str = "", source: str = "person"
) -> Suppressed:
    """Puts a number on the list, of one client or (client_id None) of everybody, and cancels its waiting calls.

    A person who sees only some clients may only speak for one of them. Raises Invalid, Forbidden, NotFound.
    """
    require(actor, Role.AGENT, to="put numbers on the do-not-call list")
    if client_id is not None or actor.client_ids is not None:
        sees(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> Suppressed:
        country = clients.get(tx, client_id).country if client_id else clients.get_installation(tx).country
        plain = normal(number, country=country).number
        return suppress_in(tx, rt, plain, client_id=client_id, why=why, source=source, by=actor.label, now=now)

    return await rt.database.write(work)


def suppress_in(
    tx: Tx,
    rt: Runtime,
    number: str,
    *,
    why: str,
    source: str,
    now: datetime,
    client_id: str | None = None,
    call_id: str | None = None,
    words: str | None = None,
    by: str = "callcenter",
) -> Suppressed:
    """The same inside a transaction; `number` is E.164. Waiting calls are cancelled even when it stood there before."""
    is_new = do_not_call.add(
        tx, entry_id=rt.new_id(), number=number, client_id=client_id, why=why, source=source, call_id=call_id, words=words,
        by=by, now=now,
    )  # fmt: skip
    reason = f"Do not call: {why}" if why else "The number is on the do-not-call list."
    cancelled = calls.cancel_waiting(tx, why=reason, by=by, now=now, number=number, client_id=client_id)
    for call in calls.in_flight(tx, to_number=number, client_id=client_id):
        note_cancel(tx, call, by=by, why=reason, now=now)
    return Suppressed(number, is_new, cancelled)


def note_cancel(tx: Tx, call: Call, *, by: str, why: str, now: datetime) -> None:
    """Notes that a call whose dial is in flight is not wanted any more: it is stopped, or not dialled again, as soon as its
    fate is known. One that rings or talks goes on."""
    if call.derived.status is CallStatus.INITIATED and call.cancel_requested_at is None:
        calls.save(tx, call, replace(call, cancel_requested_at=now, cancel_by=by), now=now, by=by, why=why)


async def unsuppress(rt: Runtime, actor: Actor, number: str, *, client_id: str | None = None, why: str) -> None:
    """Takes a number off the list of this scope. Raises Forbidden, NotFound, and Invalid without a reason."""
    require(actor, Role.MANAGER, to="take numbers off the do-not-call list")
    if client_id is not None or actor.client_ids is not None:
        sees(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> None:
        unsuppress_in(tx, number, client_id=client_id, why=why, by=actor.label, now=now)

    await rt.database.write(work)


def unsuppress_in(tx: Tx, number: str, *, client_id: str | None, why: str, by: str, now: datetime) -> None:
    """The same inside a transaction, by one who may; the dispatcher looks at nothing: cancelled calls stay cancelled."""
    if not why.strip():
        raise Invalid("Say why the number may be called again.", field="why")
    if not do_not_call.remove(tx, number, client_id=client_id, why=why.strip(), by=by, now=now):
        raise NotFound("This number is not on the do-not-call list.")


async def undo_suppress(rt: Runtime, actor: Actor, number: str, *, client_id: str | None = None) -> None:
    """Takes back one's own click of a moment ago, with no other role than the click needed; else raises NotFound."""
    require(actor, Role.AGENT, to="put numbers on the do-not-call list")
    if client_id is not None or actor.client_ids is not None:
        sees(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> None:
        page = do_not_call.search(tx, actor, q=number, client_id=client_id, limit=MOST_ON_WIRE)
        mine = (e for e in page.items if e.number == number and e.client_id == client_id and e.by == actor.label)
        entry = next(mine, None)
        if entry is None or (now - entry.created_at).total_seconds() > 60:
            raise NotFound("This can no longer be undone. A manager can take the number off the list.")
        unsuppress_in(tx, number, client_id=client_id, why="undone at once", by=actor.label, now=now)

    await rt.database.write(work)


async def page_of_numbers(
    rt: Runtime, actor: Actor, *, q: str = "", client_id: str | None = None, limit: int = 50, cursor: str | None = None
) -> Page[DoNotCallLine]:
    """Gives a page of the list, newest first, with how many there are."""

    def work(tx: Tx) -> Page[DoNotCallLine]:
        page = do_not_call.search(tx, actor, q=q, client_id=client_id, limit=min(max(limit, 1), MOST_ON_WIRE), cursor=cursor)
        total, is_capped = do_not_call.count(tx, actor, q=q, client_id=client_id)
        return replace(page, total=total, is_capped=is_capped)

    return await rt.database.read(work)


def is_suppressed(tx: Tx, number: str, client_id: str | None) -> str | None:
    """Gives why a number may not be dialled for this client, None when it may."""
    return do_not_call.among(tx, [number], client_id=client_id).get(number)
