"""Which version of the schema a database has, which one we expect, and the way from one to the other."""

from functools import cache

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from callcenter.settings import PROJECT_FOLDER
from callcenter.store.database import Tx, make_engine


@cache
def head() -> str:
    """Gives the version this program expects."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise RuntimeError("there are no migrations beside this program")
    return found


def current(tx: Tx) -> str | None:
    """Gives the version of this database; None when it was never migrated."""
    if not sa.inspect(tx.conn).has_table("alembic_version"):
        return None
    return tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def is_current(tx: Tx) -> bool:
    """Says whether this database has the schema we expect."""
    return current(tx) == head()


def current_of(url: str) -> str | None:
    """The same as `current`, for a database nobody has opened yet."""
    engine = make_engine(url)
    try:
        with engine.connect() as conn:
            return current(Tx(conn))
    finally:
        engine.dispose()


def migrate(url: str) -> None:
    """Brings the schema to the version we expect; a second process that does the same waits and finds it done."""
    config = _config()
    config.attributes["url"] = url
    command.upgrade(config, "head")


def _config() -> Config:
    return Config(toml_file=PROJECT_FOLDER / "pyproject.toml")
