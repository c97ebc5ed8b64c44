"""The wizard of a new batch: six steps, each with its own address, and the running sum beside them."""

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components import faces, form
from callcenter.ui.components.buttons import button, link_button
from callcenter.ui.components.cards import card, card_rows, note_box
from callcenter.ui.components.confirm import confirm
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.progress import bar
from callcenter.ui.pages import batch_new_steps as steps
from callcenter.ui.pages.batch_dry_run import dry_run_button, dry_run_dialog
from callcenter.ui.pages.batch_new_state import STEPS, BatchNewState

_S = BatchNewState.sum


def batch_new_page() -> rx.Component:
    """The page."""
    gone = faces.gone("This draft is gone: it was launched or thrown away.", back="All batches", href="/batches")
    return shell.frame(
        faces.faced(BatchNewState.face, ready=_wizard(), loading=faces.skeleton_card(6), empty=gone),
        _confirm(),
        dry_run_dialog(),
        nav="batches",
        title="New batch",
        side=BatchNewState.choices.name,
        actions=rx.cond(BatchNewState.face == "ready", button("Discard draft", kind="ghost", on_click=BatchNewState.discard)),
        back=("Batches", "/batches"),
        face=BatchNewState.face,
    )


def _wizard() -> rx.Component:
    bodies = (steps.client_and_agent, steps.who, steps.columns, steps.check, steps.pace, steps.launch)
    body = rx.match(BatchNewState.step, *[(nth, each()) for nth, each in enumerate(bodies, start=1)], rx.fragment())
    heading = rx.match(BatchNewState.step, *[(nth, word) for nth, word in enumerate(STEPS, start=1)], "")
    middle = rx.el.div(
        rx.el.h2(heading, class_name="section-title m-0"),
        _error(),
        body,
        _way(),
        class_name="stack gap-4 min-w-0",
    )
    return rx.el.div(
        _step_list(),
        middle,
        _sum(),
        class_name="grid items-start gap-6 grid-cols-1 lg:grid-cols-[176px_minmax(0,1fr)_296px]",
    )


def _error() -> rx.Component:
    shown = (BatchNewState.error != "") & ((BatchNewState.error_field == "who") | (BatchNewState.error_field == "form"))
    return rx.cond(shown, note_box(icon("triangle_alert"), rx.el.span(BatchNewState.error), hue="amber"))


def _step_list() -> rx.Component:
    def one(step: rx.Var) -> rx.Component:
        mark = rx.el.span(
            rx.cond(step.state == "done", icon("check", 12), step.number),
            class_name="inline-flex size-6 flex-none items-center justify-center rounded-full small",
            style={
                "background": rx.match(step.state, ("current", "var(--indigo-9)"), ("done", "var(--gray-a4)"), "transparent"),
                "color": rx.cond(step.state == "current", "#fff", "var(--gray-11)"),
                "border": rx.cond((step.state == "open") | (step.state == "closed"), "1px solid var(--gray-a7)", "0"),
            },
        )
        word = rx.el.span(step.word, class_name="clip max-lg:hidden")
        classes = "flex items-center gap-2.5 rounded-md px-2 min-h-9 font-medium no-underline"
        row = link(
            mark,
            word,
            href=step.href,
            stay=True,
            class_name=classes,
            aria_current=rx.cond(step.state == "current", "step", "false"),
            aria_label=step.word,
            style={
                "background": rx.cond(step.state == "current", "var(--indigo-a3)", "transparent"),
                "color": rx.cond(step.state == "open", "var(--gray-11)", "var(--gray-12)"),
            },
        )
        closed = rx.el.span(mark, word, class_name=classes + " quiet", aria_disabled="true")
        return rx.el.li(rx.cond(step.state == "closed", closed, row))

    listed = rx.el.ol(
        rx.foreach(BatchNewState.steps, one), class_name="m-0 flex list-none gap-1 p-0 max-lg:justify-between lg:flex-col"
    )
    return rx.el.nav(listed, aria_label="Steps")


