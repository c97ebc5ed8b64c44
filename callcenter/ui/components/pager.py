"""The foot of a list: which rows are shown, and the way to older and newer ones."""

import reflex as rx

from callcenter.ui.components.links import link

Text = str | rx.Var


def pager(shown: Text, *, newer: Text = "", older: Text = "") -> rx.Component:
    """`shown` is "1–50 of 12,345"; `newer` and `older` are addresses, "" when there is nothing that way."""
    return rx.el.div(
        rx.el.span(shown),
        rx.el.nav(_way("‹ Newer", newer), _way("Older ›", older), aria_label="Pages"),
        class_name="list-foot",
    )


def card_pager(shown: Text, *, newer: rx.Var, older: rx.Var) -> rx.Component:
    """The same at the foot of a card, and only when there is more than one page."""
    ways = rx.el.nav(_way("‹ Newer", newer), _way("Older ›", older), aria_label="Pages", class_name="card-ways")
    row = rx.el.div(rx.el.span(shown, class_name="quiet grow"), ways, class_name="row px-4 min-h-11 small")
    return rx.cond((newer != "") | (older != ""), row)


def _way(word: str, href: Text) -> rx.Component:
    off = rx.el.span(word, aria_disabled="true")
    if isinstance(href, str):
        return link(word, href=href, class_name="") if href else off
    return rx.cond(href != "", link(word, href=href, class_name=""), off)


def new_rows(words: Text, *, on_load: object) -> rx.Component:
    """The pill over a list while new rows wait: "3 new calls"; hidden while the text is empty."""
    pill = rx.el.button(words, type="button", class_name="new-pill", on_click=on_load, data_hotkey=".")
    return rx.cond(words != "", pill) if isinstance(words, rx.Var) else (pill if words else rx.fragment())
