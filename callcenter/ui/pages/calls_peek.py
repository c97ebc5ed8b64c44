"""The peek: one call beside the list, with its own address."""

import logging
from datetime import datetime

import reflex as rx

from callcenter.domain.errors import NotFound, Unauthenticated
from callcenter.services import browsing, runtime
from callcenter.services.browsing.pages import CallPage
from callcenter.ui import live, session, shell
from callcenter.ui.components import faces
from callcenter.ui.components.buttons import button, icon_button
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.peek import peek
from callcenter.ui.components.player import Spoken, player
from callcenter.ui.components.status_badge import follow_up_badge, lined_badge, outcome_badge, status_badge
from callcenter.ui.components.times import running_time
from callcenter.ui.components.transcript import Turn, short_transcript
from callcenter.ui.pages.call_acts import CallActs, pause_button
from callcenter.ui.pages.call_details import Fact, peek_facts_of
from callcenter.ui.pages.call_turns import strip_of, turns_of
from callcenter.ui.pages.call_view import CallHead, head_of
from callcenter.ui.pages.calls_state import CallsState
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.session import ANYONE, allow
from callcenter.ui.theme import SENTIMENT

log = logging.getLogger(__name__)

FIRST_TURNS = 5


class CallPeek(rx.State):
    """The call in the peek."""

    face: str = "loading"
    head: CallHead = CallHead()
    length: str = ""
    turns: list[Turn] = []
    strip: list[Spoken] = []
    facts: list[Fact] = []
    turn_count: str = ""
    _shown: str = ""
    _viewer: Viewer = Viewer()

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Loads the call the address names; nothing when there is none, or it is shown already."""
        wanted = str(self.router.url.query_parameters.get("peek", ""))[:64]
        if not wanted or wanted == self._shown:
            self._shown = wanted
            return
        rt, actor = runtime.current(), await session.who(self)
        self._shown, self._viewer = wanted, await viewer_of(self)
        try:
            self._show(await browsing.call_page(rt, actor, wanted), rt.clock.now())
        except NotFound:
            self.head, self.face = CallHead(id=wanted), "gone"

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the call in the peek true."""
        call_id = self._shown
        if not call_id:
            return
        rt, cookie = runtime.current(), session.cookie_value(self)
        async for _ in live.hub.follow(f"call:{call_id}"):
            try:
                page = await browsing.call_page(rt, await session.still(cookie), call_id)
                head = head_of(page, self._viewer, now=rt.clock.now())
                if head != self.head or len(page.call.told.turns) != len(self.turns):
                    async with live.push_slots, self:
                        if self._shown == call_id:
                            self._show(page, rt.clock.now())
            except Unauthenticated:
                return
            except NotFound:
                async with self:
                    self.face = "gone"
                return
            except Exception:
                log.exception("the call in the peek could not be refreshed")

    def _show(self, page: CallPage, now: datetime) -> None:
        turns = turns_of(page)
        self.head = head_of(page, self._viewer, now=now)
        self.length = self.head.duration or "0:00"
        self.turns = [turn for turn in turns if turn.who != "tool"][:FIRST_TURNS]
        self.turn_count = str(len(turns)) if len(turns) > FIRST_TURNS else ""
        self.strip = strip_of(page.call, self.head.seconds)
        self.facts = peek_facts_of(page, self._viewer, now=now)
        self.face = "ready"


def call_peek() -> rx.Component:
    """The panel."""
    return rx.cond(CallPeek.face == "gone", _gone(), _panel())


def _gone() -> rx.Component:
    sentence = faces.gone("This call was deleted, or is not yours to see.", back="Back to the list", href=CallsState.close_href)
    return peek(sentence, title="Call", close_href=CallsState.close_href, label="Call")


def _panel() -> rx.Component:
    head = CallPeek.head
    shows_right = CallsState.peeked == head.id
    return peek(
        rx.cond(shows_right, rx.fragment(_hear(), _summary(), _first_turns(), _facts()), faces.skeleton_card(8)),
        title=rx.cond(shows_right, head.who, "Call"),
        close_href=CallsState.close_href,
        full_href="/calls/" + CallsState.peeked,
        sub=rx.cond(shows_right, _sub()),
        badges=rx.cond(shows_right, _badges()),
        foot=rx.cond(shows_right & shell.ShellState.may_call, _foot()),
        label="Call",
    )


