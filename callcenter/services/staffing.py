"""The people of the team and the tokens of scripts: adding, changing, inviting, ending."""

import hmac
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from callcenter.domain.client_input import name_from, timezone_from
from callcenter.domain.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from callcenter.domain.user import Actor, Role, Token, User, require
from callcenter.services import hashing, signing_in
from callcenter.services.onboarding import require_all_clients
from callcenter.services.runtime import Runtime
from callcenter.store import clients, tokens, transitions, users
from callcenter.store.database import Tx
from callcenter.store.users import Session

LINK_LIFE = timedelta(days=3)
_LINK = "link to set a password"
_OVER = "This link is not valid any more. Ask for a new one."


async def add_user(
    rt: Runtime,
    actor: Actor,
    *,
    email: str,
    role: Role,
    name: str = "",
    password: str | None = None,
    client_ids: frozenset[str] | None = None,
    timezone: str = "UTC",
) -> User:
    """Adds a person; admins only. Without a password they set one through a link; `client_ids` limits what they see."""
    _require_admin(actor)
    now = rt.clock.now()
    email = signing_in.email_from(email)
    hashed = await hashing.hash_password(password, words=(name, email)) if password is not None else None
    user = User(
        user_id=rt.new_id(), email=email, name=name_from(name or email.partition("@")[0]), role=role,
        is_limited=client_ids is not None, client_ids=client_ids or frozenset(), timezone=timezone_from(timezone),
        has_password=hashed is not None, created_at=now,
    )  # fmt: skip

    def work(tx: Tx) -> User:
        _check_clients(tx, user.client_ids)
        users.add(tx, user, password_hash=hashed, now=now)
        _write_down(tx, user, f"added as {role.value}", actor, now=now)
        return user

    return await rt.database.write(work)


async def change_user(rt: Runtime, actor: Actor, user_id: str, changes: dict[str, Any], *, rev: int | None = None) -> User:
    """Changes `name`, `role`, `timezone` or `client_ids` (None: sees all) of a person; admins only.

    Other rights end that person's sign-ins. Raises Conflict when the last admin would lose theirs.
    """
    _require_admin(actor)
    now = rt.clock.now()
    if unknown := set(changes) - {"name", "role", "timezone", "client_ids"}:
        raise Invalid(f"A person has no field {min(unknown)}.", field=min(unknown))

    def work(tx: Tx) -> User:
        before = users.get(tx, user_id, lock=True)
        after = _changed(before, changes)
        _check_clients(tx, after.client_ids)
        _keep_an_admin(tx, before, after)
        saved = users.save(tx, after, now=now, rev=rev)
        if (before.role, before.is_limited, before.client_ids) != (after.role, after.is_limited, after.client_ids):
            users.end_sessions_of(tx, user_id)
        _write_down(tx, saved, f"changed to {saved.role.value}", actor, now=now, why=", ".join(sorted(changes)))
        return saved

    return await rt.database.write(work)


async def deactivate(rt: Runtime, actor: Actor, user_id: str) -> User:
    """Shuts a person out at once; what they did stays under their name. Raises Conflict for the last admin."""
    return await _set_active(rt, actor, user_id, is_active=False)


async def reactivate(rt: Runtime, actor: Actor, user_id: str) -> User:
    """Lets a person in again."""
    return await _set_active(rt, actor, user_id, is_active=True)


async def users_of(rt: Runtime, actor: Actor) -> list[User]:
    """Gives everybody, by name; admins only."""
    _require_admin(actor)
    return await rt.database.read(users.listed)


async def me(rt: Runtime, actor: Actor) -> User:
    """Gives the person who is asking; raises Forbidden for a token."""
    if actor.user_id is None:
        raise Forbidden("A token is no person.")
    user_id = actor.user_id
    return await rt.database.read(lambda tx: users.get(tx, user_id))


