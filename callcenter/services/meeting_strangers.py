"""Calls at the provider that are not what we expected: a second one for a number, or one that something else placed."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.call import Call, CallEvent, Origin, Told, fold
from callcenter.domain.deriving import derive
from callcenter.domain.dial import Dial
from callcenter.services import suppressing
from callcenter.services.runtime import Runtime
from callcenter.store import calls, clients, effects, transitions
from callcenter.store.database import Tx

log = structlog.get_logger()


def second_call(tx: Tx, rt: Runtime, call: Call, dial: Dial, event: CallEvent, *, now: datetime) -> str:
    """Two calls exist for one number, which every rule is there to prevent: write it down, keep both, hold the number.

    The second one gets a row of its own; we ask Retell to stop it as soon as it can be stopped. Gives its call_id.
    """
    known = calls.find_by_provider(tx, dial.account_id, event.provider_call_id, lock=True) if event.provider_call_id else None
    if known is None:
        known = _stranger(rt, event, account_id=dial.account_id, client_id=call.client_id, now=now)
        known = replace(known, lead_id=call.lead_id, lead_name=call.lead_name, cancel_requested_at=now)
        known = replace(known, cancel_by="callcenter", notes="A second call to the same number.")
        calls.add(tx, known)
    told = fold(known.told, event)
    after = replace(known, told=told)
    after = replace(after, derived=derive(after, []))
    calls.save(tx, known, after, now=now, why=event.name)
    calls.check_at(tx, known.call_id, now)
    if effects.once(tx, known.call_id, "alert", now=now, detail="second call to one number"):
        why = "two calls to this number existed at once; held until a person has looked"
        suppressing.suppress_in(tx, rt, call.to_number, why=why, source="incident", call_id=call.call_id, now=now)
        transitions.add(
            tx,
            what="incident",
            row_id=call.call_id,
            from_state=None,
            to_state="second_call",
            now=now,
            by="callcenter",
            why=why,
        )
        log.error("second call to one number", call_id=call.call_id, second=known.call_id)
    return known.call_id


def adopt_outside(tx: Tx, rt: Runtime, *, account_id: str, client_id: str | None, event: CallEvent, now: datetime) -> str:
    """Makes a call row for a Retell call that something else placed on the same account; gives its call_id."""
    known = calls.find_by_provider(tx, account_id, event.provider_call_id or "", lock=True)
    if known is None:
        owner = client_id or _sole_owner(tx, account_id, event)
        known = _stranger(rt, event, account_id=account_id, client_id=owner, now=now)
        calls.add(tx, known)
    after = replace(known, told=fold(known.told, event))
    after = replace(after, derived=derive(after, []))
    calls.save(tx, known, after, now=now, why=event.name)
    calls.check_at(tx, known.call_id, None if after.told.ended_at else now + timedelta(minutes=5))
    return known.call_id


def _sole_owner(tx: Tx, account_id: str, event: CallEvent) -> str | None:
    ours = event.to_number if event.direction == "inbound" else event.from_number
    owners = clients.with_from_number(tx, account_id, ours) if ours else []
    return owners[0].client_id if len(owners) == 1 else None


def is_from_a_lost_past(event: CallEvent, install_id: str) -> bool:
    """Whether this call carries our installation's mark but a token our database does not know.

    Then the database is older than the call: it was restored from a backup, or a second copy of it is dialling.
    """
    return event.install_id == install_id and event.token is not None


def _stranger(rt: Runtime, event: CallEvent, *, account_id: str, client_id: str | None, now: datetime) -> Call:
    call_id = rt.new_id()
    inbound = event.direction == "inbound"
    made = Call(
        call_id=call_id,
        client_id=client_id,
        account_id=account_id,
        root_call_id=call_id,
        origin=Origin.OUTSIDE,
        direction=event.direction,
        to_number=(event.from_number if inbound else event.to_number) or "unknown",
        from_number=event.to_number if inbound else event.from_number,
        agent_id=event.agent_id,
        scheduled_at=event.values.get("started_at") or now,
        told=Told(provider_call_id=event.provider_call_id),
        created_at=now,
        updated_at=now,
    )
    return replace(made, derived=derive(made, []))
