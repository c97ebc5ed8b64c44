"""One call in words: its head, facts, turns, timeline, attempts and cost, as its page and its peek show them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from callcenter.domain.call import Call
from callcenter.domain.call import Turn as Said
from callcenter.domain.eligibility import Judgement, label
from callcenter.domain.phone import city
from callcenter.services.browsing.pages import CallPage
from callcenter.ui import theme, words
from callcenter.ui.components.player import Spoken
from callcenter.ui.components.progress import BarPart
from callcenter.ui.components.timeline import Step
from callcenter.ui.components.transcript import Turn
from callcenter.ui.components.why_not_yet import RuleLine
from callcenter.ui.pages import calls_rows as rows
from callcenter.ui.pages.calls_viewer import Viewer

#: Turns shown at first; a longer transcript is folded.
FOLDED_AFTER = 200

_COST_COLOURS = ("var(--indigo-9)", "var(--purple-9)", "var(--gray-9)", "var(--cyan-9)", "var(--amber-9)")
_COST_WORDS = {"tts": "Voice", "voice": "Voice", "elevenlabs": "Voice", "gpt": "Language model", "llm": "Language model",
               "claude": "Language model", "gemini": "Language model", "twilio": "Phone line", "telnyx": "Phone line",
               "telephony": "Phone line", "phone": "Phone line", "knowledge": "Knowledge base", "asr": "Listening"}  # fmt: skip
_OUTCOME_SOURCES = {"person": "set by hand", "retell": "from Retell’s analysis", "us": "from how the call ended"}


@dataclass(frozen=True)
class Fact:
    """A name and its value; `href` makes the value a link."""

    name: str
    value: str
    href: str = ""


@dataclass(frozen=True)
class AttemptRow:
    """One try to reach the lead. `what` is its time and length, or that it is not needed."""

    nth: str
    what: str
    status: str
    outcome: str
    href: str
    is_this: bool


@dataclass(frozen=True)
class NewsRow:
    """One event of the provider about this call."""

    id: str
    kind: str
    at: str
    result: str
    took: str
    href: str


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
        place=_place(page, now=now),
        status=rows.status_of(line, now=now),
        outcome=line.outcome or "",
        outcome_source=_OUTCOME_SOURCES.get(page.outcome_source, "") if page.outcome_source != "person" else _by_hand(call),
        follow_up=rows.follow_up_words(line, viewer.zone, now=now),
        sentiment=words.sentiment(line.sentiment),
        sentiment_number="" if line.sentiment is None else f"{line.sentiment:+.1f}",
        started=rows.when(occurred, viewer.zone, now=now),
        started_at="" if occurred > now else rows.iso(occurred),
        started_exact=words.exact(occurred, viewer.zone),
        duration="" if line.duration_s is None else words.duration(timedelta(seconds=line.duration_s)),
        running=rows.running_from(line),
        cost="" if line.cost is None else words.money(line.cost, viewer.currency),
        summary=line.summary,
        no_summary=_no_summary(page, now=now),
        ended=page.ended_words or (line.closed_why or "" if line.status in rows.OVER else ""),
        reason_is_new=page.reason_is_new,
        what_next=_what_next(page, viewer, now=now),
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
        turns=str(sum(1 for turn in call.told.turns if turn.role != "other")) if call.told.turns else "",
        is_live=line.status in rows.GOING_ON,
        is_waiting=line.status == "scheduled",
        is_over=line.status in rows.OVER,
        is_ending=line.cancel_requested_at is not None and line.status in rows.GOING_ON,
        is_stopped_for_good=page.on_do_not_call,
        is_erased=call.told.phase.name == "ERASED",
    )


def _by_hand(call: Call) -> str:
    return f"set by {call.outcome_by}" if call.outcome_by else "set by hand"


def _place(page: CallPage, *, now: datetime) -> str:
    """What time it is for the lead: "10:12 for them (Berlin)"; "" when nobody can tell."""
    if not page.zone:
        return ""
    sure = "" if page.zone_is_sure else ", likely"
    return f"{words.clock_time(now, page.zone)} for them ({city(page.zone)}{sure})"


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


def _what_next(page: CallPage, viewer: Viewer, *, now: datetime) -> str:
    if page.next_call_at is None:
        return ""
    return f"Will try again {rows.short_when(page.next_call_at, viewer.zone, now=now)}" if page.next_call_at > now else (
        "Will try again as soon as the rules allow"
    )  # fmt: skip


# -- what was said -------------------------------------------------------------------------------------------------


def turns_of(page: CallPage) -> list[Turn]:
    """The transcript, turn by turn; tool calls with what they sent and received."""
    agent, lead = page.line.agent_name or "Agent", _first_name(page.line.lead_name) or "They"
    made: list[Turn] = []
    for turn in _spoken(page.call):
        if turn.role == "other" or (turn.role != "tool" and not turn.text.strip()):
            continue
        second = turn.start_s or 0.0
        at = words.duration(timedelta(seconds=second)) if turn.start_s is not None else ""
        if turn.role == "tool":
            made.append(_tool(turn, at, second))
        else:
            who = "agent" if turn.role == "agent" else "lead"
            name = agent if turn.role == "agent" else lead if turn.role == "user" else "Transferred to"
            made.append(Turn(who=who, name=name, at=at, second=second, text=turn.text))
    return made


def _tool(turn: Said, at: str, second: float) -> Turn:
    name = turn.tool.replace("_", " ").strip().capitalize() or "Used a tool"
    detail = turn.text if len(turn.text) <= 60 and "{" not in turn.text else ""
    return Turn(who="tool", name=name, at=at, second=second, text=name, detail=detail, body=_pretty(turn.text))


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _spoken(call: Call) -> Sequence[Said]:
    if call.told.turns or not call.told.transcript:
        return call.told.turns
    found: list[Said] = []
    for line in call.told.transcript.splitlines():
        role, colon, text = line.partition(":")
        known = {"agent": "agent", "user": "user"}.get(role.strip().lower())
        if known and colon:
            found.append(Said(role=known, text=text.strip()))
        elif found:
            found[-1] = Said(role=found[-1].role, text=f"{found[-1].text} {line.strip()}")
    return found


def _first_name(name: str) -> str:
    return name.split()[0] if name.split() else ""


def strip_of(call: Call, seconds: float) -> list[Spoken]:
    """Who spoke when, in percent of the recording; empty when the turns have no times."""
    if seconds <= 0:
        return []
    strip: list[Spoken] = []
    for turn in call.told.turns:
        if turn.role not in ("agent", "user") or turn.start_s is None or turn.end_s is None:
            continue
        left = min(100.0, 100 * turn.start_s / seconds)
        width = max(0.6, min(100.0 - left, 100 * (turn.end_s - turn.start_s) / seconds))
        strip.append(Spoken("agent" if turn.role == "agent" else "lead", round(left, 2), round(width, 2)))
    return strip


def talk_shares(call: Call) -> tuple[str, str]:
    """How much of the talk each side had, "58 %" and "42 %"; empty when nobody can tell."""
    spoken = {"agent": 0.0, "user": 0.0}
    for turn in call.told.turns:
        if turn.role in spoken and turn.start_s is not None and turn.end_s is not None:
            spoken[turn.role] += turn.end_s - turn.start_s
    total = sum(spoken.values())
    return (words.percent(spoken["agent"], total), words.percent(spoken["user"], total)) if total > 0 else ("", "")


# -- beside it -----------------------------------------------------------------------------------------------------


def steps_of(page: CallPage, viewer: Viewer) -> list[Step]:
    """The timeline with exact times in the viewer's zone."""
    return [
        Step(
            kind=_kind(step.key, page.line.status),
            words=_step_words(step.words, step.key, step.detail, step.by),
            at=words.clock_time(step.at, viewer.zone, seconds=True),
            instant=rows.iso(step.at),
            took=_took(step.key, step.detail, step.took_s),
        )
        for step in page.timeline
    ]


