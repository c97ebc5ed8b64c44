"""The truth about create requests: each one received, when, with what, how it was answered, and which call came of it."""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

LOG_KEPT = 100_000
TOKEN = "callcenter_token"
OnCreate = Callable[[dict[str, Any]], None]


class CreateLog:
    """Entries in order of arrival. `on_create` is told of each at that very moment, before anything is done about it."""

    def __init__(self, *, on_create: OnCreate | None = None) -> None:
        self.entries: deque[dict[str, Any]] = deque(maxlen=LOG_KEPT)
        self.on_create = on_create
        self.received = 0
        self.known: set[str] = set()

    def receive(self, *, at: datetime, key: str, path: str, body: Any) -> dict[str, Any]:
        """Writes a request down. A body that was not read, or is no table, leaves its fields empty."""
        asked = cast(dict[str, Any], body) if isinstance(body, dict) else {}
        metadata: Any = asked.get("metadata")
        marks = cast(dict[str, Any], metadata) if isinstance(metadata, dict) else {}
        self.received += 1
        entry: dict[str, Any] = {
            "seq": self.received,
            "received_at": at.isoformat(),
            "key": key,
            "path": path,
            "from_number": asked.get("from_number"),
            "to_number": asked.get("to_number"),
            "idempotency_key": asked.get("idempotency_key"),
            "metadata": metadata,
            "token": marks.get(TOKEN),
            "answer": None,
            "fault": None,
            "call_ids": [],
            "call_id": None,
            "replayed": False,
        }
        self.entries.append(entry)
        if self.on_create is not None:
            self.on_create(entry)
        return entry

    def took_effect(self, entry: dict[str, Any], call_id: str) -> None:
        """A call came of it, new or the one of an earlier request."""
        entry["replayed"] = call_id in self.known
        self.known.add(call_id)
        entry["call_ids"].append(call_id)
        entry["call_id"] = entry["call_ids"][0]

    def clear(self) -> None:
        """Forgets everything."""
        self.entries.clear()
        self.known.clear()
