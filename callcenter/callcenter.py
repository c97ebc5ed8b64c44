"""Reflex looks for this: builds the app, mounts the API, adds the pages, starts the loops."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from callcenter import wiring
from callcenter.api.app import make_api
from callcenter.domain.notice import Notice
from callcenter.settings import load_settings
from callcenter.ui import live, routes, session
from callcenter.ui.app import new_app
from callcenter.ui.headers import hardened


def entrance(inner: Any) -> Any:
    """Wraps the whole ASGI app: what is for the API goes straight there, past half a dozen layers that only the pages need.

    It goes to an API of its own, for Reflex puts some of those layers into the one that it is given.
    """
    to_api = _harden(make_api())

    async def enter(scope: Any, receive: Any, send: Any) -> None:
        is_for_api = scope["type"] == "http" and scope["path"].startswith("/api/")
        await (to_api if is_for_api else inner)(scope, receive, send)

    return enter


@contextlib.asynccontextmanager
async def product() -> AsyncIterator[None]:
    """The running parts and the hub of the pages, from the start of the web server to its end."""
    async with wiring.running(wiring.make_runtime(load_settings())) as rt:
        pages = asyncio.create_task(live.run(rt.bus, on_notice=_noticed), name="pages")
        try:
            yield
        finally:
            pages.cancel()


def _noticed(notice: Notice) -> None:
    if notice.topic == "user":
        session.forget()  # somebody's role or access changed: what is remembered about cookies may be wrong now


_harden: Callable[[Any], Any] = partial(hardened, trusted_proxies=load_settings().trusted_proxies)

app = new_app([make_api(), _harden])  # the API, with Reflex mounted under it, and the wrapper around both
routes.add_pages(app)
app.register_lifespan_task(product)
