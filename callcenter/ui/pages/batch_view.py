"""One batch put into words: its head, tiles, its hours, and what was done to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.batch import PAUSED_ITSELF
from callcenter.domain.lines import StepLine
from callcenter.services.batching import BatchView
from callcenter.services.browsing.pages import BatchPage
from callcenter.ui import theme, words
from callcenter.ui.components.progress import BarPart
from callcenter.ui.components.timeline import Step
from callcenter.ui.pages import batch_words
from callcenter.ui.pages.calls_viewer import Viewer


@dataclass(frozen=True)
class Slice:
    """A piece of a column: how high it is, in percent of the chart."""

    colour: str
    height: float


@dataclass(frozen=True)
class Hour:
    """A column of the chart: its hour, what it holds in words, its pieces from the bottom up, and its numbers for the table."""

    word: str
    label: str
    slices: list[Slice]
    numbers: list[str]


@dataclass(frozen=True)
class Shown:
    """Everything of the page but its calls. Tiles come as value and note."""

    name: str = ""
    client: str = ""
    client_id: str = ""
    status: str = ""
    state_note: str = ""
    stopped: str = ""
    facts: str = ""
    far: str = ""
    share: str = ""
    finish: str = ""
    pace: str = ""
    bar_words: str = ""
    dialled: str = ""
    dialled_note: str = ""
    answered: str = ""
    answered_note: str = ""
    success: str = ""
    success_note: str = ""
    cost: str = ""
    cost_note: str = ""
    talk: str = ""
    talk_note: str = ""
    ended_words: str = ""
    cancel_title: str = ""
    cancel_facts: str = ""
    live_words: str = ""
    live: int = 0
    no_answer: int = 0
    is_open: bool = False
    can_pause: bool = False
    can_resume: bool = False
    cap: str = ""
    client_cap: int = 1
    priority: str = "normal"
    top: str = ""
    middle: str = ""


def shown_of(page: BatchPage, view: BatchView, viewer: Viewer, *, now: datetime) -> Shown:
    """The batch for this viewer."""
    line, counts, zone = page.line, page.line.counts, viewer.zone
    eta = batch_words.finish(view.eta, now=now, zone=zone) if line.status in ("running", "waiting", "finishing") else ""
    top = _top(page)
    no_answer = page.newest_outcomes.get("no_answer", 0) + page.newest_outcomes.get("voicemail", 0)
    return Shown(
        name=line.name, client=line.client_name, client_id=line.client_id, status=line.status,
        state_note=batch_words.state_note(line, zone, now=now), facts=_facts(page, viewer, now=now),
        stopped=batch_words.stopped(line),
        far=batch_words.far(line), share=words.percent(line.done, line.total) if line.total else "",
        finish=eta, pace=batch_words.at_a_time(line),
        dialled=words.count(page.leads_dialled),
        dialled_note=f"of {words.counted(line.total, 'lead')}, {words.counted(page.dials, 'dial')}",
        answered=words.percent(page.reached, page.dialled), answered_note=_base(page.reached, page.dialled),
        success=words.percent(page.successful, page.reached), success_note=_base(page.successful, page.reached),
        cost=words.money(line.cost, viewer.currency), cost_note=_estimate(page, viewer),
        talk=_talk(page.average_talk_s), talk_note=f"median {_talk(page.median_talk_s)}" if page.median_talk_s else "",
        ended_words=_ended(page, viewer, now=now),
        cancel_title=f"Cancel {words.counted(counts.scheduled, 'call')} not yet dialled?",
        cancel_facts=_cancel_facts(page), live_words=_live_words(counts.active), live=counts.active, no_answer=no_answer,
        is_open=line.status in batch_words.OPEN,
        can_pause=viewer.may_manage and line.status in batch_words.GOING,
        can_resume=viewer.may_manage and line.status == "paused",
        cap=str(line.max_concurrent or ""), client_cap=line.client_cap, priority=line.priority,
        top=words.count(top), middle=words.count(top // 2),
    )  # fmt: skip


def bar(page: BatchPage) -> list[BarPart]:
    """The thick bar."""
    return batch_words.bar_of(page.newest_outcomes, page.line.counts)


def hours(page: BatchPage, viewer: Viewer) -> list[Hour]:
    """The newest twelve hours in which calls were dialled, with their days when there are several."""
    tops, shown = _top(page), page.per_hour[-12:]
    has_days = len({start.astimezone(ZoneInfo(viewer.zone)).date() for start, _ in shown}) > 1
    return [_hour(start, outcomes, viewer.zone, tops, has_days=has_days) for start, outcomes in shown]


def steps(page: BatchPage, viewer: Viewer) -> list[Step]:
    """What was done to the batch, oldest first."""
    return [_step(each, viewer) for each in page.timeline[-20:]]


def _facts(page: BatchPage, viewer: Viewer, *, now: datetime) -> str:
    line = page.line
    began = line.started_at or line.scheduled_at or line.created_at
    verb = "started" if line.started_at else "starts" if line.scheduled_at and line.scheduled_at > now else "made"
    when = words.ahead(began, now=now, zone=viewer.zone) if began > now else words.ago(began, now=now, zone=viewer.zone)
    by = page.timeline[0].by if page.timeline else ""
    return f"{line.client_name} · {verb} {words.inside(when)}" + (f" by {words.person(by)}" if by and by != "callcenter" else "")


def _base(part: int, whole: int) -> str:
    return words.base(part, whole) if whole else "nobody yet"


def _estimate(page: BatchPage, viewer: Viewer) -> str:
    line = page.line
    if not line.done or not line.cost or line.status not in batch_words.OPEN:
        return "arrives after each call" if not line.cost else ""
    return f"of {words.money(line.cost * line.total // line.done, viewer.currency)} estimated"


def _talk(seconds: float | None) -> str:
    return words.duration(None if seconds is None else timedelta(seconds=seconds))


def _cancel_facts(page: BatchPage) -> str:
    counts = page.line.counts
    goes = "goes on" if counts.active == 1 else "go on"
    live = f" {words.counted(counts.active, 'call')} in progress {goes}." if counts.active else ""
    return f"They are never dialled in this batch. It cannot be taken back.{live}"


def _live_words(active: int) -> str:
    return "Also end the call in progress now" if active == 1 else f"Also end the {active} calls in progress now"


def _ended(page: BatchPage, viewer: Viewer, *, now: datetime) -> str:
    line = page.line
    if line.status not in ("done", "cancelled"):
        return ""
    when = f" {words.ago(line.finished_at, now=now, zone=viewer.zone)}" if line.finished_at else ""
    verb = "Done" if line.status == "done" else "Cancelled"
    reached = words.counted(page.reached, "person", "people")
    good = f"{words.count(page.successful)} with success, for {words.money(line.cost, viewer.currency)}"
    return f"{verb}{when}. {words.counted(page.dialled, 'call')} dialled, {reached} reached, {good}."


def _groups(outcomes: Mapping[str, int]) -> list[int]:
    return [sum(outcomes.get(each, 0) for each in group.outcomes) for group in theme.CHART_GROUPS]


def _top(page: BatchPage) -> int:
    """The highest mark of the axis: a round even number over the highest column."""
    most = max((sum(_groups(outcomes)) for _, outcomes in page.per_hour[-12:]), default=0)
    step = 10 ** max(0, len(str(most)) - 2)
    return next(mark * step for mark in (2, 4, 6, 8, 10, 12, 16, 20, 30, 40, 60, 80, 100) if mark * step >= most)


def _hour(start: datetime, outcomes: Mapping[str, int], zone: str, top: int, *, has_days: bool) -> Hour:
    numbers = _groups(outcomes)
    word = start.astimezone(ZoneInfo(zone)).strftime("%a %H:%M" if has_days else "%H:%M")
    named = [f"{group.word} {number}" for group, number in zip(theme.CHART_GROUPS, numbers, strict=True) if number]
    slices = [
        Slice(group.colour, round(100 * number / top, 2))
        for group, number in zip(theme.CHART_GROUPS, numbers, strict=True)
        if number
    ]
    return Hour(word, f"{word}: {', '.join(named) or 'nothing yet'}", slices, [words.count(number) for number in numbers])


def _step(line: StepLine, viewer: Viewer) -> Step:
    kinds = {"paused": "checking", "cancelled": "cancelled", "done": "ended", "running": "dialled", "scheduled": "scheduled"}
    said = batch_words.did(line.from_state, line.to_state)
    by = f" by {words.person(line.by)}" if line.by and line.by != "callcenter" else ""
    if line.from_state == line.to_state and line.why:
        by += f": {line.why}"
    elif line.why.startswith(PAUSED_ITSELF):
        by = line.why.removeprefix("paused")
    local = line.at.astimezone(ZoneInfo(viewer.zone))
    return Step(
        kind=kinds.get(line.to_state, "person"),
        words=said + by,
        at=f"{local.day} {local:%b, %H:%M:%S} {local.tzname()}",
        instant=line.at.isoformat(timespec="seconds"),
    )


def call_count(total: int | None, *, is_capped: bool) -> str:
    """How many calls the batch has, for the head of its table."""
    return "" if total is None else f"{words.count(total)}{'+' if is_capped else ''}"
