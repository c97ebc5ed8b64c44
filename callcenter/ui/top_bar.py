"""The bar over every page: client switcher, search, connection, calling state, New call, bell, and the person's menu."""

from typing import Any

import reflex as rx
from reflex.style import set_color_mode

from callcenter.ui.bell import bell
from callcenter.ui.components.buttons import icon_button
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.shell_state import ShellState

Text = str | rx.Var

KEYS = (
    ("Ctrl K", "Search or jump"),
    ("/", "Focus the list’s search"),
    ("?", "This list"),
    ("g then l c b e f a", "Go to Live, Calls, Batches, Leads, Follow-ups, Analytics"),
    ("c", "New call"),
    ("b", "New batch"),
    ("f", "Open filters"),
    ("[", "Rail wide or narrow"),
    ("j / k", "Next, previous row"),
    ("Space", "Open or close the peek"),
    ("Enter or o", "Open the full page"),
    ("x", "Select the row; Shift and arrows for more"),
    (".", "Load waiting new rows"),
    ("e", "Export"),
    ("u", "Undo while the toast is there"),
    ("Esc", "Close the topmost thing, then clear filters"),
    ("Ctrl Enter", "Do the dialog’s main action"),
    ("p, ← →, < >", "In the player: play, 5 seconds, speed"),
)


def top_bar(title: Text, *, back: tuple[Text, Text] | None = None, phone_actions: Any = None) -> rx.Component:
    """The bar. On phones it shows `title`, and on a detail page the way `back` and that page's own few actions."""
    arrow = (
        [link(icon("arrow_left", 20, label="Back"), href=back[1], class_name="btn btn-ghost btn-icon phone-back")] if back else []
    )
    return rx.el.header(
        *arrow,
        rx.el.div(rx.el.span(title, class_name="clip", aria_hidden="true"), _connection(is_phone=True), class_name="phone-title"),
        rx.el.div(_switcher(), class_name="desk"),
        _search_button(),
        rx.el.div(_connection(), class_name="desk spacer"),
        _calling(),
        _new_call(),
        bell(),
        *([rx.el.div(phone_actions, class_name="only-phone row")] if phone_actions is not None else []),
        _menu(),
        class_name="topbar detail" if back else "topbar",
    )


def _switcher() -> rx.Component:
    field = rx.el.input(
        type="search",
        placeholder="Find a client",
        aria_label="Find a client",
        class_name="input mb-2",
        data_filters="#client-list",
    )
    everyone = rx.popover.close(link("All clients", href=ShellState.all_clients_href, class_name="choice", data_arrow=True))
    clients = rx.foreach(
        ShellState.clients,
        lambda client: rx.el.li(
            rx.popover.close(
                link(
                    rx.el.span(client.name, class_name="clip"),
                    rx.cond(client.id == ShellState.client_id, icon("check", class_name="ml-auto")),
                    href=client.href,
                    class_name="choice",
                    data_arrow=True,
                )
            )
        ),
    )
    name = rx.cond(ShellState.client_id != "", ShellState.client_name, "All clients")
    trigger = rx.el.button(
        icon("building_2"),
        rx.el.span(name, class_name="clip"),
        icon("chevrons_up_down"),
        type="button",
        aria_label="Client: " + name,
        class_name="btn btn-outline switcher",
    )
    return rx.popover.root(
        rx.popover.trigger(trigger),
        rx.popover.content(
            field,
            rx.el.ul(rx.el.li(everyone), clients, id="client-list", class_name="choices"),
            class_name="filter-pop",
            align="start",
            aria_label="Client",
        ),
    )


def _search_button() -> rx.Component:
    return rx.el.button(
        icon("search"),
        rx.el.span("Search or jump…"),
        rx.el.kbd("Ctrl K", class_name="key", aria_hidden="true"),
        type="button",
        aria_label="Search or jump",
        class_name="btn btn-outline search-button",
        data_hotkey="mod+k",
        on_click=ShellState.set_palette(True),
    )


