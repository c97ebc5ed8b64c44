"""The steps of the wizard of a new batch."""

from typing import Any

import reflex as rx

from callcenter.ui import theme
from callcenter.ui.components import filter_bar as fb
from callcenter.ui.components import form
from callcenter.ui.components.buttons import button, segments
from callcenter.ui.components.cards import card, card_rows, note_box
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.pages import batch_rules as rules
from callcenter.ui.pages import lead_file_parts as files
from callcenter.ui.pages.batch_new_state import BatchNewState
from callcenter.ui.pages.for_whom import client_field
from callcenter.ui.pages.lead_file import LeadFileState

_C = BatchNewState.choices
_PROBLEM_ICONS = ("phone_off", "copy", "ban", "history", "map_pin_off")


def _problem(*names: str) -> rx.Var:
    field, error = BatchNewState.error_field, BatchNewState.error
    shown: Any = rx.Var.create("")
    for name in names:
        shown = rx.cond(field == name, error, shown)
    return shown


def _set(name: str) -> Any:
    return lambda text: BatchNewState.set_text(name, text)


_RULES = rules.Bound(
    choices=_C,
    set_text=BatchNewState.set_text,
    switch=BatchNewState.switch,
    flag=BatchNewState.set_flag,
    problem=_problem,
    client_hours=BatchNewState.client_hours,
    needs_reason=BatchNewState.needs_reason,
)


def client_and_agent() -> rx.Component:
    """Step 1."""
    return rx.el.div(
        client_field(
            BatchNewState.clients,
            name="batch-client",
            value=BatchNewState.client,
            on_change=BatchNewState.set_client,
            placeholder="Choose for whom you call",
        ),
        rx.cond(
            BatchNewState.client != "",
            form.select_field(
                "Agent",
                name="batch-agent",
                choices=BatchNewState.agents,
                value=_C.agent,
                on_change=_set("agent"),
                help_text="Who speaks. The first is the one this client always has.",
            ),
        ),
        form.text_field(
            "Name of the batch",
            name="batch-name",
            value=_C.name,
            on_change=_set("name"),
            max_length=200,
            auto_complete="off",
            placeholder="November recall",
            help_text="How your team finds it again.",
        ),
        class_name="stack gap-4 max-w-md",
    )


# -- who -----------------------------------------------------------------------------------------------------------


def who() -> rx.Component:
    """Step 2."""
    kinds = segments(
        [("filter", "Leads you have"), ("file", "A new list")],
        current=_C.source,
        on_pick=lambda value: BatchNewState.set_text("source", value),
        label="Where the leads come from",
    )
    chosen = rx.el.div(
        rx.el.span(BatchNewState.ids_count, " ", _C.ids_words, class_name="strong"),
        button("Choose others", size="small", on_click=BatchNewState.set_text("source", "filter")),
        class_name="quiet-box row justify-between p-4",
    )
    new_list = rx.cond(_C.tag != "", _imported(), files.choose(BatchNewState.client, kind="batch", draft=BatchNewState.draft))
    return rx.el.div(
        rx.el.div(kinds, class_name="flex"),
        rx.match(_C.source, ("ids", chosen), ("file", new_list), _filters()),
        class_name="stack gap-5",
    )


def _imported() -> rx.Component:
    return rx.el.div(
        icon("circle_check"),
        rx.el.span("The list is in, tagged ", rx.el.b(_C.tag), class_name="grow"),
        button("Use another list", size="small", on_click=BatchNewState.drop_list),
        class_name="quiet-box row p-4",
    )


def _filters() -> rx.Component:
    view = BatchNewState.filters
    chips = [
        _chip("Tag", "tag", view.tags, view.tags_shown, on_negate=BatchNewState.negate, is_negated=view.tags_negated),
        _chip("Last outcome", "outcome", view.outcomes, view.outcomes_shown, looks=theme.OUTCOME),
    ]
    return rx.el.div(
        rx.el.p("All leads of the client, or those that match:", class_name="quiet m-0"),
        rx.el.div(*[fb.filter_chip(chip) for chip in chips], class_name="row flex-wrap"),
        rx.el.p(
            rx.el.b(BatchNewState.found_words),
            " match. ",
            link("See them", href="/leads?client=" + BatchNewState.client + "&" + _C.query, class_name="link"),
            class_name="m-0",
            role="status",
        ),
        class_name="stack gap-4",
    )


def _chip(name: str, key: str, choices: rx.Var, shown: rx.Var, **more: Any) -> fb.Chip:
    return fb.Chip(
        name=name,
        choices=choices,
        shown=shown,
        on_toggle=lambda value: BatchNewState.toggle(key, value),
        on_clear=BatchNewState.clear_filter(key),
        **more,
    )


def columns() -> rx.Component:
    """Step 3: what the columns of a new list are; afterwards what became of its rows."""
    word = rx.cond(LeadFileState.rows == 1, "Import 1 row", "Import " + LeadFileState.rows.to(str) + " rows")
    run = button(word, kind="main", icon_name="upload", on_click=LeadFileState.run, disabled=LeadFileState.problem != "")
    matching = rx.el.div(files.match(), rx.el.div(run, class_name="flex justify-end"), class_name="stack gap-4")
    none = note_box(icon("info"), rx.el.span("There is no list yet. Choose one in the step before."), hue="gray")
    return rx.match(
        LeadFileState.step, ("match", matching), ("working", files.working()), ("report", files.report(is_step=True)), none
    )


# -- check ---------------------------------------------------------------------------------------------------------


