"""Who is asking: signing in and out, the first person of a new installation, and the sessions behind cookies."""

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from http.cookies import CookieError, SimpleCookie

import structlog

from callcenter.domain.client_input import country_from, name_from, timezone_from
from callcenter.domain.errors import Forbidden, Invalid, TooMany, Unauthenticated
from callcenter.domain.user import Actor, Role, User
from callcenter.services import hashing
from callcenter.services.runtime import Runtime
from callcenter.store import clients, tokens, transitions, users
from callcenter.store.database import Tx
from callcenter.store.users import Session

log = structlog.get_logger(__name__)

#: The cookie of a sign-in; over https with the prefix that pins it to this host.
COOKIE = "callcenter_session"
SECURE_COOKIE = f"__Host-{COOKIE}"

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
_TOUCH_EVERY = timedelta(minutes=5)
_TOKEN_TOUCH_EVERY = timedelta(minutes=1)

FREE_TRIES = 5
LONGEST_DELAY = timedelta(minutes=15)
_FIRST_DELAY = timedelta(seconds=5)
_FAILURES_KEPT = timedelta(hours=24)
_WRONG = "The address or the password is wrong."


async def sign_in(rt: Runtime, email: str, password: str, address: str = "", agent: str = "") -> str:
    """Gives the value of the session cookie. `address` is where the request came from, `agent` the browser's name.

    Raises Unauthenticated (the same, and as slowly, for somebody unknown) or TooMany after repeated failures.
    """
    now = rt.clock.now()
    email = email.strip().lower()[:320]
    tried = [key for key, part in ((f"account {email}", email), (f"address {address}", address)) if part]
    wait = await rt.database.write(lambda tx: _count_try(tx, tried, now=now))
    if wait is not None:
        raise TooMany("Too many failed tries. Wait a moment and try again.", retry_after=wait)

    def look_up(tx: Tx) -> tuple[User | None, str | None]:
        user = users.find_by_email(tx, email)
        return user, users.password_hash(tx, user.user_id) if user and user.is_active else None

    user, known = await rt.database.read(look_up)
    fits, stronger = await hashing.verify(password, known)
    if not fits or user is None or known is None:
        log.info("sign-in failed", address=address)
        raise Unauthenticated(_WRONG)
    secret, session = _new_session(rt, user.user_id, address=address, agent=agent)

    def let_in(tx: Tx) -> None:
        if users.password_hash(tx, user.user_id) != known or not users.get(tx, user.user_id).is_active:
            raise Unauthenticated(_WRONG)  # changed while we were computing
        if stronger is not None:
            users.save_rehash(tx, user.user_id, old=known, new=stronger)
        _forgive(tx, tried, now=now)
        _open_session(tx, session, user.email, now=now)

    await rt.database.write(let_in)
    return secret


async def sign_out(rt: Runtime, cookie: str | None) -> None:
    """Ends the sign-in behind a cookie; nothing happens when there is none."""
    if cookie:
        await rt.database.write(lambda tx: users.end_session(tx, digest(cookie)))


async def session_of(rt: Runtime, cookie: str | None) -> tuple[User, Session] | None:
    """Gives who is behind a cookie, None when nobody is (any more); a sign-in ends 12 hours idle or after 7 days."""
    if not cookie or len(cookie) > 200:
        return None
    now = rt.clock.now()
    found = await rt.database.read(lambda tx: users.find_session(tx, digest(cookie)))
    if found is None:
        return None
    session, user = found
    if now >= session.expires_at or now - session.seen_at >= IDLE or not user.is_active:
        return None
    if user.is_demo and not rt.is_demo:
        return None
    if now - session.seen_at >= _TOUCH_EVERY:
        await rt.database.write(lambda tx: users.touch_session(tx, session, now=now))
    return user, session


