"""Who is asking, from where, with which runtime; and how often they may."""

import ipaddress
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, cast
from urllib.parse import urlsplit

import structlog
from fastapi import Depends, Header, Query, Request
from fastapi.security import HTTPBearer
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError

from callcenter.domain.errors import Forbidden, TooMany, Unauthenticated
from callcenter.domain.user import Actor
from callcenter.services import replaying, runtime, signing_in
from callcenter.services.replaying import Repeatable
from callcenter.services.runtime import Runtime

log = structlog.get_logger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LIMITER = "api limiter"

# Only for the documentation: it shows where to put a token. `asking` does the work.
_bearer = HTTPBearer(auto_error=False, description="A REST token, made with `callcenter add-token` or in Settings.")


async def running_parts(request: Request) -> Runtime:
    """Gives the runtime: the one this app was made with, else the running one.

    A coroutine that waits for nothing: a plain function would be run in another thread, for every request.
    """
    own = cast("Runtime | None", request.app.state.rt)
    return own or runtime.current()


Rt = Annotated[Runtime, Depends(running_parts)]


async def asking(request: Request, rt: Rt, _shown: Annotated[Any, Depends(_bearer)] = None) -> Actor:
    """Gives who is asking: the bearer of a token, else the person signed in with this browser.

    Raises Unauthenticated; Forbidden for a change that another site made the browser send; TooMany.
    """
    header = request.headers.get("authorization")
    if header is not None:
        scheme, _, token = header.partition(" ")
        actor = await signing_in.actor_of_token(rt, token.strip()) if scheme.lower() == "bearer" else None
    else:
        actor = await signing_in.actor_of(rt, signing_in.cookie_from(request.headers.get("cookie")))
        if actor is not None and request.method not in SAFE_METHODS:
            require_own_origin(request, rt)
    if actor is None:
        await count(rt, "refused", address_of(request, rt), per_minute=120)
        raise Unauthenticated("Send a valid token as Authorization: Bearer …, or sign in.")
    await count(rt, "asking", actor.token_id or actor.user_id or actor.label, per_minute=12_000)
    return actor


Asking = Annotated[Actor, Depends(asking)]


async def repeatable(
    request: Request,
    actor: Asking,
    key: Annotated[
        str | None,
        Header(alias="Idempotency-Key", description="The same key and body within 24 hours give the first answer again."),
    ] = None,
) -> Repeatable | None:
    """Gives the request under its Idempotency-Key, None without one."""
    body = await request.body()
    return replaying.repeatable(actor, key, method=request.method, path=request.url.path, body=body)


Again = Annotated[Repeatable | None, Depends(repeatable)]

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Cursor = Annotated[str | None, Query(max_length=2_000, description="`nextCursor` of the page before.")]


def address_of(request: Request, rt: Runtime) -> str:
    """Gives the address a request came from; X-Forwarded-For is believed only as far as proxies we trust wrote it."""
    address = request.client.host if request.client else ""
    if not _is_trusted(rt, address):
        return address
    for hop in reversed(request.headers.get("x-forwarded-for", "").split(",")):
        if not (hop := hop.strip()):
            continue
        address = hop[:64]
        if not _is_trusted(rt, address):
            break
    return address


def is_https(request: Request, rt: Runtime) -> bool:
    """Says whether the browser speaks https, to us or to a proxy we trust."""
    if request.url.scheme == "https":
        return True
    peer = request.client.host if request.client else ""
    return _is_trusted(rt, peer) and request.headers.get("x-forwarded-proto", "").strip().lower() == "https"


def require_own_origin(request: Request, rt: Runtime) -> None:
    """Raises Forbidden unless a browser's request comes from one of our own pages."""
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site") == "same-origin":
            return
        referrer = urlsplit(request.headers.get("referer", ""))
        origin = f"{referrer.scheme}://{referrer.netloc}"
    if origin.lower().rstrip("/") not in _own_origins(request, rt):
        raise Forbidden("This request came from another site.")


async def count(rt: Runtime, what: str, who: str, *, per_minute: int) -> None:
    """Counts one request; raises TooMany above the limit. With Redis all processes count together."""
    limiter = cast("FixedWindowRateLimiter | None", rt.kept.get(_LIMITER))
    if limiter is None:
        limiter = rt.kept[_LIMITER] = FixedWindowRateLimiter(_storage(rt))
    try:
        is_within = await limiter.hit(RateLimitItemPerMinute(per_minute), what, who)
    except StorageError as error:  # Redis is away: better to answer than to stand still
        log.warning("requests are not counted", why=str(error)[:200])
        return
    if not is_within:
        raise TooMany("Too many requests. Slow down and try again.", retry_after=timedelta(seconds=30))


def limited(what: str, *, per_minute: int) -> Callable[..., Awaitable[None]]:
    """Gives a dependency that limits how often one person or token may use an endpoint."""

    async def check(rt: Rt, actor: Asking) -> None:
        await count(rt, what, actor.token_id or actor.user_id or actor.label, per_minute=per_minute)

    return check


def _storage(rt: Runtime) -> MemoryStorage | RedisStorage:
    if rt.settings.redis_url is None:
        return MemoryStorage()
    return RedisStorage(f"async+{rt.settings.redis_url}", wrap_exceptions=True, implementation="redispy")


def _is_trusted(rt: Runtime, address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found in ipaddress.ip_network(network) for network in rt.settings.trusted_proxies)


def _own_origins(request: Request, rt: Runtime) -> set[str]:
    scheme = "https" if is_https(request, rt) else "http"
    host = request.headers.get("host", "").lower()
    name = urlsplit(f"//{host}").hostname or ""
    own = {(rt.settings.public_url or "").lower()}
    if rt.settings.public_url is None or name in ("localhost", "127.0.0.1", "::1"):
        own.add(f"{scheme}://{host}")
    return own - {""}
