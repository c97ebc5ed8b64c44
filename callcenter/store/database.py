"""The engine, transactions, and what SQLite and PostgreSQL each need.

A piece of work is a plain function of a `Tx`. `read(work)` runs it on a snapshot, `write(work)` runs it in a transaction that is
durable when the answer comes. On SQLite one thread writes: it takes what is waiting and commits it together, so that many small
pieces share one disk sync; should one of them fail, all run again, each in a savepoint, and only that one is left out. On
PostgreSQL each piece is a transaction of its own, repeated when the database reports a conflict. So work may be run twice, and
must have no effect but through its `Tx`.
"""

import asyncio
import contextlib
import json
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

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

_CONFLICTS = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock timeout


#: Writes many rows of one table.
Insert = Callable[["Tx", list[dict[str, Any]]], None]


class Tx:
    """One transaction: a connection, and the notices to send once it has committed."""

    __slots__ = ("_cursor", "_later", "ahead", "conn", "is_postgres", "notices")

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self.is_postgres = conn.dialect.name == "postgresql"
        self.notices: list[Notice] = []
        #: What was read before it was asked for, by whoever read it; see ahead.py.
        self.ahead: dict[str, Any] = {}
        self._later: dict[Insert, list[dict[str, Any]]] = {}
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

    def at_end(self, insert: "Insert", rows: Sequence[dict[str, Any]]) -> None:
        """Has rows inserted all together when the work is done; whoever reads their table before has to `flush` it."""
        self._later.setdefault(insert, []).extend(rows)

    def flush(self, insert: "Insert") -> None:
        """Writes what this insert was to write at the end."""
        if rows := self._later.pop(insert, None):
            insert(self, rows)

    def finish(self) -> None:
        """Writes what was kept for the end; called by the database when the work is done."""
        for insert in tuple(self._later):
            self.flush(insert)
        self.ahead.clear()


def make_engine(url: str, *, pool_size: int = 10) -> sa.Engine:
    """Gives an engine with what each database needs: WAL, full sync and immediate transactions; or UTC and time limits."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(
            parsed,
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=0,
            connect_args={"check_same_thread": False},
            json_serializer=_COMPACT.encode,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    from callcenter.store.pg_cursor import Cursor  # SQLite alone needs no PostgreSQL driver, which takes a moment to load

    # a process that stands still inside a transaction keeps its locks: the database ends it before its lease does, so that
    # whoever takes over finds nothing locked
    engine = sa.create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={
            "cursor_factory": Cursor,
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c statement_timeout=30000 -c lock_timeout=5000"
            " -c idle_in_transaction_session_timeout=10000 -c synchronous_commit=on",
        },
    )
    engine.dialect.use_insertmanyvalues_wo_returning = True
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves, below
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=5000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-8000",  # of each connection; the system keeps the file in memory anyway, and a larger one was no faster
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # a transaction that reads and later writes fails at once with "locked" unless it asked for the lock first
    mode = connection.get_execution_options().get("begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


#: An embedded database answers on our own processor: more readers than this only take turns with each other and with the loop.
SQLITE_THREADS = 3
#: A server of its own is waited for, by those who write as well.
POSTGRES_THREADS = 6


class Database:
    """Where everything is remembered. Open it, `start()` it, `close()` it; `announce` is called after each commit."""

    def __init__(self, url: str, *, announce: Announce | None = None, readers: int | None = None) -> None:
        self.url = url
        self.is_sqlite = sa.make_url(url).get_backend_name() == "sqlite"
        threads = readers or (SQLITE_THREADS if self.is_sqlite else POSTGRES_THREADS)
        self.engine = make_engine(url, pool_size=threads + 2)
        self.announce: Announce = announce or (lambda _notices: None)
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="db")
        self._writer = _SqliteWriter(self) if self.is_sqlite else None

    async def read(self, work: Work[T]) -> T:
        """Runs `work` on a consistent snapshot and gives its answer; raises Unavailable when the database is away."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.read_now, work)

    async def write(self, work: Work[T]) -> T:
        """Runs `work` in a transaction; when this returns it is durable and announced. Raises Unavailable if it cannot be."""
        if self._writer is not None:
            return await self._writer.submit_from_loop(work)
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
    except (DBAPIError, sqlite3.OperationalError, PoolTimeout) as error:
        if isinstance(error, DBAPIError) and not (isinstance(error, OperationalError) or error.connection_invalidated):
            raise  # neither the disk nor the line to the server: the statement itself
        raise Unavailable(f"The database cannot take this now ({_short(error)}). Nothing was changed; try again.") from error


def _short(error: BaseException) -> str:
    return str(getattr(error, "orig", error)).splitlines()[0][:120]


