"""Batches in words: how far one is, what its bar is made of, and when it will be done."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from callcenter.domain.batch import PAUSED_ITSELF, Counts
from callcenter.domain.lines import BatchLine
from callcenter.ui import theme, words
from callcenter.ui.components.progress import BarPart

#: States in which something is still to come.
OPEN = frozenset({"draft", "scheduled", "running", "waiting", "finishing", "paused"})
#: States that may be paused.
GOING = frozenset({"scheduled", "running", "waiting", "finishing"})


def far(line: BatchLine) -> str:
    """ "512 of 1,240"."""
    return words.base(line.done, line.total)


def percent(line: BatchLine) -> float:
    """How far it is, 0–100, for a bar."""
    return round(100 * line.done / line.total, 1) if line.total else 0.0


def at_a_time(line: BatchLine) -> str:
    """ "5 at a time"."""
    return f"{line.max_concurrent or line.client_cap} at a time"


def state_note(line: BatchLine, zone: str, *, now: datetime) -> str:
    """What stands beside the state: why it is paused, when it starts, what it waits for."""
    if line.status == "scheduled" and line.scheduled_at:
        return f"starts {_soon(line.scheduled_at, zone, now=now)}"
    if line.status == "waiting" and line.waits_until and line.waits_until > now + timedelta(minutes=1):
        return f"until {_soon(line.waits_until, zone, now=now)}"
    if line.status == "finishing":
        return f"{words.counted(line.counts.active, 'call')} still talking"
    why = words.person(line.state_why or "") if line.state in ("paused", "draft") else ""
    return why.removeprefix("paused ")


def stopped(line: BatchLine) -> str:
    """Why a batch paused itself, "" when it did not: "50 % errors in the last 20 calls"."""
    why = line.state_why or ""
    return why.removeprefix(f"{PAUSED_ITSELF}: ") if line.state == "paused" and why.startswith(PAUSED_ITSELF) else ""


def finish(eta: datetime | None, *, now: datetime, zone: str) -> str:
    """When it will be done: "about 35 min left", "Done today 18:10", "" when nobody can say."""
    if eta is None:
        return ""
    left = words.time_left(eta - now, now=now, zone=zone)
    return left[0].upper() + left[1:]


def bar_of(outcomes: Mapping[str, int], counts: Counts) -> list[BarPart]:
    """The parts of the thick bar and its legend, in stacking order: outcomes by lead, then what is left to dial."""
    total, done = counts.leads, sum(outcomes.values())
    parts = [
        _part(group.word, sum(outcomes.get(each, 0) for each in group.outcomes), group.colour, done, total)
        for group in theme.CHART_GROUPS
    ]
    if outcomes.get("unknown"):
        parts.append(_part("No outcome", outcomes["unknown"], "var(--gray-8)", done, total))
    if outcomes.get("cancelled"):
        parts.append(_part("Cancelled", outcomes["cancelled"], "var(--gray-6)", done, total))
    now = f"{counts.active} now" if counts.active else ""
    parts.append(BarPart("Left to dial", words.count(counts.scheduled), now, theme.LEFT_TO_DIAL, 0))
    return parts


def bar_words(parts: list[BarPart]) -> str:
    """The bar for those who hear it."""
    return ", ".join(f"{part.word} {part.number}" for part in parts)


def did(before: str | None, after: str) -> str:
    """What was done to a batch when it went from one state to another; the same state means that its rules were changed."""
    if before == after:
        return "Changed"
    if before == "paused" and after in ("running", "scheduled"):
        return "Resumed"
    return {"draft": "Made", "running": "Started"}.get(after, after.capitalize())


def _part(word: str, number: int, colour: str, done: int, total: int) -> BarPart:
    width = round(100 * number / total, 2) if total else 0.0
    return BarPart(word.replace("Sale or successful", "Successful"), words.count(number), _share(number, done), colour, width)


def _share(number: int, done: int) -> str:
    return words.percent(number, done) if done >= 20 else ""


def _soon(at: datetime, zone: str, *, now: datetime) -> str:
    if at <= now + timedelta(minutes=1):
        return "now"
    return words.ahead(at, now=now, zone=zone).split(" (")[0].replace("Today ", "").replace("Tomorrow", "tomorrow")
