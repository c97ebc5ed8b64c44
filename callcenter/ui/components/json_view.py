"""JSON as text, indented, with a button that copies it."""

import reflex as rx

from callcenter.ui.components.buttons import icon_button

Text = str | rx.Var


def json_view(text: Text) -> rx.Component:
    """Shows JSON that the server has already indented and cleared of secrets."""
    return rx.el.div(
        rx.el.div(icon_button("copy", "Copy", size="small", data_copy=text), class_name="absolute right-2 top-2"),
        rx.el.pre(text, class_name="json", tab_index=0),
        class_name="relative",
    )
