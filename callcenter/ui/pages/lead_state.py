"""What the page of one lead holds, and what can be done to the lead."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from callcenter.domain.errors import CallCenterError, Conflict, Invalid, NotFound, Unauthenticated
from callcenter.domain.lines import FollowUpLine, StepLine
from callcenter.domain.phone import city
from callcenter.domain.user import Actor
from callcenter.services import browsing, leading, runtime, suppressing
from callcenter.services.browsing.pages import LeadPage
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.timeline import Step
from callcenter.ui.pages.calls_rows import CallRow, row_of
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.leads_rows import local_time, next_words
from callcenter.ui.pages.new_call_view import label
from callcenter.ui.session import ANYONE, MANAGERS, OPERATORS, allow
from callcenter.ui.shell_state import closed_when_left

log = logging.getLogger(__name__)

_STEPS = {"changed": "Changed", "deleted": "Deleted", "leads imported": "Imported"}


@dataclass(frozen=True)
class Fact:
    """A name and its value; `key` is the variable's own name."""

    name: str
    value: str
    key: str = ""


@dataclass(frozen=True)
class FollowUpRow:
    """A follow-up or an appointment of this lead."""

    id: str
    kind: str
    when: str
    why: str
    is_done: bool
    href: str


@dataclass(frozen=True)
class LeadView:
    """The lead in words; the plain fields are what the form starts with."""

    id: str = ""
    title: str = ""
    number: str = ""
    plain_number: str = ""
    client: str = ""
    client_id: str = ""
    local: str = ""
    name: str = ""
    email: str = ""
    timezone: str = ""
    zone_words: str = ""
    tags: str = ""
    external_id: str = ""
    outcome: str = ""
    next: str = ""
    attempts: str = ""
    do_not_call: bool = False


