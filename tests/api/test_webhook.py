"""The provider's entrance: what is answered when, and that nothing is answered too early."""

import threading
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import structlog
from starlette.types import Message

from callcenter.api import webhook
from callcenter.api.app import make_api
from callcenter.domain.call import EventKind
from callcenter.domain.errors import Unavailable
from callcenter.services.runtime import Runtime
from tests.builders import letters_in, saved_client
from tests.fakes import KEY, FakeProviders, encode, event_of

Door = Callable[..., httpx.AsyncClient]
PATH = "/api/calls/webhook/retell"


def signed(rt: Runtime, raw: bytes, *, key: str = KEY, late: float = 0) -> dict[str, str]:
    providers = rt.providers
    assert isinstance(providers, FakeProviders)
    at = rt.clock.now().fromtimestamp(rt.clock.now().timestamp() - late, rt.clock.now().tzinfo)
    return {"x-retell-signature": providers.sign(raw, at=at, key=key), "content-type": "application/json"}


BODY = encode(event_of(EventKind.STARTED, "call_of_somebody"))


@pytest.mark.parametrize("raw", [BODY, b"no json", b"\x00\xff", b""])
async def test_an_authentic_delivery_is_204_once_and_again(rt: Runtime, door: Door, raw: bytes) -> None:
    for _ in range(2):
        answer = await door().post(PATH, content=raw, headers=signed(rt, raw))
        assert (answer.status_code, answer.content) == (204, b"")


async def test_a_delivery_waits_for_no_other_thread_before_it_is_looked_at(rt: Runtime, door: Door) -> None:
    assert (await door().post(PATH, content=BODY, headers=signed(rt, BODY))).status_code == 204
    # the framework hands whatever is not a coroutine to such a thread, and each hand-over costs as much as a small statement
    assert [thread.name for thread in threading.enumerate() if "AnyIO" in thread.name] == []


async def test_a_stale_one_is_kept_and_204(rt: Runtime, door: Door) -> None:
    assert (await door().post(PATH, content=BODY, headers=signed(rt, BODY, late=3_600))).status_code == 204


@pytest.mark.parametrize("signature", [None, "", "v=1,d=00", "nonsense", "v=" + "9" * 400 + ",d=" + "0" * 64])
async def test_a_bad_signature_is_401_without_detail(rt: Runtime, door: Door, signature: str | None) -> None:
    headers = {} if signature is None else {"x-retell-signature": signature}
    answer = await door().post(PATH, content=BODY, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["detail"] == "The signature is not valid."


async def test_the_address_of_one_client_takes_its_events(rt: Runtime, door: Door) -> None:
    client = await saved_client(rt)
    for hook in (client.hook_id, "made-up"):
        assert (await door().post(f"{PATH}/{hook}", content=BODY, headers=signed(rt, BODY))).status_code == 204
    wrong = await door().post(f"{PATH}/{client.hook_id}", content=BODY, headers=signed(rt, BODY, key="key_of_nobody"))
    assert wrong.status_code == 401


async def test_when_it_cannot_be_stored_the_sender_is_asked_to_come_back(rt: Runtime, door: Door) -> None:
    async def full(*_: object) -> None:
        raise Unavailable("The disk is full.")

    await door().post(PATH, content=b"other", headers=signed(rt, b"other"))  # the keys are known by now
    rt.database.write = full  # type: ignore[method-assign, assignment]
    answer = await door().post(PATH, content=BODY, headers=signed(rt, BODY))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


async def test_a_body_that_drips_does_not_keep_its_place(rt: Runtime, door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setattr(webhook, "SECONDS_TO_READ", 0.05)

    async def drips() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(30)

    assert (await door().post(PATH, content=drips())).status_code == 408


async def test_a_sender_that_goes_away_in_the_middle_leaves_nothing_and_is_no_error(rt: Runtime) -> None:
    said: list[Message] = []
    heard: list[Message] = [{"type": "http.request", "body": BODY[:9], "more_body": True}, {"type": "http.disconnect"}]
    headers = [(name.encode(), value.encode()) for name, value in signed(rt, BODY).items()]
    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "query_string": b"",
        "headers": headers,
        "client": ("203.0.113.5", 1),
    }

    async def receive() -> Message:
        return heard.pop(0)

    async def send(message: Message) -> None:
        said.append(message)

    with structlog.testing.capture_logs() as logged:
        await make_api(rt)(scope, receive, send)
    assert said[0]["status"] == 400
    assert logged == []
    assert await letters_in(rt, "new", "folded", "unmatched", "poison") == []


async def test_whoever_keeps_sending_bad_signatures_is_slowed_down(
    rt: Runtime, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "MOST_REFUSED", 3)
    answers = [(await door().post(PATH, content=BODY)).status_code for _ in range(5)]
    assert answers == [401, 401, 401, 429, 429]
    assert (await door().post(PATH, content=BODY, headers=signed(rt, BODY))).status_code == 204