async def actor_of(rt: Runtime, cookie: str | None) -> Actor | None:
    """Gives the actor behind a session cookie, None when nobody is signed in (any more)."""
    found = await session_of(rt, cookie)
    return actor_for(found[0]) if found else None


async def actor_of_token(rt: Runtime, bearer: str) -> Actor | None:
    """Gives the actor behind a REST token, None when it is unknown, expired or revoked."""
    if not bearer.startswith("cc_") or len(bearer) > 100:
        return None
    now = rt.clock.now()
    token = await rt.database.read(lambda tx: tokens.find(tx, digest(bearer)))
    if token is None or token.revoked_at is not None or (token.expires_at is not None and now >= token.expires_at):
        return None
    if token.last_used_at is None or now - token.last_used_at >= _TOKEN_TOUCH_EVERY:
        await rt.database.write(lambda tx: tokens.touch(tx, token.token_id, now=now))
    only = frozenset({token.client_id}) if token.client_id else None
    return Actor(label=f"token {token.name}", role=token.role, client_ids=only, token_id=token.token_id)


def actor_for(user: User) -> Actor:
    """Gives the actor a signed-in person is."""
    only = user.client_ids if user.is_limited else None
    return Actor(label=user.email, role=user.role, client_ids=only, user_id=user.user_id)


def cookie_from(header: str | None) -> str | None:
    """Gives the session's value out of a Cookie header; the one pinned to the host goes first."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(header or "")
    except CookieError:
        return None
    found = jar.get(SECURE_COOKIE) or jar.get(COOKIE)
    return found.value if found else None


def digest(secret: str) -> str:
    """Gives all we keep of a session's or token's secret. They are long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


# The first person ----------------------------------------------------------------------------------------------------


async def setup_code(rt: Runtime) -> str | None:
    """Gives a new one-time code with which the first person may sign up, and logs it; None once there is somebody.

    An earlier code stops working: what the log says last holds.
    """
    code = rt.new_secret(128)

    def work(tx: Tx) -> bool:
        if users.any_exists(tx):
            return False
        clients.save_setup_code_hash(tx, digest(code))
        return True

    if not await rt.database.write(work):
        return None
    address = f"{rt.settings.public_url or ''}/setup?code={code}"
    log.warning("Nobody can sign in yet. Open the set-up page.", address=address)
    return code


async def needs_setup(rt: Runtime) -> bool:
    """Says whether nobody has signed up yet."""
    return not await rt.database.read(users.any_exists)


async def set_up(
    rt: Runtime,
    code: str,
    *,
    name: str,
    email: str,
    password: str,
    workspace: str,
    country: str = "US",
    timezone: str = "UTC",
    address: str = "",
    agent: str = "",
) -> str:
    """Makes the first admin and names the workspace; gives the session cookie. Raises Forbidden for a wrong or used code."""
    now = rt.clock.now()
    hashed = await hashing.hash_password(password, words=(name, email, workspace))
    zone = timezone_from(timezone)
    user = User(
        user_id=rt.new_id(), email=email_from(email), name=name_from(name), role=Role.ADMIN, timezone=zone, created_at=now
    )
    place = {"name": name_from(workspace, field="workspace"), "country": country_from(country) or "US", "timezone": zone}
    secret, session = _new_session(rt, user.user_id, address=address, agent=agent)

    def work(tx: Tx) -> None:
        known = clients.setup_code_hash(tx)
        is_right = known is not None and hmac.compare_digest(known, digest(code.strip()))
        if not is_right or users.any_exists(tx) or not clients.save_setup_code_hash(tx, None, expected=known):
            raise Forbidden("This set-up link is not valid any more. The server's log has the newest one.")
        clients.save_installation(tx, replace(clients.get_installation(tx), **place), now=now)
        users.add(tx, user, password_hash=hashed, now=now)
        _open_session(tx, session, user.email, now=now)

    await rt.database.write(work)
    return secret


# The demo's person ---------------------------------------------------------------------------------------------------


