"""From the commit of an event to every browser that shows it, with 20 and with 100 tabs open; run it as a program.

A real `callcenter serve` on SQLite; calls of one batch that start, end and are analysed; signed webhooks over HTTP, twenty a
second. Most tabs show the list of calls, some the Live page, some a call of their own, for four people with different rights;
they speak Reflex's socket protocol. In a last round, with the fewest tabs, one is a real Chromium, in which an observer says when
the row has changed; it is not there in the others, for drawing the list takes half of a small machine, which people bring along.

The commit lies between the sending of a webhook and its answer, 204. Both are clocked: "from the answer" may flatter by the way
of the answer, "from the sending" counts the storing as well. The promise, p99 under 600 ms, is judged by the second.
Beside it stands the ceiling: the bare way of a word over the same sockets and back, in the same run.

    python -m tests.benchmarks.push
    python -m tests.benchmarks.push --tabs 20 --seconds 10 --no-browser
"""

import argparse
import asyncio
import contextlib
import itertools
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import psutil

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.local_bus import LocalBus
from callcenter.adapters.retell.provider import Retell
from callcenter.adapters.vault import SecretVault
from callcenter.domain.batch import Batch
from callcenter.domain.client import Client
from callcenter.domain.deriving import derive
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.user import SYSTEM, Role
from callcenter.services import receiving, signing_in, staffing
from callcenter.services.runtime import Runtime
from callcenter.simulator.signing import milliseconds, sign
from callcenter.store import calls, dials
from callcenter.store.database import Database, Tx
from tests import builders
from tests.benchmarks.sights import CENTS, KINDS, Chromium, Sight, first_seen
from tests.benchmarks.tabs import Tab, open_tabs
from tests.benchmarks.webhooks import body
from tests.conftest import settings_for
from tests.journeys import servers

PROMISE_MS = 600
PER_SECOND = 20
#: Calls that go on together: their three events come one kind after the other, all within the newest fifty of the list.
TOGETHER = 14
PASSWORD = "correct horse battery staple 47"
SETTLES_S, EXPIRES_S = 2.0, 10


# -- what there is before ---------------------------------------------------------------------------------------------


@dataclass
class Stage:
    """The running server, the database behind it, and who may look."""

    server: servers.Server
    rt: Runtime
    client: Client
    batch: Batch
    cookies: Sequence[str]
    ended: int = 0
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def process(self) -> psutil.Process:
        assert self.server.process is not None
        return psutil.Process(self.server.process.pid)


@contextlib.asynccontextmanager
async def stage(folder: Path, *, history: int, **environment: str) -> AsyncIterator[Stage]:
    """Starts a server on a fresh database; fills it with a batch of calls that are over, and with four people."""
    with servers.simulator() as provider:
        server = servers.Server(f"sqlite:///{folder}/push.db", provider.url, folder, extra=environment)
        await asyncio.to_thread(server.prepare)
        await asyncio.to_thread(server.start)
        rt = runtime_beside(server)
        try:
            client = await builders.saved_client(rt, client_id=rt.new_id(), name="Acme", max_concurrent=500)
            batch = await builders.saved_batch(rt, client, batch_id=rt.new_id())
            made = Stage(server, rt, client, batch, await sign_in_all(rt, client))
            for dial in await dialled(made, history):
                raw, signature = signed(dial, "call_ended", rt.clock.now())
                receipt = await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="")
                assert receipt.result == "folded", receipt
            made.ended = history
            yield made
        finally:
            rt.database.close()
            server.stop()


def runtime_beside(server: servers.Server) -> Runtime:
    """Gives a runtime on the server's database, with which the benchmark writes beside the server."""
    clock, bus = SystemClock(), LocalBus()
    settings = settings_for(server.url_of_database, secret_key=servers.SECRET, retell_api_key=servers.KEY)
    return Runtime(
        settings=settings, database=Database(server.url_of_database, announce=bus.publish), bus=bus, clock=clock,
        rng=random.SystemRandom(), providers=Retell(base_url=server.simulator_url, simulator_url=None, clock=clock),
        vault=SecretVault(settings.secret_keys), name="bench",
    )  # fmt: skip


async def sign_in_all(rt: Runtime, client: Client) -> list[str]:
    """Adds an admin, a manager, an agent of this one client and a viewer; gives their cookies."""
    only = frozenset({client.client_id})
    cookies: list[str] = []
    for role, client_ids in ((Role.ADMIN, None), (Role.MANAGER, None), (Role.AGENT, only), (Role.VIEWER, None)):
        email = f"{role.value}@example.com"
        await staffing.add_user(rt, SYSTEM, email=email, role=role, password=PASSWORD, client_ids=client_ids)
        cookies.append(f"{signing_in.COOKIE}={await signing_in.sign_in(rt, email, PASSWORD)}")
    return cookies


