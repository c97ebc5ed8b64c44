"""The field that asks for which client something is done; as long as there is none, it says where to add one."""

from typing import Any

import reflex as rx

from callcenter.ui.components import form
from callcenter.ui.components.links import link
from callcenter.ui.shell_state import ShellState


def client_field(choices: rx.Var, *, name: str, placeholder: str, **more: Any) -> rx.Component:
    """A choice of one client; `choices` is a list of objects with `value` and `word`, `more` goes to the select."""
    add = rx.fragment("There is no client yet. ", link("Add one", href="/clients"), " first.")
    ask = rx.fragment("There is no client yet that you may see. Ask an admin.")
    nobody = rx.cond(choices.length() == 0, rx.cond(ShellState.is_admin, add, ask), rx.fragment())
    return form.select_field("Client", name=name, choices=choices, placeholder=placeholder, help_text=nobody, **more)