async def ensure_demo_user(rt: Runtime) -> User:
    """Gives the demo's person, made if needed: an admin without a password. Only in a process the demo started."""
    _require_demo(rt)
    now = rt.clock.now()
    made = User(
        user_id=rt.new_id(), email="demo@example.com", name="Demo", role=Role.ADMIN, is_demo=True, has_password=False,
        created_at=now,
    )  # fmt: skip

    def work(tx: Tx) -> User:
        found = users.find_demo(tx)
        if found is None:
            users.add(tx, made, password_hash=None, now=now, is_demo=True)
        return found or made

    return await rt.database.write(work)


async def demo_sign_in(rt: Runtime, address: str = "", agent: str = "") -> str:
    """Signs in as the demo's person with one click; Forbidden anywhere but in a process the demo started."""
    _require_demo(rt)
    user = await ensure_demo_user(rt)
    secret, session = _new_session(rt, user.user_id, address=address, agent=agent)
    await rt.database.write(lambda tx: _open_session(tx, session, user.email, now=session.created_at))
    return secret


def _require_demo(rt: Runtime) -> None:
    if not rt.is_demo:
        raise Forbidden("This is not the demo: sign in with your password.")


# Inside --------------------------------------------------------------------------------------------------------------


def email_from(value: str, *, field: str = "email") -> str:
    """Reads an e-mail address in lower case; only its shape is checked."""
    email = value.strip().lower()
    name, at, host = email.rpartition("@")
    if not (at and name and "." in host.strip(".")) or len(email) > 254 or not email.isprintable() or " " in email:
        raise Invalid("This is no e-mail address.", field=field)
    return email


def _new_session(rt: Runtime, user_id: str, *, address: str, agent: str) -> tuple[str, Session]:
    secret, now = rt.new_secret(256), rt.clock.now()
    session = Session(
        session_id=rt.new_id(), user_id=user_id, hash=digest(secret), expires_at=now + ABSOLUTE, seen_at=now,
        address=address[:64], user_agent=agent[:300], created_at=now,
    )  # fmt: skip
    return secret, session


def _open_session(tx: Tx, session: Session, label: str, *, now: datetime) -> None:
    users.end_old_sessions(tx, now=now, idle=IDLE)
    users.forget_failures(tx, before=now - _FAILURES_KEPT)
    users.add_session(tx, session)
    transitions.add(
        tx, what="user", row_id=session.user_id, from_state=None, to_state="signed_in", now=now, by=label, why=session.address
    )


def delay_after(count: int) -> timedelta:
    """Gives how long the next try must wait after this many failures: nothing at first, then doubling to 15 minutes."""
    if count < FREE_TRIES:
        return timedelta(0)
    return min(_FIRST_DELAY * 2 ** min(count - FREE_TRIES, 20), LONGEST_DELAY)


def _count_try(tx: Tx, keys: list[str], *, now: datetime) -> timedelta | None:
    """Counts a try as failed before it is made, so that a thousand at once are a thousand; gives how long to wait instead.

    A success takes its own count back.
    """
    known = {key: users.failures(tx, key, now=now) for key in sorted(keys)}
    fresh = {key: (count if now - last_at < _FAILURES_KEPT else 0, last_at) for key, (count, last_at) in known.items()}
    waits = [last_at + delay_after(count) - now for count, last_at in fresh.values()]
    longest = max(waits, default=timedelta(0))
    if longest > timedelta(0):
        return longest
    for key, (count, _) in fresh.items():
        users.save_failures(tx, key, count + 1, now=now)
    return None


def _forgive(tx: Tx, keys: list[str], *, now: datetime) -> None:
    for key in sorted(keys):
        count, last_at = users.failures(tx, key, now=now)
        # the account starts afresh; its address only gets this one try back, or guessers would sign in between guesses
        users.save_failures(tx, key, 0 if key.startswith("account ") else count - 1, now=last_at)
