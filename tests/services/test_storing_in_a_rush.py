"""In a rush deliveries are only remembered before they are answered; all of them are folded, once, whatever happens."""

import asyncio
from typing import Any

import pytest

from callcenter.domain.call import CallStatus, EventKind
from callcenter.domain.errors import Unavailable, Unreachable
from callcenter.services import storing
from callcenter.services.dispatching import Dispatcher
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import calls, clients, inbox
from tests.builders import letters_in
from tests.fakes import START, FakeClock, FakeProvider, event_of
from tests.services.deliveries import absurd, delivery_of, dialled, news_of, press, seen, take, take_together


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
    bad = absurd(made[1])
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
