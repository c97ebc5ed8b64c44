"""Posts small bodies over HTTP/1.1 and keeps connections open: as much of a client as webhooks need."""

import asyncio
import contextlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

AT_ONCE = 64  # connections to one target
IDLE_KEPT = 32
ANSWER_LIMIT = 1_000_000  # bytes of an answer's body that are read before the connection is given up


@dataclass(slots=True)
class Line:
    """An open connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def is_usable(self) -> bool:
        return not self.reader.at_eof() and not self.writer.is_closing()


class Target:
    """One host and port, with the connections to it that are idle."""

    def __init__(self, url: SplitResult) -> None:
        self.host = url.hostname or ""
        self.port = url.port or (443 if url.scheme == "https" else 80)
        self.tls = ssl.create_default_context() if url.scheme == "https" else None
        self.idle: list[Line] = []
        self.places = asyncio.Semaphore(AT_ONCE)

    async def line(self) -> Line:
        """A connection: an idle one that the other side has not closed, else a new one."""
        while self.idle:
            if (line := self.idle.pop()).is_usable():
                return line
            line.writer.close()
        reader, writer = await asyncio.open_connection(self.host, self.port, ssl=self.tls)
        return Line(reader, writer)

    def give_back(self, line: Line) -> None:
        """Keeps a connection for the next body, or closes it."""
        if line.is_usable() and len(self.idle) < IDLE_KEPT:
            self.idle.append(line)
        else:
            line.writer.close()


class Sender:
    """Posts bodies. Belongs to one event loop."""

    def __init__(self) -> None:
        self.targets: dict[str, Target] = {}

    async def post(self, url: str, body: bytes, *, headers: Mapping[str, str], timeout: float) -> int:  # noqa: ASYNC109 - a whole exchange with another host, not a wait of ours
        """The status of the answer. Raises OSError or ValueError when there was none, TimeoutError when it took too long."""
        parts = urlsplit(url)
        target = self.targets.setdefault(f"{parts.scheme}://{parts.netloc}", Target(parts))
        request = request_bytes(parts, body, headers)
        async with target.places, asyncio.timeout(timeout):
            line = await target.line()
            keep = False
            try:
                status, keep = await exchange(line, request)
            finally:
                if keep:
                    target.give_back(line)
                else:
                    line.writer.close()
        return status

    async def close(self) -> None:
        """Closes what is idle."""
        for line in [line for target in self.targets.values() for line in target.idle]:
            line.writer.close()
            with contextlib.suppress(OSError):
                await line.writer.wait_closed()
        self.targets.clear()


def request_bytes(url: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    """The request as it goes over the wire."""
    path = (url.path or "/") + (f"?{url.query}" if url.query else "")
    lines = [f"POST {path} HTTP/1.1", f"Host: {url.netloc.rpartition('@')[2]}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def exchange(line: Line, request: bytes) -> tuple[int, bool]:
    """Sends a request, reads the whole answer, and tells its status and whether the connection may be used again."""
    line.writer.write(request)
    await line.writer.drain()
    head = await line.reader.readuntil(b"\r\n\r\n")
    status_line, *header_lines = head.decode("latin-1").split("\r\n")
    status = int(status_line.split(" ", 2)[1])
    headers = {name.strip().lower(): value.strip() for name, _, value in (one.partition(":") for one in header_lines)}
    keep = headers.get("connection", "").lower() != "close" and status_line.startswith("HTTP/1.1")
    if status in (204, 304):
        return status, keep
    if headers.get("transfer-encoding", "").lower() == "chunked":
        await skip_chunks(line.reader)
    elif (length := int(headers.get("content-length", -1))) >= 0 and length <= ANSWER_LIMIT:
        await line.reader.readexactly(length)
    else:
        keep = False
    return status, keep


async def skip_chunks(reader: asyncio.StreamReader) -> None:
    """Reads a chunked body to its end."""
    while size := int((await reader.readline()).split(b";")[0], 16):
        await reader.readexactly(size + 2)
    while (await reader.readline()).strip():
        pass
