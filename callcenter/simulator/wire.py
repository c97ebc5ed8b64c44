"""Connections within reach: the server's protocol, extended so that a fault can cut a connection in the middle of anything."""

import asyncio
import socket
import struct
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Lines:
    """Every open connection, by the client's address."""

    def __init__(self, *, must_reset: Callable[[], bool]) -> None:
        self.open: dict[Address, asyncio.Transport] = {}
        self.must_reset = must_reset

    def made(self, transport: asyncio.Transport) -> None:
        """A connection came in; it may be reset before a byte is read."""
        peer = address_of(transport)
        self.open[peer] = transport
        if self.must_reset():
            self.reset(peer)

    def lost(self, transport: asyncio.Transport) -> None:
        """A connection is gone."""
        self.open.pop(address_of(transport), None)

    def write(self, client: Address, data: bytes) -> None:
        """Puts raw bytes on the wire, past all protocol."""
        if (transport := self.open.get(client)) is not None:
            transport.write(data)

    def close(self, client: Address) -> None:
        """Closes politely, after what was written."""
        if (transport := self.open.get(client)) is not None:
            transport.close()

    def reset(self, client: Address) -> None:
        """Makes the other side see "connection reset by peer"."""
        if (transport := self.open.get(client)) is not None:
            raw: socket.socket | None = transport.get_extra_info("socket")
            if raw is not None:
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            transport.abort()

    def drop_all(self) -> None:
        """Cuts everything, for the end."""
        for transport in list(self.open.values()):
            transport.abort()


def address_of(transport: asyncio.BaseTransport) -> Address:
    """Host and port of the other side, as the server's scope has them."""
    peer: Any = transport.get_extra_info("peername") or ("", 0)
    return str(peer[0]), int(peer[1])


def protocol_over(lines: Lines) -> type[H11Protocol]:
    """The server's protocol, reporting its connections to `lines`."""

    class Wire(H11Protocol):
        """One connection."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            lines.made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            lines.lost(self.transport)
            super().connection_lost(exc)

    return Wire
