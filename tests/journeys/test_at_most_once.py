"""Whatever goes wrong between the real server and the provider: a dial is one POST or none, and the call says what is known.

Every case has a client with a key, and therefore an account, of its own: three doubtful answers in a minute stop an account, as
they should, and would stop the next case too. Webhooks are lost in most cases, so that what a call says comes from the answer.
"""

import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from callcenter.simulator.faults import FaultPlan
from callcenter.simulator.server import Simulator
from tests.journeys import servers

pytestmark = [pytest.mark.xdist_group("at_most_once"), pytest.mark.timeout(240)]

NO_WEBHOOKS = {"lose": 1.0}


@dataclass
class Desk:
    """The running server and the provider behind it, and the next unused number."""

    server: servers.Server
    provider: Simulator
    numbers: Iterator[int] = field(default_factory=lambda: count(0))

    def key(self, nth: int) -> str:
        """Gives the key of the client with this number; it opens a workspace of its own."""
        return f"key_at_most_once_{nth:04d}"

    def faults(self, *rules: dict[str, Any], webhooks: dict[str, Any] = NO_WEBHOOKS) -> None:
        """Takes a new plan of faults; `on` is the creation of calls unless a rule says otherwise."""
        plan = {"rules": [{"on": "create-phone-call"} | rule for rule in rules], "webhooks": webhooks}
        self.provider.set_faults(FaultPlan.parse(plan))

    def dial(self) -> tuple[str, str]:
        """Has a new client of a new account call somebody at once; gives the id of the call and the key."""
        nth = next(self.numbers)
        client_id = self._client(f"Case {nth}", self.key(nth))
        wish = {"toNumber": f"+1212555{100 + nth:04d}", "priority": "normal", "variables": {"simulate": "no_answer"}}
        return self.server.ask("POST", f"/api/calls/clients/{client_id}/calls", wish)["id"], self.key(nth)

    def _client(self, name: str, key: str) -> str:
        retell = {"apiKey": key, "agentId": None, "fromNumber": "+14155550100", "isActive": True}
        asked = {
            "name": name, "timezone": "America/New_York", "maxConcurrent": 5, "retell": retell, "callingHours": servers.HOURS,
            "variables": {},
        }  # fmt: skip
        return str(self.server.ask("POST", "/api/clients", asked)["id"])

    def until(self, call_id: str, is_right: Callable[[dict[str, Any]], bool], *, seconds: float = 15) -> dict[str, Any]:
        """Gives the call as soon as it is as it should be; fails with how it is after so many seconds."""
        deadline = time.monotonic() + seconds
        while True:
            call: dict[str, Any] = self.server.ask("GET", f"/api/calls/calls/{call_id}")
            if is_right(call):
                return call
            assert time.monotonic() < deadline, {name: call[name] for name in SHOWN}
            time.sleep(0.03)

    def until_it_waits_again(self, call_id: str) -> str:
        """Gives, in words, what holds a call that was dialled, in vain, and waits for another dial."""
        deadline = time.monotonic() + 15
        while True:
            held = self._held(call_id)
            if held and waits(self.server.ask("GET", f"/api/calls/calls/{call_id}")):
                return held
            assert time.monotonic() < deadline, "it was to wait, and nothing holds it"
            time.sleep(0.03)

    def _held(self, call_id: str) -> str:
        try:
            rules = self.server.ask("GET", f"/api/calls/calls/{call_id}/explanation")["rules"]
        except servers.Refusal as refusal:
            if refusal.status == 409:  # what does not wait has nothing to explain
                return ""
            raise
        return "; ".join(f"{rule['rule']}: {rule['reason']}" for rule in rules if not rule["ok"])

    def posts(self, key: str) -> int:
        """Gives how many create requests of this key reached the provider, whole or not."""
        return sum(entry["key"] == key for entry in self.provider.log.entries)


SHOWN = ("status", "outcome", "checking", "callId", "dialledAt", "endedAt", "disconnectionReason")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("at_most_once")
    with servers.simulator(speed=20) as provider:
        server = servers.Server(f"sqlite:///{folder}/calls.db", provider.url, folder)
        server.prepare()
        server.start()
        try:
            yield Desk(server, provider)
        finally:
            server.stop()


@pytest.fixture(autouse=True)
def _no_dial_was_sent_twice(desk: Desk) -> Iterator[None]:
    yield
    desk.faults(webhooks={})
    tokens = Counter(entry["idempotency_key"] for entry in desk.provider.log.entries if entry["idempotency_key"])
    assert max(tokens.values(), default=0) <= 1


def is_checking(call: dict[str, Any]) -> bool:
    return call["checking"] and call["status"] == "initiated" and call["callId"] is None


def is_accepted(call: dict[str, Any]) -> bool:
    return call["callId"] is not None and not call["checking"]


def has_failed(call: dict[str, Any]) -> bool:
    return call["status"] == "failed" and call["outcome"] == "failed" and not call["checking"]


def waits(call: dict[str, Any]) -> bool:
    return call["status"] == "scheduled" and call["dialledAt"] is None and not call["checking"]


# what breaks on the way

