"""Users, roles, what each may do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from callcenter.domain.errors import Forbidden, NotFound


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
    is_demo: bool = False
    rev: int = 0
    last_seen_at: datetime | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A REST token of a script or server; `client_id` binds it to one client. Its secret is shown once and never kept."""

    token_id: str
    name: str
    last4: str
    role: Role
    client_id: str | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    created_by: str = ""
    created_at: datetime


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

_RANK = {role: rank for rank, role in enumerate(Role)}


def is_at_least(actor: Actor, role: Role) -> bool:
    """Says whether the actor has this role or one that includes it."""
    return _RANK[actor.role] >= _RANK[role]


def require(actor: Actor, role: Role, *, to: str = "do this") -> None:
    """Raises Forbidden unless the actor has this role or one that includes it."""
    if not is_at_least(actor, role):
        raise Forbidden(f"You need the role {role.value} to {to}; yours is {actor.role.value}.")


def can_see(actor: Actor, client_id: str | None) -> bool:
    """Says whether a row of this client may be shown; one of no client at all only to admins who see everything."""
    if actor.client_ids is not None:
        return client_id in actor.client_ids
    return client_id is not None or is_at_least(actor, Role.ADMIN)


def sight(actor: Actor) -> tuple[frozenset[str] | None, bool]:
    """Gives what `can_see` depends on: two people with the same sight see the same rows."""
    return actor.client_ids, actor.client_ids is None and is_at_least(actor, Role.ADMIN)


def sees(actor: Actor, client_id: str | None, *, what: str = "client") -> None:
    """Raises NotFound, as for a thing that does not exist, unless the actor may see this client's rows."""
    if not can_see(actor, client_id):
        raise NotFound(f"There is no such {what}.")
