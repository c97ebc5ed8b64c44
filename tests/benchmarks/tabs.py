"""Tabs without a browser: they open a page over Reflex's socket as a browser does, and keep what they are sent and when."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

HYDRATE = "reflex___state____state.hydrate_and_load"
READY = '"face_rx_state_":"ready"'
PATIENCE_S = 60


@dataclass
class Tab:
    """One open page. `heard` holds (`time.monotonic()`, text) of every message since it was last emptied."""

    path: str
    socket: ClientConnection
    heard: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    ponged: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: "asyncio.Task[None] | None" = None

    async def open(self) -> None:
        """Connects and asks for the page; gives once the page has loaded and follows what happens."""
        await self.socket.recv()  # Engine.IO's handshake
        parts = urlsplit(self.path)
        where = {"pathname": parts.path, "asPath": self.path, "query": dict(parse_qsl(parts.query))}
        boot = {"event": {"name": HYDRATE, "payload": {}, "router_data": where}}
        await self.socket.send(f"40/_event,{json.dumps(boot)}")
        self._reading = asyncio.create_task(self._read())
        await asyncio.wait_for(self.is_ready.wait(), PATIENCE_S)

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in self.socket:
                at, text = time.monotonic(), str(message)
                if text == "2":
                    await self.socket.send("3")
                elif text.startswith('42/_event,["ping"'):
                    self.ponged.set()
                else:
                    # read later: taking it apart now would make the other tabs wait for this one
                    self.heard.append((at, text))
                    if READY in text.replace(" ", ""):
                        self.is_ready.set()

    async def ping(self) -> float:
        """Gives how long the bare way takes there and back, in seconds: no state, no database, nothing sent but a word."""
        self.ponged.clear()
        at = time.monotonic()
        await self.socket.send('42/_event,["ping"]')
        await asyncio.wait_for(self.ponged.wait(), PATIENCE_S)
        return time.monotonic() - at

    async def close(self) -> None:
        """Closes the tab."""
        await self.socket.close()
        if self._reading:
            await self._reading


async def open_tab(site: str, path: str, cookie: str) -> Tab:
    """Opens a page of a site (http://host:port) for whoever is behind the cookie."""
    address = f"{site.replace('http', 'ws', 1)}/_event/?token={uuid.uuid4()}&EIO=4&transport=websocket"
    headers = {"Cookie": cookie, "Origin": site}
    socket = await connect(address, additional_headers=headers, compression=None, max_size=None, ping_interval=None)
    tab = Tab(path, socket)
    await tab.open()
    return tab


@contextlib.asynccontextmanager
async def open_tabs(site: str, wanted: Sequence[tuple[str, str]]) -> AsyncIterator[list[Tab]]:
    """Opens (path, cookie) tabs a few at a time, as people do, and closes them when left."""
    tabs: list[Tab] = []
    try:
        for first in range(0, len(wanted), 5):
            tabs += await asyncio.gather(*(open_tab(site, path, cookie) for path, cookie in wanted[first : first + 5]))
        yield tabs
    finally:
        await asyncio.gather(*(tab.close() for tab in tabs))


def deltas(text: str) -> dict[str, dict[str, Any]]:
    """Gives what a message changes: by state (its last name) and variable; nothing for any other message."""
    if not text.startswith('42/_event,["event",'):
        return {}
    update = json.loads(text.partition(",")[2])[1]
    return {state.rpartition(".")[2]: values for state, values in (update.get("delta") or {}).items()}