@closed_when_left("leads", asks="")
class LeadPageState(rx.State):
    """One lead with its calls, and the dialogs over it."""

    face: str = "loading"
    lead: LeadView = LeadView()
    tags: list[str] = []
    variables: list[Fact] = []
    calls: list[CallRow] = []
    calls_count: str = ""
    follow_ups: list[FollowUpRow] = []
    steps: list[Step] = []
    edits: bool = False
    asks: str = ""
    error: str = ""
    error_field: str = ""
    _id: str = ""
    _rev: int = 0
    _viewer: Viewer = Viewer()

    @rx.event
    @allow(*ANYONE)
    async def enter(self) -> None:
        """Lets go of another lead at once, so that nobody sees them under this address while this one is read."""
        if _last(self.router.url.path) != self._id:
            self.lead, self.face, self.edits, self.asks = LeadView(), "loading", False, ""

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads the address and asks for the lead."""
        actor = await session.who(self)
        self._viewer = await viewer_of(self)
        lead_id = _last(self.router.url.path)
        self._id = lead_id
        try:
            await self._refresh(actor)
        except NotFound:
            self.face = "empty"

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the lead true while its page is open; a form that is open keeps what was typed."""
        wanted = _last(self.router.url.path)
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow(f"lead:{wanted}"):
            try:
                if self._id != wanted:
                    continue  # it starts beside `load`, and may come to read first
                actor = await session.still(cookie)
                page = await browsing.lead_page(runtime.current(), actor, self._id)
                async with live.push_slots, self:
                    if not self.edits and page.lead.lead_id == self._id:
                        self._take(page)
            except (Unauthenticated, NotFound):
                return
            except Exception:
                log.exception("the lead could not be refreshed")

    async def _refresh(self, actor: Actor) -> None:
        self._take(await browsing.lead_page(runtime.current(), actor, self._id))

    def _take(self, page: LeadPage) -> None:
        now, viewer = runtime.current().clock.now(), self._viewer
        fresh: dict[str, Any] = {
            "lead": _view(page, viewer),
            "tags": list(page.lead.tags),
            "variables": [Fact(label(name), value, name) for name, value in page.lead.variables.items()],
            "calls": [row_of(line, viewer, now=now, optional=("attempt", "ended")) for line in page.calls],
            "calls_count": str(len(page.calls)) if page.calls else "",
            "follow_ups": [_follow_up(line, viewer) for line in page.follow_ups],
            "steps": [_step(line, viewer) for line in page.timeline[-20:]],
        }
        for name, value in fresh.items():
            if getattr(self, name) != value:
                setattr(self, name, value)
        self._rev, self.face = page.lead.rev, "ready"

    # -- its facts -------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def edit(self) -> None:
        """Turns the facts into fields."""
        self.edits, self.error, self.error_field = True, "", ""

    @rx.event
    @allow(*ANYONE)
    async def leave(self) -> None:
        """Leaves the facts as they are, and closes every dialog."""
        self.edits, self.asks = False, ""
        live.hub.bump(f"lead:{self._id}")

    @rx.event
    @allow(*OPERATORS)
    async def save(self, given: dict[str, Any]) -> Any:
        """Saves the facts; what somebody else saved meanwhile is not overwritten."""
        rt, actor = runtime.current(), await session.who(self)
        text = {name: str(given.get(name) or "").strip()[:300] for name in ("name", "phone", "email", "timezone", "external_id")}
        tags = tuple(tag.strip() for tag in str(given.get("tags") or "").replace(";", ",").split(",") if tag.strip())
        changes = {
            "name": text["name"],
            "phone": text["phone"],
            "email": text["email"] or None,
            "timezone": text["timezone"] or None,
            "external_id": text["external_id"] or None,
            "tags": tags,
            "variables": self._variables(given),
        }
        try:
            await leading.change_lead(rt, actor, self._id, changes, rev=self._rev)
        except Conflict as error:
            self.error, self.error_field = f"{error.message} Copy what you typed, leave, and edit again.", "form"
            return None
        except Invalid as error:
            self.error, self.error_field = error.message, error.field or (error.errors[0][0] if error.errors else "form")
            return None
        except CallCenterError as error:
            self.error, self.error_field = error.message, "form"
            return None
        self.edits = False
        live.hub.bump("leads", f"lead:{self._id}")
        await self._refresh(actor)
        return toasts.done("Saved.")

    def _variables(self, given: dict[str, Any]) -> dict[str, str]:
        """The lead's variables with what was typed; an emptied one is left out, a new one is added."""
        kept = {fact.key: str(given.get(f"var-{fact.key}") or "").strip()[:8000] for fact in self.variables}
        name, value = (str(given.get(field) or "").strip()[:8000] for field in ("new-name", "new-value"))
        if name and value:
            kept["_".join(name.split())[:100]] = value
        return {each: text for each, text in kept.items() if text}

    # -- do not call, delete ---------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def ask_stop(self, is_on: bool) -> Any:
        """Asks why, before the number goes on the do-not-call list or comes off it."""
        self.error = self.error_field = ""
        if not is_on and not self._viewer.may_manage:
            return toasts.failed("Only a manager can take a number off the list.")
        self.asks = "stop" if is_on else "allow"
        return None

    @rx.event
    @allow(*OPERATORS)
    async def stop(self, given: dict[str, Any]) -> Any:
        """Puts the number on the client's do-not-call list."""
        rt, actor = runtime.current(), await session.who(self)
        lead = self.lead
        why = str(given.get("why") or "")[:300].strip()
        try:
            done = await suppressing.suppress(rt, actor, lead.plain_number, client_id=lead.client_id, why=why)
        except CallCenterError as error:
            self.error, self.error_field = error.message, "why"
            return None
        await self._after(actor)
        cancelled = f" {words.counted(done.cancelled, 'waiting call')} cancelled." if done.cancelled else ""
        return toasts.done(f"{lead.title} is not called any more.{cancelled}", undo=LeadPageState.undo_stop)

    @rx.event
    @allow(*OPERATORS)
    async def undo_stop(self) -> Any:
        """Takes back one's own click of a moment ago."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            await suppressing.undo_suppress(rt, actor, self.lead.plain_number, client_id=self.lead.client_id)
        except CallCenterError as error:
            return toasts.failed("It was not undone", error.message)
        await self._after(actor)
        return toasts.done("Off the list again. Calls that were cancelled stay cancelled.")

    @rx.event
    @allow(*MANAGERS)
    async def permit(self, given: dict[str, Any]) -> Any:
        """Takes the number off the client's do-not-call list, with a reason that is kept."""
        rt, actor = runtime.current(), await session.who(self)
        why = str(given.get("why") or "")[:300].strip()
        try:
            await suppressing.unsuppress(rt, actor, self.lead.plain_number, client_id=self.lead.client_id, why=why)
        except NotFound:
            self.error = "This number is on everybody’s list. Take it off on the do-not-call page."
            self.error_field = "why"
            return None
        except CallCenterError as error:
            self.error, self.error_field = error.message, "why"
            return None
        await self._after(actor)
        return toasts.done(f"{self.lead.title} may be called again.")

    async def _after(self, actor: Actor) -> None:
        self.asks = ""
        live.hub.bump("leads", "do_not_call", "calls", f"lead:{self._id}")
        await self._refresh(actor)

    @rx.event
    @allow(*OPERATORS)
    async def ask_delete(self) -> None:
        """Asks before the lead is deleted."""
        self.asks = "delete"

    @rx.event
    @allow(*OPERATORS)
    async def delete(self) -> Any:
        """Empties the lead's personal fields and cancels its waiting calls."""
        rt, actor = runtime.current(), await session.who(self)
        title = self.lead.title
        try:
            await leading.delete_lead(rt, actor, self._id)
        except CallCenterError as error:
            return toasts.failed("The lead was not deleted", error.message)
        self.asks = ""
        live.hub.bump("leads", "calls")
        return [rx.redirect("/leads"), toasts.done(f"{title} is deleted.")]


