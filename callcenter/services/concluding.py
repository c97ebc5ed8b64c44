"""What a call's news brings with it: another try, do-not-call, a follow-up, an alert, the end of its batch; each once."""

from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.domain.batch import PAUSED_ITSELF, Batch, BatchState
from callcenter.domain.call import FINISHED_STATUSES, SUCCESSES, Call, Phase
from callcenter.domain.client import Client
from callcenter.domain.deriving import FollowUp, derive, follow_up, suppresses
from callcenter.domain.eligibility import windows_for, zones_for
from callcenter.domain.ending import EndClass
from callcenter.domain.errors import Conflict
from callcenter.domain.hours import opens_at
from callcenter.domain.lead import Lead
from callcenter.domain.notice import Notice
from callcenter.domain.pacing import backoff, slowed
from callcenter.domain.phone import zones_of
from callcenter.domain.retry import plan_retry, policy_for
from callcenter.domain.stopping import is_error, why_stop
from callcenter.services import suppressing
from callcenter.services.runtime import Runtime
from callcenter.store import (
    accounts,
    batches,
    blackouts,
    calls,
    clients,
    dials,
    effects,
    ends,
    follow_ups,
    leads,
    numbers,
    transitions,
)
from callcenter.store.database import Tx

#: The analysis comes within a minute or so; after this long people are told what is known without it.
ANALYSIS_OVERDUE = timedelta(minutes=10)


def after_news(tx: Tx, rt: Runtime, before: Call, after: Call, *, now: datetime) -> None:
    """Does what the change from `before` to `after` asks for, inside the same transaction."""
    if after.derived.status not in FINISHED_STATUSES or after.client_id is None:
        return
    _suppress(tx, rt, after, now=now)
    if after.derived.outcome != before.derived.outcome:
        _remember_on_lead(tx, after, now=now)
    _note_follow_up(tx, rt, after, now=now)
    is_new_end = before.derived.status not in FINISHED_STATUSES
    if is_new_end:
        _alert(tx, after, now=now)
        _try_again(tx, rt, after, now=now)
    was_good = before.derived.outcome in SUCCESSES or before.derived.is_reached
    if (after.derived.outcome in SUCCESSES or after.derived.is_reached) and not was_good:
        _spare_the_lead(tx, after, now=now)
    if after.batch_id and is_new_end:
        batch = finish_batch_if_done(tx, after.batch_id, now=now)
        _stop_batch_if_bad(tx, batch, after, now=now)


def _suppress(tx: Tx, rt: Runtime, call: Call, *, now: datetime) -> None:
    words = suppresses(call)
    if words and effects.once(tx, call.call_id, "do_not_call", now=now, detail=words):
        suppressing.suppress_in(
            tx,
            rt,
            call.to_number,
            why="Asked not to be called",
            source="call",
            call_id=call.call_id,
            words=words,
            now=now,
        )


def _remember_on_lead(tx: Tx, call: Call, *, now: datetime) -> None:
    if call.lead_id and call.derived.outcome is not None:
        leads.note_outcome(tx, call.lead_id, call.derived.outcome.value, now=now)


def _note_follow_up(tx: Tx, rt: Runtime, call: Call, *, now: datetime, waits: bool = True) -> None:
    """Notes a call back or an appointment once; while a surer time may still come with the analysis, it `waits` for that."""
    guess = follow_up(call, zone="UTC")
    if guess is None or call.client_id is None or (waits and not guess.is_sure and call.told.phase < Phase.ANALYSED):
        return
    client = clients.get(tx, call.client_id)
    lead = leads.find(tx, call.lead_id) if call.lead_id else None
    zone = (lead.timezone if lead else None) or next(iter(zones_of(call.to_number)), None) or client.timezone
    found = follow_up(call, zone=zone) or guess
    if not effects.once(tx, call.call_id, found.kind, now=now):
        _make_sure(tx, call, found, zone=zone, now=now)
    elif not _call_back(tx, rt, call, client, lead, found, now=now):
        follow_ups.add_from_call(
            tx,
            follow_up_id=rt.new_id(),
            client_id=client.client_id,
            lead_id=call.lead_id,
            call_id=call.call_id,
            kind=found.kind,
            at=found.at,
            zone=zone,
            is_sure=found.is_sure,
            words=found.words,
            now=now,
        )


def without_analysis(tx: Tx, rt: Runtime, call: Call, *, now: datetime) -> None:
    """Notes what is known of a wish for a call back, for an analysis that is long overdue; nothing is lost with it."""
    if call.told.phase == Phase.ENDED and now - (call.told.ended_at or now) >= ANALYSIS_OVERDUE:
        _note_follow_up(tx, rt, call, now=now, waits=False)


