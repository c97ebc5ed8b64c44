"""Repeats the request of an unknown dial once, under its own key, where somebody has allowed it for the account.

The provider promises that the same key makes no second call for an hour; so the answer either names the call that exists or
makes the one that was wanted. Whoever does not trust that promise leaves this off, which is how it is at first.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.client import Installation
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.eligibility import judge
from callcenter.domain.errors import CallCenterError
from callcenter.services import calling, gathering, keys, planning
from callcenter.services.planning import Armed
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, clients, dials, slots, transitions
from callcenter.store.database import Tx

log = structlog.get_logger(__name__)

#: Counted from the first sending; the key is honoured for an hour.
WITHIN = timedelta(minutes=55)
CLEAN_LOOKS_BEFORE = 2


def may_be_due(dial: Dial, *, now: datetime) -> bool:
    """Whether it is worth opening a transaction to ask if this dial may be repeated."""
    sent = dial.sent_at
    return dial.state is DialState.UNKNOWN and dial.resent_at is None and sent is not None and now < sent + WITHIN


async def resend(rt: Runtime, dial_id: str) -> bool:
    """Sends an unknown dial's request again if everything allows it; gives whether that settled it.

    That it is repeated is committed before a byte leaves, and it is never repeated twice. Only a call in the answer settles
    anything: a refusal of the repeat says nothing about the first request.
    """
    now, boot_at = rt.clock.now(), rt.clock.boot()
    armed = await rt.database.write(lambda tx: arm_again(tx, rt, dial_id, now=now, boot_at=boot_at))
    if armed is None:
        return False
    try:
        provider = await keys.providers_for(rt, armed.dial.account_id)
        still_awake = rt.clock.boot() - boot_at <= calling.GUARD_SECONDS
        if not still_awake:
            return False
        evidence = await provider.create_call(armed.request, guard=lambda: rt.clock.boot() - boot_at <= calling.GUARD_SECONDS)
    except CallCenterError as error:
        log.info("the repeat settled nothing", dial_id=dial_id, why=error.message)
        return False
    await calling.settle_accepted(rt, armed.dial, evidence)
    return True


def arm_again(tx: Tx, rt: Runtime, dial_id: str, *, now: datetime, boot_at: float) -> Armed | None:
    """Commits that a dial is repeated now, and gives it; None when it may not be.

    Every rule that holds for a first sending holds here too; only the dial itself does not stand in its own way.
    """
    dial = dials.get(tx, dial_id)
    slots.lock(tx, dial.account_id)
    account, client = accounts.get(tx, dial.account_id), clients.get(tx, dial.client_id)
    if not (may_be_due(dial, now=now) and account.may_resend and account.breaker_until is None):
        return None
    if not slots.holds(tx, dial.account_id, rt.name, account.epoch, now=now):
        return None
    if len(dials.clean_checks(tx, dial_id)) < CLEAN_LOOKS_BEFORE or not _may_still_be_called(tx, dial, now=now):
        return None
    installation: Installation = clients.get_installation(tx)
    request = planning.request_of(rt, dial, install_id=installation.install_id, hook_id=client.hook_id)
    if planning.hash_of(request) != dial.body_hash:
        return None  # under the same key only the same request may go out
    dials.note(tx, dial_id, resent_at=now, slot_freed_at=None, next_check_at=now + calling.FIRST_LOOK)
    transitions.add(
        tx, what="decision", row_id=dial_id, from_state=dial.state, to_state="repeated", now=now, by="reconciling",
        why="sent once more under its own key",
    )  # fmt: skip
    return Armed(replace(dial, resent_at=now, slot_freed_at=None), request, boot_at)


def _may_still_be_called(tx: Tx, dial: Dial, *, now: datetime) -> bool:
    call = calls.get(tx, dial.call_id, lock=True)
    gathered = gathering.account(tx, dial.account_id, now=now)
    gathering.know(tx, gathered, [call])
    ask = gathered.ask(call)
    others = tuple(at for at in ask.number.dialled_24h if at != dial.sent_at)
    ask = replace(ask, number=replace(ask.number, open_dial=False, dialled_24h=others))
    return call.cancel_requested_at is None and judge(ask).may_dial
