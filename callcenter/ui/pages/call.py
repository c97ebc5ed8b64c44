"""One call: what was said, what came of it, what happened when, and what to do next."""

from typing import Any

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components import faces, tabs
from callcenter.ui.components.buttons import button, icon_button
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link, server_link
from callcenter.ui.components.status_badge import follow_up_badge, outcome_badge, status_badge
from callcenter.ui.components.times import running_time, time_ago
from callcenter.ui.pages.call_acts import CallActs, act_dialogs, pause_button
from callcenter.ui.pages.call_analysis import analysis, events
from callcenter.ui.pages.call_beside import attempts_card, cost_card, facts_card, notes_card, timeline_card, variables_card
from callcenter.ui.pages.call_said import recording, transcript_tab
from callcenter.ui.pages.call_state import CallState
from callcenter.ui.pages.call_waiting import anyway_dialog, waiting_card
from callcenter.ui.shell import ShellState


def call_page() -> rx.Component:
    """The page."""
    head = CallState.head
    return shell.frame(
        faces.faced(
            CallState.face,
            ready=_ready(),
            loading=faces.skeleton_card(10),
            empty=rx.fragment(),
            gone=faces.gone("This call doesn’t exist or was deleted.", back="All calls", href="/calls"),
            error=faces.page_error("Couldn’t load this call", "Nothing was lost.", on_retry=CallState.retry),
        ),
        act_dialogs(),
        anyway_dialog(),
        nav="calls",
        title=rx.cond(head.who != "", "Call with " + head.who, "Call"),
        phone_title=rx.cond(head.who != "", head.who, "Call"),
        back=("Calls", "/calls"),
        beside=rx.cond(CallState.face == "ready", rx.el.div(_badges(), class_name="row flex-wrap")),
        sub=rx.cond(CallState.face == "ready", _sub()),
        actions=rx.cond(CallState.face == "ready", _actions()),
        phone_actions=rx.cond(CallState.face == "ready", _phone_actions()),
        face=CallState.face,
    )


def _badges() -> rx.Component:
    head = CallState.head
    return rx.fragment(
        status_badge(head.status),
        rx.cond(head.outcome != "", outcome_badge(head.outcome)),
        rx.cond(head.follow_up != "", follow_up_badge(head.follow_up)),
        rx.cond(head.is_ending, rx.el.span("is being ended", class_name="quiet small")),
        rx.cond(head.is_paused, rx.el.span("paused", class_name="quiet small")),
    )


def _sub() -> rx.Component:
    """Number, client, agent, from-number, when, how long, cost: what is known of it."""
    head = CallState.head
    copy = icon_button("copy", "Copy the number", size="small", data_copy=head.plain_number, class_name="not-phone")
    past = time_ago(head.started, head.started_at, head.started_exact)
    when = rx.cond(head.started_at != "", past, rx.el.span(head.started))
    paused = rx.cond(head.started_at != "", "was due ", "planned for ")
    due = rx.cond(head.is_waiting, rx.el.span(rx.cond(head.is_paused, paused, "due "), when), when)
    lasted = rx.cond(head.running != "", rx.el.span(running_time(head.running), class_name="strong"), head.duration)
    return rx.el.div(
        rx.el.span(rx.el.span(head.number, class_name="strong"), copy, class_name="row gap-1"),
        _dotted(head.client),
        rx.cond(head.agent != "", _dotted("agent " + head.agent, class_name="not-phone")),
        rx.cond(head.from_number != "", _dotted("from " + head.from_number, class_name="not-phone")),
        _dotted(due),
        rx.cond((head.running != "") | (head.duration != ""), _dotted(lasted)),
        rx.cond(head.cost != "", _dotted(head.cost, class_name="not-phone")),
        rx.cond(head.place != "", _dotted(head.place, class_name="not-phone")),
        class_name="dotted",
    )


def _dotted(value: Any, *, class_name: str = "") -> rx.Component:
    return rx.el.span(rx.el.span("·", aria_hidden="true", class_name="dot-between"), value, class_name=class_name)


# -- actions -------------------------------------------------------------------------------------------------------


def _actions() -> rx.Component:
    head = CallState.head
    end = button("End call", kind="danger", icon_name="phone_off", on_click=CallActs.ask_end(head.id), disabled=head.is_ending)
    cancel = button("Cancel this call", icon_name="circle_slash", on_click=CallActs.cancel(head.id))
    waiting = rx.fragment(pause_button(head), cancel)
    again = shell.new_call_link("Call again", to=head.plain_number)
    follow_up = button("Follow-up", icon_name="calendar_clock", on_click=CallActs.ask_follow_up(head.id))
    main = rx.cond(head.is_live, end, rx.cond(head.is_waiting, waiting, again))
    return rx.fragment(
        rx.cond(ShellState.may_call, rx.fragment(follow_up, _menu(), main), _menu()),
    )


def _phone_actions() -> rx.Component:
    head = CallState.head
    follow_up = icon_button("calendar_clock", "Follow-up", on_click=CallActs.ask_follow_up(head.id))
    return rx.fragment(rx.cond(ShellState.may_call, follow_up), _menu(is_phone=True))


