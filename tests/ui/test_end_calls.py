"""Ending the calls that go on in a paused batch or client: asked first, and only of what the address names."""

from collections.abc import Awaitable, Callable

import pytest

from callcenter.domain.call import CallStatus, Derived, Phase, Told
from callcenter.services.runtime import Runtime
from callcenter.ui.pages.end_calls import EndCalls
from tests import builders
from tests.fakes import KEY, START
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]


@pytest.mark.parametrize("where", ["batches", "clients"])
async def test_it_asks_first_and_ends_only_these(tab: FakeTab, running: Runtime, sign_in_as: SignIn, where: str) -> None:
    client, other = [await builders.saved_client(running) for _ in range(2)]
    batch = await builders.saved_batch(running, client)
    derived = Derived(status=CallStatus.CONNECTED, dialled_at=START, occurred_at=START)
    for of, theirs in ((client, "call_mine"), (other, "call_other")):
        told = Told(phase=Phase.STARTED, provider_call_id=theirs)
        await builders.saved_call(running, of, None, batch if of is client else None, told=told, derived=derived)
    path = f"/{where}/{batch.batch_id if where == 'batches' else client.client_id}"
    cookie = await sign_in_as("manager")
    await tab.run(EndCalls.ask("Recall"), cookie=cookie, path=path)
    state = await tab.state(EndCalls)
    assert state.asks
    assert state.facts.startswith("Every call of Recall that rings or talks")
    provider = running.providers.of(KEY)  # type: ignore[attr-defined]
    assert provider.stopped == []
    await tab.run(EndCalls.end, cookie=cookie, path=path)
    assert provider.stopped == ["call_mine"]
    assert "1 call is being ended." in str([event.payload for event in tab.events])


async def test_an_agent_ends_nothing(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    client = await builders.saved_client(running)
    cookie = await sign_in_as("agent")
    await tab.run(EndCalls.ask("Acme"), cookie=cookie, path=f"/clients/{client.client_id}")
    await tab.run(EndCalls.end, cookie=cookie, path=f"/clients/{client.client_id}")
    assert "No call was ended" in str([event.payload for event in tab.events])
