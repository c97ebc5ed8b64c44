"""Both buses do the same: from any thread, to everybody who listens, bounded, never raising."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, get_args

import pytest

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.local_bus import LocalBus
from callcenter.adapters.redis_bus import RedisBus, message_of, notices_of
from callcenter.domain.notice import EVERYTHING, Notice, Topic
from tests.redis_server import RedisServer

CALL = Notice("call", "client", "call-1")
SLOT = Notice("slot", "client")


class QuickClock(SystemClock):
    """A clock on which every pause between two tries is short."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(min(seconds, 0.02))


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await is_so():  # noqa: ASYNC110 - the server's process has no event to wait for
            await asyncio.sleep(0.01)


@pytest.fixture(params=["local", pytest.param("redis", marks=pytest.mark.redis)])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    if request.param == "local":
        made: Any = LocalBus(most_waiting=20)
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        made = RedisBus(server.url, clock=QuickClock(), most_waiting=20)
    await made.start()
    await until(made.is_up)
    yield made
    await made.stop()


async def take(listening: AsyncIterator[Notice], count: int) -> list[Notice]:
    async with asyncio.timeout(10):
        return [await anext(listening) for _ in range(count)]


async def test_everybody_who_listens_hears_each_notice_in_order(bus: Any):
    first, second = bus.listen(), bus.listen()
    bus.publish([CALL, SLOT])
    assert await take(first, 2) == [CALL, SLOT]
    assert await take(second, 2) == [CALL, SLOT]


async def test_listening_begins_with_the_call_not_with_the_first_step(bus: Any):
    bus.publish([SLOT])
    listening = bus.listen()
    bus.publish([CALL])
    assert await take(listening, 1) == [CALL]


async def test_notices_come_from_any_thread(bus: Any):
    listening = bus.listen()
    notices = [Notice("lead", "client", str(number)) for number in range(8)]
    threads = [threading.Thread(target=bus.publish, args=([notice],)) for notice in notices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(await take(listening, 8)) == set(notices)


async def test_equal_notices_that_wait_are_one(bus: Any):
    listening = bus.listen()
    for _ in range(50):
        bus.publish([CALL])
    bus.publish([SLOT])
    assert await take(listening, 2) == [CALL, SLOT]


def test_everything_names_each_topic_once_and_nothing_in_particular():
    assert {notice.topic for notice in EVERYTHING} == set(get_args(Topic))
    assert all(notice == Notice(notice.topic) for notice in EVERYTHING)


async def test_whoever_falls_behind_is_told_to_look_at_everything(bus: Any):
    listening = bus.listen()
    for number in range(21):
        bus.publish([Notice("call", "client", str(number))])
    assert await take(listening, len(EVERYTHING)) == list(EVERYTHING)
    bus.publish([CALL])
    assert await take(listening, 1) == [CALL]


async def test_stopping_ends_every_stream(bus: Any):
    listening = bus.listen()
    waiting = asyncio.create_task(anext(listening, None))
    await asyncio.sleep(0)
    await bus.stop()
    async with asyncio.timeout(10):
        assert await waiting is None
    bus.publish([CALL])


async def test_a_listener_that_was_dropped_is_forgotten_and_one_whose_loop_ended_does_no_harm(bus: Any):
    def elsewhere() -> None:
        async def listen_briefly() -> Any:
            return bus.listen()

        kept.append(asyncio.run(listen_briefly()))

    kept: list[Any] = []
    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    bus.listen()
    listening = bus.listen()
    bus.publish([CALL])
    assert await take(listening, 1) == [CALL]


async def test_no_notices_wake_nobody(bus: Any):
    listening = bus.listen()
    bus.publish([])
    bus.publish([CALL])
    assert await take(listening, 1) == [CALL]


# What only Redis can do.


@pytest.mark.redis
async def test_notices_reach_another_process_once(redis_server: RedisServer):
    here, there = (RedisBus(redis_server.url, clock=QuickClock()) for _ in range(2))
    for bus in (here, there):
        await bus.start()
        await until(bus.is_up)
    at_home, abroad = here.listen(), there.listen()
    here.publish([CALL])
    assert await take(abroad, 1) == [CALL]
    there.publish([SLOT])
    assert await take(at_home, 2) == [CALL, SLOT]
    await here.stop()
    await there.stop()


@pytest.mark.redis
async def test_with_redis_away_our_own_listeners_still_hear_us(redis_server: RedisServer):
    redis_server.kill()
    bus = RedisBus(redis_server.url, clock=QuickClock())
    await bus.start()
    listening = bus.listen()
    bus.publish([CALL])
    assert await take(listening, 1) == [CALL]
    assert not await bus.is_up()
    await bus.stop()


@pytest.mark.redis
async def test_when_redis_comes_back_what_waited_is_sent_and_everybody_looks_at_everything(redis_server: RedisServer):
    here, there = (RedisBus(redis_server.url, clock=QuickClock()) for _ in range(2))
    for bus in (here, there):
        await bus.start()
        await until(bus.is_up)
    abroad = there.listen()
    redis_server.kill()
    here.publish([CALL])
    redis_server.start()
    heard: set[Notice] = set()
    async with asyncio.timeout(20):
        # the sender may be back before the receiver: then what waited is lost on the way, which is what EVERYTHING is for
        while not heard.issuperset(EVERYTHING):
            heard.add(await anext(abroad))
    await until(here.is_up)
    await until(there.is_up)
    here.publish([SLOT])
    async with asyncio.timeout(10):
        while await anext(abroad) != SLOT:
            pass
    await here.stop()
    await there.stop()


def test_a_notice_travels_whole_and_comes_back_to_others_only():
    message = message_of([CALL, SLOT], sender="here")
    assert notices_of(message, but_not_from="there") == [CALL, SLOT]
    assert notices_of(message, but_not_from="here") == []


def test_a_topic_of_a_newer_version_is_passed_over():
    message = b'{"from":"newer","notices":[["weather",null,""],["slot","client",""]]}'
    assert notices_of(message, but_not_from="here") == [SLOT]


@pytest.mark.parametrize(
    "message", [b"", b"{", b"[]", b"null", b'{"from":"x"}', b'{"from":"x","notices":[1]}', b'{"from":"x","notices":3}', b"\xff"]
)
def test_a_message_that_nobody_understands_means_look_at_everything(message: bytes):
    assert notices_of(message, but_not_from="here") == list(EVERYTHING)
