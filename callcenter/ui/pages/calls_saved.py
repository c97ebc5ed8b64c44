"""Saved views over the calls: tabs of one's own and the team's, and the dialog that keeps the filter in force."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.domain.saved_view import MOST_LETTERS, SavedView
from callcenter.domain.search import call_filter_from, to_query
from callcenter.domain.user import Actor
from callcenter.services import runtime, saving_views
from callcenter.ui import live, session
from callcenter.ui.components import form, toasts
from callcenter.ui.components.buttons import button, text_button
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.calls_choosing import STANDARD
from callcenter.ui.pages.calls_state import CallsState
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.session import ANYONE, allow
from callcenter.ui.shell_state import ShellState, closed_when_left


@dataclass(frozen=True)
class SavedTab:
    """A saved view; `is_shared` puts another icon on it, `is_edited` says that what is listed is no longer quite it."""

    id: str
    word: str
    href: str
    is_shared: bool
    is_current: bool
    is_edited: bool = False


@closed_when_left("calls", is_saving=False)
class SavedViews(rx.State):
    """The views this person has, and the dialog over them."""

    tabs: list[SavedTab] = []
    current: str = ""
    can_save: bool = False
    can_remove: bool = False
    can_change: bool = False
    is_edited: bool = False
    reset_href: str = ""
    is_saving: bool = False
    name: str = ""
    is_shared: bool = False
    errors: dict[str, str] = {}
    _query: str = ""
    _open: SavedView | None = None

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads the views, and which of them the address is."""
        rt, actor, viewer = runtime.current(), await session.who(self), await viewer_of(self)
        asked, _ignored = call_filter_from(parse_qs(self.router.url.query), tz=ZoneInfo(viewer.zone), now=rt.clock.now())
        self._query = to_query(asked)
        await self._show(actor, await saving_views.views_of(rt, actor))

    async def _show(self, actor: Actor, found: list[SavedView]) -> None:
        calls = await self.get_state(CallsState)
        named = next((view for view in found if view.view_id == calls.view), None)
        here = named or next((view for view in found if view.query == self._query), None)
        self.is_edited = here is not None and here.query != self._query
        self.tabs = [
            SavedTab(view.view_id, view.name, _href(view), view.is_shared, view is here, view is here and self.is_edited)
            for view in found
        ]
        self._open, self.current = here, here.view_id if here else ""
        self.reset_href = _href(here) if here else ""
        self.can_save = here is None and bool(self._query)
        self.can_remove = here is not None and saving_views.may_remove(here, actor)
        self.can_change = here is not None and here.user_id == actor.user_id
        columns = list(here.columns) if here else []
        if calls.columns_of_view != columns:
            calls.columns_of_view = columns
            live.hub.bump("calls")  # the rows are made anew with what the columns show

    @rx.event
    @allow(*ANYONE)
    async def ask(self) -> None:
        """Opens the dialog."""
        self.is_saving, self.name, self.is_shared, self.errors = True, "", False, {}

    @rx.event
    @allow(*ANYONE)
    async def close(self) -> None:
        """Closes the dialog."""
        self.is_saving = False

    @rx.event
    @allow(*ANYONE)
    async def save(self, given: dict[str, Any]) -> Any:
        """Keeps the filter in force, its sort and the columns that are shown."""
        try:
            kept = await self._keep(str(given.get("view_name", "")), is_shared=bool(given.get("view_shared")))
        except CallCenterError as error:
            self.errors = form_errors.by_field(error, {"name": "name"})
            return None
        self.is_saving = False
        return kept

    @rx.event
    @allow(*ANYONE)
    async def save_changes(self) -> Any:
        """Keeps the filter in force under the name of the view it began with."""
        if self._open is None:
            return None
        try:
            return await self._keep(self._open.name, is_shared=self._open.is_shared)
        except CallCenterError as error:
            return toasts.failed("The view was not changed", error.message)

    async def _keep(self, name: str, *, is_shared: bool) -> list[Any]:
        rt, actor, calls = runtime.current(), await session.who(self), await self.get_state(CallsState)
        columns = () if calls.columns == list(STANDARD) else calls.columns
        view = await saving_views.keep(rt, actor, name=name, query=self._query, columns=columns, is_shared=is_shared)
        calls.view = view.view_id
        await self._show(actor, await saving_views.views_of(rt, actor))
        return [rx.redirect(_href(view), replace=True), toasts.done(f"The view “{view.name}” is kept.")]

    @rx.event
    @allow(*ANYONE)
    async def remove(self) -> Any:
        """Takes the view that is open away; what it listed stays on the page."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            view = await saving_views.remove(rt, actor, self.current)
        except CallCenterError as error:
            return toasts.failed("The view was not removed", error.message)
        await self._show(actor, await saving_views.views_of(rt, actor))
        return toasts.done(f"The view “{view.name}” is gone. The calls are as they were.")


def _href(view: SavedView) -> str:
    """The view's own address; it names the view, so that a filter changed from there on is still a change of it."""
    return f"/calls?{view.query}&view={view.view_id}" if view.query else f"/calls?view={view.view_id}"


def saved_tab(view: rx.Var) -> rx.Component:
    """The tab of a saved view."""
    mark = rx.cond(view.is_shared, icon("users", 12, label="The team’s"), icon("bookmark", 12, label="Yours"))
    return link(
        rx.el.span(mark, view.word, class_name="inline-flex items-center gap-1.5"),
        rx.cond(view.is_edited, rx.el.span("Edited", class_name="count")),
        href=view.href,
        stay=True,
        class_name="",
        aria_current=rx.cond(view.is_current, "page", ""),
    )


def save_button() -> rx.Component:
    """What can be done with the view in force, at the end of the tabs."""
    save = text_button("Save view", icon_name="plus", on_click=SavedViews.ask)
    remove = text_button("Remove view", on_click=SavedViews.remove)
    edited = rx.fragment(
        rx.cond(SavedViews.can_change, text_button("Save", on_click=SavedViews.save_changes)),
        text_button("Save as new", on_click=SavedViews.ask),
        link("Reset", href=SavedViews.reset_href, stay=True, class_name="btn-link"),
    )
    same = rx.cond(SavedViews.can_remove, remove, rx.fragment())
    return rx.cond(SavedViews.can_save, save, rx.cond(SavedViews.is_edited, edited, same))


def save_dialog() -> rx.Component:
    """Asks for a name."""
    share = rx.el.label(
        rx.el.input(type="checkbox", name="view_shared", class_name="check"), "Share with the team", class_name="check-row"
    )
    error = rx.cond(form_errors.of(SavedViews.errors, "name") != "", form_errors.of(SavedViews.errors, "name"), "")
    other = form_errors.of(SavedViews.errors, "form")
    inside = rx.el.form(
        form.text_field(
            "Name",
            name="view_name",
            error=error,
            auto_complete="off",
            max_length=MOST_LETTERS,
            placeholder="Evening round",
            help_text="The filters, the sort and the columns are kept. One of yours with this name is replaced.",
        ),
        rx.cond(ShellState.may_manage, share),
        rx.cond(other != "", rx.el.p(other, class_name="field-error m-0", role="alert")),
        rx.el.div(
            button("Cancel", kind="quiet", on_click=SavedViews.close),
            rx.el.button("Save view", type="submit", class_name="btn btn-main", data_hotkey="mod+enter", data_needs_server=True),
            class_name="actions",
        ),
        on_submit=SavedViews.save,
        reset_on_submit=False,
        class_name="stack gap-4 mt-4",
    )
    return dialog(inside, is_open=SavedViews.is_saving, on_close=SavedViews.close, title="Save this view", width=440)
