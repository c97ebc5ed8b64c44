"""Real processes for journeys: a server on a free port, its REST API, and a simulator that lives in the test's own process."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from callcenter.adapters.clock import SystemClock
from callcenter.cli import database
from callcenter.settings import PROJECT_FOLDER
from callcenter.simulator.config import SimulatorConfig, WorkspaceSettings
from callcenter.simulator.faults import FaultPlan
from callcenter.simulator.server import Simulator

SECRET = "a secret for journeys that is long enough to be one"
KEY = "key_journey_made_up_0001"


_one_migrates = threading.Lock()  # alembic keeps what it is doing in its module


def free_port() -> int:
    """Gives a port of loopback that nothing uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def simulator(*, speed: float = 20, seed: int = 1, faults: FaultPlan | None = None, **workspace: Any) -> Iterator[Simulator]:
    """Runs the stand-in provider in a thread of this process, so that its log outlives every killed server."""
    config = SimulatorConfig(port=0, speed=speed, faults=faults or FaultPlan(), workspace=WorkspaceSettings(**workspace))
    running = Simulator(config, clock=SystemClock(), rng=random.Random(seed))
    running.start_in_thread()
    try:
        yield running
    finally:
        running.stop_thread()


class Refusal(AssertionError):
    """The REST API did not do what a test asked of it; `status` says how it put that."""

    def __init__(self, words: str, *, status: int) -> None:
        super().__init__(words)
        self.status = status


@dataclass
class Server:
    """One `callcenter serve` as a process of its own, to be started, asked over REST, killed and started again."""

    url_of_database: str
    simulator_url: str
    folder: Path
    port: int = field(default_factory=free_port)
    token: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CALLCENTER_", "RETELL_", "REFLEX_", "__REFLEX"))
        }
        return kept | {
            "CALLCENTER_DATABASE_URL": self.url_of_database, "CALLCENTER_SECRET_KEY": SECRET,
            "CALLCENTER_PUBLIC_URL": self.url, "RETELL_BASE_URL": self.simulator_url, "RETELL_API_KEY": KEY, **self.extra,
        }  # fmt: skip

    def prepare(self) -> None:
        """Makes the schema and a token to ask with."""
        with _one_migrates:
            database.migrate(self.url_of_database)
        done = subprocess.run(
            [sys.executable, "-m", "callcenter.cli.main", "add-token", "journey", "--role", "admin"],
            env=self.environment, cwd=PROJECT_FOLDER, capture_output=True, text=True, check=True,
        )  # fmt: skip
        self.token = done.stdout.strip()

    def start(self, *, patience: float = 240) -> float:
        """Starts the process and waits until it is ready, the pages built if need be; gives how many seconds that took."""
        began = time.monotonic()
        with (self.folder / "server.log").open("ab") as log:
            self.process = self._spawn(log)
        while time.monotonic() - began < patience:
            if self.process.poll() is not None:
                break
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/api/ready", timeout=2) as answer:
                if answer.status == 200:
                    return time.monotonic() - began
            time.sleep(0.05)
        self.kill()
        raise AssertionError(f"the server did not start: {(self.folder / 'server.log').read_text()[-3000:]}")

    def _spawn(self, log: Any) -> "subprocess.Popen[bytes]":
        program = self.extra.get("PROGRAM", "callcenter.cli.main")
        command = [sys.executable, "-m", program, "serve", "--port", str(self.port)]
        return subprocess.Popen(command, env=self.environment, cwd=PROJECT_FOLDER, stdout=log, stderr=log)

    def kill(self) -> None:
        """Ends the process as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ends the process as an operator would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def ask(self, method: str, path: str, body: Any = None, *, kind: str = "application/json") -> Any:
        """Asks the REST API and gives its JSON answer; anything but success raises Refusal, which fails the test."""
        raw = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=raw, method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Refusal(f"{method} {path}: {error.code} {error.read()[:500]!r}", status=error.code) from error
        return json.loads(text) if text else None


def until(is_right: Callable[[], Any], *, seconds: float = 20) -> Any:
    """Waits until something holds, and gives it; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not (found := is_right()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)
    return found


HOURS = [
    {
        "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        "start": "00:00",
        "end": "24:00",
        "reason": "a test calls a simulator",
    }
]


class Asks(Protocol):
    """Whatever the REST API can be asked through."""

    def ask(self, method: str, path: str, body: Any = None, *, kind: str = "application/json") -> Any:
        """Asks, and gives the JSON answer."""
        ...


def a_client(server: Asks, *, cap: int = 20, name: str = "Acme") -> str:
    """Adds a client that may call at any hour and gives its id."""
    made = server.ask(
        "POST", "/api/clients",
        {
            "name": name, "timezone": "America/New_York", "maxConcurrent": cap,
            "retell": {"agentId": None, "fromNumber": "+14155550100", "isActive": True}, "callingHours": HOURS, "variables": {},
        },
    )  # fmt: skip
    return str(made["id"])


def leads_csv(count: int) -> bytes:
    """Gives a list of so many people with numbers kept for fiction."""
    areas = (212, 303, 305, 312, 404, 415, 503, 602, 617, 702)
    rows = [f"Lee {n},+1{areas[n // 100]}55501{n % 100:02d}" for n in range(count)]
    return ("name,phone\n" + "\n".join(rows) + "\n").encode()


def lead_ids(server: Server, client_id: str) -> list[str]:
    """Gives the ids of all leads of a client."""
    out: list[str] = []
    cursor = ""
    while True:
        page = server.ask("GET", f"/api/clients/{client_id}/leads?limit=200{cursor}")
        out += [item["id"] for item in page["items"]]
        if page["nextCursor"] is None:
            return out
        cursor = f"&cursor={page['nextCursor']}"
