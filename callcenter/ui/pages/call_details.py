"""What stands beside a call, in words: timeline, facts, attempts, cost, what the agent noted, and the provider's events."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from callcenter.domain.call import Call
from callcenter.services.browsing.pages import CallPage, TimelineStep
from callcenter.ui import theme, words
from callcenter.ui.components.progress import BarPart
from callcenter.ui.components.timeline import Step
from callcenter.ui.pages import calls_rows as rows
from callcenter.ui.pages.call_view import place_words, what_next
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.pages.events_rows import kind_words

#: In micro-units of a currency.
_CENT = 10_000
_COST_COLOURS = ("var(--indigo-9)", "var(--purple-9)", "var(--gray-9)", "var(--cyan-9)", "var(--amber-9)")
_COST_WORDS = {"tts": "Voice", "voice": "Voice", "elevenlabs": "Voice", "gpt": "Language model", "llm": "Language model",
               "claude": "Language model", "gemini": "Language model", "twilio": "Phone line", "telnyx": "Phone line",
               "telephony": "Phone line", "phone": "Phone line", "knowledge": "Knowledge base", "asr": "Listening"}  # fmt: skip


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
    raw: str
    at: str
    result: str
    took: str
    href: str


def steps_of(page: CallPage, viewer: Viewer) -> list[Step]:
    """The timeline with exact times in the viewer's zone; what was on another day than the side says names its own."""
    day = _timeline_day(page, viewer)
    return [
        Step(
            kind=_kind(step.key, page.line.status),
            words=_step_words(step.words, step.key, step.detail, step.by),
            at=_at(step.at, viewer.zone, day=day),
            instant=rows.iso(step.at),
            took=_took(step.key, step.detail, step.took_s) or _by(step),
        )
        for step in page.timeline
    ]


def _timeline_day(page: CallPage, viewer: Viewer) -> date:
    return _local(page.line.dialled_at or page.line.occurred_at, viewer.zone).date()


def _at(at: datetime, zone: str, *, day: date) -> str:
    local, time = _local(at, zone), words.clock_time(at, zone, seconds=True)
    return time if local.date() == day else f"{local.day} {local:%b} {time}"


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))


def _kind(key: str, status: str) -> str:
    if key == "ended":
        return {"failed": "failed", "cancelled": "cancelled"}.get(status, "ended")
    return key


#: Steps whose detail is for people; of the others it is our own bookkeeping.
_SAY_DETAIL = frozenset({"scheduled", "cancelled", "person", "transferred", "event"})


def _step_words(said: str, key: str, detail: str, by: str) -> str:
    more = detail if detail and key in _SAY_DETAIL else ""
    return f"{said}, {more}" if more and more != by else said


def _by(step: TimelineStep) -> str:
    """Who did it, as people call them."""
    return f"by {words.person(step.by)}" if step.by and step.key in ("person", "cancelled") else ""


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
        Fact("What next", what_next(page, viewer, now=now)),
        Fact("Lead", line.lead_name if page.lead else "", f"/leads/{line.lead_id}" if page.lead else ""),
        Fact("Batch", line.batch_name, f"/batches/{line.batch_id}" if line.batch_id else ""),
        Fact("Attempt", f"{line.attempt_number} of {line.max_attempts}" if line.max_attempts > 1 else ""),
        Fact("Local time", place_words(page, now=now)),
        Fact("Intent", _sentence(line.intent or "")),
        Fact("Quality", "" if line.quality_score is None else f"{line.quality_score} of 100"),
        Fact("Response delay", delay),
        Fact("From-number", viewer.number(line.from_number) if line.from_number else ""),
        Fact("Priority", theme.PRIORITY[line.priority].word if line.priority != "normal" else ""),
        Fact("Language", words.language(call.told.language or "")),
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
    days = (_local(now, zone).date() - _local(at, zone).date()).days
    if days < 2:
        return f"{'Yesterday' if days else 'Today'} {words.clock_time(at, zone)}"
    return words.ago(at, now=now, zone=zone)


def cost_of(call: Call, viewer: Viewer) -> list[BarPart]:
    """The parts of the cost with their share; parts of one kind are added up."""
    sums: dict[str, int] = {}
    for name, micros in call.told.cost_lines:
        word = _cost_word(name)
        sums[word] = sums.get(word, 0) + micros
    total = sum(sums.values())
    ordered = sorted(sums.items(), key=lambda pair: -pair[1])
    shown = _whole_cents([micros for _word, micros in ordered])
    return [
        BarPart(word, words.money(shown[nth], viewer.currency), words.percent(micros, total),
                _COST_COLOURS[nth % len(_COST_COLOURS)], round(100 * micros / total, 2) if total else 0)
        for nth, (word, micros) in enumerate(ordered)
    ]  # fmt: skip


def _whole_cents(parts: Sequence[int]) -> list[int]:
    """The parts in whole cents that add up as shown, for people do add them up; parts under a cent stay as they are."""
    if min(parts, default=0) < _CENT:
        return list(parts)
    whole = [part // _CENT * _CENT for part in parts]
    missing = round(sum(parts) / _CENT) - sum(whole) // _CENT
    most_cut_first = sorted(range(len(parts)), key=lambda nth: whole[nth] - parts[nth])
    return [each + _CENT if nth in most_cut_first[:missing] else each for nth, each in enumerate(whole)]


def _cost_word(name: str) -> str:
    plain = name.lower()
    known = next((word for part, word in _COST_WORDS.items() if part in plain), None)
    return known or _sentence(name)


def extracted_of(page: CallPage, viewer: Viewer) -> list[Fact]:
    """The fields the agent filled in, and what it collected, each as text; times on the lead's clock where it is known."""
    both: Mapping[str, Any] = {**page.call.told.collected, **page.call.told.custom}
    told = [(name, _plain(value, page.zone or viewer.zone)) for name, value in both.items()]
    return [Fact(_sentence(name), words.language(value) if name == "language" else value) for name, value in told if value]


def variables_of(page: CallPage) -> list[Fact]:
    """The variables sent with the newest dial, else those that will be."""
    sent = page.dials[-1].variables_sent if page.dials else page.call.variables
    return [Fact(name, str(value)) for name, value in sorted(sent.items())]


def _plain(value: Any, zone: str) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(_plain(each, zone) for each in value)
    return words.spoken(value, zone) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def news_of(page: CallPage, viewer: Viewer) -> list[NewsRow]:
    """What Retell told us about this call, as received."""
    results = {"out_of_order": "late", "stale": "late", "waiting": "pending"}
    return [
        NewsRow(
            id=words.short_id(event.event_id),
            kind=kind_words(event),
            raw=event.kind,
            at=words.clock_time(event.received_at, viewer.zone, seconds=True),
            result=results.get(event.result, event.result),
            took=words.NONE if event.took_ms is None else f"{event.took_ms} ms",
            href=f"/events/{event.event_id}",
        )
        for event in page.events
    ]
