"""The API in this process, asked through its own front door."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from callcenter.api.app import make_api
from callcenter.domain.user import Role
from callcenter.services import staffing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN

Asker = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def door(rt: Runtime) -> AsyncIterator[Callable[..., httpx.AsyncClient]]:
    """Gives HTTP clients for the API of this test's runtime; headers and the sender's address as asked."""
    opened: list[httpx.AsyncClient] = []
    app = make_api(rt)

    def open_door(*, address: str = "203.0.113.5", base: str = "http://localhost:3000", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=app, client=(address, 50_000))
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        opened.append(httpx.AsyncClient(transport=transport, base_url=base, headers=more))
        return opened[-1]

    yield open_door
    for each in opened:
        await each.aclose()


@pytest.fixture
def as_(rt: Runtime, door: Callable[..., httpx.AsyncClient]) -> Asker:
    """Gives an HTTP client that bears a token of a role, for one client or all."""

    async def ask(role: Role = Role.ADMIN, *, client_id: str | None = None, **more: Any) -> httpx.AsyncClient:
        secret, _ = await staffing.add_token(rt, ADMIN, name=f"{role.value} token", role=role, client_id=client_id)
        return door(authorization=f"Bearer {secret}", **more)

    return ask


@pytest.fixture
async def admin(as_: Asker) -> httpx.AsyncClient:
    """An HTTP client that may do everything."""
    return await as_()
