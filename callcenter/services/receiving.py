"""Take in a provider event: remember, fold, save, announce.

The order is what makes it safe. The signature is checked over the raw bytes before anything is parsed; the body is stored, and
but for a rush folded, in one durable transaction before the sender hears "204"; a second copy ends at the inbox. If the
transaction cannot commit, the sender hears "503" and sends it again.
"""

from dataclasses import dataclass

import structlog

from callcenter.domain.call import CallEvent
from callcenter.domain.errors import Invalid, Unavailable
from callcenter.services import applying, keys, storing
from callcenter.services.runtime import Runtime
from callcenter.services.storing import Delivery
from callcenter.store import clients, inbox
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

log = structlog.get_logger(__name__)

#: The most bodies that may wait for the database at once; above it the sender is asked to come back.
MOST_WAITING = 1_000
#: Nor may they wait longer than this, in seconds: the sender gives up after ten, and has not come to us at once either.
LONGEST_WAIT = 4.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery is answered: the HTTP status, and what became of it.

    That is folded, later (stored, and folded in a moment), unmatched, stale, poison, again or refused.
    """

    status: int
    result: str
    inbox_id: str = ""


_waiting = 0


async def take(rt: Runtime, *, hook_id: str | None, raw: bytes, signature: str | None, address: str) -> Receipt:
    """Takes one delivery. Never raises for what the sender did; raises Unavailable when we cannot store it now."""
    global _waiting
    if _waiting >= MOST_WAITING or (_waiting > storing.GROUP and storing.seconds_for(rt, _waiting) > LONGEST_WAIT):
        raise Unavailable("Too many events wait to be stored. Send it again in a moment.")
    _waiting += 1
    try:
        return await _take(rt, hook_id=hook_id, raw=raw, signature=signature, address=address)
    finally:
        _waiting -= 1


async def _take(rt: Runtime, *, hook_id: str | None, raw: bytes, signature: str | None, address: str) -> Receipt:
    now, began = rt.clock.now(), rt.clock.boot()
    ring = await keys.webhook_keys(rt, hook_id)
    verified = rt.providers.verify(raw, signature, keys=[key for _account, _client, key in ring], now=now)
    if not verified.ok:
        why = next((f"{s.step}: {s.detail}" for s in verified.steps if not s.ok), "no key made this signature")
        await _refuse(rt, hook_id=hook_id, raw=raw, address=address, why=why)
        return Receipt(401, "refused")
    account_id, client_id, _key = ring[verified.key_index]
    event, error = _read(rt, raw)
    state = "new" if event else "poison"
    letter = Letter(
        inbox_id=rt.new_id(),
        account_id=account_id,
        client_id=client_id,
        source="webhook",
        kind=event.name if event else "unreadable",
        provider_call_id=event.provider_call_id if event else None,
        token=event.token if event else None,
        sha256=applying.sha256(raw),
        body=raw,
        received_at=now,
        signed_at=verified.signed_at,
        # authentic but old: a hint that the call is worth fetching, not data
        state=state if verified.is_fresh else "stale",
        error=error,
    )
    result = await storing.store(rt, Delivery(letter, event if letter.state == "new" else None, began))
    if result in ("unmatched", "stale", "poison", "new"):
        rt.wake_reconciler.set()
    return Receipt(204, result, letter.inbox_id)


def _read(rt: Runtime, raw: bytes) -> tuple[CallEvent | None, str | None]:
    try:
        return rt.providers.read_webhook(raw), None
    except Invalid as error:
        return None, error.message[:300]


async def _refuse(rt: Runtime, *, hook_id: str | None, raw: bytes, address: str, why: str) -> None:
    """Notes a bad signature without its body; if even that cannot be stored, the answer is the same."""

    def work(tx: Tx) -> None:
        client = clients.find_by_hook(tx, hook_id) if hook_id else None
        inbox.refuse(
            tx,
            refusal_id=rt.new_id(),
            at=rt.clock.now(),
            address=address,
            length=len(raw),
            sha256=applying.sha256(raw),
            why=why,
            client_id=client.client_id if client else None,
        )

    try:
        await rt.database.write(work)
    except Unavailable:
        log.warning("a refused delivery could not be noted", address=address)
