"""No handler of ours is left unmarked: whoever has a socket may send its name."""

from reflex_base.registry import RegistrationContext

from callcenter.ui import shell  # noqa: F401  its state registers its handlers
from callcenter.ui.session import ADMINS, ANYONE, MANAGERS, OPERATORS, ROLE_MARK


def _own() -> dict[str, object]:
    handlers = RegistrationContext.get().event_handlers
    return {
        name: registered.handler.fn
        for name, registered in handlers.items()
        if registered.states[0].__module__.startswith("callcenter.") and not name.endswith(".setvar")
    }


def test_every_handler_names_its_roles() -> None:
    own = _own()
    assert len(own) > 10
    assert [name for name, handler in own.items() if getattr(handler, ROLE_MARK, None) is None] == []


def test_roles_come_in_one_order() -> None:
    ladder = [frozenset(), frozenset(ADMINS), frozenset(MANAGERS), frozenset(OPERATORS), frozenset(ANYONE)]
    odd = [name for name, handler in _own().items() if getattr(handler, ROLE_MARK, None) not in ladder]
    assert odd == [], "a role that may do something includes all roles above it"
