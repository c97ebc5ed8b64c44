"""Import leads: choose a list, say what its columns are, see what became of every row."""

from typing import Any

import reflex as rx

from callcenter.ui import session, shell
from callcenter.ui.components.buttons import button, link_button
from callcenter.ui.pages import lead_file_parts as parts
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.pages.choices import Option, options
from callcenter.ui.pages.for_whom import client_field
from callcenter.ui.pages.lead_file import LeadFileState
from callcenter.ui.session import OPERATORS, allow


class LeadImportState(rx.State):
    """For which client a list is imported."""

    clients: list[Option] = []
    client: str = ""

    @rx.event
    @allow(*OPERATORS)
    async def load(self) -> None:
        """Reads the address: the client, and the list when one was uploaded already."""
        actor = await session.who(self)
        viewer = await viewer_of(self)
        query = dict(self.router.url.query_parameters)
        known = dict(viewer.clients)
        self.clients = options(viewer.clients)
        wanted = query.get("client", "")
        self.client = wanted if wanted in known else viewer.clients[0][0] if len(viewer.clients) == 1 else ""
        file = await self.get_state(LeadFileState)
        file.message = query.get("message", "")[:300]
        await file._open(actor, query.get("draft", "")[:64])

    @rx.event
    @allow(*OPERATORS)
    async def set_client(self, client_id: str) -> Any:
        """Chooses the client."""
        self.client = client_id if client_id in {option.value for option in self.clients} else ""


def lead_import_page() -> rx.Component:
    """The page."""
    body = rx.match(LeadFileState.step, ("match", _match()), ("working", parts.working()), ("report", parts.report()), _choose())
    return shell.frame(
        rx.el.div(body, class_name="max-w-3xl"),
        nav="leads",
        title="Import leads",
        back=("Leads", "/leads"),
        face="ready",
    )


def _choose() -> rx.Component:
    client = client_field(
        LeadImportState.clients,
        name="import-client",
        value=LeadImportState.client,
        on_change=LeadImportState.set_client,
        placeholder="Choose for whom you call them",
    )
    return rx.el.div(
        rx.el.p("The same list again adds nobody twice: known leads are brought up to date.", class_name="quiet m-0"),
        rx.el.div(client, class_name="max-w-80"),
        parts.choose(LeadImportState.client, kind="import"),
        class_name="stack gap-6",
    )


def _match() -> rx.Component:
    return rx.el.div(
        parts.match(),
        rx.el.div(
            link_button("Another list", "/leads/import", kind="quiet"),
            button(
                _import_word(),
                kind="main",
                icon_name="upload",
                on_click=LeadFileState.run,
                disabled=LeadFileState.problem != "",
                hotkey="mod+enter",
            ),
            class_name="flex justify-between gap-2",
        ),
        class_name="stack gap-4",
    )


def _import_word() -> rx.Var:
    return rx.cond(LeadFileState.rows == 1, "Import 1 row", "Import " + LeadFileState.rows.to(str) + " rows")


on_load = [LeadImportState.load]
