"""The webhook's route under load: a real `callcenter serve` on SQLite, signed deliveries of many calls over loopback; a program.

Three questions. How long does an answer take at 300 deliveries a second: the promise is p99 under 100 ms. How long on a disk that
takes 5 ms longer for each commit (slow_disk.py): under 200 ms. And what becomes of 2,000 that come within one second: each is
answered 204 or 503, none is lost, and those that were answered 503 arrive when they are sent again.

A delivery is due at its instant whether or not the ones before it were answered, and its time runs from there. Each has the
shape and size of a real one. Beside the figures stand their ceilings, of the same run: the same bodies at the same pace posted to
an address that does not exist, which is the bare way of a request through the server; and for the rush, how many a second one
thread can check and parse.

    python -m tests.benchmarks.webhook_http
    python -m tests.benchmarks.webhook_http --seconds 3 --rush 500
"""

import argparse
import asyncio
import contextlib
import hashlib
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from callcenter.services.runtime import Runtime
from callcenter.simulator.signing import milliseconds, sign
from callcenter.store import accounts, inbox
from tests.benchmarks.push import runtime_beside
from tests.benchmarks.webhooks import TURNS, Spent, body, dialled_calls, only_read
from tests.builders import letters_in
from tests.journeys import servers

PER_SECOND = 300
PROMISE_MS, SLOW_PROMISE_MS = 100, 200
PATH = "/api/calls/webhook/retell"
NOWHERE = "/api/calls/webhook-of-nobody"
#: The provider gives up on an answer after this long.
PATIENCE_S = 10.0
#: A connection that was idle for longer is not used again: the server lets go of it after five seconds.
IDLE_S = 3.0
KINDS = ("call_started", "call_ended", "call_analyzed")


# -- the sender -------------------------------------------------------------------------------------------------------


@dataclass
class Post:
    """One delivery; once sent: its status, 0 for no answer in time, and how long that took from when it was due, in s."""

    raw: bytes
    signature: str
    status: int = 0
    took: float = 0.0


@dataclass
class Sender:
    """Speaks HTTP over connections that it keeps, with little of its own, so that the machine is left to the server."""

    port: int
    free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def send(self, posts: Sequence[Post], *, path: str, per_second: float) -> None:
        """Sends each at its instant, and waits for all answers."""
        self.close()  # the server has let go of those that were idle for long
        loop = asyncio.get_running_loop()
        began = loop.time() + 0.05
        await asyncio.gather(*(self._at(began + nth / per_second, post, path) for nth, post in enumerate(posts)))

    async def _at(self, due: float, post: Post, path: str) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, due - loop.time()))
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PATIENCE_S):
                post.status = await self._ask(post, path)
        post.took = loop.time() - due

    async def _ask(self, post: Post, path: str) -> int:
        reader, writer = await self._connected()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Type: application/json\r\n"
            f"x-retell-signature: {post.signature}\r\nContent-Length: {len(post.raw)}\r\n\r\n"
        )
        try:
            writer.write(head.encode() + post.raw)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = answer.partition(b"content-length:")[2].partition(b"\r\n")[0].strip()
            await reader.readexactly(int(length or 0))
        except BaseException:
            writer.close()
            raise
        self.free.append((time.monotonic(), reader, writer))
        return int(answer.split(maxsplit=2)[1])

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self.free:
            since, reader, writer = self.free.pop()
            if time.monotonic() - since < IDLE_S:
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self.port)

    def close(self) -> None:
        """Lets go of every connection."""
        while self.free:
            self.free.pop()[2].close()


# -- the stage --------------------------------------------------------------------------------------------------------


