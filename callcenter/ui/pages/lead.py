"""One lead: who it is, what the agent knows, every call and follow-up, and whether it may be called."""

from typing import Any

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces, form
from callcenter.ui.components.buttons import button, link_button, switch
from callcenter.ui.components.cards import card, card_rows, fact
from callcenter.ui.components.confirm import confirm, dialog
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.status_badge import outcome_badge, status_badge, tag, tint_badge
from callcenter.ui.components.timeline import timeline
from callcenter.ui.components.times import running_time, time_ago
from callcenter.ui.pages.lead_state import LeadPageState
from callcenter.ui.pages.zones import ZONE_LIST, zone_list
from callcenter.ui.shell import ShellState

_L = LeadPageState.lead


def lead_page() -> rx.Component:
    """The page."""
    gone = faces.gone("This lead was deleted, or you may not see it.", back="All leads", href="/leads")
    return shell.frame(
        faces.faced(LeadPageState.face, ready=_ready(), loading=faces.skeleton_card(8), empty=gone),
        *_dialogs(),
        nav="leads",
        title=rx.cond(LeadPageState.face == "ready", rx.el.span(_L.title, dir="auto"), "Lead"),
        phone_title=_L.title,
        beside=rx.cond(_L.do_not_call, tint_badge("Do not call", hue="red", icon_name="ban")),
        sub=rx.cond(LeadPageState.face == "ready", _sub()),
        actions=rx.cond((LeadPageState.face == "ready") & ShellState.may_call, _actions()),
        back=("Leads", "/leads"),
        face=LeadPageState.face,
    )


def _sub() -> rx.Component:
    copy = rx.el.button(
        icon("copy", 12),
        type="button",
        aria_label="Copy the number",
        data_copy=_L.plain_number,
        class_name="btn btn-ghost btn-small btn-icon",
    )
    return rx.el.div(
        rx.el.span(_L.number, copy, class_name="row gap-1"),
        rx.el.span(_L.client),
        rx.el.span(_L.local),
        rx.cond(_L.next != "", rx.el.span("Next call ", _L.next)),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-1 quiet",
    )


def _actions() -> rx.Component:
    href = ShellState.new_call_href + "&lead=" + _L.id
    return rx.fragment(
        button("Delete", kind="ghost", icon_name="trash_2", on_click=LeadPageState.ask_delete),
        rx.cond(~_L.do_not_call, link_button("Call", href, kind="main", icon_name="phone", stay=True)),
    )


def _ready() -> rx.Component:
    left = rx.el.div(_facts_card(), _calls_card(), class_name="stack gap-3")
    right = rx.el.div(_stop_card(), _follow_ups_card(), _history_card(), class_name="stack gap-3")
    return rx.el.div(left, right, class_name="desk-grid")


# -- facts ---------------------------------------------------------------------------------------------------------


def _facts_card() -> rx.Component:
    edit = rx.cond(
        ShellState.may_call & ~LeadPageState.edits,
        button("Edit", size="small", icon_name="pencil", on_click=LeadPageState.edit),
    )
    return card(rx.cond(LeadPageState.edits, _facts_form(), _facts()), title="About", tools=edit)


def _or_none(value: rx.Var) -> rx.Component:
    return rx.cond(value != "", value, rx.el.span("—", class_name="quiet"))


def _facts() -> rx.Component:
    tags = rx.cond(
        LeadPageState.tags.length() > 0,
        rx.el.span(rx.foreach(LeadPageState.tags, tag), class_name="row flex-wrap gap-1"),
        rx.el.span("—", class_name="quiet"),
    )
    return rx.el.dl(
        fact("Name", rx.el.span(_or_none(_L.name), dir="auto")),
        fact("Number", _L.number),
        fact("E-mail", _or_none(_L.email)),
        fact("Time zone", _L.zone_words),
        fact("Tags", tags),
        fact("External id", _or_none(_L.external_id)),
        rx.foreach(LeadPageState.variables, lambda each: fact(each.name, each.value)),
        class_name="facts",
    )


