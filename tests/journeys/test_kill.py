"""Kill the server five times in the middle of a batch: nobody is dialled twice, and every result arrives."""

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.journeys import servers

LEADS = 200
KILLS = 5


@pytest.mark.timeout(600)
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_five_kills_in_a_batch_of_two_hundred(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    url = f"sqlite:///{tmp_path}/kill.db" if kind == "sqlite" else request.getfixturevalue("empty_pg_url")
    chance = random.Random(20)
    with servers.simulator(speed=25) as provider:
        server = servers.Server(url, provider.url, tmp_path)
        server.prepare()
        server.start()
        try:
            client_id = servers.a_client(server)
            server.ask("POST", f"/api/clients/{client_id}/leads/import", servers.leads_csv(LEADS), kind="text/csv")
            launched = server.ask(
                "POST",
                f"/api/calls/clients/{client_id}/batch-calls",
                {"leadIds": servers.lead_ids(server, client_id), "priority": "normal", "maxConcurrent": 20},
            )
            assert launched["accepted"] == LEADS
            for _ in range(KILLS):
                time.sleep(chance.uniform(0.6, 1.6))
                server.kill()
                before = len(provider.log.entries)
                server.start()
                back = time.monotonic()
                while len(provider.log.entries) == before and before < LEADS:
                    assert time.monotonic() - back < 10, "after a restart it goes on within ten seconds"
                    time.sleep(0.05)
            counts = _until_quiet(server, launched["id"])
        finally:
            server.stop()
        # a request that was cut off by a kill before its body came through names nobody, and makes no call
        dialled = Counter(entry["to_number"] for entry in provider.log.entries if entry["to_number"])
        assert max(dialled.values()) == 1, "nobody is dialled twice"
        made = list(provider.provider.exchange.calls.values())
        results = _results(server)
        missing = [call.call_id for call in made if call.call_id not in results]
        assert missing == [], "every call the provider made has its result"
        checking = counts["active"]
        assert counts["completed"] + counts["failed"] + checking == LEADS
        assert len(made) >= LEADS - checking


def _until_quiet(server: servers.Server, batch_id: str) -> dict[str, int]:
    """Waits until nothing of the batch waits or runs but what is being checked."""
    deadline = time.monotonic() + 300  # a live call of which every webhook was lost is asked about after 150 s
    while True:
        counts: dict[str, int] = server.ask("GET", f"/api/calls/batches/{batch_id}")["counts"]
        if counts["scheduled"] == 0:
            active = server.ask(
                "GET", f"/api/calls/clients/{_client_of(server)}/calls?status=initiated,ringing,connected,in_progress&limit=200"
            )
            if all(call["checking"] for call in active["items"]):
                return counts
        assert time.monotonic() < deadline, counts
        time.sleep(0.5)


def _client_of(server: servers.Server) -> str:
    return str(server.ask("GET", "/api/clients")["items"][0]["id"])


def _results(server: servers.Server) -> set[str]:
    """Gives the provider's ids of all calls that are over here and know why."""
    out: set[str] = set()
    server.start()
    try:
        cursor = ""
        while True:
            page = server.ask("GET", f"/api/calls/clients/{_client_of(server)}/calls?limit=200{cursor}")
            out |= {c["callId"] for c in page["items"] if c["status"] in ("completed", "failed") and c["disconnectionReason"]}
            if page["nextCursor"] is None:
                return out
            cursor = f"&cursor={page['nextCursor']}"
    finally:
        server.stop()
