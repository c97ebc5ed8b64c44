"""A person to call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """A person of one client. `number` is E.164, `phone_given` what was typed; `timezone` only if a person or an import
    said so. `last_outcome` and `do_not_call` are joined from elsewhere when a page shows it."""

    lead_id: str
    client_id: str
    name: str
    number: str
    phone_given: str
    email: str | None = None
    timezone: str | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    rev: int = 0
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    last_outcome: str | None = None
    do_not_call: bool = False


def search_text(name: str, number: str, email: str | None, external_id: str | None) -> str:
    """Gives what a search for a lead looks through."""
    return " ".join((name, number, email or "", external_id or "")).lower()
