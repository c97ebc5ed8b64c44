"""How a migration meets a database: our engine, our metadata, one transaction that a second process waits for."""

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlmodel import AutoString, SQLModel

from callcenter.settings import load_settings
from callcenter.store import tables
from callcenter.store.database import make_engine

_LOCK = 0x63616C6C  # any number that nobody else locks


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Writes our column types as the plain ones they are, so that a migration stands without our code."""
    if kind == "type" and isinstance(item, tables.Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, sa.JSON):
        return "Json"
    return False


def run() -> None:
    """Runs the migrations asked for in one transaction, or writes them as SQL."""
    url: str = context.config.attributes.get("url") or load_settings().database_url
    common: dict[str, Any] = {
        "target_metadata": SQLModel.metadata, "render_item": render_item, "render_as_batch": url.startswith("sqlite"),
    }  # fmt: skip
    if context.is_offline_mode():
        context.configure(url=url, literal_binds=True, **common)
        with context.begin_transaction():
            context.run_migrations()
        return
    engine = make_engine(url)
    with engine.connect().execution_options(begin="IMMEDIATE") as conn, conn.begin():
        if conn.dialect.name == "postgresql":
            conn.execute(sa.text("SET LOCAL lock_timeout = 0"))
            conn.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        context.configure(connection=conn, **common)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
