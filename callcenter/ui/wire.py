"""What is sent to browsers, as JSON: a list that many tabs are sent alike is encoded once for all of them."""

import secrets
from collections.abc import Iterable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, TypeVar

import reflex as rx
from reflex.state import StateUpdate
from reflex_base.utils.format import json_dumps

Item = TypeVar("Item")

#: Stands in a message where a shared list belongs. Nobody outside can know it, so no name or note can bring it in.
_MARK = secrets.token_hex(16)


class Shared(list[Item]):
    """A list that many states hold and nobody changes; it remembers its JSON."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        super().__init__(items)
        self._json = ""

    def __reduce__(self) -> Any:
        return Shared, (list(self),)  # what is kept elsewhere is kept without the JSON

    def json(self, **options: Any) -> str:
        """Its JSON as Reflex writes it; the options are those of the socket, always the same."""
        self._json = self._json or json_dumps(list(self), **options)
        return self._json


def dumps(message: Any, **options: Any) -> str:
    """A message of the socket as JSON, as Reflex writes it."""
    match message:
        case [name, StateUpdate() as update]:
            shared: list[Shared[Any]] = []
            delta = {
                state: {key: _lifted(value, shared) for key, value in values.items()} for state, values in update.delta.items()
            }
            if shared:
                text = json_dumps([name, replace(update, delta=delta)], **options)
                for nth, each in enumerate(shared):
                    text = text.replace(f'"{_MARK}:{nth}"', each.json(**options))
                return text
    return json_dumps(message, **options)


def _lifted(value: Any, shared: list[Shared[Any]]) -> Any:
    if not isinstance(value, Shared):
        return value
    shared.append(value)
    return f"{_MARK}:{len(shared) - 1}"


def encode_once(app: rx.App) -> None:
    """Has the app's socket write its messages with `dumps`."""
    packets: Any = getattr(app.sio, "packet_class")  # noqa: B009 - python-socketio has no types for it
    packets.json = SimpleNamespace(dumps=dumps, loads=packets.json.loads)
