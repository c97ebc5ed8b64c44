"""What the page of one call holds: its parts in words, kept true while it rings, talks and is analysed."""

import logging
from dataclasses import replace
from typing import Any

import reflex as rx

from callcenter.domain.call import Outcome
from callcenter.domain.eligibility import Judgement
from callcenter.domain.errors import CallCenterError, Conflict, NotFound, Unauthenticated
from callcenter.domain.hours import ALL_WEEK
from callcenter.domain.user import Actor
from callcenter.services import browsing, calling, explaining, reviewing, runtime
from callcenter.services.browsing.pages import CallPage
from callcenter.services.calling import ScheduleCall
from callcenter.ui import live, session
from callcenter.ui.components import toasts
from callcenter.ui.components.player import Spoken
from callcenter.ui.components.progress import BarPart
from callcenter.ui.components.timeline import Step
from callcenter.ui.components.transcript import Turn
from callcenter.ui.components.why_not_yet import RuleLine
from callcenter.ui.pages import call_details as details
from callcenter.ui.pages.call_details import AttemptRow, Fact, NewsRow
from callcenter.ui.pages.call_rules import earliest_of, rules_of
from callcenter.ui.pages.call_turns import strip_of, turns_of
from callcenter.ui.pages.call_view import CallHead, head_of
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.session import ANYONE, MANAGERS, OPERATORS, allow
from callcenter.ui.shell_state import closed_when_left

log = logging.getLogger(__name__)

#: Turns shown at first; a longer transcript is folded.
FOLDED_AFTER = 200
TABS = ("transcript", "analysis", "events", "facts", "timeline")