async def change_me(rt: Runtime, actor: Actor, *, name: str, timezone: str) -> User:
    """Changes what the asking person is called and the time zone they read times in."""
    user = await me(rt, actor)
    now = rt.clock.now()
    given = {"name": name_from(name), "timezone": timezone_from(timezone)}
    return await rt.database.write(lambda tx: users.save(tx, replace(users.get(tx, user.user_id, lock=True), **given), now=now))


async def sessions_of(rt: Runtime, actor: Actor) -> list[Session]:
    """Gives where the asking person is signed in, newest first."""
    user = await me(rt, actor)
    return await rt.database.read(lambda tx: users.sessions_of(tx, user.user_id))


async def end_sessions(rt: Runtime, actor: Actor, session_id: str | None = None) -> None:
    """Ends one of the asking person's own sign-ins, or all of them."""
    user = await me(rt, actor)
    await rt.database.write(lambda tx: users.end_sessions_of(tx, user.user_id, session_id=session_id))


# Passwords and links -------------------------------------------------------------------------------------------------


async def change_password(rt: Runtime, actor: Actor, *, old: str, new: str, address: str = "", agent: str = "") -> str:
    """Changes the asking person's own password, ends all their sign-ins, and gives the cookie of a new one."""
    user = await me(rt, actor)
    known = await rt.database.read(lambda tx: users.password_hash(tx, user.user_id))
    fits, _ = await hashing.verify(old, known)
    if not fits:
        raise Invalid("The old password is wrong.", field="old")
    await _set_password(rt, user, new, field="new", expected=known)
    return await signing_in.sign_in(rt, user.email, new, address, agent)


async def link_for(rt: Runtime, actor: Actor, user_id: str) -> str:
    """Gives the one-use part of a link with which a person sets a password: an invitation or a reset; admins only."""
    _require_admin(actor)
    expires = rt.clock.now() + LINK_LIFE

    def work(tx: Tx) -> str:
        user = users.get(tx, user_id)
        return json.dumps({"user": user.user_id, "was": _state(tx, user), "until": expires.timestamp()})

    return rt.vault.seal(await rt.database.read(work), purpose=_LINK)


async def whose_link(rt: Runtime, link: str) -> User:
    """Gives the person a link is for; raises Unauthenticated when it was used, is too old, or was made up."""
    try:
        said = json.loads(rt.vault.open(link, purpose=_LINK))
    except (Invalid, ValueError) as error:
        raise Unauthenticated(_OVER) from error

    def work(tx: Tx) -> User:
        user = users.get(tx, said["user"])
        if not user.is_active or not hmac.compare_digest(said["was"], _state(tx, user)):
            raise Unauthenticated(_OVER)
        return user

    if rt.clock.now().timestamp() >= said["until"]:
        raise Unauthenticated(_OVER)
    return await rt.database.read(work)


async def use_link(rt: Runtime, link: str, password: str, address: str = "", agent: str = "") -> str:
    """Sets the password of the person a link is for, ends their sign-ins, and gives the cookie of a new one."""
    user = await whose_link(rt, link)
    known = await rt.database.read(lambda tx: users.password_hash(tx, user.user_id))
    await _set_password(rt, user, password, field="password", expected=known)
    return await signing_in.sign_in(rt, user.email, password, address, agent)


async def _set_password(rt: Runtime, user: User, password: str, *, field: str, expected: str | None) -> None:
    now = rt.clock.now()
    hashed = await hashing.hash_password(password, words=(user.name, user.email), field=field)

    def work(tx: Tx) -> None:
        users.get(tx, user.user_id, lock=True)
        if users.password_hash(tx, user.user_id) != expected:
            raise Conflict("The password was changed a moment ago.")
        users.save_password(tx, user.user_id, hashed, now=now)
        users.end_sessions_of(tx, user.user_id)

    await rt.database.write(work)


def _state(tx: Tx, user: User) -> str:
    """Gives what changes when a password is set, so that a link works once."""
    return signing_in.digest(f"{user.user_id} {users.password_hash(tx, user.user_id) or ''}")


# Tokens --------------------------------------------------------------------------------------------------------------


