"""Notices between processes: through Redis to the others, straight to our own listeners whether Redis is up or not."""

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, cast, get_args

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from callcenter.adapters.local_bus import MOST_WAITING, Listening, LocalBus, Mailbox
from callcenter.domain.notice import EVERYTHING, Notice, Topic
from callcenter.services.ports import Clock

CHANNEL = "callcenter:notices"
SHORTEST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 10.0
_TOPICS = frozenset(get_args(Topic))
_TROUBLE = (RedisError, OSError, TimeoutError)

_log = logging.getLogger(__name__)


class RedisBus:
    """Carries notices to all processes that use one Redis.

    Losing Redis costs only the other processes' haste: what could not be sent waits, bounded, and whoever may have
    missed something is told to look at everything once the line is back.
    """

    def __init__(self, url: str, *, clock: Clock, most_waiting: int = MOST_WAITING, timeout_s: float = 5.0) -> None:
        self._clock = clock
        self._most_waiting = most_waiting
        self._local = LocalBus(most_waiting)
        self._name = secrets.token_hex(8)  # by which we know our own notices when Redis returns them
        self._outbox: Mailbox | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_subscribed = False
        self._is_stopping = False
        # Reconnecting is ours to do, as we must know that notices were missed; hence no retries below.
        self._redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType] - untyped **kwargs
            url,
            socket_timeout=timeout_s,
            socket_connect_timeout=timeout_s,
            health_check_interval=15,
            retry=Retry(NoBackoff(), 0),
        )

    def publish(self, notices: Sequence[Notice]) -> None:
        """Hands notices to our listeners at once and leaves them to be sent; never waits, never raises, any thread."""
        if not notices:
            return
        self._local.publish(notices)
        if self._outbox is not None:
            self._outbox.put(notices)

    def listen(self) -> Listening:
        """Gives the notices of all processes from now on; called in the loop that will read them."""
        return self._local.listen()

    async def start(self) -> None:
        """Begins to send and receive; Redis need not be there yet."""
        self._is_stopping = False
        self._outbox = outbox = Mailbox(self._most_waiting)
        self._tasks = [
            asyncio.create_task(self._keep_doing(self._receive), name="redis bus: receive"),
            asyncio.create_task(self._keep_doing(partial(self._send, outbox)), name="redis bus: send"),
        ]

    async def stop(self) -> None:
        """Ends every listener's stream and lets go of Redis."""
        await self._local.stop()
        self._is_stopping = True
        if self._outbox is not None:
            self._outbox.close()
        for task in self._tasks:
            # The library may swallow this in the middle of a command; hence the flag, which is looked at after it.
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks, self._outbox = [], None
        with contextlib.suppress(*_TROUBLE):
            await self._redis.aclose()

    async def is_up(self) -> bool:
        """True when Redis answers and we hear what others publish."""
        try:
            await cast(Awaitable[bool], self._redis.ping())  # pyright: ignore[reportUnknownMemberType]
        except _TROUBLE:
            return False
        return self._is_subscribed

    async def _keep_doing(self, work: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
        """Does `work` until stopped; after trouble again, later each time until it says that it got through."""
        pause_s = SHORTEST_PAUSE_S

        def got_through() -> None:
            nonlocal pause_s
            pause_s = SHORTEST_PAUSE_S

        while not self._is_stopping:
            try:
                await work(got_through)
            except _TROUBLE as trouble:
                if pause_s == SHORTEST_PAUSE_S:  # once per absence is enough
                    _log.warning("Redis is away (%s); others hear from us when it is back.", type(trouble).__name__)
                await self._clock.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _receive(self, got_through: Callable[[], None]) -> None:
        try:
            async with self._redis.pubsub() as subscription:  # pyright: ignore[reportUnknownMemberType]
                await subscription.subscribe(CHANNEL)  # pyright: ignore[reportUnknownMemberType]
                while not self._is_stopping:
                    message = cast(dict[str, Any] | None, await subscription.get_message(timeout=1.0))
                    if message is None:
                        continue
                    if message["type"] == "subscribe":
                        # While we were away others may have published: nobody knows what.
                        self._is_subscribed = True
                        self._local.publish(EVERYTHING)
                        got_through()
                    elif message["type"] == "message":
                        self._local.publish(notices_of(message["data"], but_not_from=self._name))
        finally:
            self._is_subscribed = False

    async def _send(self, outbox: Mailbox, got_through: Callable[[], None]) -> None:
        while notices := await outbox.take():
            try:
                message = message_of(notices, sender=self._name)
                await cast(Awaitable[int], self._redis.publish(CHANNEL, message))  # pyright: ignore[reportUnknownMemberType]
            except BaseException:
                outbox.put(notices)
                raise
            got_through()


def message_of(notices: Sequence[Notice], *, sender: str) -> bytes:
    """Gives notices as the JSON that travels through Redis."""
    rows = [[notice.topic, notice.client_id, notice.id] for notice in notices]
    return json.dumps({"from": sender, "notices": rows}, separators=(",", ":")).encode()


def notices_of(message: bytes, *, but_not_from: str) -> list[Notice]:
    """Gives the notices of such a JSON; none for our own, and none for what another version may have meant."""
    try:
        body = json.loads(message)
        rows = cast(list[list[Any]], [] if body["from"] == but_not_from else body["notices"])
        return [Notice(topic, client_id, row_id) for topic, client_id, row_id in rows if topic in _TOPICS]
    except (ValueError, TypeError, KeyError):
        return list(EVERYTHING)
