"""Settings of the audit: who did what, on what and when; nothing here can be changed."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import reflex as rx

from callcenter.domain.errors import Forbidden, Invalid
from callcenter.services import browsing, runtime
from callcenter.ui import session, words
from callcenter.ui.components import pager
from callcenter.ui.components.cards import card
from callcenter.ui.components.faces import empty_part, skeleton_card
from callcenter.ui.components.filter_bar import Chip, Choice, filter_chip
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link, server_link
from callcenter.ui.pages.audit_words import SUBJECT_WORDS, AuditRow, row_of
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.session import ADMINS, allow

_PATH = "/settings/audit"


@dataclass(frozen=True)
class Asked:
    """What the address asks for: somebody's label, a kind of thing, and the place in the list."""

    who: str = ""
    on: str = ""
    cursor: str = ""

    def address(self) -> str:
        """The page for this."""
        given = {"who": self.who, "on": self.on, "cursor": self.cursor}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{_PATH}?{query}" if query else _PATH


class AuditState(rx.State):
    """One page of entries."""

    rows: list[AuditRow] = []
    face: str = "loading"
    people: list[Choice] = []
    who_shown: str = ""
    subjects: list[Choice] = []
    on_shown: str = ""
    shown: str = ""
    export_href: str = "/api/audit/export"
    newer: str = ""
    older: str = ""
    _asked: Asked = Asked()

    @rx.event
    @allow(*ADMINS)
    async def load(self) -> Any:
        """Reads the address and asks for its page, once the section is open."""
        if self.router.url.path.rstrip("/") != _PATH:
            return None
        query = self.router.url.query_parameters
        asked = Asked(*(query.get(name, "")[:400] for name in ("who", "on", "cursor")))
        self._asked = asked = replace(asked, on=asked.on if asked.on in SUBJECT_WORDS else "")
        actor, viewer = await session.who(self), await viewer_of(self)
        try:
            found = await browsing.audit_page(
                runtime.current(), actor, by=asked.who, subject=asked.on, cursor=asked.cursor or None
            )
        except Invalid:
            return rx.redirect(replace(asked, cursor="").address())
        except Forbidden:
            self.face = "refused"
            return None
        page = found.page
        self.rows = [row_of(line, viewer.zone) for line in page.items]
        self.people = [Choice(label, words.person(label), label == asked.who) for label in found.people]
        self.subjects = [Choice(key, word, key == asked.on) for key, word in SUBJECT_WORDS.items()]
        self.who_shown, self.on_shown = words.person(asked.who), SUBJECT_WORDS.get(asked.on, "")
        self.shown = f"{page.first}–{page.first + len(page.items) - 1}" if page.items else ""
        self.export_href = "/api/audit/export" + replace(asked, cursor="").address().removeprefix(_PATH)
        self.newer = replace(asked, cursor=page.newer).address() if page.newer else ""
        self.older = replace(asked, cursor=page.older).address() if page.older else ""
        self.face = "ready" if page.items else "empty"
        return None

    @rx.event
    @allow(*ADMINS)
    async def choose(self, name: str, value: str) -> Any:
        """Narrows the list, or widens it again."""
        if name not in ("who", "on"):
            return None
        is_same = getattr(self._asked, name) == value
        return rx.redirect(replace(self._asked, cursor="", **{name: "" if is_same else str(value)[:400]}).address())


def audit_section() -> rx.Component:
    """The section."""
    state = AuditState
    chips = rx.el.div(
        _chip("Who", "who", state.people, state.who_shown),
        _chip("On what", "on", state.subjects, state.on_shown),
        server_link(
            icon("download"),
            rx.el.span("Export"),
            href=state.export_href,
            class_name="btn btn-outline",
            data_needs_server=True,
            download=True,
            title="All entries that match, as CSV",
        ),
        class_name="row flex-wrap",
    )
    shown = rx.match(
        state.face,
        ("loading", rx.el.div(skeleton_card(8), class_name="p-4")),
        ("refused", empty_part("The audit is for admins who see every client.")),
        ("empty", empty_part("Nobody did this yet.")),
        rx.fragment(_table(), pager.card_pager(state.shown, newer=state.newer, older=state.older)),
    )
    return card(shown, title="Audit", count="who did what, kept for good", tools=chips, body=False)


def _chip(name: str, key: str, choices: Any, shown: Any) -> rx.Component:
    return filter_chip(
        Chip(
            name=name,
            choices=choices,
            shown=shown,
            on_toggle=lambda value: AuditState.choose(key, value),
            on_clear=AuditState.choose(key, ""),
            is_single=True,
        )
    )


def _table() -> rx.Component:
    def row(each: Any) -> rx.Component:
        on = rx.cond(each.href != "", link(each.name, href=each.href, class_name="link"), rx.el.span(each.name))
        return rx.el.tr(
            rx.el.td(rx.el.time(each.exact, date_time=each.instant), class_name="quiet whitespace-nowrap!"),
            rx.el.td(rx.el.span(each.who, title=each.label)),
            rx.el.td(each.did),
            rx.el.td(on),
            rx.el.td(each.detail, class_name="quiet"),
            key=each.id,
        )

    heads = [rx.el.th(head, scope="col") for head in ("When", "Who", "Did", "On what", "Detail")]
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*heads)),
        rx.el.tbody(rx.foreach(AuditState.rows, row)),
        aria_label="Audit",
        class_name="rows-table table! stacked [&_td]:whitespace-normal [&_tr]:cursor-default",
    )
    return rx.el.div(table, class_name="overflow-x-auto", tab_index=0, role="region", aria_label="Audit")
