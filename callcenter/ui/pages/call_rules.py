"""Why a call is not dialled yet, in words: every rule, and when it may be dialled at the earliest."""

from datetime import datetime

from callcenter.domain.eligibility import Judgement, label
from callcenter.ui import words
from callcenter.ui.components.why_not_yet import RuleLine
from callcenter.ui.pages.calls_viewer import Viewer


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
