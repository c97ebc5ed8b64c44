"""Who is looking: the cookie read on every event, the roles each handler names, and whose state a tab holds."""

import logging
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import quote

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from callcenter.domain.errors import Unauthenticated
from callcenter.domain.user import Actor
from callcenter.services import runtime, signing_in

log = logging.getLogger(__name__)

#: The cookie that carries a sign-in; set and cleared by the API alone, out of reach of any script.
COOKIE = signing_in.COOKIE

ROLE_MARK = "_roles"
FRAMEWORK_EVENTS = frozenset(f"reflex___state____state.{name}" for name in ("hydrate", "hydrate_and_load", "set_is_hydrated"))

#: How long an answer about a cookie is believed, in seconds: every event asks, and most come in bursts.
CACHE_SECONDS = 15.0
CACHE_SIZE = 2000

Handler = TypeVar("Handler", bound=Callable[..., Any])

#: Who may, in words for `allow`; each role includes the one before.
ADMINS = ("admin",)
MANAGERS = ("manager", *ADMINS)
OPERATORS = ("agent", *MANAGERS)
ANYONE = ("viewer", *OPERATORS)


def allow(*roles: str) -> Callable[[Handler], Handler]:
    """Marks an event handler with the roles that may run it; write it below `@rx.event`. `allow()` is public.

    A handler without this mark is refused for everybody.
    """

    def mark(handler: Handler) -> Handler:
        setattr(handler, ROLE_MARK, frozenset(roles))
        return handler

    return mark


def cookie_value(state: BaseState) -> str | None:
    """The sign-in cookie of the socket behind a state, or None."""
    return signing_in.cookie_from(state.router.headers.cookie)


_cache: dict[str, tuple[float, Actor | None]] = {}


async def actor_of(cookie: str | None) -> Actor | None:
    """The actor behind a cookie, or None; remembered for CACHE_SECONDS."""
    if not cookie:
        return None
    rt = runtime.current()
    instant = rt.clock.boot()
    known = _cache.get(cookie)
    if known and instant - known[0] < CACHE_SECONDS:
        return known[1]
    actor = await signing_in.actor_of(rt, cookie)
    if len(_cache) >= CACHE_SIZE:
        _cache.pop(next(iter(_cache)))
    _cache[cookie] = (instant, actor)
    return actor


def forget(cookie: str | None = None) -> None:
    """Drops what is remembered about a cookie, or about all of them (a role changed, somebody was signed out)."""
    if cookie is None:
        _cache.clear()
    else:
        _cache.pop(cookie, None)


async def who(state: BaseState) -> Actor:
    """The actor behind a state; raises Unauthenticated when nobody is signed in (any more)."""
    return await still(cookie_value(state))


async def still(cookie: str | None) -> Actor:
    """The actor behind a cookie, for whoever follows what happens: a socket keeps its cookie, and to read it takes a while.

    Raises Unauthenticated as `who` does.
    """
    actor = await actor_of(cookie)
    if actor is None:
        raise Unauthenticated("Sign in first.")
    return actor


def login_path(state: BaseState) -> str:
    """Where a signed-out person is sent, with the way back."""
    url = state.router.url
    here = url.path + (f"?{url.query}" if url.query else "")
    return f"/login?next={quote(here, safe='/')}" if here.startswith("/") and here != "/" else "/login"


class Owner(rx.State):
    """Whose data this tab's state holds; never sent to the browser."""

    _user: str = ""


async def bind_owner(state: BaseState, user: str) -> None:
    """Wipes a tab's state when the person behind it changed: signed out, another user, or a stolen tab token."""
    owner = await state.get_state(Owner)
    if owner._user != user:
        if owner._user:
            state.reset()
        owner._user = user


#: What a page does by itself when it is opened. Refusing that needs no toast: the page says that it is not for this person.
PAGES_OWN = frozenset({"enter", "load", "watch"})


class EventGuard(Middleware):
    """Refuses every event that its handler's marks do not allow, before the handler runs."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """None lets the event pass; anything else is the answer in the handler's place."""
        actor = await actor_of(cookie_value(state))
        await bind_owner(state, (actor.user_id or actor.label) if actor else "")
        registered = RegistrationContext.get().event_handlers.get(event.name)
        home = registered.states[0].__module__ if registered else ""
        if event.name in FRAMEWORK_EVENTS or (home == "reflex.state" and not event.name.endswith(".setvar")):
            return None
        roles = getattr(registered.handler.fn, ROLE_MARK, None) if registered else None
        if roles is not None and (not roles or (actor is not None and actor.role.value in roles)):
            return None
        log.info("refused event %s for %s", event.name, actor.label if actor else "nobody")
        if actor is not None and event.name.rpartition(".")[2] in PAGES_OWN:
            return StateUpdate()
        answer = rx.redirect(login_path(state)) if actor is None else rx.toast.error("You may not do that.")
        return StateUpdate(events=Event.from_event_type(answer))