def _problem(field: str) -> rx.Var:
    return rx.cond(LeadPageState.error_field == field, LeadPageState.error, "")


def _field(label: str, name: str, value: Any, **props: Any) -> rx.Component:
    return form.text_field(label, name=name, default_value=value, error=_problem(name), auto_complete="off", **props)


def _facts_form() -> rx.Component:
    variables = rx.foreach(
        LeadPageState.variables,
        lambda each: rx.el.div(
            rx.el.label(each.name, html_for="var-" + each.key, class_name="field-label"),
            rx.el.input(id="var-" + each.key, name="var-" + each.key, default_value=each.value, class_name="input"),
            class_name="field",
        ),
    )
    new = rx.el.fieldset(
        rx.el.legend("Something else the agent should know", class_name="field-label"),
        rx.el.div(
            rx.el.input(name="new-name", placeholder="Name, like dentist", aria_label="Its name", class_name="input"),
            rx.el.input(name="new-value", placeholder="Value", aria_label="Its value", class_name="input"),
            class_name="grid grid-cols-2 gap-2 mt-1",
        ),
        class_name="m-0 border-0 p-0 sm:col-span-2",
    )
    problem = rx.el.p(icon("circle_alert", 12), LeadPageState.error, class_name="field-error m-0 sm:col-span-2", role="alert")
    return rx.el.form(
        rx.el.div(
            rx.cond(LeadPageState.error_field == "form", problem),
            _field("Name", "name", _L.name, max_length=200),
            _field("Number", "phone", _L.plain_number, type="tel", help_text="Calls that wait go to the new number."),
            _field("E-mail", "email", _L.email),
            _field(
                "Time zone",
                "timezone",
                _L.timezone,
                list=ZONE_LIST,
                placeholder="from the number",
                help_text="Like America/New_York.",
            ),
            zone_list(),
            _field("Tags", "tags", _L.tags, help_text="Separated by commas."),
            _field("External id", "external_id", _L.external_id),
            variables,
            new,
            class_name="grid grid-cols-1 gap-4 sm:grid-cols-2",
        ),
        rx.el.div(
            button("Leave as it is", kind="quiet", on_click=LeadPageState.leave),
            rx.el.button("Save", type="submit", class_name="btn btn-main", data_hotkey="mod+enter", data_needs_server=True),
            class_name="flex justify-end gap-2 mt-4",
        ),
        on_submit=LeadPageState.save,
        reset_on_submit=False,
    )


# -- calls ---------------------------------------------------------------------------------------------------------


def _calls_card() -> rx.Component:
    none = faces.empty_part(f"{_L.title} was not called yet.")
    return card(
        rx.cond(LeadPageState.calls.length() > 0, _calls_table(), none),
        title="Calls",
        count=LeadPageState.calls_count,
        more=("All calls of this lead", "/calls?lead=" + _L.id),
        body=False,
    )


def _calls_table() -> rx.Component:
    return dt.data_table(
        LeadPageState.calls,
        [
            dt.Column(title="When", cell=_when, kind="main"),
            dt.Column(title="Status", cell=lambda row: status_badge(row.status)),
            dt.Column(title="Outcome", cell=lambda row: outcome_badge(row.outcome)),
            dt.Column(title="Ended because", cell=lambda row: row.more["ended"], drop=1),
            dt.Column(title="Duration", cell=_length, kind="number"),
            dt.Column(title="Cost", cell=lambda row: row.cost, kind="number"),
        ],
        label="Calls of this lead",
        row_id=lambda row: row.id,
        href=lambda row: "/calls/" + row.id,
        card=dt.CardLines(
            title=_when,
            when=_length,
            left=lambda row: row.more["ended"],
            right=lambda row: row.cost,
            badges=lambda row: rx.fragment(status_badge(row.status), rx.cond(row.outcome != "", outcome_badge(row.outcome))),
        ),
    )


