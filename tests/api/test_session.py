"""Signing in and out with native forms: cookies, redirects, and nobody led astray."""

from collections.abc import Callable
from dataclasses import replace
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from callcenter.api.app import make_api
from callcenter.domain.user import Role
from callcenter.services import signing_in, staffing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN

Door = Callable[..., httpx.AsyncClient]
PASSWORD = "seven purple herons fly"
EMAIL = "ana@example.com"
OURS = {"origin": "http://localhost:3000"}


@pytest.fixture
async def ana(rt: Runtime) -> str:
    """Somebody who may sign in; gives their id."""
    return (await staffing.add_user(rt, ADMIN, email=EMAIL, role=Role.MANAGER, password=PASSWORD)).user_id


async def post(asker: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    return await asker.post(f"/api/session{path}", data=form, headers=OURS)


async def test_signing_in_sets_a_cookie_out_of_reach_of_scripts(rt: Runtime, door: Door, ana: str) -> None:
    asker = door()
    answer = await post(asker, "", email=EMAIL, password=PASSWORD, next="/calls?status=failed")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls?status=failed")
    cookie = SimpleCookie(answer.headers["set-cookie"])[signing_in.COOKIE]
    assert (cookie["httponly"], cookie["samesite"].lower(), cookie["path"], cookie["secure"]) == (True, "lax", "/", "")
    assert (await asker.get("/api/clients")).status_code == 200
    out = await post(asker, "/end")
    assert (out.status_code, out.headers["location"]) == (303, "/login")
    assert (await door(cookie=f"{signing_in.COOKIE}={cookie.value}").get("/api/clients")).status_code == 401


async def test_over_https_the_cookie_is_pinned_to_the_host(rt: Runtime, ana: str) -> None:
    secure = replace(rt, settings=rt.settings.model_copy(update={"public_url": "https://calls.example.com"}))
    transport = httpx.ASGITransport(app=make_api(secure))
    async with httpx.AsyncClient(transport=transport, base_url="https://calls.example.com") as asker:
        form = {"email": EMAIL, "password": PASSWORD}
        answer = await asker.post("/api/session", data=form, headers={"origin": "https://calls.example.com"})
        cookie = SimpleCookie(answer.headers["set-cookie"])[signing_in.SECURE_COOKIE]
        assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
        assert (await asker.get("/api/clients")).status_code == 200


@pytest.mark.parametrize(
    "next_", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/api/clients", "", "/\n//evil"]
)
async def test_nobody_is_led_to_another_site(rt: Runtime, door: Door, ana: str, next_: str) -> None:
    answer = await post(door(), "", email=EMAIL, password=PASSWORD, next=next_)
    assert answer.headers["location"] == "/"


async def test_a_wrong_password_leads_back_with_the_reason(rt: Runtime, door: Door, ana: str) -> None:
    answer = await post(door(), "", email=EMAIL, password="wrong", next="/calls")
    place = urlsplit(answer.headers["location"])
    said = parse_qs(place.query)
    assert (answer.status_code, place.path, said["error"], said["next"]) == (303, "/login", ["wrong"], ["/calls"])
    assert "set-cookie" not in answer.headers
    for _ in range(5):
        answer = await post(door(), "", email=EMAIL, password="wrong")
    assert parse_qs(urlsplit(answer.headers["location"]).query)["error"] == ["wait"]


async def test_other_sites_cannot_sign_anybody_in_or_out(rt: Runtime, door: Door, ana: str) -> None:
    for path in ("", "/demo", "/end", "/setup", "/link", "/password"):
        for origin in ({"origin": "https://evil.example"}, {}):
            answer = await door().post(f"/api/session{path}", data={"email": EMAIL, "password": PASSWORD}, headers=origin)
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers


async def test_the_first_person_signs_up_with_the_code_from_the_log(rt: Runtime, door: Door) -> None:
    code = await signing_in.setup_code(rt)
    assert code is not None
    form = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD, "workspace": "Calls", "timezone": "UTC"}
    weak = await post(door(), "/setup", code=code, **form | {"password": "12345678"})
    assert parse_qs(urlsplit(weak.headers["location"]).query)["field"] == ["password"]
    asker = door()
    answer = await post(asker, "/setup", code=code, **form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert (await asker.get("/api/clients")).status_code == 200
    again = await post(door(), "/setup", code=code, **form)
    assert "error=wrong" in again.headers["location"]


async def test_one_click_only_in_the_demo(rt: Runtime, door: Door) -> None:
    answer = await post(door(), "/demo")
    assert "error=wrong" in answer.headers["location"]
    demo = make_api(replace(rt, is_demo=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=demo), base_url="http://localhost:3000") as asker:
        assert (await post(asker, "/demo")).headers["location"] == "/"
        assert (await asker.get("/api/clients")).status_code == 200


async def test_an_invitation_sets_a_password_and_signs_in(rt: Runtime, door: Door) -> None:
    user = await staffing.add_user(rt, ADMIN, email=EMAIL, role=Role.AGENT)
    link = await staffing.link_for(rt, ADMIN, user.user_id)
    asker = door()
    assert (await post(asker, "/link", link=link, password=PASSWORD)).headers["location"] == "/"
    assert (await asker.get("/api/clients")).status_code == 200
    assert "error=wrong" in (await post(door(), "/link", link=link, password=PASSWORD)).headers["location"]


async def test_a_new_password_ends_the_other_sign_ins(rt: Runtime, door: Door, ana: str) -> None:
    here, there = door(), door()
    for asker in (here, there):
        await post(asker, "", email=EMAIL, password=PASSWORD)
    answer = await post(here, "/password", old=PASSWORD, new="nine yellow kettles sing")
    assert "done=password" in answer.headers["location"]
    assert [(await asker.get("/api/clients")).status_code for asker in (here, there)] == [200, 401]