@dataclass
class Stage:
    """A running server, the database behind it, and a sender."""

    server: servers.Server
    rt: Runtime
    sender: Sender
    spare: "itertools.count[int]" = field(default_factory=itertools.count)

    async def posts(self, many: int) -> list[Post]:
        """Gives this many deliveries of calls that were dialled: the three of each call in order, the calls side by side."""
        made = await dialled_calls(self.rt, -(-many // len(KINDS)), first=10_000 * next(self.spare))
        now = self.rt.clock.now()
        out: list[Post] = []
        for kind, dial in itertools.product(KINDS, made):
            raw = body(kind, dial.provider_call_id or "", dial.token, turns=TURNS, started=now, number=dial.number)
            out.append(Post(raw, sign(raw, key=servers.KEY, at_ms=milliseconds(now))))
        return out[:many]

    async def are_stored(self, posts: Sequence[Post]) -> bool:
        """Whether every one of these bodies is in the inbox."""
        account = await self.rt.database.read(accounts.find_default)
        assert account is not None
        hashes = [hashlib.sha256(post.raw).hexdigest() for post in posts]
        return await self.rt.database.read(lambda tx: inbox.known(tx, account.account_id, hashes)) == set(hashes)

    async def until_folded(self) -> float:
        """Waits until all that is in the inbox is folded; gives how long that took, in s."""
        began = time.perf_counter()
        while await letters_in(self.rt, "new", limit=1):
            await self.rt.clock.sleep(0.01)
        return time.perf_counter() - began

    def cpu_s(self) -> float:
        """How many seconds of processor time the server has used."""
        assert self.server.process is not None
        used = psutil.Process(self.server.process.pid).cpu_times()
        return used.user + used.system


@contextlib.asynccontextmanager
async def stage(folder: Path, *, is_slow: bool) -> AsyncIterator[Stage]:
    """Starts a server on a fresh database, on a slow disk or on this machine's own."""
    extra = {"PROGRAM": "tests.benchmarks.slow_disk"} if is_slow else {}
    with servers.simulator() as provider:
        server = servers.Server(f"sqlite:///{folder}/hooks.db", provider.url, folder, extra=extra)
        await asyncio.to_thread(server.prepare)
        await asyncio.to_thread(server.start)
        rt = runtime_beside(server)
        made = Stage(server, rt, Sender(server.port))
        try:
            await made.sender.send(await made.posts(60), path=PATH, per_second=100)  # so that its statements are compiled
            yield made
        finally:
            made.sender.close()
            rt.database.close()
            server.stop()


# -- what is measured -------------------------------------------------------------------------------------------------


@dataclass
class Pace:
    """Deliveries at a steady pace: how they were answered, how long the answers took, and how long bare ones did, in ms."""

    answers: Counter[int]
    p50: float
    p99: float
    cpu_ms: float
    bare_p99: float
    bare_cpu_ms: float
    all_stored: bool
    folded_after_s: float


async def steady(on: Stage, *, seconds: float) -> Pace:
    """Sends at 300 a second; first to nowhere, for the ceiling."""
    posts = await on.posts(round(seconds * PER_SECOND))
    bare = [Post(post.raw, post.signature) for post in posts]
    start = on.cpu_s()
    await on.sender.send(bare, path=NOWHERE, per_second=PER_SECOND)
    assert {post.status for post in bare} - {0} == {404}, Counter(post.status for post in bare)
    middle = on.cpu_s()
    await on.sender.send(posts, path=PATH, per_second=PER_SECOND)
    folded_after_s = await on.until_folded()
    end = on.cpu_s()
    return Pace(
        answers=Counter(post.status for post in posts),
        p50=percentile(posts, 50),
        p99=percentile(posts, 99),
        cpu_ms=(end - middle) / len(posts) * 1000,
        bare_p99=percentile(bare, 99),
        bare_cpu_ms=(middle - start) / len(posts) * 1000,
        all_stored=await on.are_stored([post for post in posts if post.status == 204]),
        folded_after_s=folded_after_s,
    )


def percentile(posts: Sequence[Post], percent: int) -> float:
    """Gives it of what the answers took, in ms."""
    took = sorted(post.took for post in posts)
    return took[min(len(took) - 1, len(took) * percent // 100)] * 1000


@dataclass
class Rush:
    """Many deliveries within one second: how they were answered, by when, and what became of those that were sent again."""

    answers: Counter[int]
    slowest_s: float
    over_s: float
    again: int
    ceiling: float
    folded_after_s: float
    all_stored: bool

    @property
    def per_second(self) -> float:
        """Deliveries folded a second, from the first one sent to the last one folded."""
        return self.answers[204] / (self.over_s + self.folded_after_s)


async def rush(on: Stage, *, many: int) -> Rush:
    """Sends them all within a second, then again whatever was not answered 204, as the provider does."""
    posts = await on.posts(many)
    bare = Spent()
    with bare.counting(len(posts)):
        only_read(on.rt, [(post.raw, post.signature) for post in posts], key=servers.KEY)
    began = time.perf_counter()
    await on.sender.send(posts, path=PATH, per_second=many)
    over_s = time.perf_counter() - began
    folded_after_s = await on.until_folded()
    found = Rush(
        answers=Counter(post.status for post in posts),
        slowest_s=max(post.took for post in posts),
        over_s=over_s,
        again=0,
        ceiling=bare.rate(),
        folded_after_s=folded_after_s,
        all_stored=await on.are_stored([post for post in posts if post.status == 204]),
    )
    while left := [post for post in posts if post.status != 204]:
        found.again += len(left)
        await asyncio.sleep(1)
        await on.sender.send(left, path=PATH, per_second=PER_SECOND)
    found.all_stored = found.all_stored and await on.are_stored(posts)
    return found


async def main(*, seconds: float, many: int) -> None:
    """Measures on both disks and prints."""
    for is_slow, promise in ((False, PROMISE_MS), (True, SLOW_PROMISE_MS)):
        with tempfile.TemporaryDirectory() as folder:
            async with stage(Path(folder), is_slow=is_slow) as on:
                tell_pace(
                    await steady(on, seconds=seconds), disk="a disk 5 ms slower" if is_slow else "this disk", promise=promise
                )
                if not is_slow:
                    tell_rush(await rush(on, many=many))


def tell_pace(found: Pace, *, disk: str, promise: float) -> None:
    """Prints what was measured at a steady pace."""
    print(f"{PER_SECOND} a second on {disk}: {dict(found.answers)}, all stored: {found.all_stored}")
    print(f"  answered after p50 {found.p50:.0f} ms, p99 {found.p99:.0f} ms (promise: {promise:.0f})")
    print(f"  the last was folded {found.folded_after_s:.1f} s after the last answer")
    print(f"  bare requests at the same pace: p99 {found.bare_p99:.0f} ms")
    print(f"  processor time of the server for each: {found.cpu_ms:.1f} ms; for a bare one: {found.bare_cpu_ms:.1f} ms")


def tell_rush(found: Rush) -> None:
    """Prints what was measured in the rush."""
    print(f"{found.answers.total()} within a second: {dict(found.answers)}, the slowest after {found.slowest_s:.1f} s")
    print(f"  the last was folded {found.folded_after_s:.1f} s after the last answer")
    print(f"  {found.per_second:,.0f} folded a second; ceiling (verify and parse alone): {found.ceiling:,.0f}")
    print(f"  sent again: {found.again}; every one is in the inbox: {found.all_stored}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="for how long at a steady pace")
    parser.add_argument("--rush", type=int, default=2_000, help="how many within one second")
    given = parser.parse_args()
    asyncio.run(main(seconds=given.seconds, many=given.rush))
