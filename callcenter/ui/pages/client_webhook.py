"""The webhook tab of a client: the address for Retell, what arrives, and what to do when nothing does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.services import probing, runtime
from callcenter.ui import session
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button
from callcenter.ui.components.cards import card, fact
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.times import time_ago
from callcenter.ui.pages.client_state import ClientState, asked_id, refreshed
from callcenter.ui.session import ANYONE, MANAGERS, allow
from callcenter.ui.shell_state import ShellState

_WHAT_TO_DO = (
    (
        "Can Retell reach this address?",
        "It must answer from the internet, over https. Open it in a browser on a phone: an answer that only POST is taken "
        "is the right one.",
    ),
    (
        "Is the address in Retell’s dashboard?",
        "We send it along with each call, and Retell then uses that. An address on the agent itself goes before one on the "
        "account: look there if another system still gets the news.",
    ),
    (
        "Is it the key with the webhook mark?",
        "Retell signs with one key of the account only. With another one every signature fails, and it is counted here "
        "under failed signatures.",
    ),
    (
        "Is the clock right?",
        "A signature older than five minutes is not believed. The server’s time must be true to the minute.",
    ),
    (
        "Meanwhile",
        "Nothing is lost: when no news comes we ask Retell about each call ourselves, only later.",
    ),
)


@dataclass(frozen=True)
class StepRow:
    """One step of a test event."""

    name: str
    is_good: bool
    detail: str


class ClientWebhookState(rx.State):
    """What became of the last test event; `face` is "", "asking" or "told"."""

    face: str = ""
    steps: list[StepRow] = []
    event_href: str = ""
    _of: str = ""

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Lets go of what was told of another client."""
        if self._of != asked_id(self):
            self._of, self.face, self.steps, self.event_href = asked_id(self), "", [], ""

    @rx.event(background=True)
    @allow(*MANAGERS)
    async def send_test(self) -> AsyncIterator[Any]:
        """Sends an event to the client's own address and tells how far it came."""
        client_id, actor = asked_id(self), await session.who(self)
        async with self:
            self.face, self.steps, self.event_href = "asking", [], ""
        try:
            probe = await probing.send_test_event(runtime.current(), actor, client_id)
        except CallCenterError as error:
            async with self:
                self.face = ""
            yield toasts.failed("No test event was sent.", error.message)
            return
        async with self:
            if self._of == client_id:
                self.face, self.steps = "told", [StepRow(step.name, step.ok, step.detail) for step in probe.steps]
                self.event_href = f"/events/{probe.event_id}" if probe.event_id else ""
                await refreshed(self)


def webhook_tab() -> rx.Component:
    """The tab."""
    return rx.el.div(
        rx.el.div(_address_card(), _arrives_card(), class_name="stack gap-3"),
        _what_to_do_card(),
        class_name="grid lg:grid-cols-2 gap-3 items-start",
    )


def _address_card() -> rx.Component:
    facts = ClientState.facts
    address = rx.el.div(
        rx.el.div(
            rx.el.code(facts.webhook_url, class_name="mono break-all grow"),
            button("Copy", icon_name="copy", data_copy=facts.webhook_url, needs_server=False),
            class_name="quiet-box row p-3",
        ),
        rx.el.p(
            "We send this address along with each call, so there is nothing to paste. For calls made outside this app, "
            "paste it into Retell’s dashboard as the webhook of the agent or the account.",
            class_name="quiet m-0",
        ),
        rx.cond(ClientWebhookState.face != "", _test_report()),
        class_name="stack gap-3",
    )
    test = button(
        "Send a test event",
        icon_name="send",
        on_click=ClientWebhookState.send_test,
        disabled=ClientWebhookState.face == "asking",
    )
    missing = rx.el.div(
        icon("triangle_alert"),
        rx.el.div(
            "The server does not know its own address, so Retell cannot tell us anything. Set ",
            rx.el.code("CALLCENTER_PUBLIC_URL", class_name="mono"),
            " and start it again. Until then we ask Retell about each call ourselves.",
        ),
        class_name="note-box",
        data_accent_color="amber",
    )
    tools = rx.cond(ShellState.may_manage & (facts.webhook_url != ""), test)
    return card(rx.cond(facts.webhook_url != "", address, missing), title="Address", tools=tools)


