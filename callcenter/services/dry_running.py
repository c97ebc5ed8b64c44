"""Plays a batch through before it is launched: the real rules on another clock, over the leads as they are now."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.batch import Batch
from callcenter.domain.call import Call
from callcenter.domain.changing import with_changes
from callcenter.domain.client import Client
from callcenter.domain.dry_run import Crowds, DryRun, Habits, play
from callcenter.domain.eligibility import Ask
from callcenter.domain.errors import Conflict
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import batching, calling, gathering, rehearsing
from callcenter.services.batching import CHUNK, LaunchBatch
from callcenter.services.rehearsing import MEASURED, USUAL_REACHED
from callcenter.services.runtime import Runtime
from callcenter.store import clients, leads, stats
from callcenter.store.database import Tx


async def dry_run(rt: Runtime, actor: Actor, client_id: str, wish: LaunchBatch) -> DryRun:
    """Says when the calls to `wish.lead_ids` would go out if the batch were launched now; nothing is written.

    Raises Conflict for a client without a Retell account, Invalid, NotFound, Forbidden below the manager role.
    """
    require(actor, Role.MANAGER, to="launch batches")
    sees(actor, client_id)
    now = rt.clock.now()
    plan = await rt.database.read(lambda tx: _plan(tx, rt, client_id, wish, now=now))
    crowds = Crowds()
    ids = list(wish.lead_ids or ())
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        asks = await rt.database.read(lambda tx, chunk=chunk: _asks(tx, plan, chunk, now=now))
        await asyncio.to_thread(crowds.add, asks)
    one_at_a_time: asyncio.Lock = rt.kept.setdefault("dry run", asyncio.Lock())  # it computes for long, and so does all else here
    async with one_at_a_time:
        return await asyncio.to_thread(play, crowds, plan.habits, start=now, at_a_time=plan.at_a_time, per_second=plan.per_second)


@dataclass(frozen=True, slots=True)
class _Plan:
    client: Client
    account_id: str
    batch: Batch
    call: Call
    habits: Habits
    at_a_time: int
    per_second: float | None


def _plan(tx: Tx, rt: Runtime, client_id: str, wish: LaunchBatch, *, now: datetime) -> _Plan:
    client = clients.get(tx, client_id)
    if client.account_id is None:
        raise Conflict(f"{client.name} has no Retell account yet; nothing would be dialled.")
    known = gathering.account(tx, client.account_id, now=now, only_client=client_id)
    caps = [cap for cap in (wish.max_concurrent, client.max_concurrent, known.limit) if cap is not None]
    line = known.line_paces.get(client.from_number or "")
    paces = [pace.per_second for pace in (known.pace, line) if pace is not None]
    return _Plan(
        client=client,
        account_id=client.account_id,
        batch=batching.started(batching.new_batch(rt, client, wish, [], now=now), now=now),
        call=calling.new_call(rt, client, None, "", now=now, wish=batching.each_call(wish)),
        habits=_habits(tx, client_id, now=now),
        at_a_time=min(caps),
        per_second=min(paces, default=None),
    )


def _habits(tx: Tx, client_id: str, *, now: datetime) -> Habits:
    usual = rehearsing.usual_of(tx, client_id, now=now)
    ends = stats.ends(tx, CallFilter(clients=(client_id,), start=now - MEASURED))
    total = sum(ends.values())
    shares = {ended_class: count / total for ended_class, count in ends.items()} if total else {"nobody": 1 - USUAL_REACHED}
    return Habits(seconds=usual.seconds, cost=usual.cost, endings=shares)


def _asks(tx: Tx, plan: _Plan, lead_ids: Sequence[str], *, now: datetime) -> list[Ask]:
    """Puts the question for each of these leads."""
    found = leads.many(tx, lead_ids).values()
    waiting = [
        with_changes(plan.call, lead_id=lead.lead_id, to_number=lead.number, batch_id=plan.batch.batch_id) for lead in found
    ]
    known = gathering.account(tx, plan.account_id, now=now, only_client=plan.client.client_id)
    known.batches[plan.batch.batch_id] = plan.batch
    gathering.know(tx, known, waiting)
    return [known.ask(call) for call in waiting]
