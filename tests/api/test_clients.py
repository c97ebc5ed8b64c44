"""Clients over REST: shapes, who may, and the same request twice."""

from typing import Any

import httpx
import pytest

from callcenter.adapters.retell.provider import Retell
from callcenter.domain.user import Role
from callcenter.services.runtime import Runtime
from tests.api.conftest import Asker
from tests.builders import saved_client
from tests.fakes import KEY, OTHER_KEY
from tests.served import served

GIVEN: dict[str, Any] = {
    "name": "Bright Dental",
    "timezone": "America/New_York",
    "maxConcurrent": 7,
    "retell": {"apiKey": OTHER_KEY, "agentId": "agent_recall", "fromNumber": "+1 415-555-0100", "isActive": True},
    "callingHours": {"days": ["mon", "tue"], "start": "09:00", "end": "17:30"},
    "dailyBudget": 12.5,
    "variables": {"clinic": "Bright", "size": 3, "open": True},
}


async def test_a_client_is_added_and_shown_without_its_key(admin: httpx.AsyncClient) -> None:
    answer = await admin.post("/api/clients", json=GIVEN)
    assert answer.status_code == 201
    shown = answer.json()
    assert OTHER_KEY not in answer.text
    assert shown["retell"] == {
        "apiKey": f"••••{OTHER_KEY[-4:]}", "agentId": "agent_recall", "fromNumber": "+14155550100", "isActive": True,
        "isSimulated": False,
    }  # fmt: skip
    assert shown["callingHours"] == [{"days": ["mon", "tue"], "start": "09:00", "end": "17:30"}]
    assert (shown["maxConcurrent"], shown["dailyBudget"]) == (7, 12.5)
    assert shown["variables"] == {"clinic": "Bright", "size": "3", "open": "true"}
    assert shown["createdAt"] == "2026-11-23T16:00:00Z"
    assert (await admin.get(f"/api/clients/{shown['id']}")).json() == shown


async def test_what_was_shown_may_be_sent_back(admin: httpx.AsyncClient) -> None:
    shown = (await admin.post("/api/clients", json=GIVEN)).json()
    changed = await admin.patch(f"/api/clients/{shown['id']}", json={"retell": {**shown["retell"], "agentId": "agent_b"}})
    assert changed.status_code == 200
    assert changed.json()["retell"] == {**shown["retell"], "agentId": "agent_b"}


async def test_a_change_leaves_the_rest_alone(admin: httpx.AsyncClient) -> None:
    shown = (await admin.post("/api/clients", json=GIVEN)).json()
    changed = (await admin.patch(f"/api/clients/{shown['id']}", json={"dailyBudget": None, "rev": shown["rev"]})).json()
    assert changed["dailyBudget"] is None
    assert not changed["callsBack"]
    assert (await admin.patch(f"/api/clients/{shown['id']}", json={"callsBack": True})).json()["callsBack"]
    for name in set(shown) - {"dailyBudget", "rev", "updatedAt"}:
        assert changed[name] == shown[name]
    stale = await admin.patch(f"/api/clients/{shown['id']}", json={"maxConcurrent": 9, "rev": shown["rev"]})
    assert stale.status_code == 409


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"maxConcurrent": 0}, "maxConcurrent"),
        ({"maxConcurrent": "7"}, "maxConcurrent"),
        ({"callingHours": {"days": ["someday"], "start": "09:00", "end": "17:00"}}, "callingHours.days"),
        ({"callingHours": {"days": ["mon"], "start": "05:00", "end": "23:00"}}, "callingHours.reason"),
        ({"retell": {"fromNumber": "12"}}, "retell.fromNumber"),
        ({"retell": {"apikey": "x"}}, "retell.apikey"),
        ({"dailyBudgt": 5}, "dailyBudgt"),
        ({"variables": {"current_time": "x"}}, "variables.current_time"),
        ({"name": "a\x00b"}, "body"),
    ],
)
async def test_a_bad_body_is_a_problem_that_names_the_field(admin: httpx.AsyncClient, wrong: dict[str, Any], field: str) -> None:
    answer = await admin.post("/api/clients", json={**GIVEN, **wrong})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == 422
    assert problem["type"].endswith(":invalid")
    assert [each["field"] for each in problem["errors"]] == [field]


