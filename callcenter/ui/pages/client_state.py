"""One client: what its page shows, kept true while it is open, and the switches at its top."""

import logging
from typing import Any

import reflex as rx
from reflex.state import BaseState

from callcenter.domain.errors import CallCenterError, NotFound, Unauthenticated
from callcenter.domain.user import Actor
from callcenter.services import browsing, onboarding, pausing, runtime
from callcenter.services.browsing.pages import ClientPage
from callcenter.services.onboarding import ClientView
from callcenter.ui import live, session
from callcenter.ui.components import toasts
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.client_facts import ClientFacts, facts_of
from callcenter.ui.session import ADMINS, ANYONE, MANAGERS, allow
from callcenter.ui.shell_state import closed_when_left

log = logging.getLogger(__name__)

TABS = (("overview", "Overview"), ("retell", "Retell"), ("webhook", "Webhook"), ("limits", "Limits"))


@closed_when_left("clients", asks_off=False)
class ClientState(rx.State):
    """The client in the address; the forms of its tabs have states of their own."""

    face: str = "loading"
    tab: str = "overview"
    name: str = ""
    facts: ClientFacts = ClientFacts()
    base: str = "/clients"
    asks_off: bool = False
    _viewer: Viewer = Viewer()
    _rev: int = 0  # what this person saw when the tab was opened, or made themselves: forms are saved against it
    _opened: str = ""

    @rx.event
    @allow(*ANYONE)
    async def enter(self) -> None:
        """Lets go of another client at once, so that it is not seen under this address while this one is read."""
        base = f"/clients/{asked_id(self)}"
        if self.base != base:
            self.base, self.name, self.facts, self.face = base, "", ClientFacts(), "loading"
        tab = self.router.url.query_parameters.get("tab", "")
        self.tab = tab if tab in dict(TABS) else "overview"

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads the client named in the address."""
        actor = await session.who(self)
        self._viewer = await viewer_of(self)
        try:
            await self._show(actor)
        except NotFound:
            self.face = "gone"
        except Exception:
            self.face = "error"
            raise

    async def _show(self, actor: Actor, *, is_own_change: bool = False) -> None:
        page, view = await read(actor, asked_id(self))
        self.facts = facts_of(page, view, self._viewer, now=runtime.current().clock.now())
        opened = f"{page.client.client_id} {self.tab}"
        if is_own_change or self._opened != opened:
            self._rev, self._opened = page.client.rev, opened
        self.name, self.base, self.face = page.client.name, f"/clients/{page.client.client_id}", "ready"

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps what is only read true; forms stay as they are."""
        cookie = session.cookie_value(self)
        async for _ in live.hub.follow(f"client:{asked_id(self)}"):
            try:
                actor, client_id = await session.still(cookie), asked_id(self)
                page, view = await _shared(actor, client_id)
                facts = facts_of(page, view, self._viewer, now=runtime.current().clock.now())
                if facts != self.facts and self.face == "ready":
                    async with live.push_slots, self:
                        self.facts = facts
            except (Unauthenticated, NotFound):
                return
            except Exception:
                log.exception("the client could not be refreshed")

    @rx.event
    @allow(*MANAGERS)
    async def pause(self) -> Any:
        """Stops dialling for this client; can be taken back."""
        rt, actor = runtime.current(), await session.who(self)
        act = pausing.pause_client(rt, actor, asked_id(self))
        said = f"{self.name} is paused. Calls in progress go on until they hang up."
        return await self._after(act, toasts.done(said, undo=ClientState.resume))

    @rx.event
    @allow(*MANAGERS)
    async def resume(self) -> Any:
        """Lets this client's calls be dialled again."""
        rt, actor = runtime.current(), await session.who(self)
        return await self._after(pausing.resume_client(rt, actor, asked_id(self)), toasts.done(f"{self.name} is called again."))

    @rx.event
    @allow(*ADMINS)
    async def ask_off(self, asks: bool) -> None:
        """Opens or closes the question before a client is switched off."""
        self.asks_off = bool(asks)

    @rx.event
    @allow(*ADMINS)
    async def set_active(self, is_active: bool) -> Any:
        """Switches a client on, or off for good."""
        rt, actor = runtime.current(), await session.who(self)
        self.asks_off = False
        act = onboarding.change_client(rt, actor, asked_id(self), {"is_active": bool(is_active)})
        return await self._after(act, toasts.done(f"{self.name} is {'on' if is_active else 'off'}."))

    async def _after(self, act: Any, said: Any) -> Any:
        """Awaits an act, shows the client as it is now, and says how it went."""
        try:
            await act
        except CallCenterError as error:
            said = toasts.failed("That did not work.", error.message)
        await self._show(await session.who(self), is_own_change=True)
        live.hub.bump("clients", "all", f"client:{asked_id(self)}")
        return said


def asked_id(state: BaseState) -> str:
    """The client that the address names."""
    parts = state.router.url.path.strip("/").split("/")
    return parts[1][:64] if len(parts) > 1 else ""


async def read(actor: Actor, client_id: str) -> tuple[ClientPage, ClientView]:
    """Reads a client; raises NotFound."""
    rt = runtime.current()
    return await browsing.client_page(rt, actor, client_id), await onboarding.get_client(rt, actor, client_id)


async def refreshed(state: BaseState) -> None:
    """Shows the client anew after one of its forms was saved."""
    client = await state.get_state(ClientState)
    await client._show(await session.who(state), is_own_change=True)
    live.hub.bump("clients", "all", f"client:{asked_id(state)}")


async def _shared(actor: Actor, client_id: str) -> tuple[ClientPage, ClientView]:
    return await live.hub.snapshot(f"client:{client_id}", (actor.client_ids, actor.role), lambda: read(actor, client_id))
