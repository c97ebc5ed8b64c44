"""Deliveries that wait are stored together; what comes of each is what would have come of it alone, on both databases."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from callcenter.domain.call import CallEvent, CallStatus
from callcenter.domain.dial import DialState
from callcenter.domain.errors import Unavailable
from callcenter.services import folding, storing
from callcenter.services.runtime import Runtime
from callcenter.store import calls, inbox
from callcenter.store.database import Tx
from tests.builders import letters_in
from tests.fakes import FakeBus
from tests.journeys.servers import until
from tests.services.deliveries import Writes, absurd, delivery_of, dialled, news_of, seen, take, take_together


async def test_together_the_same_comes_of_them_as_one_by_one(any_rt: Runtime) -> None:
    made = await dialled(any_rt, 8)
    events = [news_of(dial, was_answered=nth % 4 != 3) for nth, dial in enumerate(made)]
    writes = Writes(any_rt)
    for some in events[:4]:
        for event in some:
            await take(any_rt, event)
    assert writes.count == 3 * 4 + 2
    await take_together(any_rt, [event for some in events[4:] for event in some])
    assert writes.count == 3 * 4 + 2 + 1, "one transaction for all of them"
    for alone, together in zip(made[:4], made[4:], strict=True):
        assert await seen(any_rt, together) == await seen(any_rt, alone)
    first, last = await seen(any_rt, made[4]), await seen(any_rt, made[7])
    assert (first["derived"].status, first["dial"][0], len(first["letters"])) == (CallStatus.COMPLETED, DialState.FINISHED, 3)
    assert (last["derived"].status, last["tries"]) == (CallStatus.FAILED, 2)


async def test_one_that_cannot_be_folded_harms_no_other_and_is_kept(any_rt: Runtime) -> None:
    made = await dialled(any_rt, 3)
    events = [news_of(dial)[1] for dial in made]
    bad = absurd(made[1])
    results = await take_together(any_rt, [events[0], bad, events[2], events[0]])
    assert [(each.status, each.result) for each in results] == [(204, "folded"), (204, "new"), (204, "folded"), (204, "again")]
    letters = await letters_in(any_rt, "new")
    assert [(each.provider_call_id, each.tries) for each in letters] == [(made[1].provider_call_id, 1)]
    assert letters[0].error
    after = [await any_rt.database.read(lambda tx, dial=dial: calls.get(tx, dial.call_id)) for dial in made]
    assert [call.told.ended_at is not None for call in after] == [True, False, True]


async def test_nothing_is_announced_of_a_group_that_failed(rt: Runtime, bus: FakeBus) -> None:
    made = await dialled(rt, 2)
    Writes(rt, fail=Unavailable("The disk is full."))
    before = len(bus.notices)
    results = await asyncio.gather(*(take(rt, news_of(dial)[0]) for dial in made), return_exceptions=True)
    assert [type(each) for each in results] == [Unavailable, Unavailable]
    assert len(bus.notices) == before


async def test_the_same_body_twice_at_once_is_stored_once_and_counted(any_rt: Runtime) -> None:
    (dial,) = await dialled(any_rt, 1)
    event = news_of(dial)[0]
    assert [each.result for each in await take_together(any_rt, [event, event, event])] == ["folded", "again", "again"]
    assert [each[:3] for each in (await seen(any_rt, dial))["letters"]] == [("started", "folded", 3)]


async def test_a_late_one_is_a_hint_and_no_data(any_rt: Runtime) -> None:
    (dial,) = await dialled(any_rt, 1)
    assert (await take(any_rt, news_of(dial)[0], late=timedelta(hours=1))).result == "stale"
    after = await seen(any_rt, dial)
    assert (after["rev"], [each[:2] for each in after["letters"]]) == (0, [("started", "stale")])


async def test_more_than_a_group_takes_are_all_stored(rt: Runtime) -> None:
    made = await dialled(rt, storing.GROUP + 5)
    writes = Writes(rt)
    results = await take_together(rt, [news_of(dial)[0] for dial in made])
    assert {each.result for each in results} == {"folded"}
    assert writes.count == 2


async def test_reconciling_leaves_alone_what_was_folded_meanwhile(any_rt: Runtime) -> None:
    (dial,) = await dialled(any_rt, 1)
    delivery = delivery_of(any_rt, dial)
    await any_rt.database.write(lambda tx: storing.keep_in(tx, any_rt, [delivery]))
    (read,) = await letters_in(any_rt, "new")
    await any_rt.database.write(lambda tx: storing.fold_kept(tx, any_rt, [delivery]))
    before = await seen(any_rt, dial)
    assert await folding.fold_again(any_rt, read) == "folded"
    assert await seen(any_rt, dial) == before


async def test_letters_are_written_in_one_order_so_that_two_processes_never_wait_for_each_other(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await dialled(rt, 12)
    group = [delivery_of(rt, dial) for dial in made]
    written: list[str] = []

    def spy(name: str, sha256s: Callable[..., list[str]]) -> None:
        real = getattr(inbox, name)

        def spied(tx: Tx, *given: Any, **more: Any) -> None:
            written.extend(sha256s(*given))
            real(tx, *given, **more)

        monkeypatch.setattr(inbox, name, spied)

    spy("add", lambda *letters: [letter.sha256 for letter in letters])
    spy("settle", lambda letter: [letter.sha256])
    spy("count_copy", lambda _account, sha256: [sha256])
    in_order = sorted(each.letter.sha256 for each in group)
    for how in (storing.keep_in, storing.fold_kept, storing.keep_in, storing.store_in):
        for some in (group, group[::-1]) if how is storing.keep_in else (group[::-1],):
            written.clear()
            await rt.database.write(lambda tx, how=how, some=some: how(tx, rt, some))
            assert written == in_order, how


@pytest.mark.postgres
@pytest.mark.parametrize("is_ahead", [True, False])
async def test_what_waits_for_another_process_to_fold_the_same_call_sees_all_that_it_folded(
    pg_rt: Runtime, is_ahead: bool
) -> None:
    (dial,) = await dialled(pg_rt, 1)
    started, ended = delivery_of(pg_rt, dial, nth=0), delivery_of(pg_rt, dial)
    if not is_ahead:
        started = replace(started, event=replace(cast("CallEvent", started.event), token=None))
    other = threading.Thread(target=lambda: pg_rt.database.write_now(lambda tx: storing.store_in(tx, pg_rt, [started])))
    query = sa.text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")

    def at_once() -> None:
        with pg_rt.database.engine.begin() as conn:
            tx = Tx(conn)
            storing.store_in(tx, pg_rt, [ended])
            other.start()
            with pg_rt.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
                until(lambda: watching.execute(query).scalar_one() > 0)
            tx.finish()
        other.join()

    await asyncio.to_thread(at_once)
    call = await pg_rt.database.read(lambda tx: calls.get(tx, dial.call_id))
    assert call.told.ended_at is not None
    assert call.derived.status is CallStatus.COMPLETED


async def test_whoever_waits_is_answered_when_the_server_stops(rt: Runtime) -> None:
    made = await dialled(rt, 2)
    begun = asyncio.Event()

    async def never(_work: Any) -> Any:
        begun.set()
        await asyncio.Event().wait()

    rt.database.write = never  # type: ignore[method-assign]
    first = asyncio.create_task(take(rt, news_of(made[0])[0]))
    await begun.wait()
    second = asyncio.create_task(take(rt, news_of(made[1])[0]))
    await asyncio.sleep(0)
    rt.kept["post"].task.cancel()
    results = await asyncio.wait_for(asyncio.gather(first, second, return_exceptions=True), 5)
    assert [type(each) for each in results] == [Unavailable, Unavailable]


async def test_one_that_leaves_takes_no_other_with_it(rt: Runtime) -> None:
    made = await dialled(rt, 2)
    stays, leaves = (asyncio.create_task(take(rt, news_of(dial)[0])) for dial in made)
    await asyncio.sleep(0)
    leaves.cancel()
    assert (await stays).result == "folded"
    assert (await seen(rt, made[1]))["derived"].status is CallStatus.CONNECTED, "it was here, so it is stored"
