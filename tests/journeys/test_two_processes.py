"""Two processes with one database and one Redis: they count together, and what one announces reaches the browsers of the other.

Each is a runtime of its own in this process: whatever they share goes through the database or the real Redis between them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.redis_bus import RedisBus
from callcenter.api import deps
from callcenter.api.app import make_api
from callcenter.domain.errors import TooMany, Unauthenticated
from callcenter.domain.user import Role
from callcenter.services import onboarding, signing_in, staffing
from callcenter.services.runtime import Runtime
from callcenter.store.database import Database
from callcenter.ui import live
from callcenter.ui.live import Hub
from callcenter.ui.pages.calls_state import CallsState
from tests import builders
from tests.conftest import make_rt
from tests.redis_server import RedisServer
from tests.ui.conftest import PASSWORD, FakeTab, running, sign_in_as, tab

__all__ = ["running", "sign_in_as", "tab"]

pytestmark = pytest.mark.redis

ADDRESS = "203.0.113.5"


async def until(is_so: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(20):
        while not await is_so():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.01)


async def beside(url: str, redis: RedisServer) -> AsyncIterator[Runtime]:
    """Gives a runtime as a process has it: its own connections to the database and to Redis."""
    made = make_rt(url, redis_url=redis.url)
    made.bus = bus = RedisBus(redis.url, clock=SystemClock())
    made.database = Database(url, announce=bus.publish)
    await bus.start()
    await until(bus.is_up)
    await onboarding.ensure_installation(made)
    yield made
    await bus.stop()
    if limiter := made.kept.get("api limiter"):
        await limiter.storage.bridge.storage.aclose()  # a process that ends needs not; a loop that ends complains
    made.database.close()


@pytest.fixture
async def rt(sqlite_url: str, redis_server: RedisServer) -> AsyncIterator[Runtime]:
    """The process whose pages are looked at."""
    async for made in beside(sqlite_url, redis_server):
        yield made


@pytest.fixture
async def other(sqlite_url: str, redis_server: RedisServer) -> AsyncIterator[Runtime]:
    """The process in which things happen."""
    async for made in beside(sqlite_url, redis_server):
        yield made


def door(rt: Runtime, **headers: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=make_api(rt), client=(ADDRESS, 50_000))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:3000", headers=headers)


async def test_a_token_has_one_limit_at_both(rt: Runtime, other: Runtime) -> None:
    _, token = await staffing.add_token(rt, builders.ADMIN, name="crm", role=Role.ADMIN)
    for nth in range(6):
        await deps.count((rt, other)[nth % 2], "asking", token.token_id, per_minute=6)
    for each in (rt, other):
        with pytest.raises(TooMany):
            await deps.count(each, "asking", token.token_id, per_minute=6)
    await deps.count(other, "asking", "another token", per_minute=6)


async def test_requests_with_bad_tokens_from_one_address_are_counted_together(rt: Runtime, other: Runtime) -> None:
    async with door(rt, authorization="Bearer cc_made_up") as here, door(other, authorization="Bearer cc_made_up") as there:
        answers = [await (here, there)[nth % 2].get("/api/clients") for nth in range(121)]
        assert [each.status_code for each in answers] == [401] * 120 + [429]
        assert (await there.get("/api/clients")).status_code == 429


async def test_tries_to_sign_in_from_one_address_are_counted_together(rt: Runtime, other: Runtime) -> None:
    form = {"email": "", "password": ""}
    async with door(rt, origin="http://localhost:3000") as here, door(other, origin="http://localhost:3000") as there:
        answers = [await (here, there)[nth % 2].post("/api/session/end", data=form) for nth in range(31)]
        assert [each.status_code for each in answers] == [303] * 30 + [429]
        assert (await there.post("/api/session", data=form)).status_code == 429


async def test_failed_passwords_of_an_account_are_counted_together(rt: Runtime, other: Runtime) -> None:
    await staffing.add_user(rt, builders.ADMIN, email="ana@example.com", role=Role.AGENT, password=PASSWORD)
    for nth in range(signing_in.FREE_TRIES):
        with pytest.raises(Unauthenticated):
            await signing_in.sign_in((rt, other)[nth % 2], "ana@example.com", "a wrong password")
    for each in (rt, other):
        with pytest.raises(TooMany):
            await signing_in.sign_in(each, "ana@example.com", PASSWORD)


async def test_with_redis_away_requests_are_still_answered(rt: Runtime, redis_server: RedisServer) -> None:
    redis_server.kill()
    async with door(rt, authorization="Bearer cc_made_up") as here:
        assert (await here.get("/api/clients")).status_code == 401


async def test_what_one_commits_reaches_a_page_of_the_other(
    rt: Runtime, other: Runtime, tab: FakeTab, sign_in_as: Callable[[str], Awaitable[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = Hub(tick=0.001, every=0.001)
    monkeypatch.setattr(live, "hub", hub)  # one of its own, fed by the bus alone: here nobody polls
    feeding = asyncio.create_task(hub.feed(rt.bus.listen(), lambda _: None))
    cookie = await sign_in_as("viewer")
    await tab.run(CallsState.load, cookie=cookie, path="/calls")
    watching = asyncio.create_task(tab.run(CallsState.watch, cookie=cookie, path="/calls"))
    await until(lambda: asyncio.sleep(0, bool(hub._waiting["calls"])))
    assert (await tab.state(CallsState)).rows == []

    made = await builders.saved_call(other, await builders.saved_client(other))
    await until(lambda: asyncio.sleep(0, made.call_id in str(tab.deltas)))
    assert [row.id for row in (await tab.state(CallsState)).rows] == [made.call_id]
    watching.cancel()
    feeding.cancel()