def _kind(key: str, status: str) -> str:
    if key == "ended":
        return {"failed": "failed", "cancelled": "cancelled"}.get(status, "ended")
    return key


#: Steps whose detail is for people; of the others it is our own bookkeeping.
_SAY_DETAIL = frozenset({"scheduled", "cancelled", "person", "transferred", "event"})


def _step_words(said: str, key: str, detail: str, by: str) -> str:
    more = detail if detail and key in _SAY_DETAIL else ""
    person = f" by {by}" if by and key in ("person", "cancelled") and by not in said and by not in more else ""
    return f"{said}{person}{f', {more}' if more else ''}"


def _took(key: str, detail: str, took_s: float | None) -> str:
    if key == "ended" and detail:
        return detail
    if not took_s:
        return ""
    length = f"{took_s:.1f} s" if took_s < 10 else words.rough(timedelta(seconds=took_s))
    return f"took {length}" if key == "dialled" else length


def timeline_side(page: CallPage, viewer: Viewer) -> str:
    """The day and zone that the timeline's times are in: "19 Nov 2026, PST"."""
    at = page.line.dialled_at or page.line.occurred_at
    date, _comma, rest = words.exact(at, viewer.zone).partition(",")
    return f"{date}, {rest.split()[-1]}"


def facts_of(page: CallPage, viewer: Viewer, *, now: datetime) -> list[Fact]:
    """The facts that are known, in a fixed order; what is unknown is left out."""
    line, call = page.line, page.call
    appointment = next((each for each in page.follow_ups if each.kind == "appointment" and each.at), None)
    booked = words.appointment(appointment.at, appointment.zone) if appointment else ""
    delay = _delay(call.told.latency_p50_ms, call.told.latency_p90_ms)
    ended = (page.ended_words or "") + (" · new" if page.reason_is_new else "")
    found = [
        Fact("Appointment", booked + ("" if not appointment or appointment.is_sure else " · check the time")),
        Fact("Ended because", ended),
        Fact("Not dialled because", line.closed_why or "" if line.status in rows.OVER and not line.dialled_at else ""),
        Fact("What next", _what_next(page, viewer, now=now)),
        Fact("Lead", line.lead_name if page.lead else "", f"/leads/{line.lead_id}" if page.lead else ""),
        Fact("Batch", line.batch_name, f"/batches/{line.batch_id}" if line.batch_id else ""),
        Fact("Attempt", f"{line.attempt_number} of {line.max_attempts}" if line.max_attempts > 1 else ""),
        Fact("Local time", _place(page, now=now)),
        Fact("Intent", _sentence(line.intent or "")),
        Fact("Quality", "" if line.quality_score is None else f"{line.quality_score} of 100"),
        Fact("Response delay", delay),
        Fact("From-number", viewer.number(line.from_number) if line.from_number else ""),
        Fact("Priority", theme.PRIORITY[line.priority].word if line.priority != "normal" else ""),
        Fact("Language", call.told.language or ""),
        Fact("Transferred to", call.told.transfer_destination or ""),
        Fact("Placed by", "something outside this app" if line.origin == "outside" else ""),
        Fact("Do not call", "This number is on the do-not-call list" if page.on_do_not_call else ""),
    ]
    return [fact for fact in found if fact.value]


