"""The line to a provider: sends a request once, reads a bounded answer, and never repeats anything by itself."""

import asyncio
import functools
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from callcenter.adapters.retell.answers import Answer, meaning_of_refusal, meaning_of_trouble
from callcenter.domain.errors import Uncertain, Unreachable

Guard = Callable[[], bool]

LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
_LONGEST_KEY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long we wait, in seconds.

    `create_read_s` is long on purpose, as the provider's own SDK has it: a short one only makes unknowns.
    `whole_factor` times the read timeout bounds an answer that comes drop by drop. `webhook_s` is for a test webhook in all.
    """

    connect_s: float = 5.0
    read_s: float = 30.0
    create_read_s: float = 120.0
    pool_s: float = 10.0
    whole_factor: float = 2.0
    webhook_s: float = 5.0


class Connections:
    """The connections of this process to one or more providers; closed once, at the end."""

    def __init__(self, timeouts: Timeouts) -> None:
        context = _trusted_authorities()
        self.timeouts = timeouts
        # A kept connection that the server closes while we write looks exactly like a call that was placed and whose
        # answer was lost. So creates never use one: it costs a millisecond and spares the unknowns.
        self.single_use = self._make(
            context,
            limits=httpx.Limits(max_connections=500, max_keepalive_connections=0),
            read_s=timeouts.create_read_s,
        )
        self.kept_alive = self._make(
            context, limits=httpx.Limits(max_connections=100, max_keepalive_connections=20), read_s=timeouts.read_s
        )
        # Recordings are long and few, and must not take the places of short requests. They are reached by address, and a
        # kept connection is known by its address alone: it was proven to be one name's and could serve another's.
        self.recordings = self._make(
            context, limits=httpx.Limits(max_connections=50, max_keepalive_connections=0), read_s=timeouts.read_s
        )

    async def close(self) -> None:
        """Closes every connection."""
        for http in (self.single_use, self.kept_alive, self.recordings):
            await http.aclose()

    def _make(self, context: ssl.SSLContext, *, limits: httpx.Limits, read_s: float) -> httpx.AsyncClient:
        # Nothing on the way may send twice: no retries, no redirects, no proxy taken from the environment.
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(verify=context, limits=limits, retries=0, trust_env=False),
            timeout=httpx.Timeout(read_s, connect=self.timeouts.connect_s, pool=self.timeouts.pool_s),
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": "callcenter", "Accept": "application/json", "Accept-Encoding": "identity"},
        )


class Line:
    """One key at one base address. Both ways of sending give a success or raise Refused, Unreachable or Uncertain."""

    def __init__(
        self, connections: Connections, *, base_url: str, api_key: str, on_date: Callable[[datetime], None] = lambda _at: None
    ) -> None:
        """`on_date` hears when each answer was made, by the provider's clock."""
        self._connections = connections
        self._on_date = on_date
        self._base_url = base_url
        self._api_key = api_key

    async def ask(self, method: str, path: str, *, body: bytes | None = None, query: Mapping[str, str] | None = None) -> Answer:
        """Sends what may be asked again by whoever wants to: everything but the creation of a call."""
        http = self._connections.kept_alive
        request = http.build_request(method, self._base_url + path, content=body, params=query, headers=self._headers(body))
        return await self._exchange(http, request, read_s=self._connections.timeouts.read_s)

    async def send_once(self, path: str, *, body: bytes, guard: Guard | None = None) -> Answer:
        """Posts on a connection of its own, once; `guard` may still stop it when only the writing is left to do."""
        http = self._connections.single_use
        request = http.build_request(
            "POST",
            self._base_url + path,
            content=body,
            headers={**self._headers(body), "Connection": "close"},
            extensions={"trace": _asking(guard)} if guard else {},
        )
        return await self._exchange(http, request, read_s=self._connections.timeouts.create_read_s)

    def _headers(self, body: bytes | None) -> dict[str, str]:
        content_type = {} if body is None else {"Content-Type": "application/json"}
        return {"Authorization": f"Bearer {self._api_key}", **content_type}

    async def _exchange(self, http: httpx.AsyncClient, request: httpx.Request, *, read_s: float) -> Answer:
        try:
            async with asyncio.timeout(read_s * self._connections.timeouts.whole_factor):
                answer = await _answer(http, request, self._on_date)
        except (Unreachable, Uncertain):
            raise
        except Exception as trouble:
            # Whatever it was: unless it surely came before the first byte, the request may have been read.
            raise meaning_of_trouble(trouble) from trouble
        if not 200 <= answer.status < 300:
            raise meaning_of_refusal(answer, secret=self._api_key)
        return answer


@functools.cache
def _trusted_authorities() -> ssl.SSLContext:
    # Reading them takes a tenth of a second, and they are the same for everybody.
    return httpx.create_ssl_context(trust_env=False)


def is_possible_key(api_key: str) -> bool:
    """True for what can stand in an Authorization header: printable ASCII without blanks."""
    return 0 < len(api_key) <= _LONGEST_KEY and all("!" <= character <= "~" for character in api_key)


async def _answer(http: httpx.AsyncClient, request: httpx.Request, on_date: Callable[[datetime], None]) -> Answer:
    response = await http.send(request, stream=True)
    try:
        if (said := _date(response.headers.get("Date", ""))) is not None:
            on_date(said)
        body = await _bounded(response.aiter_bytes())
    finally:
        await response.aclose()
    return Answer(status=response.status_code, headers=response.headers, body=body)


def _date(header: str) -> datetime | None:
    """When an answer was made, by whoever made it; None where that cannot be read."""
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


async def _bounded(chunks: AsyncIterator[bytes]) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > LARGEST_ANSWER_BYTES:
            raise Uncertain("Retell's answer is too large to be one.")
    return bytes(body)


def _asking(guard: Guard) -> Callable[[str, Mapping[str, Any]], Any]:
    async def trace(name: str, _info: Mapping[str, Any]) -> None:
        # The connection stands, not a byte of the request is written: the last instant at which not sending is certain.
        if name.endswith(".send_request_headers.started") and not guard():
            raise Unreachable("The request was held back: it had waited too long to be sent.")

    return trace
