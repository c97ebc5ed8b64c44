"""The ledger over REST: what it shows, who sees it, and a person's word on a dial in doubt."""

from datetime import timedelta

import httpx

from callcenter.domain.user import Role
from callcenter.services.runtime import Runtime
from tests.api.conftest import Asker
from tests.builders import saved_client
from tests.fakes import FakeClock, FakeProvider
from tests.services.doubt import dial_of, in_doubt, look


async def test_every_dial_is_there_with_its_key_and_how_it_was_settled(
    rt: Runtime, admin: httpx.AsyncClient, provider: FakeProvider, clock: FakeClock
) -> None:
    client, call = await in_doubt(rt, provider, exists=True)
    page = (await admin.get(f"/api/calls/clients/{client.client_id}/dials")).json()
    doubtful, sure = page["items"]
    assert [doubtful["state"], sure["state"]] == ["unknown", "accepted"]
    assert (doubtful["call"], doubtful["callId"], doubtful["answer"]) == (call.call_id, None, "unknown")
    assert doubtful["holdsSlot"] is True
    assert (sure["key"], sure["callId"], sure["settledBy"]) == (provider.created[0].token, "call_00010001", "dispatcher")
    only = await admin.get(f"/api/calls/clients/{client.client_id}/dials?state=unknown")
    assert [each["id"] for each in only.json()["items"]] == [doubtful["id"]]
    for q in (doubtful["key"], call.call_id[-8:], call.to_number):
        found = (await admin.get(f"/api/calls/clients/{client.client_id}/dials", params={"q": q})).json()
        assert doubtful["id"] in [each["id"] for each in found["items"]], q
    assert (await admin.get(f"/api/calls/clients/{client.client_id}/dials?state=lost")).status_code == 422

    await look(rt, clock, minutes=1)
    detail = (await admin.get(f"/api/calls/dials/{doubtful['id']}")).json()
    assert (detail["state"], detail["settledBy"], detail["heldUntil"]) == ("accepted", "reconciling", None)
    assert [step["toState"] for step in detail["steps"]] == ["sending", "unknown", "accepted"]
    of_call = (await admin.get(f"/api/calls/calls/{call.call_id}/dials")).json()
    assert [each["id"] for each in of_call["items"]] == [doubtful["id"]]


async def test_pages_follow_each_other_without_a_gap(rt: Runtime, admin: httpx.AsyncClient, provider: FakeProvider) -> None:
    client, _call = await in_doubt(rt, provider, exists=True)
    address = f"/api/calls/clients/{client.client_id}/dials"
    first = (await admin.get(address, params={"limit": 1})).json()
    second = (await admin.get(address, params={"limit": 1, "cursor": first["nextCursor"]})).json()
    assert [each["state"] for each in first["items"] + second["items"]] == ["unknown", "accepted"]
    assert second["nextCursor"] is None


async def test_a_manager_settles_a_dial_in_doubt(rt: Runtime, as_: Asker, provider: FakeProvider, clock: FakeClock) -> None:
    _client, call = await in_doubt(rt, provider, exists=False, with_control=False)
    dial = await dial_of(rt, call)
    address = f"/api/calls/dials/{dial.dial_id}/decision"
    manager = await as_(Role.MANAGER)
    assert (await (await as_(Role.AGENT)).post(address, json={"decision": "left"})).status_code == 403
    body = {"decision": "not_placed", "reason": "not in the dashboard"}
    early = await manager.post(address, json=body)
    assert (early.status_code, "held until" in early.json()["detail"]) == (409, True)
    clock.turn(timedelta(hours=25))
    settled = await manager.post(address, json=body)
    assert (settled.status_code, settled.json()["state"]) == (200, "void")
    assert settled.json()["settledWhy"] == "not in the dashboard"
    assert (await manager.post(address, json={"decision": "perhaps"})).status_code == 422


async def test_nobody_sees_dials_of_another_client(rt: Runtime, as_: Asker, provider: FakeProvider) -> None:
    client, call = await in_doubt(rt, provider, exists=True)
    other = await saved_client(rt)
    stranger = await as_(Role.MANAGER, client_id=other.client_id)
    dial = await dial_of(rt, call)
    for path in (f"clients/{client.client_id}/dials", f"calls/{call.call_id}/dials", f"dials/{dial.dial_id}"):
        assert (await stranger.get(f"/api/calls/{path}")).status_code == 404, path
    answer = await stranger.post(f"/api/calls/dials/{dial.dial_id}/decision", json={"decision": "left"})
    assert answer.status_code == 404
