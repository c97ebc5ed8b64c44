"""Recordings: from public servers over https and from the provider's own address, and never from our own house."""

import socket
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
import respx

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.retell.client import RetellClient
from callcenter.adapters.retell.provider import Retell
from callcenter.adapters.retell.recordings import is_public
from callcenter.domain.errors import Invalid, Refused, Uncertain, Unreachable
from callcenter.services.ports import Recording
from tests.adapters.retell.scripted import answering, serving

KEY = "key_made_up_for_tests"
URL = "https://recordings.example.test/call_1/recording.wav?signature=s"
PUBLIC = "93.184.215.14"


class Names:
    """Resolves as a test says, and counts."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self.addresses


def opened(names: Names | None = None, base_url: str = "https://retell.example.test") -> tuple[Retell, RetellClient]:
    retell = Retell(base_url=base_url, simulator_url=None, clock=SystemClock(), resolve=names)
    return retell, retell.open(api_key=KEY, is_simulated=False)


@pytest.fixture
async def client() -> AsyncIterator[RetellClient]:
    retell, client = opened(Names(PUBLIC))
    yield client
    await retell.close()


async def whole(recording: Recording) -> bytes:
    return b"".join([chunk async for chunk in recording.body])


async def test_a_recording_is_streamed_from_the_address_that_was_checked():
    names = Names(PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    retell, client = opened(names)
    with respx.mock() as router:
        route = router.get(f"https://{PUBLIC}/call_1/recording.wav?signature=s").respond(
            content=b"RIFFdata", headers={"content-type": "audio/wav", "accept-ranges": "bytes", "set-cookie": "a=b"}
        )
        recording = await client.recording(URL)
        assert await whole(recording) == b"RIFFdata"
    request = route.calls[0].request
    assert request.headers["host"] == "recordings.example.test"
    assert request.extensions["sni_hostname"] == "recordings.example.test"
    assert "authorization" not in request.headers
    assert names.asked == ["recordings.example.test"]
    assert recording.status == 200
    assert recording.headers == {"content-type": "audio/wav", "content-length": "8", "accept-ranges": "bytes"}
    await retell.close()


async def test_an_ipv6_address_is_reached_in_brackets():
    retell, client = opened(Names("2606:2800:21f:cb07:6820:80da:af6b:8b2c"))
    with respx.mock() as router:
        route = router.get(url__regex=".*").respond(content=b"x")
        await whole(await client.recording(URL))
    assert str(route.calls[0].request.url).startswith("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/call_1/")
    await retell.close()


async def test_a_part_is_asked_for_and_passed_on(client: RetellClient):
    with respx.mock() as router:
        route = router.get(url__regex=".*").respond(206, content=b"23", headers={"content-range": "bytes 2-3/8"})
        recording = await client.recording(URL, byte_range="bytes=2-3")
        assert await whole(recording) == b"23"
    assert route.calls[0].request.headers["range"] == "bytes=2-3"
    assert (recording.status, recording.headers["content-range"]) == (206, "bytes 2-3/8")


@pytest.mark.parametrize("byte_range", ["", "bytes=", "bytes=-", "bytes=1-2,3-4", "items=1-2", "bytes=1-2\r\nx: y", "bytes=a-b"])
async def test_any_other_range_is_invalid(client: RetellClient, byte_range: str):
    with pytest.raises(Invalid):
        await client.recording(URL, byte_range=byte_range)


@pytest.mark.parametrize(
    "url",
    [
        "http://recordings.example.test/a.wav", "ftp://recordings.example.test/a.wav", "file:///etc/passwd", "/a.wav", "",
        "//x/a", "https://", "https://user:word@recordings.example.test/a.wav", "https://recordings.example.test:8443/a.wav",
        "https://exa mple.test/", "javascript:alert(1)", "https://[::1", "https://retell.example.test:444/a",
        "http://retell.example.test/a",
    ],
)  # fmt: skip
async def test_an_address_of_another_kind_is_never_asked(client: RetellClient, url: str):
    with respx.mock(assert_all_called=False) as router:
        route = router.route().respond(content=b"x")
        with pytest.raises(Invalid):
            await client.recording(url)
        assert not route.called


NOT_PUBLIC = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.2.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:93.184.215.14", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1", "nonsense", "",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
async def test_a_name_that_leads_home_is_never_asked(address: str):
    assert not is_public(address)
    for addresses in ((address,), (PUBLIC, address)):
        retell, client = opened(Names(*addresses))
        with respx.mock(assert_all_called=False) as router:
            route = router.route().respond(content=b"x")
            with pytest.raises(Invalid):
                await client.recording(URL)
            assert not route.called
        await retell.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
async def test_no_spelling_of_this_machine_is_asked(host: str):
    retell, client = opened()
    with respx.mock(assert_all_called=False) as router:
        route = router.route().respond(content=b"x")
        with pytest.raises(Invalid):
            await client.recording(f"https://{host}/a.wav")
        assert not route.called
    await retell.close()


async def test_a_name_that_is_not_found_is_invalid(monkeypatch: pytest.MonkeyPatch):
    def not_found(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", not_found)
    retell, client = opened()
    with pytest.raises(Invalid):
        await client.recording(URL)
    await retell.close()


async def test_public_addresses_are_public():
    for address in (PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        assert is_public(address)


async def test_the_providers_own_address_may_be_on_loopback_in_plain_http():
    async with serving(answering(200, b"RIFFdata", content_type="audio/wav")) as server:
        retell, client = opened(base_url=server.url)
        recording = await client.recording(f"{server.url}/recordings/call_1.wav")
        assert await whole(recording) == b"RIFFdata"
        assert "authorization" not in server.requests[0][0].lower()
        port = int(server.url.rpartition(":")[2])
        with pytest.raises(Invalid):
            await client.recording(f"http://127.0.0.1:{port + 1}/recordings/call_1.wav")
        await retell.close()


@pytest.mark.parametrize("status", [204, 301, 302, 307, 403, 404, 410, 416, 500])
async def test_whatever_is_no_recording_is_refused_and_no_redirect_followed(client: RetellClient, status: int):
    with respx.mock() as router:
        route = router.get(url__regex=".*").respond(status, headers={"location": "https://other.example.test/"})
        with pytest.raises(Refused) as caught:
            await client.recording(URL)
        assert (caught.value.status, len(route.calls)) == (status, 1)


@pytest.mark.parametrize("headers", [{"content-length": str(2**40)}, {"content-length": "-1"}, {"content-encoding": "gzip"}])
async def test_a_recording_too_large_or_packed_is_not_begun(client: RetellClient, headers: dict[str, str]):
    with respx.mock() as router:
        router.get(url__regex=".*").mock(return_value=httpx.Response(200, headers=headers, stream=Endless()))
        with pytest.raises(Uncertain):
            await client.recording(URL)


class Endless(httpx.AsyncByteStream):
    """Bytes without end."""

    def __init__(self) -> None:
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000

    async def aclose(self) -> None:
        self.is_closed = True


async def test_a_recording_without_end_is_cut_off(client: RetellClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("callcenter.adapters.retell.recordings.LARGEST_BYTES", 10_000)
    endless = Endless()
    with respx.mock() as router:
        router.get(url__regex=".*").mock(return_value=httpx.Response(200, stream=endless))
        recording = await client.recording(URL)
        with pytest.raises(Uncertain):
            await whole(recording)
    assert endless.is_closed


async def test_a_recording_slower_than_any_is_cut_off():
    class Hurrying(SystemClock):
        at = 0.0

        def boot(self) -> float:
            self.at += 60
            return self.at

    retell = Retell(base_url="https://retell.example.test", simulator_url=None, clock=Hurrying(), resolve=Names(PUBLIC))
    endless = Endless()
    with respx.mock() as router:
        router.get(url__regex=".*").mock(return_value=httpx.Response(200, stream=endless))
        recording = await retell.open(api_key=KEY, is_simulated=False).recording(URL)
        with pytest.raises(Uncertain):
            await whole(recording)
    assert endless.is_closed
    await retell.close()


async def test_a_listener_who_leaves_closes_the_connection(client: RetellClient):
    endless = Endless()
    with respx.mock() as router:
        router.get(url__regex=".*").mock(return_value=httpx.Response(200, stream=endless))
        recording = await client.recording(URL)
        assert len(await anext(recording.body)) == 1000
        await recording.body.aclose()
    assert endless.is_closed


async def test_a_page_does_not_come_through_as_a_page(client: RetellClient):
    with respx.mock() as router:
        router.get(url__regex=".*").respond(html="<script>")
        recording = await client.recording(URL)
        assert recording.headers["content-type"] == "application/octet-stream"
        await whole(recording)


@pytest.mark.parametrize(("trouble", "meaning"), [(httpx.ConnectError, Unreachable), (httpx.ReadError, Uncertain)])
async def test_trouble_on_the_way_is_told_as_everywhere(client: RetellClient, trouble: type[Exception], meaning: type[Exception]):
    with respx.mock() as router:
        router.get(url__regex=".*").mock(side_effect=trouble("broken"))
        with pytest.raises(meaning):
            await client.recording(URL)
