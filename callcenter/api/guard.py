"""The wrapper around the API: size limits while reading, headers on every answer, no exception beyond it, counting."""

import contextlib
from time import perf_counter  # noqa: TID251 - the length of one answer, for the metrics; no rule depends on it
from urllib.parse import unquote_to_bytes

from prometheus_client import Counter, Histogram
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.api import problems

MOST_BYTES = 5 * 1024 * 1024
OURS = ("/api", "/metrics")

REQUESTS = Counter("callcenter_http_requests", "Answers of the API.", ["method", "route", "status"])
SECONDS = Histogram("callcenter_http_seconds", "Time to answer, in seconds.", ["route"])

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)
_NO_STORE = (b"cache-control", b"no-store")
_API_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")


class TooLarge(HTTPException):
    """The body is above the limit; noticed while it comes in, whatever its Content-Length says."""

    def __init__(self) -> None:
        super().__init__(413, f"A request has at most {MOST_BYTES // 1024 // 1024} MB.")


class Guard:
    """Wraps the app. What is not ours (the pages mounted under the API) passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_ours(scope["path"]):
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        answer = _Answer(send, is_https=scope.get("scheme") == "https", path=scope["path"])
        try:
            await self._answer(scope, _limited(scope, receive), answer)
        except Exception as error:
            if answer.status:
                raise  # half an answer is on its way: only the connection can tell
            await problems.unexpected(error, path=scope["path"])(scope, receive, answer.send)
        finally:
            route = getattr(scope.get("route"), "path", "") or "other"
            REQUESTS.labels(scope["method"], route, answer.status).inc()
            SECONDS.labels(route).observe(perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        if b"\x00" in unquote_to_bytes(scope.get("raw_path") or b"") or "\x00" in scope["path"]:
            response = problems.problem(404, "not-found", "No such thing", "There is nothing at this address.")
        elif b"\x00" in unquote_to_bytes(scope["query_string"]):
            response = problems.problem(422, "invalid", "The request makes no sense", "A query has no NUL characters.")
        elif _announced(scope) > MOST_BYTES:
            response = problems.problem(413, "content-too-large", "Content Too Large", TooLarge().detail)
        else:
            await self._app(scope, receive, answer.send)
            return
        await response(scope, receive, answer.send)


class _Answer:
    """Adds the headers every answer carries, and remembers its status."""

    def __init__(self, send: Send, *, is_https: bool, path: str) -> None:
        self._send = send
        self._is_https = is_https
        self._is_page = path.startswith("/api/docs")
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name.lower() for name, _ in message.get("headers", ())}
            added = [*_HEADERS, *(() if self._is_page else (_NO_STORE, _API_POLICY))]
            if self._is_https:
                added.append((b"strict-transport-security", b"max-age=31536000"))
            more = [pair for pair in added if pair[0] not in present]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await self._send(message)


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Counts what comes in, and stops in the middle of a body that grows above the limit."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > MOST_BYTES:
                raise TooLarge
        return message

    return counted


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            with contextlib.suppress(ValueError):
                return int(value)
    return 0


def _is_ours(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in OURS)
