"""The database on both engines: durable writes, pieces that fail alone, a disk that is full and recovers."""

import asyncio
import sqlite3
from typing import Any

import pytest
import sqlalchemy as sa

from callcenter.domain.errors import Invalid, Unavailable
from callcenter.domain.notice import Notice
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls, clients, dials, inbox, leads, slots
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter
from callcenter.store.tables import BlackoutRow, table_of
from tests import builders
from tests.fakes import START, FakeBus
from tests.journeys.servers import until

ROWS = table_of(BlackoutRow)


def add(tx: Tx, name: str) -> str:
    tx.execute(sa.insert(ROWS).values(id=name, on=START.date(), name=name, created_at=START, updated_at=START))
    tx.announce(Notice("installation", None, name))
    return name


async def names(rt: Runtime) -> set[str]:
    return await rt.database.read(lambda tx: {row[0] for row in tx.execute(sa.select(ROWS.c.id))})


async def test_a_piece_that_fails_takes_no_other_with_it(any_rt: Runtime, bus: FakeBus) -> None:
    def fail(tx: Tx) -> None:
        add(tx, "never")
        raise Invalid("of its own making")

    tasks = [any_rt.database.write(lambda tx, n=n: add(tx, f"row {n}")) for n in range(20)]
    answers = await asyncio.gather(*tasks, any_rt.database.write(fail), return_exceptions=True)
    assert answers[:20] == [f"row {n}" for n in range(20)]
    assert isinstance(answers[20], Invalid)
    assert await names(any_rt) == {f"row {n}" for n in range(20)}
    assert bus.said("installation", "row 7")
    assert not bus.said("installation", "never")


async def test_a_wrong_statement_is_its_own_error_and_not_the_disks(any_rt: Runtime) -> None:
    wrong = any_rt.database.write(lambda tx: tx.execute(sa.text("SELECT nothing FROM nowhere")))
    right = any_rt.database.write(lambda tx: add(tx, "right"))
    failed, done = await asyncio.gather(wrong, right, return_exceptions=True)
    assert isinstance(failed, Exception)
    assert done == "right"


async def test_when_the_disk_is_full_everyone_hears_so_at_once_and_it_recovers(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rt.database.write(lambda tx: add(tx, "before"))

    def full(tx: Tx) -> None:
        error: Any = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    failing = [rt.database.write(full), *(rt.database.write(lambda tx, n=n: add(tx, f"with {n}")) for n in range(3))]
    answers = await asyncio.wait_for(asyncio.gather(*failing, return_exceptions=True), timeout=10)
    assert isinstance(answers[0], Unavailable)
    assert {type(answer) for answer in answers[1:]} <= {Unavailable, str}
    stored = {answer for answer in answers[1:] if isinstance(answer, str)}
    assert await names(rt) == {"before"} | stored, "who heard that it was stored has it, and nobody else"
    assert await rt.database.write(lambda tx: add(tx, "after")) == "after"


async def test_a_disk_that_is_really_full_fails_writes_and_recovers_with_space(rt: Runtime) -> None:
    if not rt.database.is_sqlite:
        pytest.skip("a limit on pages is SQLite's")
    pages = await rt.database.write(lambda tx: tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one())

    def limit(tx: Tx, most: int) -> None:
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count={most}")

    await rt.database.write(lambda tx: limit(tx, pages + 4))
    big = "x" * 200_000

    def write(tx: Tx) -> None:
        limit(tx, pages + 4)  # the limit belongs to the connection, and the pool may give another
        tx.execute(sa.insert(ROWS).values(id="big", on=START.date(), name=big, created_at=START, updated_at=START))

    with pytest.raises(Unavailable):
        await asyncio.wait_for(rt.database.write(write), timeout=10)
    await rt.database.write(lambda tx: limit(tx, 1_000_000))
    await rt.database.write(lambda tx: (limit(tx, 1_000_000), add(tx, "space again")))
    assert "space again" in await names(rt)


@pytest.mark.parametrize("how", ["the library", "the driver"])
@pytest.mark.postgres
async def test_one_that_stands_still_after_many_rows_is_ended_and_keeps_no_lock(pg_rt: Runtime, how: str) -> None:
    row = {"on": START.date(), "name": "held", "created_at": START, "updated_at": START}
    watching = pg_rt.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def stand_still(tx: Tx) -> None:
        tx.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 200"))
        pid = tx.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        rows = [{"id": str(nth), **row} for nth in range(3)]
        if how == "the library":
            tx.execute(sa.insert(ROWS), rows)
        else:
            columns = ", ".join(f'"{name}"' for name in rows[0])
            places = ", ".join(f"%({name})s" for name in rows[0])
            tx.driver().executemany(f"INSERT INTO {ROWS.name} ({columns}) VALUES ({places})", rows)
        alive = sa.text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")
        until(lambda: watching.scalar(alive, {"pid": pid}) == 0)
        watching.execute(sa.insert(ROWS).values(id="0", **row))  # would wait for its lock

    with watching, pytest.raises(Unavailable):
        await pg_rt.database.write(stand_still)
    assert await names(pg_rt) == {"0"}


async def test_work_cancelled_before_its_turn_is_not_done(rt: Runtime) -> None:
    task = asyncio.ensure_future(rt.database.write(lambda tx: add(tx, "cancelled")))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await rt.database.write(lambda tx: add(tx, "done"))
    assert await names(rt) == {"done"}


async def test_after_closing_writes_are_refused(rt: Runtime) -> None:
    await rt.database.write(lambda tx: add(tx, "one"))
    rt.database._writer.close()  # type: ignore[union-attr]
    with pytest.raises(Unavailable):
        await rt.database.write(lambda tx: add(tx, "two"))


@pytest.mark.postgres
async def test_whoever_holds_a_client_keeps_nobody_from_adding_what_refers_to_it(pg_rt: Runtime) -> None:
    client = await builders.saved_client(pg_rt)
    batch = await builders.saved_batch(pg_rt, client)
    lead = await builders.saved_lead(pg_rt, client)
    call = await builders.saved_call(pg_rt, client, lead, batch)

    letter = Letter(
        inbox_id=builders.new_id(), account_id=client.account_id or "", client_id=client.client_id, source="webhook", kind="x",
        provider_call_id=None, token=None, sha256="x", body=b"x", received_at=START,
    )  # fmt: skip

    def hold(tx: Tx) -> None:
        slots.lock_client(tx, client.client_id)
        slots.lock_all(tx)
        clients.get(tx, client.client_id, lock=True)
        batches.get(tx, batch.batch_id, lock=True)
        leads.get(tx, lead.lead_id, lock=True)
        calls.get(tx, call.call_id, lock=True)

    def add_to_it(tx: Tx) -> None:
        tx.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
        calls.add(tx, builders.call(client, lead, batch, to_number=builders.number()))
        dials.add(tx, builders.dial(call))
        inbox.add(tx, letter)

    with pg_rt.database.engine.begin() as conn:
        hold(Tx(conn))
        await pg_rt.database.write(add_to_it)
