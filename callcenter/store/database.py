"""The engine, transactions, and what SQLite and PostgreSQL each need.

A piece of work is a plain function of a `Tx`. `read(work)` runs it on a snapshot, `write(work)` runs it in a transaction that is
durable when the answer comes. On SQLite one thread writes: it takes what is waiting, runs each piece in a savepoint, and commits
them together, so that many small pieces share one disk sync. On PostgreSQL each piece is a transaction of its own, repeated when
the database reports a conflict; so work must have no effect but through its `Tx`.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from callcenter.domain.errors import Unavailable
from callcenter.domain.notice import Notice

T = TypeVar("T")
Work = Callable[["Tx"], T]
Announce = Callable[[Sequence[Notice]], None]

#: The most pieces of work one SQLite commit takes, and the most that may wait before we say "later".
GROUP = 200
MOST_WAITING = 2_000

_CONFLICTS = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock timeout


class Tx:
    """One transaction: a connection, and the notices to send once it has committed."""

    __slots__ = ("_cursor", "_later", "conn", "is_postgres", "notices")

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self.is_postgres = conn.dialect.name == "postgresql"
        self.notices: list[Notice] = []
        self._later: dict[Callable[[Tx, list[dict[str, Any]]], None], list[dict[str, Any]]] = {}
        self._cursor: Any = None

    def driver(self) -> Any:
        """Gives the driver's own cursor inside this transaction, for prepared statements."""
        if self._cursor is None:
            self._cursor = self.conn.connection.cursor()
        return self._cursor

    def execute(self, statement: sa.Executable, parameters: Any = None) -> sa.CursorResult[*tuple[Any, ...]]:
        """Runs one statement; with a list of dicts as parameters, once for each."""
        return self.conn.execute(statement, parameters)

    def announce(self, *notices: Notice) -> None:
        """Sends these after the commit, and never if it fails."""
        self.notices.extend(notices)

    def at_end(self, insert: "Callable[[Tx, list[dict[str, Any]]], None]", rows: Sequence[dict[str, Any]]) -> None:
        """Has rows that nothing in this transaction reads inserted all together at its end."""
        self._later.setdefault(insert, []).extend(rows)

    def finish(self) -> None:
        """Writes what was kept for the end; called by the database when the work is done."""
        for insert, rows in self._later.items():
            insert(self, rows)
        self._later.clear()


