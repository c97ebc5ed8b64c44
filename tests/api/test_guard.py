"""Limits, headers and the last line of defence."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from callcenter.api import guard
from callcenter.api.app import make_api
from callcenter.services.runtime import Runtime
from tests.fakes import KEY

Door = Callable[..., httpx.AsyncClient]
HOOK = "/api/calls/webhook/retell"


async def test_a_body_above_the_limit_is_413_announced_or_streamed(door: Door, admin: httpx.AsyncClient) -> None:
    big = b" " * (guard.MOST_BYTES + 1)
    announced = await door().post(HOOK, content=big)
    assert announced.status_code == 413
    assert announced.headers["content-type"] == "application/problem+json"

    async def streamed() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b" " * 1024 * 1024

    assert (await door().post(HOOK, content=streamed())).status_code == 413
    headers = {"content-type": "application/json"}
    assert (await admin.post("/api/clients", content=streamed(), headers=headers)).status_code == 413
    assert (await door().post(HOOK, content=b" " * guard.MOST_BYTES)).status_code == 401


async def test_every_answer_carries_its_headers(door: Door) -> None:
    for path in ("/api/health", "/api/clients", "/api/nothing", "/metrics"):
        headers = (await door().get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "strict-transport-security" not in headers
    secure = await door(base="https://localhost:3000").get("/api/health")
    assert "strict-transport-security" in secure.headers


async def test_an_unexpected_error_says_nothing_but_a_reference(rt: Runtime, door: Door, caplog: Any) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"the key {KEY} is in here")

    rt.bus.is_up = broken  # type: ignore[method-assign]
    answer = await door().get("/api/ready")
    assert answer.status_code == 500
    problem = answer.json()
    assert problem["ref"] in problem["detail"]
    assert len(problem["ref"]) == 7
    assert KEY not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404), ("GET", "/api/clients/%00", 404), ("GET", "/api/clients?cursor=%00", 422),
        ("PUT", "/api/clients", 405), ("GET", "/api/leads/x/y/z", 404), ("GET", "/api", 404),
    ],
)  # fmt: skip
async def test_what_leads_nowhere_is_a_problem_too(admin: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    answer = await admin.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b"[" * 100_000,
        b'{"a": 1' + b"0" * 5_000 + b"}",
        b'"\\ud800"',
        b'{"\\ud800": 1}',
        b"null",
    ],
)
async def test_a_body_that_breaks_parsers_is_refused_politely(admin: httpx.AsyncClient, body: bytes) -> None:
    answer = await admin.post("/api/clients", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_is_not_ours_passes_untouched(rt: Runtime) -> None:
    async def pages(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"page"})

    app = make_api(rt)
    app.mount("", pages)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as asker:
        answer = await asker.get("/calls")
        assert (answer.text, "content-security-policy" in answer.headers) == ("page", False)
        assert (await asker.get("/api/unknown")).status_code == 404
