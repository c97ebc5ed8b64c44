"""Settings: one page in sections, each with its own address and its own module."""

import reflex as rx

from callcenter.ui import shell
from callcenter.ui.components import tabs
from callcenter.ui.components.faces import not_allowed
from callcenter.ui.pages.closed_days import ClosedDaysState
from callcenter.ui.pages.settings_accounts import AccountsState, accounts_section
from callcenter.ui.pages.settings_audit import AuditState, audit_section
from callcenter.ui.pages.settings_notices import NoticesState, notices_section
from callcenter.ui.pages.settings_profile import ProfileState, profile_section
from callcenter.ui.pages.settings_rules import RulesState, rules_section
from callcenter.ui.pages.settings_system import SystemState, system_section
from callcenter.ui.pages.settings_team import TeamState, team_section
from callcenter.ui.pages.settings_tokens import TokensState, tokens_section
from callcenter.ui.session import ANYONE, allow
from callcenter.ui.shell_state import ShellState

SECTIONS = (
    ("profile", "Profile"), ("notices", "Notices"), ("rules", "Calling rules"), ("team", "Team"), ("tokens", "Tokens"),
    ("accounts", "Retell accounts"), ("audit", "Audit"), ("system", "System"),
)  # fmt: skip
#: Sections that everybody sees; the others are for admins.
_OPEN_TO_ALL = 3


class SettingsState(rx.State):
    """Which section the address names."""

    part: str = "profile"

    @rx.event
    @allow(*ANYONE)
    async def enter(self) -> None:
        """Reads the address before anything is asked for, so that the section before is not seen meanwhile."""
        parts = self.router.url.path.strip("/").split("/")
        wanted = parts[1] if len(parts) > 1 else ""
        self.part = wanted if wanted in dict(SECTIONS) else "profile"

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> list[object]:
        """Asks for what only admins may see, for them."""
        role = (await self.get_state(ShellState)).role
        for_admins = [TeamState.load, TokensState.load, AccountsState.load, AuditState.load, SystemState.load]
        return for_admins if role == "admin" else []


def settings_page() -> rx.Component:
    """The page."""
    refused = not_allowed(ShellState.admins)
    shown = rx.match(
        SettingsState.part,
        ("notices", notices_section()),
        ("rules", rules_section()),
        ("team", rx.cond(ShellState.is_admin, team_section(), refused)),
        ("tokens", rx.cond(ShellState.is_admin, tokens_section(), refused)),
        ("accounts", rx.cond(ShellState.is_admin, accounts_section(), refused)),
        ("audit", rx.cond(ShellState.is_admin, audit_section(), refused)),
        ("system", rx.cond(ShellState.is_admin, system_section(), refused)),
        profile_section(),
    )
    entries = [tabs.tab(word, f"/settings/{name}", is_current=SettingsState.part == name) for name, word in SECTIONS]
    for_admins = [rx.cond(ShellState.is_admin, entry) for entry in entries[_OPEN_TO_ALL:]]
    bar = tabs.tab_bar(*entries[:_OPEN_TO_ALL], *for_admins, label="Settings")
    return shell.frame(rx.el.div(shown, class_name="pt-4"), nav="settings", title="Settings", tabs=bar)


on_enter = [SettingsState.enter]
on_load = [SettingsState.load, ProfileState.load, NoticesState.load, RulesState.load, ClosedDaysState.load, AccountsState.watch]
