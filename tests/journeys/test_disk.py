"""No byte can be written any more: everybody is told at once, nothing accepted is lost, and it goes on by itself afterwards."""

import json
import resource
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from callcenter.simulator.signing import milliseconds, sign
from tests.journeys import servers, truth
from tests.journeys.servers import KEY, Refusal, Server, until

#: Bytes a file may have while the disk is "full": less than any file of the database has already.
FULL = 4_096


def allow_files(server: Server, size: int) -> None:
    """Sets how long a file may become that the server writes: the system refuses the bytes as a full disk would."""
    assert server.process is not None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def deliver(server: Server, nth: int) -> tuple[int, float]:
    """Delivers an event of a call nobody knows; gives the answer's status and how many seconds it took.

    Whoever is turned away must hear when to come again; a refusal without that gives 0.
    """
    body = {"event": "call_started", "call": {"call_id": f"call_{nth}", "call_status": "ongoing", "agent_id": "agent_x"}}
    raw = json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/api/calls/webhook/retell", raw, method="POST")
    request.add_header("x-retell-signature", sign(raw, key=KEY, at_ms=milliseconds(datetime.now(UTC))))
    request.add_header("content-type", "application/json")
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return int(answer.status), time.monotonic() - began
    except urllib.error.HTTPError as error:
        return error.code if error.headers["retry-after"] else 0, time.monotonic() - began


@pytest.mark.timeout(240)
def test_a_full_disk_turns_everybody_away_and_is_survived(tmp_path: Path) -> None:
    with servers.simulator(speed=25, base_concurrency=50) as provider:
        server = Server(f"sqlite:///{tmp_path}/disk.db", provider.url, tmp_path)
        server.prepare()
        server.start()
        try:
            client_id = servers.a_client(server)
            server.ask("POST", f"/api/clients/{client_id}/leads/import", servers.leads_csv(80), kind="text/csv")
            ids = servers.lead_ids(server, client_id)
            batch = server.ask("POST", f"/api/calls/clients/{client_id}/batch-calls", {"leadIds": ids, "maxConcurrent": 20})
            until(lambda: len(provider.log.entries) > 20)
            assert deliver(server, 0)[0] == 204

            allow_files(server, FULL)
            answers = [deliver(server, nth) for nth in range(1, 6)]
            assert [status for status, _took in answers] == [503] * 5
            assert max(took for _status, took in answers) < 2, "nobody waits for a disk that is full"
            with pytest.raises(Refusal) as refused:
                server.ask("POST", f"/api/calls/batches/{batch['id']}/pause")
            assert refused.value.status == 503
            assert server.ask("GET", f"/api/calls/batches/{batch['id']}")["status"] == "running", "what is there can be read"
            dialled = len(provider.log.entries)
            time.sleep(3)
            assert len(provider.log.entries) == dialled, "nobody is dialled whom we could not write down first"

            allow_files(server, resource.RLIM_INFINITY)
            until(lambda: deliver(server, 6)[0] == 204, seconds=5)
            until(lambda: len(provider.log.entries) > dialled, seconds=60)
            until(lambda: _is_over(server, batch["id"]), seconds=150)
            assert truth.dialled_twice(provider) == []
            assert truth.asked_twice(provider) == []
        finally:
            server.stop()


def _is_over(server: Server, batch_id: str) -> bool:
    counts = server.ask("GET", f"/api/calls/batches/{batch_id}")["counts"]
    return bool(counts["scheduled"] == 0 and counts["active"] == 0)