def _make_sure(tx: Tx, call: Call, found: FollowUp, *, zone: str, now: datetime) -> None:
    """Puts the time that a late analysis brought where there was none, unless a person has touched it meanwhile."""
    if not found.is_sure or found.at is None:
        return
    for line in follow_ups.of_call(tx, call.call_id):
        if line.kind == found.kind and line.source == "analysis" and line.rev == 0 and not line.is_sure:
            follow_ups.change(tx, line, now=now, at=found.at, zone=zone, is_sure=True, words=found.words)


def _call_back(
    tx: Tx, rt: Runtime, call: Call, client: Client, lead: Lead | None, found: FollowUp, *, now: datetime
) -> bool:  # fmt: skip
    """Schedules the call that the lead asked for, in a chain of its own, if the client has that done by itself; says whether."""
    if not (client.calls_back and found.kind == "follow_up" and found.at and found.is_sure):
        return False
    if (call.lead_id and (lead is None or lead.deleted_at)) or suppressing.is_suppressed(tx, call.to_number, client.client_id):
        return False
    batch = batches.get(tx, call.batch_id) if call.batch_id else None
    zones = zones_for(lead.timezone if lead else None, call.to_number)
    windows = windows_for(call, batch, client)
    at = opens_at(windows, zones, max(found.at, now), closed_days=blackouts.names_of(tx, client.client_id))
    if at is None:
        return False
    call_id = rt.new_id()
    again = _next_call(call, call_id=call_id, at=at, now=now)
    again = replace(
        again,
        root_call_id=call_id,
        batch_id=None,
        window=call.window or (batch.window if batch else None),
        retry=call.retry or (batch.retry if batch else None),
        notes=f"Asked to be called back: {found.words}",
    )
    calls.add(tx, replace(again, derived=derive(again, [])))
    tx.announce(Notice("slot", call.client_id))
    return True


def _alert(tx: Tx, call: Call, *, now: datetime) -> None:
    ended = call.derived.ended_class
    if ended == EndClass.MONEY and effects.once(tx, call.call_id, "pause_account", now=now) and call.account_id:
        why = "Retell ended a call because of payment. Check the balance at Retell, then test the connection."
        accounts.set_values(tx, call.account_id, now=now, paused_at=now, paused_why=why)
    if ended == EndClass.REPUTATION:
        effects.once(tx, call.call_id, "alert", now=now, detail=call.told.disconnection_reason or "")


def _try_again(tx: Tx, rt: Runtime, call: Call, *, now: datetime) -> None:
    if call.cancel_requested_at or call.attempt_number >= call.max_attempts or call.client_id is None:
        return
    client = clients.get(tx, call.client_id)
    # locked, or the batch might be cancelled meanwhile by somebody who does not see the new call yet
    batch = batches.get(tx, call.batch_id, lock=True) if call.batch_id else None
    if batch and (batch.state in (BatchState.CANCELLED, BatchState.DONE) or (batch.ends_at and now >= batch.ends_at)):
        return
    lead = leads.find(tx, call.lead_id) if call.lead_id else None
    if call.lead_id and (lead is None or lead.deleted_at):
        return
    at = plan_retry(
        call,
        call.derived,
        policy_for(call.retry, batch.retry if batch else None, client.retry),
        tries=effects.retries_by_class(tx, call.root_call_id),
        now=now,
        windows=windows_for(call, batch, client),
        zones=zones_for(lead.timezone if lead else None, call.to_number),
        closed_days=blackouts.names_of(tx, client.client_id),
    )
    if at is None or suppressing.is_suppressed(tx, call.to_number, client.client_id):
        return
    if not effects.once(tx, call.call_id, "retry", now=now, detail=call.derived.ended_class):
        return
    retry = _next_call(call, call_id=rt.new_id(), at=at, now=now)
    retry = replace(retry, attempt_number=call.attempt_number + 1)
    calls.add(tx, replace(retry, derived=derive(retry, [])))
    tx.announce(Notice("slot", call.client_id))


def _next_call(call: Call, *, call_id: str, at: datetime, now: datetime) -> Call:
    """Gives another call to the same lead as the given fields of this one say, due at `at`."""
    return Call(
        call_id=call_id,
        client_id=call.client_id,
        account_id=call.account_id,
        lead_id=call.lead_id,
        lead_name=call.lead_name,
        batch_id=call.batch_id,
        root_call_id=call.root_call_id,
        max_attempts=call.max_attempts,
        to_number=call.to_number,
        from_number=call.from_number,
        agent_id=call.agent_id,
        variables=call.variables,
        priority=call.priority,
        scheduled_at=at,
        window=call.window,
        retry=call.retry,
        tags=call.tags,
        created_at=now,
        updated_at=now,
    )


def _spare_the_lead(tx: Tx, call: Call, *, now: datetime) -> None:
    """A lead that was reached is not bothered again by retries that wait, in this chain or another."""
    why = "reached in the meantime"
    calls.cancel_chain(tx, call.root_call_id, why=why, by="callcenter", now=now)
    if call.lead_id:
        waiting = calls.waiting_retries(tx, call.lead_id)
        if waiting:
            calls.cancel_waiting(tx, call_ids=waiting, why=why, by="callcenter", now=now)


