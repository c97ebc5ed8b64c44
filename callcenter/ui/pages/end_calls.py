"""Ends the calls that still go on in something that was paused: a batch, or a client."""

from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.services import hanging_up, runtime
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.components.buttons import button
from callcenter.ui.components.confirm import confirm
from callcenter.ui.session import ANYONE, MANAGERS, allow
from callcenter.ui.shell_state import closed_when_left


@closed_when_left("batches", "clients", asks=False)
class EndCalls(rx.State):
    """Whose calls are about to be ended."""

    asks: bool = False
    facts: str = ""
    _of: tuple[str, str] = ("", "")

    @rx.event
    @allow(*MANAGERS)
    async def ask(self, name: str) -> None:
        """Asks first; whose calls they are stands in the address."""
        self._of, self.asks = _of_address(self.router.url.path), True
        self.facts = f"Every call of {str(name)[:200]} that rings or talks is hung up at once. This cannot be undone."

    @rx.event
    @allow(*ANYONE)
    async def close(self) -> None:
        """Lets them talk."""
        self.asks = False

    @rx.event
    @allow(*MANAGERS)
    async def end(self) -> Any:
        """Ends them."""
        self.asks = False
        kind, of_id = self._of
        narrowed = {"batches": "batch_id", "clients": "client_id"}.get(kind)
        if narrowed is None or not of_id:
            return None
        try:
            count = await hanging_up.end_live(runtime.current(), await session.who(self), **{narrowed: of_id})
        except CallCenterError as error:
            return toasts.failed("No call was ended", error.message)
        live.hub.bump("all", "calls", "slots")
        verb = "is" if count == 1 else "are"
        return toasts.done(f"{words.counted(count, 'call')} {verb} being ended." if count else "No call was in progress.")


def _of_address(path: str) -> tuple[str, str]:
    """ "/batches/x" -> ("batches", "x")."""
    parts = path.strip("/").split("/")
    return (parts[0], parts[1][:64]) if len(parts) > 1 else ("", "")


def end_calls_button(name: rx.Var) -> rx.Component:
    """The button, for where something is paused."""
    return button("End its calls…", icon_name="phone_off", on_click=EndCalls.ask(name))


def end_calls_dialog() -> rx.Component:
    """The question; every page with the button has it once."""
    return confirm(
        is_open=EndCalls.asks,
        on_close=EndCalls.close,
        title="End its calls now?",
        facts=EndCalls.facts,
        safe_word="Let them talk",
        word="End calls",
        icon_name="phone_off",
        on_confirm=EndCalls.end,
    )