def _connection(*, is_phone: bool = False) -> rx.Component:
    says = (("live", "Live"), ("lost", "Reconnecting"), ("asleep", "Not live"))
    words = rx.el.span(*[rx.el.span(word, data_on=name) for name, word in says])
    return rx.el.div(
        rx.el.span(class_name="dot", aria_hidden="true"),
        words,
        class_name="link-dot only-phone" if is_phone else "link-dot",
        title="Connection to the server",
    )


def _calling() -> rx.Component:
    state = rx.cond(
        ShellState.calling_paused,
        rx.fragment(
            rx.el.span(icon("pause"), class_name="hue", data_accent_color="amber"),
            rx.el.span(rx.el.span("Calling: ", class_name="calling-word"), rx.el.span("off")),
        ),
        rx.fragment(
            rx.el.span(icon("phone_call"), class_name="hue", data_accent_color="green"),
            rx.el.span(rx.el.span("Calling: ", class_name="calling-word"), rx.el.span("on")),
        ),
    )
    spoken = rx.cond(ShellState.calling_paused, "Calling: off", "Calling: on")
    button = rx.el.button(
        state, icon("chevron_down", class_name="chevron"), type="button", class_name="btn btn-outline calling", aria_label=spoken
    )
    menu = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(button),
        rx.dropdown_menu.content(
            rx.cond(
                ShellState.calling_paused,
                rx.dropdown_menu.item(icon("play"), "Resume all calling", on_click=ShellState.ask_resume),
                rx.dropdown_menu.item(icon("pause"), "Pause all calling…", on_click=ShellState.ask_pause),
            ),
            align="end",
        ),
    )
    plain = rx.el.span(state, class_name="btn", style={"cursor": "default"})
    return rx.cond(ShellState.is_loaded, rx.cond(ShellState.may_manage, menu, plain))


def _new_call() -> rx.Component:
    button = link(
        icon("plus"),
        rx.el.span("New call"),
        href=ShellState.new_call_href,
        stay=True,
        class_name="btn btn-main not-phone",
        data_hotkey="c",
        data_needs_server=True,
    )
    return rx.cond(ShellState.may_call, button)


def _menu() -> rx.Component:
    item = rx.dropdown_menu.item
    avatar = rx.el.button(ShellState.user_initials, type="button", class_name="avatar", aria_label="You: " + ShellState.user_name)
    themes = rx.dropdown_menu.sub(
        rx.dropdown_menu.sub_trigger(icon("sun_moon"), "Theme"),
        rx.dropdown_menu.sub_content(
            item(icon("monitor"), "As the system", on_click=set_color_mode("system")),
            item(icon("sun"), "Light", on_click=set_color_mode("light")),
            item(icon("moon"), "Dark", on_click=set_color_mode("dark")),
        ),
    )
    return rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(avatar),
        rx.dropdown_menu.content(
            rx.el.div(ShellState.user_name, class_name="menu-label"),
            themes,
            item(icon("keyboard"), "Keyboard", custom_attrs={"data-open-keys": "true"}),
            rx.dropdown_menu.separator(),
            item(icon("settings"), "Settings", on_click=rx.redirect("/settings/profile")),
            item(icon("log_out"), "Sign out", custom_attrs={"data-sign-out": "true"}),
            align="end",
        ),
    )


def keyboard_help() -> rx.Component:
    """The list of keys behind `?`, a native dialog that the hotkeys script opens."""
    rows = [rx.el.tr(rx.el.td(rx.el.kbd(keys, class_name="key")), rx.el.td(words)) for keys, words in KEYS]
    return rx.el.dialog(
        rx.el.div(
            rx.el.h2("Keyboard", class_name="grow"),
            icon_button("x", "Close", data_close_keys=True),
            class_name="row",
        ),
        rx.el.table(rx.el.tbody(*rows)),
        class_name="dialog keys-dialog",
        data_keys=True,
        aria_label="Keyboard",
    )
