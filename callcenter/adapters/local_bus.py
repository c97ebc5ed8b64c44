"""Notices inside one process: from any thread to every listener's own loop."""

import asyncio
import threading
import weakref
from collections.abc import Iterable, Sequence

from callcenter.domain.notice import EVERYTHING, Notice

#: How many different notices may wait for one listener before EVERYTHING takes their place.
MOST_WAITING = 1_000


class Mailbox:
    """Notices that wait for one reader, equal ones once. Filled from any thread, emptied in the loop it was made in."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._loop = asyncio.get_running_loop()
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        self._waiting: dict[Notice, None] = {}
        self._filled = asyncio.Event()
        self._is_closed = False

    def put(self, notices: Iterable[Notice]) -> None:
        """Adds notices without waiting; too many of them become EVERYTHING."""
        with self._lock:
            self._waiting.update(dict.fromkeys(notices))
            if len(self._waiting) > self._most_waiting:
                self._waiting = dict.fromkeys(EVERYTHING)
        self._wake()

    def close(self) -> None:
        """Ends the reader's wait for good."""
        self._is_closed = True
        self._wake()

    async def take(self) -> list[Notice]:
        """Waits until there are notices and gives all of them, oldest first; an empty list once closed."""
        while not self._is_closed:
            with self._lock:
                taken, self._waiting = list(self._waiting), {}
                self._filled.clear()
            if taken:
                return taken
            await self._filled.wait()
        return []

    def _wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._filled.set)
        except RuntimeError:  # that loop has ended, and its reader with it
            self._is_closed = True


class Listening:
    """One listener's stream of notices; it begins when it is made, not with its first step."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self._taken: list[Notice] = []

    def __aiter__(self) -> "Listening":
        return self

    async def __anext__(self) -> Notice:
        if not self._taken:
            self._taken = (await self.mailbox.take())[::-1]
        if not self._taken:
            raise StopAsyncIteration
        return self._taken.pop()


class LocalBus:
    """Carries notices between the threads and tasks of this process."""

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self._most_waiting = most_waiting
        self._lock = threading.Lock()
        # Weak: a listener that was dropped, as by leaving its loop early, is forgotten without having to say so.
        self._listeners: weakref.WeakSet[Listening] = weakref.WeakSet()

    def publish(self, notices: Sequence[Notice]) -> None:
        """Hands notices to everybody who listens now; never waits, never raises, from any thread."""
        if not notices:
            return
        for listening in self._everybody():
            listening.mailbox.put(notices)

    def listen(self) -> Listening:
        """Gives the notices published from now on; called in the loop that will read them."""
        listening = Listening(Mailbox(self._most_waiting))
        with self._lock:
            self._listeners.add(listening)
        return listening

    async def start(self) -> None:
        """Does nothing: a local bus is always there."""

    async def stop(self) -> None:
        """Ends every listener's stream."""
        for listening in self._everybody():
            listening.mailbox.close()

    async def is_up(self) -> bool:
        """Always true."""
        return True

    def _everybody(self) -> list[Listening]:
        with self._lock:
            return list(self._listeners)
