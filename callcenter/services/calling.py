"""Schedule, dial, cancel one call."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.call import FINISHED_STATUSES, Call, CallStatus, Priority
from callcenter.domain.client import Client
from callcenter.domain.deriving import derive
from callcenter.domain.dial import Dial, DialState, Verdict
from callcenter.domain.errors import CallCenterError, Conflict, Invalid, Refused, Unavailable, Uncertain, Unreachable
from callcenter.domain.hours import DEFAULT_HOURS, Window, goes_beyond, windows_to
from callcenter.domain.lead import Lead
from callcenter.domain.notice import Notice
from callcenter.domain.phone import normal
from callcenter.domain.retry import RetryPolicy
from callcenter.domain.status import newest_standing
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.domain.variables import merged
from callcenter.services import applying, concluding, keys, suppressing
from callcenter.services.planning import Armed
from callcenter.services.ports import Evidence
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, clients, dials, inbox, leads, numbers, overrides, slots
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

log = structlog.get_logger(__name__)

#: A process that froze for longer than this between arming and sending does not send any more.
GUARD_SECONDS = 5.0
#: So many dials of unknown end within a minute, if they are this share of what was sent, stop an account's sending.
MOST_DOUBTS = 3
DOUBTFUL_SHARE = 0.1
#: Nobody waits longer before asking again, whatever Retell's Retry-After says.
LONGEST_WAIT = timedelta(minutes=10)
#: The first look for a dial of unknown end.
FIRST_LOOK = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleCall:
    """What somebody asks for: one call, to a lead or to a number. `scheduled_at` None means as soon as the rules allow."""

    lead_id: str | None = None
    to_number: str | None = None
    priority: Priority = Priority.NORMAL
    scheduled_at: datetime | None = None
    window: tuple[Window, ...] | None = None
    window_reason: str = ""
    retry: RetryPolicy | None = None
    max_attempts: int = 1
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    agent_id: str | None = None
    from_number: str | None = None


async def schedule(rt: Runtime, actor: Actor, client_id: str, wish: ScheduleCall) -> Call:
    """Writes down a call to be made; the dispatcher takes it from there. Raises Invalid, Forbidden, NotFound."""
    now = rt.clock.now()
    return await rt.database.write(lambda tx: schedule_in(tx, rt, actor, client_id, wish, now=now))


def schedule_in(tx: Tx, rt: Runtime, actor: Actor, client_id: str, wish: ScheduleCall, *, now: datetime) -> Call:
    """The same inside a transaction, for callers that write more beside it."""
    sees(actor, client_id)
    require(actor, Role.AGENT, to="place calls")
    client = clients.get(tx, client_id)
    lead = _lead_of(tx, client_id, wish)
    number = lead.number if lead else normal(wish.to_number or "", country=client.country).number
    if lead is None:
        lead = leads.find_by_number(tx, client_id, number)
    why = suppressing.is_suppressed(tx, number, client_id)
    if why:
        raise Invalid(f"This number is on the do-not-call list: {why}.", field="leadId" if wish.lead_id else "toNumber")
    check_window(tx, rt, actor, client_id, wish.window, reason=wish.window_reason, now=now)
    call = new_call(rt, client, lead, number, now=now, wish=wish)
    calls.add(tx, call)
    tx.announce(Notice("slot", client_id))
    return call


def check_window(
    tx: Tx, rt: Runtime, actor: Actor, client_id: str, window: tuple[Window, ...] | None, *, reason: str, now: datetime
) -> None:
    """Lets hours beyond the careful default pass only for a manager who gives a reason, and writes both down."""
    if window is None or not goes_beyond(window, DEFAULT_HOURS):
        return
    require(actor, Role.MANAGER, to="call outside the careful default hours")
    if not reason.strip():
        raise Invalid("These hours go beyond the careful default. Say why, it is written down.", field="window.reason")
    overrides.add(
        tx,
        override_id=rt.new_id(),
        client_id=client_id,
        key="hours",
        value={"windows": windows_to(window)},
        why=reason,
        by=actor.label,
        now=now,
    )


def _lead_of(tx: Tx, client_id: str, wish: ScheduleCall) -> Lead | None:
    if wish.lead_id is None:
        if not wish.to_number:
            raise Invalid("Say whom to call: a lead or a number.", field="toNumber")
        return None
    lead = leads.find(tx, wish.lead_id)
    if lead is None or lead.client_id != client_id or lead.deleted_at is not None:
        raise Invalid("This client has no such lead.", field="leadId")
    return lead


def new_call(
    rt: Runtime,
    client: Client,
    lead: Lead | None,
    number: str,
    *,
    now: datetime,
    wish: ScheduleCall,
    batch_id: str | None = None,
    batch_variables: Mapping[str, str] | None = None,
) -> Call:
    """Gives a new scheduled call with its variables merged, weakest first: client, batch, lead, call."""
    call_id = rt.new_id()
    call = Call(
        call_id=call_id,
        client_id=client.client_id,
        account_id=client.account_id,
        lead_id=lead.lead_id if lead else None,
        lead_name=lead.name if lead else "",
        batch_id=batch_id,
        root_call_id=call_id,
        max_attempts=wish.max_attempts,
        to_number=number,
        from_number=wish.from_number,
        agent_id=wish.agent_id,
        variables=merged(client.variables, batch_variables or {}, _own(lead), wish.variables),
        priority=wish.priority,
        scheduled_at=wish.scheduled_at or now,
        window=wish.window,
        retry=wish.retry,
        look_again_at=now,
        created_at=now,
        updated_at=now,
    )
    return replace(call, derived=derive(call, []))


def _own(lead: Lead | None) -> dict[str, str]:
    if lead is None:
        return {}
    facts = {"name": lead.name, "email": lead.email, "external_id": lead.external_id}
    return {name: value for name, value in facts.items() if value} | dict(lead.variables)


async def get(rt: Runtime, actor: Actor, call_id: str) -> Call:
    """Gives one call that this person may see, or raises NotFound."""
    call = await rt.database.read(lambda tx: calls.get(tx, call_id))
    sees(actor, call.client_id, what="call")
    return call


async def cancel(rt: Runtime, actor: Actor, call_id: str) -> Call:
    """Cancels a call: one that waits is never dialled, one that rings or talks is stopped at the provider as soon as it can be.

    Raises Conflict when it has ended already. A live call keeps its status until the provider says that it ended.
    """
    require(actor, Role.AGENT, to="cancel calls")
    now = rt.clock.now()
    call = await rt.database.write(lambda tx: _cancel_in(tx, actor, call_id, now=now))
    if call.derived.status not in FINISHED_STATUSES and call.told.provider_call_id and call.account_id:
        await stop(rt, call.account_id, call.told.provider_call_id)
    return call


def _cancel_in(tx: Tx, actor: Actor, call_id: str, *, now: datetime) -> Call:
    call = calls.get(tx, call_id, lock=True)
    sees(actor, call.client_id, what="call")
    if call.derived.status in FINISHED_STATUSES:
        raise Conflict(f"This call is {call.derived.status.value} already; there is nothing to cancel.")
    return request_cancel(tx, call, by=actor.label, why="cancelled by " + actor.label, now=now)


def request_cancel(tx: Tx, call: Call, *, by: str, why: str, now: datetime) -> Call:
    """Cancels a call that waits at once; for one in flight, notes the wish and has it stopped when it can be."""
    asked = replace(call, cancel_requested_at=call.cancel_requested_at or now, cancel_by=call.cancel_by or by)
    of_call = dials.of_call(tx, call.call_id)
    if call.derived.status is CallStatus.SCHEDULED:
        asked = replace(asked, closed_why=why)
    asked = replace(asked, derived=derive(asked, of_call))
    saved = calls.save(tx, call, asked, now=now, by=by, why=why)
    if saved.derived.status in FINISHED_STATUSES:
        if saved.batch_id:
            concluding.finish_batch_if_done(tx, saved.batch_id, now=now)
    else:
        calls.check_at(tx, call.call_id, now + timedelta(seconds=2))
    return saved


async def undo_cancel(rt: Runtime, actor: Actor, call_id: str) -> Call:
    """Lets a cancelled call wait again, and its batch go on if that ended with it.

    Raises Conflict when something was dialled for it, and when it could only wait for ever: its batch was cancelled or is past
    its end, its number is on the do-not-call list, its lead was deleted.
    """
    require(actor, Role.AGENT, to="cancel calls")
    now = rt.clock.now()

    def work(tx: Tx) -> Call:
        call = calls.get(tx, call_id, lock=True)
        sees(actor, call.client_id, what="call")
        standing = newest_standing(dials.of_call(tx, call_id))
        if call.derived.status is not CallStatus.CANCELLED or standing is not None:
            raise Conflict("This call cannot be taken up again.")
        if why := concluding.called_off(tx, call):
            raise Conflict(f"This call cannot be taken up again: {why}.")
        if call.batch_id:
            concluding.reopen_batch(tx, call.batch_id, by=actor.label, now=now)
        again = replace(call, cancel_requested_at=None, cancel_by=None, closed_why=None, look_again_at=now)
        again = replace(again, derived=derive(again, []))
        tx.announce(Notice("slot", call.client_id))
        return calls.save(tx, call, again, now=now, by=actor.label, why="taken up again")

    return await rt.database.write(work)


async def stop(rt: Runtime, account_id: str, provider_call_id: str) -> bool:
    """Asks the provider to hang up; False when it would not yet (a call that still rings), which reconciling repeats."""
    try:
        provider = await keys.providers_for(rt, account_id)
        await provider.stop_call(provider_call_id)
    except CallCenterError as error:
        log.info("call not stopped yet", provider_call_id=provider_call_id, why=error.message)
        return False
    return True


# -- one dial, from armed to settled ------------------------------------------------------------------------------------


async def send(rt: Runtime, armed: Armed) -> None:
    """Sends one armed dial, at most once, and settles how it ended; never raises but when it is cancelled.

    The network is touched here and nowhere else. Whatever is not surely a yes or a no is settled as unknown.
    """
    try:
        evidence, verdict = await _place(rt, armed)
    except asyncio.CancelledError:
        # the process is stopping: whether the request was read cannot be told any more
        await asyncio.shield(_settle(rt, armed.dial, None, Verdict("unknown", words="the server was stopped while asking")))
        raise
    await _settle(rt, armed.dial, evidence, verdict)


async def _place(rt: Runtime, armed: Armed) -> tuple[Evidence | None, Verdict]:
    try:
        provider = await keys.providers_for(rt, armed.dial.account_id)
    except CallCenterError as error:
        return None, Verdict("unsent", words=error.message)
    if rt.clock.boot() - armed.boot_at > GUARD_SECONDS:
        return None, Verdict("unsent", words="this process stood still for too long before it could send")
    try:
        evidence = await provider.create_call(armed.request, guard=lambda: rt.clock.boot() - armed.boot_at <= GUARD_SECONDS)
        return evidence, Verdict("accepted", 201)
    except Unreachable as error:
        return None, Verdict("unsent", words=error.message)
    except Refused as error:
        kind = "rejected_for_now" if error.is_for_now or error.stops_account else "rejected"
        wait = "" if error.retry_after is None else f" retry after {error.retry_after.total_seconds():g} s"
        return None, Verdict(kind, error.status, (error.words or error.message) + wait, error.retry_after)
    except Uncertain as error:
        return None, Verdict("unknown", error.status, error.message)
    except Exception as error:
        log.exception("create call failed in an unforeseen way", dial_id=armed.dial.dial_id)
        return None, Verdict("unknown", words=type(error).__name__)


async def settle_accepted(rt: Runtime, dial: Dial, evidence: Evidence) -> None:
    """Commits that the provider has the call of a dial."""
    await _settle(rt, dial, evidence, Verdict("accepted", 201))


async def _settle(rt: Runtime, dial: Dial, evidence: Evidence | None, verdict: Verdict) -> None:
    """Commits how a dial ended; while the database is away it goes on trying, for nothing else may be forgotten."""
    wait = 0.2
    while True:
        now = rt.clock.now()
        try:
            await rt.database.write(lambda tx, now=now: _settle_in(tx, rt, dial, evidence, verdict, now=now))
        except Unavailable:
            log.warning("verdict not stored yet, trying again", dial_id=dial.dial_id, verdict=verdict.kind)
            await rt.clock.sleep(wait)
            wait = min(wait * 2, 2.0)
        except Exception:
            log.exception("verdict could not be stored; left to reconciling", dial_id=dial.dial_id, verdict=verdict.kind)
            return
        else:
            return


def _settle_in(tx: Tx, rt: Runtime, dial: Dial, evidence: Evidence | None, verdict: Verdict, *, now: datetime) -> None:
    if evidence is not None:
        _settle_accepted(tx, rt, dial, evidence, now=now)
        return
    slots.lock(tx, dial.account_id)  # failures that end at the same time must count each other
    call = calls.get(tx, dial.call_id, lock=True)
    if verdict.kind == "unknown":
        _settle_unknown(tx, dial, call, verdict, now=now)
    else:
        _settle_fallen(tx, rt, dial, call, verdict, now=now)


def _settle_accepted(tx: Tx, rt: Runtime, dial: Dial, evidence: Evidence, *, now: datetime) -> None:
    event = evidence.event
    letter = letter_of(rt, dial.account_id, evidence, source="us", now=now, client_id=dial.client_id)
    if not inbox.is_known(tx, dial.account_id, letter.sha256):
        applied = applying.apply(tx, rt, account_id=dial.account_id, event=event, now=now, by="dispatcher")
        inbox.add(tx, replace(letter, state=applied.state, call_id=applied.call_id))


def _settle_unknown(tx: Tx, dial: Dial, call: Call, verdict: Verdict, *, now: datetime) -> None:
    moved = dials.settle(tx, dial, DialState.UNKNOWN, now=now, by="dispatcher", verdict=verdict, next_check_at=now + FIRST_LOOK)
    if not moved:
        return  # an event has proved it meanwhile
    derived = derive(call, dials.of_call(tx, call.call_id))
    calls.save(tx, call, replace(call, derived=derived), now=now, by="dispatcher", why=verdict.words)
    minute_ago = now - timedelta(seconds=60)
    doubtful = dials.recent(tx, dial.account_id, DialState.UNKNOWN, minute_ago)
    # The share spares an account that dials many a second: a few such answers a minute are no sign of an outage there.
    if doubtful >= MOST_DOUBTS and doubtful >= numbers.sends_since(tx, dial.account_id, minute_ago) * DOUBTFUL_SHARE:
        accounts.set_values(tx, dial.account_id, now=now, breaker_until=now + timedelta(seconds=30))


def _settle_fallen(tx: Tx, rt: Runtime, dial: Dial, call: Call, verdict: Verdict, *, now: datetime) -> None:
    state = DialState.UNSENT if verdict.kind == "unsent" else DialState.REJECTED
    if not dials.settle(tx, dial, state, now=now, by="dispatcher", why=verdict.words, verdict=verdict):
        return
    if verdict.kind == "rejected":
        again = replace(call, refused=True, closed_why=verdict.words)
    else:
        again = concluding.wait_again(tx, rt, call, now=now, why=verdict.words, after=verdict.retry_after)
    again = replace(again, derived=derive(again, dials.of_call(tx, call.call_id)))
    saved = calls.save(tx, call, again, now=now, by="dispatcher", why=verdict.words)
    concluding.after_news(tx, rt, call, saved, now=now)
    _spare_the_account(tx, dial, verdict, now=now)


def _spare_the_account(tx: Tx, dial: Dial, verdict: Verdict, *, now: datetime) -> None:
    if verdict.status == 429:
        concluding.slow_down(tx, dial.account_id, now=now)
        if verdict.retry_after is not None:  # it was said to the account, so its other calls wait too
            accounts.set_values(tx, dial.account_id, now=now, breaker_until=now + min(verdict.retry_after, LONGEST_WAIT))
    elif verdict.status in (401, 402, 403):
        why = f"Retell refused this account ({verdict.status}): {verdict.words}"
        accounts.set_values(tx, dial.account_id, now=now, paused_at=now, paused_why=why)
        tx.announce(Notice("account", dial.client_id, dial.account_id))
    elif verdict.kind == "unsent":
        failures = dials.recent(tx, dial.account_id, DialState.UNSENT, now - timedelta(seconds=60))
        if failures >= 3:  # it is down: a listing every so often asks whether it is back, not our calls
            accounts.set_values(
                tx, dial.account_id, now=now, breaker_until=now + timedelta(seconds=min(30, 2 ** min(failures, 5)))
            )


def letter_of(
    rt: Runtime, account_id: str, evidence: Evidence, *, source: str, now: datetime, client_id: str | None = None
) -> Letter:
    """Gives what the provider answered us as a letter for the inbox, so that it can be folded again one day."""
    event = evidence.event
    return Letter(
        inbox_id=rt.new_id(),
        account_id=account_id,
        client_id=client_id,
        source=source,
        kind=event.name,
        provider_call_id=event.provider_call_id,
        token=event.token,
        sha256=applying.sha256(evidence.raw),
        body=evidence.raw,
        received_at=now,
    )
