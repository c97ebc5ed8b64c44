"""No key, password, token or webhook secret in clear where somebody might read it: files, log, answers, browsers."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocket

from tests.journeys import browsers, servers
from tests.journeys.servers import KEY, SECRET, Server, until

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

EMAIL, PASSWORD = "ana@example.com", "correct horse battery staple 48"
CLIENT_KEY, NEW_KEY = "key_journey_of_one_client_0001", "key_journey_of_one_client_0002"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("secrets")
    with servers.simulator(speed=30) as provider:
        server = Server(f"sqlite:///{folder}/calls.db", provider.url, folder, extra={"CALLCENTER_LOG_LEVEL": "debug"})
        server.prepare()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def test_no_secret_is_anywhere_in_clear(server: Server) -> None:
    told, frames = list[str](), list[str]()
    with browsers.chromium() as browser:
        context, _watch = browsers.open_context(browser, server.url)
        page = context.new_page()
        _listen(page, frames)
        browsers.set_up(page, _log(server), email=EMAIL, password=PASSWORD)
        client_id = _calls_are_made(server, told)
        for path in ("/", "/calls", f"/clients/{client_id}", "/settings", "/settings/tokens", "/events", "/dials"):
            page.goto(path)
            browsers.until_ready(page)
            told.append(page.content())
            told.append(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])"))
        values = {str(cookie.get("value")) for cookie in context.cookies()}
    cookies = {value for value in values if len(value) > 20}
    assert cookies, "somebody is signed in"
    assert any("Acme" in frame for frame in frames), "the socket was heard"
    told += frames
    told += _errors(server)
    secrets = {KEY, CLIENT_KEY, NEW_KEY, SECRET, PASSWORD, server.token}
    _find_none(secrets | cookies, {"an answer or a page": "\n".join(told)})
    server.stop()
    _find_none(secrets | cookies, _files(server.folder))


def _listen(page: Page, frames: list[str]) -> None:
    def hear(frame: str | bytes) -> None:
        frames.append(frame if isinstance(frame, str) else frame.decode("utf-8", "replace"))

    def meet(socket: WebSocket) -> None:
        socket.on("framereceived", hear)

    page.on("websocket", meet)


def _calls_are_made(server: Server, told: list[str]) -> str:
    """Adds a client with a key of its own, has three people called, changes the key; gives the client's id."""
    retell = {"apiKey": CLIENT_KEY, "agentId": None, "fromNumber": "+14155550100", "isActive": True}
    wish = {"name": "Acme", "timezone": "America/New_York", "maxConcurrent": 3, "retell": retell, "callingHours": servers.HOURS}
    made = server.ask("POST", "/api/clients", wish)
    server.ask("POST", f"/api/clients/{made['id']}/leads/import", servers.leads_csv(3), kind="text/csv")
    ids = servers.lead_ids(server, made["id"])
    batch = server.ask("POST", f"/api/calls/clients/{made['id']}/batch-calls", {"leadIds": ids})
    until(lambda: server.ask("GET", f"/api/calls/batches/{batch['id']}")["status"] == "done", seconds=90)
    calls = server.ask("GET", f"/api/calls/clients/{made['id']}/calls")
    told += [json.dumps(each) for each in (made, server.ask("GET", "/api/clients"), calls)]
    changed = server.ask("PATCH", f"/api/clients/{made['id']}", {"retell": {"apiKey": NEW_KEY}})
    told.append(json.dumps(changed))
    return str(made["id"])


def _errors(server: Server) -> list[str]:
    """What is answered to requests that are wrong, and carry something secret."""
    wrong = [
        ("GET", "/api/nothing", None),
        ("GET", f"/api/clients?limit={server.token}", None),
        ("POST", "/api/clients", json.dumps({"retell": {"apiKey": CLIENT_KEY}, "name": 5}).encode()),
        ("POST", "/api/session", json.dumps({"email": EMAIL, "password": PASSWORD + "x"}).encode()),
    ]
    found: list[str] = []
    for method, path, body in wrong:
        request = urllib.request.Request(server.url + path, data=body, method=method)
        request.add_header("Authorization", f"Bearer {server.token}")
        request.add_header("Content-Type", "application/json")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        found.append(refused.value.read().decode())
    return found


def _log(server: Server) -> str:
    return (server.folder / "server.log").read_text()


def _files(folder: Path) -> Mapping[str, str]:
    return {file.name: file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file()}


def _find_none(secrets: set[str], places: Mapping[str, str]) -> None:
    assert len(places) >= 1
    found = [(name, secret[:12]) for name, text in places.items() for secret in secrets if secret in text]
    assert not found, found
