"""What every answer of the web app carries, so that a browser does no more with it than we mean."""

from collections.abc import Collection, Iterable
from typing import Any

#: Reflex puts inline scripts into every page, and runs the toasts that handlers return by eval.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
FOR_EVER = b"public, max-age=31536000, immutable"

Headers = Iterable[tuple[bytes, bytes]]


def hardened(inner: Any, *, trusted_proxies: Collection[str] = ()) -> Any:
    """Wraps an ASGI app: security headers, caching of what has a hash in its name, and https behind a trusted proxy."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = _with_scheme(scope, trusted_proxies)
        if scope["type"] != "http":
            await inner(scope, receive, send)
            return

        async def reply(message: Any) -> None:
            if message["type"] == "http.response.start":
                added = _added(scope["path"], message["status"], message.get("headers", []))
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        await inner(scope, receive, reply)

    return app


def _with_scheme(scope: Any, trusted_proxies: Collection[str]) -> Any:
    peer = (scope.get("client") or ("",))[0]
    if peer not in trusted_proxies or dict(scope["headers"]).get(b"x-forwarded-proto") != b"https":
        return scope
    return {**scope, "scheme": "https" if scope["type"] == "http" else "wss"}


def _added(path: str, status: int, headers: Headers) -> list[tuple[bytes, bytes]]:
    """What is missing: an answer that brings its own policy or cache rule keeps it."""
    present = {name.lower() for name, _ in headers}
    added = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),
        (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    ]
    if path.startswith("/assets/") and status in (200, 304):
        added.append((b"cache-control", FOR_EVER))
    elif any(name.lower() == b"content-type" and value.startswith(b"text/html") for name, value in headers):
        added.append((b"cache-control", b"no-cache"))
    return [(name, value) for name, value in added if name not in present]