def _sub() -> rx.Component:
    head = CallPeek.head
    copy = icon_button("copy", "Copy the number", size="small", data_copy=head.plain_number)
    agent = rx.cond(head.agent != "", rx.fragment(" · agent ", head.agent))
    number = rx.el.span(head.number, copy, rx.el.span("·", aria_hidden="true"), class_name="row gap-1")
    return rx.fragment(number, rx.el.span(head.client, agent))


def _badges() -> rx.Component:
    head = CallPeek.head
    moods = [(key, lined_badge(look.word, look.icon)) for key, look in SENTIMENT.items()]
    return rx.fragment(
        status_badge(head.status),
        rx.cond(head.is_paused, rx.el.span("paused", class_name="quiet small")),
        rx.cond(head.running != "", rx.el.span(running_time(head.running), class_name="strong")),
        rx.cond(head.outcome != "", outcome_badge(head.outcome)),
        rx.cond(head.follow_up != "", follow_up_badge(head.follow_up)),
        rx.match(head.sentiment, *moods, rx.fragment()),
    )


def _hear() -> rx.Component:
    head = CallPeek.head
    plays = player(head.recording, strip=CallPeek.strip, length=CallPeek.length, seconds=head.seconds, is_small=True)
    return rx.cond(
        head.recording != "",
        rx.el.div(plays, class_name="[&_.player]:p-0 [&_.player]:border-0 [&_.player]:bg-transparent"),
        rx.cond(head.no_recording != "", rx.el.div(icon("volume_x"), head.no_recording, class_name="row quiet")),
    )


def _summary() -> rx.Component:
    head = CallPeek.head
    words = rx.cond(head.summary != "", head.summary, rx.el.span(head.no_summary, class_name="quiet"))
    shown = rx.el.div(rx.el.h3("Summary"), rx.el.p(words, class_name="m-0"), class_name="joined-maybe")
    return rx.cond((head.summary != "") | (head.no_summary != ""), shown)


def _first_turns() -> rx.Component:
    more = link("All " + CallPeek.turn_count + " turns", href="/calls/" + CallPeek.head.id)
    title = rx.el.h3("Transcript", rx.cond(CallPeek.turn_count != "", more))
    return rx.cond(CallPeek.turns.length() > 0, rx.el.div(title, short_transcript(CallPeek.turns), class_name="joined"))


def _facts() -> rx.Component:
    return rx.cond(CallPeek.facts.length() > 0, rx.el.div(linked_facts(CallPeek.facts)))


def linked_facts(facts: rx.Var) -> rx.Component:
    """Facts from state whose values may be links."""

    def one(fact: rx.Var) -> rx.Component:
        value = rx.cond(fact.href != "", link(fact.value, href=fact.href), fact.value)
        return rx.fragment(rx.el.dt(fact.name), rx.el.dd(value))

    return rx.el.dl(rx.foreach(facts, one), class_name="facts")


def _foot() -> rx.Component:
    head = CallPeek.head
    over = rx.fragment(
        shell.new_call_link("Call again", to=head.plain_number),
        button("Add follow-up", icon_name="calendar_clock", on_click=CallActs.ask_follow_up(head.id)),
        rx.cond(
            head.is_stopped_for_good,
            rx.el.span("On the do-not-call list", class_name="quiet last self-center"),
            button("Do not call", icon_name="ban", class_name="last", on_click=CallActs.do_not_call(head.id)),
        ),
    )
    live_now = button("End call", kind="danger", icon_name="phone_off", on_click=CallActs.ask_end(head.id))
    cancel = button("Cancel this call", icon_name="circle_slash", on_click=CallActs.cancel(head.id))
    waiting = rx.fragment(pause_button(head), cancel)
    return rx.cond(head.is_live, live_now, rx.cond(head.is_waiting, waiting, over))
