"""Posts a webhook to an address of our own, as the provider would, and says in words why it did not get there."""

import asyncio
import json
import socket
import ssl
from collections.abc import Iterator, Sequence
from typing import cast

import httpx

from callcenter.adapters.retell.line import Connections
from callcenter.domain.errors import Uncertain, Unreachable


def test_event(test_id: str) -> bytes:
    """Gives a body of a kind that the provider does not send; `test_id` makes it unlike every other."""
    return json.dumps({"event": "test_event", "test_id": test_id}, separators=(",", ":")).encode()


async def post(connections: Connections, url: str, raw: bytes, *, signature: str) -> int:
    """Posts once, on a connection of its own and without following anything; gives the status and reads no body.

    Unreachable says why it surely did not arrive, Uncertain why nobody knows.
    """
    seconds, http = connections.timeouts.webhook_s, connections.single_use
    headers = {"Content-Type": "application/json", "x-retell-signature": signature, "Connection": "close"}
    try:
        async with asyncio.timeout(seconds):
            response = await http.send(http.build_request("POST", url, content=raw, headers=headers), stream=True)
            await response.aclose()
    except (TimeoutError, httpx.TimeoutException) as trouble:
        raise Uncertain(f"No answer came within {seconds:g} seconds.") from trouble
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as trouble:
        raise Unreachable("This is no web address.") from trouble
    except httpx.ConnectError as trouble:
        raise Unreachable(_why_not(trouble)) from trouble
    except httpx.HTTPError as trouble:
        raise Uncertain("The connection broke off before an answer came.") from trouble
    return response.status_code


def _why_not(trouble: BaseException) -> str:
    for each in _causes(trouble):
        match each:
            case ssl.SSLCertVerificationError():
                return f"Its certificate is not trusted: {each.verify_message}."
            case ssl.SSLError():
                return "No secure connection could be made (TLS). Does this port speak https?"
            case socket.gaierror():
                return "No server has this name."
            case ConnectionRefusedError():
                return "The connection was refused: nothing listens there."
            case _:
                pass
    return "No connection could be made."


def _causes(trouble: BaseException) -> Iterator[BaseException]:
    """An error with all that led to it, also where several tries failed together."""
    yield trouble
    for each in cast("Sequence[BaseException]", getattr(trouble, "exceptions", ())):
        yield from _causes(each)
    if (before := trouble.__cause__ or trouble.__context__) is not None:
        yield from _causes(before)
