"""Follow-ups as rows: who, why, when for us and for them, and the groups they stand in."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from callcenter.domain.hours import zone_info
from callcenter.domain.lines import FollowUpLine
from callcenter.ui import words
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.pages.zones import zone_words

#: The hour a thing is moved to with "tomorrow morning", on the lead's own clock.
MORNING = time(9)
_MEETING = timedelta(minutes=30)


@dataclass(frozen=True)
class FollowUpRow:
    """One follow-up. `theirs` is the time on their clock ("" when it is ours too), `said` what was said where the time is
    unsure; `dial` the number to call; `calendar` a file with the appointment, as an address."""

    id: str
    who: str
    href: str
    number: str
    dial: str
    client: str
    why: str
    when: str
    theirs: str
    exact: str
    is_late: bool
    owner: str
    said: str
    calendar: str
    done: str


@dataclass(frozen=True)
class FollowUpGroup:
    """Rows under one heading."""

    title: str
    count: str
    is_late: bool = False
    rows: list[FollowUpRow] = field(default_factory=list)


def groups_of(lines: Iterable[FollowUpLine], viewer: Viewer, *, tab: str, now: datetime) -> list[FollowUpGroup]:
    """The lines in groups: by how pressing they are, appointments and done ones by day."""
    found: dict[str, list[FollowUpRow]] = {}
    for line in lines:
        row = row_of(line, viewer, tab=tab, now=now)
        found.setdefault(_group(line, viewer.zone, tab=tab, now=now), []).append(row)
    return [FollowUpGroup(title, str(len(rows)), title == "Overdue", rows) for title, rows in found.items()]


def _group(line: FollowUpLine, zone: str, *, tab: str, now: datetime) -> str:
    if tab == "done":
        return words.day(line.done_at or now, zone)
    if line.at is None:
        return "No time yet"
    today = now.astimezone(ZoneInfo(zone)).date()
    ahead = (line.at.astimezone(ZoneInfo(zone)).date() - today).days
    if tab == "todo":
        return "Overdue" if line.at <= now else "Today" if ahead == 0 else "Tomorrow" if ahead == 1 else "Later"
    name = {0: "Today, ", 1: "Tomorrow, ", -1: "Yesterday, "}.get(ahead, "")
    return name + words.day(line.at, zone)


def row_of(line: FollowUpLine, viewer: Viewer, *, tab: str, now: datetime) -> FollowUpRow:
    """One follow-up in words for this viewer."""
    number = viewer.number(line.number) if line.number else ""
    href = f"/calls/{line.call_id}" if line.call_id else f"/leads/{line.lead_id}" if line.lead_id else "/followups"
    return FollowUpRow(
        id=line.follow_up_id,
        who=line.who or number or "Unknown",
        href=href,
        number=number if line.who != line.number else "",
        dial=line.number,
        client=line.client_name,
        why=line.why or ("" if not line.is_sure else line.words),
        when=_when(line, viewer.zone, tab=tab, now=now),
        theirs=_theirs(line, viewer.zone),
        exact=words.exact(line.at, viewer.zone) if line.at else "",
        is_late=line.done_at is None and line.at is not None and line.at <= now,
        owner=line.owner or "",
        said=words.spoken(line.words, viewer.zone) if not line.is_sure and line.done_at is None else "",
        calendar=_calendar(line) if tab == "appointments" and line.at else "",
        done=words.ago(line.done_at, now=now, zone=viewer.zone) if line.done_at else "",
    )


def _when(line: FollowUpLine, zone: str, *, tab: str, now: datetime) -> str:
    if line.at is None:
        return "No time yet"
    if tab == "appointments":
        return words.clock_time(line.at, zone)
    return words.ahead(line.at, now=now, zone=zone) if line.at > now else words.ago(line.at, now=now, zone=zone)


def _theirs(line: FollowUpLine, zone: str) -> str:
    there = zone_info(line.zone)
    if line.at is None or there is None:
        return ""
    here = ZoneInfo(zone)
    local = line.at.astimezone(there)
    if local.utcoffset() == line.at.astimezone(here).utcoffset():
        return ""
    other_day = f"{local:%a} " if local.date() != line.at.astimezone(here).date() else ""
    return f"{other_day}{local:%H:%M} for them ({zone_words(line.zone)})"


def later_today(now: datetime) -> datetime:
    """Two hours from now, on a quarter of an hour."""
    at = now + timedelta(hours=2)
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)


def tomorrow_morning(now: datetime, zone: str) -> datetime:
    """The next morning on the clock of a zone."""
    local = now.astimezone(zone_info(zone) or UTC)
    return datetime.combine(local.date() + timedelta(days=1), MORNING, tzinfo=local.tzinfo).astimezone(UTC)


def _calendar(line: FollowUpLine) -> str:
    """An iCalendar file with one event, as an address that downloads."""
    assert line.at is not None
    start, end = (f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}" for at in (line.at, line.at + _MEETING))
    told = [("SUMMARY", f"{line.who} ({line.client_name})"), ("DESCRIPTION", line.why or line.words)]
    text = [f"{name}:{_escaped(value)}" for name, value in told if value]
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//callcenter//EN", "BEGIN:VEVENT", f"UID:{line.follow_up_id}@callcenter",
             f"DTSTAMP:{start}", f"DTSTART:{start}", f"DTEND:{end}", *text, "END:VEVENT", "END:VCALENDAR", ""]  # fmt: skip
    return "data:text/calendar;charset=utf-8," + quote("\r\n".join(lines))


def _escaped(text: str) -> str:
    for char in "\\;,":
        text = text.replace(char, f"\\{char}")
    return " ".join(text.split())
