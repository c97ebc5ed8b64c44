"""Folds a stored event again because a person asks for it; safe to repeat, for the same evidence changes nothing twice."""

from dataclasses import dataclass, field

import structlog

from callcenter.domain.errors import Conflict, Unavailable
from callcenter.domain.user import Actor, Role, require
from callcenter.services import folding
from callcenter.services.runtime import Runtime
from callcenter.store import event_pages, inbox, transitions
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

log = structlog.get_logger(__name__)

#: What cannot be folded as it is, so that its call is asked for at the provider instead.
_FETCHED_INSTEAD = ("stale", "stale_fetched")


@dataclass(frozen=True, slots=True)
class Refolded:
    """What came of it: the state the event is in now, and which fields of its call changed, as before → after."""

    state: str
    changed: dict[str, object] = field(default_factory=dict[str, object])
    is_fetched_instead: bool = False


async def refold(rt: Runtime, actor: Actor, event_id: str) -> Refolded:
    """Folds one stored event again and writes down who asked.

    An event that was signed too long ago is no data: its call is asked for at the provider once more. Raises NotFound, and
    Conflict for a delivery whose signature was wrong, of which nothing was kept.
    """
    require(actor, Role.ADMIN, to="replay events")

    def prepare(tx: Tx) -> Letter:
        event_pages.detail(tx, actor, event_id)  # raises NotFound for what this person may not see
        letter = inbox.find(tx, event_id)
        if letter is None:
            raise Conflict("Its signature was wrong, so nothing of it was kept. There is nothing to replay.")
        transitions.add(
            tx, what="event", row_id=event_id, from_state=letter.state, to_state="replayed", now=rt.clock.now(), by=actor.label
        )
        if letter.state in _FETCHED_INSTEAD:
            inbox.mark(tx, event_id, "stale", now=rt.clock.now(), tries=0)
        return letter

    letter = await rt.database.write(prepare)
    if letter.state in _FETCHED_INSTEAD:
        rt.wake_reconciler.set()
        return Refolded("stale", is_fetched_instead=True)
    try:
        return await rt.database.write(lambda tx: _fold(tx, rt, letter))
    except Unavailable:
        raise
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:300]
        log.warning("event still cannot be folded", inbox_id=event_id, why=why)
        await rt.database.write(lambda tx: inbox.mark(tx, event_id, "poison", now=rt.clock.now(), tries=0, error=why))
        rt.wake_reconciler.set()
        return Refolded("poison", is_fetched_instead=letter.provider_call_id is not None)


def _fold(tx: Tx, rt: Runtime, letter: Letter) -> Refolded:
    read = rt.providers.read_webhook if letter.source == "webhook" else rt.providers.read_call
    folded = folding.fold_in(tx, rt, letter, read(letter.body))
    if folded.state != letter.state:
        now, changed = rt.clock.now(), folded.changed
        inbox.mark(tx, letter.inbox_id, folded.state, now=now, call_id=folded.call_id, changed=changed, error=None)
    return Refolded(folded.state, {name: pair for name, pair in (folded.changed or {}).items() if name != "note"})
