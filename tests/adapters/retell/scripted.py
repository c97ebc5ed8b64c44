"""A provider made of a bare socket that does exactly what a test says, and counts what reached it."""

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

Behaviour = Callable[["Exchange"], Awaitable[None]]

CALL_ID = "call_7c1e0b2f9d3a4c5e8f60718293a"
CREATED = {"call_id": CALL_ID, "call_type": "phone_call", "call_status": "registered"}


class Exchange:
    """One connection, after its request was read as far as the script wants."""

    def __init__(self, server: "ScriptedServer", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server = server
        self.reader = reader
        self.writer = writer

    async def read_request(self) -> bytes:
        """Reads one whole request, remembers it, gives its body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        body = await self.reader.readexactly(int(length[1]) if length else 0)
        self.server.requests.append((head.decode("latin-1"), body))
        self.server.was_asked.set()
        return body

    async def say(self, raw: bytes) -> None:
        """Writes bytes as they are."""
        self.writer.write(raw)
        await self.writer.drain()

    def reset(self) -> None:
        """Breaks the connection with a RST, as a crash does, instead of closing it politely."""
        raw_socket: socket.socket = self.writer.get_extra_info("socket")
        raw_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.writer.transport.abort()


class ScriptedServer:
    """Listens on loopback and does one behaviour for every connection."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.connections = 0
        self.requests: list[tuple[str, bytes]] = []
        self.was_asked = asyncio.Event()
        self.url = ""

    @property
    def posts(self) -> int:
        """How many POST requests arrived whole."""
        return sum(head.startswith("POST ") for head, _ in self.requests)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        self.connections += 1
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self.behaviour(Exchange(self, reader, writer))
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        except asyncio.CancelledError:
            writer.transport.abort()


@contextlib.asynccontextmanager
async def serving(behaviour: Behaviour) -> AsyncIterator[ScriptedServer]:
    """Runs a scripted server for a block; its handlers end with it."""
    scripted = ScriptedServer(behaviour)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(scripted.handle(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield scripted
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        await asyncio.sleep(0)  # for the aborted ones, which close in the next round


def http(status: int, body: bytes, *headers: str, content_type: str = "application/json") -> bytes:
    """Gives an HTTP answer as bytes."""
    lines = [f"HTTP/1.1 {status} Whatever", f"content-type: {content_type}", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def answering(status: int, body: Any, *headers: str, content_type: str = "application/json") -> Behaviour:
    """Gives the behaviour that reads each request of a connection and answers it; `body` is bytes or becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def answer(exchange: Exchange) -> None:
        while True:
            await exchange.read_request()
            await exchange.say(http(status, raw, *headers, content_type=content_type))

    return answer
