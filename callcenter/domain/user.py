"""Users, roles, what each may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What a person or token may do, each including the one before."""

    VIEWER = "viewer"
    AGENT = "agent"
    MANAGER = "manager"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person of the team. `is_limited`: sees only the clients in `client_ids`."""

    user_id: str
    email: str
    name: str
    role: Role
    is_limited: bool = False
    client_ids: frozenset[str] = frozenset()
    timezone: str = "UTC"
    is_active: bool = True
    has_password: bool = True
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who is asking: a signed-in user, a token, or the product itself. Every use case takes one.

    `client_ids` None means every client. `label` is how it is written down ("ana@example.com", "token crm", "callcenter").
    """

    label: str
    role: Role
    client_ids: frozenset[str] | None = None
    user_id: str | None = None
    token_id: str | None = None


#: The product acting on its own: loops and the demo.
SYSTEM = Actor(label="callcenter", role=Role.ADMIN)
