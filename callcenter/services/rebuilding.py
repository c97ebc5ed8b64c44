"""Fold the whole inbox again and compare: a call's record is a function of what we were told, and this proves or restores it.

Nothing that a call brings with it (a retry, a follow-up, do-not-call) is done again: those have happened once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from callcenter.domain.call import Call, EventKind, Phase, Told, fold
from callcenter.domain.deriving import derive
from callcenter.domain.errors import Invalid
from callcenter.domain.user import Actor, Role, require
from callcenter.services.runtime import Runtime
from callcenter.store import calls, dials, inbox
from callcenter.store.call_filter import CALLS
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

#: Calls folded in one transaction.
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Difference:
    """A call whose record is not what its events say, and in which fields."""

    call_id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What was folded again. `without_events` counts calls whose events are not kept any more; they stay as they are."""

    calls: int = 0
    events: int = 0
    without_events: int = 0
    differences: tuple[Difference, ...] = ()

    def __add__(self, other: "Rebuilt") -> "Rebuilt":
        return Rebuilt(
            self.calls + other.calls,
            self.events + other.events,
            self.without_events + other.without_events,
            self.differences + other.differences,
        )


async def rebuild(rt: Runtime, actor: Actor, *, only_compare: bool) -> Rebuilt:
    """Folds every stored event again; compares with the call records and, unless `only_compare`, restores them."""
    require(actor, Role.ADMIN, to="rebuild the records")
    total, last = Rebuilt(), ""
    while True:
        run = rt.database.read if only_compare else rt.database.write
        after = last
        part, last = await run(lambda tx, after=after: _chunk(tx, rt, actor, after=after, only_compare=only_compare))
        total += part
        if not last:
            return total


def _chunk(tx: Tx, rt: Runtime, actor: Actor, *, after: str, only_compare: bool) -> tuple[Rebuilt, str]:
    """Folds the next calls; gives what came of it and the last id, or "" at the end."""
    told_of = (CALLS.c.id > after) & (CALLS.c.phase > int(Phase.NONE))
    found = calls.load(tx, told_of, limit=CHUNK, order=CALLS.c.id, lock=not only_compare)
    total = Rebuilt()
    for call in found:
        letters = _letters_of(tx, call)
        if not letters:
            total += Rebuilt(calls=1, without_events=1)
            continue
        again = _folded(rt, tx, call, letters)
        names = _different(call, again)
        differences = (Difference(call.call_id, names),) if names else ()
        total += Rebuilt(calls=1, events=len(letters), differences=differences)
        if names and not only_compare:
            calls.save(tx, call, again, now=rt.clock.now(), by=actor.label, why="rebuilt from its events")
    return total, found[-1].call_id if len(found) == CHUNK else ""


def _letters_of(tx: Tx, call: Call) -> list[Letter]:
    """Gives what was folded into a call: of its present Retell call, and neither stale nor unreadable."""
    if call.account_id is None or call.told.provider_call_id is None:
        return []
    every = inbox.of_provider_call(tx, call.account_id, call.told.provider_call_id)
    return [letter for letter in every if letter.state == "folded"]


def _folded(rt: Runtime, tx: Tx, call: Call, letters: Iterable[Letter]) -> Call:
    told = Told()
    for letter in letters:
        read = rt.providers.read_webhook if letter.source == "webhook" else rt.providers.read_call
        try:
            event = read(letter.body)
        except Invalid:
            continue  # it could be read once; a newer reader must not lose the others over it
        if event.kind is not EventKind.OTHER:
            told = fold(told, event)
    again = replace(call, told=told)
    return replace(again, derived=derive(again, dials.of_call(tx, call.call_id)))


def _different(before: Call, after: Call) -> tuple[str, ...]:
    """Gives the names of the fields that are not the same."""
    pairs = ((before.told, after.told), (before.derived, after.derived))
    return tuple(
        sorted({each.name for old, new in pairs for each in fields(old) if getattr(old, each.name) != getattr(new, each.name)})
    )
