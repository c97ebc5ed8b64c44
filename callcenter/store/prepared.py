"""Statements compiled once and run on the driver's own cursor, for the few that every event and every dial needs.

Building and running a statement through the library costs several times what the database itself takes, and on one writer thread
that is what bounds how many events a second can be stored. What is written here still comes from the same table definitions and
types; only the repeated work is left out. On PostgreSQL an error is still given as the library's, for what is tried again
depends on it.
"""

import contextlib
import functools
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from callcenter.store.database import Tx

Process = Callable[[Any], Any] | None

#: What PostgreSQL calls its double precision, the only kind of fraction we store; other types do not ask.
_DOUBLE = 701

#: How many rows one statement adds.
_LENGTHS = (32, 8, 4, 2, 1)
_ONE_ROW = re.compile(r"(INSERT INTO .* VALUES )(\(.*?(?:::[A-Z ]+|\?)\))((?: ON CONFLICT .*)?)")
_PLACE = re.compile(r"%\((\w+)\)s")


def among(column: sa.ColumnElement[str], name: str, *, is_postgres: bool) -> sa.ColumnElement[bool]:
    """Gives the condition that a column is one of the texts in the list `name`, however many: one statement for all lengths."""
    if is_postgres:
        return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(sa.String)))
    each = sa.func.json_each(sa.bindparam(name, type_=sa.JSON)).table_valued("value")
    return column.in_(sa.select(each.c.value))


def not_among(column: sa.ColumnElement[str], name: str, *, is_postgres: bool) -> sa.ColumnElement[bool]:
    """Gives the condition that a column is none of the texts in the list `name`."""
    if is_postgres:
        return column != sa.all_(sa.bindparam(name, type_=postgresql.ARRAY(sa.String)))
    each = sa.func.json_each(sa.bindparam(name, type_=sa.JSON)).table_valued("value")
    return column.not_in(sa.select(each.c.value))


class Prepared:
    """One statement, with `sa.bindparam`s for what changes from run to run."""

    def __init__(self, statement: Callable[[bool], Any] | sa.ClauseElement) -> None:
        """Takes the statement, or what makes it when told whether it is for PostgreSQL."""
        self._statement = statement
        self._compiled: dict[bool, _Compiled] = {}

    def rows(self, tx: Tx, facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Runs it and gives its rows by column name."""
        return self._on(tx).rows(tx, facts)

    def count(self, tx: Tx, facts: Mapping[str, Any]) -> int:
        """Runs it and gives how many rows it changed."""
        return self._on(tx).count(tx, facts)

    def many(self, tx: Tx, all_facts: Sequence[Mapping[str, Any]]) -> None:
        """Adds a row for each of these; for an INSERT alone."""
        self._on(tx).many(tx, all_facts)

    def _on(self, tx: Tx) -> "_Compiled":
        if tx.is_postgres not in self._compiled:
            given: Any = self._statement
            statement = given(tx.is_postgres) if callable(given) else given
            self._compiled[tx.is_postgres] = _Compiled(statement, tx.conn.dialect)
        return self._compiled[tx.is_postgres]


class _Compiled:
    """What is left to do for each run: hand the values over as the driver wants them, and turn what comes back into our types."""

    def __init__(self, statement: Any, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.is_by_place = compiled.positiontup is not None
        self.binds: list[str] = list(compiled.positiontup if self.is_by_place else compiled.binds)
        self.defaults: list[Any] = [compiled.binds[name].value for name in self.binds]
        processes = [compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in self.binds]
        self.bind_processes = [(at, process) for at, process in enumerate(processes) if process is not None]
        columns = list(getattr(statement, "selected_columns", None) or getattr(statement, "_returning", ()))
        self.names = [column.name for column in columns]
        processes = [column.type.dialect_impl(dialect).result_processor(dialect, _DOUBLE) for column in columns]
        self.processes = [(at, process) for at, process in enumerate(processes) if process is not None]

    def rows(self, tx: Tx, facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        with _as_the_library_says(tx, self.sql):
            return [self._named(list(row)) for row in tx.driver().execute(self.sql, self._given(facts)).fetchall()]

    def count(self, tx: Tx, facts: Mapping[str, Any]) -> int:
        with _as_the_library_says(tx, self.sql):
            return int(tx.driver().execute(self.sql, self._given(facts)).rowcount)

    def many(self, tx: Tx, all_facts: Sequence[Mapping[str, Any]]) -> None:
        given: list[Any] = [self._given(facts) for facts in all_facts]
        # several rows a statement, in few lengths, so that each is prepared. Why not `executemany`: for PostgreSQL see
        # pg_cursor.py; SQLite's lets go of Python for every row, and waits for its turn again each time
        with _as_the_library_says(tx, self.sql):
            for size in _LENGTHS:
                while len(given) >= size:
                    now, given = given[:size], given[size:]
                    tx.driver().execute(self._of_length(size), self._together(now))

    def _together(self, rows: Sequence[Any]) -> list[Any] | dict[str, Any]:
        if self.is_by_place:
            return [value for row in rows for value in row]
        return {f"{name}__{n}": value for n, row in enumerate(rows) for name, value in row.items()}

    @functools.cache  # noqa: B019 (there are a dozen statements, and they live as long as the process)
    def _of_length(self, size: int) -> str:
        """Gives the statement for so many rows at once."""
        head, row, tail = _ONE_ROW.fullmatch(self.sql.replace("\n", " ")).groups()  # type: ignore[union-attr]
        rows = (_PLACE.sub(lambda found, n=n: f"%({found[1]}__{n})s", row) for n in range(size))
        return f"{head}{', '.join(rows)}{tail}"

    def _named(self, row: list[Any]) -> Mapping[str, Any]:
        for at, process in self.processes:
            if row[at] is not None:
                row[at] = process(row[at])
        return dict(zip(self.names, row, strict=True))

    def _given(self, facts: Mapping[str, Any]) -> list[Any] | dict[str, Any]:
        out: list[Any] = list(map(facts.get, self.binds, self.defaults))
        for at, process in self.bind_processes:
            if out[at] is not None:
                out[at] = process(out[at])
        return out if self.is_by_place else dict(zip(self.binds, out, strict=True))


@contextlib.contextmanager
def _as_the_library_says(tx: Tx, sql: str) -> Generator[None]:
    """Raises an error of PostgreSQL's driver as the library's own, as every other statement does; without its parameters."""
    try:
        yield
    except Exception as error:
        driver: Any = tx.conn.dialect.dbapi
        if not tx.is_postgres or not isinstance(error, driver.Error):
            raise
        raise DBAPIError.instance(sql, None, error, driver.Error, dialect=tx.conn.dialect) from error
