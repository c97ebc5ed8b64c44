"""The head of a call in words: who, when, what came of it, and what its page can do."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from callcenter.domain.call import Call
from callcenter.domain.phone import city
from callcenter.services.browsing.pages import CallPage
from callcenter.ui import words
from callcenter.ui.pages import calls_rows as rows
from callcenter.ui.pages.call_turns import talk_shares, turns_of
from callcenter.ui.pages.calls_viewer import Viewer

_OUTCOME_SOURCES = {"person": "set by hand", "retell": "from Retell’s analysis", "us": "from how the call ended"}


@dataclass(frozen=True)
class CallHead:
    """What stands at the top of a call, and what its page can do. `running` as in CallRow."""

    id: str = ""
    who: str = ""
    number: str = ""
    plain_number: str = ""
    lead_id: str = ""
    lead_href: str = ""
    client: str = ""
    client_id: str = ""
    agent: str = ""
    from_number: str = ""
    place: str = ""
    status: str = ""
    outcome: str = ""
    outcome_source: str = ""
    follow_up: str = ""
    sentiment: str = ""
    sentiment_number: str = ""
    started: str = ""
    started_at: str = ""
    started_exact: str = ""
    duration: str = ""
    running: str = ""
    cost: str = ""
    summary: str = ""
    no_summary: str = ""
    ended: str = ""
    reason_is_new: bool = False
    what_next: str = ""
    attempts: str = ""
    seconds: float = 0
    recording: str = ""
    no_recording: str = ""
    quality: str = ""
    quality_why: str = ""
    notes: str = ""
    rev: int = 0
    tags: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    talk_agent: str = ""
    talk_lead: str = ""
    turns: str = ""
    is_live: bool = False
    is_waiting: bool = False
    is_paused: bool = False
    is_over: bool = False
    is_ending: bool = False
    is_stopped_for_good: bool = False
    is_erased: bool = False


def head_of(page: CallPage, viewer: Viewer, *, now: datetime) -> CallHead:
    """The head of a call for this viewer."""
    line, call = page.line, page.call
    number = viewer.number(line.number)
    seconds = 0 if line.duration_s is None else line.duration_s
    occurred = line.dialled_at or (line.held_until if line.status == "scheduled" else None) or line.occurred_at
    agent, lead = talk_shares(call)
    return CallHead(
        id=line.call_id,
        who=line.lead_name or number,
        number=number,
        plain_number=line.number,
        lead_id=line.lead_id or "" if page.lead else "",
        lead_href=f"/leads/{line.lead_id}" if page.lead else "",
        client=line.client_name or "No client",
        client_id=line.client_id or "",
        agent=line.agent_name,
        from_number=viewer.number(line.from_number) if line.from_number else "",
        place=place_words(page, now=now),
        status=rows.status_of(line, now=now),
        outcome=line.outcome or "",
        outcome_source=_OUTCOME_SOURCES.get(page.outcome_source, "") if page.outcome_source != "person" else _by_hand(call),
        follow_up=rows.follow_up_words(line, viewer.zone, now=now),
        sentiment=words.sentiment(line.sentiment),
        sentiment_number="" if line.sentiment is None else f"{line.sentiment:+.1f}",
        started=_when(occurred, viewer.zone, now=now),
        started_at="" if occurred > now else rows.iso(occurred),
        started_exact=words.exact(occurred, viewer.zone),
        duration="" if line.duration_s is None else words.duration(timedelta(seconds=line.duration_s)),
        running=rows.running_from(line),
        cost="" if line.cost is None else words.money(line.cost, viewer.currency),
        summary=line.summary,
        no_summary=_no_summary(page, now=now),
        ended=page.ended_words or (line.closed_why or "" if line.status in rows.OVER else ""),
        reason_is_new=page.reason_is_new,
        what_next=what_next(page, viewer, now=now),
        attempts=f"{line.attempt_number} of {line.max_attempts}" if line.max_attempts > 1 else "",
        seconds=seconds,
        recording=f"/api/calls/calls/{line.call_id}/recording" if page.has_recording and page.may_listen else "",
        no_recording=_no_recording(page),
        quality="" if line.quality_score is None else f"{line.quality_score} of 100",
        quality_why=call.derived.quality_reason or "",
        notes=call.notes,
        rev=call.rev,
        tags=list(line.tags),
        keywords=list(call.derived.keywords)[:10],
        talk_agent=agent,
        talk_lead=lead,
        turns=str(len(turns_of(page)) or ""),
        is_live=line.status in rows.GOING_ON,
        is_waiting=line.status == "scheduled",
        is_paused=line.status == "scheduled" and line.paused_at is not None,
        is_over=line.status in rows.OVER,
        is_ending=line.cancel_requested_at is not None and line.status in rows.GOING_ON,
        is_stopped_for_good=page.on_do_not_call,
        is_erased=call.told.phase.name == "ERASED",
    )


def _when(at: datetime, zone: str, *, now: datetime) -> str:
    return rows.short_when(at, zone, now=now) if at > now else words.ago(at, now=now, zone=zone)


def _by_hand(call: Call) -> str:
    return f"set by {words.person(call.outcome_by)}" if call.outcome_by else "set by hand"


def place_words(page: CallPage, *, now: datetime) -> str:
    """What time it is for the lead: "10:12 for them (Berlin)"; without the place when it is only likely; "" when unknown."""
    if not page.zone:
        return ""
    place = f"({city(page.zone)})" if page.zone_is_sure else "(likely)"
    return f"{words.clock_time(now, page.zone)} for them {place}"


def _no_summary(page: CallPage, *, now: datetime) -> str:
    line = page.line
    if line.status not in rows.OVER:
        return "The summary comes after the call."
    if not line.is_reached and line.ended_class != "machine":
        return ""
    is_fresh = line.ended_at is not None and now - line.ended_at < timedelta(minutes=5)
    return "The analysis is not here yet, usually within a minute." if is_fresh else "There is no summary of this call."


def _no_recording(page: CallPage) -> str:
    line = page.line
    if page.has_recording:
        return "" if page.may_listen else "Admins and managers may listen."
    if line.status not in rows.OVER:
        return "The recording comes after the call." if line.status in rows.GOING_ON else ""
    return "There is no recording of this call." if line.duration_s else ""


def what_next(page: CallPage, viewer: Viewer, *, now: datetime) -> str:
    """When the next try is, "" when there is none."""
    if page.next_call_at is None:
        return ""
    if page.next_call_at <= now:
        return "Will try again as soon as the rules allow"
    return f"Will try again {rows.short_when(page.next_call_at, viewer.zone, now=now)}"
