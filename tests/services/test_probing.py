"""A test event over real HTTP: what arrives, what does not and why, and that it is harmless."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from callcenter.adapters.retell.line import Timeouts
from callcenter.adapters.retell.provider import Retell
from callcenter.domain.client import Client
from callcenter.domain.errors import Forbidden, NotFound
from callcenter.domain.search import CallFilter
from callcenter.services import browsing, keys, probing
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, audit
from callcenter.store.database import Tx
from tests.adapters.retell.scripted import Behaviour, Exchange, serving
from tests.builders import ADMIN, AGENT, MANAGER, saved_client
from tests.fakes import KEY
from tests.served import served


@pytest.fixture
async def real(rt: Runtime) -> AsyncIterator[Runtime]:
    """The runtime with the real adapter, which gives up sooner than in life."""
    timeouts = Timeouts(webhook_s=0.3)
    rt.providers = Retell(base_url="http://127.0.0.1:9", simulator_url=None, clock=rt.clock, timeouts=timeouts)
    keys.forget(rt)
    yield rt
    await rt.providers.close()


@pytest.fixture
async def client(real: Runtime) -> Client:
    return await saved_client(real, name="Acme")


def reached_at(rt: Runtime, url: str | None) -> None:
    rt.settings = rt.settings.model_copy(update={"public_url": url})


def steps_of(probe: probing.Probe) -> list[tuple[str, bool]]:
    return [(step.name, step.ok) for step in probe.steps]


async def probe_against(rt: Runtime, client: Client, behaviour: Behaviour) -> probing.Step:
    """The last step of a probe of a server that does this."""
    async with serving(behaviour) as server:
        reached_at(rt, server.url)
        probe = await probing.send_test_event(rt, MANAGER, client.client_id)
        assert probe.event_id is None
        assert KEY not in str(server.requests)
        assert server.connections == 1, "once, and no redirect is followed"
    return probe.steps[-1]


async def test_a_test_event_arrives_is_believed_and_stands_among_the_events(real: Runtime, client: Client) -> None:
    async with served(real):
        for _ in range(2):  # a second one is no copy of the first
            probe = await probing.send_test_event(real, MANAGER, client.client_id)
            assert steps_of(probe) == [("Connection", True), ("Answer", True), ("Signature", True), ("Events", True)]
    page = await browsing.events_page(real, ADMIN, limit=10)
    assert [(line.kind, line.result, line.client_name) for line in page.items] == [("test_event", "applied", "Acme")] * 2
    assert page.items[0].event_id == probe.event_id


async def test_it_is_harmless(real: Runtime, client: Client) -> None:
    before = await browsing.live_aside(real, ADMIN)
    async with served(real):
        await probing.send_test_event(real, MANAGER, client.client_id)
    assert (await browsing.live_aside(real, ADMIN)).attention == before.attention
    assert await browsing.count_of_calls(real, ADMIN, CallFilter()) == (0, False)


async def test_another_installation_with_other_keys_is_told_apart(real: Runtime, client: Client) -> None:
    async def refuse(exchange: Exchange) -> None:
        await exchange.read_request()
        await exchange.say(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    step = await probe_against(real, client, refuse)
    assert (step.name, "401" in step.detail, "another installation" in step.detail) == ("Answer", True, True)


async def test_a_key_that_is_not_believed_here_is_told(real: Runtime, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    async def another(_rt: Runtime, _account_id: str) -> str:
        return "key_of_somebody_else"

    monkeypatch.setattr(keys, "newest_key", another)
    async with served(real):
        probe = await probing.send_test_event(real, MANAGER, client.client_id)
    assert (probe.event_id, steps_of(probe)[-1]) == (None, ("Signature", False))
    assert "key_of_somebody_else" not in str(probe)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "sends on to another address (302)"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret", "answered 200, but the event is not here"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "a proxy does not pass this path on"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "what stands behind it does not answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n", "answered 200"),  # no body is waited for
        (b"", "broke off"),
        (b"nonsense\r\n\r\n", "broke off"),
    ],
)
async def test_an_answer_that_is_not_ours_says_what_may_be_wrong(
    real: Runtime, client: Client, answer: bytes, words: str
) -> None:
    async def behave(exchange: Exchange) -> None:
        await exchange.read_request()
        await exchange.say(answer)

    step = await probe_against(real, client, behave)
    assert not step.ok
    assert words in step.detail
    assert "secret" not in step.detail


async def test_silence_ends_after_the_time_limit(real: Runtime, client: Client) -> None:
    async def hang(exchange: Exchange) -> None:
        await exchange.read_request()
        await asyncio.Event().wait()

    assert (await probe_against(real, client, hang)).detail == "No answer came within 0.3 seconds."


@pytest.mark.parametrize(
    ("host", "words"),
    [("127.0.0.1:{port}", "nothing listens there"), ("a-name-no-resolver-is-asked-for..test", "No server has this name")],
)
async def test_an_address_that_leads_nowhere_says_why(real: Runtime, client: Client, host: str, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    reached_at(real, f"http://{host.format(port=port)}")
    (step,) = (await probing.send_test_event(real, MANAGER, client.client_id)).steps
    assert (step.name, step.ok) == ("Connection", False)
    assert words in step.detail


async def test_a_port_that_speaks_no_tls_is_told(real: Runtime, client: Client) -> None:
    async with served(real) as url:
        reached_at(real, url.replace("http://", "https://"))
        (step,) = (await probing.send_test_event(real, MANAGER, client.client_id)).steps
    assert "TLS" in step.detail


async def test_without_an_address_or_a_key_nothing_is_sent(real: Runtime, client: Client) -> None:
    reached_at(real, None)
    assert steps_of(await probing.send_test_event(real, MANAGER, client.client_id)) == [("Address", False)]

    def retire(tx: Tx) -> None:
        accounts.retire_other_keys(tx, client.account_id or "", but=None, now=real.clock.now())

    await real.database.write(retire)
    keys.forget(real)
    reached_at(real, "http://127.0.0.1:9")
    assert steps_of(await probing.send_test_event(real, MANAGER, client.client_id)) == [("Key", False)]


async def test_who_may_send_one_and_that_it_is_written_down(real: Runtime, client: Client) -> None:
    reached_at(real, "http://127.0.0.1:9")
    with pytest.raises(Forbidden):
        await probing.send_test_event(real, AGENT, client.client_id)
    with pytest.raises(NotFound):
        await probing.send_test_event(real, MANAGER, "nobody")
    await probing.send_test_event(real, MANAGER, client.client_id)
    (line,) = (await real.database.read(lambda tx: audit.search(tx, by=MANAGER.label, limit=10))).items
    assert (line.what, line.to_state, line.name) == ("client", "test event sent", "Acme")
    assert "refused" in line.why
