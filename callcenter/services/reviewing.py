"""What people add to a call: notes, tags, the outcome they know better, and what is still to be done."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.call import FINISHED_STATUSES, Call, Outcome
from callcenter.domain.deriving import derive
from callcenter.domain.errors import Conflict, Invalid, NotFound
from callcenter.domain.hours import zone_info
from callcenter.domain.lead_input import clean, tag_set
from callcenter.domain.lines import FollowUpLine
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Actor, Role, can_see, require, sees
from callcenter.services import concluding
from callcenter.services.runtime import Runtime
from callcenter.store import call_pages, calls, clients, dials, follow_ups, leads, transitions
from callcenter.store.database import Tx

LONGEST_NOTE = 10_000
#: The most calls one act tags; more are asked to narrow the filter.
MOST_TAGGED = 20_000
_CHUNK = 500
KINDS = ("follow_up", "appointment")


async def set_notes(rt: Runtime, actor: Actor, call_id: str, text: str, *, rev: int | None = None) -> Call:
    """Replaces a call's notes; with `rev` it must be the one last seen. Raises NotFound, Forbidden, Invalid, Conflict."""
    text = clean(text)
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"At most {LONGEST_NOTE:,} characters.", field="notes")
    return await _change(rt, actor, call_id, lambda call: replace(call, notes=text), what="note", to="", rev=rev)


async def set_tags(rt: Runtime, actor: Actor, call_id: str, tags: Sequence[str], *, rev: int | None = None) -> Call:
    """Replaces a call's tags."""
    wanted = tag_set(tuple(tags))
    words = ", ".join(wanted)
    return await _change(rt, actor, call_id, lambda call: replace(call, tags=wanted), what="tags", to=words, rev=rev)


async def set_outcome(rt: Runtime, actor: Actor, call_id: str, outcome: Outcome | None, *, rev: int | None = None) -> Call:
    """Sets the outcome by hand, or (None) lets what Retell said count again; "do not call" stops the number at once.

    Raises Conflict for a call that has not ended.
    """
    require(actor, Role.AGENT, to="change outcomes")
    now = rt.clock.now()

    def work(tx: Tx) -> Call:
        before = _seen(tx, actor, call_id, rev=rev)
        if before.derived.status not in FINISHED_STATUSES:
            raise Conflict("This call is not over yet; its outcome comes when it is.")
        asked = replace(before, outcome_by_hand=outcome, outcome_by=actor.label if outcome else None)
        asked = replace(asked, derived=derive(asked, dials.of_call(tx, call_id)))
        if asked == before:
            return before
        after = calls.save(tx, before, asked, now=now, by=actor.label)
        _write_down(tx, actor, call_id, "outcome", before.derived.outcome, after.derived.outcome or "", now=now)
        concluding.after_news(tx, rt, before, after, now=now)
        return calls.get(tx, call_id)

    return await rt.database.write(work)


