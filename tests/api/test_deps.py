"""Who is asking: tokens, cookies, other sites, proxies, and how often."""

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest

from callcenter.api import deps
from callcenter.domain.errors import TooMany
from callcenter.domain.user import Role
from callcenter.services import signing_in, staffing
from callcenter.services.runtime import Runtime
from tests.api.conftest import Asker
from tests.builders import ADMIN

Door = Callable[..., httpx.AsyncClient]
PASSWORD = "seven purple herons fly"


async def signed_in(rt: Runtime) -> str:
    await staffing.add_user(rt, ADMIN, email="ana@example.com", role=Role.ADMIN, password=PASSWORD)
    return f"{signing_in.COOKIE}={await signing_in.sign_in(rt, 'ana@example.com', PASSWORD)}"


@pytest.mark.parametrize("header", ["Bearer cc_made_up", "Bearer", "Basic YTpi", "", "cc_made_up", "Bearer \x80"])
async def test_no_valid_token_is_401(door: Door, header: str) -> None:
    answer = await door().get("/api/clients", headers={"authorization": header.encode("latin-1")})  # type: ignore[dict-item]
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_wrong_token_is_refused_even_with_a_good_cookie(rt: Runtime, door: Door) -> None:
    asker = door(cookie=await signed_in(rt), authorization="Bearer cc_made_up")
    assert (await asker.get("/api/clients")).status_code == 401


async def test_a_cookie_reads_from_anywhere_and_changes_only_from_our_own_pages(rt: Runtime, door: Door) -> None:
    cookie = await signed_in(rt)
    wish = {"name": "A", "timezone": "UTC"}
    assert (await door(cookie=cookie).get("/api/clients")).status_code == 200
    for origin in ("https://evil.example", "null", "http://localhost:3000.evil.example", "http://localhost:4000"):
        answer = await door(cookie=cookie, origin=origin).post("/api/clients", json=wish)
        assert answer.status_code == 403, origin
    assert (await door(cookie=cookie).post("/api/clients", json=wish)).status_code == 403
    assert (await door(cookie=cookie, origin="http://localhost:3000").post("/api/clients", json=wish)).status_code == 201


async def test_a_token_needs_no_origin(as_: Asker) -> None:
    asker = await as_(origin="https://evil.example")
    assert (await asker.post("/api/clients", json={"name": "A", "timezone": "UTC"})).status_code == 201


async def test_asking_too_often_is_429_with_a_wait(rt: Runtime, door: Door) -> None:
    asker = door(address="203.0.113.77")
    answers = [await asker.get("/api/clients") for _ in range(125)]
    assert {each.status_code for each in answers[:100]} == {401}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0
    assert (await door(address="203.0.113.78").get("/api/clients")).status_code == 401


async def test_counting_is_per_subject(rt: Runtime) -> None:
    for _ in range(2):
        await deps.count(rt, "x", "ana", per_minute=2)
    with pytest.raises(TooMany):
        await deps.count(rt, "x", "ana", per_minute=2)
    await deps.count(rt, "x", "bob", per_minute=2)
    await deps.count(rt, "y", "ana", per_minute=2)


class Seen:
    """Just enough of a request for the functions that look at where it came from."""

    def __init__(self, peer: str, scheme: str = "http", **headers: str) -> None:
        self.client = type("Peer", (), {"host": peer})()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.url = type("Url", (), {"scheme": scheme})()


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.5", "198.51.100.1", "203.0.113.5"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_forwarded_addresses_are_believed_as_far_as_trusted_proxies_wrote_them(
    rt: Runtime, peer: str, forwarded: str, found: str
) -> None:
    behind = replace(rt, settings=rt.settings.model_copy(update={"trusted_proxies": ("10.0.0.0/8",)}))
    assert deps.address_of(Seen(peer, x_forwarded_for=forwarded), behind) == found  # type: ignore[arg-type]


def test_https_is_believed_of_trusted_proxies_only(rt: Runtime) -> None:
    behind = replace(rt, settings=rt.settings.model_copy(update={"trusted_proxies": ("10.0.0.1/32",)}))
    assert deps.is_https(Seen("10.0.0.1", x_forwarded_proto="https"), behind)  # type: ignore[arg-type]
    assert not deps.is_https(Seen("203.0.113.5", x_forwarded_proto="https"), behind)  # type: ignore[arg-type]
    assert deps.is_https(Seen("203.0.113.5", scheme="https"), behind)  # type: ignore[arg-type]
