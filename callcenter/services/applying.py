"""Applies one piece of evidence to the call it is about: fold, derive, settle the dial, free the place, all in one transaction.

Webhooks, fetched calls, listings and the provider's answer to our own request all come through here, so whichever of them comes
first, second or twice, the call ends up the same.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.call import ACTIVE_STATUSES, Call, CallEvent, Phase, Told, fold
from callcenter.domain.changing import with_changes
from callcenter.domain.deriving import derive
from callcenter.domain.dial import FALLEN, Dial, DialState
from callcenter.domain.ending import EndClass, classify
from callcenter.domain.notice import Notice
from callcenter.domain.status import newest_standing
from callcenter.services import concluding, meeting_strangers
from callcenter.services.runtime import Runtime
from callcenter.store import ahead, calls, dials
from callcenter.store.database import Tx

#: When to ask the provider ourselves if it says nothing: after the ring time, while people talk, and for the analysis.
RINGS = timedelta(seconds=30)
AFTER_RINGING = timedelta(seconds=30)
WHILE_TALKING = timedelta(seconds=150)
FOR_ANALYSIS = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a piece of evidence: `state` is the inbox's word for it, `before` and `after` the call, if one was found."""

    state: str
    call_id: str | None = None
    before: Call | None = None
    after: Call | None = None


def apply(tx: Tx, rt: Runtime, *, account_id: str, event: CallEvent, now: datetime, by: str) -> Applied:
    """Finds the call an event belongs to and brings it up to date; `unmatched` when there is none (yet)."""
    found = _find(tx, account_id, event)
    if found is None:
        return Applied("unmatched")
    call, of_call = found
    dial = next((d for d in of_call if d.token == event.token), None)
    dial = dial or next((d for d in of_call if d.provider_call_id == event.provider_call_id), None)
    if dial is None:
        return _fold_and_save(tx, rt, call, of_call, event, now=now, by=by)
    if dial.account_id != account_id:
        return Applied("unmatched")  # a token of another account proves nothing
    return _apply_to_dial(tx, rt, call, of_call, dial, event, now=now, by=by)


def _find(tx: Tx, account_id: str, event: CallEvent) -> tuple[Call, list[Dial]] | None:
    """Gives the call an event is about, with its dials; nobody else changes it until this transaction ends."""
    if event.token and (found := ahead.take(tx, event.token)):
        return found
    call = calls.find_by_token(tx, event.token, lock=True) if event.token else None
    if call is None and event.provider_call_id:
        call = calls.find_by_dial(tx, account_id, event.provider_call_id, lock=True)
        call = call or calls.find_by_provider(tx, account_id, event.provider_call_id, lock=True)
    return (call, dials.of_call(tx, call.call_id)) if call else None


def _apply_to_dial(
    tx: Tx, rt: Runtime, call: Call, of_call: list[Dial], dial: Dial, event: CallEvent, *, now: datetime, by: str
) -> Applied:
    target = _target(dial, event)
    if _is_second(tx, of_call, dial, target, event):
        return Applied("folded", meeting_strangers.second_call(tx, rt, call, dial, event, now=now))
    moved: Dial | None = dial
    if target is not dial.state:
        facts = {"provider_call_id": event.provider_call_id} if event.provider_call_id else {}
        moved = dials.settle(tx, dial, target, now=now, by=by, why=event.name, next_check_at=None, **facts)
    elif dial.provider_call_id is None and event.provider_call_id:
        dials.note(tx, dial.dial_id, provider_call_id=event.provider_call_id)
        moved = with_changes(dial, provider_call_id=event.provider_call_id)
    of_call = [moved if moved and d.dial_id == dial.dial_id else d for d in of_call]
    if target is DialState.REJECTED:
        return _turned_away(tx, rt, call, of_call, now=now, by=by)
    return _fold_and_save(tx, rt, call, of_call, event, now=now, by=by)


