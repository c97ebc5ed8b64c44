"""A list on its way to becoming leads: its columns and what they are taken for, and what became of its rows."""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.domain.draft import Draft
from callcenter.domain.errors import CallCenterError, Invalid, NotFound
from callcenter.domain.lead_columns import VARIABLE, check_mapping
from callcenter.domain.user import Actor
from callcenter.services import drafting, importing, runtime
from callcenter.services.importing import ImportReport, Preview
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.pages.choices import options
from callcenter.ui.session import OPERATORS, allow

log = logging.getLogger(__name__)

#: Longer text than this is a file; it would not fit through the page's socket.
MOST_PASTED = 500_000
#: So many refused rows are kept for the download, and shown on the page.
REFUSED_KEPT, REFUSED_SHOWN = 5_000, 20
LEFT_OUT, AS_VARIABLE = "left-out", "variable"

TARGETS = options(
    (
        ("phone", "Number"),
        ("name", "Name"),
        ("email", "E-mail"),
        ("timezone", "Time zone"),
        ("tags", "Tags"),
        ("external_id", "External id"),
        (AS_VARIABLE, "Something the agent knows"),
        (LEFT_OUT, "Leave out"),
    )
)


@dataclass(frozen=True)
class FileColumn:
    """A column of the file: what it is called there, what it is taken for, and some of its values."""

    index: int
    name: str
    target: str
    samples: str
    hint: str


@dataclass(frozen=True)
class RefusedLine:
    """A row that became no lead."""

    line: str
    value: str
    reason: str


@dataclass(frozen=True)
class Report:
    """What became of the rows, in numbers and words."""

    imported: str = ""
    updated: str = ""
    refused: int = 0
    refused_words: str = ""
    sentence: str = ""


class LeadFileState(rx.State):
    """One uploaded list; the import page and the wizard of a new batch both show it."""

    step: str = "choose"
    draft_id: str = ""
    filename: str = ""
    about: str = ""
    rows: int = 0
    columns: list[FileColumn] = []
    problem: str = ""
    message: str = ""
    paste_error: str = ""
    tag: str = ""
    working: str = ""
    report: Report = Report()
    refused: list[RefusedLine] = []
    tagged: str = ""
    client_id: str = ""
    batch_draft: str = ""

    async def _open(self, actor: Actor, draft_id: str, *, batch_draft: str = "") -> None:
        """Shows where this list has come to: its columns, or its report."""
        rt = runtime.current()
        self.batch_draft = batch_draft
        if self.step == "working" and draft_id == self.draft_id:
            return
        if not draft_id:
            self.step, self.draft_id = "choose", ""
            return
        try:
            draft = await drafting.get(rt, actor, draft_id)
        except NotFound as error:
            self.step, self.draft_id, self.message = "choose", "", error.message
            return
        self.draft_id, self.filename, self.client_id = draft.draft_id, draft.filename or "pasted list", draft.client_id or ""
        if "report" in draft.data:
            self._show_report(draft.data["report"], str(draft.data.get("tag") or ""))
            return
        await self._preview(actor, draft)

    async def _preview(self, actor: Actor, draft: Draft) -> None:
        rt = runtime.current()
        data = await drafting.file_of(rt, actor, draft.draft_id)
        try:
            found = await importing.preview_import(rt, actor, draft.client_id or "", data, filename=draft.filename)
        except CallCenterError as error:
            self.step, self.message = "choose", error.message
            return
        chosen = {int(nth): str(target) for nth, target in dict(draft.data.get("mapping") or {}).items()}
        self.step, self.message, self.rows = "match", "", found.rows
        self.columns = _columns(found, chosen or found.mapping)
        self.problem = _problem(self._mapping())
        self.tag = str(draft.data.get("tag") or await self._usual_tag())
        kind = "workbook" if found.encoding == "workbook" else "CSV"
        self.about = f"{words.counted(found.rows, 'row')} · {kind} · {words.counted(len(found.columns), 'column')}"

    async def _usual_tag(self) -> str:
        viewer, now = await viewer_of(self), runtime.current().clock.now()
        stem = self.filename.rsplit(".", 1)[0].replace(";", " ").replace(",", " ").strip()[:36]
        return f"{stem} {words.day(now, viewer.zone).split(' ', 1)[1][:-5]} {words.clock_time(now, viewer.zone)}"

    def _mapping(self) -> dict[int, str]:
        return {
            column.index: ""
            if column.target == LEFT_OUT
            else VARIABLE + column.name
            if column.target == AS_VARIABLE
            else column.target
            for column in self.columns
        }

    # -- the list comes in -----------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def paste(self, given: dict[str, Any]) -> Any:
        """Takes a pasted list as if it were a file."""
        rt, actor = runtime.current(), await session.who(self)
        text, client_id = str(given.get("pasted") or ""), str(given.get("client") or "")
        if not client_id:
            self.paste_error = "Choose the client first."
        elif not text.strip():
            self.paste_error = "Paste the rows, the first with the names of the columns."
        elif len(text) > MOST_PASTED:
            self.paste_error = "That is too long to paste. Save it as a file and upload that."
        else:
            try:
                draft = await drafting.begin(rt, actor, "import", client_id=client_id, file=_headed(text).encode())
            except CallCenterError as error:
                self.paste_error = error.message
                return None
            self.paste_error = ""
            if self.batch_draft:
                return rx.redirect(f"/batches/new?draft={self.batch_draft}&step=3&file={draft.draft_id}")
            return rx.redirect(f"/leads/import?client={client_id}&draft={draft.draft_id}")
        return None

    # -- its columns -----------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def set_target(self, index: int, target: str) -> None:
        """Says what a column is; the field it takes is given up by the column that had it."""
        if target not in {option.value for option in TARGETS}:
            return
        single = target not in (AS_VARIABLE, LEFT_OUT)
        self.columns = [
            _retargeted(column, target)
            if column.index == index
            else _retargeted(column, LEFT_OUT)
            if single and column.target == target
            else column
            for column in self.columns
        ]
        self.problem = _problem(self._mapping())
        await self._keep()

    @rx.event
    @allow(*OPERATORS)
    async def set_tag(self, text: str) -> None:
        """Names the tag that every lead of this list gets."""
        self.tag = " ".join(str(text).replace(";", " ").replace(",", " ").split())[:60]
        await self._keep()

    async def _keep(self) -> None:
        rt, actor = runtime.current(), await session.who(self)
        mapping = {str(nth): target for nth, target in self._mapping().items()}
        await drafting.change(rt, actor, self.draft_id, {"mapping": mapping, "tag": self.tag})

    # -- leads come out --------------------------------------------------------------------------------------------

    @rx.event(background=True)
    @allow(*OPERATORS)
    async def run(self) -> AsyncIterator[Any]:
        """Imports the list; goes on when the page is left, and the draft remembers how it ended."""
        async with self:
            if self.step != "match" or self.problem:
                return
            self.message, self.step, self.working = "", "working", f"Importing {words.counted(self.rows, 'row')}…"
            draft_id, mapping, tag, client_id, batch = self.draft_id, self._mapping(), self.tag, self.client_id, self.batch_draft
        rt = runtime.current()
        try:
            actor = await session.who(self)
            data = await drafting.file_of(rt, actor, draft_id)
            tags = (tag,) if tag else ()
            done = await importing.import_leads(rt, actor, client_id, data, filename=self.filename, mapping=mapping, tags=tags)
            kept = _kept(done)
            await drafting.change(rt, actor, draft_id, {"report": kept, "tag": tag})
            if batch:
                chosen = {"source": "file", "tag": tag, "file": draft_id, "import": kept}
                await drafting.change(rt, actor, batch, chosen, client_id=client_id)
        except CallCenterError as error:
            async with self:
                self.step, self.message = "match", error.message
            yield toasts.failed("The list was not imported", error.message)
            return
        except Exception:
            log.exception("an import failed")
            async with self:
                self.step, self.message = "match", "Something went wrong on our side. Try again: nobody comes in twice."
            return
        live.hub.bump("leads", "clients")
        async with self:
            self._show_report(kept, tag)
        if batch:
            yield rx.redirect(f"/batches/new?draft={batch}&step=4")

    def _show_report(self, kept: Mapping[str, Any], tag: str) -> None:
        imported, updated, refused = (int(kept.get(name, 0)) for name in ("imported", "updated", "refused_count"))
        rows: Sequence[Sequence[Any]] = kept.get("refused", ())
        self.step, self.tagged = "report", tag
        self.refused = [
            RefusedLine(str(line), str(value) or words.NONE, str(why)) for line, _, value, why in rows[:REFUSED_SHOWN]
        ]
        more = f"; the first {REFUSED_SHOWN} are below" if refused > REFUSED_SHOWN else ""
        became = words.counted(refused, "row") + (" became no lead" if refused == 1 else " became no leads")
        self.report = Report(
            imported=words.count(imported),
            updated=words.count(updated),
            refused=refused,
            refused_words=f"{became}{more}." if refused else "",
            sentence=_sentence(imported, updated),
        )


