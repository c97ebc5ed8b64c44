"""Who may run what: every event is refused unless its handler names the role of the person behind the socket."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
import reflex as rx

from callcenter.domain.errors import Unauthenticated
from callcenter.services import signing_in
from callcenter.services.runtime import Runtime
from callcenter.ui import session
from callcenter.ui.session import ANYONE, MANAGERS, allow
from tests.fakes import FakeClock
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]


class DoorState(rx.State):
    """A page with handlers for some, for all and for nobody."""

    opened: int = 0
    name: str = ""

    @rx.event
    @allow(*MANAGERS)
    async def for_managers(self) -> None:
        self.opened += 1

    @rx.event
    @allow(*ANYONE)
    async def for_anyone(self) -> None:
        self.opened += 1
        self.name = (await session.who(self)).label

    @rx.event
    @allow()
    async def for_the_public(self) -> None:
        self.opened += 1

    @rx.event
    @allow(*MANAGERS)
    async def load(self) -> None:
        self.opened += 1

    @rx.event
    async def unmarked(self) -> None:
        self.opened += 1


async def _opened(tab: FakeTab) -> int:
    return (await tab.state(DoorState)).opened


def _sent(tab: FakeTab) -> str:
    return str([(event.name, event.payload) for event in tab.events])


async def test_a_stranger_is_sent_to_sign_in_with_the_way_back(guarded_tab: FakeTab) -> None:
    await guarded_tab.run(DoorState.for_anyone, path="/calls?status=failed")
    assert await _opened(guarded_tab) == 0
    assert "/login?next=/calls%3Fstatus%3Dfailed" in _sent(guarded_tab)


async def test_a_stranger_may_run_what_is_public(guarded_tab: FakeTab) -> None:
    await guarded_tab.run(DoorState.for_the_public)
    assert await _opened(guarded_tab) == 1


async def test_a_page_that_loads_itself_is_refused_without_a_word(guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    await guarded_tab.run(DoorState.load, cookie=await sign_in_as("viewer"))
    assert await _opened(guarded_tab) == 0
    assert "may not" not in _sent(guarded_tab)


async def test_the_role_must_be_named(guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    viewer = await sign_in_as("viewer")
    await guarded_tab.run(DoorState.for_managers, cookie=viewer)
    assert await _opened(guarded_tab) == 0
    assert "may not" in _sent(guarded_tab)
    await guarded_tab.run(DoorState.for_anyone, cookie=viewer)
    assert (await guarded_tab.state(DoorState)).name == "viewer@example.com"


async def test_nobody_may_run_what_is_not_marked(guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    await guarded_tab.run(DoorState.unmarked, cookie=await sign_in_as("admin"))
    assert await _opened(guarded_tab) == 0


async def test_a_tab_that_changes_hands_loses_what_it_showed(guarded_tab: FakeTab, sign_in_as: SignIn) -> None:
    await guarded_tab.run(DoorState.for_anyone, cookie=await sign_in_as("manager"))
    assert (await guarded_tab.state(DoorState)).name == "manager@example.com"
    await guarded_tab.run(DoorState.for_the_public)
    assert (await guarded_tab.state(DoorState)).name == ""


async def test_signing_out_is_noticed_within_seconds(running: Runtime, sign_in_as: SignIn) -> None:
    secret = (await sign_in_as("viewer")).partition("=")[2]
    assert await session.actor_of(secret) is not None
    await signing_in.sign_out(running, secret)
    clock = running.clock
    assert isinstance(clock, FakeClock)
    clock.turn(timedelta(seconds=session.CACHE_SECONDS + 1))
    assert await session.actor_of(secret) is None


async def test_a_changed_role_counts_at_once_after_forgetting(running: Runtime, sign_in_as: SignIn) -> None:
    secret = (await sign_in_as("viewer")).partition("=")[2]
    assert await session.actor_of(secret) is not None
    await signing_in.sign_out(running, secret)
    session.forget()
    assert await session.actor_of(secret) is None


async def test_who_raises_for_a_stranger(tab: FakeTab, running: Runtime) -> None:
    with pytest.raises(Unauthenticated):
        await session.who(await tab.state(DoorState))
