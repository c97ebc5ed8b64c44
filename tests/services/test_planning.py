"""Planning looks at little, however much there is: whom it passes over, where it stops, and which indexes it walks."""

import asyncio
from datetime import timedelta

from callcenter.domain.call import Priority
from callcenter.domain.client import FromNumber
from callcenter.domain.notice import Notice
from callcenter.services import dispatching, explaining, planning
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, slots
from callcenter.store.database import Tx
from tests import builders
from tests.fakes import FakeClock

#: How the rows of the two big tables may be found. Anything else grows with what an installation has behind it.
WALKS = {
    "calls": {"ix_calls_waiting", "ix_calls_foreign", "sqlite_autoindex_calls_1"},
    "dials": {"ix_dials_slots", "ix_dials_number_sent", "ix_dials_client_planned", "sqlite_autoindex_dials_2"},
}


async def plan(rt: Runtime, statements: list[str] | None = None) -> planning.Plan:
    """Plans once, under a lease of our own."""
    now = rt.clock.now()

    def work(tx: Tx) -> planning.Plan:
        account = accounts.find_default(tx)
        assert account is not None
        epoch = slots.lease(tx, account.account_id, rt.name, now=now)
        if statements is not None:
            tx.conn.connection.driver_connection.set_trace_callback(statements.append)  # type: ignore[union-attr]
        return planning.plan(tx, rt, account.account_id, epoch=epoch or 0, now=now, boot_at=rt.clock.boot())

    return await rt.database.write(work)


async def test_one_call_is_found_behind_many_that_may_not_be_dialled(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt)
    gone = await builders.saved_lead(any_rt, client, deleted_at=any_rt.clock.now())
    for _ in range(5 * planning.SPARE):
        await builders.saved_call(any_rt, client, gone)
    fit = await builders.saved_call(any_rt, client, priority=Priority.LOW)
    assert [armed.dial.call_id for armed in (await plan(any_rt)).armed] == [fit.call_id]
    assert not (await plan(any_rt)).armed


async def test_a_number_that_was_just_taken_is_not_taken_again_on_the_next_page(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt, max_concurrent=1_000)
    for _ in range(planning.MOST_ARMED + 2 * planning.SPARE):
        await builders.saved_call(any_rt, client, to_number="+14155550100")
    assert len((await plan(any_rt)).armed) == 1


async def test_a_number_that_must_rest_holds_only_its_own_calls(any_rt: Runtime, clock: FakeClock) -> None:
    """Six calls a minute from one number: the client's calls from another go out meanwhile, however many wait before them."""
    client = await builders.saved_client(any_rt, max_concurrent=1_000)
    await _with_pace(any_rt, client.from_number or "", 0.1)
    before = [await builders.saved_call(any_rt, client, priority=Priority.HIGH) for _ in range(100)]
    other = await builders.saved_call(any_rt, client, from_number="+14155550101")
    own = await builders.saved_call(any_rt, client, from_number=None, priority=Priority.URGENT)
    first = await plan(any_rt)
    assert [armed.dial.call_id for armed in first.armed] == [own.call_id, other.call_id]
    assert (first.look_on, first.next_at) == (False, clock.now() + timedelta(seconds=10))
    said = await explaining.explain(any_rt, builders.ADMIN, before[0].call_id)
    assert (said.blocked_by, said.earliest_at) == ("pace", first.next_at)
    assert said.reason == "Calls from +14155550100 are limited to 6 a minute; it had its last one just now."
    clock.turn(9.999)
    assert not (await plan(any_rt)).armed
    clock.turn(0.001)
    assert [armed.dial.call_id for armed in (await plan(any_rt)).armed] == [before[0].call_id]