def _columns(found: Preview, mapping: Mapping[int, str]) -> list[FileColumn]:
    return [
        _retargeted(
            FileColumn(each.index, each.name, "", " · ".join(sample for sample in each.samples if sample) or words.NONE, ""),
            _choice(mapping.get(each.index, "")),
        )
        for each in found.columns
    ]


def _choice(target: str) -> str:
    return AS_VARIABLE if target.startswith(VARIABLE) else target or LEFT_OUT


def _retargeted(column: FileColumn, target: str) -> FileColumn:
    hint = f"the agent knows it as “{column.name}”" if target == AS_VARIABLE else ""
    return FileColumn(column.index, column.name, target, column.samples, hint)


def _problem(mapping: Mapping[int, str]) -> str:
    """Why it cannot be imported like this, in words for somebody who is choosing columns."""
    if "phone" not in mapping.values():
        return "Say which column is the number."
    try:
        check_mapping(mapping)
    except Invalid as error:
        return error.message
    return ""


def _kept(done: ImportReport) -> dict[str, Any]:
    return {
        "imported": done.imported,
        "updated": done.updated,
        "refused_count": len(done.refused),
        "refused": [[row.line, row.field, row.value, row.reason] for row in done.refused[:REFUSED_KEPT]],
    }


def _sentence(imported: int, updated: int) -> str:
    new = words.counted(imported, "new lead")
    if not updated:
        return f"{new} came in."
    known = "1 was known and is up to date" if updated == 1 else f"{updated:,} were known and are up to date"
    return f"{new} came in, {known}."


def _headed(text: str) -> str:
    """A pasted list with a header: bare numbers, one a line, are a list too."""
    lines = [line for line in text.splitlines() if line.strip()]
    bare = all(sum(each.isdigit() for each in line) >= 7 and not any(each.isalpha() for each in line) for line in lines)
    return "phone\n" + "\n".join(f'"{line.strip()}"' for line in lines) if bare else text
