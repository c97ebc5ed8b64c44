"""Reflex looks for this: builds the app, mounts the API, adds the pages, starts the loops."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from callcenter import wiring
from callcenter.api.app import make_api
from callcenter.domain.notice import Notice
from callcenter.settings import Settings, load_settings
from callcenter.ui import live, routes, session
from callcenter.ui.app import new_app
from callcenter.ui.headers import hardened


def transformers(settings: Settings) -> list[Any]:
    """The API, with Reflex mounted under it, and the wrapper around both."""
    harden: Callable[[Any], Any] = partial(hardened, trusted_proxies=settings.trusted_proxies)
    return [make_api(), harden]


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


app = new_app(transformers(load_settings()))
routes.add_pages(app)
app.register_lifespan_task(product)