def _way() -> rx.Component:
    back = rx.cond(BatchNewState.back_href != "", link_button("Back", BatchNewState.back_href, kind="quiet"), rx.el.span())
    on = rx.cond(
        BatchNewState.next_href != "",
        rx.el.div(
            rx.el.span(BatchNewState.next_word, class_name="quiet not-phone"),
            link_button("Continue", BatchNewState.next_href, kind="main", data_hotkey="mod+enter"),
            class_name="row",
        ),
        rx.cond(BatchNewState.step < len(STEPS), button("Continue", kind="main", disabled=True)),
    )
    return rx.el.div(back, on, class_name="flex items-center justify-between gap-3 pt-2")


def _sum() -> rx.Component:
    def pair(name: str, value: rx.Var) -> rx.Component:
        return rx.el.div(
            rx.el.dt(name, class_name="quiet"),
            rx.el.dd(value, class_name="m-0 text-right"),
            class_name="flex justify-between gap-3",
        )

    head = rx.el.div(
        rx.el.div("Will be called", class_name="quiet"),
        rx.el.div(_S.calls, class_name="text-[35px] leading-[40px] font-bold", aria_live="polite"),
        bar(_S.share, label=_S.called_words),
        rx.el.div(
            rx.el.span(_S.called_words),
            rx.el.span(_S.out_words, class_name="quiet"),
            class_name="flex justify-between small mt-1",
        ),
        class_name="stack gap-1 p-4",
    )
    when = rx.el.dl(
        pair("At a time", _S.at_a_time), pair("Starts", _S.starts), pair("Finishes", _S.finishes), pair("Per lead", _S.tries),
        class_name="m-0 stack gap-2 p-4",
    )  # fmt: skip
    money = rx.el.dl(
        pair("Estimated cost", _S.cost),
        rx.cond(_S.budget != "", pair("Budget of a day", _S.budget)),
        class_name="m-0 stack gap-2 p-4",
    )
    stopped = rx.cond(_S.stop != "", rx.el.div(steps.stop_note(), class_name="p-3"))
    warning = rx.cond(
        _S.warning != "",
        rx.el.div(note_box(icon("triangle_alert"), rx.el.span(_S.warning), hue="amber"), class_name="p-3"),
    )
    play = rx.el.div(
        dry_run_button(), rx.el.span("When each hour’s calls would go out.", class_name="small quiet grow"), class_name="row p-4"
    )
    nothing = rx.el.p("Choose a client first.", class_name="quiet m-0 p-4")
    return card(
        rx.cond(BatchNewState.client != "", rx.fragment(card_rows(head, when, money, play), stopped, warning), nothing),
        title="This batch",
        tools=rx.el.span(icon("check", 12), BatchNewState.saved, class_name="row small quiet gap-1"),
        body=False,
        class_name="lg:sticky lg:top-[72px]",
    )


def _confirm() -> rx.Component:
    typed = form.text_field(
        "Type the number of calls to go on",
        name="batch-typed",
        value=BatchNewState.typed,
        on_change=BatchNewState.set_typed,
        input_mode="numeric",
        auto_complete="off",
        placeholder=_S.calls,
    )
    noun = rx.cond(_S.number == 1, " call", " calls")
    return confirm(
        rx.cond(_S.must_type, rx.el.div(typed, class_name="mt-4")),
        is_open=BatchNewState.asks,
        on_close=BatchNewState.close,
        title="Launch " + _S.calls + noun + "?",
        facts=_facts(),
        safe_word="Not yet",
        word="Launch " + _S.calls + noun,
        on_confirm=BatchNewState.launch,
        icon_name="rocket",
        kind="main",
        is_off=~BatchNewState.is_confirmed,
    )


def _facts() -> rx.Var:
    cost = rx.cond(_S.cost.startswith("about"), " It costs " + _S.cost + ".", " Its cost is not known yet.")
    return "Phones ring: " + _S.called_words + " of " + BatchNewState.client_name + ", " + _S.pace + "." + cost


on_load = [BatchNewState.load]
