"""Pause and resume: a call that waits, a client, everything. What is decided here, every later dial obeys."""

from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.call import Call, CallStatus
from callcenter.domain.client import Client, Installation
from callcenter.domain.errors import Conflict
from callcenter.domain.notice import Notice
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import hanging_up
from callcenter.services.onboarding import require_all_clients
from callcenter.services.runtime import Runtime
from callcenter.store import calls, clients, live, slots, transitions
from callcenter.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Calling:
    """Whether calling is on, with how many calls this person may see wait and go on."""

    installation: Installation
    waiting: int
    in_progress: int


async def pause_call(rt: Runtime, actor: Actor, call_id: str) -> Call:
    """Keeps a call that waits from being dialled until it is resumed; a due time that passes meanwhile is not lost.

    Raises Conflict when it is dialled already or over, Forbidden, NotFound.
    """
    return await _set_call(rt, actor, call_id, is_paused=True)


async def resume_call(rt: Runtime, actor: Actor, call_id: str) -> Call:
    """Lets a paused call be dialled, under all rules. Raises as `pause_call` does."""
    return await _set_call(rt, actor, call_id, is_paused=False)


async def _set_call(rt: Runtime, actor: Actor, call_id: str, *, is_paused: bool) -> Call:
    require(actor, Role.AGENT, to="pause and resume calls")
    now = rt.clock.now()

    def work(tx: Tx) -> Call:
        client_id = calls.get(tx, call_id).client_id
        sees(actor, client_id, what="call")
        slots.lock_client(tx, client_id or "")
        call = calls.get(tx, call_id, lock=True)
        if call.derived.status is not CallStatus.SCHEDULED:
            raise Conflict(f"This call does not wait any more, it is {call.derived.status.value}.")
        if (call.paused_at is not None) == is_paused:
            return call
        return _save_call(tx, call, actor, is_paused=is_paused, now=now)

    return await rt.database.write(work)


def _save_call(tx: Tx, call: Call, actor: Actor, *, is_paused: bool, now: datetime) -> Call:
    after = replace(
        call,
        paused_at=now if is_paused else None,
        paused_by=actor.label if is_paused else None,
        look_again_at=now,
    )
    state = "paused" if is_paused else "waiting"
    what = "pause" if is_paused else "resume"
    transitions.add(tx, what=what, row_id=call.call_id, from_state=None, to_state=state, now=now, by=actor.label)
    tx.announce(Notice("slot", call.client_id))
    return calls.save(tx, call, after, now=now, by=actor.label)


async def pause_client(rt: Runtime, actor: Actor, client_id: str, why: str = "", *, end_live: bool = False) -> Client:
    """Stops dialling for a client; calls in flight go on, or with `end_live` are ended too. Managers and admins."""
    client = await _set_client(rt, actor, client_id, why=why.strip()[:500] or f"Paused by {actor.label}", is_paused=True)
    if end_live:
        await hanging_up.end_live(rt, actor, client_id=client_id)
    return client


async def resume_client(rt: Runtime, actor: Actor, client_id: str) -> Client:
    """Lets a client's calls be dialled again, under all rules."""
    return await _set_client(rt, actor, client_id, why="", is_paused=False)


async def _set_client(rt: Runtime, actor: Actor, client_id: str, *, why: str, is_paused: bool) -> Client:
    sees(actor, client_id)
    require(actor, Role.MANAGER, to="pause and resume a client")
    now = rt.clock.now()

    def work(tx: Tx) -> Client:
        slots.lock_client(tx, client_id)
        before = clients.get(tx, client_id, lock=True)
        if (before.paused_at is not None) == is_paused:
            return before
        after = replace(before, paused_at=now if is_paused else None, paused_why=why or None)
        saved = clients.save(tx, before, after, now=now)
        state = "paused" if is_paused else "resumed"
        transitions.add(
            tx, what="client", row_id=client_id, from_state=None, to_state=state, now=now, by=actor.label, why=why
        )  # fmt: skip
        calls.look_again(tx, client_id=client_id, now=now)
        return saved

    return await rt.database.write(work)


async def calling(rt: Runtime, actor: Actor) -> Calling:
    """Says whether calling is on for everybody."""

    def work(tx: Tx) -> Calling:
        counts = live.by_status(tx, actor)
        waiting = counts.pop(CallStatus.SCHEDULED.value, 0)
        return Calling(installation=clients.get_installation(tx), waiting=waiting, in_progress=sum(counts.values()))

    return await rt.database.read(work)


async def pause_everything(rt: Runtime, actor: Actor, why: str = "", *, end_live: bool = False) -> Installation:
    """Stops dialling for everybody; calls in flight go on, or with `end_live` are ended too.

    Managers and admins who see all clients.
    """
    installation = await _set_all(rt, actor, why=why.strip()[:500], is_paused=True)
    if end_live:
        await hanging_up.end_live(rt, actor)
    return installation


async def resume_everything(rt: Runtime, actor: Actor) -> Installation:
    """Lets calls be dialled again, under all rules."""
    return await _set_all(rt, actor, why="", is_paused=False)


async def _set_all(rt: Runtime, actor: Actor, *, why: str, is_paused: bool) -> Installation:
    require_all_clients(actor)
    require(actor, Role.MANAGER, to="pause and resume all calling")
    now = rt.clock.now()

    def work(tx: Tx) -> Installation:
        slots.lock_all(tx)
        before = clients.get_installation(tx)
        if (before.calling_paused_at is not None) == is_paused:
            return before
        after = replace(
            before,
            calling_paused_at=now if is_paused else None,
            calling_paused_by=actor.label if is_paused else None,
            calling_paused_why=why or None,
        )
        clients.save_installation(tx, after, now=now)
        state = "paused" if is_paused else "resumed"
        transitions.add(
            tx, what="installation", row_id=before.install_id, from_state=None, to_state=state, now=now, by=actor.label, why=why
        )  # fmt: skip
        calls.look_again(tx, now=now)
        return after

    return await rt.database.write(work)
