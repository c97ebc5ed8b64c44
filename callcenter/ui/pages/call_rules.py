"""Why a call is not dialled yet, in words: every rule, and when it may be dialled at the earliest."""

from datetime import datetime, timedelta

from callcenter.domain.eligibility import Judgement, label
from callcenter.ui import words
from callcenter.ui.components.why_not_yet import RuleLine
from callcenter.ui.pages.calls_viewer import Viewer


def rules_of(judgement: Judgement) -> list[RuleLine]:
    """Every rule with what it says; the first that says no stops the call, the later ones wait."""
    lines: list[RuleLine] = []
    for result in judgement.rules:
        verdict = "passed" if result.ok else "stops" if result is judgement.blocking else "waits"
        lines.append(RuleLine(label(result.rule), words.person(result.reason), verdict))
    return lines


_AS_SOON = {
    "": "as soon as what stops it is over",
    "client_on": "as soon as it is on again",
    "batch_running": "as soon as the batch runs",
    "client_cap": "as soon as a slot is free",
    "batch_cap": "as soon as a slot is free",
    "account_cap": "as soon as a slot is free",
}

#: A date that is nearer than this says nothing beside a pause or a full cap, which nobody can date.
_AT_ONCE = timedelta(minutes=1)


def _as_soon(rule: str | None) -> str:
    return _AS_SOON.get(rule or "", _AS_SOON[""])


def earliest_of(judgement: Judgement, zone: str, viewer: Viewer, *, now: datetime) -> tuple[str, str]:
    """When the call may be dialled at the earliest: for the lead, and (where that differs) for the viewer."""
    if judgement.may_dial:
        return "now, it is next", ""
    blocking = judgement.blocking
    if judgement.earliest_at is None:
        is_final = blocking is not None and blocking.is_final
        return ("never, as things stand" if is_final else _as_soon(judgement.blocked_by)), ""
    undated = next((result.rule for result in judgement.rules if not result.ok and result.opens_at is None), None)
    if undated and judgement.earliest_at - now < _AT_ONCE:
        return _as_soon(undated), ""
    theirs = words.ahead(judgement.earliest_at, now=now, zone=zone or viewer.zone)
    theirs = theirs.replace("Today", "today").replace("Tomorrow", "tomorrow")
    if undated:
        theirs = f"{_as_soon(undated)}, not before {theirs}"
    if not zone:
        return theirs, ""
    day, _paren, rest = theirs.partition(" (")
    mine = words.clock_time(judgement.earliest_at, viewer.zone)
    is_same = words.clock_time(judgement.earliest_at, zone) == mine
    return f"{day} for them ({rest}", "" if is_same else f" · {mine} for you"
