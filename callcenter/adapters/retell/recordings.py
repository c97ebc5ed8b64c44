"""Fetches recordings. Their addresses come from outside, so they may not lead us to our own house."""

import asyncio
import ipaddress
import re
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

import httpx

from callcenter.adapters.retell.answers import meaning_of_trouble
from callcenter.domain.errors import CallCenterError, Invalid, Refused, Uncertain
from callcenter.services.ports import Clock, Recording

Resolve = Callable[[str], Awaitable[Sequence[str]]]

LARGEST_BYTES = 1024**3
LONGEST_S = 15 * 60.0
_PASSED_ON = ("content-length", "content-range", "accept-ranges", "etag", "last-modified")
_BYTE_RANGE = re.compile(r"bytes=(\d{1,15}-\d{0,15}|-\d{1,15})", re.ASCII)
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.ASCII | re.IGNORECASE)
#: IPv6 addresses that carry an IPv4 one inside: public by their looks, wherever they lead.
_CARRIERS = tuple(ipaddress.ip_network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


class Recordings:
    """Opens recordings: over https at public addresses only, plus whatever the provider's own base address serves.

    The operator set that base address, so it is trusted: the simulator's recordings come from loopback.
    """

    def __init__(self, http: httpx.AsyncClient, *, base_url: str, clock: Clock, resolve: Resolve | None = None) -> None:
        self._http = http
        self._own = _origin(httpx.URL(base_url))
        self._clock = clock
        self._resolve = resolve or resolve_host

    async def open(self, url: str, *, byte_range: str | None = None) -> Recording:
        """Gives the opened recording. Invalid: an address we do not fetch from; Refused: it is not there."""
        headers = {"Accept": "audio/*", **_range(byte_range)}
        target, more_headers, extensions = await self._checked(url)
        request = self._http.build_request("GET", target, headers={**headers, **more_headers}, extensions=extensions)
        try:
            response = await self._http.send(request, stream=True)
        except Exception as trouble:
            raise meaning_of_trouble(trouble) from trouble
        try:
            _check(response)
        except CallCenterError:
            await response.aclose()
            raise
        passed_on = {name: response.headers[name] for name in _PASSED_ON if name in response.headers}
        return Recording(
            status=response.status_code,
            headers={"content-type": _audio_type(response), **passed_on},
            body=self._stream(response),
        )

    async def _checked(self, url: str) -> tuple[httpx.URL, dict[str, str], dict[str, str]]:
        """Where to connect, headers, extensions; resolved and judged once, as a name may answer differently twice."""
        try:
            target = httpx.URL(url)
        except (httpx.InvalidURL, TypeError, ValueError) as error:
            raise Invalid("The recording's address is not one.") from error
        if target.userinfo:
            raise Invalid("The recording's address carries a password, which we send nowhere.")
        if _origin(target) == self._own:
            return target, {}, {}
        if target.scheme != "https" or target.port is not None:
            raise Invalid("Recordings are fetched over https only.")
        host = target.raw_host.decode("ascii")
        if not _HOST.fullmatch(host):
            raise Invalid("The recording's address names no server.")
        addresses = await self._resolve(host)
        if not addresses or not all(is_public(address) for address in addresses):
            raise Invalid("The recording's address does not lead to a public server.")
        return target.copy_with(host=addresses[0]), {"Host": target.netloc.decode("ascii")}, {"sni_hostname": host}

    async def _stream(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        started, size = self._clock.boot(), 0
        try:
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > LARGEST_BYTES or self._clock.boot() - started > LONGEST_S:
                    raise Uncertain("The recording is larger or slower than any recording.")
                yield chunk
        except httpx.HTTPError as trouble:
            raise meaning_of_trouble(trouble) from trouble
        finally:
            await response.aclose()


async def resolve_host(host: str) -> Sequence[str]:
    """Gives the addresses of a host name; none when it has none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(address[0]) for *_, address in found]


def is_public(address: str) -> bool:
    """True for an address on the open internet: not private, loopback, link-local, multicast, or one in disguise."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip.ipv4_mapped or ip.scope_id or any(ip in net for net in _CARRIERS)):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _range(byte_range: str | None) -> dict[str, str]:
    if byte_range is None:
        return {}
    if not _BYTE_RANGE.fullmatch(byte_range):
        raise Invalid("Only one range of bytes can be asked for, as in bytes=0-1023.")
    return {"Range": byte_range}


def _check(response: httpx.Response) -> None:
    if response.status_code not in (200, 206):
        words = f"its server answers {response.status_code}"
        raise Refused(f"The recording cannot be had: {words}.", status=response.status_code, words=words)
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Uncertain("The recording comes in an encoding that we did not ask for.", status=response.status_code)
    length = response.headers.get("content-length", "0")
    if not length.isdigit() or int(length[:20]) > LARGEST_BYTES:
        raise Uncertain("The recording is larger than any recording.", status=response.status_code)


def _audio_type(response: httpx.Response) -> str:
    # A page dressed as a recording must not become a page of ours.
    said = response.headers.get("content-type", "")
    return said if re.fullmatch(r"audio/[a-z0-9.+-]{1,40}", said, re.ASCII) else "application/octet-stream"
