"""Links inside the site, and those that must leave the page for the server."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

Text = str | rx.Var


def link(*children: Any, href: Text, stay: bool = False, class_name: str = "link", **props: Any) -> rx.Component:
    """A link to a page of this site. `stay` keeps the scroll position: for peeks, tabs and dialogs with an address."""
    return ReactRouterLink.create(*children, to=href, prevent_scroll_reset=stay, class_name=class_name, **props)


def server_link(*children: Any, href: Text, class_name: str = "link", **props: Any) -> rx.Component:
    """A link to our own API: a download, a recording, a sign-out page. The browser loads it as a document."""
    return ReactRouterLink.create(*children, to=href, reload_document=True, class_name=class_name, **props)


def outside_link(*children: Any, href: Text, class_name: str = "link", **props: Any) -> rx.Component:
    """A link to another site, in a tab of its own."""
    return rx.el.a(*children, href=href, target="_blank", rel="noreferrer noopener", class_name=class_name, **props)
