"""The page of a link that sets a new password; the same as an invitation's, in other words."""

import reflex as rx

from callcenter.ui.pages import invite


def reset_page() -> rx.Component:
    """The page."""
    return invite.link_page()


on_load = invite.on_load
