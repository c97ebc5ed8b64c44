"""The ledger in words: rows of dials, and one dial with its steps and the looks for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.lines import CheckLine, LedgerDetail, LedgerLine, StepLine
from callcenter.domain.phone import city
from callcenter.ui import words
from callcenter.ui.components.timeline import Step
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.theme import Look

#: What each state means for a person.
LOOKS: Mapping[str, Look] = {
    "planned": Look("Planned", "gray", "clock", is_tinted=False),
    "sending": Look("Sending", "gray", "phone_outgoing", is_tinted=False),
    "accepted": Look("Accepted", "indigo", "phone_call"),
    "live": Look("In progress", "blue", "radio"),
    "finished": Look("Finished", "gray", "circle_check", is_tinted=False),
    "rejected": Look("Refused", "red", "octagon_x"),
    "unsent": Look("Never sent", "gray", "circle_slash", is_tinted=False),
    "unknown": Look("Checking", "amber", "scan_search"),
    "quarantined": Look("Needs a decision", "orange", "circle_help"),
    "void": Look("Not placed", "gray", "circle_slash", is_tinted=False),
    "cancelled": Look("Cancelled", "gray", "circle_slash", is_tinted=False),
}
_BY: Mapping[str, str] = {
    "dispatcher": "by Retell’s answer",
    "retell": "by an event",
    "reconciling": "by asking Retell",
}
_UNSETTLED = frozenset({"planned", "sending", "unknown", "quarantined"})
_STEP_KINDS: Mapping[str, str] = {
    "sending": "dialled", "accepted": "ringing", "live": "picked_up", "finished": "ended", "rejected": "failed",
    "unknown": "checking", "quarantined": "checking", "repeated": "retry",
}  # fmt: skip
#: What a person said of a dial in doubt.
DECISIONS: Mapping[str, str] = {
    "placed": "Said to be placed",
    "not_placed": "Said not to be placed",
    "left": "Left as it is",
    "repeated": "Sent once more under its own key",
}


@dataclass(frozen=True)
class DialRow:
    """One dial. `who` is the lead's name, or the number where there is none."""

    id: str
    sent: str
    instant: str
    exact: str
    who: str
    number: str
    client: str
    state: str
    how: str
    key: str
    retell: str


@dataclass(frozen=True)
class LookRow:
    """One look for a dial: when, what came of it, and whether it proves anything."""

    at: str
    instant: str
    words: str
    is_clean: bool


@dataclass(frozen=True)
class Named:
    """A name and its value, which may be copied."""

    name: str
    value: str
    copy: str = ""


@dataclass(frozen=True)
class DialView:
    """One dial in full. `may_say_no` once its number may be freed on a person's word; `held` says until when it may not."""

    id: str = ""
    title: str = ""
    line: str = ""
    state: str = ""
    call_href: str = ""
    facts: list[Named] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    looks: list[LookRow] = field(default_factory=list)
    is_in_doubt: bool = False
    may_say_no: bool = False
    held: str = ""


def row_of(line: LedgerLine, viewer: Viewer, *, now: datetime) -> DialRow:
    """The row of one dial."""
    at = line.sent_at or line.planned_at
    return DialRow(
        id=line.dial_id,
        sent=words.ago(at, now=now, zone=viewer.zone),
        instant=at.isoformat(timespec="milliseconds"),
        exact=words.exact(at, viewer.zone),
        who=line.lead_name or viewer.number(line.number),
        number=viewer.number(line.number),
        client=line.client_name,
        state=line.state,
        how=how(line),
        key=words.short_id(line.token),
        retell=words.short_id(line.provider_call_id) if line.provider_call_id else words.NONE,
    )


def how(line: LedgerLine) -> str:
    """How it was found out where the dial stands: "by an event", "by max@example.com"."""
    if not line.settled_by or line.state in _UNSETTLED:
        return words.NONE
    return _BY.get(line.settled_by, f"by {line.settled_by}")


def view_of(detail: LedgerDetail, viewer: Viewer, *, now: datetime) -> DialView:
    """One dial in words."""
    line, until = detail.line, detail.held_until
    return DialView(
        id=line.dial_id,
        title=line.lead_name or viewer.number(line.number),
        line=f"{viewer.number(line.number)} · {line.client_name} · try {line.seq}",
        state=line.state,
        call_href=f"/calls/{line.call_id}",
        facts=[each for each in _facts(detail, viewer) if each.value],
        steps=[_step(step, viewer) for step in detail.steps],
        looks=[_look(check, viewer) for check in detail.checks],
        is_in_doubt=until is not None,
        may_say_no=until is not None and now >= until,
        held="" if until is None or now >= until else words.inside(words.ahead(until, now=now, zone=viewer.zone)),
    )


def _facts(detail: LedgerDetail, viewer: Viewer) -> list[Named]:
    line, dial = detail.line, detail.dial
    status = str(line.status or "")
    answer = line.words if status in line.words else f"{status} {line.words}"
    ring = words.rough(timedelta(milliseconds=dial.ring_ms))
    return [
        Named("Key", line.token, line.token),
        Named("Retell’s id", line.provider_call_id or "", line.provider_call_id or ""),
        Named("Retell’s answer", answer if line.verdict not in ("", "accepted") else line.verdict.capitalize()),
        Named("Settled", how(line).removeprefix(words.NONE)),
        Named("From", viewer.number(dial.from_number) if dial.from_number else ""),
        Named("Agent", dial.agent_id or ""),
        Named("Rings for", ring),
        Named("Local time", _their_time(dial.local_time, dial.zone_used)),
        Named("Calling rules", f"as of {dial.rules_version}" if dial.rules_version else ""),
        Named("Has a slot", "yes" if line.has_slot else "no, it was given back"),
        Named("Looked for", words.counted(len(detail.checks), "time") if detail.checks else ""),
    ]


def _their_time(local: str, zone: str) -> str:
    """The clock of the one who was called, as the dial keeps it: "Mon 23 Nov 2026, 08:00 for them (New York)"."""
    if not local:
        return ""
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    return f"{words.day(at, zone)}, {at:%H:%M} for them ({city(zone)})"


def _step(step: StepLine, viewer: Viewer) -> Step:
    if step.what == "decision":
        said, kind = DECISIONS.get(step.to_state, step.to_state), "retry" if step.to_state == "repeated" else "person"
    else:
        look = LOOKS.get(step.to_state)
        said, kind = look.word if look else step.to_state, _STEP_KINDS.get(step.to_state, "event")
    why = f", {step.why}" if step.why and step.what == "decision" else ""
    return Step(
        kind=kind,
        words=said + why,
        at=words.clock_time(step.at, viewer.zone, seconds=True),
        instant=step.at.isoformat(timespec="milliseconds"),
        took="" if step.to_state in ("planned", "sending") else _BY.get(step.by, f"by {step.by}"),
    )


def _look(check: CheckLine, viewer: Viewer) -> LookRow:
    if check.is_clean:
        said = "No call with this key, and the control was found: this counts"
    elif check.answer == "not found":
        said = "Not found, but too early to count" if check.control_found else "Not found, but neither was a call that exists"
    else:
        said = words.sentence(check.answer)
    return LookRow(words.clock_time(check.at, viewer.zone, seconds=True), check.at.isoformat(), said, check.is_clean)
