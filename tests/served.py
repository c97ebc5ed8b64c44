"""The API of a test's own runtime behind a real socket, for what must go over HTTP."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn

from callcenter.api.app import make_api
from callcenter.services.runtime import Runtime
from callcenter.simulator.server import QuietServer


@contextlib.asynccontextmanager
async def served(rt: Runtime) -> AsyncIterator[str]:
    """Serves it on loopback in this event loop for a block, under the address that the runtime then takes for its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    rt.settings = rt.settings.model_copy(update={"public_url": url})
    server = QuietServer(uvicorn.Config(make_api(rt), ws="none", lifespan="off", log_config=None, access_log=False))
    running = asyncio.ensure_future(server.serve(sockets=[listener]))
    await server.up.wait()
    try:
        yield url
    finally:
        server.end()
        await running
