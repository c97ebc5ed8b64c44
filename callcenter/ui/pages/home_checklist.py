"""First steps, on Live until they are done or waved away; only admins see them."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

from callcenter.domain.lines import ClientLine
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Role, is_at_least
from callcenter.services import browsing, runtime, staffing
from callcenter.ui import session
from callcenter.ui.components.buttons import icon_button, link_button, text_button
from callcenter.ui.components.icons import icon
from callcenter.ui.session import ADMINS, ANYONE, allow


@dataclass(frozen=True)
class FirstStep:
    """One step: what it is called, what it is for, and where it is done."""

    title: str
    sentence: str
    action: str
    href: str
    is_done: bool


class Checklist(rx.State):
    """How far the first steps are."""

    steps: list[FirstStep] = []
    done: int = 0
    next_title: str = ""
    is_open: bool = False
    waved_away: str = rx.LocalStorage("", name="checklist")

    @rx.var
    def is_wanted(self) -> bool:
        """Whether there is anything left to do, and nobody said they do not want to see it."""
        return bool(self.steps) and self.done < len(self.steps) and not self.waved_away

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Looks what is done already; for others than admins there is nothing to do."""
        rt, actor = runtime.current(), await session.who(self)
        if not is_at_least(actor, Role.ADMIN) or actor.client_ids is not None or self.waved_away:
            self.steps = []
            return
        clients = await browsing.client_list(rt, actor)
        users = await staffing.users_of(rt, actor)
        calls, _is_capped = await browsing.count_of_calls(rt, actor, CallFilter(statuses=("completed",)), cap=1)
        can_simulate = rt.settings.simulator_url is not None
        self.steps = steps_of(clients, people=len(users), has_called=calls > 0, can_simulate=can_simulate)
        self.done = sum(1 for step in self.steps if step.is_done)
        self.next_title = next((step.title for step in self.steps if not step.is_done), "")

    @rx.event
    @allow(*ADMINS)
    async def toggle(self) -> None:
        """Shows all steps, or only how many are done."""
        self.is_open = not self.is_open

    @rx.event
    @allow(*ADMINS)
    async def wave_away(self) -> None:
        """Takes the steps off this page, in this browser."""
        self.waved_away = "yes"


def steps_of(clients: Sequence[ClientLine], *, people: int, has_called: bool, can_simulate: bool) -> list[FirstStep]:
    """The steps in their order with what is done; without a simulator nothing can be tried before Retell is connected."""
    real = [client for client in clients if not client.is_simulated and client.health not in ("no_key", "key_refused")]
    first = f"/clients/{(real or list(clients))[0].client_id}" if clients else "/clients"
    call = "/?new=call" if clients else "/clients"
    simulated = FirstStep("Try a simulated call", "It takes 20 seconds and no real phone rings.", "Try it", call, has_called)
    return [
        FirstStep("Make your login", "You are signed in.", "Open", "/settings/profile", True),
        *([simulated] if can_simulate else []),
        FirstStep("Connect Retell", "Paste a key; it is tested at once.", "Connect", "/clients", bool(real)),
        FirstStep(
            "Point the webhook here",
            "So that we hear what happens in a call.",
            "Show the address",
            f"{first}?tab=webhook",
            any(client.last_event_at for client in real),
        ),
        FirstStep("Import leads or type one", "People to call.", "Import", "/leads/import", any(each.leads for each in clients)),
        FirstStep(
            "Set calling hours and limits",
            "When, how many at a time, and for how much a day.",
            "Set",
            f"{first}?tab=limits",
            any(client.daily_budget for client in clients),
        ),
        FirstStep("Invite someone", "A link is enough.", "Invite", "/settings/team", people > 1),
    ]


def checklist_card() -> rx.Component:
    """One line with how far it is, or all steps."""
    done, of = Checklist.done, Checklist.steps.length()
    ring = rx.el.span(
        class_name="w-9 h-9 rounded-full flex-none not-phone",
        style={
            "background": f"conic-gradient(var(--indigo-9) calc(100% * {done} / {of}), var(--gray-a4) 0)",
            "mask": "radial-gradient(circle, transparent 13px, #000 14px)",
        },
        aria_hidden="true",
    )
    head = rx.el.div(
        ring,
        rx.el.div(
            rx.el.h2(
                "Getting started, ",
                done,
                " of ",
                of,
                class_name="m-0 text-[14px] leading-5 font-medium",
            ),
            rx.el.div("Next: ", Checklist.next_title, class_name="quiet"),
            class_name="grow",
        ),
        text_button(rx.cond(Checklist.is_open, "Fold", "Continue"), on_click=Checklist.toggle),
        icon_button("x", "Don’t show this again", on_click=Checklist.wave_away),
        class_name="row gap-3 px-4 min-h-15",
    )
    body = rx.el.ol(rx.foreach(Checklist.steps, _step), class_name="card-rows list-none m-0 p-0 border-t border-[var(--line)]")
    return rx.cond(Checklist.is_wanted, rx.el.section(head, rx.cond(Checklist.is_open, body), class_name="card"))


def _step(step: rx.Var) -> rx.Component:
    mark = rx.cond(step.is_done, icon("circle_check", class_name="good", label="Done"), icon("circle", class_name="quiet"))
    return rx.el.li(
        mark,
        rx.el.div(
            rx.el.div(step.title, class_name="strong"),
            rx.el.div(step.sentence, class_name="quiet small"),
            class_name="grow",
        ),
        rx.cond(~step.is_done, link_button(step.action, step.href, size="small")),
        class_name="row gap-3 min-h-13",
    )
