"""Tabs that are links: saved views over a list, parts of a detail page. Each has its own address."""

from typing import Any

import reflex as rx

from callcenter.ui.components.links import link

Text = str | rx.Var


def tab(word: Text, href: Text, *, is_current: Any, count: Text = "") -> rx.Component:
    """One tab; `count` stands small beside the word, "" for none (unknown is left out, never 0)."""
    current = rx.cond(is_current, "page", "") if isinstance(is_current, rx.Var) else "page" if is_current else None
    counted = rx.el.span(count, class_name="count") if isinstance(count, rx.Var) or count else rx.fragment()
    return link(rx.el.span(word), counted, href=href, stay=True, class_name="", aria_current=current)


def tab_bar(*tabs: Any, label: str, tools: Any = None) -> rx.Component:
    """A row of tabs named for screen readers; `tools` stand at its right end ("Save view")."""
    right = [rx.el.div(tools, class_name="tools")] if tools is not None else []
    return rx.el.nav(*tabs, *right, aria_label=label, class_name="tabs")
