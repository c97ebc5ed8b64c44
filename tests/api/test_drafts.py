"""Lists uploaded by a browser: kept for the one who sent them, refused with a way back, never from another site."""

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from callcenter.domain.user import Role
from callcenter.services import drafting, signing_in, staffing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN, saved_client

Door = Callable[..., httpx.AsyncClient]
OURS = {"origin": "http://localhost:3000"}
PASSWORD = "seven purple herons fly"
LIST = b"name,phone\nLee Reyes,(212) 555-0123\n"


@pytest.fixture
async def ana(rt: Runtime, door: Door) -> httpx.AsyncClient:
    """A browser in which somebody who may import is signed in."""
    await staffing.add_user(rt, ADMIN, email="ana@example.com", role=Role.AGENT, password=PASSWORD)
    return door(cookie=f"{signing_in.COOKIE}={await signing_in.sign_in(rt, 'ana@example.com', PASSWORD)}")


async def send(asker: httpx.AsyncClient, data: bytes, headers: dict[str, str] = OURS, **fields: str) -> httpx.Response:
    return await asker.post("/api/drafts/files", data=fields, files={"file": ("list.csv", data)}, headers=headers)


async def test_an_upload_goes_on_to_its_columns(rt: Runtime, ana: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    answer = await send(ana, LIST, kind="import", client=client.client_id)
    place = urlsplit(answer.headers["location"])
    asked = parse_qs(place.query)
    assert (answer.status_code, place.path, asked["client"]) == (303, "/leads/import", [client.client_id])
    actor = await signing_in.actor_of(rt, signing_in.cookie_from(ana.headers["cookie"]))
    assert actor is not None
    assert await drafting.file_of(rt, actor, asked["draft"][0]) == LIST


async def test_for_a_batch_it_goes_on_in_the_wizard(rt: Runtime, ana: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    actor = await signing_in.actor_of(rt, signing_in.cookie_from(ana.headers["cookie"]))
    assert actor is not None
    batch = await drafting.begin(rt, actor, "batch", client_id=client.client_id)
    answer = await send(ana, LIST, kind="batch", client=client.client_id, draft=batch.draft_id)
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    assert (asked["step"], asked["draft"]) == (["3"], [batch.draft_id])
    assert await drafting.file_of(rt, actor, asked["file"][0]) == LIST


async def test_what_is_wrong_leads_back_with_the_reason(rt: Runtime, ana: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    empty = await send(ana, b" \n", kind="import", client=client.client_id)
    assert parse_qs(urlsplit(empty.headers["location"]).query)["message"] == ["The file is empty."]
    lost = await send(ana, LIST, kind="batch", client=client.client_id, draft="gone")
    assert parse_qs(urlsplit(lost.headers["location"]).query)["step"] == ["2"]


async def test_strangers_and_other_sites_are_refused(rt: Runtime, door: Door, ana: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    assert (await send(door(), LIST, kind="import", client=client.client_id)).status_code == 401
    foreign = await send(ana, LIST, {"origin": "https://evil.example"}, kind="import", client=client.client_id)
    assert foreign.status_code == 403


async def test_refused_rows_come_as_csv_to_their_owner_only(rt: Runtime, door: Door, ana: httpx.AsyncClient) -> None:
    actor = await signing_in.actor_of(rt, signing_in.cookie_from(ana.headers["cookie"]))
    assert actor is not None
    report = {"refused": [[3, "phone", "=1+1", "It is too short."]]}
    draft = await drafting.begin(rt, actor, "import", data={"report": report})
    answer = await ana.get(f"/api/drafts/{draft.draft_id}/refused.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="refused-rows.csv"'
    assert answer.content.decode("utf-8-sig").splitlines() == ["line,field,value,reason", "3,phone,'=1+1,It is too short."]
    await staffing.add_user(rt, ADMIN, email="max@example.com", role=Role.ADMIN, password=PASSWORD)
    other = door(cookie=f"{signing_in.COOKIE}={await signing_in.sign_in(rt, 'max@example.com', PASSWORD)}")
    assert (await other.get(f"/api/drafts/{draft.draft_id}/refused.csv")).status_code == 404
