"""Start, pause, resume, cancel many."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from callcenter.domain.batch import Batch, BatchState, Counts, Refusal
from callcenter.domain.call import Call, Priority
from callcenter.domain.client import Client
from callcenter.domain.errors import Conflict, Invalid
from callcenter.domain.hours import Window
from callcenter.domain.lead import Lead
from callcenter.domain.notice import Notice
from callcenter.domain.retry import RetryPolicy
from callcenter.domain.search import LeadFilter
from callcenter.domain.stopping import StopRule
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import calling, concluding, forecasting, hanging_up
from callcenter.services.calling import ScheduleCall
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls, clients, do_not_call, leads, slots
from callcenter.store.database import Tx

#: Calls written in one transaction while a batch is launched, so that nothing else waits long.
CHUNK = 1_000
MOST_LEADS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchBatch:
    """What somebody asks for: calls to these leads, or to all that a filter finds, under common rules."""

    lead_ids: Sequence[str] | None = None
    lead_filter: LeadFilter | None = None
    name: str = ""
    priority: Priority = Priority.NORMAL
    max_concurrent: int | None = None
    scheduled_at: datetime | None = None
    ends_at: datetime | None = None
    window: tuple[Window, ...] | None = None
    window_reason: str = ""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    max_attempts: int = 1
    stop: StopRule = field(default_factory=StopRule)
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchedBatch:
    """A batch that was launched: how many calls it has, and who was left out and why."""

    batch: Batch
    accepted: int
    refused: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchView:
    """A batch with its progress. `status` adds `waiting` and `finishing` to the stored states; `cost` is in micro-dollars."""

    batch: Batch
    status: str
    status_reason: str | None
    counts: Counts
    outcomes: Mapping[str, int]
    cost: int
    eta: datetime | None


async def launch(
    rt: Runtime,
    actor: Actor,
    client_id: str,
    wish: LaunchBatch,
    *,
    also: Callable[[Tx, LaunchedBatch], None] | None = None,
) -> LaunchedBatch:
    """Makes one scheduled call per accepted lead, then lets the batch run; nobody is dialled before all are written.

    `also` is done in the transaction that lets it run. Raises Invalid when no lead can be accepted, Forbidden below the
    manager role.
    """
    require(actor, Role.MANAGER, to="launch batches")
    sees(actor, client_id)
    now = rt.clock.now()
    client, wanted = await rt.database.write(lambda tx: _prepare(tx, rt, actor, client_id, wish, now=now))
    accepted, refused = await rt.database.read(lambda tx: sift(tx, client, wanted))
    if not accepted:
        reasons = sorted({r.reason for r in refused})
        raise Invalid("Nobody is left to call: " + ("; ".join(reasons) or "no lead matches") + ".", field="leadIds")
    batch = new_batch(rt, client, wish, refused, now=now)
    await rt.database.write(lambda tx: batches.add(tx, batch, by=actor.label))
    for start in range(0, len(accepted), CHUNK):
        chunk = accepted[start : start + CHUNK]
        await rt.database.write(lambda tx, chunk=chunk: _write(tx, rt, client, batch, chunk, wish, now=now))

    def start_it(tx: Tx) -> LaunchedBatch:
        launched = LaunchedBatch(_start(tx, actor, batch, now=now), len(accepted), tuple(refused))
        if also is not None:
            also(tx, launched)
        return launched

    return await rt.database.write(start_it)


def _write(tx: Tx, rt: Runtime, client: Client, batch: Batch, chunk: Sequence[Lead], wish: LaunchBatch, *, now: datetime) -> None:
    """Writes a part of the calls, unless somebody has cancelled the batch since its first ones."""
    if batches.get(tx, batch.batch_id, lock=True).state is not BatchState.DRAFT:
        raise Conflict("This batch was cancelled while its calls were being written.")
    calls.add(tx, *_calls_of(rt, client, batch, chunk, wish, now=now))


def _prepare(tx: Tx, rt: Runtime, actor: Actor, client_id: str, wish: LaunchBatch, *, now: datetime) -> tuple[Client, list[str]]:
    client = clients.get(tx, client_id)
    calling.check_window(tx, rt, actor, client_id, wish.window, reason=wish.window_reason, now=now)
    if wish.max_concurrent is not None and not 1 <= wish.max_concurrent <= client.max_concurrent:
        raise Invalid(f"Between 1 and the client's cap of {client.max_concurrent}.", field="maxConcurrent")
    if wish.ends_at and wish.ends_at <= (wish.scheduled_at or now):
        raise Invalid("It ends before it starts.", field="endsAt")
    if (wish.lead_ids is None) == (wish.lead_filter is None):
        raise Invalid("Give either leadIds or a leadFilter.", field="leadIds")
    if wish.lead_ids is not None:
        wanted = list(wish.lead_ids)
    else:
        wanted = leads.ids_of(tx, client_id, wish.lead_filter or LeadFilter(), limit=MOST_LEADS + 1)
    if len(wanted) > MOST_LEADS:
        raise Invalid(f"At most {MOST_LEADS:,} leads in one batch.", field="leadIds")
    return client, wanted


def sift(tx: Tx, client: Client, wanted: Sequence[str]) -> tuple[list[Lead], list[Refusal]]:
    """Parts the leads that can be called from those that cannot, with the reason; what may change later is no reason."""
    accepted: list[Lead] = []
    refused: list[Refusal] = []
    numbers: set[str] = set()
    for start in range(0, len(wanted), CHUNK):
        ids = wanted[start : start + CHUNK]
        found = leads.many(tx, ids)
        stopped = do_not_call.among(tx, [lead.number for lead in found.values()], client_id=client.client_id)
        for lead_id in ids:
            lead = found.get(lead_id)
            why = _why_refused(lead, client, stopped, numbers)
            if why or lead is None:
                refused.append(Refusal(lead_id, why or "", lead.name if lead else "", lead.number if lead else ""))
            else:
                accepted.append(lead)
                numbers.add(lead.number)
    return accepted, refused


def _why_refused(lead: Lead | None, client: Client, stopped: Mapping[str, str], numbers: set[str]) -> str | None:
    if lead is None or lead.client_id != client.client_id:
        return "this client has no such lead"
    if lead.deleted_at is not None:
        return "the lead was deleted"
    if lead.number in stopped:
        return "on the do-not-call list"
    if lead.number in numbers:
        return "another lead of this batch has the same number"
    return None


def new_batch(rt: Runtime, client: Client, wish: LaunchBatch, refused: Sequence[Refusal], *, now: datetime) -> Batch:
    """Gives the batch that is asked for, as a draft; nothing is stored."""
    return Batch(
        batch_id=rt.new_id(),
        client_id=client.client_id,
        name=wish.name.strip()[:200] or f"Batch of {now:%d %b %Y, %H:%M} UTC",
        state=BatchState.DRAFT,
        state_why="its calls are being written",
        priority=wish.priority,
        max_concurrent=wish.max_concurrent,
        scheduled_at=wish.scheduled_at,
        ends_at=wish.ends_at,
        window=wish.window,
        retry=wish.retry,
        max_attempts=wish.max_attempts,
        stop=wish.stop,
        variables=wish.variables,
        refused=tuple(refused[:5_000]),
        created_at=now,
        updated_at=now,
    )


def _calls_of(
    rt: Runtime, client: Client, batch: Batch, chunk: Sequence[Lead], wish: LaunchBatch, *, now: datetime
) -> list[Call]:
    each = each_call(wish)
    return [
        calling.new_call(
            rt, client, lead, lead.number, now=now, wish=each, batch_id=batch.batch_id, batch_variables=batch.variables
        )
        for lead in chunk
    ]


def each_call(wish: LaunchBatch) -> ScheduleCall:
    """Gives what is asked of every call of the batch."""
    return ScheduleCall(
        priority=wish.priority, scheduled_at=wish.scheduled_at, max_attempts=wish.max_attempts, agent_id=wish.agent_id
    )


def started(batch: Batch, *, now: datetime) -> Batch:
    """Gives the batch as it is once it may dial: running, or waiting for its start."""
    later = batch.scheduled_at is not None and batch.scheduled_at > now
    return replace(batch, state=BatchState.SCHEDULED if later else BatchState.RUNNING, state_why=None)


def _start(tx: Tx, actor: Actor, batch: Batch, *, now: datetime) -> Batch:
    return batches.save(tx, batch, started(batch, now=now), now=now, by=actor.label)


async def pause(rt: Runtime, actor: Actor, batch_id: str, *, why: str = "", end_live: bool = False) -> Batch:
    """Stops new calls of a batch at once; what is in flight goes on, or with `end_live` is ended. Conflict: it does not run."""
    paused = await change(rt, actor, batch_id, lambda tx, batch, now: _paused(tx, batch, actor, why, now))
    if end_live:
        await hanging_up.end_live(rt, actor, batch_id=batch_id)
    return paused


def _paused(tx: Tx, batch: Batch, actor: Actor, why: str, now: datetime) -> Batch:
    if batch.state is BatchState.PAUSED:
        return batch
    if batch.state not in (BatchState.RUNNING, BatchState.SCHEDULED):
        raise Conflict(f"This batch is {batch.state.value}; only a running or scheduled one can be paused.")
    words = f"paused by {actor.label}" + (f": {why}" if why else "")
    return batches.save(tx, batch, replace(batch, state=BatchState.PAUSED, state_why=words), now=now, by=actor.label, why=words)


async def resume(rt: Runtime, actor: Actor, batch_id: str) -> Batch:
    """Lets a paused batch go on; hours and caps hold again, and a start time that passed meanwhile is not lost."""
    return await change(rt, actor, batch_id, lambda tx, batch, now: _resumed(tx, batch, actor, now))


def _resumed(tx: Tx, batch: Batch, actor: Actor, now: datetime) -> Batch:
    if batch.state is BatchState.RUNNING:
        return batch
    if batch.state is not BatchState.PAUSED:
        raise Conflict(f"This batch is {batch.state.value}; only a paused one can be resumed.")
    saved = _start(tx, actor, replace(batch, resumed_at=now), now=now)
    calls.look_again(tx, now=now, batch_id=batch.batch_id)
    concluding.finish_batch_if_done(tx, batch.batch_id, now=now)
    return saved


async def cancel(rt: Runtime, actor: Actor, batch_id: str, *, end_live: bool = False) -> Batch:
    """Cancels what is not dialled yet; with `end_live` also has the calls in progress ended. Raises Conflict when it is over."""
    cancelled = await change(rt, actor, batch_id, lambda tx, batch, now: _cancelled(tx, batch, actor, end_live, now))
    if end_live:
        for call in await rt.database.read(lambda tx: calls.in_flight(tx, batch_id=batch_id)):
            if call.account_id and call.told.provider_call_id:
                await calling.stop(rt, call.account_id, call.told.provider_call_id)
    return cancelled


def _cancelled(tx: Tx, batch: Batch, actor: Actor, end_live: bool, now: datetime) -> Batch:
    if batch.state is BatchState.CANCELLED:
        return batch
    if batch.state is BatchState.DONE:
        raise Conflict("This batch is done; there is nothing to cancel.")
    why = f"batch cancelled by {actor.label}"
    calls.cancel_waiting(tx, batch_id=batch.batch_id, why=why, by=actor.label, now=now)
    if end_live:
        for call in calls.in_flight(tx, batch_id=batch.batch_id):
            calling.request_cancel(tx, call, by=actor.label, why=why, now=now)
    over = replace(batch, state=BatchState.CANCELLED, state_why=why, finished_at=now)
    return batches.save(tx, batch, over, now=now, by=actor.label, why=why)


async def change(rt: Runtime, actor: Actor, batch_id: str, work: Callable[[Tx, Batch, datetime], Batch]) -> Batch:
    """Does `work` to a batch that nobody else changes meanwhile, and wakes the dispatcher. Raises NotFound, Forbidden."""
    require(actor, Role.MANAGER, to="control batches")
    now = rt.clock.now()

    def locked(tx: Tx) -> Batch:
        client_id = batches.get(tx, batch_id).client_id
        sees(actor, client_id, what="batch")
        slots.lock_client(tx, client_id)
        batch = batches.get(tx, batch_id, lock=True)
        tx.announce(Notice("slot", client_id))
        return work(tx, batch, now)

    return await rt.database.write(locked)


async def get(rt: Runtime, actor: Actor, batch_id: str) -> BatchView:
    """Gives a batch with its progress, or raises NotFound."""

    def work(tx: Tx) -> BatchView:
        batch = batches.get(tx, batch_id)
        sees(actor, batch.client_id, what="batch")
        return view(tx, batch, now=rt.clock.now())

    return await rt.database.read(work)


def view(tx: Tx, batch: Batch, *, now: datetime) -> BatchView:
    """Gives the progress of a batch as it is in this transaction."""
    counts = batches.counts(tx, [batch])[batch.batch_id]
    outcomes, cost = batches.outcomes(tx, batch.batch_id)
    forecast = forecasting.quick(tx, batch, counts, now=now)
    return BatchView(
        batch=batch,
        status=forecast.status,
        status_reason=batch.state_why or forecast.why,
        counts=counts,
        outcomes=outcomes,
        cost=cost,
        eta=forecast.finish_at,
    )
