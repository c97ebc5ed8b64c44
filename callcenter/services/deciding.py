"""A person settles a dial that stayed in doubt: it was placed, it was not, or it is left as it is. Each is written down."""

from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.dial import Dial, DialState
from callcenter.domain.errors import Conflict, Invalid, Refused
from callcenter.domain.notice import Notice
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import keys, reconciling, watching_clocks
from callcenter.services.ports import Evidence
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, dials, transitions
from callcenter.store.database import Tx

IN_DOUBT = (DialState.UNKNOWN, DialState.QUARANTINED)
#: Retell's clock and ours may differ by so much when a call is compared with the dial it is said to be.
CLOCKS_DIFFER = timedelta(minutes=2)


class Decision(StrEnum):
    """What a person says about a dial in doubt."""

    PLACED = "placed"
    NOT_PLACED = "not_placed"
    LEFT = "left"


async def decide(
    rt: Runtime, actor: Actor, dial_id: str, decision: Decision, *, provider_call_id: str = "", why: str = ""
) -> Dial:
    """Settles a dial in doubt on a manager's word, who says why; gives it as it became.

    `placed` names the Retell call, which is fetched and must be to that number. `not_placed` frees the number, and the call
    waits again under all rules; it is taken only once the hold is over by a clock that can be trusted, for until then the
    request might still arrive. `left` changes nothing. Raises NotFound, Forbidden, Conflict when it is settled already or the
    hold is not over, Invalid, and Unreachable when the provider has to be asked for the time and cannot be.
    """
    require(actor, Role.MANAGER, to="settle a dial in doubt")
    dial = await rt.database.read(lambda tx: dials.get(tx, dial_id))
    sees(actor, dial.client_id, what="dial")
    why = why.strip()[:500]
    if decision is not Decision.LEFT and not why:
        raise Invalid("Say how you know. It is written down beside the dial.", field="reason")
    if decision is Decision.PLACED:
        return await _placed(rt, actor, dial, provider_call_id.strip(), why)
    if decision is Decision.NOT_PLACED:
        await _hear_their_clock(rt, dial)
    now = rt.clock.now()
    work = _left if decision is Decision.LEFT else _not_placed
    return await rt.database.write(lambda tx: work(tx, rt, actor, dial_id, why=why, now=now))


async def _hear_their_clock(rt: Runtime, dial: Dial) -> None:
    """Asks the provider something, unless it has answered this process before: its answers say what time it is."""
    account = await rt.database.read(lambda tx: accounts.get(tx, dial.account_id))
    if not watching_clocks.has_heard(rt, account):
        with suppress(Refused):
            await (await keys.providers_for(rt, dial.account_id)).concurrency()


def _in_doubt(tx: Tx, dial_id: str) -> Dial:
    dial = dials.get(tx, dial_id)
    if dial.state not in IN_DOUBT:
        raise Conflict(f"This dial is settled already: {dial.state.value}.")
    return dial


def _write_down(tx: Tx, actor: Actor, dial: Dial, decision: Decision, *, why: str, now: datetime) -> None:
    transitions.add(
        tx, what="decision", row_id=dial.dial_id, from_state=dial.state, to_state=decision, now=now, by=actor.label, why=why
    )
    tx.announce(Notice("call", dial.client_id, dial.call_id))


def _left(tx: Tx, _rt: Runtime, actor: Actor, dial_id: str, *, why: str, now: datetime) -> Dial:
    dial = _in_doubt(tx, dial_id)
    _write_down(tx, actor, dial, Decision.LEFT, why=why, now=now)
    return dial


def _not_placed(tx: Tx, rt: Runtime, actor: Actor, dial_id: str, *, why: str, now: datetime) -> Dial:
    dial = _in_doubt(tx, dial_id)
    account = accounts.get(tx, dial.account_id)
    if not watching_clocks.is_trusted(rt, account, now=now, boot=rt.clock.boot()):
        raise Conflict("This machine’s clock does not agree with Retell’s, so the hold may not be over. Set it right first.")
    until = reconciling.hold_ends(rt, dial)
    if now < until:
        raise Conflict(
            f"The request might still reach Retell; the number is held until {until:%Y-%m-%d %H:%M} UTC. Decide after that."
        )
    _write_down(tx, actor, dial, Decision.NOT_PLACED, why=why, now=now)
    reconciling.void(tx, rt, dial, now=now, by=actor.label, why=why)
    return dials.get(tx, dial_id)


async def _placed(rt: Runtime, actor: Actor, dial: Dial, provider_call_id: str, why: str) -> Dial:
    if dial.state not in IN_DOUBT:
        raise Conflict(f"This dial is settled already: {dial.state.value}.")
    if not provider_call_id:
        raise Invalid("Give the id of the call at Retell; it begins with call_.", field="callId")
    provider = await keys.providers_for(rt, dial.account_id)
    try:
        evidence = await provider.get_call(provider_call_id)
    except Refused as error:
        raise Invalid(f"Retell does not give this call: {error.message}", field="callId") from error
    _check_it_is_that(dial, evidence)
    now = rt.clock.now()
    return await rt.database.write(lambda tx: _adopt(tx, rt, actor, dial.dial_id, evidence, why=why, now=now))


def _check_it_is_that(dial: Dial, evidence: Evidence) -> None:
    event = evidence.event
    if event.token is not None and event.token != dial.token:
        raise Invalid("That Retell call belongs to another dial.", field="callId")
    if event.to_number is not None and event.to_number != dial.number:
        raise Invalid(f"That Retell call went to {event.to_number}, not to {dial.number}.", field="callId")
    started, sent = event.values.get("started_at"), dial.sent_at or dial.planned_at
    if isinstance(started, datetime) and started < sent - CLOCKS_DIFFER:
        raise Invalid("That Retell call began before this dial was sent.", field="callId")


def _adopt(tx: Tx, rt: Runtime, actor: Actor, dial_id: str, evidence: Evidence, *, why: str, now: datetime) -> Dial:
    dial, name = _in_doubt(tx, dial_id), evidence.event.provider_call_id
    known = calls.find_by_provider(tx, dial.account_id, name) if name else None
    if known is not None and known.call_id != dial.call_id:
        raise Conflict("That Retell call has a record of its own already; it cannot be this dial's too.")
    _write_down(tx, actor, dial, Decision.PLACED, why=why, now=now)
    if evidence.event.token is None:  # nothing in it says whose it is, so the person's word does
        accepted = DialState.ACCEPTED
        dials.settle(tx, dial, accepted, now=now, by=actor.label, why=why, next_check_at=None, provider_call_id=name)
    reconciling.take_evidence(tx, rt, dial.account_id, evidence, source="get", client_id=dial.client_id, adopt=False, now=now)
    return dials.get(tx, dial_id)
