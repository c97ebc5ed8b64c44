"""Migrations: they lead to the tables as written, on both databases, once, and back."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from callcenter.store import schema
from callcenter.store.database import Tx, make_engine

pytestmark = [
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression-based index"),
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table, of each kind in turn."""
    return request.getfixturevalue("empty_pg_url") if request.param == "postgres" else f"sqlite:///{tmp_path}/new.db"


@pytest.fixture
def engine(empty_url: str) -> Iterator[sa.Engine]:
    """An engine on the same database."""
    engine = make_engine(empty_url)
    yield engine
    engine.dispose()


def _indexes(engine: sa.Engine) -> set[tuple[str, str, bool]]:
    with engine.connect() as conn:
        if conn.dialect.name == "postgresql":
            rows: Any = conn.exec_driver_sql("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
        else:
            rows = conn.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")
        return {(name, " ".join(how.lower().split()).replace('"', ""), "unique" in how.lower()) for name, how in rows}


def test_a_migrated_database_is_the_one_the_tables_describe(empty_url: str, engine: sa.Engine) -> None:
    schema.migrate(empty_url)
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), SQLModel.metadata) == []
        assert schema.is_current(Tx(conn))


def test_every_index_is_there_with_its_condition(empty_url: str, engine: sa.Engine) -> None:
    schema.migrate(empty_url)
    migrated = _indexes(engine)
    command.downgrade(_config(empty_url), "base")
    SQLModel.metadata.create_all(engine)
    assert {each for each in migrated if "alembic" not in each[0]} == {
        each for each in _indexes(engine) if "alembic" not in each[0]
    }


def test_two_processes_that_migrate_at_once_both_succeed(empty_url: str) -> None:
    assert schema.current_of(empty_url) is None
    environment = {**os.environ, "CALLCENTER_DATABASE_URL": _outside(empty_url)}
    command = [sys.executable, "-W", "ignore", "-m", "callcenter.cli.main", "migrate"]
    running = [subprocess.Popen(command, env=environment, stdout=PIPE, stderr=STDOUT) for _ in range(2)]
    said = [process.communicate(timeout=60)[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert schema.current_of(empty_url) == schema.head()


def _outside(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _config(url: str) -> Any:
    config = schema._config()
    config.attributes["url"] = url
    return config
