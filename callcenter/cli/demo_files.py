"""What the demo keeps on disk: its own database with the mark that it made it, its secret, its simulator's port."""

import secrets
from dataclasses import dataclass
from pathlib import Path

_MAKING = "making"


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """The files in one folder. Nothing is ever deleted that lacks the mark beside it."""

    folder: Path

    @property
    def database(self) -> Path:
        """The demo's own SQLite database."""
        return self.folder / "demo.db"

    @property
    def simulator_port(self) -> Path:
        """Where the simulator listened last."""
        return self.folder / "demo-simulator-port"

    @property
    def _mark(self) -> Path:
        return self.folder / "demo.db.made-by-demo"

    def begin(self, *, reset: bool) -> None:
        """Deletes the database if that is asked, or if it was never finished; marks one that is to be made."""
        is_unfinished = self._mark.exists() and self._mark.read_text() == _MAKING
        if self._mark.exists() and (reset or is_unfinished):
            for path in (self.database, Path(f"{self.database}-wal"), Path(f"{self.database}-shm")):
                path.unlink(missing_ok=True)
        if not self.database.exists():
            self._mark.write_text(_MAKING)

    def finish(self) -> None:
        """Says that everything is in the database."""
        if self._mark.exists():
            self._mark.write_text("")

    def secret(self) -> str:
        """Gives the secret that seals the demo's keys, made on the first start."""
        path = self.folder / "demo-secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path.read_text()
