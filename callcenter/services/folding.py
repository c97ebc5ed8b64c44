"""What a letter says, folded into the call it is about: when it comes, or again when it could not be folded before."""

import structlog

from callcenter.domain.call import CallEvent, EventKind
from callcenter.domain.changing import with_changes
from callcenter.domain.errors import Unavailable
from callcenter.services import applying
from callcenter.services.runtime import Runtime
from callcenter.store import inbox
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

log = structlog.get_logger(__name__)

#: After so many failures a letter is set aside and its call is fetched instead.
MOST_TRIES = 3


def fold_in(tx: Tx, rt: Runtime, letter: Letter, event: CallEvent) -> Letter:
    """Folds what a letter says into the call it is about, and gives the letter with what became of it."""
    if event.kind is EventKind.OTHER or event.provider_call_id is None:
        return with_changes(letter, state="folded", changed={"note": "a kind of event that changes nothing"})
    applied = applying.apply(tx, rt, account_id=letter.account_id, event=event, now=rt.clock.now(), by="retell")
    return with_changes(letter, state=applied.state, call_id=applied.call_id, error=None, changed=changes_of(applied))


async def fold_again(rt: Runtime, letter: Letter) -> str:
    """Folds a letter that is stored already and could not be folded before; gives its state now.

    After the third failure it is set aside as poison, and its call is fetched instead.
    """
    read = rt.providers.read_webhook if letter.source == "webhook" else rt.providers.read_call
    now = rt.clock.now()

    def work(tx: Tx) -> str:
        folded = fold_in(tx, rt, letter, read(letter.body))
        if folded.state != letter.state:
            inbox.mark(
                tx, letter.inbox_id, folded.state, was=letter.state, now=now, call_id=folded.call_id, changed=folded.changed,
                error=None,
            )  # fmt: skip
        return folded.state

    try:
        return await rt.database.write(work)
    except Unavailable:
        raise
    except Exception as error:
        words, tries = f"{type(error).__name__}: {error}"[:300], letter.tries + 1
        state = "poison" if tries >= MOST_TRIES else letter.state
        log.warning("event still cannot be folded", inbox_id=letter.inbox_id, tries=tries, why=words)
        await rt.database.write(
            lambda tx: inbox.mark(tx, letter.inbox_id, state, was=letter.state, now=now, tries=tries, error=words)
        )
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
