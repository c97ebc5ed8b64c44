"""Leads one at a time: add, change, look up, delete."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from callcenter.domain.errors import Conflict, Invalid, NotFound
from callcenter.domain.lead import Lead
from callcenter.domain.lead_input import LeadFields, LeadInput, checked
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.search import LeadFilter
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import suppressing
from callcenter.services.runtime import Runtime
from callcenter.store import calls, clients, leads, transitions
from callcenter.store.database import Tx

#: What of a lead may be changed, by its name in `changes`.
CHANGEABLE = ("name", "phone", "email", "timezone", "tags", "external_id", "variables", "do_not_call")


async def add_lead(rt: Runtime, actor: Actor, client_id: str, given: LeadInput) -> Lead:
    """Adds a lead. Raises Invalid, Forbidden, NotFound, and Conflict for a second one with the same external id, or with
    the same number and none."""
    now = rt.clock.now()
    return await rt.database.write(lambda tx: add_lead_in(tx, rt, actor, client_id, given, now=now))


def add_lead_in(tx: Tx, rt: Runtime, actor: Actor, client_id: str, given: LeadInput, *, now: datetime) -> Lead:
    """The same inside a transaction, for callers that write more beside it."""
    sees(actor, client_id)
    require(actor, Role.AGENT, to="add leads")
    fields = checked(given, country=clients.get(tx, client_id).country)
    _refuse_second(tx, client_id, fields, but=None)
    lead = new_lead(rt, client_id, fields, now=now)
    leads.add(tx, lead)
    if given.do_not_call:
        suppressing.suppress_in(
            tx, rt, lead.number, client_id=client_id, why="said when the lead was added", source="person", by=actor.label, now=now
        )  # fmt: skip
    return leads.get(tx, lead.lead_id)


async def change_lead(rt: Runtime, actor: Actor, lead_id: str, changes: Mapping[str, object], *, rev: int | None = None) -> Lead:
    """Changes some of CHANGEABLE; `variables` replaces them all. With `rev` it must be the one last seen.

    A new number also goes to the calls that wait. Raises Invalid, Forbidden, NotFound, Conflict.
    """
    now = rt.clock.now()
    return await rt.database.write(lambda tx: _change(tx, rt, actor, lead_id, changes, rev=rev, now=now))


async def delete_lead(rt: Runtime, actor: Actor, lead_id: str) -> None:
    """Deletes a lead: its personal fields are emptied, its waiting calls cancelled; finished calls stay, without a name."""
    now = rt.clock.now()

    def work(tx: Tx) -> None:
        lead = _existing(tx, actor, lead_id)
        require(actor, Role.AGENT, to="delete leads")
        why = "the lead was deleted"
        calls.cancel_waiting(tx, why=why, by=actor.label, now=now, lead_id=lead_id)
        for call in calls.in_flight(tx, lead_id=lead_id):
            suppressing.note_cancel(tx, call, by=actor.label, why=why, now=now)
        leads.erase(tx, lead, now=now)
        transitions.add(tx, what="lead", row_id=lead_id, from_state=None, to_state="deleted", now=now, by=actor.label)

    await rt.database.write(work)


async def get_lead(rt: Runtime, actor: Actor, lead_id: str) -> Lead:
    """Gives one lead; raises NotFound, also for a deleted one."""
    return await rt.database.read(lambda tx: _existing(tx, actor, lead_id))


async def page_of_leads(
    rt: Runtime, actor: Actor, asked: LeadFilter, *, limit: int = 50, cursor: str | None = None
) -> Page[Lead]:
    """Gives one page of leads, with how many there are."""

    def work(tx: Tx) -> Page[Lead]:
        page = leads.search(tx, asked, actor, limit=min(max(limit, 1), MOST_ON_WIRE), cursor=cursor)
        total, is_capped = leads.count(tx, asked, actor)
        return replace(page, total=total, is_capped=is_capped)

    return await rt.database.read(work)


def new_lead(rt: Runtime, client_id: str, fields: LeadFields, *, now: datetime) -> Lead:
    """Gives a lead that is not stored yet."""
    return Lead(
        lead_id=rt.new_id(), client_id=client_id, name=fields.name, number=fields.number, phone_given=fields.phone_given,
        email=fields.email, timezone=fields.timezone, tags=fields.tags, external_id=fields.external_id,
        variables=fields.variables, created_at=now, updated_at=now,
    )  # fmt: skip


def _existing(tx: Tx, actor: Actor, lead_id: str) -> Lead:
    lead = leads.get(tx, lead_id)
    sees(actor, lead.client_id, what="lead")
    if lead.deleted_at is not None:
        raise NotFound("There is no such lead.")
    return lead


def _refuse_second(tx: Tx, client_id: str, fields: LeadFields, *, but: str | None) -> None:
    if fields.external_id is not None:
        same = leads.with_external_ids(tx, client_id, [fields.external_id])
    else:
        same = leads.with_numbers(tx, client_id, [fields.number])
    if any(lead.lead_id != but for lead in same):
        what = f"the external id {fields.external_id}" if fields.external_id else f"the number {fields.number}"
        raise Conflict(f"This client already has a lead with {what}.")


def _change(
    tx: Tx, rt: Runtime, actor: Actor, lead_id: str, changes: Mapping[str, object], *, rev: int | None, now: datetime
) -> Lead:
    lead = _existing(tx, actor, lead_id)
    require(actor, Role.AGENT, to="change leads")
    unknown = sorted(set(changes) - set(CHANGEABLE))
    if unknown:
        raise Invalid(f"A lead has no field “{unknown[0]}”.", field=unknown[0])
    if rev is not None and rev != lead.rev:
        raise Conflict("Someone changed this lead a moment ago. Look at it again.")
    country = clients.get(tx, lead.client_id).country
    fields = checked(_merged(lead, changes), country=country)
    if (fields.external_id, fields.number) != (lead.external_id, lead.number):
        _refuse_second(tx, lead.client_id, fields, but=lead_id)
    changed = _with(lead, fields)
    if changed != lead:
        leads.save(tx, changed, now=now)
        follow(tx, lead, changed, by=actor.label, now=now)
        names = ", ".join(sorted(set(changes) - {"do_not_call"}))
        transitions.add(tx, what="lead", row_id=lead_id, from_state=None, to_state="changed", now=now, by=actor.label, why=names)
    if "do_not_call" in changes and bool(changes["do_not_call"]) != lead.do_not_call:
        _set_do_not_call(tx, rt, actor, changed, bool(changes["do_not_call"]), now=now)
    return leads.get(tx, lead_id)


def _merged(lead: Lead, changes: Mapping[str, object]) -> LeadInput:
    before = LeadInput(
        name=lead.name, phone=lead.number, email=lead.email, timezone=lead.timezone, tags=lead.tags,
        external_id=lead.external_id, variables=lead.variables,
    )  # fmt: skip
    given = {name: value for name, value in changes.items() if name != "do_not_call"}
    for name in ("name", "phone"):
        if given.get(name, "") is None:
            given[name] = ""
    return replace(before, **given)  # type: ignore[arg-type]


def _with(lead: Lead, fields: LeadFields) -> Lead:
    given = lead.phone_given if fields.number == lead.number else fields.phone_given
    return replace(
        lead, name=fields.name, number=fields.number, phone_given=given, email=fields.email, timezone=fields.timezone,
        tags=fields.tags, external_id=fields.external_id, variables=fields.variables,
    )  # fmt: skip


def follow(tx: Tx, before: Lead, after: Lead, *, by: str, now: datetime) -> None:
    """Brings the calls that wait for this lead into line: its number, its name, and its zone decides anew when."""
    if (before.number, before.name) != (after.number, after.name):
        for call in calls.waiting_for_lead(tx, after.lead_id):
            moved = replace(call, to_number=after.number, lead_name=after.name)
            taken = (
                call.batch_id
                and call.attempt_number == 1
                and after.number != before.number
                and calls.is_in_batch(tx, call.batch_id, after.number)
            )
            if taken:
                calls.cancel_waiting(tx, why="another lead of its batch has this number", by=by, now=now, call_ids=[call.call_id])
            else:
                calls.save(tx, call, moved, now=now, by=by, why="the lead was changed")
    calls.look_again(tx, now=now, lead_id=after.lead_id)


def _set_do_not_call(tx: Tx, rt: Runtime, actor: Actor, lead: Lead, is_on: bool, *, now: datetime) -> None:
    """Puts the lead's number on its client's list, or takes it off there; what holds for everybody stays."""
    if is_on:
        why = "said on the lead"
        suppressing.suppress_in(
            tx, rt, lead.number, client_id=lead.client_id, why=why, source="person", by=actor.label, now=now
        )  # fmt: skip
        return
    require(actor, Role.MANAGER, to="take numbers off the do-not-call list")
    try:
        suppressing.unsuppress_in(
            tx, lead.number, client_id=lead.client_id, why="taken off on the lead", by=actor.label, now=now
        )  # fmt: skip
    except NotFound:
        raise Conflict("This number is on everybody's do-not-call list; take it off there, with a reason.") from None
