"""The ledger's page: its rows, its peek, and settling a dial in doubt from it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from callcenter.services.runtime import Runtime
from callcenter.ui.pages.dials import Asked, DialsState
from tests.fakes import FakeClock, FakeProvider
from tests.services.doubt import dial_of, in_doubt
from tests.ui.conftest import FakeTab

SignIn = Callable[..., Awaitable[str]]


def test_the_address_keeps_one_order() -> None:
    assert Asked().address() == "/dials"
    assert Asked(q="a b", state="unknown").address(peek="x") == "/dials?q=a+b&state=unknown&peek=x"


async def test_the_page_lists_dials_and_opens_one(
    rt: Runtime, tab: FakeTab, sign_in_as: SignIn, provider: FakeProvider, clock: FakeClock
) -> None:
    _client, call = await in_doubt(rt, provider, exists=False)
    dial = await dial_of(rt, call)
    cookie = await sign_in_as("manager")
    await tab.run(DialsState.load(), cookie=cookie, path=f"/dials?peek={dial.dial_id}")
    state = await tab.state(DialsState)
    assert [row.state for row in state.rows] == ["unknown", "accepted"]
    assert state.side == "1 in doubt"
    assert (state.dial.state, state.dial.is_in_doubt, state.dial.may_say_no) == ("unknown", True, False)
    assert state.dial.held
    assert [step.words for step in state.dial.steps] == ["Sending", "Checking"]
    await tab.run(DialsState.load(), cookie=cookie, path="/dials?state=accepted&peek=nothing")
    state = await tab.state(DialsState)
    assert ([row.state for row in state.rows], state.is_gone) == (["accepted"], True)


async def test_a_dial_is_settled_from_the_page(
    rt: Runtime, tab: FakeTab, sign_in_as: SignIn, provider: FakeProvider, clock: FakeClock
) -> None:
    _client, call = await in_doubt(rt, provider, exists=False)
    dial = await dial_of(rt, call)
    cookie, path = await sign_in_as("manager"), f"/dials?peek={dial.dial_id}"
    await tab.run(DialsState.load(), cookie=cookie, path=path)
    await tab.run(DialsState.ask("placed"), cookie=cookie, path=path)
    await tab.run(DialsState.settle({"callId": "call_nowhere", "reason": "I saw it"}), cookie=cookie, path=path)
    state = await tab.state(DialsState)
    assert (state.asks, state.error_field) == ("placed", "callId")
    clock.turn(timedelta(hours=25))
    cookie = await sign_in_as("admin")  # the manager's session is over by now
    await tab.run(DialsState.ask("not_placed"), cookie=cookie, path=path)
    await tab.run(DialsState.settle({"reason": "not in the dashboard"}), cookie=cookie, path=path)
    state = await tab.state(DialsState)
    assert (state.asks, state.error, state.dial.state) == ("", "", "void")
    assert state.dial.steps[-1].took.startswith("by ")


@pytest.mark.parametrize("what", ["", "left", "everything"])
async def test_only_two_questions_can_be_asked(rt: Runtime, tab: FakeTab, sign_in_as: SignIn, what: str) -> None:
    await tab.run(DialsState.ask(what), cookie=await sign_in_as("manager"))
    assert (await tab.state(DialsState)).asks == ""