async def dialled(on: Stage, count: int) -> list[Dial]:
    """Adds calls of the batch that were dialled this moment."""
    now = on.rt.clock.now()

    def work(tx: Tx) -> list[Dial]:
        return [_dialled(tx, on, nth, now) for nth in itertools.islice(on.numbers, count)]

    return await on.rt.database.write(work)


def _dialled(tx: Tx, on: Stage, nth: int, now: datetime) -> Dial:
    number, call_id = builders.number(nth), on.rt.new_id()
    call = builders.call(on.client, None, on.batch, to_number=number, call_id=call_id, created_at=now, scheduled_at=now)
    dial = Dial(
        dial_id=on.rt.new_id(), call_id=call.call_id, client_id=on.client.client_id, account_id=on.client.account_id or "",
        number=number, seq=1, token=on.rt.new_secret(), state=DialState.ACCEPTED, epoch=1, planned_at=now, sent_at=now,
        variables_sent={}, provider_call_id=f"call_{nth:027x}",
    )  # fmt: skip
    calls.add(tx, replace(call, derived=derive(call, [dial])))
    dials.add(tx, dial)
    return dial


def signed(dial: Dial, kind: str, now: datetime) -> tuple[bytes, str]:
    """Gives a webhook of a call with its signature."""
    turns = 0 if kind == KINDS[0] else 22
    known = {"turns": turns, "started": now - timedelta(minutes=2), "cents": CENTS.get(kind)}
    raw = body(kind, dial.provider_call_id or "", dial.token, **known)
    return raw, sign(raw, key=servers.KEY, at_ms=milliseconds(now))


# -- what is measured -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """A delivered event: when it was sent and answered, on the clock of `time.monotonic`."""

    call_id: str
    kind: str
    sent: float
    answered: float

    @property
    def sight(self) -> Sight:
        """What a list of calls, or the page of the call, shows of it."""
        return self.call_id, KINDS.index(self.kind) + 1


async def deliver(on: Stage, seconds: float, followed: Sequence[Dial]) -> list[Sent]:
    """Sends events at an even pace for so long: of new calls, and now and then of one that has a tab of its own."""
    left, sending = list(followed), list[asyncio.Task[Sent]]()
    async with httpx.AsyncClient(base_url=on.server.url, trust_env=False, timeout=60) as http:
        due, until = time.monotonic(), time.monotonic() + seconds
        while due < until:
            group = await dialled(on, TOGETHER) + ([left.pop()] if left else [])
            for kind in KINDS:
                for dial in group:
                    due += 1 / PER_SECOND
                    await asyncio.sleep(due - time.monotonic())
                    # not waited for: one that is slow must not make the next one late
                    sending.append(asyncio.create_task(_post(http, dial, kind, on.rt.clock.now())))
        return await asyncio.gather(*sending)


async def _post(http: httpx.AsyncClient, dial: Dial, kind: str, now: datetime) -> Sent:
    raw, signature = signed(dial, kind, now)
    sent = time.monotonic()
    answer = await http.post("/api/calls/webhook/retell", content=raw, headers={"x-retell-signature": signature})
    assert answer.status_code == 204, answer.text
    return Sent(dial.call_id, kind, sent, time.monotonic())


@dataclass(frozen=True)
class Measured:
    """What a round came to. Lists are in seconds; `cpu` and `own_cpu` are shares of one core, `core` what a busy loop got of one
    beside it, `waited` the share of the time in which the server's loop had work and no core, `messages` a second and tab."""

    tabs: int
    events: int
    from_answer: list[float]
    from_sending: list[float]
    in_chromium: list[float]
    never: int
    bare: list[float]
    cpu: float
    own_cpu: float
    core: float
    waited: float
    tab_bytes: float
    messages: float
    message_bytes: float


