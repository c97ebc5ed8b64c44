"""The configured database: bring its schema up to date, refuse to run on an old one, fold its events again."""

import asyncio
import sys
from pathlib import Path
from urllib.parse import urlsplit

from callcenter import wiring
from callcenter.cli import logs
from callcenter.domain.errors import Conflict, Unavailable
from callcenter.domain.user import SYSTEM
from callcenter.services import rebuilding
from callcenter.services.runtime import Runtime
from callcenter.settings import load_settings
from callcenter.store import schema


def migrate(url: str) -> None:
    """Brings the schema to head. Raises Unavailable, in one sentence, when the database cannot be reached."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///").partition("?")[0]).parent.mkdir(parents=True, exist_ok=True)
    with _in_words(url):
        schema.migrate(url)


def require_current(url: str) -> None:
    """Raises Conflict, naming the command to run, when the schema is behind or ahead of this program."""
    with _in_words(url):
        found = schema.current_of(url)
    if found is None:
        raise Conflict(f"The database {place_of(url)} has no tables yet. Run: callcenter migrate")
    if found != schema.head():
        raise Conflict(
            f"The database {place_of(url)} has schema {found}, this program needs {schema.head()}. Run: callcenter migrate"
        )


def place_of(url: str) -> str:
    """Gives where a database is, without user or password."""
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return url.partition(":///")[2].partition("?")[0]
    return f"{parts.hostname or 'localhost'}:{parts.port or 5432}{parts.path}"


class _in_words:
    """Turns whatever the driver raises into one sentence for an operator."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if error is None or type(error).__module__.partition(".")[0] not in ("sqlalchemy", "psycopg", "sqlite3"):
            return
        why = str(getattr(error, "orig", error)).strip().splitlines()[0][:200]
        raise Unavailable(f"The database {place_of(self._url)} cannot be used: {why}") from error


def rebuild(*, check: bool) -> bool:
    """Folds every stored event again and prints what came of it; False when --check found a difference."""
    settings = load_settings()
    logs.configure(settings)
    require_current(settings.database_url)
    found = asyncio.run(_rebuild(wiring.make_runtime(settings), check=check))
    print(f"Folded {found.events:,} events of {found.calls:,} calls.")
    if found.without_events:
        print(f"{found.without_events:,} calls have no stored events any more and stay as they are.")
    for difference in found.differences[:50]:
        print(f"  {difference.call_id}: {', '.join(difference.fields)}")
    if not found.differences:
        print("Every record is what its events say.")
    elif check:
        print(f"{len(found.differences):,} calls differ. Restore them with: callcenter rebuild", file=sys.stderr)
    else:
        print(f"{len(found.differences):,} calls differed and were restored.")
    return not (check and found.differences)


async def _rebuild(rt: Runtime, *, check: bool) -> rebuilding.Rebuilt:
    try:
        return await rebuilding.rebuild(rt, SYSTEM, only_compare=check)
    finally:
        await rt.providers.close()
        await asyncio.to_thread(rt.database.close)
