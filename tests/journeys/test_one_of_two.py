"""Two servers behind one address, on one PostgreSQL and one Redis: one dies for good, one stands still, nobody notices."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.journeys import browsers, servers, truth
from tests.journeys.front import Front, front
from tests.journeys.pair import two_servers
from tests.journeys.servers import Server, until
from tests.journeys.storm import Storm, rage_over_two
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.timeout(420)]

CAP = 20


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """The address of a Redis of this test's own."""
    return redis_server.url


@pytest.fixture
def address() -> Iterator[Front]:
    """The one address both servers stand behind."""
    with front() as made:
        yield made


def launch(server: Server, count: int, *, cap: int = CAP) -> tuple[str, str]:
    """Launches a batch over one of them; gives the client's id and the batch's."""
    client_id = servers.a_client(server, cap=cap)
    server.ask("POST", f"/api/clients/{client_id}/leads/import", servers.leads_csv(count), kind="text/csv")
    body = {"leadIds": servers.lead_ids(server, client_id), "priority": "normal", "maxConcurrent": cap}
    launched = server.ask("POST", f"/api/calls/clients/{client_id}/batch-calls", body)
    assert launched["accepted"] == count
    return client_id, launched["id"]


def leader(url: str, made: list[Server]) -> Server:
    """Gives the server that dials for the account: its process's id stands in the name that holds the lease."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as conn:
        holders = [str(row[0]) for row in conn.execute(sa.text("SELECT holder FROM accounts WHERE holder IS NOT NULL"))]
    engine.dispose()
    return next(each for each in made for holder in holders if each.process and str(each.process.pid) in holder)


def quiet(server: Server, client_id: str, batch_id: str, *, seconds: float = 200) -> dict[str, Any]:
    """Waits until nothing waits or runs but what is in doubt; gives the batch's counts."""

    def look() -> Any:
        counts = server.ask("GET", f"/api/calls/batches/{batch_id}")["counts"]
        path = f"/api/calls/clients/{client_id}/calls?status=initiated,ringing,connected,in_progress&limit=200"
        return counts if counts["scheduled"] == 0 and all(c["checking"] for c in server.ask("GET", path)["items"]) else None

    found: dict[str, Any] = until(look, seconds=seconds)
    return found


def results(server: Server, client_id: str) -> set[str]:
    """Gives the provider's ids of all calls that are over here and know why."""
    out: set[str] = set()
    cursor = ""
    while True:
        page = server.ask("GET", f"/api/calls/clients/{client_id}/calls?limit=200{cursor}")
        out |= {c["callId"] for c in page["items"] if c["status"] in ("completed", "failed") and c["disconnectionReason"]}
        if page["nextCursor"] is None:
            return out
        cursor = f"&cursor={page['nextCursor']}"


def test_one_dies_for_good_and_the_other_dials_on(empty_pg_url: str, redis_url: str, tmp_path: Path) -> None:
    outcome = rage_over_two(Storm(calls=160, kills=1, cap=CAP, shut_out=5, lose=0), empty_pg_url, redis_url, tmp_path)
    assert outcome.is_clean, outcome


def test_one_that_stood_still_between_arming_and_sending_sends_nothing(
    empty_pg_url: str, redis_url: str, address: Front, tmp_path: Path
) -> None:
    count, mark = 100, tmp_path / "frozen"
    with servers.simulator(speed=25, base_concurrency=100) as provider:
        made = two_servers(
            empty_pg_url, redis_url, provider, tmp_path, address, FREEZE=str(mark), PROGRAM="tests.journeys.freezing"
        )
        try:
            client_id, batch_id = launch(made[0], count)
            until(lambda: mark.exists() and mark.read_text(), seconds=60)
            pid, number = mark.read_text().split()
            frozen = next(each for each in made if each.process and str(each.process.pid) == pid)
            other = next(each for each in made if each is not frozen)
            before = len(provider.log.entries)
            # its lease runs out after 15 s, and the database ends its sessions; what it had answered and not folded is folded by
            # the other after 30 s, and holds places until then
            until(lambda: len(provider.log.entries) > before, seconds=90)
            # ends that were told to the one that stands still are only known once they are asked for
            until(lambda: len(provider.log.entries) >= before + CAP, seconds=120)
            os.kill(int(pid), signal.SIGCONT)
            quiet(other, client_id, batch_id)
            assert truth.asked_twice(provider) == []
            assert truth.dialled_twice(provider) == []
            assert number not in {entry["to_number"] for entry in provider.log.entries}, "it was too late to send this one"
            over = results(other, client_id)
            assert [name for name in truth.made(provider) if name not in over] == []
        finally:
            for each in made:
                if each.process is not None:
                    each.process.send_signal(signal.SIGCONT)
                each.stop()


def test_what_one_pauses_the_other_does_not_dial(empty_pg_url: str, redis_url: str, address: Front, tmp_path: Path) -> None:
    with servers.simulator(speed=25, base_concurrency=100) as provider:
        made = two_servers(empty_pg_url, redis_url, provider, tmp_path, address)
        try:
            client_id, batch_id = launch(made[0], 120)
            until(lambda: len(provider.log.entries) > 25, seconds=60)
            dials = leader(empty_pg_url, made)
            other = next(each for each in made if each is not dials)
            other.ask("POST", f"/api/calls/batches/{batch_id}/pause")
            time.sleep(1)
            paused = len(provider.log.entries)
            time.sleep(3)
            assert len(provider.log.entries) == paused
            other.ask("POST", f"/api/calls/batches/{batch_id}/resume")
            until(lambda: len(provider.log.entries) > paused, seconds=5)
            other.ask("POST", f"/api/calls/batches/{batch_id}/cancel")
            quiet(dials, client_id, batch_id)
            assert truth.dialled_twice(provider) == []
        finally:
            for each in made:
                each.stop()


@pytest.mark.browser
@pytest.mark.xdist_group("browser")
def test_a_page_goes_on_over_the_other(empty_pg_url: str, redis_url: str, address: Front, tmp_path: Path) -> None:
    with servers.simulator(speed=25, base_concurrency=100) as provider, browsers.chromium() as browser:
        made = two_servers(empty_pg_url, redis_url, provider, tmp_path, address)
        try:
            address.stand_before(made[0].port)  # so that it is known which one the page is connected to
            context, _watch = browsers.open_context(browser, address.url, viewport=browsers.DESKTOP)
            page = context.new_page()
            logs = "".join((each.folder / "server.log").read_text() for each in made)
            browsers.set_up(page, logs, email="ana@example.com", password="correct horse battery staple 47")
            page.goto("/calls")
            browsers.until_ready(page)
            page.evaluate("window.isTheSamePage = true")
            address.stand_before(made[0].port, made[1].port)
            made[0].kill()
            launch(made[1], 8)
            page.get_by_role("button", name="new calls").or_(page.locator("main .badge", has_text="Completed")).first.wait_for()
            if page.get_by_role("button", name="new calls").is_visible():
                page.get_by_role("button", name="new calls").click()
            expect(page.locator("main .badge", has_text="Completed").first).to_be_visible(timeout=60_000)
            assert page.evaluate("window.isTheSamePage") is True
        finally:
            for each in made:
                each.stop()
