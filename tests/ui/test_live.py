"""The hub: bursts become one revision, pages follow at their own pace, and share what they load."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import reflex as rx

from callcenter.domain.notice import Notice
from callcenter.ui import live
from callcenter.ui.live import Hub, topics_of
from tests.ui.conftest import FakeTab


class Naps:
    """A sleep that returns at once and remembers what was asked of it."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def hub(naps: Naps) -> Hub:
    return Hub(tick=0.001, every=0.002, sleep=naps)


async def _soon(waiting: "asyncio.Future[int]") -> int:
    return await asyncio.wait_for(waiting, 2)


def test_a_notice_touches_its_kind_its_own_topic_and_its_client() -> None:
    assert topics_of(Notice("call", "c1", "k7")) == {"all", "frame", "calls", "counts", "call:k7", "client:c1"}
    assert topics_of(Notice("installation")) == {"all", "frame", "installation"}


async def test_following_yields_at_once_and_again_after_a_change(hub: Hub) -> None:
    follow = hub.follow("calls")
    assert await anext(follow) == 0
    waiting = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0.005)
    assert not waiting.done(), "nothing changed, so the page must not refresh"
    hub.bump("calls")
    assert await _soon(waiting) == 1


async def test_a_burst_becomes_one_revision(hub: Hub) -> None:
    follow = hub.follow("calls")
    await anext(follow)
    waiting = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0)
    for _ in range(200):
        hub.bump("calls")
    assert await _soon(waiting) == 1
    later = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0.005)
    assert not later.done()
    later.cancel()


async def test_a_change_while_a_page_is_at_work_is_not_lost(hub: Hub) -> None:
    follow = hub.follow("calls")
    await anext(follow)
    hub.bump("calls")
    await asyncio.sleep(0.005)
    assert await _soon(asyncio.ensure_future(anext(follow))) == 1


async def test_revisions_keep_their_distance_and_the_first_after_a_rest_does_not_wait_for_it() -> None:
    hub, loop = Hub(tick=0.001, every=0.05), asyncio.get_running_loop()
    follow = hub.follow("calls")
    await anext(follow)
    hub.bump("calls")
    asked = loop.time()
    await anext(follow)
    first = loop.time()
    hub.bump("calls")
    await anext(follow)
    assert first - asked < 0.05 <= loop.time() - first + 0.001


async def test_all_pages_of_a_topic_wake_with_one_revision_and_share_one_load(hub: Hub) -> None:
    loads = 0

    async def load() -> int:
        nonlocal loads
        loads += 1
        return loads

    async def page(seen: list[int]) -> None:
        async for _ in hub.follow("calls"):
            seen.append(await hub.snapshot("calls", "all", load))

    shown: list[list[int]] = [[] for _ in range(20)]
    pages = [asyncio.ensure_future(page(seen)) for seen in shown]
    await asyncio.sleep(0)
    for times in (2, 3):
        hub.bump("calls")
        async with asyncio.timeout(2):
            while any(len(seen) < times for seen in shown):  # noqa: ASYNC110 - twenty pages, no event of theirs
                await asyncio.sleep(0.001)
    for each in pages:
        each.cancel()
    assert shown == [[1, 2, 3]] * 20


async def test_a_slow_page_skips_revisions_but_ends_with_the_last(hub: Hub) -> None:
    follow = hub.follow("calls")
    await anext(follow)
    for _ in range(3):
        hub.bump("calls")
        await asyncio.sleep(0.01)
    assert await _soon(asyncio.ensure_future(anext(follow))) == 3
    last = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0.01)
    assert not last.done()
    last.cancel()


async def test_what_nobody_looked_at_leaves_nothing_behind(hub: Hub) -> None:
    hub.bump("call:k7")
    assert "call:k7" not in hub._revisions
    assert not hub._pending


async def test_other_topics_do_not_wake_a_page(hub: Hub) -> None:
    follow = hub.follow("batch:b1")
    await anext(follow)
    waiting = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0)
    hub.bump("calls", "batch:b2")
    await asyncio.sleep(0.005)
    assert not waiting.done()
    waiting.cancel()


async def test_pages_with_one_key_share_one_load(hub: Hub) -> None:
    loads = 0

    async def load() -> int:
        nonlocal loads
        loads += 1
        await asyncio.sleep(0)
        return loads

    assert await asyncio.gather(*(hub.snapshot("calls", ("all", 1), load) for _ in range(50))) == [1] * 50
    assert await hub.snapshot("calls", ("acme", 1), load) == 2
    hub.bump("calls")
    await asyncio.sleep(0.005)
    assert await hub.snapshot("calls", ("all", 1), load) == 3


