"""What the New call dialog holds: whom to call and how, what would happen, and the call once it is placed."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from callcenter.domain.call import FINISHED_STATUSES
from callcenter.domain.errors import CallCenterError, Invalid, Unauthenticated
from callcenter.domain.hours import ALL_WEEK
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.user import Actor
from callcenter.services import browsing, calling, connecting, leading, onboarding, rehearsing, runtime
from callcenter.services.calling import ScheduleCall
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.pages import new_call_view as view
from callcenter.ui.pages.calls_rows import running_from, status_of
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.choices import Option, options
from callcenter.ui.pages.new_call_view import Known, Verdict
from callcenter.ui.session import ANYONE, OPERATORS, allow

log = logging.getLogger(__name__)

DEFAULT = "default"
HITS = 6
#: The live card stops looking after this long; the call's own page goes on.
FOLLOWED = timedelta(minutes=30)
#: Closing by key or by the × must go by a link, so that the list behind keeps its place.
CLOSE_ID = "new-call-closed"
SUBMIT_ID = "new-call-submit"
_CLOSE = f"document.getElementById('{CLOSE_ID}')?.click()"


@dataclass(frozen=True)
class Hit:
    """A lead that matches what is typed."""

    id: str
    name: str
    number: str


@dataclass(frozen=True)
class LiveCall:
    """The call once it is placed."""

    id: str = ""
    who: str = ""
    status: str = ""
    note: str = ""
    running: str = ""
    outcome: str = ""
    is_over: bool = False
    is_talking: bool = False


class NewCallState(rx.State):
    """The dialog over any page; open while the address has `new=call`."""

    is_open: bool = False
    clients: list[Option] = []
    client: str = ""
    agents: list[Option] = []
    agent: str = DEFAULT
    numbers: list[Option] = []
    from_number: str = DEFAULT
    to: str = ""
    to_error: str = ""
    hits: list[Hit] = []
    lead_id: str = ""
    lead_name: str = ""
    lead_number: str = ""
    known: list[Known] = []
    is_later: bool = False
    at: str = ""
    at_error: str = ""
    zone_words: str = ""
    overrides: bool = False
    reason: str = ""
    error: str = ""
    verdict: Verdict = Verdict()
    call: LiveCall = LiveCall()
    _opened: str = ""
    _viewer: Viewer = Viewer()

    # -- opening and closing ---------------------------------------------------------------------------------------

    @rx.event
    @allow(*ANYONE)
    async def open(self) -> Any:
        """Opens filled in from the address, or closes when the address says so. Never dials."""
        query = dict(self.router.url.query_parameters)
        if query.get("new") != "call":
            self.is_open, self._opened = False, ""
            return None
        key = str(sorted((name, query.get(name, "")) for name in ("to", "client", "lead")))
        actor = await session.who(self)
        if actor.role.value not in OPERATORS or (self.is_open and key == self._opened):
            return None  # the same page again after a reconnect: what was typed stays
        self._viewer = viewer = await viewer_of(self)
        self._clear()
        self._opened, self.zone_words = key, f"your time, {viewer.zone.replace('_', ' ')}"
        self.clients = options(viewer.clients)
        await self._fill(actor, query.get("to", "")[:60], query.get("client", ""), query.get("lead", "")[:64])
        self.is_open = True
        return NewCallState.load_voices if self.client else None

    async def _fill(self, actor: Actor, to: str, client_id: str, lead_id: str) -> None:
        known = {option.value for option in self.clients}
        self.client = client_id if client_id in known else self.clients[0].value if len(self.clients) == 1 else ""
        # a plus in an address that nobody encoded arrives as a blank
        self.to = "+" + to.strip() if to.startswith(" ") else to.strip()
        if lead_id:
            await self._pick_lead(actor, lead_id)
        elif self.to and not self.client:
            await self._find_client(actor)
        await self._rehearse(actor)

    async def _find_client(self, actor: Actor) -> None:
        """Whose lead this number is, if it is one client's alone."""
        page = await browsing.page_of_leads(runtime.current(), actor, LeadFilter(phone=self.to), limit=2)
        if len({line.client_id for line in page.items}) == 1:
            self.client = page.items[0].client_id

    def _clear(self) -> None:
        self.client, self.agent, self.from_number = "", DEFAULT, DEFAULT
        self.agents, self.numbers = [Option(DEFAULT, "The client’s agent")], [Option(DEFAULT, "The client’s number")]
        self.to, self.to_error, self.hits, self.known = "", "", [], []
        self.lead_id = self.lead_name = self.lead_number = ""
        self.is_later, self.at, self.at_error, self.overrides, self.reason, self.error = False, "", "", False, "", ""
        self.verdict, self.call = Verdict(), LiveCall()

    @rx.event
    @allow(*ANYONE)
    async def close(self) -> Any:
        """Closes the dialog; a call that was placed goes on."""
        self.is_open, self._opened = False, ""
        return rx.call_script(_CLOSE)

    @rx.event
    @allow(*OPERATORS)
    async def another(self) -> Any:
        """Back to the form, for the next call to somebody of the same client."""
        client, agents, numbers = self.client, self.agents, self.numbers
        self._clear()
        self.client, self.agents, self.numbers = client, agents, numbers

    # -- the fields ------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def set_client(self, client_id: str) -> Any:
        """Chooses for whom the call is."""
        if client_id not in {option.value for option in self.clients}:
            return None
        self.client, self.agent, self.from_number = client_id, DEFAULT, DEFAULT
        self.lead_id = self.lead_name = self.lead_number = ""
        await self._rehearse(await session.who(self))
        return NewCallState.load_voices

    @rx.event(supersedes=True)
    @allow(*OPERATORS)
    async def load_voices(self) -> None:
        """Asks Retell for the client's agents, and lists its numbers; what is chosen already stays."""
        rt, actor = runtime.current(), await session.who(self)
        client_id = self.client
        client = (await onboarding.get_client(rt, actor, client_id)).client
        listed = await connecting.numbers_of(rt, actor, client_id)
        own = self._viewer.number(client.from_number) if client.from_number else "No from-number is set"
        numbers = [(DEFAULT, own)] + [
            (each.number, self._viewer.number(each.number)) for each in listed if each.number != client.from_number
        ]
        try:
            agents = await connecting.agents_of(rt, actor, client_id)
        except CallCenterError:
            agents = ()  # Retell does not answer: the client's own agent will do
        names = {each.agent_id: each.name for each in agents}
        default = names.get(client.agent_id or "", "The client’s agent")
        others = [(key, name or words.short_id(key)) for key, name in names.items() if key != client.agent_id]
        self.agents, self.numbers = options([(DEFAULT, default), *others]), options(numbers)
        await self._rehearse(actor)

    @rx.event
    @allow(*OPERATORS)
    async def set_agent(self, agent_id: str) -> None:
        """Chooses who speaks."""
        self.agent = agent_id if agent_id in {option.value for option in self.agents} else DEFAULT
        await self._rehearse(await session.who(self))

    @rx.event
    @allow(*OPERATORS)
    async def set_from(self, number: str) -> None:
        """Chooses the number it comes from."""
        self.from_number = number if number in {option.value for option in self.numbers} else DEFAULT
        await self._rehearse(await session.who(self))

    @rx.event(supersedes=True)
    @allow(*OPERATORS)
    async def set_to(self, text: str) -> None:
        """Takes a number however it is written, or looks for leads by name."""
        actor = await session.who(self)
        self.to, self.to_error = str(text)[:60], ""
        self.hits = await self._leads_like(actor, self.to) if len(self.to.strip()) >= 2 else []
        await self._rehearse(actor)

    async def _leads_like(self, actor: Actor, text: str) -> list[Hit]:
        clients = (self.client,) if self.client else ()
        asked = LeadFilter(q=text.strip(), clients=clients, sort="name")
        page = await browsing.page_of_leads(runtime.current(), actor, asked, limit=5 * HITS)
        wanted = text.strip().lower()
        best = sorted(page.items, key=lambda line: not any(word.startswith(wanted) for word in line.name.lower().split()))
        return [Hit(line.lead_id, line.name or "No name", self._viewer.number(line.number)) for line in best[:HITS]]

    @rx.event
    @allow(*OPERATORS)
    async def pick(self, lead_id: str) -> Any:
        """Chooses one of the leads found."""
        actor, before = await session.who(self), self.client
        try:
            await self._pick_lead(actor, str(lead_id))
        except CallCenterError as error:
            self.to_error = error.message
            return None
        await self._rehearse(actor)
        after = rx.set_focus(SUBMIT_ID)  # what was clicked is gone
        return [NewCallState.load_voices, after] if self.client != before else after

    async def _pick_lead(self, actor: Actor, lead_id: str) -> None:
        try:
            lead = await leading.get_lead(runtime.current(), actor, lead_id)
        except CallCenterError as error:
            self.to_error = error.message
            return
        self.client, self.lead_id = lead.client_id, lead.lead_id
        self.lead_number = self._viewer.number(lead.number)
        self.lead_name, self.to, self.hits, self.to_error = lead.name or self.lead_number, lead.number, [], ""

    @rx.event
    @allow(*OPERATORS)
    async def unpick(self) -> None:
        """Back to typing a number."""
        self.lead_id = self.lead_name = self.lead_number = self.to = ""
        self.known, self.verdict = [], Verdict()

    @rx.event
    @allow(*OPERATORS)
    async def set_later(self, is_later: bool) -> None:
        """Now, or at a time."""
        self.is_later, self.at_error = bool(is_later), ""
        if self.is_later and not self.at:
            soon = runtime.current().clock.now().astimezone(ZoneInfo(self._viewer.zone)) + timedelta(hours=1)
            self.at = soon.replace(minute=0).strftime("%Y-%m-%dT%H:%M")
        await self._rehearse(await session.who(self))

    @rx.event
    @allow(*OPERATORS)
    async def set_at(self, text: str) -> None:
        """Chooses when, on the clock of the person asking."""
        self.at = str(text)[:16]
        await self._rehearse(await session.who(self))

    @rx.event
    @allow("manager", "admin")
    async def set_overrides(self, overrides: bool) -> None:
        """Whether to call outside calling hours, with a reason."""
        self.overrides, self.error = bool(overrides), ""
        await self._rehearse(await session.who(self))

    # -- what would happen -----------------------------------------------------------------------------------------

    async def _rehearse(self, actor: Actor) -> None:
        """Asks the real rules about the call as it stands."""
        self.error = ""
        if not self.client or not (self.lead_id or self.to.strip()):
            self.verdict = Verdict()
            return
        rt = runtime.current()
        try:
            asked = await rehearsing.rehearse_call(rt, actor, self.client, self._wish())
        except Invalid as error:
            # half a number is not wrong yet: only what can no longer become one is said
            digits = sum(each.isdigit() for each in self.to)
            self.to_error = error.message if digits >= 7 and not self.hits else ""
            self.verdict, self.known = Verdict(), []
            return
        except CallCenterError as error:
            self.to_error, self.verdict = error.message, Verdict()
            return
        self.to_error = ""
        if asked.lead and [hit.id for hit in self.hits] == [asked.lead.lead_id]:
            self.hits = []  # the number typed is this lead's: nothing is left to choose
        known = view.known_of(asked)
        if known != self.known:
            self.known = known
        if asked.lead and not self.lead_id and not self.hits:
            self.lead_name = asked.lead.name
        agent = next((option.word for option in self.agents if option.value == self.agent), "The agent")
        number = next((option.word for option in self.numbers if option.value == self.from_number), "its usual number")
        later = self._later() if self.is_later else None
        agent = "The agent" if agent == "The client’s agent" else agent  # its name comes in a moment
        number = "its usual number" if number == "The client’s number" else number
        self.verdict = view.verdict_of(
            asked, self._viewer, agent=agent, from_number=number, later=later, now=rt.clock.now()
        )  # fmt: skip

    def _wish(self, variables: Mapping[str, str] | None = None) -> ScheduleCall:
        return ScheduleCall(
            lead_id=self.lead_id or None,
            to_number=None if self.lead_id else self.to.strip(),
            scheduled_at=self._later() if self.is_later else None,
            window=ALL_WEEK if self.overrides else None,
            window_reason=self.reason if self.overrides else "",
            agent_id=None if self.agent == DEFAULT else self.agent,
            from_number=None if self.from_number == DEFAULT else self.from_number,
            variables=variables or {},
        )

    def _later(self) -> datetime | None:
        try:
            local = datetime.fromisoformat(self.at)
        except ValueError:
            self.at_error = "Choose a day and a time."
            return None
        at = local.replace(tzinfo=ZoneInfo(self._viewer.zone))
        is_past = at <= runtime.current().clock.now()
        self.at_error = "This time is over already." if is_past else ""
        return None if is_past else at

    # -- placing it ------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def place(self, given: dict[str, Any]) -> Any:
        """Places the call, and shows how it goes."""
        rt, actor = runtime.current(), await session.who(self)
        self.reason = str(given.get("reason") or "")[:300].strip()
        if not self.client:
            self.error = "Choose the client."
        elif not (self.lead_id or self.to.strip()):
            self.to_error = "Type a number, or the name of a lead."
        elif self.is_later and self._later() is None:
            pass  # said beside the field
        elif self.overrides and not self.reason:
            self.error = "Say why it must be now; the reason is kept."
        else:
            try:
                call = await calling.schedule(rt, actor, self.client, self._wish(view.changed(given, self.known)))
            except Invalid as error:
                self._blame(error)
                return None
            except CallCenterError as error:
                self.error = error.message
                return None
            live.hub.bump("all", "calls", "slots")
            self.call = LiveCall(call.call_id, call.lead_name or self._viewer.number(call.to_number), "waiting")
            return NewCallState.follow(call.call_id)
        return None

    def _blame(self, error: Invalid) -> None:
        if error.field in ("toNumber", "leadId", "phone"):
            self.to_error = error.message
        else:
            self.error = error.message

    @rx.event(background=True)
    @allow(*OPERATORS)
    async def follow(self, call_id: str) -> None:
        """Keeps the small live card true until the call is over or the card is gone."""
        rt = runtime.current()
        until = rt.clock.now() + FOLLOWED
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow(f"call:{call_id}"):
            try:
                actor = await session.still(cookie)
                shown = await _shown(actor, str(call_id), self._viewer)
                if shown is None or self.call.id != call_id or not self.is_open or rt.clock.now() > until:
                    return
                if shown != self.call:
                    async with self:
                        self.call = shown
                if shown.is_over:
                    return
            except Unauthenticated:
                return
            except Exception:
                log.exception("the new call could not be followed")

    @rx.event
    @allow(*OPERATORS)
    async def cancel(self) -> Any:
        """Cancels the call that was placed, or has it ended."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            await calling.cancel(rt, actor, self.call.id)
        except CallCenterError as error:
            return toasts.failed("The call was not cancelled", error.message)
        live.hub.bump("all", "calls", f"call:{self.call.id}")
        self.call = await _shown(actor, self.call.id, self._viewer) or self.call
        return None


async def _shown(actor: Actor, call_id: str, viewer: Viewer) -> LiveCall | None:
    lines = await browsing.calls_by_id(runtime.current(), actor, [call_id])
    if not lines:
        return None
    line, now = lines[0], runtime.current().clock.now()
    return LiveCall(
        id=call_id,
        who=line.lead_name or viewer.number(line.number),
        status=status_of(line, now=now),
        note=line.ended_words or ("ending" if line.cancel_requested_at else ""),
        running=running_from(line),
        outcome=line.outcome or "",
        is_over=line.status in {each.value for each in FINISHED_STATUSES},
        is_talking=line.status in ("ringing", "connected", "in_progress"),
    )