def _is_second(tx: Tx, of_call: list[Dial], dial: Dial, target: DialState, event: CallEvent) -> bool:
    """Whether this evidence is of a second Retell call for the number, beside the one that stands."""
    if dial.provider_call_id and event.provider_call_id and dial.provider_call_id != event.provider_call_id:
        return True
    if target in FALLEN:
        return False
    standing = newest_standing(of_call)
    if standing is not None and standing.dial_id != dial.dial_id:
        return True
    return dial.state in FALLEN and dials.open_for(tx, dial.client_id, dial.number) is not None


def _target(dial: Dial, event: CallEvent) -> DialState:
    """Gives where a dial stands once this evidence is known; never a step back."""
    if event.phase >= Phase.ENDED:
        reason = event.values.get("disconnection_reason")
        started = event.started_seen or dial.state is DialState.LIVE
        if classify(reason, event.values.get("provider_status"), started) is EndClass.FULL:
            return dial.state if dial.state is DialState.FINISHED else DialState.REJECTED
        return dial.state if dial.state is DialState.REJECTED and dial.provider_call_id else DialState.FINISHED
    if dial.state in (DialState.FINISHED, DialState.LIVE):
        return dial.state
    if dial.state is DialState.REJECTED and dial.provider_call_id:
        return dial.state  # Retell was full and said so later; what else it says of that call changes nothing
    return DialState.LIVE if event.phase >= Phase.STARTED else DialState.ACCEPTED


def _turned_away(tx: Tx, rt: Runtime, call: Call, of_call: list[Dial], *, now: datetime, by: str) -> Applied:
    """Retell created the call and then had no place for it: the same call waits again, and the account slows down."""
    if newest_standing(of_call) is not None:
        return Applied("folded", call.call_id)  # old news: it has been dialled again since
    if call.not_before_at is not None and call.derived.status not in ACTIVE_STATUSES:
        return Applied("folded", call.call_id)  # told before
    again = concluding.wait_again(tx, rt, call, now=now, why="Retell is full")
    again = with_changes(again, told=Told(), next_check_at=None, checks=0)
    again = with_changes(again, derived=derive(again, of_call))
    concluding.slow_down(tx, call.account_id, now=now)
    saved = calls.save(tx, call, again, now=now, by=by, why="Retell is full")
    return Applied("folded", call.call_id, call, saved)


def _fold_and_save(tx: Tx, rt: Runtime, call: Call, of_call: list[Dial], event: CallEvent, *, now: datetime, by: str) -> Applied:
    told = fold(call.told, event)
    derived = derive(with_changes(call, told=told), of_call)
    if told == call.told and derived == call.derived:
        return Applied("folded", call.call_id, call, call)  # nothing new
    stoppable = call.cancel_requested_at is not None and told.phase < Phase.ENDED and _can_be_stopped_now(call.told, told)
    check_at = now if stoppable else next_question(told.phase, now=now)
    after = with_changes(call, told=told, derived=derived, next_check_at=check_at, checks=0)
    after = calls.save(tx, call, after, now=now, by=by, why=event.name)
    concluding.after_news(tx, rt, call, after, now=now)
    if stoppable:
        tx.announce(Notice("account", call.client_id, call.account_id or ""))  # wakes reconciling, which stops it
    return Applied("folded", call.call_id, call, after)


def _can_be_stopped_now(before: Told, after: Told) -> bool:
    """Whether asking Retell to hang up is worth a try that it was not before: the call has got its id, or has connected."""
    return (after.started_seen and not before.started_seen) or (
        before.provider_call_id is None and after.provider_call_id is not None
    )


def next_question(phase: Phase, *, now: datetime) -> datetime | None:
    """Gives when silence about a call in this phase would be worth a question to the provider; None: never."""
    if phase >= Phase.ANALYSED:
        return None
    if phase >= Phase.ENDED:
        return now + FOR_ANALYSIS
    if phase >= Phase.STARTED:
        return now + WHILE_TALKING
    return now + RINGS + AFTER_RINGING


def sha256(raw: bytes) -> str:
    """Gives the fingerprint by which a body is remembered once."""
    return hashlib.sha256(raw).hexdigest()
