"""Take in a provider event: remember, fold, save, announce.

The order is what makes it safe. The signature is checked over the raw bytes before anything is parsed; the body is stored, and
folded, in one durable transaction before the sender hears "204"; a second copy ends at the inbox. If the transaction cannot
commit, the sender hears "503" and sends it again.
"""

from dataclasses import dataclass

import structlog

from callcenter.domain.call import CallEvent, EventKind
from callcenter.domain.errors import Invalid, Unavailable
from callcenter.services import applying, keys
from callcenter.services.runtime import Runtime
from callcenter.store import clients, inbox
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

log = structlog.get_logger(__name__)

#: The most bodies that may wait for the database at once; above it the sender is asked to come back.
MOST_WAITING = 1_000
#: After so many failures a letter is set aside and its call is fetched instead.
MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Receipt:
    """How a delivery is answered: the HTTP status, and what became of it (folded, unmatched, stale, poison, again, refused)."""

    status: int
    result: str
    inbox_id: str = ""


_waiting = 0


async def take(rt: Runtime, *, hook_id: str | None, raw: bytes, signature: str | None, address: str) -> Receipt:
    """Takes one delivery. Never raises for what the sender did; raises Unavailable when we cannot store it now."""
    global _waiting
    if _waiting >= MOST_WAITING:
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
        state="new" if verified.is_fresh else "stale",
        error=error,
    )
    result = await rt.database.write(lambda tx: _store(tx, rt, letter, event, began=began))
    if result in ("unmatched", "stale", "poison", "new"):
        rt.wake_reconciler.set()
    elif result == "folded":
        rt.wake_dispatcher.set()
    return Receipt(204, result, letter.inbox_id)


def _read(rt: Runtime, raw: bytes) -> tuple[CallEvent | None, str | None]:
    try:
        return rt.providers.read_webhook(raw), None
    except Invalid as error:
        return None, error.message[:300]


def _store(tx: Tx, rt: Runtime, letter: Letter, event: CallEvent | None, *, began: float) -> str:
    """Remembers a letter and folds it; whatever goes wrong with the folding, the letter stays."""
    now = letter.received_at
    if not inbox.add(tx, letter):
        return "again"
    if letter.client_id:
        clients.heard_from(tx, letter.client_id, now=now)
    if letter.state == "stale":
        return "stale"  # authentic but old: a hint that the call is worth fetching, not data
    if event is None:
        inbox.mark(tx, letter.inbox_id, "poison", now=now)
        return "poison"
    return fold_letter(tx, rt, letter, event, began=began)


def fold_letter(tx: Tx, rt: Runtime, letter: Letter, event: CallEvent, *, began: float) -> str:
    """Folds a stored letter into the call it is about, in a savepoint of its own; gives the letter's new state."""
    now = rt.clock.now()
    if event.kind is EventKind.OTHER or event.provider_call_id is None:
        inbox.mark(tx, letter.inbox_id, "folded", now=now, changed={"note": "a kind of event that changes nothing"})
        return "folded"
    savepoint = tx.conn.begin_nested()
    notices = len(tx.notices)
    try:
        applied = applying.apply(tx, rt, account_id=letter.account_id, event=event, now=now, by="retell")
        savepoint.commit()
    except Exception as error:
        savepoint.rollback()
        del tx.notices[notices:]
        tries = letter.tries + 1
        state = "poison" if tries >= MOST_TRIES else "new"
        log.exception("event could not be folded", inbox_id=letter.inbox_id, tries=tries)
        inbox.mark(tx, letter.inbox_id, state, now=now, tries=tries, error=f"{type(error).__name__}: {error}"[:300])
        return state
    took_ms = round((rt.clock.boot() - began) * 1000)
    inbox.mark(
        tx,
        letter.inbox_id,
        applied.state,
        now=now,
        call_id=applied.call_id,
        took_ms=took_ms,
        error=None,
        changed=_changes(applied),
    )
    return applied.state


def _changes(applied: applying.Applied) -> dict[str, list[str | None]]:
    """Gives what an event changed, as before → after in plain words, for whoever wonders later."""
    if applied.before is None or applied.after is None:
        return {}
    pairs: dict[str, tuple[object, object]] = {}
    for owner in ("derived", "told"):
        old, new = getattr(applied.before, owner), getattr(applied.after, owner)
        for name in _SHOWN[owner]:
            if getattr(old, name) != getattr(new, name):
                pairs[name] = (getattr(old, name), getattr(new, name))
    out = {name: [_brief(a), _brief(b)] for name, (a, b) in pairs.items()}
    turns = len(applied.before.told.turns), len(applied.after.told.turns)
    if turns[0] != turns[1]:
        out["turns"] = [str(turns[0]), str(turns[1])]
    return out


_SHOWN = {
    "derived": ("status", "checking", "outcome", "sentiment", "intent", "quality_score"),
    "told": (
        "provider_status",
        "disconnection_reason",
        "started_at",
        "ended_at",
        "duration_ms",
        "recording_url",
        "summary",
        "in_voicemail",
        "user_sentiment",
        "call_successful",
        "cost",
    ),
}


def _brief(value: object) -> str | None:
    return None if value is None else str(value)[:200]


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
