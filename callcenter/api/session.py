"""Signing in and out: native forms of our own pages, answered with a redirect and a cookie."""

from collections.abc import Awaitable
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse

from callcenter.api.deps import Rt, address_of, count, is_https, require_own_origin
from callcenter.domain.errors import CallCenterError, Forbidden, Invalid, TooMany, Unauthenticated
from callcenter.services import signing_in, staffing
from callcenter.services.runtime import Runtime

router = APIRouter(prefix="/api/session", tags=["Session"], include_in_schema=False)

Text = Annotated[str, Form(max_length=2_000)]

#: Tries to sign in from one address in a minute, before anything is looked up.
MOST_TRIES = 30


async def _from_our_page(request: Request, rt: Rt) -> None:
    require_own_origin(request, rt)
    await count(rt, "session", address_of(request, rt), per_minute=MOST_TRIES)


Ours = [Depends(_from_our_page)]


@router.post("", dependencies=Ours)
async def sign_in(
    request: Request, rt: Rt, email: Text = "", password: Text = "", next_: Annotated[str, Form(alias="next")] = "/"
) -> RedirectResponse:
    """Signs in; goes on to `next`, or back to the form with what was wrong."""
    signed = signing_in.sign_in(rt, email, password, address_of(request, rt), _agent(request))
    return await _enter(request, rt, signed, to=next_, back=f"/login?next={quote(_own_path(next_), safe='/')}")


@router.post("/demo", dependencies=Ours)
async def demo(request: Request, rt: Rt, next_: Annotated[str, Form(alias="next")] = "/") -> RedirectResponse:
    """Signs in to the demo with one click."""
    signed = signing_in.demo_sign_in(rt, address_of(request, rt), _agent(request))
    return await _enter(request, rt, signed, to=next_, back="/login")


@router.post("/setup", dependencies=Ours)
async def set_up(
    request: Request,
    rt: Rt,
    code: Text = "",
    name: Text = "",
    email: Text = "",
    password: Text = "",
    workspace: Text = "",
    country: Text = "US",
    timezone: Text = "UTC",
) -> RedirectResponse:
    """Makes the first admin with the code from the log, and signs them in."""
    signed = signing_in.set_up(
        rt, code, name=name, email=email, password=password, workspace=workspace, country=country, timezone=timezone,
        address=address_of(request, rt), agent=_agent(request),
    )  # fmt: skip
    return await _enter(request, rt, signed, to="/", back=f"/setup?code={quote(code, safe='')}")


@router.post("/link", dependencies=Ours)
async def use_link(request: Request, rt: Rt, link: Text = "", password: Text = "", kind: Text = "invite") -> RedirectResponse:
    """Sets the password of whom an invitation or a reset link is for, and signs them in."""
    signed = staffing.use_link(rt, link, password, address_of(request, rt), _agent(request))
    page = "reset" if kind == "reset" else "invite"
    return await _enter(request, rt, signed, to="/", back=f"/{page}/{quote(link, safe='')}")


@router.post("/password", dependencies=Ours)
async def change_password(request: Request, rt: Rt, old: Text = "", new: Text = "") -> RedirectResponse:
    """Changes the password of whoever is signed in, and ends their other sign-ins."""

    async def changed() -> str:
        actor = await signing_in.actor_of(rt, signing_in.cookie_from(request.headers.get("cookie")))
        if actor is None:
            raise Unauthenticated("Sign in first.")
        return await staffing.change_password(rt, actor, old=old, new=new, address=address_of(request, rt), agent=_agent(request))

    page = "/settings/profile"
    return await _enter(request, rt, changed(), to=f"{page}?done=password", back=page)


@router.post("/end", dependencies=Ours)
async def sign_out(request: Request, rt: Rt) -> RedirectResponse:
    """Signs out, and makes the browser forget what it kept of us."""
    await signing_in.sign_out(rt, signing_in.cookie_from(request.headers.get("cookie")))
    response = RedirectResponse("/login", status_code=303)
    for name in (signing_in.COOKIE, signing_in.SECURE_COOKIE):
        response.delete_cookie(name, path="/", httponly=True, samesite="lax", secure=name.startswith("__Host-"))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


async def _enter(request: Request, rt: Runtime, signed: Awaitable[str], *, to: str, back: str) -> RedirectResponse:
    """Waits for a sign-in; sets its cookie and goes `to`, or goes `back` with the reason in the address."""
    try:
        cookie = await signed
    except (Invalid, Unauthenticated, Forbidden, TooMany) as error:
        return RedirectResponse(_with_reason(back, error), status_code=303)
    secure = is_https(request, rt)
    response = RedirectResponse(_own_path(to), status_code=303)
    response.set_cookie(
        signing_in.SECURE_COOKIE if secure else signing_in.COOKIE,
        cookie,
        max_age=int(signing_in.ABSOLUTE / timedelta(seconds=1)),
        path="/",
        httponly=True,
        secure=secure,
        samesite="lax",
    )
    return response


def _with_reason(back: str, error: CallCenterError) -> str:
    kind = "wait" if isinstance(error, TooMany) else "field" if isinstance(error, Invalid) else "wrong"
    pairs = {"error": kind, "message": error.message}
    if isinstance(error, Invalid) and error.field:
        pairs["field"] = error.field
    if isinstance(error, TooMany):
        pairs["seconds"] = str(int(error.retry_after.total_seconds()) + 1)
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in pairs.items())
    return f"{back}{'&' if '?' in back else '?'}{query}"


def _own_path(text: str) -> str:
    """Gives a path on this site: anything that could lead elsewhere becomes the first page."""
    is_path = text.startswith("/") and not text.startswith(("//", "/\\", "/api/")) and text.isprintable()
    parts = urlsplit(text) if is_path else None
    return text if parts is not None and not parts.netloc and not parts.scheme and "\\" not in text else "/"


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
