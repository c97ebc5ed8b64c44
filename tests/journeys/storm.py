"""Everything goes wrong at once: a long batch, killed servers, caps that move, events lost, doubled and late, creates unanswered.

Run it as a program for the full size; the suite runs a small one.

    python -m tests.journeys.storm                                   # SQLite, 10,000 calls, 20 kills
    python -m tests.journeys.storm --postgres
    python -m tests.journeys.storm --two                             # two on PostgreSQL and Redis, one frozen for 10 min
    python -m tests.journeys.storm --calls 600 --kills 3 --cap 40
"""

import argparse
import contextlib
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from callcenter.simulator.faults import FaultPlan, FaultRule, WebhookFaults
from callcenter.simulator.server import Simulator
from tests import builders
from tests.benchmarks.refill import postgres_server
from tests.journeys import servers, truth
from tests.journeys.front import front
from tests.journeys.pair import Pair, two_servers
from tests.redis_server import RedisServer

#: Somebody else has taken over the leases of a dead process within this many seconds.
TAKEN_OVER = 20.0
#: Hours nobody is ever inside of: a batch with these must not be dialled at all.
NEVER_NOW = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """How bad it gets. Chances are 0..1; `speed` is call seconds per real second; of two, one is `frozen` for so many seconds."""

    calls: int
    kills: int
    cap: int
    speed: float = 60
    lose: float = 0.3
    double: float = 0.2
    late: float = 0.2
    unanswered: float = 0.05
    shut_out: int = 20
    seed: int = 1
    patience: float = 420.0
    frozen: float = 0.0

    @property
    def faults(self) -> FaultPlan:
        """What the provider does wrong."""
        return FaultPlan(
            rules=(FaultRule(do="die", on="create-phone-call", times=None, chance=self.unanswered),),
            webhooks=WebhookFaults(lose=self.lose, double=self.double, delay=self.late, delay_seconds=4),
        )


@dataclass(slots=True)
class Outcome:
    """What came of it, from the provider's own books and from our REST API."""

    made: int = 0
    asked_twice: list[str] = field(default_factory=list[str])
    dialled_twice: list[str] = field(default_factory=list[str])
    overruns: list[str] = field(default_factory=list[str])
    lost: list[str] = field(default_factory=list[str])
    shut_out_dialled: list[str] = field(default_factory=list[str])
    in_doubt: int = 0
    never_dialled: int = 0
    seconds: float = 0.0
    slowest_return: float = 0.0

    @property
    def is_clean(self) -> bool:
        """True if every promise was kept."""
        broken = (self.asked_twice, self.dialled_twice, self.overruns, self.lost, self.shut_out_dialled)
        return not any(broken) and self.never_dialled == 0

    def report(self) -> str:
        """Says it in a few lines."""
        return (
            f"{self.made:,} calls made in {self.seconds:.0f} s; keys sent twice {len(self.asked_twice)}, numbers dialled twice "
            f"{len(self.dialled_twice)}, cap overruns {len(self.overruns)}, results lost {len(self.lost)}, dialled outside hours "
            f"{len(self.shut_out_dialled)}, never dialled {self.never_dialled}, still in doubt {self.in_doubt}; after a kill "
            f"dialling went on within {self.slowest_return:.1f} s"
        )


def rage(storm: Storm, url: str, folder: Path, *, say: Callable[[str], object] = lambda words: None) -> Outcome:
    """Lets one storm pass over one server and gives what came of it."""
    with _provider(storm) as provider:
        server = servers.Server(url, provider.url, folder)
        server.prepare()
        server.start()
        try:
            run = _Run(storm, server, provider, say)
            run.pass_by()
            run.until_quiet()
            return run.outcome()
        finally:
            server.stop()


