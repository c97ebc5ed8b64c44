"""Reflex looks for this: builds the app and adds the pages."""

import reflex as rx


class ProbeState(rx.State):
    """Shows that the socket works."""

    clicks: int = 0

    @rx.event
    async def count(self) -> None:
        """One more."""
        self.clicks += 1


def home_page() -> rx.Component:
    """The page until there are pages."""
    return rx.el.main(
        rx.el.h1("callcenter", class_name="text-2xl"),
        rx.button(f"Clicked {ProbeState.clicks}", on_click=ProbeState.count),
    )


app = rx.App(html_lang="en")
app.add_page(home_page, route="/", title="callcenter")
