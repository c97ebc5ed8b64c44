"""Messages to browsers: what many tabs are sent alike is encoded once, and reads as if it had not been."""

import json
import pickle
from typing import Any

from reflex.state import StateUpdate
from reflex_base.utils.format import json_dumps

from callcenter.ui import wire
from callcenter.ui.app import new_app
from callcenter.ui.wire import Shared
from tests.ui.test_calls import row

SOCKET: dict[str, Any] = {"separators": (",", ":")}


def message(rows: list[Any]) -> list[Any]:
    return ["event", StateUpdate(delta={"calls": {"rows": rows, "total": 2}, "shell": {"waiting": 3}})]


def test_a_shared_list_reads_as_any_other() -> None:
    rows = [row("a"), row("b", "completed", "voicemail")]
    assert wire.dumps(message(Shared(rows)), **SOCKET) == json_dumps(message(rows), **SOCKET)
    assert wire.dumps(["ping"], **SOCKET) == '["ping"]'


def test_it_is_encoded_once_for_all_tabs() -> None:
    rows = Shared([row("a")])
    first = wire.dumps(message(rows), **SOCKET)
    rows.clear()  # as nobody may: it shows that the second tab is sent what was written for the first
    assert wire.dumps(message(rows), **SOCKET) == first


def test_one_that_was_kept_elsewhere_is_encoded_anew() -> None:
    rows = Shared([1])
    rows.json(**SOCKET)
    again = pickle.loads(pickle.dumps(rows))
    again.append(2)
    assert (type(again), again.json(**SOCKET)) == (Shared, "[1,2]")


def test_the_socket_of_the_app_writes_so() -> None:
    packet = new_app().sio.packet_class(data=message(Shared([1])), namespace="/_event")  # type: ignore[union-attr]
    _, _, text = packet.encode().partition(",")
    assert json.loads(text)[1]["delta"]["calls"]["rows"] == [1]
    assert packet.json.dumps is wire.dumps