def _test_report() -> rx.Component:
    state = ClientWebhookState

    def row(step: Any) -> rx.Component:
        mark = rx.cond(
            step.is_good,
            icon("circle_check", class_name="text-[var(--green-11)]"),
            icon("octagon_x", class_name="text-[var(--red-11)]"),
        )
        said = rx.el.span(rx.el.span(step.name, ": ", class_name="strong"), step.detail, class_name="min-w-0 wrap-anywhere")
        return rx.el.li(mark, said, class_name="flex gap-2 [&>svg]:mt-0.5 [&>svg]:flex-none")

    arrived = rx.el.p(
        "The way here is open. That Retell signs with this key too shows with its first own event. ",
        rx.cond(ShellState.is_admin, link("See the event", href=state.event_href)),
        class_name="quiet m-0",
    )
    told = rx.fragment(
        rx.el.ul(rx.foreach(state.steps, row), class_name="list-none m-0 p-0 stack gap-2"),
        rx.cond(state.event_href != "", arrived),
    )
    return rx.el.div(
        rx.cond(state.face == "asking", rx.el.span("Sending, at most five seconds…", class_name="quiet"), told),
        role="status",
        class_name="quiet-box stack gap-3 p-3",
    )


def _arrives_card() -> rx.Component:
    facts = ClientState.facts
    last = rx.cond(
        facts.last_event_at != "", time_ago(facts.last_event, facts.last_event_at, facts.last_event_exact), rx.el.span("never")
    )
    forged = rx.cond(
        facts.forged != "",
        rx.el.span(
            rx.el.span(facts.forged, class_name="bad strong"),
            " ",
            rx.cond(ShellState.is_admin, link("Look at them", href="/events?result=bad_signature&client=" + facts.id)),
        ),
        rx.el.span("none"),
    )
    known = rx.el.dl(
        fact("Last event", last),
        fact("Signature check", "always on"),
        fact("Failed signatures", forged),
        fact("Delay", rx.cond(facts.delays != "", facts.delays, "unknown")),
        fact("Lost", _number(facts.lost, "asked for at Retell instead; no result is missing")),
        fact("Late", _number(facts.late, "took over a minute")),
        fact("Doubled", _number(facts.doubled, "second copies, which change nothing")),
        class_name="facts",
    )

    def row(kind: rx.Var) -> rx.Component:
        return rx.el.tr(
            rx.el.td(kind.name, " ", rx.el.span(kind.raw, class_name="mono quiet"), class_name="wraps"),
            rx.el.td(kind.count, class_name="number"),
        )

    table = rx.el.table(
        rx.el.thead(rx.el.tr(rx.el.th("Kind", scope="col"), rx.el.th("24 h", scope="col", class_name="number"))),
        rx.el.tbody(rx.foreach(facts.event_kinds, row)),
        aria_label="Events in the last 24 hours by kind",
        class_name="rows-table compact",
    )
    kinds = rx.cond(facts.event_kinds.length() > 0, table, rx.el.p("No event in the last 24 hours.", class_name="quiet m-0"))
    see = rx.cond(ShellState.is_admin, link("All events", href="/events?client=" + facts.id))
    return card(rx.el.div(known, kinds, class_name="stack gap-4"), title="What arrives", count="last 24 hours", tools=see)


def _number(count: rx.Var, words: str) -> rx.Component:
    shown = rx.fragment(rx.el.span(count, class_name="strong"), rx.el.span(f" {words}", class_name="quiet"))
    return rx.cond(count != "", shown, rx.el.span("none"))


def _what_to_do_card() -> rx.Component:
    steps = [
        rx.el.li(rx.el.span(question, class_name="strong"), rx.el.p(answer, class_name="quiet m-0 mt-0.5"))
        for question, answer in _WHAT_TO_DO
    ]
    return card(rx.el.ol(*steps, class_name="m-0 pl-5 stack gap-3 list-decimal"), title="When nothing arrives")
