"""Whom we call for: every client with how it is doing, and the way to add one."""

import logging

import reflex as rx

from callcenter.domain.errors import Unauthenticated
from callcenter.domain.lines import ClientLine
from callcenter.domain.user import Actor
from callcenter.services import browsing, runtime
from callcenter.ui import live, session, shell, words
from callcenter.ui.components import data_table as dt
from callcenter.ui.components import faces
from callcenter.ui.components.buttons import button
from callcenter.ui.components.progress import slots
from callcenter.ui.pages.client_add import AddClientState, add_client_dialog
from callcenter.ui.pages.client_words import ClientRow, health_badge, row_of
from callcenter.ui.session import ANYONE, allow
from callcenter.ui.shell_state import ShellState

log = logging.getLogger(__name__)


class ClientsState(rx.State):
    """Every client this person may see."""

    rows: list[ClientRow] = []
    face: str = "loading"
    side: str = ""

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads them anew."""
        try:
            self._take(await _lines(await session.who(self)))
        except Exception:
            self.face = "error"
            raise

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the numbers true while the page is open."""
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow("clients"):
            try:
                lines = await _shared(await session.still(cookie))
                if [row_of(line) for line in lines] != self.rows:
                    async with live.push_slots, self:
                        self._take(lines)
            except Unauthenticated:
                return
            except Exception:
                log.exception("the clients could not be refreshed")

    def _take(self, lines: tuple[ClientLine, ...]) -> None:
        self.rows = [row_of(line) for line in lines]
        busy = sum(line.in_progress for line in lines)
        self.side = f"{words.counted(len(lines), 'client')}, {words.counted(busy, 'call')} in progress" if lines else ""
        self.face = "ready" if lines else "empty"


async def _shared(actor: Actor) -> tuple[ClientLine, ...]:
    return await live.hub.snapshot("clients", (actor.client_ids, actor.role), lambda: _lines(actor))


async def _lines(actor: Actor) -> tuple[ClientLine, ...]:
    return await browsing.client_list(runtime.current(), actor)


def clients_page() -> rx.Component:
    """The page."""
    add = button("Add client", kind="main", icon_name="plus", on_click=AddClientState.open)
    return shell.frame(
        faces.faced(
            ClientsState.face,
            ready=_table(),
            empty=faces.empty(
                "building_2",
                "No clients yet",
                "A client is whom you call for: it has its own leads, hours, limits and Retell account.",
                rx.cond(ShellState.is_admin, add),
            ),
            loading=faces.skeleton_rows(6, what="clients"),
            error=faces.page_error("The clients could not be loaded.", "Nothing was lost.", on_retry=ClientsState.load),
        ),
        add_client_dialog(),
        nav="clients",
        title="Clients",
        side=ClientsState.side,
        actions=rx.cond(ShellState.is_admin & (ClientsState.face != "empty"), add),
        face=ClientsState.face,
    )


def _table() -> rx.Component:
    def places(row: rx.Var[ClientRow]) -> rx.Component:
        label = row.slots + " places taken"
        return rx.el.div(
            rx.el.span(row.slots, class_name="w-16 flex-none"),
            rx.el.div(slots(row.taken, row.cap, label=label), class_name="w-28"),
            class_name="row",
        )

    columns = (
        dt.Column(title="Client", cell=lambda row: row.name, kind="main"),
        dt.Column(title="In progress", cell=places),
        dt.Column(title="Waiting", cell=lambda row: row.waiting, kind="number"),
        dt.Column(title="Today", cell=lambda row: row.today, kind="number"),
        dt.Column(title="Answered", cell=lambda row: row.answered, kind="number"),
        dt.Column(title="Cost today", cell=lambda row: row.cost, kind="number"),
        dt.Column(title="Leads", cell=lambda row: row.leads, kind="number", drop=1),
        dt.Column(title="Health", cell=lambda row: health_badge(row.health, row.health_words)),
    )
    return dt.data_table(
        ClientsState.rows,
        columns,
        label="Clients",
        row_id=lambda row: row.id,
        href=lambda row: "/clients/" + row.id,
        card=dt.CardLines(
            title=lambda row: row.name,
            when=lambda row: row.slots,
            left=lambda row: row.today + " calls today",
            right=lambda row: row.cost,
            badges=lambda row: health_badge(row.health, row.health_words),
        ),
    )


on_load = [ClientsState.load, ClientsState.watch]
