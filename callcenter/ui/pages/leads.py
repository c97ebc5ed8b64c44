"""The list of leads: views, filters, the table with its cards, adding one, and what can be done with those selected."""

import reflex as rx

from callcenter.ui import shell, theme
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces, form, pager, tabs
from callcenter.ui.components import filter_bar as fb
from callcenter.ui.components.buttons import button, link_button, text_button
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import server_link
from callcenter.ui.components.status_badge import outcome_badge, tag, tint_badge
from callcenter.ui.components.times import time_ago
from callcenter.ui.pages.for_whom import client_field
from callcenter.ui.pages.leads_state import LeadsState
from callcenter.ui.pages.zones import ZONE_LIST, zone_list
from callcenter.ui.shell import ShellState


def leads_page() -> rx.Component:
    """The page."""
    return shell.frame(
        rx.cond(LeadsState.ignored != "", rx.el.p(LeadsState.ignored, class_name="quiet m-0 pt-3", role="status")),
        _filter_bar(),
        faces.faced(
            LeadsState.face,
            ready=_list(),
            loading=faces.skeleton_rows(10, what="leads"),
            empty=rx.cond(LeadsState.filters.is_on, faces.no_matches("leads", on_clear=LeadsState.clear_all), _none_yet()),
            error=faces.page_error("Couldn’t load the leads", "Nothing was lost.", on_retry=LeadsState.retry),
        ),
        rx.cond(LeadsState.selected.length() > 0, _select_bar()),
        _add_dialog(),
        _tag_dialog(),
        nav="leads",
        title="Leads",
        side=rx.cond(LeadsState.face == "ready", LeadsState.total_words, ""),
        actions=_actions(),
        tabs=tabs.tab_bar(
            rx.foreach(LeadsState.tabs, lambda view: tabs.tab(view.word, view.href, is_current=view.is_current)),
            label="Views",
        ),
        foot=rx.cond(LeadsState.face == "ready", pager.pager(LeadsState.shown, newer=LeadsState.newer, older=LeadsState.older)),
        face=LeadsState.face,
    )


def _actions() -> rx.Component:
    query = ShellState.client_query
    return rx.fragment(
        link_button("Do-not-call list", "/leads/do-not-call" + query, icon_name="ban"),
        rx.cond(ShellState.may_call, button("Add lead", icon_name="user_plus", on_click=LeadsState.ask("add"))),
        rx.cond(ShellState.may_call, link_button("Import", "/leads/import" + query, icon_name="upload")),
    )


def _none_yet() -> rx.Component:
    return faces.empty(
        "users",
        "No leads yet",
        "Leads are the people you call. Import a list, or add one by hand.",
        rx.cond(ShellState.may_call, link_button("Import leads", "/leads/import", kind="main", icon_name="upload")),
        rx.cond(ShellState.may_call, text_button("Add one by hand", on_click=LeadsState.ask("add"))),
    )


# -- the table -----------------------------------------------------------------------------------------------------


def _list() -> rx.Component:
    offer = rx.el.div(
        rx.el.span(f"All {LeadsState.selected.length()} on this page are selected."),
        text_button(f"Select all {LeadsState.total_words} that match", on_click=LeadsState.select_all),
        class_name="quiet-box row justify-center min-h-10",
        role="status",
    )
    return rx.el.div(rx.cond(LeadsState.offers_all, offer), _table(), class_name="stack")


def _table() -> rx.Component:
    return dt.data_table(
        LeadsState.rows,
        [
            dt.Column(title="Name", cell=_name, kind="main", sort="name"),
            dt.Column(title="Number", cell=lambda row: row.number),
            dt.Column(title="Client", cell=lambda row: row.client, drop=3, shown=ShellState.client_id == ""),
            dt.Column(title="Local time", cell=_local),
            dt.Column(title="Tags", cell=_tags, drop=3),
            dt.Column(title="Last outcome", cell=lambda row: outcome_badge(row.outcome)),
            dt.Column(title="Dialled", cell=lambda row: row.attempts, kind="number", drop=1),
            dt.Column(title="Last call", cell=_called, kind="time", drop=1),
            dt.Column(title="Next", cell=lambda row: row.next, kind="time"),
        ],
        label="Leads",
        row_id=lambda row: row.id,
        href=lambda row: "/leads/" + row.id,
        card=dt.CardLines(
            title=lambda row: row.name,
            when=_called,
            left=lambda row: row.number,
            right=lambda row: row.local + " for them",
            badges=_badges,
        ),
        sort=LeadsState.sort,
        on_sort=LeadsState.sort_by,
        selecting=dt.Selecting(
            is_on=lambda row: LeadsState.selected.contains(row.id),
            on_row=LeadsState.select,
            on_page=LeadsState.select_page,
            page_is_on=LeadsState.page_is_selected,
            page_is_mixed=LeadsState.page_is_mixed,
        ),
    )


def _name(row: rx.Var) -> rx.Component:
    stop = rx.el.span(icon("ban", 12, label="Do not call"), class_name="hue ml-1.5 inline-block", data_accent_color="red")
    return rx.fragment(rx.el.span(row.name, dir="auto"), rx.cond(row.do_not_call, stop))


def _local(row: rx.Var) -> rx.Component:
    return rx.el.span(row.local, rx.el.span(" ", row.place, class_name="quiet"))


