"""For whom calls are put into words: the zone, country and currency of the person looking, and what they may do."""

from dataclasses import dataclass

from reflex.state import BaseState

from callcenter.domain.phone import national
from callcenter.services import browsing, runtime
from callcenter.services.browsing.pages import ShellView
from callcenter.ui import session
from callcenter.ui.shell_state import ShellState

#: Roles that may change things, and those that may also hear recordings and pause.
_OPERATORS, _MANAGERS = ("agent", "manager", "admin"), ("manager", "admin")


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page. `clients` are (id, name) of those this person may see."""

    zone: str = "UTC"
    country: str = "US"
    currency: str = "USD"
    role: str = "viewer"
    clients: tuple[tuple[str, str], ...] = ()

    @property
    def may_act(self) -> bool:
        """Whether buttons that change something are worth showing; services decide again."""
        return self.role in _OPERATORS

    @property
    def may_manage(self) -> bool:
        """Whether this person may override a rule with a reason."""
        return self.role in _MANAGERS

    def number(self, number: str) -> str:
        """An E.164 number as this person writes it."""
        return national(number, country=self.country)


async def viewer_of(state: BaseState) -> Viewer:
    """The viewer behind a state, from what the frame has loaded already where it has."""
    shell = await state.get_state(ShellState)
    view = shell._view
    if view is None:
        view = await browsing.shell_of(runtime.current(), await session.who(state))
    return viewer_from(view)


def viewer_from(view: ShellView) -> Viewer:
    """The same from what is known of the frame."""
    return Viewer(zone=view.user_timezone or view.timezone, country=view.country, role=view.role, clients=view.clients)
