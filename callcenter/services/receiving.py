"""Take in a provider event: remember, fold, save, announce.

The order is what makes it safe. The signature is checked over the raw bytes before anything is parsed; the body is stored, and
folded, in one durable transaction before the sender hears "204"; a second copy ends at the inbox. If the transaction cannot
commit, the sender hears "503" and sends it again.
"""

from dataclasses import dataclass, replace

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
#: How often it is written down that a client's webhooks arrive, in seconds.
HEARD_EVERY = 5.0


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
        state="new",
        error=error,
    )
    if not verified.is_fresh:
        letter = replace(letter, state="stale")  # authentic but old: a hint that the call is worth fetching, not data
    elif event is None:
        letter = replace(letter, state="poison")
    result = await _store(rt, letter, event, began=began)
    if result in ("unmatched", "stale", "poison", "new"):
        rt.wake_reconciler.set()
    return Receipt(204, result, letter.inbox_id)


def _read(rt: Runtime, raw: bytes) -> tuple[CallEvent | None, str | None]:
    try:
        return rt.providers.read_webhook(raw), None
    except Invalid as error:
        return None, error.message[:300]


async def _store(rt: Runtime, letter: Letter, event: CallEvent | None, *, began: float) -> str:
    """Remembers a letter and folds it in one transaction; if folding fails, remembers it all the same."""
    heard = letter.client_id is not None and _is_news_of(rt, letter.client_id)
    if event is not None and letter.state == "new":
        try:
            return await rt.database.write(lambda tx: _store_folded(tx, rt, letter, event, heard=heard, began=began))
        except Unavailable:
            raise
        except Exception as error:
            log.exception("event could not be folded", inbox_id=letter.inbox_id)
            letter = replace(letter, tries=1, error=f"{type(error).__name__}: {error}"[:300])
    return await rt.database.write(lambda tx: _store_plain(tx, letter, heard=heard))


def _store_folded(tx: Tx, rt: Runtime, letter: Letter, event: CallEvent, *, heard: bool, began: float) -> str:
    if inbox.is_known(tx, letter.account_id, letter.sha256):
        return "again"
    folded = fold_in(tx, rt, letter, event)
    inbox.add(tx, replace(folded, took_ms=round((rt.clock.boot() - began) * 1000)))
    if heard and letter.client_id:
        clients.heard_from(tx, letter.client_id, now=letter.received_at)
    return folded.state


def _store_plain(tx: Tx, letter: Letter, *, heard: bool) -> str:
    if inbox.is_known(tx, letter.account_id, letter.sha256):
        return "again"
    inbox.add(tx, letter)
    if heard and letter.client_id:
        clients.heard_from(tx, letter.client_id, now=letter.received_at)
    return letter.state


def _is_news_of(rt: Runtime, client_id: str) -> bool:
    """Whether it is worth writing down again that this client's webhooks arrive: once in a few seconds is enough."""
    heard: dict[str, float] = rt.kept.setdefault("heard", {})
    now = rt.clock.boot()
    if now - heard.get(client_id, -HEARD_EVERY) < HEARD_EVERY:
        return False
    heard[client_id] = now
    return True


def fold_in(tx: Tx, rt: Runtime, letter: Letter, event: CallEvent) -> Letter:
    """Folds what a letter says into the call it is about, and gives the letter with what became of it."""
    if event.kind is EventKind.OTHER or event.provider_call_id is None:
        return replace(letter, state="folded", changed={"note": "a kind of event that changes nothing"})
    applied = applying.apply(tx, rt, account_id=letter.account_id, event=event, now=rt.clock.now(), by="retell")
    return replace(letter, state=applied.state, call_id=applied.call_id, error=None, changed=changes_of(applied))


async def fold_again(rt: Runtime, letter: Letter) -> str:
    """Folds a letter that is stored already and could not be folded before; gives its state now.

    After the third failure it is set aside as poison, and its call is fetched instead.
    """
    read = rt.providers.read_webhook if letter.source == "webhook" else rt.providers.read_call
    now = rt.clock.now()

    def work(tx: Tx) -> str:
        folded = fold_in(tx, rt, letter, read(letter.body))
        if folded.state != letter.state:
            inbox.mark(tx, letter.inbox_id, folded.state, now=now, call_id=folded.call_id, changed=folded.changed, error=None)
        return folded.state

    try:
        return await rt.database.write(work)
    except Unavailable:
        raise
    except Exception as error:
        words, tries = f"{type(error).__name__}: {error}"[:300], letter.tries + 1
        state = "poison" if tries >= MOST_TRIES else letter.state
        log.warning("event still cannot be folded", inbox_id=letter.inbox_id, tries=tries, why=words)
        await rt.database.write(lambda tx: inbox.mark(tx, letter.inbox_id, state, now=now, tries=tries, error=words))
        return state


def changes_of(applied: applying.Applied) -> dict[str, list[str | None]]:
    """Gives what an event changed, as before → after in plain words, for whoever wonders later."""
    if applied.before is None or applied.after is None or applied.before is applied.after:
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
