"""Where one can go: the rail, the bar at the foot of a phone, and the list behind "More"."""

from dataclasses import dataclass

import reflex as rx

from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link

Text = str | rx.Var


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the rail; `keys` go there."""

    nav: str
    word: str
    path: str
    icon: str
    keys: str = ""


PLACES = (
    Place("live", "Live", "/", "activity", "g l"),
    Place("calls", "Calls", "/calls", "phone", "g c"),
    Place("batches", "Batches", "/batches", "layers", "g b"),
    Place("leads", "Leads", "/leads", "users", "g e"),
    Place("followups", "Follow-ups", "/followups", "calendar_clock", "g f"),
    Place("analytics", "Analytics", "/analytics", "chart_column", "g a"),
    Place("clients", "Clients", "/clients", "building_2"),
    Place("events", "Events", "/events", "webhook"),
    Place("settings", "Settings", "/settings/profile", "settings"),
)
ON_PHONE = ("live", "calls", "batches", "followups")


def rail(current: str, *, workspace: Text, query: Text, due: rx.Var) -> rx.Component:
    """The rail at 768 and up. `query` ("" or "?client=…") goes along to every page; `due` counts follow-ups."""
    items = [_rail_item(place, current, query, due) for place in PLACES]
    items.insert(6, rx.el.li(rx.el.hr(), aria_hidden="true"))
    head = link(brand(), rx.el.span(workspace, class_name="clip"), href="/", class_name="rail-head", title="Live")
    foot = rx.el.div(
        rx.el.button(
            icon("panel_left_close"),
            rx.el.span("Collapse"),
            rx.el.kbd("[", class_name="key", aria_hidden="true"),
            type="button",
            class_name="rail-item",
            data_toggle_rail=True,
            data_hotkey="[",
            data_tip="Expand",
        ),
        class_name="rail-foot",
    )
    return rx.el.nav(head, rx.el.ul(*items, class_name="rail-list"), foot, aria_label="Main", class_name="rail")


def brand(size: int = 18) -> rx.Component:
    """The mark: a voice as bars on the accent."""
    return rx.el.span(icon("audio_lines", size), class_name="brand", aria_hidden="true")


def _rail_item(place: Place, current: str, query: Text, due: rx.Var) -> rx.Component:
    keys = {"data_hotkey": place.keys} if place.keys else {}
    counted = [_due(due)] if place.nav == "followups" else []
    item = link(
        icon(place.icon),
        rx.el.span(place.word),
        *counted,
        href=place.path + query,
        class_name="rail-item",
        aria_current="page" if place.nav == current else None,
        data_tip=place.word,
        **keys,
    )
    return rx.el.li(item)


def _due(due: rx.Var) -> rx.Component:
    return rx.cond(
        due > 0, rx.el.span(due, rx.el.span(" due", class_name="hidden-words"), class_name="count-pill"), rx.fragment()
    )


def bottom_bar(current: str, *, query: Text, due: rx.Var) -> rx.Component:
    """The bar of a phone: four pages and More."""
    places = [place for place in PLACES if place.nav in ON_PHONE]
    items = [
        link(
            icon(place.icon, 20),
            rx.el.span(place.word),
            *([_due(due)] if place.nav == "followups" else []),
            href=place.path + query,
            class_name="",
            aria_current="page" if place.nav == current else None,
        )
        for place in places
    ]
    return rx.el.nav(*items, _more(current, query), aria_label="Main, on a phone", class_name="bottombar")


def _more(current: str, query: Text) -> rx.Component:
    here = current not in (*ON_PHONE, "")
    pages = [
        rx.el.li(rx.dialog.close(link(icon(place.icon, 20), place.word, href=place.path + query, class_name="")))
        for place in PLACES
        if place.nav not in ON_PHONE
    ]
    button = rx.el.button(icon("menu", 20), rx.el.span("More"), type="button", aria_current="page" if here else None)
    return rx.dialog.root(
        rx.dialog.trigger(button),
        rx.dialog.content(
            rx.el.div(rx.dialog.title("More", class_name="grow"), _close(), class_name="row"),
            rx.el.ul(*pages, class_name="more-list"),
            class_name="dialog full",
            aria_describedby="",
        ),
    )


def _close() -> rx.Component:
    return rx.dialog.close(rx.el.button(icon("x", 20, label="Close"), type="button", class_name="btn btn-ghost btn-icon"))
