"""The same lists as a stream: CSV of exactly the filter in force, however long it is."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from callcenter.domain.hours import zone_info
from callcenter.domain.lead import Lead
from callcenter.domain.lead_columns import FIELDS
from callcenter.domain.lines import AuditLine, CallLine
from callcenter.domain.paging import Page
from callcenter.domain.search import CallFilter, LeadFilter
from callcenter.domain.table_text import BOM, csv_bytes
from callcenter.domain.user import Actor, Role, require
from callcenter.services.browsing.audit import audit_page
from callcenter.services.runtime import Runtime
from callcenter.store import call_pages, leads
from callcenter.store.database import Tx

_ROWS = 1_000

#: The columns of an export of calls, by name; `…Local` are texts in the reader's zone beside the ISO instants in UTC.
_COLUMNS: Mapping[str, Callable[[CallLine, ZoneInfo], object]] = {
    "id": lambda c, _z: c.call_id,
    "callId": lambda c, _z: c.provider_call_id,
    "client": lambda c, _z: c.client_name,
    "lead": lambda c, _z: c.lead_name,
    "number": lambda c, _z: c.number,
    "fromNumber": lambda c, _z: c.from_number,
    "agent": lambda c, _z: c.agent_name or c.agent_id,
    "batch": lambda c, _z: c.batch_name,
    "status": lambda c, _z: c.status,
    "outcome": lambda c, _z: c.outcome,
    "duration": lambda c, _z: c.duration_s,
    "cost": lambda c, _z: None if c.cost is None else f"{c.cost / 1_000_000:.6f}".rstrip("0").rstrip("."),
    "sentiment": lambda c, _z: c.sentiment,
    "intent": lambda c, _z: c.intent,
    "qualityScore": lambda c, _z: c.quality_score,
    "priority": lambda c, _z: c.priority,
    "attemptNumber": lambda c, _z: c.attempt_number,
    "maxAttempts": lambda c, _z: c.max_attempts,
    "endedBecause": lambda c, _z: c.ended_words,
    "disconnectionReason": lambda c, _z: c.disconnection_reason,
    "scheduledAt": lambda c, _z: _iso(c.scheduled_at),
    "dialledAt": lambda c, _z: _iso(c.dialled_at),
    "dialledAtLocal": lambda c, zone: _local(c.dialled_at, zone),
    "startedAt": lambda c, _z: _iso(c.started_at),
    "endedAt": lambda c, _z: _iso(c.ended_at),
    "endedAtLocal": lambda c, zone: _local(c.ended_at, zone),
    "createdAt": lambda c, _z: _iso(c.created_at),
    "tags": lambda c, _z: ";".join(c.tags),
    "summary": lambda c, _z: c.summary,
    "origin": lambda c, _z: c.origin,
}
COLUMNS = tuple(_COLUMNS)


def export_calls(
    rt: Runtime,
    actor: Actor,
    asked: CallFilter,
    *,
    columns: Sequence[str] = COLUMNS,
    tz: str = "UTC",
    with_transcripts: bool = False,
    with_recordings: bool = False,
) -> AsyncIterator[bytes]:
    """Gives the calls of a filter that this person may see as a stream of CSV, in the order of the list.

    Unknown column names are left out. Raises Forbidden, before anything is streamed, for recordings without the right.
    """
    if with_recordings:
        require(actor, Role.MANAGER, to="export recordings")
    chosen = [name for name in columns if name in _COLUMNS] or list(COLUMNS)
    more = (("transcript",) if with_transcripts else ()) + (("recordingUrl",) if with_recordings else ())
    zone = zone_info(tz) or ZoneInfo("UTC")

    def rows_of(tx: Tx, lines: Sequence[CallLine]) -> bytes:
        spoken = call_pages.spoken(tx, [line.call_id for line in lines]) if more else {}
        rows: list[list[object]] = []
        for line in lines:
            transcript, url = spoken.get(line.call_id, ("", ""))
            extra = [{"transcript": transcript, "recordingUrl": url}[name] for name in more]
            rows.append([*(_COLUMNS[name](line, zone) for name in chosen), *extra])
        return csv_bytes(rows)

    return _calls(rt, actor, asked, csv_bytes([[*chosen, *more]]), rows_of)


async def _calls(
    rt: Runtime, actor: Actor, asked: CallFilter, head: bytes, rows_of: Callable[[Tx, Sequence[CallLine]], bytes]
) -> AsyncIterator[bytes]:
    yield BOM + head
    cursor: str | None = None

    def work(tx: Tx) -> tuple[bytes, str | None]:
        page = call_pages.search(tx, asked, actor, limit=_ROWS, cursor=cursor)
        return rows_of(tx, page.items), page.older

    while True:
        block, cursor = await rt.database.read(work)
        if block:
            yield block
        if cursor is None:
            return


def export_leads(rt: Runtime, actor: Actor, asked: LeadFilter) -> AsyncIterator[bytes]:
    """Gives the leads of a filter as a stream of CSV that `importing` reads back into the same leads."""
    return _leads(rt, actor, replace(asked, sort="-created"))


async def _leads(rt: Runtime, actor: Actor, asked: LeadFilter) -> AsyncIterator[bytes]:
    variables = await _variable_names(rt, actor, asked)
    yield BOM + csv_bytes([[*FIELDS, *variables]])
    async for some in _leads_in_turn(rt, actor, asked):
        yield csv_bytes(_lead_row(lead, variables) for lead in some)


async def _variable_names(rt: Runtime, actor: Actor, asked: LeadFilter) -> list[str]:
    names: set[str] = set()
    async for some in _leads_in_turn(rt, actor, asked):
        names.update(name for lead in some for name in lead.variables)
    # a variable called like a field would come back as the field
    return sorted(name for name in names if name.lower() not in (*FIELDS, "externalid"))


async def _leads_in_turn(rt: Runtime, actor: Actor, asked: LeadFilter) -> AsyncIterator[list[Lead]]:
    last: tuple[bool, str] | None = None

    def work(tx: Tx) -> list[Lead]:
        return leads.after(tx, asked, actor, last=last, limit=_ROWS)

    while some := await rt.database.read(work):
        yield some
        last = (some[-1].external_id is not None, some[-1].lead_id)


def _lead_row(lead: Lead, variables: Sequence[str]) -> list[object]:
    return [
        lead.name, lead.number, lead.email, lead.timezone, ";".join(lead.tags), lead.external_id,
        *(lead.variables.get(name) for name in variables),
    ]  # fmt: skip


async def export_audit(rt: Runtime, actor: Actor, *, by: str = "", subject: str = "") -> AsyncIterator[bytes]:
    """Gives what people and scripts did as a stream of CSV, newest first. Raises as `audit_page` does, before it begins."""
    first = (await audit_page(rt, actor, by=by, subject=subject, limit=_ROWS)).page
    return _audit(rt, actor, first, by=by, subject=subject)


async def _audit(rt: Runtime, actor: Actor, page: Page[AuditLine], *, by: str, subject: str) -> AsyncIterator[bytes]:
    yield BOM + csv_bytes([["at", "who", "what", "id", "name", "from", "to", "why"]])
    while True:
        yield csv_bytes([_iso(e.at), e.by, e.what, e.row_id, e.name, e.from_state, e.to_state, e.why] for e in page.items)
        if page.older is None:
            return
        page = (await audit_page(rt, actor, by=by, subject=subject, limit=_ROWS, cursor=page.older)).page


def file_name(what: str, whose: str, on: date) -> str:
    """Gives a name for the download: calls-acme-dental-2026-11-22.csv."""
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in whose.lower())
    return "-".join(part for part in (what, *plain.split("-"), on.isoformat()) if part) + ".csv"


def _iso(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def _local(at: datetime | None, zone: ZoneInfo) -> str | None:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S %Z}" if at else None
