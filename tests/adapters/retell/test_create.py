"""Creating a call: whatever goes wrong, at most one POST, and the right one of done, refused, never sent, unknown."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.retell.client import RetellClient
from callcenter.adapters.retell.line import Timeouts
from callcenter.adapters.retell.provider import Retell
from callcenter.domain.call import EventKind
from callcenter.domain.errors import CallCenterError, Refused, Uncertain, Unreachable
from callcenter.services.ports import CreateCall
from tests.adapters.retell.scripted import CALL_ID, CREATED, Behaviour, Exchange, answering, http, serving

KEY = "key_made_up_for_tests"
#: Short, so that the tests of silence are; a test waits for one of these, never for more.
QUICK = Timeouts(connect_s=0.2, read_s=0.2, create_read_s=0.2, pool_s=0.2)
PATIENT = Timeouts()
REQUEST = CreateCall(
    token="0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    from_number="+14155550100",
    to_number="+12135550111",
    agent_id="agent_52d1c7e09b4f4a6f8e3b2a1c0d",
    variables={"name": "Ana"},
    metadata={"callcenter_call_id": "c", "callcenter_install_id": "i"},
    webhook_url="https://calls.example.test/hook",
)
PROVIDERS_ERRORS = [{"status": "error", "message": "No."}, {"error_message": "No."}]


@contextlib.asynccontextmanager
async def client_at(url: str, timeouts: Timeouts = PATIENT) -> AsyncIterator[RetellClient]:
    retell = Retell(base_url=url, simulator_url=None, clock=SystemClock(), timeouts=timeouts)
    try:
        yield retell.open(api_key=KEY, is_simulated=False)
    finally:
        await retell.close()


async def trouble_of(url: str, timeouts: Timeouts = PATIENT) -> CallCenterError:
    async with client_at(url, timeouts) as client:
        with pytest.raises(CallCenterError) as caught:
            await client.create_call(REQUEST)
    return caught.value


async def posts_and_trouble(behaviour: Behaviour, timeouts: Timeouts = PATIENT) -> tuple[int, int, CallCenterError]:
    async with serving(behaviour) as server:
        trouble = await trouble_of(server.url, timeouts)
        # whoever would send again had the time to: the answer is known, and nothing is left to wait for
        return server.posts, server.connections, trouble


# accepted


async def test_an_accepted_call_took_one_post_on_a_connection_of_its_own():
    async with serving(answering(201, CREATED)) as server, client_at(server.url) as client:
        for _ in range(3):
            evidence = await client.create_call(REQUEST)
            assert evidence.event.provider_call_id == CALL_ID
            assert evidence.event.kind is EventKind.REGISTERED
            assert json.loads(evidence.raw) == CREATED
        assert (server.posts, server.connections) == (3, 3)
        head, body = server.requests[0]
        assert head.startswith("POST /v2/create-phone-call HTTP/1.1\r\n")
        assert "connection: close\r\n" in head.lower()
        assert f"authorization: bearer {KEY}\r\n" in head.lower()
        assert "content-type: application/json\r\n" in head.lower()
        assert body == client.body_of(REQUEST)


@pytest.mark.parametrize("status", [200, 201])
async def test_a_repeat_of_the_key_may_answer_200_and_a_later_state(status: int):
    later = {**CREATED, "call_status": "ongoing", "metadata": {"callcenter_token": REQUEST.token}}
    async with serving(answering(status, later)) as server, client_at(server.url) as client:
        assert (await client.create_call(REQUEST)).event.kind is EventKind.ONGOING


async def test_the_body_says_everything_the_provider_must_know():
    async with client_at("http://127.0.0.1:9") as client:
        assert json.loads(client.body_of(REQUEST)) == {
            "from_number": "+14155550100",
            "to_number": "+12135550111",
            "override_agent_id": "agent_52d1c7e09b4f4a6f8e3b2a1c0d",
            "retell_llm_dynamic_variables": {"name": "Ana"},
            "metadata": {"callcenter_call_id": "c", "callcenter_install_id": "i", "callcenter_token": REQUEST.token},
            "idempotency_key": REQUEST.token,
            "agent_override": {
                "agent": {
                    "ring_duration_ms": 30_000,
                    "webhook_url": "https://calls.example.test/hook",
                    "webhook_events": [
                        "call_started", "call_ended", "call_analyzed", "transcript_updated",
                        "transfer_started", "transfer_bridged", "transfer_cancelled", "transfer_ended",
                    ],
                }
            },
        }  # fmt: skip
        bare = json.loads(client.body_of(replace(REQUEST, agent_id=None, webhook_url=None, ring_ms=5_000)))
        assert "override_agent_id" not in bare
        assert bare["agent_override"] == {"agent": {"ring_duration_ms": 5_000}}


async def test_the_body_is_the_same_bytes_whatever_the_order_and_survives_broken_text():
    async with client_at("http://127.0.0.1:9") as client:
        one = replace(REQUEST, variables={"a": "1", "b": "2"})
        other = replace(REQUEST, variables={"b": "2", "a": "1"})
        assert client.body_of(one) == client.body_of(other)
        broken = client.body_of(replace(REQUEST, variables={"na\ud800me": "A\x00na \ud83d ñ"}))
        assert json.loads(broken)["retell_llm_dynamic_variables"] == {"na\ufffdme": "Ana \ufffd ñ"}


# never sent


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port whose queue of connections is full: further ones get no answer at all."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket())
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        port = int(listening.getsockname()[1])
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        yield port


async def test_a_refused_connection_was_never_sent(closed_port: int):
    assert isinstance(await trouble_of(f"http://127.0.0.1:{closed_port}"), Unreachable)


async def test_a_connection_that_nobody_accepts_was_never_sent(deaf_port: int):
    trouble = await trouble_of(f"http://127.0.0.1:{deaf_port}", QUICK)
    assert isinstance(trouble, Unreachable)
    assert "no connection in time" in trouble.message


async def test_a_name_that_is_not_found_was_never_sent(monkeypatch: pytest.MonkeyPatch):
    def not_found(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", not_found)
    assert isinstance(await trouble_of("http://retell.example.test"), Unreachable)


async def plain_text_to_whoever_wants_tls(exchange: Exchange) -> None:
    await exchange.reader.read(10)
    await exchange.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def hang_up_on_hello(exchange: Exchange) -> None:
    await exchange.reader.read(10)
    exchange.reset()


@pytest.mark.parametrize("behaviour", [plain_text_to_whoever_wants_tls, hang_up_on_hello])
async def test_tls_that_fails_was_never_sent(behaviour: Behaviour):
    async with serving(behaviour) as server:
        trouble = await trouble_of(server.url.replace("http:", "https:"))
        assert isinstance(trouble, Unreachable)
        assert (server.posts, server.connections) == (0, 1)


async def test_no_place_among_the_connections_was_never_sent():
    async with serving(silent) as server, client_at(server.url, replace(PATIENT, pool_s=0.1)) as client:
        pool = client._line._connections.single_use._transport._pool  # type: ignore[attr-defined]
        pool._max_connections = 1
        first = asyncio.create_task(client.create_call(REQUEST))
        await server.was_asked.wait()
        with pytest.raises(Unreachable):
            await client.create_call(REQUEST)
        assert server.posts == 1
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_a_guard_that_says_no_stops_it_before_the_first_byte():
    asked: list[int] = []
    async with serving(answering(201, CREATED)) as server, client_at(server.url) as client:

        def guard() -> bool:
            asked.append(server.connections)
            return False

        with pytest.raises(Unreachable, match="held back"):
            await client.create_call(REQUEST, guard=guard)
        assert len(asked) == 1
        assert server.requests == []
        assert (await client.create_call(REQUEST, guard=lambda: True)).event.provider_call_id == CALL_ID
        assert server.posts == 1


# refused


@pytest.mark.parametrize("error", PROVIDERS_ERRORS)
@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 429])
async def test_the_providers_own_error_is_a_refusal(status: int, error: dict[str, str]):
    posts, connections, trouble = await posts_and_trouble(answering(status, error))
    assert isinstance(trouble, Refused)
    assert (trouble.status, trouble.words, trouble.retry_after) == (status, "No.", None)
    assert (trouble.is_for_now, trouble.stops_account) == (status == 429, status in (401, 402, 403))
    assert (posts, connections) == (1, 1)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (("retry-after: 7",), timedelta(seconds=7)),
        (("retry-after: 0.5",), timedelta(seconds=0.5)),
        (("retry-after-ms: 1500", "retry-after: 7"), timedelta(seconds=1.5)),
        (("retry-after: 999999999",), timedelta(days=1)),
        (("retry-after: 0",), None),
        (("retry-after: -5",), None),
        (("retry-after: soon",), None),
        (("retry-after: 1e9",), None),
        (("date: Mon, 23 Nov 2026 16:00:00 GMT", "retry-after: Mon, 23 Nov 2026 16:01:30 GMT"), timedelta(seconds=90)),
        (("date: Mon, 23 Nov 2026 16:00:00 GMT", "retry-after: Mon, 23 Nov 2026 15:00:00 GMT"), None),
        (("retry-after: Mon, 23 Nov 2026 16:01:30 GMT",), None),
    ],
)
async def test_how_long_to_wait_is_passed_on(headers: tuple[str, ...], wait: timedelta | None):
    _, _, trouble = await posts_and_trouble(answering(429, PROVIDERS_ERRORS[0], *headers))
    assert isinstance(trouble, Refused)
    assert trouble.retry_after == wait


async def test_a_refusal_never_repeats_the_key():
    error = {"status": "error", "message": f"Invalid API Key {KEY}."}
    _, _, trouble = await posts_and_trouble(answering(401, error))
    assert isinstance(trouble, Refused)
    assert trouble.words == "Invalid API Key •••."
    assert KEY not in trouble.message


# unknown: something may have been read


async def silent(exchange: Exchange) -> None:
    await exchange.read_request()
    await asyncio.Event().wait()


async def reset_at_once(exchange: Exchange) -> None:
    exchange.reset()


async def reset_after_a_few_bytes(exchange: Exchange) -> None:
    await exchange.reader.readexactly(10)
    exchange.reset()


async def reset_after_the_request(exchange: Exchange) -> None:
    await exchange.read_request()
    exchange.reset()


async def close_after_the_request(exchange: Exchange) -> None:
    await exchange.read_request()


async def close_unread(exchange: Exchange) -> None:
    await exchange.reader.readexactly(1)


async def half_a_head(exchange: Exchange) -> None:
    await exchange.read_request()
    await exchange.say(b"HTTP/1.1 201 Crea")


async def half_a_body(exchange: Exchange) -> None:
    await exchange.read_request()
    await exchange.say(http(201, json.dumps(CREATED).encode())[:-20])


async def half_a_body_then_reset(exchange: Exchange) -> None:
    await half_a_body(exchange)
    exchange.reset()


async def half_a_body_then_silence(exchange: Exchange) -> None:
    await half_a_body(exchange)
    await asyncio.Event().wait()


async def drop_by_drop(exchange: Exchange) -> None:
    await exchange.read_request()
    for byte in http(201, json.dumps(CREATED).encode()):
        await exchange.say(bytes([byte]))
        await asyncio.sleep(0.05)


async def no_http_at_all(exchange: Exchange) -> None:
    await exchange.read_request()
    await exchange.say(b"220 mail.example.test ESMTP\r\n")


@pytest.mark.parametrize(
    ("behaviour", "posts"),
    [
        (silent, 1),
        (reset_at_once, 0),
        (reset_after_a_few_bytes, 0),
        (close_unread, 0),
        (reset_after_the_request, 1),
        (close_after_the_request, 1),
        (half_a_head, 1),
        (half_a_body, 1),
        (half_a_body_then_reset, 1),
        (half_a_body_then_silence, 1),
        (drop_by_drop, 1),
        (no_http_at_all, 1),
    ],
)
async def test_an_exchange_that_breaks_off_is_unknown_and_never_repeated(behaviour: Behaviour, posts: int):
    arrived, connections, trouble = await posts_and_trouble(behaviour, QUICK)
    assert isinstance(trouble, Uncertain)
    assert trouble.status is None
    assert (arrived, connections) == (posts, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"null", b"[]", b"{}", b"<html>201</html>", b'{"call_id":', b'{"call_id":""}', b'{"call_id":null}', b'{"call_id":5}',
        b'{"call_id":"two words"}', b"\xff", b'{"status":"error","message":"No."}',
        b'{"call_id":"call_x","metadata":{"callcenter_token":"of another dial"}}',
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 201])
async def test_a_success_without_our_call_in_it_is_unknown(status: int, body: bytes):
    posts, connections, trouble = await posts_and_trouble(answering(status, body))
    assert isinstance(trouble, Uncertain)
    assert trouble.status == status
    assert (posts, connections) == (1, 1)


@pytest.mark.parametrize("error", PROVIDERS_ERRORS)
@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308, 405, 408, 409, 413, 418, 500, 501, 502, 503, 504, 529])
async def test_any_other_status_is_unknown_even_in_the_providers_words(status: int, error: dict[str, str]):
    body = b"" if status == 304 else json.dumps(error).encode()
    posts, connections, trouble = await posts_and_trouble(answering(status, body, "location: /elsewhere", "retry-after: 0"))
    assert isinstance(trouble, Uncertain)
    assert trouble.status == status
    assert (posts, connections) == (1, 1)


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 422, 429, 502])
@pytest.mark.parametrize(
    "body",
    [
        b"<html><h1>Blocked</h1></html>", b"", b"{}", b"[]", b'"No."', b'{"message":"Forbidden"}', b'{"status":"error"}',
        b'{"status":403,"message":"No."}', b'{"error_message":null}', b'{"status":"error","message":""}',
    ],
)  # fmt: skip
async def test_an_error_page_that_is_not_the_providers_is_unknown(status: int, body: bytes):
    posts, connections, trouble = await posts_and_trouble(answering(status, body))
    assert isinstance(trouble, Uncertain)
    assert trouble.status == status
    assert (posts, connections) == (1, 1)


async def test_a_proxy_in_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch, closed_port: int):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    async with serving(answering(201, CREATED)) as server, client_at(server.url) as client:
        await client.create_call(REQUEST)
        assert server.posts == 1


async def test_a_cancelled_task_stays_cancelled_and_sends_nothing_more():
    async with serving(silent) as server, client_at(server.url) as client:
        sending = asyncio.create_task(client.create_call(REQUEST))
        await server.was_asked.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert (server.posts, server.connections) == (1, 1)


async def test_an_informational_answer_before_the_real_one_is_passed_over():
    async def hints_first(exchange: Exchange) -> None:
        await exchange.read_request()
        await exchange.say(b"HTTP/1.1 103 Early Hints\r\n\r\n" + http(201, json.dumps(CREATED).encode()))

    async with serving(hints_first) as server, client_at(server.url) as client:
        assert (await client.create_call(REQUEST)).event.provider_call_id == CALL_ID


async def test_an_answer_without_end_is_unknown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("callcenter.adapters.retell.line.LARGEST_ANSWER_BYTES", 100_000)

    async def endless(exchange: Exchange) -> None:
        await exchange.read_request()
        await exchange.say(b"HTTP/1.1 201 Created\r\n\r\n")
        while True:
            await exchange.say(b" " * 10_000)

    posts, _, trouble = await posts_and_trouble(endless)
    assert isinstance(trouble, Uncertain)
    assert posts == 1