async def tag_calls(
    rt: Runtime, actor: Actor, which: CallFilter | Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> int:
    """Adds and removes tags on many calls, of a filter or by id; gives how many changed. What one may not see is left out."""
    require(actor, Role.AGENT, to="tag calls")
    plus, minus = set(tag_set(tuple(add))), set(tag_set(tuple(remove)))
    if isinstance(which, CallFilter):
        asked = which
        ids = await rt.database.read(lambda tx: call_pages.ids(tx, asked, actor, limit=MOST_TAGGED + 1))
    else:
        ids = list(which)
    if len(ids) > MOST_TAGGED:
        raise Invalid(f"At most {MOST_TAGGED:,} calls at once; narrow the filter.", field="filter")
    now, changed = rt.clock.now(), 0
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        changed += await rt.database.write(lambda tx, chunk=chunk: _tag_some(tx, actor, chunk, plus, minus, now=now))
    return changed


async def add_follow_up(
    rt: Runtime,
    actor: Actor,
    *,
    call_id: str | None = None,
    lead_id: str | None = None,
    kind: str = "follow_up",
    at: datetime | None,
    zone: str | None = None,
    why: str = "",
    owner: str | None = None,
) -> FollowUpLine:
    """Adds a follow-up or an appointment to a call or a lead; `at` None while nobody knows when, `zone` default theirs."""
    require(actor, Role.AGENT, to="add follow-ups")
    if kind not in KINDS:
        raise Invalid("It is a follow-up or an appointment.", field="kind")
    if zone is not None and zone_info(zone) is None:
        raise Invalid(f"“{zone[:60]}” is no time zone.", field="zone")
    now = rt.clock.now()

    def work(tx: Tx) -> FollowUpLine:
        call = _seen(tx, actor, call_id) if call_id else None
        lead = leads.find(tx, lead_id or (call.lead_id if call else None) or "")
        client_id = call.client_id if call else lead.client_id if lead else None
        if client_id is None:
            raise NotFound("There is no such call or lead.")
        sees(actor, client_id, what="lead")
        follow_up_id = rt.new_id()
        follow_ups.add(
            tx, follow_up_id=follow_up_id, client_id=client_id, lead_id=lead.lead_id if lead else None, call_id=call_id,
            kind=kind, at=at, zone=zone or (lead.timezone if lead else None) or clients.get(tx, client_id).timezone,
            is_sure=True, why=clean(why)[:500], owner=owner or actor.label, now=now,
        )  # fmt: skip
        return follow_ups.get(tx, follow_up_id)

    return await rt.database.write(work)


async def done_follow_up(rt: Runtime, actor: Actor, follow_up_id: str, *, is_done: bool = True) -> FollowUpLine:
    """Marks one done, or not done again."""
    done_at = rt.clock.now() if is_done else None
    return await _change_follow_up(rt, actor, follow_up_id, lambda _line: {"done_at": done_at})


async def move_follow_up(
    rt: Runtime, actor: Actor, follow_up_id: str, at: datetime, *, zone: str | None = None, rev: int | None = None
) -> FollowUpLine:
    """Moves one to another time, which a person has chosen, so it is sure."""
    if zone is not None and zone_info(zone) is None:
        raise Invalid(f"“{zone[:60]}” is no time zone.", field="zone")
    return await _change_follow_up(
        rt, actor, follow_up_id, lambda line: {"at": at, "zone": zone or line.zone, "is_sure": True}, rev=rev
    )


async def confirm_follow_up(rt: Runtime, actor: Actor, follow_up_id: str) -> FollowUpLine:
    """Says that a time which was only loosely understood is right."""
    return await _change_follow_up(rt, actor, follow_up_id, lambda _line: {"is_sure": True})


async def assign_follow_up(rt: Runtime, actor: Actor, follow_up_id: str, owner: str | None) -> FollowUpLine:
    """Gives one to somebody, or to nobody."""
    return await _change_follow_up(rt, actor, follow_up_id, lambda _line: {"owner": owner})


async def _change(
    rt: Runtime, actor: Actor, call_id: str, change: Callable[[Call], Call], *, what: str, to: str, rev: int | None
) -> Call:
    require(actor, Role.AGENT, to="change calls")
    now = rt.clock.now()

    def work(tx: Tx) -> Call:
        before = _seen(tx, actor, call_id, rev=rev)
        after = calls.save(tx, before, change(before), now=now, by=actor.label)
        if after is not before:
            _write_down(tx, actor, call_id, what, None, to, now=now)
        return after

    return await rt.database.write(work)


def _seen(tx: Tx, actor: Actor, call_id: str, *, rev: int | None = None) -> Call:
    call = calls.get(tx, call_id, lock=True)
    sees(actor, call.client_id, what="call")
    if rev is not None and rev != call.rev:
        raise Conflict("Someone changed this call a moment ago. Look at it again.")
    return call


def _write_down(tx: Tx, actor: Actor, call_id: str, what: str, before: str | None, after: str, *, now: datetime) -> None:
    transitions.add(tx, what=what, row_id=call_id, from_state=before, to_state=after[:200], now=now, by=actor.label)


def _tag_some(tx: Tx, actor: Actor, ids: Sequence[str], plus: set[str], minus: set[str], *, now: datetime) -> int:
    changed = 0
    for call in calls.locked(tx, ids):
        wanted = tag_set(tuple((set(call.tags) | plus) - minus))
        if wanted != call.tags and can_see(actor, call.client_id):
            calls.save(tx, call, replace(call, tags=wanted), now=now, by=actor.label)
            _write_down(tx, actor, call.call_id, "tags", None, ", ".join(wanted), now=now)
            changed += 1
    return changed


async def _change_follow_up(
    rt: Runtime, actor: Actor, follow_up_id: str, change: Callable[[FollowUpLine], dict[str, object]], *, rev: int | None = None
) -> FollowUpLine:
    require(actor, Role.AGENT, to="change follow-ups")
    now = rt.clock.now()

    def work(tx: Tx) -> FollowUpLine:
        line = follow_ups.get(tx, follow_up_id)
        sees(actor, line.client_id, what="follow-up")
        if rev is not None and rev != line.rev:
            raise Conflict("Someone changed this follow-up a moment ago. Look at it again.")
        return follow_ups.change(tx, line, now=now, **change(line))

    return await rt.database.write(work)
