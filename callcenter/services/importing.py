"""Turn an uploaded list into leads, and say exactly what was refused and why."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice

from callcenter.domain.errors import Invalid
from callcenter.domain.lead import Lead
from callcenter.domain.lead_columns import (
    RefusedRow,
    check_mapping,
    exact_mapping,
    guessed_mapping,
    input_of,
    refusals_of,
    unguarded,
)
from callcenter.domain.lead_input import LeadFields, checked, tag_set
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import leading
from callcenter.services.runtime import Runtime
from callcenter.services.unpacking import Row, Sheet, unpack
from callcenter.store import clients, leads, transitions
from callcenter.store.database import Tx

#: Rows in one transaction: enough to be quick, few enough that others get a turn.
BATCH = 2_000
_SAMPLES = 3


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row: `imported` + `updated` + `refused` are all rows that are not blank."""

    imported: int
    updated: int
    refused: tuple[RefusedRow, ...]


@dataclass(frozen=True, slots=True)
class ColumnPreview:
    """A column of the file: its name, what it is taken for (a field, "variable:…" or "" for left out), three samples."""

    index: int
    name: str
    target: str
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """A file before it is imported. `problem` says why the guess cannot be imported as it stands, "" when it can."""

    columns: tuple[ColumnPreview, ...]
    rows: int
    encoding: str
    delimiter: str
    problem: str

    @property
    def mapping(self) -> dict[int, str]:
        """What each column is taken for."""
        return {column.index: column.target for column in self.columns}


@dataclass(frozen=True, slots=True)
class _Read:
    """A row as far as it can be judged without the database."""

    line: int
    cells: list[str]
    fields: LeadFields | None
    refused: RefusedRow | None


async def import_leads(
    rt: Runtime,
    actor: Actor,
    client_id: str,
    data: bytes,
    *,
    filename: str = "",
    mapping: Mapping[int, str] | None = None,
    tags: Sequence[str] = (),
) -> ImportReport:
    """Imports a file; `mapping` says what each column is, else its exact name does; `tags` go to every lead of it.

    The same file again adds nothing. The file's name is not looked at. Raises Invalid for a file that cannot be imported at
    all, Forbidden, NotFound.
    """
    sees(actor, client_id)
    require(actor, Role.AGENT, to="import leads")
    country = (await rt.database.read(lambda tx: clients.get(tx, client_id))).country
    sheet = await asyncio.to_thread(unpack, data)
    columns = _mapping_of(sheet, mapping)
    extra = tag_set(tuple(tags))
    report = ImportReport(0, 0, ())
    seen: frozenset[str] = frozenset()
    rows = sheet.rows()
    while True:
        chunk = await asyncio.to_thread(_read_some, rows, columns, country, len(sheet.header))
        if not chunk:
            break
        work = _Chunk(rt, client_id, chunk, columns, extra, seen, actor.label, rt.clock.now())
        done, seen = await rt.database.write(work.store)
        report = ImportReport(report.imported + done.imported, report.updated + done.updated, (*report.refused, *done.refused))
    await rt.database.write(lambda tx: _write_down(tx, actor, client_id, report, now=rt.clock.now()))
    return report


async def preview_import(rt: Runtime, actor: Actor, client_id: str, data: bytes, *, filename: str = "") -> Preview:
    """Reads a file without importing it: its columns, what they probably are, and samples. Raises Invalid, NotFound."""
    sees(actor, client_id)
    require(actor, Role.AGENT, to="import leads")
    return await asyncio.to_thread(_preview, data)


def _mapping_of(sheet: Sheet, mapping: Mapping[int, str] | None) -> Mapping[int, str]:
    if mapping is None:
        return exact_mapping(sheet.header)
    chosen = {nth: target for nth, target in mapping.items() if target and 0 <= nth < len(sheet.header)}
    check_mapping(chosen)
    return chosen


def _preview(data: bytes) -> Preview:
    sheet = unpack(data)
    mapping = guessed_mapping(sheet.header)
    first = [cells for _line, cells in islice(sheet.rows(), _SAMPLES)]
    columns = tuple(
        ColumnPreview(
            nth, name, mapping.get(nth, ""), tuple(unguarded(row[nth])[:100] if nth < len(row) else "" for row in first)
        )
        for nth, name in enumerate(sheet.header)
        if name
    )
    try:
        check_mapping(mapping)
        problem = ""
    except Invalid as error:
        problem = error.message
    return Preview(columns, sheet.count, sheet.encoding, sheet.delimiter, problem)


def _read_some(rows: Iterator[Row], mapping: Mapping[int, str], country: str, width: int) -> list[_Read]:
    """Reads and checks the next rows; most of the time goes into the phone numbers."""
    return [_read(line, cells, mapping, country, width) for line, cells in islice(rows, BATCH)]


