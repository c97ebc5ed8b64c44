"""The schema of the configured database: bring it up to date, or refuse to run on an old one."""

from pathlib import Path
from urllib.parse import urlsplit

from callcenter.domain.errors import Conflict, Unavailable
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
