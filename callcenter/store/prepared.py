"""Statements compiled once and run on SQLite's own cursor, for the few that every event and every dial needs.

Building and running a statement through the library costs several times what SQLite itself takes, and on one writer thread that
is what bounds how many events a second can be stored. What is written here still comes from the same table definitions and
types; only the repeated work is left out. On PostgreSQL the library runs them as ever.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from callcenter.store.database import Tx

Process = Callable[[Any], Any] | None


def among(column: sa.ColumnElement[str], name: str, *, is_postgres: bool) -> sa.ColumnElement[bool]:
    """Gives the condition that a column is one of the texts in the list `name`, however many: one statement for all lengths."""
    if is_postgres:
        return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(sa.String)))
    each = sa.func.json_each(sa.bindparam(name, type_=sa.JSON)).table_valued("value")
    return column.in_(sa.select(each.c.value))


class Prepared:
    """One statement, with `sa.bindparam`s for what changes from run to run."""

    def __init__(self, statement: Callable[[bool], Any] | sa.ClauseElement) -> None:
        """Takes the statement, or what makes it when told whether it is for PostgreSQL."""
        self._statement = statement
        self._compiled: _OnSqlite | None = None
        self._for_postgres: Any = None

    def rows(self, tx: Tx, facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Runs it and gives its rows by column name."""
        if tx.is_postgres:
            return [row._mapping for row in tx.execute(self._on_postgres(), dict(facts))]  # type: ignore[misc]
        return self._on_sqlite(tx).rows(tx, facts)

    def count(self, tx: Tx, facts: Mapping[str, Any]) -> int:
        """Runs it and gives how many rows it changed."""
        if tx.is_postgres:
            return tx.execute(self._on_postgres(), dict(facts)).rowcount
        return self._on_sqlite(tx).count(tx, facts)

    def many(self, tx: Tx, all_facts: Sequence[Mapping[str, Any]]) -> None:
        """Runs it once for each of these."""
        if tx.is_postgres:
            tx.execute(self._on_postgres(), [dict(facts) for facts in all_facts])
        else:
            self._on_sqlite(tx).many(tx, all_facts)

    def _on_postgres(self) -> Any:
        if self._for_postgres is None:
            self._for_postgres = self._made(is_postgres=True)
        return self._for_postgres

    def _made(self, *, is_postgres: bool) -> Any:
        given: Any = self._statement
        return given(is_postgres) if callable(given) else given

    def _on_sqlite(self, tx: Tx) -> "_OnSqlite":
        if self._compiled is None:
            self._compiled = _OnSqlite(self._made(is_postgres=False), tx.conn.dialect)
        return self._compiled


class _OnSqlite:
    """What is left to do for each run: put the values in order, and turn what comes back into our types."""

    def __init__(self, statement: Any, dialect: sa.Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        self.binds: list[tuple[str, Any, Process]] = [
            (name, compiled.binds[name].value, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        columns = list(getattr(statement, "selected_columns", None) or getattr(statement, "_returning", ()))
        self.names = [column.name for column in columns]
        processes = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self.processes = [(at, process) for at, process in enumerate(processes) if process is not None]

    def rows(self, tx: Tx, facts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return [self._named(list(row)) for row in tx.driver().execute(self.sql, self._ordered(facts)).fetchall()]

    def count(self, tx: Tx, facts: Mapping[str, Any]) -> int:
        return int(tx.driver().execute(self.sql, self._ordered(facts)).rowcount)

    def many(self, tx: Tx, all_facts: Sequence[Mapping[str, Any]]) -> None:
        tx.driver().executemany(self.sql, [self._ordered(facts) for facts in all_facts])

    def _named(self, row: list[Any]) -> Mapping[str, Any]:
        for at, process in self.processes:
            if row[at] is not None:
                row[at] = process(row[at])
        return dict(zip(self.names, row, strict=True))

    def _ordered(self, facts: Mapping[str, Any]) -> list[Any]:
        out: list[Any] = []
        for name, default, process in self.binds:
            value = facts.get(name, default)
            out.append(value if process is None or value is None else process(value))
        return out
