"""Batches over REST: launching, progress, pausing, and the same launch twice."""

import asyncio
from typing import Any

import httpx
import pytest

from callcenter.domain.user import Role
from callcenter.services.runtime import Runtime
from tests.api.conftest import Asker
from tests.builders import saved_client, saved_lead

FIELDS = [
    "id", "clientId", "name", "status", "statusReason", "priority", "maxConcurrent", "scheduledAt", "window", "retry",
    "maxAttempts", "variables", "counts", "outcomes", "cost", "eta", "createdAt", "startedAt", "finishedAt",
]  # fmt: skip


async def prepared(rt: Runtime, count: int = 3) -> tuple[str, list[str]]:
    client = await saved_client(rt)
    leads = [(await saved_lead(rt, client, tags=("recall",))).lead_id for _ in range(count)]
    return f"/api/calls/clients/{client.client_id}/batch-calls", leads


async def test_a_batch_is_launched_and_says_who_was_left_out(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path, leads = await prepared(rt)
    body = {"leadIds": [*leads, "nobody"], "name": "Recall", "priority": "low", "maxConcurrent": 2, "variables": {"offer": 1}}
    answer = await admin.post(path, json=body)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert set(FIELDS) | {"accepted", "refused"} <= set(shown)
    assert (shown["accepted"], shown["status"], shown["priority"]) == (3, "running", "low")
    assert [each["leadId"] for each in shown["refused"]] == ["nobody"]
    assert shown["retry"] == {"on": ["no_answer", "voicemail", "failed"], "afterMinutes": 120}
    assert shown["variables"] == {"offer": "1"}
    seen = (await admin.get(f"/api/calls/batches/{shown['id']}")).json()
    assert set(FIELDS) <= set(seen)
    assert seen["counts"] == {
        "leads": 3, "refused": 1, "scheduled": 3, "active": 0, "completed": 0, "failed": 0, "cancelled": 0,
    }  # fmt: skip
    calls = (await admin.get(path.replace("batch-calls", "calls"), params={"batchId": shown["id"]})).json()
    assert calls["total"] == 3


async def test_a_filter_chooses_the_leads(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path, _ = await prepared(rt)
    answer = await admin.post(path, json={"leadFilter": {"tag": ["recall"]}, "name": "All"})
    assert (answer.status_code, answer.json()["accepted"]) == (201, 3)
    for wrong in ({"tags": "recall"}, {"tag": {"a": 1}}, {"lastOutcome": "nonsense"}):
        assert (await admin.post(path, json={"leadFilter": wrong})).status_code == 422
    assert (await admin.post(path, json={"leadFilter": {"tag": "no such"}})).status_code == 422
    assert (await admin.post(path, json={})).status_code == 422


async def test_pausing_resuming_and_cancelling(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path, leads = await prepared(rt)
    batch = (await admin.post(path, json={"leadIds": leads})).json()
    at = f"/api/calls/batches/{batch['id']}"
    assert (await admin.post(f"{at}/pause")).json()["status"] == "paused"
    assert (await admin.post(f"{at}/resume")).json()["status"] in ("running", "waiting")
    cancelled = (await admin.post(f"{at}/cancel")).json()
    assert (cancelled["status"], cancelled["counts"]["cancelled"]) == ("cancelled", 3)
    assert (await admin.post(f"{at}/resume")).status_code == 409


async def test_the_same_launch_twice_or_at_once_dials_nobody_twice(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path, leads = await prepared(rt)
    body, headers = {"leadIds": leads}, {"Idempotency-Key": "k"}
    answers = await asyncio.gather(*(admin.post(path, json=body, headers=headers) for _ in range(4)))
    assert {each.status_code for each in answers} <= {201, 409}
    made = {each.json()["id"] for each in answers if each.status_code == 201}
    assert len(made) == 1
    again = await admin.post(path, json=body, headers=headers)
    assert (again.status_code, again.json()["id"]) == (201, next(iter(made)))
    assert (await admin.get(path.replace("batch-calls", "calls"))).json()["total"] == 3


async def test_a_launch_that_failed_may_be_tried_again_under_its_key(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path, _ = await prepared(rt, count=0)
    answers = [await admin.post(path, json={"leadFilter": {}}, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [each.status_code for each in answers] == [422, 422]


async def test_when_it_stops_by_itself_is_a_setting_with_a_careful_default(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path, leads = await prepared(rt)
    plain = (await admin.post(path, json={"leadIds": leads[:1]})).json()
    assert plain["stopIf"] == {"errorPercent": 50, "errorOf": 20, "answerPercent": None, "answerOf": 50}
    body = {"leadIds": leads[1:], "stopIf": {"errorPercent": None, "answerPercent": 5}}
    other = (await admin.post(path, json=body)).json()
    assert other["stopIf"] == {"errorPercent": None, "errorOf": 20, "answerPercent": 5, "answerOf": 50}
    assert (await admin.get(f"/api/calls/batches/{other['id']}")).json()["stopIf"] == other["stopIf"]


@pytest.mark.parametrize(
    "wrong",
    [{"maxConcurrent": 1001}, {"maxConcurrent": 6}, {"priority": 3}, {"maxAttempts": 99}, {"stopIf": {"errorPercent": 0}}],
)
async def test_a_wish_that_makes_no_sense_is_422(rt: Runtime, admin: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    path, leads = await prepared(rt)
    assert (await admin.post(path, json={"leadIds": leads, **wrong})).status_code == 422


async def test_who_may_do_what(rt: Runtime, as_: Asker, admin: httpx.AsyncClient) -> None:
    path, leads = await prepared(rt)
    batch = (await admin.post(path, json={"leadIds": leads})).json()
    at = f"/api/calls/batches/{batch['id']}"
    agent = await as_(Role.AGENT)
    assert (await agent.get(at)).status_code == 200
    assert (await agent.post(path, json={"leadIds": leads})).status_code == 403
    for what in ("pause", "resume", "cancel"):
        assert (await agent.post(f"{at}/{what}")).status_code == 403
    stranger = await as_(Role.ADMIN, client_id=(await saved_client(rt)).client_id)
    assert (await stranger.get(at)).status_code == 404
    for what in ("pause", "resume", "cancel"):
        assert (await stranger.post(f"{at}/{what}")).status_code == 404
    assert (await stranger.post(path, json={"leadIds": leads})).status_code == 404


async def test_what_holds_a_batch_up_adds_up_from_leads_to_calls(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path, leads = await prepared(rt, 8)
    batch = (await admin.post(path, json={"leadIds": [*leads, "nobody"], "maxConcurrent": 2})).json()
    answer = await admin.get(f"/api/calls/batches/{batch['id']}/explanation")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert [shown[name] for name in ("leads", "accepted", "waiting", "judged", "mayDialNow")] == [9, 8, 8, 8, 2]
    full = {"rule": "batch_cap", "label": "Batch has a free slot", "stopped": 6, "left": 2}
    told = next(rule for rule in shown["rules"] if rule["rule"] == "batch_cap")
    assert told == {**full, "reasons": [{"reason": "All 2 slots of the batch are busy.", "count": 6}]}
    assert shown["waitsFor"] == [
        {"rule": "batch_cap", "count": 6, "reason": "All 2 slots of the batch are busy.", "nextAt": None}
    ]
    assert (await admin.get("/api/calls/batches/nothing/explanation")).status_code == 404


async def test_a_running_batch_is_changed_and_a_stale_change_is_409(rt: Runtime, admin: httpx.AsyncClient, as_: Asker) -> None:
    path, leads = await prepared(rt)
    batch = (await admin.post(path, json={"leadIds": leads})).json()
    at = f"/api/calls/batches/{batch['id']}"
    window = {"days": ["mon"], "start": "10:00", "end": "11:00"}
    body = {"maxConcurrent": 2, "priority": "urgent", "window": window, "stopIf": {"errorPercent": 30}, "rev": batch["rev"]}
    changed = await admin.patch(at, json=body)
    assert changed.status_code == 200, changed.text
    shown = changed.json()
    assert (shown["maxConcurrent"], shown["priority"], shown["window"]) == (2, "urgent", [window])
    assert (shown["stopIf"]["errorPercent"], shown["name"], shown["maxAttempts"]) == (30, batch["name"], 1)
    late = await admin.patch(at, json={"maxConcurrent": 4, "rev": batch["rev"]})
    assert (late.status_code, "at a time the client's limit → 2" in late.json()["detail"]) == (409, True)
    open_end = (await admin.patch(at, json={"maxConcurrent": None, "endsAt": "2027-01-15T15:00:00Z", "window": None})).json()
    assert (open_end["maxConcurrent"], open_end["endsAt"], open_end["window"]) == (None, "2027-01-15T15:00:00Z", None)
    for wrong in ({"maxConcurrent": 6}, {"priority": "soon"}, {"leads": []}, {"maxAttempts": 11}, {"endsAt": "yesterday"}):
        assert (await admin.patch(at, json=wrong)).status_code == 422, wrong
    assert (await (await as_(Role.AGENT)).patch(at, json={"name": "Mine"})).status_code == 403


async def test_retries_may_say_more_of_single_results(rt: Runtime, admin: httpx.AsyncClient) -> None:
    path, leads = await prepared(rt)
    retry = {"on": ["no_answer", "voicemail"], "afterMinutes": 60,
             "per": {"voicemail": {"times": 1, "afterMinutes": 1440}}, "anotherTimeOfDay": True}  # fmt: skip
    made = await admin.post(path, json={"leadIds": leads, "retry": retry, "maxAttempts": 4})
    assert made.status_code == 201, made.text
    assert (await admin.get(f"/api/calls/batches/{made.json()['id']}")).json()["retry"] == retry
    changed = await admin.patch(f"/api/calls/batches/{made.json()['id']}", json={"retry": {"per": {"failed": {"times": 1}}}})
    assert changed.json()["retry"]["per"] == {"failed": {"times": 1}}
    wrong = await admin.post(path, json={"leadIds": leads, "retry": {"on": ["failed"], "per": {"voicemail": {}}}})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "retry.per.voicemail")
