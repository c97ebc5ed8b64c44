"""Every page: its address, its title, who may open it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.session import ADMINS, ANYONE, MANAGERS, OPERATORS
from callcenter.ui.shell import ShellState

NOBODY: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of `callcenter.ui.pages`: its module holds `<module>_page()` and, if it loads anything, `on_load`.
    `on_enter`, where a module has it, runs before all else: the page lets go of what it showed under another address.
    A module may hold `tab_title`, a Var, for a page named after what it shows.

    `roles` empty: open to people who are not signed in. `nav` is its place in the rail.
    """

    route: str
    module: str
    title: str
    roles: Sequence[str] = ANYONE
    nav: str = ""


PAGES = (
    Page("/", "home", "Live", nav="live"),
    Page("/calls", "calls", "Calls", nav="calls"),
    Page("/calls/[call_id]", "call", "Call", nav="calls"),
    Page("/batches", "batches", "Batches", nav="batches"),
    Page("/batches/new", "batch_new", "New batch", MANAGERS, nav="batches"),
    Page("/batches/[batch_id]", "batch", "Batch", nav="batches"),
    Page("/leads", "leads", "Leads", nav="leads"),
    Page("/leads/import", "lead_import", "Import leads", OPERATORS, nav="leads"),
    Page("/leads/do-not-call", "do_not_call", "Do-not-call list", nav="leads"),
    Page("/leads/lists/[list_id]", "lead_list", "List", nav="leads"),
    Page("/leads/[lead_id]", "lead", "Lead", nav="leads"),
    Page("/followups", "follow_ups", "Follow-ups", nav="followups"),
    Page("/analytics", "analytics", "Analytics", nav="analytics"),
    Page("/clients", "clients", "Clients", nav="clients"),
    Page("/clients/[client_id]", "client", "Client", nav="clients"),
    Page("/events", "events", "Events", ADMINS, nav="events"),
    Page("/events/[event_id]", "events", "Event", ADMINS, nav="events"),
    Page("/dials", "dials", "Dial ledger", MANAGERS, nav="events"),
    Page("/settings", "settings", "Settings", nav="settings"),
    Page("/settings/[section]", "settings", "Settings", nav="settings"),
    Page("/login", "login", "Sign in", NOBODY),
    Page("/setup", "setup", "Set up", NOBODY),
    Page("/invite/[token]", "invite", "Invitation", NOBODY),
    Page("/reset/[token]", "reset", "New password", NOBODY),
)


def add_pages(app: rx.App) -> None:
    """Adds all pages, and the dialogs that open over any of them."""
    if _exists("new_call"):
        shell.over_every_page[:] = [_module("new_call").new_call_dialog]
    for page in PAGES:
        if _exists(page.module):
            _add(app, page)
    if _exists("not_found"):
        app.add_page(_module("not_found").not_found_page, route="404", title="Not found")


def _add(app: rx.App, page: Page) -> None:
    module = _module(page.module)
    component: Callable[[], rx.Component] = getattr(module, f"{page.module}_page")
    own = list(getattr(module, "on_load", []))
    if not page.roles:
        app.add_page(component, route=page.route, title=page.title, on_load=own)
        return
    # the dialog first: whoever pressed a key for it is typing already
    enter = list(getattr(module, "on_enter", []))
    events = [*enter, ShellState.load, *_over_events(), *own, ShellState.watch]
    app.add_page(
        _guarded(component, page), route=page.route, title=_tab_title(getattr(module, "tab_title", page.title)), on_load=events
    )


def _over_events() -> list[Any]:
    return list(getattr(_module("new_call"), "on_load", [])) if _exists("new_call") else []


def _guarded(component: Callable[[], rx.Component], page: Page) -> Callable[[], rx.Component]:
    """The page for those who may see it, and a word to the others; the server refuses their data and actions anyway."""
    if set(page.roles) == set(ANYONE):
        return component
    may = rx.Var.create(list(page.roles)).contains(ShellState.role)

    def guarded() -> rx.Component:
        return rx.cond(may | ~ShellState.is_loaded, component(), shell.refused(page.nav, page.title))

    return guarded


def _tab_title(title: str | rx.Var) -> rx.Var:
    """The browser tab: "(3) Calls · Acme"; the number is what needs attention."""
    unseen = rx.cond(ShellState.attention > 0, f"({ShellState.attention}) ", "")
    return unseen + title + " · " + ShellState.workspace


def _exists(module: str) -> bool:
    return find_spec(f"callcenter.ui.pages.{module}") is not None


def _module(module: str) -> Any:
    return import_module(f"callcenter.ui.pages.{module}")
