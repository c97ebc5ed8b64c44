"""A browser tab without a browser: runs event handlers on a real event loop and keeps what would be sent."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest
import reflex as rx
from reflex.app_mixins.middleware import MiddlewareMixin
from reflex.istate.manager.memory import StateManagerMemory
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor

from callcenter.domain.user import SYSTEM, Role
from callcenter.services import runtime, signing_in, staffing
from callcenter.services.runtime import Runtime
from callcenter.ui import live, session
from callcenter.ui.pages.batch_new_state import BatchNewState

PASSWORD = "correct horse battery staple 47"

State = TypeVar("State", bound=rx.State)


class FakeTab:
    """One tab: `run` an event and all it chains, then look at `state`, `deltas` and `events`."""

    def __init__(self, guards: MiddlewareMixin | None = None) -> None:
        self.token, self.manager = str(uuid.uuid4()), StateManagerMemory()
        self.deltas: list[Any] = []
        self.events: list[Any] = []
        self.errors: list[Exception] = []
        self.processor = BaseStateEventProcessor(
            middleware=guards, backend_exception_handler=self.errors.append, graceful_shutdown_timeout=1
        ).configure(state_manager=self.manager, event_namespace=self)  # type: ignore[arg-type]

    async def emit_update(self, update: Any, token: str) -> None:
        """Stands where the socket would be."""
        if update.delta:
            self.deltas.append(update.delta)
        self.events.extend(update.events or [])

    async def run(self, event: Any, *, cookie: str = "", path: str = "/") -> None:
        """Runs one event as the page at `path` (with its query) would send it."""
        where = {"token": self.token, "headers": {"cookie": cookie}, "pathname": path.split("?")[0], "asPath": path}
        (made,) = Event.from_event_type(event, router_data=where)
        await (await self.processor.enqueue(self.token, made)).wait_all()

    async def state(self, cls: type[State]) -> State:
        """The state of this tab as it is now."""
        root = await self.manager.get_state(rx.BaseStateToken(ident=self.token, cls=cls))
        return await root.get_state(cls)

    @property
    def went_to(self) -> str:
        """The address the tab was last sent to."""
        return [str(event.payload["path"]) for event in self.events if "redirect" in event.name][-1]

    async def begin_batch(self, cookie: str, query: str = "") -> str:
        """Opens the wizard of a new batch and follows it to its draft; gives the address of that."""
        await self.run(BatchNewState.load(), cookie=cookie, path=f"/batches/new{query}")
        path = self.went_to
        await self.run(BatchNewState.load(), cookie=cookie, path=path)
        return path


async def _open(made: FakeTab, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTab]:
    async def skip(self: Any, root_state: Any) -> None:
        """Nothing to hydrate: nobody looks."""

    monkeypatch.setattr(BaseStateEventProcessor, "_rehydrate", skip)
    async with made.processor:
        yield made
    await made.manager.close()


@pytest.fixture
async def tab(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FakeTab]:
    """A tab whose events run at once, unguarded."""
    async for made in _open(FakeTab(), monkeypatch):
        yield made


@pytest.fixture
async def guarded_tab(monkeypatch: pytest.MonkeyPatch, running: Runtime) -> AsyncIterator[FakeTab]:
    """A tab behind the guard of the real app."""
    guards = MiddlewareMixin()
    guards.add_middleware(session.EventGuard())
    async for made in _open(FakeTab(guards), monkeypatch):
        yield made


@pytest.fixture
def running(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runtime]:
    """The runtime that handlers get, with a hub of its own: another test's views are not shared."""
    session.forget()
    monkeypatch.setattr(live, "hub", live.Hub())
    runtime.set_current(rt)
    yield rt
    runtime.set_current(None)
    session.forget()


@pytest.fixture
def sign_in_as(running: Runtime) -> Callable[[str], Awaitable[str]]:
    """Gives a function from a role to the Cookie header of a new person who is signed in with it."""

    async def sign_in(role: str) -> str:
        email = f"{role}@example.com"
        await staffing.add_user(running, SYSTEM, email=email, name=role.title(), role=Role(role), password=PASSWORD)
        return f"{signing_in.COOKIE}={await signing_in.sign_in(running, email, PASSWORD)}"

    return sign_in