def peek_facts_of(page: CallPage, viewer: Viewer, *, now: datetime) -> list[Fact]:
    """The few facts of the peek."""
    line = page.line
    wanted = (
        "Appointment",
        "Ended because",
        "Not dialled because",
        "What next",
        "Batch",
        "Attempt",
        "From-number",
        "Do not call",
    )
    known = {fact.name: fact for fact in facts_of(page, viewer, now=now)}
    at = line.dialled_at
    known["Started"] = Fact("Started", words.exact(at, viewer.zone)) if at else Fact("", "")
    known["Cost"] = Fact("Cost", words.money(line.cost, viewer.currency) if line.cost is not None else "")
    order = [wanted[0], "Started", *wanted[1:], "Cost"]
    return [known[name] for name in order if name in known and known[name].value]


def _delay(p50: int | None, p90: int | None) -> str:
    parts = [f"{ms / 1000:.1f} s {word}" for ms, word in ((p50, "typical"), (p90, "slow")) if ms is not None]
    return ", ".join(parts)


def _sentence(text: str) -> str:
    plain = text.replace("_", " ").strip()
    return plain[:1].upper() + plain[1:]


def attempts_of(page: CallPage, viewer: Viewer, *, now: datetime) -> list[AttemptRow]:
    """Every try to reach the lead, newest first; tries that were not needed stand on top without a link."""
    made = [
        AttemptRow(
            nth=str(each.attempt_number),
            what=_attempt_words(each.occurred_at, each.duration_s, each.status, viewer, now=now),
            status=words.shown_status(each.status, outcome=each.outcome),
            outcome=each.outcome or "",
            href=f"/calls/{each.call_id}",
            is_this=each.is_this,
        )
        for each in page.attempts
    ]
    highest = max((each.attempt_number for each in page.attempts), default=1)
    is_done = page.line.status in rows.OVER and page.next_call_id is None
    unneeded = range(page.line.max_attempts, highest, -1) if is_done else ()
    return [AttemptRow(str(nth), "Not needed", "", "", "", False) for nth in unneeded] + made