def rage_over_two(
    storm: Storm, url: str, redis_url: str, folder: Path, *, say: Callable[[str], object] = lambda words: None
) -> Outcome:
    """Lets one storm pass over two servers behind one address; one of them stands still for long, one dies for good."""
    with _provider(storm) as provider, front() as address:
        pair = Pair(two_servers(url, redis_url, provider, folder, address), random.Random(storm.seed))
        try:
            run = _Run(storm, pair, provider, say)
            run.pass_by(before=lambda nth: pair.freeze(storm.frozen) if storm.frozen and nth == storm.kills // 3 else None)
            run.lose_one(pair)
            run.until_quiet()
            return run.outcome()
        finally:
            pair.stop()


def _provider(storm: Storm) -> contextlib.AbstractContextManager[Simulator]:
    return servers.simulator(speed=storm.speed, seed=storm.seed, faults=storm.faults, base_concurrency=storm.cap * 3)


class _Run:
    """One storm on its way."""

    def __init__(self, storm: Storm, server: servers.Server | Pair, provider: Simulator, say: Callable[[str], object]) -> None:
        self.storm, self.server, self.provider, self.say = storm, server, provider, say
        self.chance, self.began = random.Random(storm.seed), time.monotonic()
        self.caps: list[tuple[datetime, int]] = []
        self.client_id = self.batch_id = ""
        self.shut_out: set[str] = set()
        self.slowest = 0.0

    def pass_by(self, *, before: Callable[[int], object] = lambda nth: None) -> None:
        """Has everybody called while one kill follows another; `before` each of them something else may go wrong."""
        self.begin()
        for nth in range(self.storm.kills):
            before(nth)
            self.live_on()
            self.kill()

    def lose_one(self, pair: Pair) -> None:
        """One of two dies for good in the middle of it; the other dials on."""
        pair.thaw()
        self._set_cap(self.storm.cap * 3 // 2)
        before, lost = len(self.provider.log.entries), time.monotonic()
        pair.kill()
        while len(self.provider.log.entries) == before and before < self.storm.calls:
            assert time.monotonic() - lost < TAKEN_OVER, "the other goes on"
            time.sleep(0.05)
        self.say(f"one is gone for good; the other dialled on after {time.monotonic() - lost:.1f} s")

    def begin(self) -> None:
        """Imports the people and launches two batches: one that may be dialled, and one outside its hours."""
        self.client_id = servers.a_client(self.server, cap=self.storm.cap)
        self.caps.append((datetime.now(UTC), self.storm.cap))
        people = self.storm.calls + self.storm.shut_out
        rows = [f"Lee {n},{builders.number(n)},{'out' if n >= self.storm.calls else 'in'}" for n in range(people)]
        text = "\n".join(["name,phone,tags", *rows]) + "\n"
        report = self.server.ask("POST", f"/api/clients/{self.client_id}/leads/import", text.encode(), kind="text/csv")
        assert report["imported"] == people, report["refused"][:3]
        self.shut_out = {builders.number(n) for n in range(self.storm.calls, people)}
        hour = (datetime.now(UTC).hour + NEVER_NOW) % 24  # far from now in every zone that numbers of one country have
        closed = {"days": servers.HOURS[0]["days"], "start": f"{min(hour, 22):02d}:00", "end": f"{min(hour, 22):02d}:01"}
        self._launch("out", window={**closed, "reason": "a test"})
        self.batch_id = self._launch("in")

    def _launch(self, tag: str, **more: object) -> str:
        body = {"leadFilter": {"tag": tag}, "priority": "normal", **more}
        launched = self.server.ask("POST", f"/api/calls/clients/{self.client_id}/batch-calls", body)
        return str(launched["id"])

    def live_on(self) -> None:
        """Lets a share of the calls be dialled, and moves the cap meanwhile."""
        share = self.storm.calls / (self.storm.kills + 1)
        target = min(self.storm.calls, len(self.provider.log.entries) + self.chance.uniform(0.5, 1.2) * share)
        cap = max(1, round(self.storm.cap * self.chance.choice((0.4, 0.7, 1.0, 1.3))))
        self._set_cap(cap)
        deadline = time.monotonic() + self.storm.patience
        while len(self.provider.log.entries) < target and time.monotonic() < deadline:
            time.sleep(0.05)

    def _set_cap(self, cap: int) -> None:
        self.caps.append((datetime.now(UTC), max(cap, self.caps[-1][1])))  # until it is answered either may hold
        for left in range(3, -1, -1):
            try:
                self.server.ask("PATCH", f"/api/clients/{self.client_id}", {"maxConcurrent": cap})
                break
            except servers.Refusal as error:  # "nothing was changed; try again", while one that stands still holds a row
                if error.status != 503 or not left:
                    raise
        self.caps.append((datetime.now(UTC), cap))

    def kill(self) -> None:
        """Pulls the plug, starts again, and sees that dialling goes on, once it does not rest for all that went wrong before."""
        self.server.kill()
        before = len(self.provider.log.entries)
        self.server.start()
        began = back = time.monotonic()
        self._set_cap(self.storm.cap * 3 // 2)  # more than ever: a place is free, though the ends of many calls were lost
        while len(self.provider.log.entries) == before and before < self.storm.calls:
            if self._rests():
                back = time.monotonic()
            assert time.monotonic() - began < 60, "after a restart it goes on"
            time.sleep(0.05)
        self.slowest = max(self.slowest, time.monotonic() - back)
        self.say(f"{len(self.provider.log.entries):,} of {self.storm.calls:,} asked for")

    def _rests(self) -> bool:
        """Whether dialling waits for an instant because so many of the last sends broke, as the explanation of a call says."""
        waiting = self.server.ask("GET", f"/api/calls/clients/{self.client_id}/calls?limit=1&status=scheduled")["items"]
        with contextlib.suppress(servers.Refusal):  # it was dialled this moment
            rules = [self.server.ask("GET", f"/api/calls/{call['callId']}/explanation")["rules"] for call in waiting]
            return any(rule["rule"] == "client_on" and rule["opensAt"] for each in rules for rule in each)
        return False

    def until_quiet(self) -> None:
        """Waits until nothing waits or runs but what is in doubt, and every call has its result; while it gets on, for long."""
        self._set_cap(self.storm.cap)
        deadline, before = time.monotonic() + self.storm.patience, None
        while True:
            counts = self.server.ask("GET", f"/api/calls/batches/{self.batch_id}")["counts"]
            if counts != before:
                deadline, before = time.monotonic() + self.storm.patience, counts
            if counts["scheduled"] == 0 and all(
                call["checking"] for call in self._calls("initiated,ringing,connected,in_progress")
            ):
                return
            if time.monotonic() > deadline:
                self.say(f"not quiet: {counts}")
                return
            time.sleep(1)

    def _calls(self, status: str = "") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor, only = "", f"&status={status}" if status else ""
        while True:
            page = self.server.ask("GET", f"/api/calls/clients/{self.client_id}/calls?limit=200{only}{cursor}")
            found += page["items"]
            if page["nextCursor"] is None:
                return found
            cursor = f"&cursor={page['nextCursor']}"

    def outcome(self) -> Outcome:
        """Compares the provider's books with ours."""
        ours = self._calls()
        over = {c["callId"] for c in ours if c["status"] in ("completed", "failed") and c["disconnectionReason"]}
        dialled = {str(entry["to_number"]) for entry in self.provider.log.entries}
        doubtful = {call["toNumber"] for call in ours if call["checking"]}  # armed when the plug was pulled: never tried again
        return Outcome(
            made=len(truth.made(self.provider)),
            asked_twice=truth.asked_twice(self.provider),
            dialled_twice=truth.dialled_twice(self.provider),
            overruns=truth.overruns(self.provider, self.caps),
            lost=[name for name in truth.made(self.provider) if name not in over],
            shut_out_dialled=sorted(dialled & self.shut_out),
            in_doubt=len(doubtful),
            never_dialled=sum(1 for n in range(self.storm.calls) if builders.number(n) not in dialled | doubtful),
            seconds=time.monotonic() - self.began,
            slowest_return=self.slowest,
        )


def main() -> int:
    """Reads the arguments, lets the storm pass, and says what came of it."""
    asks = argparse.ArgumentParser(prog="python -m tests.journeys.storm")
    asks.add_argument("--postgres", action="store_true")
    asks.add_argument("--two", action="store_true")
    asks.add_argument("--frozen", type=float, default=600)
    asks.add_argument("--calls", type=int, default=10_000)
    asks.add_argument("--kills", type=int, default=20)
    asks.add_argument("--cap", type=int, default=100)
    asks.add_argument("--speed", type=float, default=60)
    asks.add_argument("--seed", type=int, default=1)
    given = asks.parse_args()
    storm = Storm(calls=given.calls, kills=given.kills, cap=given.cap, speed=given.speed, seed=given.seed, frozen=given.frozen)
    folder, redis = Path(tempfile.mkdtemp(prefix="storm")), RedisServer(Path(tempfile.mkdtemp(prefix="storm")))
    is_sqlite = not (given.postgres or given.two)
    try:
        with contextlib.nullcontext(f"sqlite:///{folder}/storm.db") if is_sqlite else postgres_server(folder) as url:
            if given.two:
                redis.start()
                outcome = rage_over_two(storm, url, redis.url, folder, say=_say)
            else:
                outcome = rage(storm, url, folder, say=_say)
    finally:
        redis.kill()
        for each in (folder, redis.folder):
            shutil.rmtree(each, ignore_errors=True)
    _say(outcome.report())
    return 0 if outcome.is_clean else 1


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
