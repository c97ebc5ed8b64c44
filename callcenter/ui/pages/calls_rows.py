"""Calls as rows: what a list shows of each, in words, and which cells changed since it was last sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from callcenter.domain.lines import CallLine
from callcenter.ui import words
from callcenter.ui.pages.calls_viewer import Viewer

GOING_ON = frozenset({"initiated", "ringing", "connected", "in_progress"})
OVER = frozenset({"completed", "failed", "cancelled"})

#: Columns a person may add, with their titles.
OPTIONAL = {
    "batch": "Batch",
    "attempt": "Attempt",
    "from": "From-number",
    "sentiment": "Sentiment",
    "ended": "Ended because",
    "summary": "Summary",
    "tags": "Tags",
    "latency": "Latency",
}


@dataclass(frozen=True)
class CallRow:
    """One call of a list. `running` is the ISO instant its clock runs from while it goes on, `started_at` that of `started`
    ("" while it waits); `flash` names the cells that just changed. `more` holds the optional columns that are shown."""

    id: str
    name: str
    number: str
    client: str
    agent: str
    status: str
    note: str
    outcome: str
    follow_up: str
    duration: str
    running: str
    cost: str
    started: str
    started_at: str
    started_exact: str
    is_outside: bool = False
    flash: str = ""
    more: dict[str, str] = field(default_factory=dict)


def row_of(line: CallLine, viewer: Viewer, *, now: datetime, optional: Collection[str] = ()) -> CallRow:
    """The row of one call for this viewer; `optional` are the keys of OPTIONAL that are shown."""
    number = viewer.number(line.number)
    is_waiting, key = line.status == "scheduled", status_of(line, now=now)
    waits_until = line.held_until if is_waiting and line.held_until and line.held_until > now else None
    shown_at = waits_until or line.occurred_at
    return CallRow(
        id=line.call_id,
        name=line.lead_name or number,
        number=number if line.lead_name else words.NONE,
        client=line.client_name or words.NONE,
        agent=line.agent_name or words.NONE,
        status=key,
        note=_paused_note(line),
        outcome=line.outcome or "",
        follow_up=follow_up_words(line, viewer.zone, now=now),
        duration=words.duration(None if line.duration_s is None else timedelta(seconds=line.duration_s)),
        running=running_from(line),
        cost=words.money(line.cost, viewer.currency),
        started=when(shown_at, viewer.zone, now=now),
        started_at="" if shown_at > now else iso(shown_at),
        started_exact=words.exact(shown_at, viewer.zone),
        is_outside=line.origin == "outside",
        more={name: _optional(name, line, viewer) for name in optional if name in OPTIONAL},
    )


def status_of(line: CallLine, *, now: datetime) -> str:
    """The key of `theme.STATUS` that a call is shown with."""
    is_due = line.status == "scheduled" and (line.held_until is None or line.held_until <= now)
    return words.shown_status(line.status, outcome=line.outcome, is_due=is_due, is_checking=line.checking)


def running_from(line: CallLine) -> str:
    """The ISO instant from which a call that goes on is timed: since someone picked up, else since it was dialled."""
    if line.status not in GOING_ON:
        return ""
    since = line.started_at or line.dialled_at
    return iso(since) if since else ""


def when(at: datetime, zone: str, *, now: datetime) -> str:
    """A time in a list: "4 min ago", or "Tomorrow 09:00" for what is still ahead."""
    return words.ahead(at, now=now, zone=zone).split(" (")[0] if at > now else words.ago(at, now=now, zone=zone)


def iso(at: datetime) -> str:
    """An instant for a `<time>`."""
    return at.isoformat(timespec="seconds")


def follow_up_words(line: CallLine, zone: str, *, now: datetime) -> str:
    """What stands on the follow-up badge: "Tue 10:00", "to plan" without a time, "" for none.

    An appointment is no follow-up: it stands as the outcome, with its time among the facts.
    """
    if line.follow_up_kind != "follow_up":
        return ""
    return short_when(line.follow_up_at, zone, now=now) if line.follow_up_at else "to plan"


def short_when(at: datetime, zone: str, *, now: datetime) -> str:
    """A day and time without a distance: "today 14:00", "Tue 10:00", "3 Dec 09:00"."""
    if at > now:
        return when(at, zone, now=now).replace("Today", "today").replace("Tomorrow", "tomorrow")
    return f"overdue {words.ago(at, now=now, zone=zone)}"


def merged(shown: Sequence[CallRow], fresh: Sequence[CallRow]) -> list[CallRow]:
    """The rows shown, each with its fresh values and the cells that changed marked; none moves, leaves or comes."""
    news = {row.id: row for row in fresh}
    return [_flashed(row, news.get(row.id, row)) for row in shown]


def flashed(shown: Sequence[CallRow], fresh: Sequence[CallRow]) -> list[CallRow]:
    """The fresh rows in their own order, with the changes against those shown marked."""
    before = {row.id: row for row in shown}
    return [_flashed(before.get(row.id, row), row) for row in fresh]


def _flashed(before: CallRow, after: CallRow) -> CallRow:
    if (before.status, before.outcome) == (after.status, after.outcome):
        # a mark stays until the next change: taking it off costs a push, and leaving it costs nothing
        return after if after.flash == before.flash else replace(after, flash=before.flash)
    names = [name for name in ("status", "outcome") if getattr(before, name) != getattr(after, name)]
    return replace(after, flash=" ".join(names))


def _paused_note(line: CallLine) -> str:
    if line.status == "scheduled" and line.paused_at is not None:
        return "paused"
    return "ending" if line.status in GOING_ON and line.cancel_requested_at else ""


def _optional(name: str, line: CallLine, viewer: Viewer) -> str:
    latency = words.NONE if line.latency_p50_ms is None else f"{line.latency_p50_ms / 1000:.1f} s"
    return {
        "batch": line.batch_name,
        "attempt": f"{line.attempt_number} of {line.max_attempts}" if line.max_attempts > 1 else "",
        "from": viewer.number(line.from_number) if line.from_number else "",
        "sentiment": words.sentiment(line.sentiment),
        "ended": line.ended_words,
        "summary": line.summary[:160],
        "tags": ", ".join(line.tags),
        "latency": latency,
    }[name] or words.NONE
