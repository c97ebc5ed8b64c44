"""Notices in, open pages refreshed: one hub per process gathers what changed and wakes the pages that show it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from typing import Any, TypeVar

from callcenter.domain.notice import Notice
from callcenter.services.ports import POLL, Bus

log = logging.getLogger(__name__)

Value = TypeVar("Value")
State = TypeVar("State")

#: Seconds in which a burst of notices becomes one revision.
TICK = 0.1
#: Seconds between two revisions of one topic, at least; more when the process is busy.
EVERY = 0.3
SLOWEST = 1.0
#: The frame around every page looks again less often: its numbers are hints, the page within is the news.
FRAME = "frame"
#: What is counted beside the calls costs a dozen queries, and nobody reads counts as they run.
COUNTS = "counts"
RARELY = {FRAME: 1.8, COUNTS: 5.0}
#: Seconds after which a page looks at the database again although no notice came.
POLL_SECONDS = POLL.total_seconds()
#: Seconds before a bus that failed is listened to again.
RETRY_SECONDS = 1.0
SNAPSHOTS_KEPT = 500

#: Topics that any page of the kind follows; "all" and the frame are bumped with every one of them.
_PLURALS = {
    "call": "calls",
    "batch": "batches",
    "client": "clients",
    "lead": "leads",
    "event": "events",
    "installation": "installation",
    "account": "clients",
    "user": "users",
    "follow_up": "follow_ups",
    "slot": "slots",
    "do_not_call": "do_not_call",
}


def topics_of(notice: Notice) -> set[str]:
    """The topics a notice touches: "all", the frame's, its kind ("calls"), its own ("call:ID") and its client's ("client:ID");
    that of a call also the counts beside calls."""
    topics = {"all", FRAME, _PLURALS[notice.topic]}
    if notice.topic == "call":
        topics.add(COUNTS)
    if notice.id:
        topics.add(f"{notice.topic}:{notice.id}")
    if notice.client_id:
        topics.add(f"client:{notice.client_id}")
    return topics


class Hub:
    """Counts a revision per topic; pages follow one, and share what they loaded for it.

    All pages of a topic wake with its revision, so that they want the same rows at the same moment, and one look at the
    database is enough for them. How many are sent to at a time is for `push_slots` to say.

    `tick` and `every` are seconds; `sleep` stands in for time in tests.
    """

    def __init__(
        self, *, tick: float = TICK, every: float = EVERY, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self._tick, self._every, self._sleep = tick, every, sleep
        self._pending: set[str] = set()
        self._revisions: defaultdict[str, int] = defaultdict(int)
        self._flushed_at: dict[str, float] = {}
        self._waiting: defaultdict[str, set[asyncio.Future[None]]] = defaultdict(set)
        self._snapshots: dict[tuple[str, Hashable], tuple[int, float, asyncio.Task[Any]]] = {}
        self._lag = 0.0
        self._dear = asyncio.Semaphore(1)

    def bump(self, *topics: str) -> None:
        """Topics changed. Call after the commit, on the event loop; a burst becomes one revision, and the next one waits."""
        loop = asyncio.get_running_loop()
        for topic in topics:
            # of what nobody has looked at yet nobody holds an old revision: every call that was ever made has a topic
            if topic in self._pending or topic not in self._revisions:
                continue
            self._pending.add(topic)
            due = max(loop.time() + self._tick, self._flushed_at.get(topic, 0.0) + self.pause(topic))
            loop.call_at(due, self._flush, topic, due)

    def bump_everything(self) -> None:
        """All topics somebody waits for may have changed."""
        self.bump(*[topic for topic, waiting in self._waiting.items() if waiting])

    def _flush(self, topic: str, due: float) -> None:
        now = asyncio.get_running_loop().time()
        # How late the loop runs its timers is the honest measure of how busy the process is.
        self._lag = 0.8 * self._lag + 0.2 * max(0.0, now - due)
        self._pending.discard(topic)
        self._revisions[topic] += 1
        self._flushed_at[topic] = now
        for future in self._waiting.pop(topic, ()):
            if not future.done():
                future.set_result(None)

    def pause(self, topic: str = "") -> float:
        """Seconds between two revisions of a topic: `every`, and up to SLOWEST when the loop runs late."""
        busy = max(self._every, min(SLOWEST, self._every + self._lag))
        return max(busy, RARELY.get(topic, 0.0))

    async def follow(self, topic: str) -> AsyncIterator[int]:
        """Yields now, and again with each revision there is by then; whoever is slow misses some, never the last."""
        while True:
            seen = self._revisions[topic]
            yield seen
            while self._revisions[topic] == seen:
                await self._next(topic)

    async def _next(self, topic: str) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[topic].add(future)
        try:
            await future
        finally:
            self._waiting[topic].discard(future)
            if not self._waiting[topic]:
                self._waiting.pop(topic, None)

    async def snapshot(
        self,
        topic: str,
        key: Hashable,
        load: Callable[[], Awaitable[Value]],
        *,
        good_for: float = 0.0,
        is_dear: bool = False,
    ) -> Value:
        """One `load()` per view and revision, shared by every page with the same key.

        Put into `key` all that changes the result: filters, page, and the clients the person may see. What is dear and slow
        to change may be `good_for` some seconds, whatever the revision. Dear looks are taken one at a time, so that the
        quick ones, which most pages wait for, come between; such a `load` must not wait for another of them.
        """
        revision, now = self._revisions[topic], asyncio.get_running_loop().time()
        known = self._snapshots.pop((topic, key), None)
        if known is None or (known[0] != revision and now - known[1] >= good_for) or _failed(known[2]):
            known = (revision, now, asyncio.ensure_future(self._in_turn(load) if is_dear else _awaited(load)))
        self._snapshots[topic, key] = known  # at the end: what nobody asked for the longest is dropped first
        if len(self._snapshots) > SNAPSHOTS_KEPT:
            self._snapshots.pop(next(iter(self._snapshots)))
        if known[2].done():
            return known[2].result()
        # Shielded: the page that asked first may close while others wait for the same rows.
        return await asyncio.shield(known[2])

    async def _in_turn(self, load: Callable[[], Awaitable[Value]]) -> Value:
        async with self._dear:
            return await load()

    async def feed(self, notices: AsyncIterator[Notice], on_notice: Callable[[Notice], None]) -> None:
        """Turns notices into bumps until they end."""
        async for notice in notices:
            on_notice(notice)
            self.bump(*topics_of(notice))

    async def poll(self, every: float = POLL_SECONDS) -> None:
        """Bumps everything again and again: a lost notice delays a page by this much, and no more."""
        while True:
            await self._sleep(every)
            self.bump_everything()


def _failed(task: asyncio.Task[Any]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def _awaited(load: Callable[[], Awaitable[Value]]) -> Value:
    return await load()


def bare(state: State) -> State:
    """The state itself, behind the proxy that a background task sees it through: to read and set a page of values through
    that takes longer than all else in a push. Change it only inside `async with self`, and ask for it anew each time."""
    return getattr(state, "__wrapped__", state)


#: The hub of this process.
hub = Hub()

#: At most so many pages are sent to at a time, so that webhooks stay fast while hundreds of pages are open.
push_slots = asyncio.Semaphore(8)
#: What stands beside the news, the frame and the counts, is sent to fewer at a time: the rows come first.
aside_slots = asyncio.Semaphore(2)


async def run(bus: Bus, *, on_notice: Callable[[Notice], None] = lambda _: None, into: Hub = hub) -> None:
    """Feeds the hub from the bus until cancelled, and polls beside it; a bus that fails is listened to again."""
    poller = asyncio.create_task(into.poll())
    try:
        while True:
            try:
                await into.feed(bus.listen(), on_notice)
            except Exception:
                log.exception("notices stopped; pages refresh by polling until they come again")
            await asyncio.sleep(RETRY_SECONDS)
    finally:
        poller.cancel()
