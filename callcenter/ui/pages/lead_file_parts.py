"""How a list is chosen, matched and reported on: parts of the import page and of the wizard of a new batch."""

from typing import Any

import reflex as rx

from callcenter.ui.components import form
from callcenter.ui.components.buttons import link_button
from callcenter.ui.components.cards import card, card_rows, note_box
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import server_link
from callcenter.ui.components.tile import number_tile, tiles
from callcenter.ui.pages.lead_file import TARGETS, LeadFileState
from callcenter.ui.shell import ShellState

_CHOICES = [(option.value, option.word) for option in TARGETS]


def choose(client: Any, *, kind: str, draft: Any = "") -> rx.Component:
    """Upload a file through a form of the browser's own, or paste rows. `client` is the id chosen, "" for none yet."""
    upload = rx.el.form(
        rx.el.input(type="hidden", name="kind", value=kind),
        rx.el.input(type="hidden", name="client", value=client),
        rx.el.input(type="hidden", name="draft", value=draft),
        rx.el.label("A file", html_for="list-file", class_name="field-label"),
        rx.el.input(
            id="list-file",
            type="file",
            name="file",
            accept=".csv,.tsv,.txt,.xlsx,.xls,.xlsm,.ods",
            required=True,
            aria_describedby="list-file-note",
            class_name="w-full cursor-pointer rounded-lg p-6 file:mr-3 file:cursor-pointer file:rounded-md file:border-0 "
            "file:bg-(--gray-a4) file:px-3 file:py-1.5 file:font-medium file:text-(--gray-12)",
            style={"border": "1px dashed var(--gray-9)", "background": "var(--gray-2)", "color": "var(--gray-12)"},
        ),
        rx.el.p(
            "CSV or Excel, up to 5 MB. Drop it here or pick it. The first row names the columns.",
            id="list-file-note",
            class_name="field-help m-0",
        ),
        rx.el.div(_submit("Upload", "upload", client), class_name="mt-1"),
        on_submit=None,
        action="/api/drafts/files",
        method="post",
        enc_type="multipart/form-data",
        class_name="stack gap-2",
    )
    paste = rx.el.form(
        rx.el.input(type="hidden", name="client", value=client),
        form.text_area(
            "Or paste rows",
            name="pasted",
            error=LeadFileState.paste_error,
            rows=6,
            placeholder="name,phone,last_visit\nIrene Kowalski,(415) 555-0161,14 May",
            help_text="Copied from a spreadsheet is fine; so are bare numbers, one a line.",
            spell_check=False,
        ),
        rx.el.div(_submit("Use these rows", "clipboard_paste", client, kind="outline"), class_name="mt-1"),
        on_submit=LeadFileState.paste,
        reset_on_submit=False,
        class_name="stack gap-1",
    )
    return rx.el.div(_message(), upload, paste, class_name="stack gap-6")


def _message() -> rx.Component:
    shown = note_box(icon("triangle_alert"), rx.el.span(LeadFileState.message), hue="amber")
    return rx.cond(LeadFileState.message != "", rx.el.div(shown, role="alert"))


def _submit(word: str, icon_name: str, client: Any, *, kind: str = "main") -> rx.Component:
    return rx.el.button(
        icon(icon_name),
        rx.el.span(word),
        type="submit",
        disabled=client == "",
        class_name=f"btn btn-{kind}",
        data_needs_server=True,
    )


