"""The wrapper around the web app: security headers, caching, and https behind a proxy we trust."""

from typing import Any

import pytest

from callcenter.ui.headers import hardened


async def _ask(
    path: str, *, kind: bytes = b"text/html", status: int = 200, peer: str = "10.0.0.9", **kwargs: Any
) -> tuple[dict[bytes, bytes], Any]:
    seen: dict[str, Any] = {}

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen["scope"] = scope
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
        await send({"type": "http.response.body", "body": b""})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "scheme": "http",
        "client": (peer, 1234),
        "headers": [(b"x-forwarded-proto", b"https")],
    }
    await hardened(inner, **kwargs)(scope, None, send)
    return dict(sent[0]["headers"]), seen["scope"]


async def test_pages_are_checked_again_and_may_load_nothing_foreign() -> None:
    headers, _ = await _ask("/calls")
    assert headers[b"cache-control"] == b"no-cache"
    assert b"default-src 'self'" in headers[b"content-security-policy"]
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert headers[b"x-content-type-options"] == b"nosniff"


async def test_files_with_a_hash_in_their_name_are_kept_for_ever() -> None:
    headers, _ = await _ask("/assets/app-1a2b.js", kind=b"text/javascript")
    assert b"immutable" in headers[b"cache-control"]
    missing, _ = await _ask("/assets/app-1a2b.js", kind=b"text/javascript", status=404)
    assert b"cache-control" not in missing


async def test_the_answers_of_the_api_are_not_given_a_cache_rule() -> None:
    headers, _ = await _ask("/api/clients", kind=b"application/json")
    assert b"cache-control" not in headers


@pytest.mark.parametrize(("peer", "scheme"), [("10.0.0.1", "https"), ("10.0.0.9", "http")])
async def test_only_a_trusted_proxy_says_that_it_was_https(peer: str, scheme: str) -> None:
    _, scope = await _ask("/login", peer=peer, trusted_proxies=("10.0.0.1",))
    assert scope["scheme"] == scheme