async def test_a_client_whose_calls_may_not_be_made_now_does_not_hold_the_others(any_rt: Runtime) -> None:
    closed = await builders.saved_client(any_rt, max_concurrent=1_000)
    gone = await builders.saved_lead(any_rt, closed, deleted_at=any_rt.clock.now())
    many = [builders.call(closed, gone) for _ in range(3 * planning.MOST_UNFIT)]
    await any_rt.database.write(lambda tx: calls.add(tx, *many))
    open_ = await builders.saved_client(any_rt)
    fit = await builders.saved_call(any_rt, open_)
    first = await plan(any_rt)
    assert [armed.dial.call_id for armed in first.armed] == [fit.call_id]
    assert first.look_on, "the rest of the others is judged next"


async def _with_pace(rt: Runtime, number: str, per_second: float) -> None:
    now = rt.clock.now()

    def work(tx: Tx) -> None:
        line = FromNumber(number_id=rt.new_id(), account_id=_default(tx), number=number, seen_at=now)
        accounts.save_numbers(tx, line.account_id, [line], now=now)
        accounts.set_number(tx, line.account_id, number, now=now, pace_per_second=per_second)

    await rt.database.write(work)


async def test_many_free_places_are_filled_in_several_transactions(any_rt: Runtime) -> None:
    client = await builders.saved_client(any_rt, max_concurrent=1_000)
    for _ in range(planning.MOST_ARMED + 5):
        await builders.saved_call(any_rt, client)
    await any_rt.database.write(lambda tx: accounts.set_values(tx, _default(tx), now=any_rt.clock.now(), provider_limit=1_000))
    first = await plan(any_rt)
    assert (len(first.armed), first.look_on) == (planning.MOST_ARMED, True)
    second = await plan(any_rt)
    assert (len(second.armed), second.look_on) == (5, False)


async def test_what_is_planned_is_found_by_indexes_made_for_it(rt: Runtime) -> None:
    client = await builders.saved_client(rt, max_concurrent=3)
    batch = await builders.saved_batch(rt, client)
    for _ in range(5):
        await builders.saved_call(rt, client, batch=batch)
    statements: list[str] = []
    assert len((await plan(rt, statements)).armed) == 3
    walks = await rt.database.read(lambda tx: {walk for each in statements for walk in _walks(tx, each)})
    assert {table for table, _index in walks} == set(WALKS)
    assert {(table, index) for table, index in walks if index not in WALKS[table]} == set()


async def test_a_dispatcher_is_woken_by_a_free_place_and_not_by_the_news_of_calls(rt: Runtime) -> None:
    listening = asyncio.create_task(dispatching.listen(rt, dispatching.Dispatcher(rt)))
    await asyncio.sleep(0)
    for notice, is_woken in ((Notice("call"), False), (Notice("batch"), False), (Notice("slot"), True)):
        rt.bus.publish([notice])
        for _ in range(5):
            await asyncio.sleep(0)
        assert rt.wake_dispatcher.is_set() is is_woken
    listening.cancel()


async def test_reconciling_is_woken_by_an_account_and_not_by_every_event(rt: Runtime) -> None:
    listening = asyncio.create_task(dispatching.listen(rt, dispatching.Dispatcher(rt)))
    await asyncio.sleep(0)
    for notice, is_woken in ((Notice("event"), False), (Notice("account"), True)):
        rt.bus.publish([notice])
        for _ in range(5):
            await asyncio.sleep(0)
        assert rt.wake_reconciler.is_set() is is_woken
    listening.cancel()


def _default(tx: Tx) -> str:
    account = accounts.find_default(tx)
    assert account is not None
    return account.account_id


def _walks(tx: Tx, statement: str) -> list[tuple[str, str]]:
    """How SQLite finds rows of the big tables for a statement: (table, index), "" when it looks at every row."""
    if not statement.startswith(("SELECT", "UPDATE")):
        return []
    steps = [row[3].split() for row in tx.driver().execute(f"EXPLAIN QUERY PLAN {statement}")]
    found = [words for words in steps if words[0] in ("SEARCH", "SCAN") and words[1] in WALKS]
    return [(words[1], next((word for word in words if "ix_" in word or "index_" in word), "")) for words in found]
