"""Calls over REST: shapes, filters, cancelling, explaining, sums."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from callcenter.domain.call import CallStatus, Derived, Outcome, Phase, Told
from callcenter.domain.user import Role
from callcenter.services.runtime import Runtime
from tests.api.conftest import Asker
from tests.builders import saved_batch, saved_call, saved_client, saved_lead
from tests.fakes import START

FIELDS = [
    "id", "callId", "clientId", "leadId", "batchId", "fromNumber", "toNumber", "status", "outcome", "duration",
    "transcript", "recordingUrl", "sentiment", "intent", "keywords", "notes", "qualityScore", "appointmentDate",
    "followUpDate", "followUpNotes", "priority", "attemptNumber", "maxAttempts", "cost", "disconnectionReason",
    "variables", "scheduledAt", "startedAt", "endedAt", "createdAt", "updatedAt", "dialledAt", "checking",
    "cancelRequestedAt", "pausedAt", "pausedBy", "summary", "qualityReason", "tags", "direction", "origin",
]  # fmt: skip


def finished(outcome: Outcome | None, *, after: int = 0, cost: int = 120_000) -> dict[str, Any]:
    """Gives the folded and derived fields of a call that was dialled `after` minutes after the start."""
    at = START + timedelta(minutes=after)
    told = Told(
        phase=Phase.ANALYSED,
        started_seen=True, provider_call_id=f"call_{after}", started_at=at, ended_at=at + timedelta(seconds=90),
        duration_ms=90_700, transcript="Agent: Hello", recording_url="https://example.test/r.wav", cost=cost,
        disconnection_reason="user_hangup",
    )  # fmt: skip
    derived = Derived(
        status=CallStatus.COMPLETED, outcome=outcome, sentiment=0.7, dialled_at=at, occurred_at=at, is_reached=True,
        ended_class="talked",
    )  # fmt: skip
    return {"told": told, "derived": derived}


async def test_a_call_is_scheduled_with_every_field_of_the_promise(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt, variables={"clinic": "Bright"})
    lead = await saved_lead(rt, client, name="Lee", variables={"age": "41"})
    body = {"leadId": lead.lead_id, "priority": "HIGH", "variables": {"age": 42, "offer": True}, "maxAttempts": 3}
    answer = await admin.post(f"/api/calls/clients/{client.client_id}/calls", json=body)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert sorted(shown) == sorted(FIELDS)
    assert (shown["status"], shown["priority"], shown["outcome"], shown["callId"]) == ("scheduled", "high", None, None)
    assert (shown["toNumber"], shown["leadId"], shown["maxAttempts"]) == (lead.number, lead.lead_id, 3)
    assert shown["variables"] == {"clinic": "Bright", "name": "Lee", "age": "42", "offer": "true"}
    assert shown["scheduledAt"] == "2026-11-23T16:00:00Z"
    assert (await admin.get(f"/api/calls/calls/{shown['id']}")).json() == shown


async def test_a_number_without_a_lead_may_be_called(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    answer = await admin.post(f"/api/calls/clients/{client.client_id}/calls", json={"toNumber": "(212) 555-0123"})
    assert (answer.status_code, answer.json()["toNumber"]) == (201, "+12125550123")


async def test_a_time_without_a_zone_is_the_clients(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt)  # New York
    path = f"/api/calls/clients/{client.client_id}/calls"
    for written, meant in (
        ("2026-11-24T09:00", "2026-11-24T14:00:00Z"), ("2026-11-24", "2026-11-24T05:00:00Z"),
        ("2026-11-24T09:00:00+01:00", "2026-11-24T08:00:00Z"), ("2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
    ):  # fmt: skip
        lead = await saved_lead(rt, client)
        answer = await admin.post(path, json={"leadId": lead.lead_id, "scheduledAt": written})
        assert answer.json()["scheduledAt"] == meant


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"priority": "highest"}, "priority"), ({"scheduledAt": "tomorrow"}, "scheduledAt"), ({"maxAttempts": 11}, "maxAttempts"),
        ({"maxAttempts": 0}, "maxAttempts"), ({"toNumber": "12"}, "phone"), ({"retry": {"on": ["never"]}}, "retry.on"),
        ({"window": {"days": ["mon"], "start": "9", "end": "10:00"}}, "window.start"),
        ({"variables": {"call_id": "x"}}, "variables.call_id"),
        ({"window": {"days": ["mon"], "start": "01:00", "end": "23:00"}}, "window.reason"), ({"leadID": "x"}, "leadID"),
    ],
)  # fmt: skip
async def test_a_wish_that_makes_no_sense_names_the_field(
    rt: Runtime, admin: httpx.AsyncClient, wrong: dict[str, Any], field: str
) -> None:
    client = await saved_client(rt)
    answer = await admin.post(f"/api/calls/clients/{client.client_id}/calls", json={"toNumber": "+12125550123", **wrong})
    assert answer.status_code == 422, answer.text
    assert field.replace("phone", "") in [each["field"].replace("phone", "") for each in answer.json()["errors"]]


async def test_the_same_request_twice_schedules_once(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path = f"/api/calls/clients/{(await saved_client(rt)).client_id}/calls"
    body = {"toNumber": "+12125550123"}
    answers = [await admin.post(path, json=body, headers={"Idempotency-Key": "k"}) for _ in range(3)]
    assert len({each.text for each in answers}) == 1
    assert (await admin.get(path)).json()["total"] == 1


async def test_a_finished_call_on_the_wire(rt: Runtime, admin: httpx.AsyncClient, as_: Asker) -> None:
    client = await saved_client(rt)
    call = await saved_call(rt, client, await saved_lead(rt, client), **finished(Outcome.SALE_MADE))
    shown = (await admin.get(f"/api/calls/calls/{call.call_id}")).json()
    assert (shown["status"], shown["outcome"], shown["duration"], shown["cost"]) == ("completed", "sale_made", 90, 0.12)
    assert (shown["callId"], shown["sentiment"], shown["recordingUrl"]) == ("call_0", 0.7, "https://example.test/r.wav")
    assert (shown["startedAt"], shown["endedAt"]) == ("2026-11-23T16:00:00Z", "2026-11-23T16:01:30Z")
    assert shown["dialledAt"] == "2026-11-23T16:00:00Z"
    assert shown["transcript"] == "Agent: Hello"
    viewer = await as_(Role.VIEWER)
    assert (await viewer.get(f"/api/calls/calls/{call.call_id}")).json()["recordingUrl"] is None


async def test_filters_and_sorts_of_the_list(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    batch = await saved_batch(rt, client)
    lead = await saved_lead(rt, client)
    path = f"/api/calls/clients/{client.client_id}/calls"
    sale = await saved_call(rt, client, lead, batch, **finished(Outcome.SALE_MADE, after=1, cost=500_000))
    unknown = await saved_call(rt, client, **finished(None, after=2))
    waiting = await saved_call(rt, client, scheduled_at=START + timedelta(hours=3))
    await saved_call(rt, await saved_client(rt), **finished(Outcome.SALE_MADE, after=3))

    async def found(**params: Any) -> list[str]:
        answer = await admin.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return [each["id"] for each in answer.json()["items"]]

    assert await found() == [waiting.call_id, unknown.call_id, sale.call_id]
    assert await found(status="COMPLETED") == [unknown.call_id, sale.call_id]
    assert await found(status=["completed", "scheduled"], outcome="sale_made") == [sale.call_id]
    assert await found(batchId=batch.batch_id) == [sale.call_id]
    assert await found(leadId=lead.lead_id) == [sale.call_id]
    assert await found(sort="cost", status="completed") == [unknown.call_id, sale.call_id]
    assert await found(**{"from": "2026-11-23T16:02:00Z", "to": "2026-11-23T18:00:00Z"}) == [unknown.call_id]
    assert await found(**{"from": "2026-11-23T16:02:00Z"}) == [waiting.call_id, unknown.call_id]
    for wrong in ({"status": "lost"}, {"sort": "name"}, {"from": "yesterday"}, {"priority": "9"}, {"sentiment": "blue"}):
        answer = await admin.get(path, params=wrong)
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == list(wrong)
    first = (await admin.get(path, params={"limit": 2})).json()
    rest = (await admin.get(path, params={"limit": 2, "cursor": first["nextCursor"]})).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == await found()
    assert first["total"] == 3


async def test_cancelling(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    waiting = await saved_call(rt, client)
    over = await saved_call(rt, client, **finished(Outcome.SALE_MADE))
    answer = await admin.delete(f"/api/calls/calls/{waiting.call_id}")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert (await admin.delete(f"/api/calls/calls/{over.call_id}")).status_code == 409
    assert (await admin.delete("/api/calls/calls/nothing")).status_code == 404


async def test_an_explanation_has_every_rule_and_the_first_that_blocks(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt, paused_at=START, paused_why="Holiday")
    call = await saved_call(rt, client, await saved_lead(rt, client, timezone="America/New_York"))
    answer = await admin.get(f"/api/calls/calls/{call.call_id}/explanation")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert [each["rule"] for each in shown["rules"]] == [
        "may_be_called", "hours", "client_on", "batch_running", "client_cap", "batch_cap", "account_cap", "pace", "budget", "due",
    ]  # fmt: skip
    assert shown["blockedBy"] == "client_on"
    blocking = next(each for each in shown["rules"] if not each["ok"])
    assert "Holiday" in blocking["reason"]
    assert set(blocking) == {"rule", "ok", "reason", "opensAt"}


async def test_sums_and_rates(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    path = f"/api/calls/clients/{client.client_id}/call-stats"
    empty = (await admin.get(path)).json()
    assert (empty["total"], empty["connectRate"], empty["averageDuration"]) == (0, None, None)
    await saved_call(rt, client, **finished(Outcome.SALE_MADE, after=1, cost=500_000))
    await saved_call(rt, client, **finished(None, after=2))
    await saved_call(rt, client)
    shown = (await admin.get(path)).json()
    assert (shown["total"], shown["dialled"], shown["reached"], shown["successful"]) == (3, 2, 2, 1)
    assert (shown["connectRate"], shown["successRate"], shown["cost"]) == (1.0, 0.5, 0.62)
    assert shown["byStatus"] == {"completed": 2, "scheduled": 1}
    assert shown["byOutcome"] == {"sale_made": 1, "unknown": 2}
    assert [each["date"] for each in shown["perDay"]] == ["2026-11-23"]
    assert set(shown["perDay"][0]) == set(shown) - {"perDay"} | {"date"}
    tokyo = (await admin.get(path, params={"tz": "Asia/Tokyo"})).json()
    assert [each["date"] for each in tokyo["perDay"]] == ["2026-11-24"]
    assert (await admin.get(path, params={"tz": "Mars/Base"})).status_code == 422
    assert (await admin.get(path, params={"from": "2026-11-23", "to": "2026-11-22"})).status_code == 422


async def test_an_export_is_a_stream_of_the_filtered_calls(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await saved_client(rt)
    await saved_call(rt, client, await saved_lead(rt, client, name="=Lee"), **finished(Outcome.SALE_MADE))
    await saved_call(rt, client)
    path = f"/api/calls/clients/{client.client_id}/calls/export"
    answer = await admin.get(path, params={"format": "csv", "status": "completed"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.strip().splitlines()
    assert len(lines) == 2
    assert "'=Lee" in lines[1]
    assert (await admin.get(path, params={"format": "xml"})).status_code == 422


async def test_who_may_do_what(rt: Runtime, as_: Asker) -> None:
    client, other = await saved_client(rt), await saved_client(rt)
    call, hidden = await saved_call(rt, client), await saved_call(rt, other)
    outside = await saved_call(rt, None)
    path = f"/api/calls/clients/{client.client_id}"
    viewer, agent = await as_(Role.VIEWER), await as_(Role.AGENT, client_id=client.client_id)
    assert (await viewer.get(f"/api/calls/calls/{call.call_id}")).status_code == 200
    assert (await viewer.post(f"{path}/calls", json={"toNumber": "+12125550123"})).status_code == 403
    assert (await viewer.delete(f"/api/calls/calls/{call.call_id}")).status_code == 403
    assert (await agent.post(f"{path}/calls", json={"toNumber": "+12125550123"})).status_code == 201
    for tail in ("", "/explanation", "/recording"):
        assert (await agent.get(f"/api/calls/calls/{hidden.call_id}{tail}")).status_code == 404
        assert (await agent.get(f"/api/calls/calls/{outside.call_id}{tail}")).status_code == 404
    assert (await agent.delete(f"/api/calls/calls/{hidden.call_id}")).status_code == 404
    for tail in ("calls", "call-stats", "calls/export"):
        assert (await agent.get(f"/api/calls/clients/{other.client_id}/{tail}")).status_code == 404
    assert (await agent.post(f"/api/calls/clients/{other.client_id}/calls", json={"toNumber": "+12125550123"})).status_code == 404


async def test_a_call_is_paused_and_resumed(rt: Runtime, admin: httpx.AsyncClient) -> None:
    call = await saved_call(rt, await saved_client(rt))
    at = f"/api/calls/calls/{call.call_id}"
    paused = await admin.post(f"{at}/pause")
    assert (paused.status_code, paused.json()["status"], paused.json()["pausedBy"]) == (200, "scheduled", "token admin token")
    assert paused.json()["pausedAt"] is not None
    assert (await admin.get(f"{at}/explanation")).json()["blockedBy"] == "due"
    resumed = await admin.post(f"{at}/resume")
    assert (resumed.status_code, resumed.json()["pausedAt"]) == (200, None)
    await admin.delete(at)
    assert (await admin.post(f"{at}/pause")).status_code == 409