def _menu(*, is_phone: bool = False) -> rx.Component:
    head = CallState.head
    item = rx.dropdown_menu.item
    stop = rx.cond(
        head.is_stopped_for_good,
        item(icon("ban"), "On the do-not-call list", disabled=True),
        item(icon("ban"), "Do not call", on_click=CallActs.do_not_call(head.id)),
    )
    phone_only: list[Any] = []
    if is_phone:
        end = item(icon("phone_off"), "End call…", on_click=CallActs.ask_end(head.id))
        pause = rx.cond(
            head.is_paused,
            item(icon("play"), "Resume", on_click=CallActs.resume(head.id)),
            item(icon("pause"), "Pause", on_click=CallActs.pause(head.id)),
        )
        cancel = item(icon("circle_slash"), "Cancel this call", on_click=CallActs.cancel(head.id))
        again = item(
            icon("phone"), "Call again", on_click=rx.redirect(ShellState.new_call_href + "&to=" + _encoded(head.plain_number))
        )
        phone_only = [rx.cond(head.is_live, end, rx.cond(head.is_waiting, rx.fragment(pause, cancel), again))]
    acts = rx.fragment(
        *phone_only,
        item(icon("tag"), "Tags", on_click=CallActs.ask_tags(head.id)),
        stop,
        rx.dropdown_menu.separator(),
    )
    download = rx.dropdown_menu.item(
        server_link(icon("download"), "Download the recording", href=head.recording, download=True, class_name="plain-link row"),
        as_child=False,
    )
    copy = item(icon("link"), "Copy link", on_click=rx.call_script("navigator.clipboard.writeText(location.href)"))
    dials = item(icon("phone_outgoing"), "How it was dialled", on_click=rx.redirect("/dials?q=" + head.id))
    trigger = icon_button("ellipsis", "More", kind="ghost" if is_phone else "outline")
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(trigger),
        rx.dropdown_menu.content(
            rx.cond(ShellState.may_call, acts),
            copy,
            rx.cond(head.recording != "", download),
            rx.cond(ShellState.may_manage, dials),
            align="end",
        ),
    )


def _encoded(text: rx.Var) -> rx.Var:
    return rx.vars.FunctionStringVar.create("encodeURIComponent").call(text).to(str)


# -- what is below -------------------------------------------------------------------------------------------------


#: A card that on phones is the page itself.
_EDGE_TO_EDGE = "card max-md:border-0 max-md:rounded-none max-md:bg-transparent max-md:-mx-4"


def _ready() -> rx.Component:
    """The card with the tabs at the left, what stands beside it at the right; on phones that becomes tabs."""
    head = CallState.head
    left = rx.el.div(
        rx.cond(CallState.rules.length() > 0, waiting_card()),
        rx.cond(head.what_next != "", _next()),
        rx.el.div(
            _tabs(),
            recording(),
            _tab_content(),
            class_name=_EDGE_TO_EDGE,
        ),
        class_name="stack gap-3 min-w-0",
    )
    beside = rx.el.div(
        attempts_card(), timeline_card(), facts_card(), notes_card(), cost_card(), variables_card(),
        class_name="stack gap-3 min-w-0 not-phone",
    )  # fmt: skip
    return rx.el.div(left, beside, class_name="desk-grid")


def _next() -> rx.Component:
    attempt = rx.cond(CallState.head.attempts != "", rx.el.span(" · attempt ", CallState.head.attempts, class_name="quiet"))
    said = rx.el.span(CallState.head.what_next, attempt)
    return rx.el.div(icon("rotate_ccw"), said, class_name="quiet-box row min-h-10 px-4 py-2")


def _tabs() -> rx.Component:
    def one(word: str, key: str, count: Any = "", class_name: str = "") -> rx.Component:
        href = CallState.here if key == "transcript" else CallState.here + "?tab=" + key
        current = rx.cond(CallState.tab == key, "page", "")
        parts = [rx.el.span(word), *([rx.el.span(count, class_name="count")] if count != "" else [])]
        return link(*parts, href=href, stay=True, class_name=class_name, aria_current=current)

    news = tabs.tab(
        "Events",
        CallState.here + "?tab=events",
        is_current=CallState.tab == "events",
        count=rx.cond(CallState.news.length() > 0, CallState.news.length().to_string(), ""),
    )
    return rx.el.nav(
        tabs.tab("Transcript", CallState.here, is_current=CallState.tab == "transcript", count=CallState.head.turns),
        one("Analysis", "analysis"),
        one("Facts", "facts", class_name="only-phone flex"),
        one("Timeline", "timeline", class_name="only-phone flex"),
        rx.cond(ShellState.is_admin, news),
        aria_label="Parts of this call",
        class_name="tabs px-2",
    )


def _tab_content() -> rx.Component:
    facts = rx.el.div(facts_card(), attempts_card(), notes_card(), cost_card(), variables_card(), class_name="stack gap-3 p-4")
    return rx.match(
        CallState.tab,
        ("analysis", analysis()),
        ("events", events()),
        ("facts", facts),
        ("timeline", rx.el.div(timeline_card(), class_name="p-4")),
        transcript_tab(),
    )


on_enter = [CallState.enter]
on_load = [CallState.load, CallState.watch]

__all__ = ["call_page", "on_enter", "on_load"]
