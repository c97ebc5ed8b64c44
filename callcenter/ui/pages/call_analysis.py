"""What Retell made of a call: summary, outcome with its source, the fields the agent filled in; and its events."""

import reflex as rx

from callcenter.ui import theme
from callcenter.ui.components.faces import empty_part, skeleton_card
from callcenter.ui.components.form import select
from callcenter.ui.components.links import link
from callcenter.ui.components.status_badge import event_badge, outcome_badge, sentiment
from callcenter.ui.pages.call_state import CallState
from callcenter.ui.shell import ShellState

_CHOICES = [("retell", "What the call says"), *((key, look.word) for key, look in theme.OUTCOME.items())]


def analysis() -> rx.Component:
    """The tab."""
    return rx.el.div(_summary(), _outcome(), _scores(), _extracted(), class_name="stack gap-6 p-4")


def _summary() -> rx.Component:
    head = CallState.head
    is_coming = head.no_summary.contains("not here yet")
    missing = rx.fragment(rx.el.p(head.no_summary, class_name="quiet m-0"), rx.cond(is_coming, skeleton_card(3)))
    words = rx.cond(head.summary != "", rx.el.p(head.summary, class_name="m-0 max-w-[620px]"), missing)
    return _part("Summary", words)


def _outcome() -> rx.Component:
    head = CallState.head
    source = rx.cond(head.outcome_source != "", rx.el.span(head.outcome_source, class_name="quiet"))
    change = rx.el.div(
        select(_CHOICES, label="Change the outcome", value="", placeholder="Change…", on_change=CallState.set_outcome),
        class_name="w-44",
    )
    return _part(
        "Outcome",
        rx.el.div(
            outcome_badge(head.outcome),
            source,
            rx.cond(head.is_over & ShellState.may_call, change),
            class_name="row flex-wrap gap-3",
        ),
    )


def _scores() -> rx.Component:
    head = CallState.head
    mood = rx.fragment(rx.el.dt("Sentiment"), rx.el.dd(sentiment(head.sentiment, head.sentiment_number)))
    quality = rx.fragment(rx.el.dt("Quality"), rx.el.dd(head.quality, rx.el.span(" · ", head.quality_why, class_name="quiet")))
    known = rx.el.dl(rx.cond(head.sentiment != "", mood), rx.cond(head.quality != "", quality), class_name="facts")
    return rx.cond((head.sentiment != "") | (head.quality != ""), _part("How it went", known))


def _extracted() -> rx.Component:
    rows = rx.el.table(
        rx.el.thead(rx.el.tr(rx.el.th("Field", scope="col"), rx.el.th("Value", scope="col"))),
        rx.el.tbody(
            rx.foreach(
                CallState.extracted,
                lambda fact: rx.el.tr(rx.el.td(fact.name), rx.el.td(fact.value, class_name="whitespace-normal break-words")),
            )
        ),
        class_name="rows-table compact plain-rows",
    )
    return rx.cond(CallState.extracted.length() > 0, _part("What the agent noted", rows))


def _part(title: str, *children: rx.Component) -> rx.Component:
    return rx.el.section(rx.el.h2(title, class_name="m-0 pb-1 text-[14px] leading-5 font-medium"), *children)


def events() -> rx.Component:
    """The provider's events about this call, for engineers."""

    def row(event: rx.Var) -> rx.Component:
        return rx.el.tr(
            rx.el.td(event.at, class_name="mono"),
            rx.el.td(link(event.kind, href=event.href), " ", rx.el.span(event.raw, class_name="mono quiet max-md:hidden")),
            rx.el.td(event_badge(event.result)),
            rx.el.td(event.took, class_name="number mono max-md:hidden"),
        )

    head = rx.el.tr(
        rx.el.th("Received", scope="col"),
        rx.el.th("Event", scope="col"),
        rx.el.th("Result", scope="col"),
        rx.el.th("Took", scope="col", class_name="number max-md:hidden"),
    )
    table = rx.el.table(
        rx.el.thead(head),
        rx.el.tbody(rx.foreach(CallState.news, row)),
        class_name="rows-table compact plain-rows",
        aria_label="Events of this call",
    )
    allowed = rx.cond(
        CallState.news.length() > 0,
        rx.el.div(table, class_name="p-4 overflow-x-auto"),
        empty_part("Retell has not told us anything about this call yet."),
    )
    return rx.cond(ShellState.is_admin, allowed, empty_part("Only admins see events."))