BROKEN: dict[str, tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]] = {
    "cut off in the middle of the request": ({"do": "reset"}, is_checking),
    "no answer, then the connection ends": ({"do": "hang", "seconds": 0.3}, is_checking),
    "accepted, no answer, then the end": ({"do": "hang", "seconds": 0.3, "accepted": True}, is_checking),
    "dies after accepting": ({"do": "die"}, is_checking),
    "dies, and accepts a moment later": ({"do": "late", "seconds": 0.3}, is_checking),
    "half an answer": ({"do": "half"}, is_checking),
    "201 with garbage": ({"do": "garbage"}, is_checking),
    "201 without a call id": ({"do": "garbage", "body": "no_call_id"}, is_checking),
    "201 with nothing": ({"do": "garbage", "body": "empty"}, is_checking),
    "201 with a page of a proxy": ({"do": "garbage", "body": "html"}, is_checking),
    "late, but right": ({"do": "slow", "seconds": 0.5}, is_accepted),
    "two calls for one request": ({"do": "twice"}, is_accepted),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_request_that_breaks_was_sent_once_and_is_in_doubt(desk: Desk, name: str) -> None:
    rule, expected = BROKEN[name]
    desk.faults(rule)
    call_id, key = desk.dial()
    desk.until(call_id, expected)
    assert desk.posts(key) == 1


def test_a_connection_cut_as_it_is_made_is_in_doubt(desk: Desk) -> None:
    desk.faults({"do": "reset_on_connect", "times": None})
    call_id, key = desk.dial()
    desk.until(call_id, is_checking)
    assert desk.posts(key) == 0


def test_a_refused_connection_was_never_sent_and_the_call_goes_out_later_once(desk: Desk) -> None:
    desk.faults({"do": "refuse", "seconds": 2.0})
    _until_closed(desk.provider.port)
    call_id, key = desk.dial()
    assert desk.until_it_waits_again(call_id)
    assert desk.posts(key) == 0
    desk.until(call_id, is_accepted, seconds=30)
    assert desk.posts(key) == 1


def _until_closed(port: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return
        except ConnectionResetError:  # it closes at this moment
            continue
    raise AssertionError("the listener stayed open")


# what the provider, or something before it, answers

SAYS_NO = (400, 404, 422)
STOPS_THE_ACCOUNT = (401, 402, 403)
SAYS_NOTHING = (301, 408, 409, 500, 502, 503, 504)
OWN_WORDS = ("retell", "error_message")


@pytest.mark.parametrize("body", OWN_WORDS)
@pytest.mark.parametrize("status", SAYS_NO)
def test_the_providers_no_ends_the_call(desk: Desk, status: int, body: str) -> None:
    desk.faults({"do": "status", "status": status, "body": body})
    call_id, key = desk.dial()
    desk.until(call_id, has_failed)
    assert desk.posts(key) == 1


@pytest.mark.parametrize("body", OWN_WORDS)
@pytest.mark.parametrize("status", STOPS_THE_ACCOUNT)
def test_a_no_to_the_account_keeps_the_call_waiting_and_stops_the_account(desk: Desk, status: int, body: str) -> None:
    desk.faults({"do": "status", "status": status, "body": body})
    call_id, key = desk.dial()
    assert f"({status})" in desk.until_it_waits_again(call_id)
    assert desk.posts(key) == 1


@pytest.mark.parametrize("body", OWN_WORDS)
def test_a_busy_provider_is_asked_again_with_a_new_dial_when_it_said(desk: Desk, body: str) -> None:
    desk.faults({"do": "status", "status": 429, "body": body, "retry_after": 3})
    call_id, key = desk.dial()
    desk.until_it_waits_again(call_id)
    assert desk.posts(key) == 1
    desk.until(call_id, is_accepted, seconds=30)
    first, second = (entry for entry in desk.provider.log.entries if entry["key"] == key)
    assert first["idempotency_key"] != second["idempotency_key"], "a new dial has a token of its own"
    waited = datetime.fromisoformat(second["received_at"]) - datetime.fromisoformat(first["received_at"])
    assert waited >= timedelta(seconds=3), "not before the provider said"


@pytest.mark.parametrize("body", [*OWN_WORDS, "html"])
@pytest.mark.parametrize("status", SAYS_NOTHING)
def test_an_answer_that_says_nothing_leaves_the_call_in_doubt(desk: Desk, status: int, body: str) -> None:
    desk.faults({"do": "status", "status": status, "body": body})
    call_id, key = desk.dial()
    desk.until(call_id, is_checking)
    assert desk.posts(key) == 1


@pytest.mark.parametrize("status", [*SAYS_NO, *STOPS_THE_ACCOUNT, 429])
def test_a_no_from_somebody_else_leaves_the_call_in_doubt(desk: Desk, status: int) -> None:
    desk.faults({"do": "status", "status": status, "body": "html"})
    call_id, key = desk.dial()
    desk.until(call_id, is_checking)
    assert desk.posts(key) == 1


# what settles a doubt


def test_a_doubt_ends_with_the_first_webhook_or_the_first_look(desk: Desk) -> None:
    dialled: dict[str, tuple[str, str]] = {}
    for fault in ("die", "half", "garbage"):
        desk.faults({"do": fault}, webhooks={})
        dialled[fault] = desk.dial()
        desk.until(dialled[fault][0], is_accepted, seconds=8)  # by its webhook: the first look comes after ten seconds
    desk.faults({"do": "die"})
    unheard = desk.dial()
    desk.until(unheard[0], is_checking)
    desk.until(unheard[0], is_accepted, seconds=25)  # by looking: no webhook comes
    for call_id, key in (*dialled.values(), unheard):
        desk.until(call_id, lambda call: call["status"] == "failed" and call["outcome"] == "no_answer", seconds=30)
        assert desk.posts(key) == 1


def test_a_call_that_stays_in_doubt_is_not_dialled_again(desk: Desk) -> None:
    desk.faults({"do": "status", "status": 500})
    call_id, key = desk.dial()
    desk.until(call_id, is_checking)
    desk.faults()
    other, _ = desk.dial()
    desk.until(other, is_accepted)  # so the loop has been round since
    assert is_checking(desk.server.ask("GET", f"/api/calls/calls/{call_id}"))
    assert desk.posts(key) == 1
