"""Pausing over REST: all calling, a client, a batch; also ending what goes on."""

from typing import Any

import httpx
import pytest

from callcenter.domain.call import CallStatus, Derived, Phase, Told
from callcenter.domain.user import Role
from callcenter.services.runtime import Runtime
from tests.api.conftest import Asker
from tests.builders import saved_batch, saved_call, saved_client
from tests.fakes import START, FakeProvider


async def talking(rt: Runtime, client: Any, batch: Any = None) -> None:
    await saved_call(
        rt, client, None, batch, told=Told(phase=Phase.STARTED, provider_call_id="call_1"),
        derived=Derived(status=CallStatus.CONNECTED, dialled_at=START, occurred_at=START),
    )  # fmt: skip


async def test_all_calling_is_paused_and_resumed(rt: Runtime, admin: httpx.AsyncClient) -> None:
    await saved_call(rt, await saved_client(rt))
    before = (await admin.get("/api/calling")).json()
    assert before == {
        "status": "on", "pausedAt": None, "pausedBy": None, "pausedReason": None, "waiting": 1, "inProgress": 0,
    }  # fmt: skip
    paused = await admin.post("/api/calling/pause", json={"reason": "Fire drill"})
    assert paused.status_code == 200, paused.text
    assert paused.json() == before | {
        "status": "paused", "pausedAt": "2026-11-23T16:00:00Z", "pausedBy": "token admin token", "pausedReason": "Fire drill",
    }  # fmt: skip
    assert (await admin.post("/api/calling/pause")).json() == paused.json(), "who was first stays"
    assert (await admin.post("/api/calling/resume")).json() == before


@pytest.mark.parametrize("what", ["calling", "client", "batch"])
async def test_a_pause_ends_what_goes_on_only_if_asked(
    rt: Runtime, admin: httpx.AsyncClient, provider: FakeProvider, what: str
) -> None:
    client = await saved_client(rt)
    batch = await saved_batch(rt, client)
    await talking(rt, client, batch)
    paths = {
        "calling": "/api/calling", "client": f"/api/clients/{client.client_id}", "batch": f"/api/calls/batches/{batch.batch_id}",
    }  # fmt: skip
    assert (await admin.post(f"{paths[what]}/pause")).status_code == 200
    assert provider.stopped == []
    assert (await admin.post(f"{paths[what]}/pause", json={"endLive": True})).status_code == 200
    assert provider.stopped == ["call_1"]


async def test_a_client_is_paused_with_a_reason_and_resumed(rt: Runtime, admin: httpx.AsyncClient) -> None:
    at = f"/api/clients/{(await saved_client(rt)).client_id}"
    paused = (await admin.post(f"{at}/pause", json={"reason": "Holiday"})).json()
    assert (paused["pausedAt"], paused["pausedReason"]) == ("2026-11-23T16:00:00Z", "Holiday")
    assert (await admin.post(f"{at}/resume")).json()["pausedAt"] is None
    assert (await admin.post(f"{at}/pause")).json()["pausedReason"] == "Paused by token admin token"


async def test_who_may_not_pause_is_refused(rt: Runtime, as_: Asker) -> None:
    client = await saved_client(rt)
    other = await saved_client(rt)
    agent = await as_(Role.AGENT)
    limited = await as_(Role.MANAGER, client_id=client.client_id)
    assert (await agent.post("/api/calling/pause")).status_code == 403
    assert (await agent.post(f"/api/clients/{client.client_id}/pause")).status_code == 403
    assert (await limited.post("/api/calling/pause", json={"endLive": True})).status_code == 403
    assert (await limited.post(f"/api/clients/{other.client_id}/pause")).status_code == 404
    assert (await limited.post(f"/api/clients/{client.client_id}/pause", json={"end_live": True})).status_code == 422
    assert (await limited.post(f"/api/clients/{client.client_id}/pause", json={"endLive": True})).status_code == 200
