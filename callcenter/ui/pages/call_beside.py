"""What stands beside a call: its attempts, timeline, facts, notes, cost and variables."""

import reflex as rx

from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import card, note_box
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.progress import bar_parts
from callcenter.ui.components.status_badge import outcome_badge, sentiment, status_badge, tag
from callcenter.ui.components.timeline import timeline
from callcenter.ui.pages.call_acts import CallActs
from callcenter.ui.pages.call_state import CallState
from callcenter.ui.shell import ShellState


def attempts_card() -> rx.Component:
    """Every try to reach the lead, this one marked; left out for a call that is the only one."""
    shown = card(
        rx.el.ol(rx.foreach(CallState.attempts, _attempt), class_name="card-rows list-none m-0 p-0"),
        title="Attempt " + CallState.head.attempts,
        body=False,
    )
    return rx.cond(CallState.attempts.length() > 1, shown)


def _attempt(row: rx.Var) -> rx.Component:
    badge = rx.cond(
        row.outcome != "", outcome_badge(row.outcome), rx.cond(row.status != "", status_badge(row.status), rx.fragment())
    )
    inside = rx.fragment(
        rx.el.span(row.nth, class_name="quiet w-5 flex-none"), rx.el.span(row.what, class_name="grow clip"), badge
    )
    line = "row min-h-9"
    return rx.el.li(
        rx.cond(
            row.href != "",
            link(inside, href=row.href, class_name=f"plain-link {line}", aria_current=rx.cond(row.is_this, "page", "")),
            rx.el.div(inside, class_name=f"quiet {line}"),
        ),
        class_name=rx.cond(row.is_this, "bg-[var(--indigo-a3)] shadow-[inset_2px_0_var(--indigo-9)]", ""),
    )


def timeline_card() -> rx.Component:
    """What happened when; a live call ends with a dot."""
    now = rx.el.div(
        rx.el.span(class_name="dot dot-talking ml-2"), rx.el.span("Going on", class_name="quiet"), class_name="row pt-1"
    )
    side = rx.el.span(CallState.steps_side, class_name="quiet small")
    return card(timeline(CallState.steps), rx.cond(CallState.head.is_live, now), title="Timeline", tools=side)


def facts_card() -> rx.Component:
    """The facts that are known."""
    head = CallState.head

    def one(fact: rx.Var) -> rx.Component:
        value = rx.cond(fact.href != "", link(fact.value, href=fact.href), fact.value)
        return rx.fragment(rx.el.dt(fact.name), rx.el.dd(value))

    mood = rx.fragment(rx.el.dt("Sentiment"), rx.el.dd(sentiment(head.sentiment, head.sentiment_number)))
    keywords = rx.fragment(rx.el.dt("Keywords"), rx.el.dd(_tags(head.keywords)))
    edit = button("Edit", size="small", kind="ghost", on_click=CallActs.ask_tags(head.id))
    own = rx.el.dd(_tags(head.tags), rx.cond(ShellState.may_call, edit), class_name="row flex-wrap gap-1")
    tags = rx.fragment(rx.el.dt("Tags"), own)
    return card(
        rx.el.dl(
            rx.foreach(CallState.facts, one),
            rx.cond(head.sentiment != "", mood),
            rx.cond(head.keywords.length() > 0, keywords),
            rx.cond(head.tags.length() > 0, tags),
            class_name="facts",
        ),
        title="Facts",
    )


def _tags(words: rx.Var) -> rx.Component:
    return rx.el.span(rx.foreach(words, tag), class_name="inline-flex flex-wrap gap-1")


def notes_card() -> rx.Component:
    """Notes of the team; when two write at once, both texts are shown."""
    field = rx.debounce_input(
        rx.el.textarea(
            value=CallState.notes,
            on_change=CallState.type_notes,
            placeholder="What the team should know",
            aria_label="Notes",
            class_name="input",
            rows="3",
        ),
        debounce_timeout=400,
    )
    save = button("Save note", size="small", on_click=CallState.save_notes)
    wanted = rx.cond(CallState.is_saving_wanted & ~CallState.has_conflict, rx.el.div(save, class_name="row justify-end pt-2"))
    error = rx.cond(CallState.notes_error != "", rx.el.p(CallState.notes_error, class_name="field-error m-0", role="alert"))
    read = rx.cond(
        CallState.notes != "",
        rx.el.p(CallState.notes, class_name="m-0 whitespace-pre-wrap"),
        rx.el.span("None", class_name="quiet"),
    )
    return card(rx.cond(ShellState.may_call, rx.fragment(_conflict(), field, error, wanted), read), title="Notes")


def _conflict() -> rx.Component:
    both = rx.el.div(
        rx.el.b("Someone changed this note meanwhile. Their text:", class_name="font-medium"),
        rx.el.p(CallState.their_notes, class_name="m-0 whitespace-pre-wrap"),
        rx.el.div(
            button("Keep both", size="small", on_click=CallState.keep_both),
            button("Take theirs", size="small", on_click=CallState.take_theirs),
            class_name="row pt-2",
        ),
        class_name="stack gap-1",
    )
    return rx.cond(CallState.has_conflict, rx.el.div(note_box(icon("users"), both, hue="amber"), class_name="pb-3", role="alert"))


def cost_card() -> rx.Component:
    """What the call cost, part by part; the cost arrives after the call."""
    head = CallState.head

    def line(part: rx.Var) -> rx.Component:
        return rx.el.div(
            rx.el.i(class_name="swatch", style={"background": part.colour}),
            rx.el.span(part.word, class_name="grow"),
            rx.el.span(part.number),
            class_name="row min-h-6",
        )

    total = rx.el.div(
        rx.el.span("Total", class_name="quiet grow"),
        rx.el.b(head.cost, class_name="text-[18px] leading-[26px] font-bold"),
        class_name="row",
    )
    parts = rx.fragment(bar_parts(CallState.costs, label="Parts of the cost"), rx.el.div(rx.foreach(CallState.costs, line)))
    known = rx.el.div(total, rx.cond(CallState.costs.length() > 0, parts), class_name="stack gap-2")
    return rx.cond(head.cost != "", card(known, title="Cost"))


def variables_card() -> rx.Component:
    """The variables the agent was given, folded."""
    lines = rx.el.dl(
        rx.foreach(CallState.variables, lambda fact: rx.fragment(rx.el.dt(fact.name, class_name="mono"), rx.el.dd(fact.value))),
        class_name="facts pt-3",
    )
    fold = rx.el.details(
        rx.el.summary(
            rx.el.span("Variables", class_name="font-medium text-[16px] leading-6"),
            rx.el.span(CallState.variables.length().to_string(), class_name="quiet"),
            icon("chevron_right", class_name="fold ml-auto"),
            class_name="row cursor-pointer list-none",
        ),
        lines,
        class_name="folded",
    )
    return rx.cond(CallState.variables.length() > 0, card(fold))
