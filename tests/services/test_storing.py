"""Deliveries that wait are stored together; what comes of each is what would have come of it alone, on both databases."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from callcenter.domain.call import Call, CallEvent, CallStatus, EventKind
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.errors import Unavailable, Unreachable
from callcenter.services import applying, folding, receiving, storing
from callcenter.services.dispatching import Dispatcher
from callcenter.services.receiving import Receipt
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import calls, clients, dials, inbox, transitions
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter
from tests.builders import letters_in, saved_batch, saved_call, saved_client, saved_dial, saved_lead
from tests.fakes import START, FakeBus, FakeClock, FakeProvider, encode, event_of
from tests.journeys.servers import until


async def take(rt: Runtime, event: CallEvent, *, late: timedelta = timedelta()) -> Receipt:
    raw = encode(event)
    signature = rt.providers.sign(raw, at=rt.clock.now() - late)  # type: ignore[attr-defined]
    return await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="203.0.113.5")


async def take_together(rt: Runtime, events: Sequence[CallEvent]) -> list[Receipt]:
    return await asyncio.gather(*(take(rt, event) for event in events))


class Writes:
    """Counts the transactions of a runtime, and fails those it is told to."""

    def __init__(self, rt: Runtime, *, fail: Exception | None = None) -> None:
        self.count, self._write, self.fail = 0, rt.database.write, fail
        rt.database.write = self.write  # type: ignore[method-assign]

    async def write(self, work: Any) -> Any:
        self.count += 1
        if self.fail is not None:
            raise self.fail
        return await self._write(work)


async def dialled(rt: Runtime, many: int) -> list[Dial]:
    """Gives the dials of calls to leads of one batch, accepted by the provider."""
    client = await saved_client(rt)
    batch = await saved_batch(rt, client)
    out: list[Dial] = []
    for _ in range(many):
        call = await saved_call(rt, client, await saved_lead(rt, client), batch, max_attempts=2)
        out.append(await saved_dial(rt, call, state=DialState.ACCEPTED, provider_call_id=f"call_{call.call_id[-6:]}"))
    await take(rt, event_of(EventKind.OTHER, None, name="warm"))  # so that the keys are known
    return out


def news_of(dial: Dial, *, was_answered: bool = True) -> list[CallEvent]:
    """Gives what the provider tells of one call, the first event twice."""
    common: dict[str, Any] = {"token": dial.token, "to_number": dial.number}
    over: dict[str, Any] = {"ended_at": START + timedelta(seconds=40), "disconnection_reason": "dial_no_answer"}
    if was_answered:
        over |= {"started_at": START, "duration_ms": 40_000, "disconnection_reason": "user_hangup"}
    told = {**over, "summary": "They talked.", "cost": 90_000, "transcript": "User: Please call me back on Thursday at four."}
    started = event_of(EventKind.STARTED, dial.provider_call_id, values={"started_at": START}, **common)
    ended = event_of(EventKind.ENDED, dial.provider_call_id, values=over, **common)
    if not was_answered:
        return [ended, ended]
    return [started, ended, started, event_of(EventKind.ANALYSED, dial.provider_call_id, values=told, **common)]


async def seen(rt: Runtime, dial: Dial) -> dict[str, Any]:
    """Gives all that came of a call, but for what names it."""

    def work(tx: Any) -> tuple[Call, Dial, list[dict[str, Any]], list[Letter], list[str]]:
        call = calls.get(tx, dial.call_id)
        letters = inbox.of_provider_call(tx, dial.account_id, dial.provider_call_id or "")
        again = [each.call_id for each in calls.load(tx, calls.ROWS.c.root_call_id == dial.call_id, limit=10)]
        return call, dials.get(tx, dial.dial_id), transitions.of(tx, dial.call_id, dial.dial_id), letters, again

    call, after, steps, letters, again = await rt.database.read(work)
    told = {name: getattr(call.told, name) for name in ("phase", "started_at", "ended_at", "summary", "cost", "duration_ms")}
    return told | {
        "derived": call.derived, "rev": call.rev, "dial": (after.state, after.slot_freed_at), "tries": len(again),
        "steps": sorted((step["what"], step["from_state"], step["to_state"], step["why"]) for step in steps),
        "letters": sorted((each.kind, each.state, each.copies, each.changed or {}) for each in letters),
    }  # fmt: skip


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
    bad = event_of(
        EventKind.ENDED, made[1].provider_call_id, values={"duration_ms": 2**70, "disconnection_reason": "user_hangup"},
        token=made[1].token,
    )  # fmt: skip
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


async def test_more_than_can_be_stored_before_the_sender_gives_up_are_sent_away_at_once(rt: Runtime, clock: FakeClock) -> None:
    made = await dialled(rt, 3 * storing.GROUP)
    press(rt)
    write = rt.database.write

    async def slow(work: Any) -> Any:
        clock.turn(2.5)  # for fifty: a twentieth of a second each, so that eighty are all that fit
        return await write(work)

    rt.database.write = slow  # type: ignore[method-assign]
    events = [news_of(dial)[0] for dial in made]
    assert {each.result for each in await take_together(rt, events[: storing.GROUP])} == {"later"}
    left = events[storing.GROUP :]
    results = await asyncio.gather(*(take(rt, event) for event in left), return_exceptions=True)
    away = [event for event, result in zip(left, results, strict=True) if isinstance(result, Unavailable)]
    assert len(away) == 2 * storing.GROUP - 81
    assert {each.result for each in await take_together(rt, away)} == {"later"}, "they come again, and nothing is lost"
    await storing.settled(rt)
    assert {each[:2] for dial in made for each in (await seen(rt, dial))["letters"]} == {("started", "folded")}


def press(rt: Runtime) -> None:
    """From now on folding takes so long that whoever comes is only remembered before the answer."""
    rt.kept["post"] = storing.Post(to_fold=1.0)


async def test_in_a_rush_they_are_answered_first_and_the_same_comes_of_them(any_rt: Runtime) -> None:
    made = await dialled(any_rt, 4)
    events = [news_of(dial, was_answered=nth % 2 == 0) for nth, dial in enumerate(made)]
    for some in events[:2]:
        for event in some:
            await take(any_rt, event)
    press(any_rt)
    late = [event for some in events[2:] for event in some]
    assert [each.result for each in await take_together(any_rt, late)] == [
        *("later", "later", "again", "later"), *("later", "again"),
    ]  # fmt: skip
    await storing.settled(any_rt)
    for alone, together in zip(made[:2], made[2:], strict=True):
        assert await seen(any_rt, together) == await seen(any_rt, alone)
    letters = await any_rt.database.read(
        lambda tx: inbox.of_provider_call(tx, made[2].account_id, made[2].provider_call_id or "")
    )
    assert all(letter.took_ms is not None for letter in letters)


async def test_what_a_dead_process_left_unfolded_is_folded_by_reconciling_and_only_once(
    any_rt: Runtime, clock: FakeClock
) -> None:
    rt = any_rt
    (dial,) = await dialled(rt, 1)
    await Dispatcher(rt).step()  # which takes the lease
    press(rt)
    write = rt.database.write
    began = 0

    async def until_it_dies(work: Any) -> Any:
        nonlocal began
        began += 1
        return await (write(work) if began == 1 else asyncio.Event().wait())

    rt.database.write = until_it_dies  # type: ignore[method-assign]
    assert (await take(rt, news_of(dial)[1])).result == "later"
    await asyncio.sleep(0)
    rt.kept.pop("post").task.cancel()
    rt.database.write = write  # type: ignore[method-assign]
    assert [each[:2] for each in (await seen(rt, dial))["letters"]] == [("ended", "new")]
    await Reconciler(rt).step()
    assert [each[:2] for each in (await seen(rt, dial))["letters"]] == [("ended", "new")], (
        "it may yet be folded by whoever has it"
    )
    clock.turn(31)
    await Reconciler(rt).step()
    after = await seen(rt, dial)
    assert [each[:2] for each in after["letters"]] == [("ended", "folded")]
    assert after["derived"].status is CallStatus.COMPLETED
    letter = (await rt.database.read(lambda tx: inbox.of_provider_call(tx, dial.account_id, dial.provider_call_id or "")))[0]
    late = storing.Delivery(letter, news_of(dial)[1], began=0.0)
    assert await rt.database.write(lambda tx: storing.fold_kept(tx, rt, [late])) == ["again"]
    assert await seen(rt, dial) == after


async def test_in_a_rush_one_that_cannot_be_folded_harms_no_other(any_rt: Runtime) -> None:
    made = await dialled(any_rt, 3)
    events = [news_of(dial)[1] for dial in made]
    bad = event_of(
        EventKind.ENDED, made[1].provider_call_id, values={"duration_ms": 2**70, "disconnection_reason": "user_hangup"},
        token=made[1].token,
    )  # fmt: skip
    press(any_rt)
    any_rt.wake_reconciler.clear()
    assert {each.result for each in await take_together(any_rt, [events[0], bad, events[2]])} == {"later"}
    await storing.settled(any_rt)
    letters = await letters_in(any_rt, "new")
    assert [(each.provider_call_id, each.tries) for each in letters] == [(made[1].provider_call_id, 1)]
    assert letters[0].error
    assert any_rt.wake_reconciler.is_set()
    after = [await any_rt.database.read(lambda tx, dial=dial: calls.get(tx, dial.call_id)) for dial in made]
    assert [call.told.ended_at is not None for call in after] == [True, False, True]


async def test_more_than_one_process_keeps_in_mind_are_all_folded(rt: Runtime, clock: FakeClock, monkeypatch: Any) -> None:
    monkeypatch.setattr(storing, "MOST_LATER", 2)
    made = await dialled(rt, 5)
    await Dispatcher(rt).step()
    press(rt)
    await take_together(rt, [news_of(dial)[0] for dial in made])
    await storing.settled(rt)
    assert len(await letters_in(rt, "new")) == 3
    clock.turn(31)
    await Reconciler(rt).step()
    assert await letters_in(rt, "new") == []


async def test_after_one_slow_fold_it_folds_as_many_at_a_time_as_before(rt: Runtime, clock: FakeClock) -> None:
    made = await dialled(rt, 40)
    write, takes = rt.database.write, 5.0

    async def timed(work: Any) -> Any:
        clock.turn(takes)
        return await write(work)

    rt.database.write = timed  # type: ignore[method-assign]
    await take_together(rt, [news_of(dial)[0] for dial in made[:20]])
    post: storing.Post = rt.kept["post"]
    assert post.to_fold == 0.25
    takes = 0.001
    assert {each.result for each in await take_together(rt, [news_of(dial)[0] for dial in made[20:25]])} == {"later"}
    await storing.settled(rt)
    assert post.to_fold < 0.01
    assert {each.result for each in await take_together(rt, [news_of(dial)[0] for dial in made[25:]])} == {"folded"}


async def test_what_was_only_remembered_stays_in_mind_while_the_database_is_away(rt: Runtime) -> None:
    made = await dialled(rt, 120)
    press(rt)
    write, began = rt.database.write, 0

    async def away_for_a_moment(work: Any) -> Any:
        nonlocal began
        began += 1
        if 2 <= began <= 5:
            raise Unavailable("The database is behind with its work.")
        return await write(work)

    rt.database.write = away_for_a_moment  # type: ignore[method-assign]
    assert {each.result for each in await take_together(rt, [news_of(dial)[0] for dial in made[1:]])} == {"later"}
    await storing.settled(rt)
    assert (began, len(rt.kept["post"].later)) == (2, 119), "nothing is tried in vain"
    for left in (119, 0):  # whoever comes next has it tried again, once
        with pytest.raises(Unavailable):
            await take(rt, news_of(made[0])[0])
        await storing.settled(rt)
        assert len(rt.kept["post"].later) == left
    assert await letters_in(rt, "new") == []


async def test_what_a_dead_process_left_does_not_wait_behind_what_needs_the_provider(
    rt: Runtime, clock: FakeClock, provider: FakeProvider
) -> None:
    (dial,) = await dialled(rt, 1)
    await Dispatcher(rt).step()  # which takes the lease
    provider.trouble = Unreachable("away")
    strangers = [event_of(EventKind.ENDED, f"call_in_{nth}", values={"ended_at": START}) for nth in range(60)]
    assert {each.result for each in await take_together(rt, strangers)} == {"unmatched"}
    await rt.database.write(lambda tx: storing.keep_in(tx, rt, [delivery_of(rt, dial)]))
    clock.turn(31)
    await Reconciler(rt).step()
    assert [each[:2] for each in (await seen(rt, dial))["letters"]] == [("ended", "folded")]
    assert {letter.tries for letter in await letters_in(rt, "unmatched")} == {0, 1}
    clock.turn(1)
    await Reconciler(rt).step()
    assert 0 not in {letter.tries for letter in await letters_in(rt, "unmatched")}, "those not tried yet come first"


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


async def test_when_it_was_last_heard_from_never_goes_back(rt: Runtime, clock: FakeClock) -> None:
    (dial, other) = await dialled(rt, 2)
    old = delivery_of(rt, dial)
    await rt.database.write(lambda tx: storing.keep_in(tx, rt, [old]))
    clock.turn(60)
    await storing.store(rt, delivery_of(rt, other))
    heard = await rt.database.read(lambda tx: clients.last_event_at(tx, dial.client_id))
    assert heard == clock.now()
    rt.kept["post"].later.append(old)
    clock.turn(60)
    await take(rt, event_of(EventKind.OTHER, None, name="of nobody"))
    await storing.settled(rt)
    assert await letters_in(rt, "new") == []
    assert await rt.database.read(lambda tx: clients.last_event_at(tx, dial.client_id)) == heard


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


def delivery_of(rt: Runtime, dial: Dial, *, nth: int = 1) -> storing.Delivery:
    """Gives news of a call, its end unless `nth` says otherwise, as they are taken in."""
    event = news_of(dial)[nth]
    raw = encode(event)
    letter = Letter(
        inbox_id=rt.new_id(), account_id=dial.account_id, client_id=dial.client_id, source="webhook", kind="ended",
        provider_call_id=event.provider_call_id, token=event.token, sha256=applying.sha256(raw), body=raw,
        received_at=rt.clock.now(),
    )  # fmt: skip
    return storing.Delivery(letter, event, rt.clock.boot())


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