@closed_when_left("calls", asks_anyway=False)
class CallState(rx.State):
    """One call."""

    face: str = "loading"
    tab: str = "transcript"
    here: str = "/calls"
    head: CallHead = CallHead()
    turns: list[Turn] = []
    hidden_turns: int = 0
    strip: list[Spoken] = []
    steps: list[Step] = []
    steps_side: str = ""
    facts: list[Fact] = []
    attempts: list[AttemptRow] = []
    costs: list[BarPart] = []
    extracted: list[Fact] = []
    variables: list[Fact] = []
    news: list[NewsRow] = []
    rules: list[RuleLine] = []
    earliest: str = ""
    earliest_for_viewer: str = ""
    may_override: bool = False
    asks_anyway: bool = False
    anyway_error: str = ""
    notes: str = ""
    notes_error: str = ""
    their_notes: str = ""
    has_conflict: bool = False
    is_saving_wanted: bool = False
    _rev: int = 0
    _shown: str = ""
    _viewer: Viewer = Viewer()
    _shows_all: bool = False

    @rx.event
    @allow(*ANYONE)
    async def enter(self) -> None:
        """Lets go of another call at once, so that it is not seen under this address while this one is read."""
        if self._of_address() != self._shown:
            self.head, self.face = CallHead(), "loading"

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Loads the call of the address; another tab of the same call is no new load."""
        wanted = self._of_address()
        tab = str(self.router.url.query_parameters.get("tab", ""))
        self.tab, self.here = tab if tab in TABS else TABS[0], f"/calls/{wanted}"
        if wanted == self._shown and self.face == "ready":
            return
        rt, actor = runtime.current(), await session.who(self)
        is_other = wanted != self._shown
        self._shown, self._viewer = wanted, await viewer_of(self)
        if is_other:
            self._shows_all, self.has_conflict, self.notes_error, self.is_saving_wanted = False, False, "", False
        try:
            page = await browsing.call_page(rt, actor, wanted)
        except NotFound:
            self.head, self.face = CallHead(id=wanted, who="an unknown call"), "gone"
            return
        except Exception:
            self.face = "error"
            raise
        judgement = await _judged(actor, page)
        self._show(page, takes_notes=True)
        self._explain(page, judgement)

    def _of_address(self) -> str:
        return str(self.router.url.path.rstrip("/").rsplit("/", 1)[-1])[:64]

    @rx.event
    @allow(*ANYONE)
    async def retry(self) -> Any:
        """Loads again after it failed."""
        self.face, self._shown = "loading", ""
        return CallState.load

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the page true."""
        # from the address: it starts beside `load`, and may come to read first
        call_id, rt = self._of_address(), runtime.current()
        seen: CallPage | None = None
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow(f"call:{call_id}"):
            try:
                actor = await session.still(cookie)
                page = await browsing.call_page(rt, actor, call_id)
                if page == seen and page.line.status != "scheduled":
                    continue
                seen, judgement = page, await _judged(actor, page)
                async with live.push_slots, self:
                    if self._shown == call_id:
                        self._show(page)
                        self._explain(page, judgement)
            except Unauthenticated:
                return
            except NotFound:
                async with self:
                    self.face = "gone"
                return
            except Exception:
                log.exception("the call could not be refreshed")

    def _show(self, page: CallPage, *, takes_notes: bool = False) -> None:
        """Puts a call into words; only what changed is sent."""
        now, viewer = runtime.current().clock.now(), self._viewer
        head = head_of(page, viewer, now=now)
        turns = turns_of(page)
        limit = len(turns) if self._shows_all else FOLDED_AFTER
        fresh: dict[str, Any] = {
            "turns": turns[-limit:] if head.is_live else turns[:limit],
            "hidden_turns": max(0, len(turns) - limit),
            "strip": strip_of(page.call, head.seconds),
            "steps": details.steps_of(page, viewer),
            "steps_side": details.timeline_side(page, viewer),
            "facts": details.facts_of(page, viewer, now=now),
            "attempts": details.attempts_of(page, viewer, now=now),
            "costs": details.cost_of(page.call, viewer),
            "extracted": details.extracted_of(page, viewer),
            "variables": details.variables_of(page),
            "news": details.news_of(page, viewer),
            "head": head,
        }
        self._set(fresh)
        if takes_notes or (not self.is_saving_wanted and not self.has_conflict):
            self._set({"notes": page.call.notes})
        if takes_notes or self.notes == page.call.notes:
            self._rev = page.call.rev
        self.face = "ready"

    def _set(self, fresh: dict[str, Any]) -> None:
        for name, value in fresh.items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    def _explain(self, page: CallPage, judgement: Judgement | None) -> None:
        """Says why a waiting call is not dialled yet."""
        if judgement is None:
            self._set({"rules": []})
            return
        earliest, mine = earliest_of(judgement, page.zone, self._viewer, now=runtime.current().clock.now())
        is_about_time = judgement.blocked_by in ("hours", "due") and self._viewer.may_manage
        self._set({"rules": rules_of(judgement), "earliest": earliest, "earliest_for_viewer": mine})
        self._set({"may_override": is_about_time})

    @rx.event
    @allow(*ANYONE)
    async def show_all_turns(self) -> None:
        """Unfolds a long transcript."""
        self._shows_all = True
        page = await browsing.call_page(runtime.current(), await session.who(self), self._shown)
        self._show(page)

    # -- the outcome by hand ---------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def set_outcome(self, outcome: str) -> Any:
        """Sets the outcome by hand; "retell" lets what Retell said count again."""
        rt, actor = runtime.current(), await session.who(self)
        if outcome != "retell" and outcome not in set(Outcome):
            return None
        wanted = None if outcome == "retell" else Outcome(outcome)
        try:
            await reviewing.set_outcome(rt, actor, self._shown, wanted)
        except CallCenterError as error:
            return toasts.failed("The outcome was not changed", error.message)
        await self._again(actor)
        return toasts.done("Outcome changed. The old one stays in the timeline.")

    async def _again(self, actor: Actor) -> None:
        self._show(await browsing.call_page(runtime.current(), actor, self._shown))
        live.hub.bump("calls", f"call:{self._shown}")

    # -- notes -----------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def type_notes(self, text: str) -> None:
        """Keeps what is being typed, so that a refresh does not take it away."""
        self.notes, self.is_saving_wanted, self.notes_error = str(text), True, ""

    @rx.event
    @allow(*OPERATORS)
    async def save_notes(self) -> Any:
        """Saves the notes; when someone was first, both texts are shown and nothing is overwritten."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            call = await reviewing.set_notes(rt, actor, self._shown, self.notes, rev=self._rev)
        except Conflict:
            return await self._compare(actor)
        except CallCenterError as error:
            self.notes_error = error.message
            return None
        self._rev, self.is_saving_wanted, self.has_conflict = call.rev, False, False
        await self._again(actor)
        return toasts.done("Note saved.")

    async def _compare(self, actor: Actor) -> Any:
        """Someone changed the call since: when the note itself is as it was, ours is saved after all."""
        call = await calling.get(runtime.current(), actor, self._shown)
        self._rev = call.rev
        if call.notes in (self.head.notes, self.notes):
            return CallState.save_notes
        self.their_notes, self.has_conflict = call.notes, True
        self.head = replace(self.head, notes=call.notes)
        return None

    @rx.event
    @allow(*OPERATORS)
    async def take_theirs(self) -> None:
        """Drops the own text for the other one."""
        self.notes, self.has_conflict, self.is_saving_wanted = self.their_notes, False, False

    @rx.event
    @allow(*OPERATORS)
    async def keep_both(self) -> None:
        """Puts the own text under the other one, to be saved by hand."""
        self.notes, self.has_conflict = f"{self.their_notes.rstrip()}\n\n{self.notes}", False

    # -- calling outside the hours ---------------------------------------------------------------------------------

    @rx.event
    @allow(*MANAGERS)
    async def ask_anyway(self) -> None:
        """Asks why the call must not wait."""
        self.asks_anyway, self.anyway_error = True, ""

    @rx.event
    @allow(*MANAGERS)
    async def close_anyway(self) -> None:
        """Lets it wait."""
        self.asks_anyway = False

    @rx.event
    @allow(*MANAGERS)
    async def call_anyway(self, given: dict[str, Any]) -> Any:
        """Takes the waiting call back and schedules one in its place that may be dialled at any hour."""
        rt, actor = runtime.current(), await session.who(self)
        reason = str(given.get("reason", "")).strip()
        if not reason:
            self.anyway_error = "Say why, it is written down."
            return None
        try:
            call = await calling.get(rt, actor, self._shown)
            wish = ScheduleCall(
                lead_id=call.lead_id, to_number=None if call.lead_id else call.to_number, priority=call.priority,
                window=ALL_WEEK, window_reason=reason, variables=call.variables, agent_id=call.agent_id,
                from_number=call.from_number,
            )  # fmt: skip
            await calling.cancel(rt, actor, self._shown)
            try:
                made = await calling.schedule(rt, actor, call.client_id or "", wish)
            except CallCenterError:
                await calling.undo_cancel(rt, actor, self._shown)
                raise
        except CallCenterError as error:
            self.anyway_error = error.message
            return None
        self.asks_anyway = False
        live.hub.bump("calls", f"call:{self._shown}")
        return rx.redirect(f"/calls/{made.call_id}")


async def _judged(actor: Actor, page: CallPage) -> Judgement | None:
    """What the rules say about a call that waits; None for one that does not (any more)."""
    if page.line.status != "scheduled":
        return None
    try:
        return await explaining.explain(runtime.current(), actor, page.line.call_id)
    except Conflict:
        return None  # it was dialled this very moment