class _Waiting:
    """One piece of work and whoever waits for it: a coroutine on a loop, or a thread."""

    __slots__ = ("future", "loop", "work")

    def __init__(self, work: Work[Any], future: Any, loop: asyncio.AbstractEventLoop | None) -> None:
        self.work, self.future, self.loop = work, future, loop


#: What became of a piece of work: who waits, the answer, or the error.
_Answer = tuple[_Waiting, Any, BaseException | None]


class _SqliteWriter:
    """The one thread that writes: it groups what is waiting into one durable commit, and survives a full disk."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._closed = False

    def submit(self, work: Work[T]) -> "Future[T]":
        """Queues one piece for a thread that will wait; raises Unavailable at once when too much waits already."""
        future: Future[T] = Future()
        self._put(_Waiting(work, future, None))
        return future

    def submit_from_loop(self, work: Work[T]) -> "asyncio.Future[T]":
        """Queues one piece for a coroutine; one that is cancelled before its turn is not done at all."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._put(_Waiting(work, future, loop))
        return future

    def _put(self, waiting: _Waiting) -> None:
        with self._lock:
            if self._closed:
                raise Unavailable("The database is closed; the server is stopping.")
            if self._thread is None:  # started on first use, so that a process forked before has its own
                self._thread = threading.Thread(target=self._run, name="db-writer", daemon=True)
                self._thread.start()
        try:
            self._queue.put_nowait(waiting)
        except queue.Full:
            raise Unavailable("The database is behind with its work. Nothing was changed; try again.") from None

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
            group, last = self._take()
            group = [waiting for waiting in group if not waiting.future.cancelled()]
            if group:
                _resolve(self._commit(group))
            if last:
                return

    def _take(self) -> tuple[list[_Waiting], bool]:
        group: list[_Waiting] = []
        waiting = self._queue.get()
        while waiting is not None:
            group.append(waiting)
            if len(group) >= GROUP:
                return group, False
            try:
                waiting = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, group: list[_Waiting]) -> list[_Answer]:
        """Runs every piece and commits them together; whatever goes wrong, everyone who waits gets an answer."""
        answers: list[_Answer] = []
        notices: list[Notice] = []
        try:
            with self._database.engine.connect().execution_options(begin="IMMEDIATE") as conn, conn.begin():
                answers = _run(conn, group, notices)
        except BaseException as error:
            trouble = Unavailable(f"The database cannot write now ({_short(error)}). Nothing was changed; try again.")
            trouble.__cause__ = error
            return [(waiting, None, trouble) for waiting in group]
        # announced before the callers go on, so that whoever waits for the answer may rely on it
        with contextlib.suppress(Exception):
            self._database.tell(notices)
        return answers


def _resolve(answers: list[_Answer]) -> None:
    """Hands every answer to whoever waits; a loop is woken once for all of its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Answer]] = {}
    for answer in answers:
        loop = answer[0].loop
        if loop is None:
            _set(answer)
        else:
            by_loop.setdefault(loop, []).append(answer)
    for loop, theirs in by_loop.items():
        with contextlib.suppress(RuntimeError):  # that loop is gone, and whoever waited with it
            loop.call_soon_threadsafe(_set_all, theirs)


def _set_all(answers: list[_Answer]) -> None:
    for answer in answers:
        if not answer[0].future.done():
            _set(answer)


def _set(answer: _Answer) -> None:
    waiting, value, error = answer
    if error is None:
        waiting.future.set_result(value)
    else:
        waiting.future.set_exception(error)


def _run(conn: sa.Connection, group: list[_Waiting], notices: list[Notice]) -> list[_Answer]:
    """Runs these pieces in one savepoint; should one of them fail, each again in a savepoint of its own."""
    tx = Tx(conn)
    driver = tx.driver()
    driver.execute("SAVEPOINT these")
    try:
        answers: list[_Answer] = []
        for waiting in group:
            answers.append((waiting, waiting.work(tx), None))
            tx.finish()  # the next piece sees all of it
    except Exception as error:
        if _is_of_the_disk(error):
            raise  # no piece's fault, and SQLite may have rolled everything back already
        driver.execute("ROLLBACK TO these")
        driver.execute("RELEASE these")
        if len(group) == 1:
            return [(group[0], None, error)]
        return [answer for waiting in group for answer in _run(conn, [waiting], notices)]
    driver.execute("RELEASE these")
    notices.extend(tx.notices)
    return answers


def _is_of_the_disk(error: Exception) -> bool:
    """Whether an error is about the disk or the file (full, locked, read-only, damaged), not about what was asked."""
    cause = getattr(error, "orig", error)
    return isinstance(cause, sqlite3.OperationalError) and cause.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR
