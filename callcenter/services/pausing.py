"""Pause and resume a call that waits; what it is told here, every later dial obeys."""

from dataclasses import replace
from datetime import datetime

from callcenter.domain.call import Call, CallStatus
from callcenter.domain.errors import Conflict
from callcenter.domain.notice import Notice
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services.runtime import Runtime
from callcenter.store import calls, slots, transitions
from callcenter.store.database import Tx


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
        return _save(tx, call, actor, is_paused=is_paused, now=now)

    return await rt.database.write(work)


def _save(tx: Tx, call: Call, actor: Actor, *, is_paused: bool, now: datetime) -> Call:
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