def match() -> rx.Component:
    """Each column of the file, what it is taken for, and some of its values."""

    def one(column: rx.Var) -> rx.Component:
        return rx.el.div(
            rx.el.div(
                rx.el.div(column.name, class_name="strong clip", dir="auto"),
                rx.el.div(column.samples, class_name="small quiet clip", dir="auto"),
                class_name="grow min-w-0",
            ),
            rx.el.div(icon("arrow_right"), class_name="quiet not-phone flex"),
            rx.el.div(
                form.select(
                    _CHOICES,
                    label="What is " + column.name + "?",
                    value=column.target,
                    on_change=lambda target: LeadFileState.set_target(column.index, target),
                ),
                rx.cond(column.hint != "", rx.el.p(column.hint, class_name="field-help m-0 mt-1 clip")),
                class_name="w-full sm:w-64 flex-none",
            ),
            class_name="flex flex-wrap items-center gap-3 px-4 py-3 sm:flex-nowrap",
        )

    problem = note_box(icon("triangle_alert"), rx.el.span(LeadFileState.problem), hue="amber")
    return rx.el.div(
        _message(),
        rx.cond(LeadFileState.problem != "", rx.el.div(problem, role="alert")),
        card(
            card_rows(rx.foreach(LeadFileState.columns, one)),
            title=LeadFileState.filename,
            count=LeadFileState.about,
            body=False,
        ),
        form.text_field(
            "Tag for every lead of this list",
            name="list-tag",
            value=LeadFileState.tag,
            on_change=LeadFileState.set_tag,
            max_length=60,
            auto_complete="off",
            help_text="How you find them again, and start a batch with them.",
        ),
        class_name="stack gap-4",
    )


def working() -> rx.Component:
    """While rows become leads."""
    return rx.el.div(
        rx.el.div(LeadFileState.working, class_name="strong"),
        rx.el.div(
            rx.el.i(class_name="absolute inset-y-0 left-0 w-1/3 animate-pulse rounded", style={"background": "var(--indigo-9)"}),
            role="progressbar",
            aria_label=LeadFileState.working,
            class_name="bar relative",
        ),
        rx.el.p("You can leave this page; the import goes on.", class_name="quiet m-0"),
        class_name="quiet-box stack gap-3 p-4",
        role="status",
    )


def report(*, is_step: bool = False) -> rx.Component:
    """What became of the rows, and those that became nothing. As a step of a batch it offers no way out of it."""
    done = LeadFileState.report
    batch = link_button(
        "Start a batch with them",
        "/batches/new?client=" + LeadFileState.client_id + "&tag=" + _encoded(LeadFileState.tagged),
        kind="main",
        icon_name="layers",
    )
    leads = link_button("See the leads", "/leads?tag=" + _encoded(LeadFileState.tagged), icon_name="users")
    buttons = rx.cond(
        LeadFileState.tagged != "",
        rx.fragment(leads, rx.cond(ShellState.may_manage, batch)),
        link_button("All leads", "/leads", kind="main"),
    )
    another = link_button("Import another list", "/leads/import", kind="quiet")
    return rx.el.div(
        rx.el.p(done.sentence, class_name="section-title m-0", role="status"),
        tiles(
            number_tile("New", done.imported),
            number_tile("Up to date", done.updated),
            number_tile("Refused", done.refused.to_string()),
            columns=3,
        ),
        rx.cond(done.refused > 0, _refused()),
        rx.fragment() if is_step else rx.el.div(another, buttons, class_name="flex flex-wrap gap-2"),
        class_name="stack gap-4",
    )


def _refused() -> rx.Component:
    def one(row: rx.Var) -> rx.Component:
        return rx.el.tr(
            rx.el.td(row.line, class_name="number"),
            rx.el.td(row.value, class_name="mono"),
            rx.el.td(row.reason, class_name="wraps"),
        )

    head = rx.el.tr(
        rx.el.th("Line", scope="col", class_name="number"), rx.el.th("Value", scope="col"), rx.el.th("Why", scope="col")
    )
    table = rx.el.table(
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(LeadFileState.refused, one)),
        aria_label="Rows that became no lead",
        class_name="rows-table compact",
    )
    download = server_link(
        icon("download"),
        rx.el.span("Download them"),
        href="/api/drafts/" + LeadFileState.draft_id + "/refused.csv",
        class_name="btn btn-outline btn-small",
        download=True,
    )
    return card(
        rx.el.p(LeadFileState.report.refused_words, class_name="quiet m-0 px-4 py-3"),
        rx.el.div(table, class_name="overflow-x-auto", tab_index=0),
        title="Refused rows",
        tools=download,
        body=False,
    )


def _encoded(text: rx.Var) -> rx.Var:
    return rx.vars.FunctionStringVar.create("encodeURIComponent").call(text).to(str)
