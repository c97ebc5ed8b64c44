"""Applies one piece of evidence to the call it is about: fold, derive, settle the dial, free the place, all in one transaction.

Webhooks, fetched calls, listings and the provider's answer to our own request all come through here, so whichever of them comes
first, second or twice, the call ends up the same.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.domain.call import Call, CallEvent, Phase, Told, fold
from callcenter.domain.deriving import derive
from callcenter.domain.dial import FALLEN, Dial, DialState
from callcenter.domain.ending import EndClass, classify
from callcenter.domain.notice import Notice
from callcenter.domain.status import newest_standing
from callcenter.services import concluding, meeting_strangers
from callcenter.services.runtime import Runtime
from callcenter.store import calls, dials
from callcenter.store.database import Tx

#: When to ask the provider ourselves if it says nothing: after the ring time, while people talk, and for the analysis.
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
    dial = _dial_of(tx, account_id, event)
    if dial is not None:
        call = calls.get(tx, dial.call_id, lock=True)
        dial = dials.get(tx, dial.dial_id)  # again, now that nobody else moves it
        return _apply_to_dial(tx, rt, call, dial, event, now=now, by=by)
    if event.provider_call_id is not None:
        call = calls.find_by_provider(tx, account_id, event.provider_call_id, lock=True)
        if call is not None:
            return _fold_and_save(tx, rt, call, event, now=now, by=by)
    return Applied("unmatched")


def _dial_of(tx: Tx, account_id: str, event: CallEvent) -> Dial | None:
    if event.token:
        dial = dials.find_by_token(tx, event.token)
        if dial is not None and dial.account_id == account_id:
            return dial
    if event.provider_call_id:
        return dials.find_by_provider(tx, account_id, event.provider_call_id)
    return None


def _apply_to_dial(tx: Tx, rt: Runtime, call: Call, dial: Dial, event: CallEvent, *, now: datetime, by: str) -> Applied:
    standing = newest_standing(dials.of_call(tx, call.call_id))
    is_second = bool(dial.provider_call_id and event.provider_call_id and dial.provider_call_id != event.provider_call_id)
    other = standing if standing is not None and standing.dial_id != dial.dial_id else None
    if other is None and dial.state in FALLEN:
        other = dials.open_for(tx, dial.client_id, dial.number)
    if is_second or (other is not None and _target(dial, event) not in FALLEN):
        return Applied("folded", meeting_strangers.second_call(tx, rt, call, dial, event, now=now))
    target = _target(dial, event)
    if target is not dial.state:
        facts = {"provider_call_id": event.provider_call_id} if event.provider_call_id else {}
        dials.settle(tx, dial, target, now=now, by=by, why=event.name, next_check_at=None, **facts)
    elif dial.provider_call_id is None and event.provider_call_id:
        dials.note(tx, dial.dial_id, provider_call_id=event.provider_call_id)
    if target is DialState.REJECTED:
        return _turned_away(tx, rt, call, now=now, by=by)
    return _fold_and_save(tx, rt, call, event, now=now, by=by)


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


def _turned_away(tx: Tx, rt: Runtime, call: Call, *, now: datetime, by: str) -> Applied:
    """Retell created the call and then had no place for it: the same call waits again, and the account slows down."""
    again = concluding.wait_again(tx, rt, call, now=now, why="Retell is full")
    again = replace(again, told=Told())
    again = replace(again, derived=derive(again, dials.of_call(tx, call.call_id)))
    concluding.slow_down(tx, call.account_id, now=now)
    saved = calls.save(tx, call, again, now=now, by=by, why="Retell is full")
    calls.check_at(tx, call.call_id, None)
    return Applied("folded", call.call_id, call, saved)


def _fold_and_save(tx: Tx, rt: Runtime, call: Call, event: CallEvent, *, now: datetime, by: str) -> Applied:
    told = fold(call.told, event)
    after = replace(call, told=told)
    after = replace(after, derived=derive(after, dials.of_call(tx, call.call_id)))
    after = calls.save(tx, call, after, now=now, by=by, why=event.name)
    if after.rev != call.rev:
        concluding.after_news(tx, rt, call, after, now=now)
    _plan_check(tx, after, now=now)
    if after.cancel_requested_at and not call.told.started_seen and told.started_seen and told.phase < Phase.ENDED:
        calls.check_at(tx, call.call_id, now)  # it can be stopped now
        tx.announce(Notice("account", call.client_id, call.account_id or ""))
    return Applied("folded", call.call_id, call, after)


def _plan_check(tx: Tx, call: Call, *, now: datetime) -> None:
    """Says when silence about this call would be worth a question."""
    phase = call.told.phase
    if phase >= Phase.ANALYSED:
        calls.check_at(tx, call.call_id, None)
    elif phase >= Phase.ENDED:
        calls.check_at(tx, call.call_id, now + FOR_ANALYSIS)
    elif phase >= Phase.STARTED:
        calls.check_at(tx, call.call_id, now + WHILE_TALKING)
    else:
        calls.check_at(tx, call.call_id, now + timedelta(milliseconds=30_000) + AFTER_RINGING)


def sha256(raw: bytes) -> str:
    """Gives the fingerprint by which a body is remembered once."""
    return hashlib.sha256(raw).hexdigest()