def check() -> rx.Component:
    """Step 4: everything doubtful about the leads, and what is done with them."""
    fine = rx.el.div(
        rx.el.span(icon("circle_check"), class_name="hue flex", data_accent_color="green"),
        rx.el.span("Nothing is doubtful: every lead that was chosen is called."),
        class_name="row p-4",
    )
    rows = card_rows(rx.foreach(BatchNewState.problems, _doubt))
    return rx.el.div(
        rx.el.p(BatchNewState.found_words, " came in. ", _left_out(), class_name="quiet m-0"),
        card(rx.cond(BatchNewState.problems.length() > 0, rows, fine), body=False),
        class_name="stack gap-3",
    )


def _left_out() -> rx.Var:
    out = BatchNewState.sum.out_words
    return rx.cond(out != "", out + " by the choices below.", "Nobody is left out.")


def _doubt(problem: rx.Var) -> rx.Component:
    mark = rx.match(problem.icon, *[(name, icon(name)) for name in _PROBLEM_ICONS], icon("circle_help"))
    choose = rx.el.div(
        _side("Leave out", problem, is_out=True), _side("Call anyway", problem, is_out=False), role="group",
        aria_label=problem.title, class_name="segments small",
    )  # fmt: skip
    always = rx.el.span(icon("lock", 12), "Always left out", class_name="row small quiet gap-1")
    careful = rx.cond(problem.flag == "leave_no_zone", always, choose)
    return rx.el.div(
        rx.el.span(mark, class_name="quiet flex"),
        rx.el.div(
            rx.el.div(problem.title, class_name="strong"),
            rx.el.div(problem.detail, rx.cond(problem.icon == "phone_off", _refused_rows()), class_name="small quiet"),
            class_name="grow",
        ),
        rx.el.span(problem.count, class_name="strong text-right min-w-10"),
        rx.el.div(rx.cond(problem.flag == "", always, careful), class_name="flex justify-end w-full sm:w-44"),
        class_name="flex flex-wrap sm:flex-nowrap items-center gap-x-4 gap-y-2 min-h-14 px-4 py-2",
    )


def _refused_rows() -> rx.Component:
    return rx.fragment(". ", link("See them", href="/batches/new?draft=" + BatchNewState.draft + "&step=3", class_name="link"))


def _side(word: str, problem: rx.Var, *, is_out: bool) -> rx.Component:
    pressed = rx.cond(problem.is_out, "true", "false") if is_out else rx.cond(problem.is_out, "false", "true")
    return rx.el.button(word, type="button", aria_pressed=pressed, on_click=BatchNewState.set_flag(problem.flag, is_out))


# -- pace and rules ------------------------------------------------------------------------------------------------


def pace() -> rx.Component:
    """Step 5."""
    cap = form.text_field(
        "At a time",
        name="batch-cap",
        value=_C.cap,
        on_change=_set("cap"),
        input_mode="numeric",
        auto_complete="off",
        placeholder=BatchNewState.client_cap.to_string(),
        error=_problem("cap", "maxConcurrent"),
        help_text=f"At most {BatchNewState.client_cap}, the limit of {BatchNewState.client_name}. Empty means that limit.",
    )
    priorities = [(key, look.word) for key, look in theme.PRIORITY.items()]
    priority = form.select_field(
        "Priority", name="batch-priority", choices=priorities, value=_C.priority, on_change=_set("priority"),
        help_text="Who goes first when places are short.",
    )  # fmt: skip
    return rx.el.div(
        rx.el.div(cap, priority, class_name="grid grid-cols-1 gap-4 sm:grid-cols-2"),
        _start(),
        rules.hours(_RULES),
        rules.retries(_RULES),
        rules.stops(_RULES),
        class_name="stack gap-6 max-w-2xl",
    )


def _start() -> rx.Component:
    pick = segments(
        [("now", "Now"), ("later", "At a time")],
        current=_C.start,
        on_pick=lambda v: BatchNewState.set_text("start", v),
        label="Start",
    )
    return rules.group(
        "Start",
        rx.el.div(
            rx.cond(_C.start == "later", rules.date(_RULES, "Starts", "at", "at", help_text=BatchNewState.zone_words)),
            rules.ends(_RULES),
            class_name="grid grid-cols-1 gap-4 sm:grid-cols-2",
        ),
        side=pick,
    )


# -- launch --------------------------------------------------------------------------------------------------------


def stop_note() -> rx.Component:
    """Why nothing would be dialled, with the way to put it right."""
    fix = link("Put it right", href=BatchNewState.sum.stop_href, class_name="link")
    return note_box(icon("triangle_alert"), rx.el.span(BatchNewState.sum.stop, " "), fix, hue="amber")


def launch() -> rx.Component:
    """Step 6: everything in sentences, and the button."""
    said = rx.el.ul(
        rx.foreach(BatchNewState.sum.sentences, lambda line: rx.el.li(line)), class_name="m-0 pl-5 stack gap-2 list-disc"
    )
    start = button(
        "Launch " + BatchNewState.sum.calls + rx.cond(BatchNewState.sum.number == 1, " call", " calls"),
        kind="main",
        icon_name="rocket",
        size="large",
        on_click=BatchNewState.ask,
        disabled=(BatchNewState.sum.number == 0) | (BatchNewState.launching != ""),
        hotkey="mod+enter",
    )
    working = rx.el.p(BatchNewState.launching, " You can leave this page.", class_name="quiet m-0", role="status")
    return rx.el.div(
        card(said),
        rx.cond(BatchNewState.sum.stop != "", stop_note()),
        rx.cond(BatchNewState.sum.number == 0, note_box(icon("info"), "Nobody is left to call. Look at the steps before.")),
        rx.el.div(start, rx.cond(BatchNewState.launching != "", working), class_name="row gap-3"),
        class_name="stack gap-4",
    )