def _view(page: LeadPage, viewer: Viewer) -> LeadView:
    lead, line, now = page.lead, page.line, runtime.current().clock.now()
    number = viewer.number(lead.number)
    local, place = local_time(page.zones, now=now)
    there = f" ({place})" if place else ""
    return LeadView(
        id=lead.lead_id,
        title=lead.name or number,
        number=number,
        plain_number=lead.number,
        client=page.client.name,
        client_id=lead.client_id,
        local=f"{local} for them{there}" if local != "unknown" else "Their time is unknown",
        name=lead.name,
        email=lead.email or "",
        timezone=lead.timezone or "",
        zone_words=lead.timezone or _zone_words(page.zones),
        tags=", ".join(lead.tags),
        external_id=lead.external_id or "",
        outcome=line.last_outcome or "",
        next=_mid(next_words(line.next_at, viewer.zone, now=now)) if line.next_at else "",
        attempts=words.counted(line.attempts, "dial"),
        do_not_call=line.do_not_call,
    )


def _follow_up(line: FollowUpLine, viewer: Viewer) -> FollowUpRow:
    kind = "Appointment" if line.kind == "appointment" else "Follow-up"
    when = words.appointment(line.at, line.zone or viewer.zone) if line.at else "no time yet"
    href = f"/calls/{line.call_id}" if line.call_id else "/followups"
    return FollowUpRow(line.follow_up_id, kind, when, line.why or line.words, line.done_at is not None, href)


def _step(line: StepLine, viewer: Viewer) -> Step:
    said = _STEPS.get(line.to_state, line.to_state.capitalize())
    what = f": {line.why.replace('_', ' ')}" if line.why else ""
    by = f" by {line.by}" if line.by else ""
    at = line.at.astimezone(ZoneInfo(viewer.zone))
    return Step(
        kind="person", words=f"{said}{by}{what}", at=f"{at.day} {at:%b %H:%M}", instant=line.at.isoformat(timespec="seconds")
    )


def _zone_words(zones: Sequence[str]) -> str:
    if not zones:
        return "Unknown: set it, or nobody is called"
    if len(zones) == 1:
        return f"{city(zones[0])}, from the number"
    return f"One of {', '.join(city(zone) for zone in zones[:4])}{' …' if len(zones) > 4 else ''}, from the number"


def _mid(said: str) -> str:
    """A time in the middle of a sentence."""
    return said.replace("Today", "today").replace("Tomorrow", "tomorrow")


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1][:64]