async def round_of(on: Stage, count: int, seconds: float, *, in_browser: bool) -> Measured:
    """Opens so many tabs, sends events for so long, and gives how late each tab showed each event that it shows at all."""
    followed = await dialled(on, max(1, count // 10))
    chromium = Chromium(on.server.url, on.cookies[0]) if in_browser else None
    if chromium:
        await asyncio.to_thread(chromium.start)
    before, bare, core = rss(on), list[float](), own_core()
    async with open_tabs(on.server.url, wanted(on, count - in_browser, followed)) as tabs:
        await asyncio.sleep(SETTLES_S)  # the first push of each is not the news of an event
        tab_bytes = (rss(on) - before) / len(tabs)
        for tab in tabs:
            tab.heard.clear()
        pinging = asyncio.create_task(ping(tabs[-1], bare))
        cpu, own, waited, began = cpu_of(on.process), time.process_time(), waited_for_a_core(on.process), time.monotonic()
        events = await deliver(on, seconds, followed)
        took = time.monotonic() - began
        cpu, own, waited = cpu_of(on.process) - cpu, time.process_time() - own, waited_for_a_core(on.process) - waited
        pinging.cancel()
        await quiet(tabs)
    seen = [pair for tab in tabs for pair in arrivals(tab.path, first_seen(tab.heard), events, followed, ended=on.ended)]
    sights = await asyncio.to_thread(chromium.stop) if chromium else {}
    real = arrivals("/calls", sights, events, followed, ended=on.ended) if chromium else []
    on.ended += sum(event.kind == KINDS[1] for event in events)
    return Measured(
        tabs=count, events=len(events), from_answer=[at - event.answered for event, at in seen if at],
        from_sending=[at - event.sent for event, at in seen if at], in_chromium=[at - event.sent for event, at in real if at],
        never=sum(at is None for _, at in [*seen, *real]), bare=bare, cpu=cpu / took, own_cpu=own / took,
        core=core, waited=waited / took, tab_bytes=tab_bytes,
        messages=sum(len(tab.heard) for tab in tabs) / len(tabs) / took,
        message_bytes=sum(len(text) for tab in tabs for _, text in tab.heard) / max(1, sum(len(tab.heard) for tab in tabs)),
    )  # fmt: skip


def wanted(on: Stage, count: int, followed: Sequence[Dial]) -> list[tuple[str, str]]:
    """Gives what the tabs show and for whom: a tenth a call each, a tenth the Live page, the others the list of calls."""
    paths = [f"/calls/{dial.call_id}" for dial in followed]
    paths += ["/"] * max(1, count // 10)
    paths += ["/calls"] * (count - len(paths))
    return list(zip(paths, itertools.cycle(on.cookies), strict=False))


def arrivals(
    path: str, seen: dict[Sight, float], events: Sequence[Sent], followed: Sequence[Dial], *, ended: int
) -> list[tuple[Sent, float | None]]:
    """Gives when a page first showed each event that it shows at all, None for never. `ended`: calls that had ended before."""
    if path == "/":
        # the page shows how many have ended: the third to be committed is there once it shows three more
        ends = sorted((event for event in events if event.kind == KINDS[1]), key=lambda event: event.answered)
        return [(event, seen.get(("", ended + nth))) for nth, event in enumerate(ends, start=1)]
    # those with a tab of their own were dialled earlier, and have left the first page of the list
    own = {dial.call_id for dial in followed}
    shown = [event for event in events if (event.call_id not in own if path == "/calls" else path.endswith(event.call_id))]
    return [(event, seen.get(event.sight)) for event in shown]


async def quiet(tabs: Sequence[Tab]) -> None:
    """Waits until no tab has been sent anything for a while."""
    heard, now = -1, 0
    while heard != now:
        await asyncio.sleep(SETTLES_S)
        heard, now = now, sum(len(tab.heard) for tab in tabs)


async def ping(tab: Tab, into: list[float]) -> None:
    """Asks for a word over and over until cancelled."""
    while True:
        into.append(await tab.ping())
        await asyncio.sleep(0.1)


def cpu_of(process: psutil.Process) -> float:
    """Gives the processor time a process has used, in seconds."""
    used = process.cpu_times()
    return used.user + used.system


def waited_for_a_core(process: psutil.Process) -> float:
    """Gives how long a process's first thread, which runs its loop, was ready to run while others had all cores, in seconds;
    0 where the system does not tell."""
    told = Path(f"/proc/{process.pid}/task/{process.pid}/schedstat")
    return int(told.read_text().split()[1]) / 1e9 if told.is_file() else 0.0


async def memory(folder: Path, count: int) -> list[int]:
    """Gives a server's bytes before so many tabs are opened, with them, when their states have expired, and with as many more.

    The expiry is set to some seconds. Python keeps what it frees for the next one, so it is the last figure that tells: it
    stays at the second when closed tabs gave back what they had, and grows by as much again when they did not.
    """
    async with stage(folder, history=100, REFLEX_REDIS_TOKEN_EXPIRATION=str(EXPIRES_S)) as on:
        wanted = [("/calls", on.cookies[nth % len(on.cookies)]) for nth in range(count)]
        async with open_tabs(on.server.url, wanted[:10]):  # what the first of all costs is not the price of a tab
            await asyncio.sleep(SETTLES_S)
        found = [rss(on)]
        for _ in range(2):
            async with open_tabs(on.server.url, wanted):
                await asyncio.sleep(SETTLES_S)
                found.append(rss(on))
            await asyncio.sleep(EXPIRES_S + SETTLES_S)
            found.append(rss(on))
    return found[:4]


def rss(on: Stage) -> int:
    """Gives the bytes the server holds."""
    return on.process.memory_info().rss


def own_core() -> float:
    """Gives which share of a core a busy loop gets at this moment: where others use the machine too, all figures suffer."""
    began, cpu = time.monotonic(), time.process_time()
    while time.process_time() - cpu < 0.2:
        pass
    return 0.2 / (time.monotonic() - began)


# -- what is told -----------------------------------------------------------------------------------------------------


def spread(seconds: list[float]) -> str:
    """Gives p50, p99 and the most, in milliseconds."""
    return f"p50 {share(seconds, 50):5.0f} ms, p99 {share(seconds, 99):5.0f} ms, max {share(seconds, 100):5.0f} ms"


def share(seconds: list[float], percent: float) -> float:
    """Gives a percentile in milliseconds."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * percent / 100))] * 1000


def report(found: Measured) -> None:
    """Writes the figures of a round."""
    kept = "yes" if share(found.from_sending, 99) < PROMISE_MS else "NO"
    which = f"{found.tabs} tabs, one of them Chromium" if found.in_chromium else f"{found.tabs} tabs"
    lines = [
        f"{which}, {found.events} events, {len(found.from_sending):,} arrivals, {found.never} that never came",
        f"  from the sending of the webhook:  {spread(found.from_sending)}   (p99 under {PROMISE_MS} ms: {kept})",
        f"  from its answer:                  {spread(found.from_answer)}",
        *([f"  in Chromium, from the sending:    {spread(found.in_chromium)}"] if found.in_chromium else []),
        f"  ceiling, a bare word and back:    {spread(found.bare)}",
        f"  server: {found.cpu:.0%} of a core, {found.tab_bytes / 1e6:.2f} MB a tab; the benchmark itself: {found.own_cpu:.0%}",
        f"  a busy loop got {found.core:.0%} of a core just before: under 90%, others use this machine too",
        f"  for {found.waited:.0%} of the time the server's loop had work and no core to do it on",
        f"  a tab was sent {found.messages:.1f} messages a second of {found.message_bytes / 1e3:.1f} kB on average",
    ]
    print("\n".join(lines))


async def measure(*, tabs: Sequence[int], seconds: float, history: int, in_browser: bool, closing: int) -> list[Measured]:
    """Measures and writes the figures; gives those of each round."""
    rounds: list[Measured] = []
    with tempfile.TemporaryDirectory(prefix="push") as folder:
        async with stage(Path(folder), history=history) as on:
            print(f"SQLite, {history} calls that are over, {PER_SECOND} events a second for {seconds:.0f} s")
            for count, with_chromium in [*((each, False) for each in tabs), *([(min(tabs), True)] if in_browser else [])]:
                rounds.append(await round_of(on, count, seconds, in_browser=with_chromium))
                report(rounds[-1])
    if closing:
        with tempfile.TemporaryDirectory(prefix="push") as folder:
            before, during, after, again = (f"{each / 1e6:.0f} MB" for each in await memory(Path(folder), closing))
        print(f"{closing} tabs: {before} before, {during} with them, {after} when they had expired, {again} with {closing} more")
    return rounds


def main() -> None:
    """Reads the arguments and measures."""
    asks = argparse.ArgumentParser(description="From the commit of an event to every browser that shows it.")
    asks.add_argument("--tabs", type=int, nargs="*", default=[20, 100])
    asks.add_argument("--seconds", type=float, default=20)
    asks.add_argument("--history", type=int, default=600, help="calls that are over when it begins")
    asks.add_argument("--closing", type=int, default=200, help="tabs to open and close; 0 for none")
    asks.add_argument("--no-browser", action="store_true")
    given = asks.parse_args()
    asyncio.run(
        measure(
            tabs=given.tabs, seconds=given.seconds, history=given.history, in_browser=not given.no_browser, closing=given.closing
        )
    )


if __name__ == "__main__":
    main()
