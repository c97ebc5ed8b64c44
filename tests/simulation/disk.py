"""The one thing that outlives every simulated process: the real store on a SQLite file, and a second connection to look at it."""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import SQLModel

from callcenter.domain.errors import Unavailable
from callcenter.store import tables as tables
from callcenter.store.database import Database, Tx
from tests.simulation.gates import Gates

T = TypeVar("T")


class Disk:
    """A SQLite file that is emptied for each run; statements stay compiled, which makes hundreds of runs affordable."""

    def __init__(self, folder: Path) -> None:
        path = folder / "simulation.db"
        self.database = Database(f"sqlite:///{path}", readers=1)
        # power does not fail here, so the runs need not wait for the real disk
        event.listen(self.database.engine, "connect", lambda connection, _record: connection.execute("PRAGMA synchronous=OFF"))
        SQLModel.metadata.create_all(self.database.engine)
        # one connection to write and one to read, kept open: taking one from the pool costs as much as a small statement
        self._writer = self.database.engine.connect().execution_options(begin="IMMEDIATE")
        self._reader = self.database.engine.connect()
        self.raw = sqlite3.connect(path, isolation_level=None)
        self.raw.row_factory = sqlite3.Row

    def empty(self) -> None:
        """Forgets everything."""
        with self._writer.begin():
            for table in reversed(SQLModel.metadata.sorted_tables):
                self._writer.execute(sa.delete(table))

    def backup(self) -> sqlite3.Connection:
        """Gives a copy of everything as it is now."""
        copy = sqlite3.connect(":memory:")
        self.raw.backup(copy)
        return copy

    def restore(self, copy: sqlite3.Connection) -> None:
        """Puts an older copy in the place of everything."""
        copy.backup(self.raw)

    def write(self, work: Callable[[Tx], T]) -> T:
        """Runs one piece of work in a transaction of its own, as the writer thread would, but in this thread."""
        with self._writer.begin():
            tx = Tx(self._writer)
            answer = work(tx)
            tx.finish()
            return answer

    def read(self, work: Callable[[Tx], T]) -> T:
        """Runs one piece of work on a snapshot."""
        with self._reader.begin():
            return work(Tx(self._reader))

    def rows(self, query: str, facts: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Asks over a connection that no process uses: what it sees is committed."""
        return self.raw.execute(query, facts).fetchall()

    def version(self) -> int:
        """Gives a number that changes whenever somebody has committed a change."""
        return int(self.raw.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Lets go of the file."""
        self.raw.close()
        self._writer.close()
        self._reader.close()
        self.database.close()


class ProcessDatabase:
    """The database as one process sees it: a gate before each transaction, and one after each commit."""

    is_sqlite = True

    def __init__(self, disk: Disk, gates: Gates, owner: str, *, hooks: "Hooks") -> None:
        self._disk, self._gates, self._owner, self._hooks = disk, gates, owner, hooks

    async def read(self, work: Callable[[Tx], T]) -> T:
        await self._gates.wait(self._owner, f"read {_name(work)}")
        self._hooks.before_read()
        return self._disk.read(work)

    async def write(self, work: Callable[[Tx], T]) -> T:
        await self._gates.wait(self._owner, f"write {_name(work)}")
        trouble = self._hooks.trouble()
        if trouble == "full":
            raise Unavailable("The disk is full.")
        try:
            answer = self._disk.write(work)
        finally:
            self._hooks.committed(self._owner)
        await self._gates.wait(self._owner, f"wrote {_name(work)}")
        if trouble == "answer lost":
            raise Unavailable("The connection broke while committing.")
        return answer


class Hooks:
    """What the simulation wants to know and to decide about the database."""

    def before_read(self) -> None:
        """Called before each snapshot; may raise Unavailable."""

    def trouble(self) -> str:
        """Says how the next write goes wrong: "" not at all, "full" before, "answer lost" after its commit."""
        return ""

    def committed(self, owner: str) -> None:
        """Called after each write, whoever made it."""


def _name(work: Callable[..., Any]) -> str:
    return work.__qualname__.replace(".<locals>", "").replace(".<lambda>", "")