def finish_batches(tx: Tx, *, now: datetime, clock_is_right: bool) -> None:
    """Ends every batch of which nothing is left, whatever took its last call away; and by a right clock those past their end."""
    for batch in batches.past_their_end(tx, now=now) if clock_is_right else ():
        calls.cancel_waiting(tx, batch_id=batch.batch_id, why="the batch is past its end", by="callcenter", now=now)
    for batch in batches.emptied(tx):
        finish_batch_if_done(tx, batch.batch_id, now=now)


def finish_batch_if_done(tx: Tx, batch_id: str, *, now: datetime) -> Batch:
    """Ends a batch of which no call waits or runs any more; gives it as it now is, and nobody changes it until the commit."""
    batch = batches.get(tx, batch_id, lock=True)
    if batch.state in (BatchState.RUNNING, BatchState.PAUSED) and not batches.has_open_calls(tx, batch_id):
        done = replace(batch, state=BatchState.DONE, finished_at=now, state_why=None)
        return batches.save(tx, batch, done, now=now, by="callcenter", why="every call has ended")
    return batch


def reopen_batch(tx: Tx, batch_id: str, *, by: str, now: datetime) -> None:
    """Takes up a batch again that is done, as it was before: running or paused. Raises Conflict when it is past its end."""
    batch = batches.get(tx, batch_id, lock=True)
    if batch.ends_at is not None and batch.ends_at <= now:
        raise Conflict("This call cannot be taken up again: its batch is past its end.")
    if batch.state is not BatchState.DONE:
        return
    steps = transitions.of(tx, batch_id)
    was_paused = any(step["from_state"] == BatchState.PAUSED for step in steps[-1:])
    why = next((step["why"] for step in reversed(steps) if step["to_state"] == BatchState.PAUSED), None) if was_paused else None
    state = BatchState.PAUSED if was_paused else BatchState.RUNNING
    again = replace(batch, state=state, state_why=why, finished_at=None)
    batches.save(tx, batch, again, now=now, by=by, why="a call of it was taken up again")


def _stop_batch_if_bad(tx: Tx, batch: Batch, ended: Call, *, now: datetime) -> None:
    """Pauses a running batch when too many of its last calls were errors, or too few were answered.

    The batch is locked, so ends that come at the same time see each other; once it is paused none stops it again.
    """
    if batch.state is not BatchState.RUNNING or ended.derived.is_reached:
        return  # an answer makes nothing worse
    if batch.stop.answer_percent is None and not is_error(refused=ended.refused, ended_class=ended.derived.ended_class):
        return
    last = ends.of_batch(tx, batch.batch_id, since=batch.resumed_at, limit=batch.stop.looks_at)
    if why := why_stop(batch.stop, last):
        words = f"{PAUSED_ITSELF}: {why}"
        paused = replace(batch, state=BatchState.PAUSED, state_why=words)
        batches.save(tx, batch, paused, now=now, by="callcenter", why=words)


def wait_again(tx: Tx, rt: Runtime, call: Call, *, now: datetime, why: str, after: timedelta | None = None) -> Call:
    """Gives the call as it waits for a new dial, not before the back-off; or as cancelled, if it is not wanted any more."""
    if call.cancel_requested_at is not None:
        return replace(call, closed_why=call.closed_why or "cancelled before anybody was reached", not_before_at=None)
    if off := called_off(tx, call):
        return replace(call, closed_why=off, cancel_requested_at=now, cancel_by="callcenter", not_before_at=None)
    fallen = sum(1 for d in dials.of_call(tx, call.call_id) if not d.is_standing)
    not_before = now + backoff(max(1, fallen), retry_after=after, rng=rt.rng)
    return replace(call, not_before_at=not_before, look_again_at=not_before)


def called_off(tx: Tx, call: Call) -> str | None:
    """Why a call that does not wait must not wait again: what would have cancelled it, had it been waiting.

    Nobody cancels its batch between this answer and the commit.
    """
    batch = batches.get(tx, call.batch_id, lock=True) if call.batch_id else None
    if batch and batch.state is BatchState.CANCELLED:
        return batch.state_why or "the batch was cancelled"
    if why := suppressing.is_suppressed(tx, call.to_number, call.client_id):
        return f"Do not call: {why}"
    lead = leads.find(tx, call.lead_id) if call.lead_id else None
    return "the lead was deleted" if lead and lead.deleted_at else None


def slow_down(tx: Tx, account_id: str | None, *, now: datetime) -> None:
    """Halves the rate of an account after the provider found us too fast or had no place left; a person's limit stays."""
    if account_id is None:
        return
    recent = numbers.sends_since(tx, account_id, now - timedelta(seconds=10)) / 10
    pace, paced_at = slowed(now, recent)
    accounts.set_values(tx, account_id, now=now, learned_pace=pace, paced_at=paced_at)
