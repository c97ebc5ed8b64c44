"""Colours, spacing and type, named once: what every status, outcome and priority is called and how it looks."""

from collections.abc import Mapping
from dataclasses import dataclass

ACCENT = "indigo"
GRAY = "slate"
RADIUS = "medium"

#: Widths in px where the frame changes: cards under TABLET, a narrow rail under DESKTOP, peek beside the list from WIDE.
TABLET, DESKTOP, WIDE = 768, 1024, 1280


@dataclass(frozen=True, slots=True)
class Look:
    """How one value is shown: its word, a Radix hue, a lucide icon ("" for none). `is_tinted` False: no background."""

    word: str
    hue: str
    icon: str
    is_tinted: bool = True


#: Where a call is. The keys are those of `words.shown_status`: what people see, not only what is on the wire.
STATUS: Mapping[str, Look] = {
    "scheduled": Look("Scheduled", "gray", "calendar_clock", is_tinted=False),
    "waiting": Look("Waiting", "gray", "clock", is_tinted=False),
    "initiated": Look("Dialling", "amber", "phone_outgoing"),
    "ringing": Look("Ringing", "amber", "phone_call"),
    "connected": Look("Connected", "blue", "phone"),
    "in_progress": Look("In progress", "blue", "radio"),
    "completed": Look("Completed", "gray", "circle_check", is_tinted=False),
    "not_reached": Look("Not reached", "orange", "phone_missed"),
    "failed": Look("Failed", "red", "octagon_x"),
    "cancelled": Look("Cancelled", "gray", "circle_slash", is_tinted=False),
    "checking": Look("Checking", "amber", "scan_search"),
}

#: What came of a call.
OUTCOME: Mapping[str, Look] = {
    "appointment_scheduled": Look("Appointment", "indigo", "calendar_check"),
    "sale_made": Look("Sale", "green", "badge_dollar_sign"),
    "successful": Look("Successful", "green", "circle_check"),
    "qualified_lead": Look("Qualified lead", "purple", "user_check"),
    "not_interested": Look("Not interested", "pink", "thumbs_down"),
    "do_not_call": Look("Do not call", "red", "ban"),
    "voicemail": Look("Voicemail", "orange", "voicemail"),
    "no_answer": Look("No answer", "gray", "phone_missed"),
    "wrong_number": Look("Wrong number", "brown", "user_x"),
    "failed": Look("Failed", "red", "circle_x"),
}

#: Where a batch is, `waiting` and `finishing` included.
BATCH_STATUS: Mapping[str, Look] = {
    "draft": Look("Draft", "gray", "pencil", is_tinted=False),
    "scheduled": Look("Scheduled", "gray", "calendar_clock", is_tinted=False),
    "running": Look("Running", "blue", "radio"),
    "waiting": Look("Waiting for calling hours", "gray", "clock", is_tinted=False),
    "paused": Look("Paused", "amber", "pause"),
    "finishing": Look("Finishing", "blue", "loader"),
    "done": Look("Done", "gray", "circle_check", is_tinted=False),
    "cancelled": Look("Cancelled", "gray", "circle_slash", is_tinted=False),
}

#: Who goes first; normal is not worth a word.
PRIORITY: Mapping[str, Look] = {
    "urgent": Look("Urgent", "red", "flame", is_tinted=False),
    "high": Look("High", "orange", "chevrons_up", is_tinted=False),
    "normal": Look("Normal", "gray", "", is_tinted=False),
    "low": Look("Low", "gray", "arrow_down", is_tinted=False),
}

SENTIMENT: Mapping[str, Look] = {
    "positive": Look("Positive", "gray", "smile", is_tinted=False),
    "neutral": Look("Neutral", "gray", "meh", is_tinted=False),
    "negative": Look("Negative", "gray", "frown", is_tinted=False),
}

#: What became of a provider event.
EVENT_RESULT: Mapping[str, Look] = {
    "applied": Look("Applied", "gray", "circle_check", is_tinted=False),
    "duplicate": Look("Already had it", "gray", "copy_check", is_tinted=False),
    "late": Look("Out of order – kept", "amber", "arrow_up_down"),
    "bad_signature": Look("Bad signature", "red", "shield_x"),
    "unknown_call": Look("Unknown call", "orange", "circle_help"),
    "failed": Look("Failed", "red", "circle_x"),
    "pending": Look("Waiting", "gray", "clock", is_tinted=False),
    "good": Look("Good", "green", "shield_check"),
}


@dataclass(frozen=True, slots=True)
class ChartGroup:
    """Outcomes that share a colour in charts. `colour` holds 3 : 1 on the light and on the dark card."""

    key: str
    word: str
    colour: str
    outcomes: tuple[str, ...]


#: In stacking order, from the bottom up and from left to right.
CHART_GROUPS: tuple[ChartGroup, ...] = (
    ChartGroup("appointment", "Appointment", "#1a56ee", ("appointment_scheduled",)),
    ChartGroup("successful", "Sale or successful", "#05a75c", ("sale_made", "successful")),
    ChartGroup("qualified", "Qualified", "#b273ef", ("qualified_lead",)),
    ChartGroup("not_interested", "Not interested", "#ba069d", ("not_interested", "do_not_call")),
    ChartGroup("voicemail", "Voicemail", "#ee6e01", ("voicemail",)),
    ChartGroup("no_answer", "No answer", "#62666a", ("no_answer",)),
    ChartGroup("failed", "Failed", "#d10921", ("wrong_number", "failed")),
)

#: The bar's colour for what is still to dial.
LEFT_TO_DIAL = "var(--gray-a4)"
