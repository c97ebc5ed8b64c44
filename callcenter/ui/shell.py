"""The frame around every page: rail, top bar, banners, title, peek, and the bar at the foot of a phone."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex.style import toggle_color_mode

from callcenter.ui import top_bar
from callcenter.ui.components import nav as places
from callcenter.ui.components.banner import banner, connection_banners, wall_banner
from callcenter.ui.components.buttons import Kind, checkbox, link_button
from callcenter.ui.components.confirm import confirm
from callcenter.ui.components.faces import not_allowed
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.palette import act, go, palette
from callcenter.ui.shell_state import ShellState

__all__ = ["ShellState", "bare", "frame", "new_call_link", "over_every_page", "refused", "wall"]

Text = str | rx.Var

#: Dialogs that open over any page by its address; `routes.py` adds them once their modules are there.
over_every_page: list[Callable[[], rx.Component]] = []


def frame(
    *content: Any,
    nav: str,
    title: Text,
    side: Any = "",
    actions: Any = None,
    back: tuple[Text, Text] | None = None,
    beside: Any = None,
    sub: Any = None,
    tabs: Any = None,
    peek: Any = None,
    foot: Any = None,
    face: Text = "ready",
    announce: Text = "",
    phone_title: Text | None = None,
    phone_actions: Any = None,
) -> rx.Component:
    """A page with everything around it; see the parameters in the order they appear on screen.

    `nav` is the place marked in the rail; `title` the h1, `side` the gray note beside it, `beside` badges there, `actions`
    buttons at the right, `sub` a line under it, `tabs` a tab bar; `peek` the panel at the right, `foot` a pager.
    `face` goes into main's data-state; `announce` is read out politely. On phones the top bar shows `phone_title`, and beside
    the way back `phone_actions` (icon buttons).
    """
    main = rx.el.main(
        *([_back(back)] if back else []),
        _title_row(
            title,
            side,
            beside,
            actions,
            is_tight=tabs is not None,
            is_plain=back is None,
            data_phone_actions="true" if phone_actions is not None else "false",
        ),
        *([rx.el.div(sub, class_name="sub-line")] if sub is not None else []),
        *([tabs] if tabs is not None else []),
        *content,
        *([foot] if foot is not None else []),
        rx.el.div(announce, role="status", aria_live="polite", class_name="hidden-words", data_announce=True),
        id="main",
        tab_index=-1,
        class_name="main",
        data_state=face,
        data_foot="true" if foot is not None else "false",
        data_quiet_focus=True,
    )
    query = ShellState.client_query
    return rx.el.div(
        rx.el.a("Skip to content", href="#main", class_name="skip", data_skip=True),
        places.rail(nav, workspace=ShellState.workspace, query=query, due=ShellState.followups_due),
        rx.el.div(
            top_bar.top_bar(title if phone_title is None else phone_title, back=back, phone_actions=phone_actions),
            _banners(),
            rx.el.div(main, *([peek] if peek is not None else []), class_name="body"),
            class_name="column",
        ),
        _new_call_button(),
        places.bottom_bar(nav, query=query, due=ShellState.followups_due),
        *_dialogs(),
        class_name="shell",
    )


def bare(*content: Any) -> rx.Component:
    """A page without rail and bars, for people who are not signed in; its h1 is in `content`."""
    return rx.el.div(
        rx.el.a("Skip to content", href="#main", class_name="skip", data_skip=True),
        connection_banners(),
        rx.el.main(*content, id="main", tab_index=-1, class_name="bare", data_state="ready", data_quiet_focus=True),
    )


def wall(*content: Any, title: Text, face: Text = "ready") -> rx.Component:
    """A page for a screen that hangs on a wall: no navigation, big type, a clock, and red across the top when not live."""
    return rx.el.div(
        wall_banner(),
        rx.el.main(
            rx.el.div(
                rx.el.h1(title, class_name="hidden-words"),
                rx.el.span(ShellState.workspace, class_name="strong"),
                rx.el.time("", class_name="ml-auto strong", data_clock=True, aria_live="off"),
                class_name="row wall-head",
            ),
            *content,
            id="main",
            tab_index=-1,
            class_name="wall",
            data_state=face,
            data_quiet_focus=True,
            data_stay_awake=True,
        ),
    )


def refused(nav: str, title: str) -> rx.Component:
    """The page in the place of one that this role may not see."""
    return frame(not_allowed(ShellState.admins), nav=nav, title=title)


def new_call_link(word: Text = "New call", *, to: Text = "", kind: Kind = "main", **props: Any) -> rx.Component:
    """A link that opens the New call dialog over this page, filled in with a number; it never dials by itself."""
    href = ShellState.new_call_href + ("&to=" + _encoded(to) if isinstance(to, rx.Var) or to else "")
    return rx.cond(ShellState.may_call, link_button(word, href, kind=kind, icon_name="phone", stay=True, **props), rx.fragment())


def _encoded(text: Text) -> rx.Var:
    return rx.vars.FunctionStringVar.create("encodeURIComponent").call(text).to(str)


def _back(back: tuple[Text, Text]) -> rx.Component:
    word, href = back
    return link(icon("arrow_left"), word, href=href, class_name="back-link")


def _title_row(
    title: Text, side: Any, beside: Any, actions: Any, *, is_tight: bool, is_plain: bool, **props: Any
) -> rx.Component:
    return rx.el.div(
        rx.el.h1(title),
        *([beside] if beside is not None else []),
        *([rx.el.span(side, class_name="side")] if isinstance(side, rx.Var | rx.Component) or side else []),
        *([rx.el.div(actions, class_name="actions")] if actions is not None else []),
        class_name=f"title-row {'tight' if is_tight else ''} {'plain' if is_plain else ''}".strip(),
        **props,
    )


def _banners() -> rx.Component:
    paused = banner(
        "pause",
        ShellState.paused_words,
        hue="amber",
        role="status",
        action=rx.cond(
            ShellState.may_manage,
            rx.el.button("Resume", type="button", on_click=ShellState.ask_resume, data_needs_server=True),
        ),
    )
    simulated = banner(
        "flask_conical",
        ShellState.simulated_words,
        role="region",
        aria_label="Demo",
        action=rx.cond(ShellState.is_admin, link("Connect Retell", icon("arrow_right"), href="/clients", class_name="")),
    )
    return rx.fragment(
        connection_banners(),
        rx.cond(
            ShellState.calling_paused,
            paused,
            rx.cond(
                ShellState.trouble_words != "",
                banner("triangle_alert", ShellState.trouble_words, hue="amber", role="status", action=_what_to_do()),
                rx.cond(ShellState.simulated_words != "", simulated),
            ),
        ),
    )


def _what_to_do() -> rx.Component:
    return link(ShellState.trouble_action, href=ShellState.trouble_href, class_name="")


def _new_call_button() -> rx.Component:
    plus = link(icon("phone_outgoing", 24, label="New call"), href=ShellState.new_call_href, stay=True, class_name="fab")
    return rx.cond(ShellState.may_call, plus)


def _dialogs() -> list[rx.Component]:
    pause = confirm(
        checkbox(
            rx.cond(
                ShellState.in_progress == 1,
                "Also end the call in progress now",
                f"Also end the {ShellState.in_progress} calls now",
            ),
            checked=ShellState.ends_too,
            on_change=ShellState.set_ends_too,
        ),
        is_open=ShellState.asks_pause,
        on_close=ShellState.keep_calling,
        title="Pause all calling?",
        facts=ShellState.pause_facts,
        safe_word="Keep calling",
        word="Pause calling",
        icon_name="pause",
        on_confirm=ShellState.pause,
    )
    resume = confirm(
        is_open=ShellState.asks_resume,
        on_close=ShellState.keep_calling,
        title="Resume calling?",
        facts=ShellState.resume_facts,
        safe_word="Stay paused",
        word="Resume calling",
        icon_name="play",
        kind="main",
        on_confirm=ShellState.resume,
    )
    search = palette(
        is_open=ShellState.palette_is_open,
        on_open=ShellState.set_palette,
        on_search=ShellState.search,
        on_type=ShellState.look_up,
        found=ShellState.found,
        found_words=ShellState.found_words,
        query=ShellState.client_query,
        acts=_acts(),
    )
    return [pause, resume, search, top_bar.keyboard_help(), *[dialog() for dialog in over_every_page]]


def _acts() -> list[rx.Component]:
    """What the search offers besides pages, for those who may."""
    return [
        rx.cond(ShellState.may_call, go("phone_outgoing", "New call", ShellState.new_call_href)),
        rx.cond(ShellState.may_manage, go("plus", "New batch", "/batches/new" + ShellState.client_query)),
        rx.cond(ShellState.may_call, go("upload", "Import leads", "/leads/import" + ShellState.client_query)),
        go("ban", "Do-not-call list", "/leads/do-not-call"),
        rx.cond(ShellState.may_manage, go("phone_outgoing", "Dial ledger", "/dials")),
        act("moon", rx.color_mode_cond("Switch to dark", "Switch to light"), toggle_color_mode),
    ]