def _length(row: rx.Var) -> rx.Component:
    return rx.cond(row.running != "", running_time(row.running), row.duration)


def _when(row: rx.Var) -> rx.Component:
    past = time_ago(row.started, row.started_at, row.started_exact)
    return rx.cond(row.started_at != "", past, rx.el.span(row.started, title=row.started_exact))


# -- at the right --------------------------------------------------------------------------------------------------


def _stop_card() -> rx.Component:
    said = rx.cond(
        _L.do_not_call,
        "Nobody dials this number, whatever batch it is in.",
        "Turn it on when they ask not to be called; waiting calls are cancelled at once.",
    )
    box = switch(
        "Do not call",
        checked=_L.do_not_call,
        on_change=LeadPageState.ask_stop,
        help_text=rx.el.span(said),
        disabled=~ShellState.may_call,
    )
    return card(box, title="May we call?")


def _follow_ups_card() -> rx.Component:
    def one(each: rx.Var) -> rx.Component:
        mark = rx.cond(each.kind == "Appointment", icon("calendar_check"), icon("calendar_clock"))
        said = rx.el.div(
            link(each.kind, href=each.href, class_name="plain-link strong"),
            rx.cond(each.is_done, rx.el.span(" done", class_name="quiet small")),
            rx.el.div(each.when, class_name="small"),
            rx.cond(each.why != "", rx.el.div(each.why, class_name="small quiet")),
        )
        return rx.el.div(rx.el.span(mark, class_name="quiet flex"), said, class_name="flex items-start gap-3 px-4 py-3")

    rows = card_rows(rx.foreach(LeadPageState.follow_ups, one))
    none = faces.empty_part("Nothing is promised.")
    return card(rx.cond(LeadPageState.follow_ups.length() > 0, rows, none), title="Follow-ups", body=False)


def _history_card() -> rx.Component:
    return rx.cond(LeadPageState.steps.length() > 0, card(timeline(LeadPageState.steps), title="History"))


# -- dialogs -------------------------------------------------------------------------------------------------------


def _dialogs() -> list[rx.Component]:
    delete = confirm(
        is_open=LeadPageState.asks == "delete",
        on_close=LeadPageState.leave,
        title=f"Delete {_L.title}?",
        facts="Name, number and all the agent knows are erased, and waiting calls cancelled. Finished calls stay without a name. "
        "This cannot be undone.",
        safe_word="Keep the lead",
        word="Delete lead",
        on_confirm=LeadPageState.delete,
        icon_name="trash_2",
    )
    stop = _reason_dialog(
        "stop",
        "Add to the do-not-call list?",
        f"{_L.client} does not call {_L.number} any more; waiting calls are cancelled at once.",
        "Add to the list",
        LeadPageState.stop,
        placeholder="Asked us by e-mail",
    )
    permit = _reason_dialog(
        "allow",
        "Take off the do-not-call list?",
        f"{_L.client} may call {_L.number} again. The reason is written down with your name.",
        "Take off the list",
        LeadPageState.permit,
        placeholder="Asked to be called again on 12 Nov",
    )
    return [delete, stop, permit]


def _reason_dialog(key: str, title: str, facts: Any, word: str, on_submit: Any, *, placeholder: str) -> rx.Component:
    fields = rx.el.form(
        form.text_field("Why", name="why", error=_problem("why"), placeholder=placeholder, max_length=300, auto_complete="off"),
        rx.el.div(
            button("Cancel", kind="quiet", on_click=LeadPageState.leave),
            rx.el.button(word, type="submit", class_name="btn btn-danger", data_hotkey="mod+enter", data_needs_server=True),
            class_name="actions",
        ),
        on_submit=on_submit,
        reset_on_submit=False,
        class_name="stack gap-4 mt-4",
    )
    return dialog(
        fields, is_open=LeadPageState.asks == key, on_close=LeadPageState.leave, title=title, description=facts, width=440
    )


on_enter = [LeadPageState.enter]
on_load = [LeadPageState.load, LeadPageState.watch]
