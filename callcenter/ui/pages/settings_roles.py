"""Who may do what, as a plain table."""

import reflex as rx

from callcenter.domain.user import Role
from callcenter.ui.components.cards import card
from callcenter.ui.components.icons import icon

#: The word on screen: "agent" there always means the AI.
ROLE_WORDS = {
    Role.VIEWER.value: "Viewer",
    Role.AGENT.value: "Team member",
    Role.MANAGER.value: "Manager",
    Role.ADMIN.value: "Admin",
}
_ORDER = tuple(ROLE_WORDS)

#: What may be done, and the least role that may.
_RIGHTS = (
    ("See calls, leads, batches and analytics", Role.VIEWER),
    ("Place, end and tag calls, write notes", Role.AGENT),
    ("Add and import leads, put numbers on the do-not-call list", Role.AGENT),
    ("Settle follow-ups", Role.AGENT),
    ("Listen to recordings", Role.MANAGER),
    ("Start, pause and change batches", Role.MANAGER),
    ("Pause a client or all calling, set limits and hours", Role.MANAGER),
    ("Take numbers off the do-not-call list", Role.MANAGER),
    ("Add clients, set keys, see events", Role.ADMIN),
    ("Add people and tokens, change the workspace", Role.ADMIN),
)


def roles_card() -> rx.Component:
    """The table."""
    heads = [rx.el.th(ROLE_WORDS[role], scope="col", class_name="text-center! max-md:whitespace-normal!") for role in _ORDER]
    return card(
        rx.el.div(
            rx.el.table(
                rx.el.thead(rx.el.tr(rx.el.th("May", scope="col"), *heads)),
                rx.el.tbody(*[_row(words, role.value) for words, role in _RIGHTS]),
                aria_label="What each role may do",
                class_name="rows-table table! [&_td]:whitespace-normal [&_tr]:cursor-default max-md:[&_:is(td,th)]:px-1!",
            ),
            class_name="overflow-x-auto",
            tab_index=0,
            role="region",
            aria_label="What each role may do",
        ),
        title="Roles",
        count="each includes the one before",
        body=False,
    )


def _row(words: str, least: str) -> rx.Component:
    cells = [
        rx.el.td(
            icon("check", label="yes", class_name="hue inline")
            if _ORDER.index(role) >= _ORDER.index(least)
            else rx.el.span("—", class_name="quiet", aria_label="no"),
            class_name="text-center",
            data_accent_color="green",
        )
        for role in _ORDER
    ]
    return rx.el.tr(
        rx.el.th(
            words, scope="row", class_name="font-normal! text-sm! whitespace-normal! md:min-w-44 py-2! text-[var(--gray-12)]!"
        ),
        *cells,
    )
