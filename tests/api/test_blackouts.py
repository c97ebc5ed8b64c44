"""Closed days over REST."""

import httpx

from callcenter.services.runtime import Runtime
from tests.builders import saved_client


async def test_days_are_closed_and_opened_for_a_client_and_for_everybody(rt: Runtime, admin: httpx.AsyncClient) -> None:
    acme = await saved_client(rt)
    mine, everybody = f"/api/clients/{acme.client_id}/blackouts", "/api/blackouts"
    body = {"on": "2026-12-25", "name": "Christmas Day"}
    made = await admin.post(mine, json=body, headers={"Idempotency-Key": "once"})
    assert made.status_code == 201, made.text
    assert (made.json()["on"], made.json()["clientId"]) == ("2026-12-25", acme.client_id)
    assert (await admin.post(mine, json=body, headers={"Idempotency-Key": "once"})).json() == made.json()
    assert (await admin.post(mine, json=body)).status_code == 409
    for_all = (await admin.post(everybody, json={"on": "2026-11-26", "name": "Thanksgiving"})).json()
    assert [day["name"] for day in (await admin.get(mine)).json()["items"]] == ["Thanksgiving", "Christmas Day"]
    assert (await admin.get(everybody)).json() == {"items": [for_all], "nextCursor": None, "total": 1}
    assert (await admin.delete(f"{mine}/{for_all['id']}")).status_code == 404
    assert (await admin.delete(f"{everybody}/{for_all['id']}")).status_code == 204
    assert (await admin.delete(f"{mine}/{made.json()['id']}")).status_code == 204
    assert (await admin.get(mine)).json()["items"] == []
    wrong = await admin.post(everybody, json={"on": "tomorrow", "name": "x"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "on")
