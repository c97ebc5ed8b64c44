"""The list of calls on screen, downloaded."""

import csv
from datetime import timedelta

import httpx

from callcenter.domain.call import CallStatus, Derived, Outcome
from callcenter.domain.lead_input import LeadInput
from callcenter.domain.user import Role
from callcenter.services import leading, pausing
from callcenter.services.runtime import Runtime
from tests import builders
from tests.api.conftest import Asker
from tests.fakes import START


async def test_a_download_is_the_list_of_its_address(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await builders.saved_client(rt, name="Acme Dental")
    at = START - timedelta(hours=1)
    over = Derived(status=CallStatus.COMPLETED, outcome=Outcome.VOICEMAIL, occurred_at=at, dialled_at=at)
    call = await builders.saved_call(rt, client, derived=over)
    later = START + timedelta(days=1)
    await builders.saved_call(rt, client, scheduled_at=later, derived=Derived(occurred_at=later))
    answer = await admin.get(f"/api/calls/export?client={client.client_id}&planned=no&tz=Europe/Berlin")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="calls-acme-dental-2026-11-23.csv"'
    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert [row["id"] for row in rows] == [call.call_id]
    assert len((await admin.get("/api/calls/export")).text.splitlines()) == 3
    assert len((await admin.get("/api/calls/export?outcome=sale_made")).text.splitlines()) == 1


async def test_a_download_for_a_place_that_is_nowhere_is_refused(admin: httpx.AsyncClient) -> None:
    assert (await admin.get("/api/calls/export?tz=Mars/Base")).status_code == 422


async def test_nobody_downloads_without_signing_in(door: object) -> None:
    assert (await door().get("/api/calls/export")).status_code == 401  # type: ignore[operator]


async def test_leads_are_downloaded_as_the_list_shows_them(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await builders.saved_client(rt, name="Acme Dental")
    await leading.add_lead(rt, builders.ADMIN, client.client_id, LeadInput(name="Ana", phone="+12125550123", tags=("vip",)))
    await builders.saved_lead(rt, client, name="Ben")
    answer = await admin.get(f"/api/leads/export?client={client.client_id}&tag=vip")
    assert answer.headers["content-disposition"] == 'attachment; filename="leads-acme-dental-2026-11-23.csv"'
    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert [(row["name"], row["tags"]) for row in rows] == [("Ana", "vip")]
    assert len((await admin.get("/api/leads/export")).text.splitlines()) == 3


async def test_the_audit_is_downloaded_page_after_page_as_it_is_narrowed(rt: Runtime, admin: httpx.AsyncClient) -> None:
    client = await builders.saved_client(rt, name="=Acme")
    for nth in range(120):
        await pausing.pause_client(rt, builders.MANAGER, client.client_id, f"reason {nth}")
        await pausing.resume_client(rt, builders.MANAGER, client.client_id)
    answer = await admin.get(f"/api/audit/export?on=client&who={builders.MANAGER.label}")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-2026-11-23.csv"'
    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert [row["to"] for row in rows].count("paused") == 120
    assert len({(row["to"], row["why"]) for row in rows if row["to"] == "paused"}) == 120
    assert {row["who"] for row in rows} == {builders.MANAGER.label}
    assert {row["name"] for row in rows} == {"'=Acme"}
    assert (await admin.get("/api/audit/export?on=nonsense")).status_code == 422


async def test_the_audit_is_downloaded_by_admins_of_every_client_only(rt: Runtime, as_: Asker) -> None:
    client = await builders.saved_client(rt)
    assert (await (await as_(Role.MANAGER)).get("/api/audit/export")).status_code == 403
    assert (await (await as_(Role.ADMIN, client_id=client.client_id)).get("/api/audit/export")).status_code == 403
