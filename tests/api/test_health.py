"""Alive, ready, figures, and the documentation that asks no other host for anything."""

from collections.abc import Callable

import httpx

from callcenter.services.runtime import Runtime
from callcenter.store import accounts, schema
from callcenter.store.database import Tx
from tests.builders import saved_call, saved_client
from tests.fakes import START, FakeBus

Door = Callable[..., httpx.AsyncClient]


async def test_alive_even_without_a_database(rt: Runtime, door: Door) -> None:
    rt.database.close()
    assert (await door().get("/api/health")).json() == {"status": "ok"}


def _clock_is_off(tx: Tx) -> None:
    account = accounts.find_default(tx)
    assert account is not None
    accounts.set_values(tx, account.account_id, now=START, clock_ahead_s=3_600.0)


async def test_ready_needs_database_schema_and_bus(rt: Runtime, door: Door, bus: FakeBus) -> None:
    behind = await door().get("/api/ready")  # the tables of the tests were never migrated
    assert (behind.status_code, behind.json()["checks"]) == (503, {"database": True, "schema": False, "bus": True, "clock": True})

    def migrated(tx: object) -> None:
        tx.conn.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32))")  # type: ignore[attr-defined]
        tx.conn.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{schema.head()}')")  # type: ignore[attr-defined]

    await rt.database.write(migrated)
    ready = await door().get("/api/ready")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    await rt.database.write(_clock_is_off)
    off = await door().get("/api/ready")
    assert (off.status_code, off.json()["checks"]["clock"]) == (200, False), "webhooks are taken in whatever our clock says"
    bus.up = False
    down = await door().get("/api/ready")
    assert (down.status_code, down.headers["retry-after"]) == (503, "5")


async def test_figures_for_prometheus(rt: Runtime, door: Door) -> None:
    await saved_call(rt, await saved_client(rt))
    await door().get("/api/health")
    answer = await door().get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'callcenter_calls{status="scheduled"} 1.0' in answer.text
    assert 'callcenter_http_requests_total{method="GET",route="/api/health",status="200"}' in answer.text


async def test_the_documentation_serves_its_own_files(door: Door) -> None:
    page = await door().get("/api/docs")
    assert page.status_code == 200
    assert "http://" not in page.text
    assert "https://" not in page.text
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/api/docs/{name}" in page.text
        assert (await door().get(f"/api/docs/{name}")).status_code == 200
    assert (await door().get("/api/docs/passwd")).status_code == 404


async def test_every_promised_address_is_documented(door: Door) -> None:
    paths = (await door().get("/api/openapi.json")).json()["paths"]
    promised = {
        "/api/clients": "get post", "/api/clients/{clientId}": "get patch", "/api/clients/{clientId}/leads": "get post",
        "/api/leads/{leadId}": "delete get patch", "/api/clients/{clientId}/leads/import": "post",
        "/api/calls/clients/{clientId}/calls": "get post", "/api/calls/clients/{clientId}/batch-calls": "post",
        "/api/calls/calls/{callId}": "delete get", "/api/calls/clients/{clientId}/call-stats": "get",
        "/api/calls/batches/{batchId}": "get patch", "/api/calls/batches/{batchId}/pause": "post",
        "/api/calls/batches/{batchId}/resume": "post", "/api/calls/batches/{batchId}/cancel": "post",
        "/api/calls/calls/{callId}/explanation": "get", "/api/calls/clients/{clientId}/calls/export": "get",
        "/api/calls/webhook/retell": "post", "/api/calls/webhook/retell/{hookId}": "post", "/api/health": "get",
        "/api/ready": "get", "/metrics": "get", "/api/calls/calls/{callId}/recording": "get",
        "/api/calls/batches/{batchId}/explanation": "get", "/api/calls/clients/{clientId}/dials": "get",
        "/api/calls/calls/{callId}/dials": "get", "/api/calls/dials/{dialId}": "get",
        "/api/calls/dials/{dialId}/decision": "post", "/api/clients/{clientId}/webhook-health": "get",
        "/api/clients/{clientId}/webhook-test": "post",
        "/api/blackouts": "get post", "/api/blackouts/{blackoutId}": "delete",
        "/api/clients/{clientId}/blackouts": "get post", "/api/clients/{clientId}/blackouts/{blackoutId}": "delete",
        "/api/calls/calls/{callId}/pause": "post", "/api/calls/calls/{callId}/resume": "post",
        "/api/clients/{clientId}/pause": "post", "/api/clients/{clientId}/resume": "post", "/api/calling": "get",
        "/api/calling/pause": "post", "/api/calling/resume": "post", "/api/accounts": "get",
        "/api/accounts/{accountId}": "patch", "/api/accounts/{accountId}/numbers/{number}": "patch",
    }  # fmt: skip
    assert {path: " ".join(sorted(found)) for path, found in paths.items()} == promised