def _tags(row: rx.Var) -> rx.Component:
    more = rx.cond(row.more_tags != "", rx.el.span(row.more_tags, class_name="small quiet"))
    first = rx.foreach(row.tags, lambda each: rx.el.span(each, class_name="tag clip !block max-w-32 leading-5", title=each))
    return rx.el.span(first, more, class_name="row gap-1")


def _called(row: rx.Var) -> rx.Component:
    return rx.cond(row.called_at != "", time_ago(row.called, row.called_at, row.called_exact), row.called)


def _badges(row: rx.Var) -> rx.Component:
    return rx.fragment(
        rx.cond(row.do_not_call, tint_badge("Do not call", hue="red", icon_name="ban")),
        rx.cond(row.outcome != "", outcome_badge(row.outcome)),
        rx.foreach(row.tags, tag),
    )


def _select_bar() -> rx.Component:
    return dt.select_bar(
        LeadsState.selected_words,
        rx.cond(
            ShellState.may_manage,
            button("Start a batch", kind="ghost", icon_name="layers", on_click=LeadsState.start_batch),
        ),
        rx.cond(ShellState.may_call, button("Tag", kind="ghost", icon_name="tag", on_click=LeadsState.ask("tag"))),
        on_clear=LeadsState.select_none,
    )


# -- filters -------------------------------------------------------------------------------------------------------


def _filter_bar() -> rx.Component:
    view = LeadsState.filters
    chips = [
        _chip("Tag", "tag", view.tags, view.tags_shown, on_negate=LeadsState.negate, is_negated=view.tags_negated),
        _chip("Last outcome", "outcome", view.outcomes, view.outcomes_shown, looks=theme.OUTCOME),
        _chip("Client", "client", view.clients, view.clients_shown),
        _chip("Do not call", "dnc", view.dnc, view.dnc_shown, is_single=True),
    ]
    return fb.filter_bar(
        chips,
        search=LeadsState.q,
        on_search=LeadsState.search,
        search_words="Search leads",
        is_filtered=view.is_on,
        on_clear_all=LeadsState.clear_all,
        matches=LeadsState.matches,
        filter_count=view.on,
        tools=_export(),
    )


def _chip(name: str, key: str, choices: rx.Var, shown: rx.Var, **more: object) -> fb.Chip:
    return fb.Chip(
        name=name,
        choices=choices,
        shown=shown,
        on_toggle=lambda value: LeadsState.toggle(key, value),
        on_clear=LeadsState.clear_filter(key),
        **more,
    )


def _export() -> rx.Component:
    return server_link(
        icon("download"),
        rx.el.span("Export"),
        href=LeadsState.export_href,
        class_name="btn btn-outline",
        data_hotkey="e",
        data_needs_server=True,
        download=True,
        title="All leads that match, as CSV",
    )


# -- dialogs -------------------------------------------------------------------------------------------------------


def _problem(field: str) -> rx.Var:
    return rx.cond(LeadsState.error_field == field, LeadsState.error, "")


def _add_dialog() -> rx.Component:
    fields = rx.el.form(
        client_field(
            LeadsState.clients,
            name="client",
            error=_problem("client"),
            placeholder="Choose",
            default_value=LeadsState.client,
        ),
        form.text_field("Name", name="name", error=_problem("name"), max_length=200, auto_complete="off"),
        form.text_field(
            "Number",
            name="phone",
            error=_problem("phone"),
            type="tel",
            auto_complete="off",
            placeholder="(415) 555-0142",
            required=True,
        ),
        form.text_field("E-mail", name="email", type="email", error=_problem("email"), auto_complete="off"),
        form.text_field(
            "Time zone",
            name="timezone",
            error=_problem("timezone"),
            auto_complete="off",
            list=ZONE_LIST,
            placeholder="from the number",
            help_text="Only if the number does not tell, like America/New_York.",
        ),
        zone_list(),
        form.text_field("Tags", name="tags", error=_problem("tags"), help_text="Separated by commas.", auto_complete="off"),
        rx.el.div(
            button("Cancel", kind="quiet", on_click=LeadsState.close),
            rx.el.button("Add lead", type="submit", class_name="btn btn-main", data_hotkey="mod+enter", data_needs_server=True),
            class_name="actions",
        ),
        on_submit=LeadsState.add,
        reset_on_submit=False,
        class_name="stack gap-4 mt-4",
    )
    return dialog(fields, is_open=LeadsState.asks == "add", on_close=LeadsState.close, title="Add lead", width=440)


def _tag_dialog() -> rx.Component:
    fields = rx.el.form(
        form.text_field("Tags", name="tags", error=_problem("tags"), help_text="Separated by commas.", auto_complete="off"),
        rx.el.div(
            button("Cancel", kind="quiet", on_click=LeadsState.close),
            rx.el.button("Add tags", type="submit", class_name="btn btn-main", data_hotkey="mod+enter", data_needs_server=True),
            class_name="actions",
        ),
        on_submit=LeadsState.tag,
        reset_on_submit=False,
        class_name="stack gap-4 mt-4",
    )
    return dialog(
        fields,
        is_open=LeadsState.asks == "tag",
        on_close=LeadsState.close,
        title="Tag leads",
        description=LeadsState.selected_words,
        width=400,
    )


on_load = [LeadsState.load, LeadsState.watch]

__all__ = ["LeadsState", "leads_page", "on_load"]
