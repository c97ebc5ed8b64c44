"""Leads over REST: shapes, filters, conflicts, import."""

from typing import Any

import httpx
import pytest

from callcenter.domain.user import Role
from callcenter.services.runtime import Runtime
from tests.api.conftest import Asker
from tests.builders import saved_client, saved_lead

GIVEN: dict[str, Any] = {
    "name": "Lee Reyes", "phone": "(212) 555-0123", "email": "lee@example.com", "timezone": "America/New_York",
    "tags": ["vip", "recall"], "externalId": "crm-7", "variables": {"last_visit": "2026-05-01", "age": 41},
}  # fmt: skip


async def test_a_lead_is_added_and_shown(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    answer = await admin.post(f"/api/clients/{client.client_id}/leads", json=GIVEN)
    assert answer.status_code == 201
    shown = answer.json()
    assert shown["phone"] == "+12125550123"
    assert (shown["externalId"], shown["doNotCall"], shown["lastOutcome"]) == ("crm-7", False, None)
    assert sorted(shown["tags"]) == ["recall", "vip"]
    assert shown["variables"] == {"last_visit": "2026-05-01", "age": "41"}
    assert (await admin.get(f"/api/leads/{shown['id']}")).json() == shown


async def test_a_second_lead_with_the_same_id_or_phone_is_409(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path = f"/api/clients/{(await saved_client(rt)).client_id}/leads"
    plain = {"name": "A", "phone": "+12125550123"}
    assert [(await admin.post(path, json=body)).status_code for body in (GIVEN, GIVEN, plain, plain)] == [201, 409, 409, 409]
    other = f"/api/clients/{(await saved_client(rt)).client_id}/leads"
    assert (await admin.post(other, json=GIVEN)).status_code == 201


async def test_the_same_request_twice_makes_one_lead(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path = f"/api/clients/{(await saved_client(rt)).client_id}/leads"
    answers = [await admin.post(path, json=GIVEN, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].text == answers[1].text
    assert [each.status_code for each in answers] == [201, 201]


async def test_a_lead_is_changed_and_deleted(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path = f"/api/clients/{(await saved_client(rt)).client_id}/leads"
    shown = (await admin.post(path, json=GIVEN)).json()
    at = f"/api/leads/{shown['id']}"
    changed = await admin.patch(at, json={"tags": [], "email": None, "doNotCall": True, "variables": {"a": True}})
    assert changed.status_code == 200
    now = changed.json()
    assert (now["tags"], now["email"], now["doNotCall"], now["variables"]) == ([], None, True, {"a": "true"})
    assert now["name"] == shown["name"]
    assert (await admin.patch(at, json={"name": "B", "rev": shown["rev"] + 100})).status_code == 409
    gone = await admin.delete(at)
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await admin.get(at)).status_code == 404
    assert (await admin.delete(at)).status_code == 404


async def test_filters_narrow_the_list(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    path = f"/api/clients/{client.client_id}/leads"
    await saved_lead(rt, await saved_client(rt))
    for nth, (name, tags) in enumerate((("Ann", ["a"]), ("Bea", ["b"]), ("Cleo", ["a", "b"]))):
        body = {"name": name, "phone": f"+1212555010{nth}", "tags": tags, "externalId": f"x{nth}"}
        assert (await admin.post(path, json=body | {"doNotCall": nth == 2})).status_code == 201

    async def found(**params: Any) -> list[str]:
        answer = await admin.get(path, params={"sort": "name", **params})
        assert answer.status_code == 200, answer.text
        return [each["externalId"] for each in answer.json()["items"]]

    assert await found() == ["x0", "x1", "x2"]
    assert await found(tag="a") == ["x0", "x2"]
    assert await found(externalId="x1") == ["x1"]
    assert await found(phone="+1 212 555 0101") == ["x1"]
    assert await found(q="CLEO") == ["x2"]
    assert await found(doNotCall="true") == ["x2"]
    assert await found(doNotCall="FALSE") == ["x0", "x1"]
    assert (await admin.get(path, params={"lastOutcome": "nonsense"})).status_code == 422
    assert (await admin.get(path, params={"doNotCall": "maybe"})).status_code == 422
    first = (await admin.get(path, params={"limit": 2, "sort": "name"})).json()
    rest = (await admin.get(path, params={"limit": 2, "sort": "name", "cursor": first["nextCursor"]})).json()
    assert [each["externalId"] for each in first["items"] + rest["items"]] == ["x0", "x1", "x2"]
    assert (first["total"], rest["nextCursor"]) == (3, None)


CSV = b"Name,PHONE,tags,external_id,Last visit\nLee,+12125550123,a;b,e1,May\nNo Number,,,,\nMax,+12125550124,,e2,June\n"


@pytest.mark.parametrize("as_form", [False, True])
async def test_a_list_is_imported_with_a_report_of_every_row(rt: Runtime, admin: httpx.AsyncClient, as_form: bool) -> None:
    path = f"/api/clients/{(await saved_client(rt)).client_id}/leads"
    if as_form:
        answer = await admin.post(f"{path}/import", files={"file": ("leads.csv", CSV, "text/csv")})
    else:
        answer = await admin.post(f"{path}/import", content=CSV, headers={"content-type": "text/csv"})
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["imported"], report["updated"], len(report["refused"])) == (2, 0, 1)
    assert report["refused"][0]["line"] == 3
    assert set(report["refused"][0]) == {"line", "field", "value", "reason"}
    lead = (await admin.get(path, params={"externalId": "e1"})).json()["items"][0]
    assert (lead["tags"], lead["variables"]) == (["a", "b"], {"Last visit": "May"})
    again = await admin.post(f"{path}/import", content=CSV, headers={"content-type": "text/csv"})
    assert (again.json()["imported"], again.json()["updated"]) == (0, 2)


async def test_an_import_under_a_key_is_done_once_and_a_broken_one_may_be_repeated(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path = f"/api/clients/{(await saved_client(rt)).client_id}/leads/import"
    headers = {"content-type": "text/csv", "Idempotency-Key": "k"}
    assert (await admin.post(path, content=b"", headers=headers)).status_code == 422
    first = await admin.post(path, content=CSV, headers=headers)
    assert first.json()["imported"] == 2
    assert (await admin.post(path, content=CSV, headers=headers)).json() == first.json()


async def test_who_may_do_what(rt: Runtime, as_: Asker) -> None:
    client, other = await saved_client(rt), await saved_client(rt)
    lead, hidden = await saved_lead(rt, client), await saved_lead(rt, other)
    path = f"/api/clients/{client.client_id}/leads"
    viewer, agent = await as_(Role.VIEWER), await as_(Role.AGENT, client_id=client.client_id)
    assert (await viewer.get(path)).status_code == 200
    assert (await viewer.post(path, json=GIVEN)).status_code == 403
    assert (await viewer.patch(f"/api/leads/{lead.lead_id}", json={"name": "x"})).status_code == 403
    assert (await viewer.delete(f"/api/leads/{lead.lead_id}")).status_code == 403
    assert (await agent.post(path, json=GIVEN)).status_code == 201
    assert (await agent.get(f"/api/clients/{other.client_id}/leads")).status_code == 404
    assert (await agent.post(f"/api/clients/{other.client_id}/leads", json=GIVEN)).status_code == 404
    for method in ("GET", "DELETE"):
        assert (await agent.request(method, f"/api/leads/{hidden.lead_id}")).status_code == 404
    assert (await agent.patch(f"/api/leads/{hidden.lead_id}", json={"name": "x"})).status_code == 404
