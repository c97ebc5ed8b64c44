"""Search or jump: one field for pages and clients, and a search through the calls."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.nav import PLACES

Text = str | rx.Var


def palette(
    *,
    is_open: rx.Var,
    on_open: Any,
    on_type: Any,
    on_search: Any,
    found: rx.Var,
    found_words: rx.Var,
    query: Text,
    acts: Sequence[rx.Component] = (),
) -> rx.Component:
    """The dialog behind Ctrl K. The browser narrows the pages at once, the server finds the rest after a pause.

    `on_open(bool)` follows the dialog, `on_type(text)` the field, `on_search(form)` gets {"q": text} on Enter.
    `found` is a list of objects with kind, word, detail and href; `query` goes along to every page. `acts` come after the
    pages: see `go` and `act`.
    """
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Search or jump", class_name="hidden-words"),
            rx.el.form(_field(on_type), on_submit=on_search),
            rx.el.ul(rx.foreach(found, _hit), class_name="choices mt-3", aria_label="Found"),
            rx.el.ul(
                *[go(place.icon, place.word, place.path + query) for place in PLACES],
                *acts,
                id="palette-list",
                class_name="choices",
                aria_label="Pages and actions",
            ),
            rx.el.p("Enter searches all calls. ", rx.el.span(found_words, role="status"), class_name="small quiet m-0 mt-3"),
            class_name="dialog",
            max_width="560px",
            aria_describedby="",
        ),
        open=is_open,
        on_open_change=on_open,
    )


def go(icon_name: str, word: str, href: Text) -> rx.Component:
    """A line that goes somewhere."""
    return _place(icon(icon_name), word, "", href)


def act(icon_name: str, word: Text, on_click: Any) -> rx.Component:
    """A line that does something."""
    button = rx.el.button(icon(icon_name), word, type="button", class_name="choice w-full", data_arrow=True, on_click=on_click)
    return rx.el.li(rx.dialog.close(button))


def _field(on_type: Any) -> rx.Component:
    field = rx.el.input(
        name="q",
        type="search",
        placeholder="Search or jump…",
        aria_label="Search or jump",
        class_name="input input-large",
        auto_focus=True,
        auto_complete="off",
        data_filters="#palette-list",
        on_change=on_type.debounce(150),
    )
    return rx.el.div(icon("search"), field, class_name="searchbox")


def _hit(hit: rx.Var) -> rx.Component:
    marks = (("call", "phone"), ("lead", "user"), ("batch", "layers"), ("client", "building_2"))
    mark = rx.match(hit.kind, *[(kind, icon(name)) for kind, name in marks], icon("search"))
    return _place(mark, hit.word, hit.detail, hit.href)


def _place(mark: rx.Component, word: Text, detail: Text, href: Text) -> rx.Component:
    words = [rx.el.span(word, class_name="clip"), rx.el.span(detail, class_name="quiet small ml-auto")]
    return rx.el.li(rx.dialog.close(link(mark, *words, href=href, class_name="choice", data_arrow=True)))