def make_engine(url: str, *, pool_size: int = 10) -> sa.Engine:
    """Gives an engine with what each database needs: WAL, full sync and immediate transactions; or UTC and time limits."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(
            parsed, poolclass=QueuePool, pool_size=pool_size, max_overflow=0, connect_args={"check_same_thread": False}
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return sa.create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=5000"
            " -c idle_in_transaction_session_timeout=15000 -c synchronous_commit=on",
        },
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=5000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # a transaction that reads and later writes fails at once with "locked" unless it asked for the lock first
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


class Database:
    """Where everything is remembered. Open it, `start()` it, `close()` it; `announce` is called after each commit."""

    def __init__(self, url: str, *, announce: Announce | None = None, readers: int = 6) -> None:
        self.url = url
        self.engine = make_engine(url, pool_size=readers + 2)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.announce: Announce = announce or (lambda _notices: None)
        self._threads = ThreadPoolExecutor(max_workers=readers, thread_name_prefix="db")
        self._writer = _SqliteWriter(self) if self.is_sqlite else None

    async def read(self, work: Work[T]) -> T:
        """Runs `work` on a consistent snapshot and gives its answer; raises Unavailable when the database is away."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, work)

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in a transaction; when this returns it is durable and announced. Raises Unavailable if it cannot be."""
        if self._writer is not None:
            return await asyncio.wrap_future(self._writer.submit(work))
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.write_now, work)

    def read_now(self, work: Work[T]) -> T:
        """The same as `read`, for callers without an event loop."""
        with _unavailable(), self.engine.connect() as conn:
            if not self.is_sqlite:
                conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with conn.begin():
                return work(Tx(conn))

    def write_now(self, work: Work[T]) -> T:
        """The same as `write`, for callers without an event loop."""
        if self._writer is not None:
            return self._writer.submit(work).result()
        with _unavailable():
            for left in (2, 1, 0):
                try:
                    return self._write_once(work)
                except DBAPIError as error:
                    if left == 0 or getattr(error.orig, "sqlstate", None) not in _CONFLICTS:
                        raise
        raise AssertionError("unreachable")

    def _write_once(self, work: Work[T]) -> T:
        with self.engine.begin() as conn:
            tx = Tx(conn)
            answer = work(tx)
            tx.finish()
        self.tell(tx.notices)
        return answer

    def tell(self, notices: Sequence[Notice]) -> None:
        """Announces what has been committed, each thing once."""
        if notices:
            self.announce(tuple(dict.fromkeys(notices)))

    def close(self) -> None:
        """Finishes what is waiting and lets go of every connection."""
        if self._writer is not None:
            self._writer.close()
        self._threads.shutdown(wait=True)
        self.engine.dispose()


@contextlib.contextmanager
def _unavailable() -> Generator[None]:
    try:
        yield
    except (OperationalError, sqlite3.OperationalError, PoolTimeout) as error:
        raise Unavailable(f"The database cannot take this now ({_short(error)}). Nothing was changed; try again.") from error


def _short(error: BaseException) -> str:
    return str(getattr(error, "orig", error)).splitlines()[0][:120]


class _SqliteWriter:
    """The one thread that writes: it groups what is waiting into one durable commit, and survives a full disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.Queue[tuple[Work[Any], Future[Any]] | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: Work[T]) -> "Future[T]":
        """Queues one piece; raises Unavailable at once when too much waits already."""
        with self._lock:
            if self._closed:
                raise Unavailable("The database is closed; the server is stopping.")
            if self._thread is None:  # started on first use, so that a process forked before has its own
                self._thread = threading.Thread(target=self._run, name="db-writer", daemon=True)
                self._thread.start()
        future: Future[T] = Future()
        try:
            self._queue.put_nowait((work, future))
        except queue.Full:
            raise Unavailable("The database is behind with its work. Nothing was changed; try again.") from None
        return future

    def close(self) -> None:
        """Lets the thread finish what is queued, then ends it."""
        with self._lock:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            jobs, last = self._take()
            jobs = [(work, future) for work, future in jobs if future.set_running_or_notify_cancel()]
            if jobs:
                self._commit(jobs)
            if last:
                return

    def _take(self) -> tuple[list[tuple[Work[Any], Future[Any]]], bool]:
        jobs: list[tuple[Work[Any], Future[Any]]] = []
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) >= GROUP:
                return jobs, False
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return jobs, False
        return jobs, True

    def _commit(self, jobs: list[tuple[Work[Any], "Future[Any]"]]) -> None:
        """Runs every job and commits them together; whatever goes wrong, every waiting caller gets an answer."""
        answers: list[tuple[Future[Any], Any, BaseException | None]] = []
        notices: list[Notice] = []
        try:
            with self._database.engine.connect().execution_options(begin="IMMEDIATE") as conn, conn.begin():
                for work, future in jobs:
                    answers.append((future, *_run_one(conn, work, notices)))
        except BaseException as error:
            trouble = Unavailable(f"The database cannot write now ({_short(error)}). Nothing was changed; try again.")
            trouble.__cause__ = error
            for _work, future in jobs:
                future.set_exception(trouble)
            return
        # announced before the callers go on, so that whoever waits for the answer may rely on it
        with contextlib.suppress(Exception):
            self._database.tell(notices)
        for future, answer, error in answers:
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)


def _run_one(conn: sa.Connection, work: Work[Any], notices: list[Notice]) -> tuple[Any, BaseException | None]:
    tx = Tx(conn)
    conn.exec_driver_sql("SAVEPOINT one")
    try:
        answer = work(tx)
        tx.finish()
    except (OperationalError, sqlite3.OperationalError):
        raise  # the disk or the file, not this piece: SQLite may have rolled everything back already
    except Exception as error:
        conn.exec_driver_sql("ROLLBACK TO one")
        conn.exec_driver_sql("RELEASE one")
        return None, error
    conn.exec_driver_sql("RELEASE one")
    notices.extend(tx.notices)
    return answer, None