async def test_hours_beyond_the_rules_pass_with_a_reason(admin: httpx.AsyncClient) -> None:
    hours = {"days": ["mon"], "start": "05:00", "end": "23:00", "reason": "They run a bakery and asked for it"}
    assert (await admin.post("/api/clients", json={**GIVEN, "callingHours": hours})).status_code == 201


async def test_the_same_request_twice_makes_one_client(admin: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "first"}
    one = await admin.post("/api/clients", json=GIVEN, headers=key)
    two = await admin.post("/api/clients", json=GIVEN, headers=key)
    assert (one.status_code, one.text) == (two.status_code, two.text)
    other = await admin.post("/api/clients", json={**GIVEN, "name": "Other"}, headers=key)
    assert other.status_code == 409
    assert (await admin.get("/api/clients")).json()["total"] == 1


async def test_lists_are_pages(admin: httpx.AsyncClient, rt: Runtime) -> None:
    for name in ("A", "B", "C"):
        await saved_client(rt, name=name)
    first = (await admin.get("/api/clients", params={"limit": 2})).json()
    assert ([each["name"] for each in first["items"]], first["total"]) == (["A", "B"], 3)
    rest = (await admin.get("/api/clients", params={"limit": 2, "cursor": first["nextCursor"]})).json()
    assert ([each["name"] for each in rest["items"]], rest["nextCursor"]) == (["C"], None)
    assert (await admin.get("/api/clients", params={"limit": 0})).status_code == 422
    assert (await admin.get("/api/clients", params={"limit": 201})).status_code == 422
    assert (await admin.get("/api/clients", params={"cursor": "made-up"})).status_code == 422


async def test_who_may_do_what(rt: Runtime, as_: Asker) -> None:
    mine, other = await saved_client(rt), await saved_client(rt)
    for role, may_change_cap, may_add in (
        (Role.VIEWER, False, False), (Role.AGENT, False, False), (Role.MANAGER, True, False), (Role.ADMIN, True, True)
    ):  # fmt: skip
        asker = await as_(role)
        assert (await asker.get(f"/api/clients/{mine.client_id}")).status_code == 200
        cap = await asker.patch(f"/api/clients/{mine.client_id}", json={"maxConcurrent": 6})
        assert cap.status_code == (200 if may_change_cap else 403)
        name = await asker.patch(f"/api/clients/{mine.client_id}", json={"name": f"Renamed by {role}"})
        assert name.status_code == (200 if may_add else 403)
        added = await asker.post("/api/clients", json={**GIVEN, "name": f"Made by {role}"})
        assert added.status_code == (201 if may_add else 403)
    bound = await as_(Role.ADMIN, client_id=mine.client_id)
    assert [each["id"] for each in (await bound.get("/api/clients")).json()["items"]] == [mine.client_id]
    assert (await bound.get(f"/api/clients/{other.client_id}")).status_code == 404
    assert (await bound.patch(f"/api/clients/{other.client_id}", json={"name": "x"})).status_code == 404


async def test_a_test_event_says_how_far_it_came(rt: Runtime, admin: httpx.AsyncClient, as_: Asker) -> None:
    client = await saved_client(rt)
    at = f"/api/clients/{client.client_id}/webhook-test"
    rt.settings = rt.settings.model_copy(update={"public_url": None})
    unset = (await admin.post(at)).json()
    assert (unset["ok"], [step["name"] for step in unset["steps"]], unset["eventId"]) == (False, ["Address"], None)
    rt.providers = Retell(base_url="http://127.0.0.1:9", simulator_url=None, clock=rt.clock)
    async with served(rt):
        told = await admin.post(at)
    await rt.providers.close()
    assert told.status_code == 200, told.text
    assert (told.json()["ok"], [step["name"] for step in told.json()["steps"]]) == (
        True, ["Connection", "Answer", "Signature", "Events"],
    )  # fmt: skip
    assert told.json()["eventId"]
    assert KEY not in told.text
    assert (await (await as_(Role.AGENT)).post(at)).status_code == 403
