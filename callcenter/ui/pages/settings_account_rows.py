"""A Retell account as its settings show it: flat words, and what a form of it changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from callcenter.domain.client import FromNumber
from callcenter.domain.errors import CallCenterError
from callcenter.domain.facts import UNREAD_LIMIT
from callcenter.services.limiting import AccountView
from callcenter.ui import words
from callcenter.ui.pages import form_errors
from callcenter.ui.pages.calls_viewer import Viewer

_MOST_NAMED = 5


@dataclass(frozen=True)
class LineRow:
    """A number; `field` is the name of its field in the form, which must differ from all others on the page."""

    number: str
    shown: str
    nickname: str
    state: str
    per_minute: str
    field: str


@dataclass(frozen=True)
class AccountRow:
    """An account; `key` is "" where the title says it.

    `at_once`, `per_second` and the lines' `per_minute` stand in fields, "" for no limit of ours.
    """

    id: str
    title: str
    is_simulated: bool
    key: str
    clients: str
    taken: str
    limit: str
    pace: str
    learned: str
    resting: str
    paused: str
    at_once: str
    per_second: str
    form_field: str
    at_once_field: str
    per_second_field: str
    lines: list[LineRow] = field(default_factory=list)


def row_of(view: AccountView, viewer: Viewer, *, now: datetime) -> AccountRow:
    """An account in words for this viewer."""
    account, key = view.account, f"•••• {view.last4}" if view.last4 else ""
    rests = account.breaker_until is not None and account.breaker_until > now
    return AccountRow(
        id=account.account_id,
        title="Default account" if account.is_default else f"Account {key or 'without a key'}",
        is_simulated=account.is_simulated,
        key=key or "none" if account.is_default else "",
        clients=_named(view.clients),
        taken=f"{words.count(view.used)} of {words.count(view.limit)} places",
        limit=_limit(view),
        pace="As fast as Retell takes them" if view.pace is None else f"{view.pace.words}, {_whose_pace(view)}",
        learned=_learned(view, now=now, zone=viewer.zone),
        resting="Retell is having trouble; we give it a moment" if rests else "",
        paused=_paused(view, now=now, zone=viewer.zone),
        at_once="" if account.own_limit is None else str(account.own_limit),
        per_second=_figure(account.pace_per_second),
        form_field=f"form-{account.account_id}",
        at_once_field=f"at_once-{account.account_id}",
        per_second_field=f"per_second-{account.account_id}",
        lines=[_line_of(each, viewer) for each in view.numbers],
    )


def refreshed(shown: Sequence[AccountRow], fresh: Sequence[AccountRow]) -> list[AccountRow]:
    """Fresh words beside the fields as they were read: a form counts as changed what differs from what its person saw."""
    seen = {row.id: row for row in shown}

    def one(row: AccountRow) -> AccountRow:
        was = seen.get(row.id, row)
        paces = {line.number: line.per_minute for line in was.lines}
        lines = [replace(line, per_minute=paces.get(line.number, line.per_minute)) for line in row.lines]
        return replace(row, at_once=was.at_once, per_second=was.per_second, lines=lines)

    return [one(row) for row in fresh]


def changes_of(row: AccountRow, form: Mapping[str, Any]) -> tuple[dict[str, float | None], dict[str, float | None]]:
    """What a filled form changes of a row: the limits of the account by their own names, and the pace of numbers."""

    def given(name: str) -> float | None:
        return _number(str(form.get(name, "")).strip())

    limits: dict[str, float | None] = {}
    if (at_once := given(row.at_once_field)) != _number(row.at_once):
        limits["own_limit"] = None if at_once is None else int(at_once) if at_once.is_integer() else 0
    if (per_second := given(row.per_second_field)) != _number(row.per_second):
        limits["pace_per_second"] = per_second
    lines = {line.number: given(line.field) for line in row.lines if given(line.field) != _number(line.per_minute)}
    return limits, lines


def errors_of(row: AccountRow, error: CallCenterError) -> dict[str, str]:
    """What was wrong, by the name of the field in the form of this row."""
    fields = {"maxConcurrent": row.at_once_field, "callsPerSecond": row.per_second_field}
    fields |= {f"callsPerMinute.{line.number}": line.field for line in row.lines}
    found = form_errors.by_field(error, fields)
    return {row.form_field if name == "form" else name: said for name, said in found.items()}


def _line_of(number: FromNumber, viewer: Viewer) -> LineRow:
    pace = number.pace_per_second
    return LineRow(
        number=number.number, shown=viewer.number(number.number), nickname=number.nickname, state=number.state,
        per_minute=_figure(None if pace is None else round(pace * 60, 6)),
        field=f"per_minute-{number.number_id}",
    )  # fmt: skip


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _number(text: str) -> float | None:
    """What stands in a field: None when it is empty, and 0, which no limit may be, when it is no number."""
    try:
        return float(text) if text else None
    except ValueError:
        return 0.0


def _named(names: tuple[str, ...]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _limit(view: AccountView) -> str:
    """How many calls at a time, and who says so."""
    account = view.account
    is_read = account.provider_limit is not None
    theirs = words.count(account.provider_limit if account.provider_limit is not None else UNREAD_LIMIT)
    source = "at Retell" if is_read else "assumed until Retell is asked"
    taken = ((account.reserved_inbound, "kept for calls coming in"), (view.foreign, "made outside this app"))
    less = " and ".join(f"{words.count(number)} {what}" for number, what in taken if number)
    if account.own_limit is not None and view.limit == account.own_limit:
        why = f"our own limit ({theirs} {source})"
    elif less:
        why = f"{theirs} {source} less {less}"
    else:
        why = "Retell’s own limit" if is_read else source
    return f"{words.count(view.limit)} at a time, {why}"


def _whose_pace(view: AccountView) -> str:
    return "learned from Retell" if view.pace is not None and view.pace.is_learned else "our own limit"


def _learned(view: AccountView, *, now: datetime, zone: str) -> str:
    if view.pace is None or not view.pace.is_learned:
        return ""
    when = words.ago(view.account.paced_at, now=now, zone=zone)
    return f"Retell refused calls as too many {when}. The pace grows by a tenth with each minute."


def _paused(view: AccountView, *, now: datetime, zone: str) -> str:
    account = view.account
    if account.paused_at is None:
        return ""
    since = words.ago(account.paused_at, now=now, zone=zone)
    why = (account.paused_why or "").strip().rstrip(".")
    return f"Paused {since}{f': {why}' if why else ''}."