async def add_token(
    rt: Runtime,
    actor: Actor,
    *,
    name: str,
    role: Role,
    client_id: str | None = None,
    expires_at: datetime | None = None,
) -> tuple[str, Token]:
    """Gives a new REST token, which is shown this once, and what is kept of it; admins only."""
    _require_admin(actor)
    now = rt.clock.now()
    if expires_at is not None and expires_at <= now:
        raise Invalid("A token cannot expire in the past.", field="expiresAt")
    secret = f"cc_{rt.new_secret(160)}"
    token = Token(
        token_id=rt.new_id(), name=name_from(name), last4=secret[-4:], role=role, client_id=client_id,
        expires_at=expires_at, created_by=actor.label, created_at=now,
    )  # fmt: skip

    def work(tx: Tx) -> None:
        _check_clients(tx, frozenset({client_id}) if client_id else frozenset())
        tokens.add(tx, token, token_hash=signing_in.digest(secret))
        transitions.add(
            tx, what="token", row_id=token.token_id, from_state=None, to_state="added", now=now, by=actor.label, why=token.name
        )

    await rt.database.write(work)
    return secret, token


async def tokens_of(rt: Runtime, actor: Actor) -> list[Token]:
    """Gives every token, newest first; admins only."""
    _require_admin(actor)
    return await rt.database.read(tokens.listed)


async def revoke_token(rt: Runtime, actor: Actor, token_id: str) -> None:
    """Ends a token at once and for good; admins only."""
    _require_admin(actor)
    now = rt.clock.now()

    def work(tx: Tx) -> None:
        token = tokens.revoke(tx, token_id, now=now)
        transitions.add(
            tx, what="token", row_id=token_id, from_state=None, to_state="revoked", now=now, by=actor.label, why=token.name
        )

    await rt.database.write(work)


# Inside --------------------------------------------------------------------------------------------------------------


def _require_admin(actor: Actor) -> None:
    require(actor, Role.ADMIN, to="manage people and tokens")
    require_all_clients(actor)


def _changed(before: User, changes: dict[str, Any]) -> User:
    after = before
    if "name" in changes:
        after = replace(after, name=name_from(changes["name"]))
    if "role" in changes:
        after = replace(after, role=Role(changes["role"]))
    if "timezone" in changes:
        after = replace(after, timezone=timezone_from(changes["timezone"]))
    if "client_ids" in changes:
        only: frozenset[str] | None = changes["client_ids"]
        after = replace(after, is_limited=only is not None, client_ids=only or frozenset())
    return after


async def _set_active(rt: Runtime, actor: Actor, user_id: str, *, is_active: bool) -> User:
    _require_admin(actor)
    now = rt.clock.now()

    def work(tx: Tx) -> User:
        before = users.get(tx, user_id, lock=True)
        after = replace(before, is_active=is_active)
        _keep_an_admin(tx, before, after)
        users.end_sessions_of(tx, user_id)
        _write_down(tx, after, "reactivated" if is_active else "deactivated", actor, now=now)
        return users.save(tx, after, now=now)

    return await rt.database.write(work)


def _keep_an_admin(tx: Tx, before: User, after: User) -> None:
    """Refuses to leave the installation without anybody who may manage it."""
    if _can_manage(before) and not _can_manage(after) and users.count_other_admins(tx, before.user_id) == 0:
        raise Conflict("This is the last admin. Make somebody else an admin first.")


def _can_manage(user: User) -> bool:
    return user.is_active and user.role is Role.ADMIN and not user.is_limited


def _check_clients(tx: Tx, client_ids: frozenset[str]) -> None:
    for client_id in client_ids:
        try:
            clients.get(tx, client_id)
        except NotFound as error:
            raise Invalid(f"There is no client {client_id}.", field="clientIds") from error


def _write_down(tx: Tx, user: User, what: str, actor: Actor, *, now: datetime, why: str = "") -> None:
    transitions.add(tx, what="user", row_id=user.user_id, from_state=None, to_state=what, now=now, by=actor.label, why=why)