def _attempt_words(at: datetime, duration_s: int | None, status: str, viewer: Viewer, *, now: datetime) -> str:
    length = "" if duration_s is None or status == "scheduled" else f" · {words.duration(timedelta(seconds=duration_s))}"
    return f"{_day_and_time(at, viewer.zone, now=now)}{length}"


def _day_and_time(at: datetime, zone: str, *, now: datetime) -> str:
    """ "Today 13:52", "Yesterday 16:20", "Tue 14:03", "18 Nov 14:03"."""
    if at > now:
        return rows.when(at, zone, now=now)
    said = words.ago(at, now=now, zone=zone)
    if "ago" in said or said == "just now":
        return f"Today {words.clock_time(at, zone)}"
    return said[:1].upper() + said[1:]


def cost_of(call: Call, viewer: Viewer) -> list[BarPart]:
    """The parts of the cost with their share; parts of one kind are added up."""
    sums: dict[str, int] = {}
    for name, micros in call.told.cost_lines:
        word = _cost_word(name)
        sums[word] = sums.get(word, 0) + micros
    total = sum(sums.values())
    ordered = sorted(sums.items(), key=lambda pair: -pair[1])
    return [
        BarPart(word, words.money(micros, viewer.currency), words.percent(micros, total),
                _COST_COLOURS[nth % len(_COST_COLOURS)], round(100 * micros / total, 2) if total else 0)
        for nth, (word, micros) in enumerate(ordered)
    ]  # fmt: skip


def _cost_word(name: str) -> str:
    plain = name.lower()
    known = next((word for part, word in _COST_WORDS.items() if part in plain), None)
    return known or _sentence(name)


def extracted_of(call: Call) -> list[Fact]:
    """The fields the agent filled in, and what it collected, each as text."""
    both: Mapping[str, Any] = {**call.told.collected, **call.told.custom}
    return [Fact(_sentence(name), _plain(value)) for name, value in both.items() if _plain(value)]


def variables_of(page: CallPage) -> list[Fact]:
    """The variables sent with the newest dial, else those that will be."""
    sent = page.dials[-1].variables_sent if page.dials else page.call.variables
    return [Fact(name, str(value)) for name, value in sorted(sent.items())]


def _plain(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def news_of(page: CallPage, viewer: Viewer) -> list[NewsRow]:
    """What Retell told us about this call, as received."""
    results = {"out_of_order": "late", "stale": "late", "waiting": "pending"}
    return [
        NewsRow(
            id=words.short_id(event.event_id),
            kind=event.kind,
            at=words.clock_time(event.received_at, viewer.zone, seconds=True),
            result=results.get(event.result, event.result),
            took="" if event.took_ms is None else f"{event.took_ms} ms",
            href=f"/events/{event.event_id}",
        )
        for event in page.events
    ]


# -- why not yet ---------------------------------------------------------------------------------------------------


def rules_of(judgement: Judgement) -> list[RuleLine]:
    """Every rule with what it says; the first that says no stops the call, the later ones wait."""
    lines: list[RuleLine] = []
    for result in judgement.rules:
        verdict = "passed" if result.ok else "stops" if result is judgement.blocking else "waits"
        lines.append(RuleLine(label(result.rule), result.reason, verdict))
    return lines


_AS_SOON = {
    "": "as soon as what stops it is over",
    "client_on": "as soon as it is on again",
    "batch_running": "as soon as the batch runs",
    "client_cap": "as soon as a slot is free",
    "batch_cap": "as soon as a slot is free",
    "account_cap": "as soon as a slot is free",
}


def earliest_of(judgement: Judgement, zone: str, viewer: Viewer, *, now: datetime) -> tuple[str, str]:
    """When the call may be dialled at the earliest: for the lead, and (where that differs) for the viewer."""
    if judgement.may_dial:
        return "now, it is next", ""
    blocking = judgement.blocking
    if judgement.earliest_at is None:
        is_final = blocking is not None and blocking.is_final
        return ("never, as things stand" if is_final else _AS_SOON.get(judgement.blocked_by or "", _AS_SOON[""])), ""
    theirs = words.ahead(judgement.earliest_at, now=now, zone=zone or viewer.zone)
    theirs = theirs.replace("Today", "today").replace("Tomorrow", "tomorrow")
    if not zone:
        return theirs, ""
    day, _paren, rest = theirs.partition(" (")
    mine = words.clock_time(judgement.earliest_at, viewer.zone)
    is_same = words.clock_time(judgement.earliest_at, zone) == mine
    return f"{day} for them ({rest}", "" if is_same else f" · {mine} for you"