async def test_what_is_good_for_a_while_is_loaded_again_only_after_it(hub: Hub) -> None:
    loads = iter(range(1, 9))

    async def load() -> int:
        return next(loads)

    async def ask(good_for: float) -> int:
        return await hub.snapshot("calls", "counts", load, good_for=good_for)

    assert await ask(60) == 1
    hub.bump("calls")
    await asyncio.sleep(0.005)
    assert await ask(60) == 1, "changed, but good for a minute"
    assert await ask(0.001) == 2
    assert await ask(0) == 2, "nothing changed since"


async def test_dear_looks_are_taken_one_at_a_time_and_quick_ones_between_them(hub: Hub) -> None:
    done: list[str] = []
    go = asyncio.Event()

    async def look(name: str) -> str:
        if name != "quick":
            await go.wait()
        done.append(name)
        await asyncio.sleep(0)
        done.append(f"{name} over")
        return name

    dear = [asyncio.ensure_future(hub.snapshot("all", name, lambda name=name: look(name), is_dear=True)) for name in ("a", "b")]
    assert await asyncio.wait_for(hub.snapshot("calls", "quick", lambda: look("quick")), 2) == "quick"
    go.set()
    assert await asyncio.wait_for(asyncio.gather(*dear), 2) == ["a", "b"]
    assert done == ["quick", "quick over", "a", "a over", "b", "b over"]


async def test_a_failed_load_is_tried_again(hub: Hub) -> None:
    answers = iter([ValueError("database gone"), None])

    async def load() -> str:
        if problem := next(answers):
            raise problem
        return "rows"

    with pytest.raises(ValueError, match="database gone"):
        await hub.snapshot("calls", 1, load)
    assert await hub.snapshot("calls", 1, load) == "rows"


async def test_a_page_that_closes_does_not_cancel_the_load_of_the_others(hub: Hub) -> None:
    go = asyncio.Event()

    async def load() -> str:
        await go.wait()
        return "rows"

    first = asyncio.ensure_future(hub.snapshot("calls", 1, load))
    second = asyncio.ensure_future(hub.snapshot("calls", 1, load))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    go.set()
    assert await asyncio.wait_for(second, 2) == "rows"


async def test_a_closed_page_leaves_nothing_behind(hub: Hub) -> None:
    follow = hub.follow("calls")
    await anext(follow)
    waiting = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0.005)
    assert hub._waiting["calls"]
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert "calls" not in hub._waiting


async def test_polling_bumps_only_what_somebody_follows(hub: Hub) -> None:
    follow = hub.follow("calls")
    await anext(follow)
    waiting = asyncio.ensure_future(anext(follow))
    await asyncio.sleep(0)
    poller = asyncio.ensure_future(hub.poll(2.0))
    assert await _soon(waiting) == 1
    poller.cancel()
    assert "batches" not in hub._revisions


def test_a_busy_process_refreshes_more_slowly_but_never_beyond_a_second() -> None:
    hub = Hub()
    assert hub.pause() == pytest.approx(0.3)
    assert hub.pause(live.FRAME) == live.RARELY[live.FRAME]
    hub._lag = 0.1
    assert hub.pause() == pytest.approx(0.4)
    hub._lag = 60
    assert hub.pause() == live.SLOWEST


async def test_a_bus_that_breaks_is_listened_to_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Notice] = []

    class Bus:
        tries = 0

        async def listen(self) -> AsyncIterator[Notice]:
            Bus.tries += 1
            if Bus.tries == 1:
                raise ConnectionError("bus gone")
            yield Notice("user", None, "u1")
            await asyncio.Event().wait()

    monkeypatch.setattr(live, "RETRY_SECONDS", 0.001)
    running = asyncio.ensure_future(live.run(Bus(), on_notice=heard.append, into=hub))  # type: ignore[arg-type]
    for _ in range(500):
        if heard:
            break
        await asyncio.sleep(0.001)
    running.cancel()
    assert heard == [Notice("user", None, "u1")]


class Watching(rx.State):
    """A page that counts up by itself."""

    shown: int = 0

    @rx.event(background=True)
    async def watch(self) -> None:
        """Adds one more, behind the proxy."""
        async with self:
            state = live.bare(self)
            state.shown += 1


async def test_what_is_changed_behind_the_proxy_is_sent_and_kept(tab: FakeTab) -> None:
    await tab.run(Watching.watch)
    await tab.run(Watching.watch)
    sent = [values["shown_rx_state_"] for delta in tab.deltas for values in delta.values() if "shown_rx_state_" in values]
    assert sent == [1, 2]
    assert (await tab.state(Watching)).shown == 2