def _read(line: int, cells: list[str], mapping: Mapping[int, str], country: str, width: int) -> _Read:
    if len(cells) > width and any(cell.strip() for cell in cells[width:]):
        reason = f"The row has {len(cells)} values but the header only {width} columns; is something not quoted?"
        return _Read(line, cells, None, RefusedRow(line, "", "", reason))
    try:
        return _Read(line, cells, checked(input_of(cells, mapping), country=country), None)
    except Invalid as error:
        return _Read(line, cells, None, refusals_of(error, cells, mapping, line=line))


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some rows to be stored in one transaction; `seen` are the numbers of lines above that had no id."""

    rt: Runtime
    client_id: str
    rows: list[_Read]
    mapping: Mapping[int, str]
    tags: tuple[str, ...]
    seen: frozenset[str]
    by: str
    now: datetime

    def store(self, tx: Tx) -> tuple[ImportReport, frozenset[str]]:
        """Stores the rows; has no effect but through `tx`, so it may be repeated."""
        ledger = _Ledger.of(tx, self)
        for row in self.rows:
            if row.fields is None:
                ledger.refused += [row.refused] if row.refused else []
            else:
                ledger.take(row, row.fields)
        leads.add(tx, *(lead for lead_id, lead in ledger.now.items() if lead_id not in ledger.before))
        changed = [lead for lead_id, lead in ledger.now.items() if ledger.before.get(lead_id, lead) != lead]
        leads.save(tx, *changed, now=self.now)
        for lead in changed:
            before = ledger.before[lead.lead_id]
            if (before.number, before.name, before.timezone) != (lead.number, lead.name, lead.timezone):
                leading.follow(tx, before, lead, by=self.by, now=self.now)
        report = ImportReport(ledger.imported, ledger.updated, tuple(ledger.refused))
        return report, self.seen | ledger.seen


@dataclass(slots=True)
class _Ledger:
    """The leads a chunk of rows may touch: as they were, and as they become row by row."""

    chunk: _Chunk
    before: dict[str, Lead]
    now: dict[str, Lead]
    by_id: dict[str, str]
    by_number: dict[str, list[str]]
    seen: set[str] = field(default_factory=set[str])
    refused: list[RefusedRow] = field(default_factory=list[RefusedRow])
    imported: int = 0
    updated: int = 0

    @classmethod
    def of(cls, tx: Tx, chunk: _Chunk) -> "_Ledger":
        """Gives the ledger with every lead these rows could mean."""
        given = [row.fields for row in chunk.rows if row.fields is not None]
        ids = [fields.external_id for fields in given if fields.external_id is not None]
        known = leads.with_external_ids(tx, chunk.client_id, ids)
        known += leads.with_numbers(tx, chunk.client_id, [f.number for f in given if f.external_id is None])
        ledger = cls(chunk, {lead.lead_id: lead for lead in known}, {}, {}, {})
        for lead in ledger.before.values():
            ledger._know(lead)
        return ledger

    def take(self, row: _Read, fields: LeadFields) -> None:
        """Decides what one row is: a new lead, one that is there, or nobody we could tell."""
        if fields.external_id is not None:
            found = self.by_id.get(fields.external_id)
        elif fields.number in self.seen or fields.number in self.chunk.seen:
            self._refuse(row, "A line above has the same number, and neither has an external id.")
            return
        elif len(self.by_number.get(fields.number, ())) > 1:
            self._refuse(row, "More than one lead has this number; say which one by its external id.")
            return
        else:
            found = next(iter(self.by_number.get(fields.number, ())), None)
        if fields.external_id is None:
            self.seen.add(fields.number)
        if found is None:
            self.imported += 1
            fresh = leading.new_lead(self.chunk.rt, self.chunk.client_id, fields, now=self.chunk.now)
            self._know(replace(fresh, tags=tag_set((*fresh.tags, *self.chunk.tags))))
        else:
            self.updated += 1
            self._know(_updated(self.now[found], fields, self.chunk.tags))

    def _know(self, lead: Lead) -> None:
        old = self.now.get(lead.lead_id)
        if old is not None and old.number != lead.number:
            self.by_number[old.number].remove(lead.lead_id)
        self.now[lead.lead_id] = lead
        if lead.external_id is not None:
            self.by_id[lead.external_id] = lead.lead_id
        numbers = self.by_number.setdefault(lead.number, [])
        if lead.lead_id not in numbers:
            numbers.append(lead.lead_id)

    def _refuse(self, row: _Read, reason: str) -> None:
        error = Invalid(reason, field="phone")
        self.refused.append(refusals_of(error, row.cells, self.chunk.mapping, line=row.line))


def _updated(lead: Lead, said: LeadFields, tags: tuple[str, ...]) -> Lead:
    """Gives a lead with what a row says about it; what the row leaves empty stays as it is."""
    return replace(
        lead,
        name=said.name or lead.name,
        number=said.number,
        phone_given=lead.phone_given if said.number == lead.number else said.phone_given,
        email=said.email or lead.email,
        timezone=said.timezone or lead.timezone,
        tags=tag_set((*(said.tags or lead.tags), *tags)),
        variables={**lead.variables, **said.variables},
    )


def _write_down(tx: Tx, actor: Actor, client_id: str, report: ImportReport, *, now: datetime) -> None:
    why = f"{report.imported} imported, {report.updated} updated, {len(report.refused)} refused"
    transitions.add(
        tx, what="client", row_id=client_id, from_state=None, to_state="leads imported", now=now, by=actor.label, why=why
    )  # fmt: skip
