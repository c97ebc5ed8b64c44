"""What a person chooses in the list of calls: which rows, and how rows are shown to them."""

import reflex as rx

from callcenter.ui import live
from callcenter.ui.components.column_chooser import ColumnChoice
from callcenter.ui.pages.calls_rows import OPTIONAL, CallRow
from callcenter.ui.session import ANYONE, allow

#: Columns everybody sees first; all others are chosen.
STANDARD = ("number", "client", "agent", "status", "outcome", "duration", "cost", "started")
COLUMNS = {**{key: key.capitalize() for key in STANDARD}, **OPTIONAL}


class Taste(rx.State, mixin=True):
    """Columns and row height, kept in this person's browser."""

    columns_kept: str = rx.LocalStorage("", name="calls-columns")
    columns_of_view: list[str] = []
    density: str = rx.LocalStorage("", name="calls-density")

    @rx.var
    def columns(self) -> list[str]:
        """The keys of the columns that are shown: those of the saved view that is open, else this person's own."""
        kept = [key for key in self.columns_of_view or self.columns_kept.split(",") if key in COLUMNS]
        return kept or list(STANDARD)

    @rx.var
    def column_choices(self) -> list[ColumnChoice]:
        """Every column with whether it is shown."""
        return [ColumnChoice(key, title, key in self.columns) for key, title in COLUMNS.items()]

    @rx.var
    def is_compact(self) -> bool:
        """Whether rows are 32 px high."""
        return self.density == "compact"

    @rx.event
    @allow(*ANYONE)
    async def toggle_column(self, key: str) -> None:
        """Shows or hides a column, for this person in this browser."""
        kept = {*self.columns} ^ {key}
        self.columns_of_view, self.columns_kept = [], ",".join(each for each in COLUMNS if each in kept)
        live.hub.bump("calls")  # the rows are made anew with what the column shows

    @rx.event
    @allow(*ANYONE)
    async def reset_columns(self) -> None:
        """Back to the columns everybody sees first."""
        self.columns_of_view, self.columns_kept = [], ""

    @rx.event
    @allow(*ANYONE)
    async def set_compact(self, is_compact: bool) -> None:
        """Rows of 32 px, or of 44."""
        self.density = "compact" if is_compact else ""


class Choosing(rx.State, mixin=True):
    """The rows of the page and which of them are selected; or everything that matches."""

    rows: list[CallRow] = []
    total: int = 0
    total_words: str = ""
    selected: list[str] = []
    is_all_selected: bool = False

    @rx.var
    def selected_words(self) -> str:
        """ "3 selected", or that all which match are."""
        number = self.total_words if self.is_all_selected else str(len(self.selected))
        return f"{number} selected" if self.selected else ""

    @rx.var
    def page_is_selected(self) -> bool:
        """Whether every row of this page is selected."""
        return bool(self.rows) and len(self.selected) >= len(self.rows)

    @rx.var
    def page_is_mixed(self) -> bool:
        """Whether some rows of this page are selected, and not all."""
        return 0 < len(self.selected) < len(self.rows)

    @rx.var
    def offers_all(self) -> bool:
        """Whether more match than this page shows, and all of the page is selected."""
        return self.page_is_selected and not self.is_all_selected and self.total > len(self.rows)

    @rx.event
    @allow(*ANYONE)
    async def select(self, call_id: str, is_on: bool) -> None:
        """Selects a row, or no longer."""
        self.is_all_selected = False
        shown = {row.id for row in self.rows}
        wanted = ({*self.selected} | {call_id} if is_on else {*self.selected} - {call_id}) & shown
        self.selected = [row.id for row in self.rows if row.id in wanted]

    @rx.event
    @allow(*ANYONE)
    async def select_page(self, is_on: bool) -> None:
        """Selects all rows of this page, or none."""
        self.is_all_selected = False
        self.selected = [row.id for row in self.rows] if is_on else []

    @rx.event
    @allow(*ANYONE)
    async def select_all(self) -> None:
        """Selects everything that matches: the filter is fixed, not the rows."""
        self.is_all_selected = bool(self.selected)

    @rx.event
    @allow(*ANYONE)
    async def select_none(self) -> None:
        """Clears the selection."""
        self.selected, self.is_all_selected = [], False
