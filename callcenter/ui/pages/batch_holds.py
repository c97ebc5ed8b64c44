"""The card "What holds it up": what the waiting calls of a batch wait for, and how many each rule lets through."""

from dataclasses import dataclass
from datetime import datetime

import reflex as rx

from callcenter.domain.eligibility import label
from callcenter.domain.waterfall import Stop, Wait
from callcenter.services.explaining import BatchExplanation
from callcenter.ui import words
from callcenter.ui.components import faces
from callcenter.ui.components.cards import card, card_rows
from callcenter.ui.components.icons import icon
from callcenter.ui.pages.calls_viewer import Viewer

#: More lines than this would be a list to study; "Rule by rule" has them all.
MOST_LINES = 6
_ICONS = {
    "next": "arrow_right", "may_be_called": "ban", "hours": "clock", "client_on": "pause", "batch_running": "pause",
    "client_cap": "users", "batch_cap": "users", "account_cap": "users", "pace": "gauge", "budget": "wallet",
    "due": "rotate_ccw",
}  # fmt: skip
#: What comes after the number: of several calls, and of one.
_WORDS = {
    "may_be_called": ("may not be called yet", "may not be called yet"),
    "hours": ("wait for their calling hours", "waits for its calling hours"),
    "client_on": ("wait, calling is not on", "waits, calling is not on"),
    "batch_running": ("wait, the batch does not run", "waits, the batch does not run"),
    "client_cap": ("wait for a free slot", "waits for a free slot"),
    "batch_cap": ("wait for a free slot", "waits for a free slot"),
    "account_cap": ("wait for a free slot", "waits for a free slot"),
    "pace": ("wait for the pace", "waits for the pace"),
    "budget": ("wait for the budget", "waits for the budget"),
    "due": ("wait for their time", "waits for its time"),
}


@dataclass(frozen=True)
class Hold:
    """A line of the card."""

    reason: str
    words: str
    detail: str


@dataclass(frozen=True)
class Fall:
    """A step from all leads to those who may be dialled now: what it is, how many are left, and why the others are not."""

    words: str
    left: str
    why: str


def holds_of(explained: BatchExplanation, viewer: Viewer, *, now: datetime) -> list[Hold]:
    """What the waiting calls wait for, biggest first."""
    rules = explained.rules
    lines = [(wait.count, _hold(wait, viewer.zone, now=now)) for wait in rules.waits]
    if rules.may_dial:
        said = "is next" if rules.may_dial == 1 else "are next"
        lines.append((rules.may_dial, Hold("next", f"{words.count(rules.may_dial)} {said}", "Every rule lets them go")))
    return [line for _count, line in sorted(lines, key=lambda pair: -pair[0])][:MOST_LINES]


def falls_of(explained: BatchExplanation) -> list[Fall]:
    """From everybody who was asked for to those who may be dialled now, one rule after the other; empty when nobody waits."""
    counts, rules = explained.counts, explained.rules
    if not rules.judged:
        return []
    asked, begun = counts.leads + counts.refused, counts.leads - explained.waiting
    left_out = f"{words.count(counts.refused)} left out at launch" if counts.refused else ""
    falls = [
        Fall("Leads", words.count(asked), ""),
        Fall("Accepted", words.count(counts.leads), left_out),
        Fall("Wait to be dialled", words.count(explained.waiting), f"{words.count(begun)} dialled" if begun else ""),
    ]
    if rules.judged < explained.waiting:
        falls.append(Fall("Looked at, those whose turn is first", words.count(rules.judged), ""))
    return falls + [_fall(stop) for stop in rules.stops]


def _fall(stop: Stop) -> Fall:
    why = "; ".join(f"{words.count(count)}: {words.person(reason).rstrip('.')}" for reason, count in stop.reasons)
    more = stop.stopped - sum(count for _reason, count in stop.reasons)
    return Fall(label(stop.rule), words.count(stop.left), why + (f"; {words.count(more)} more" if more else ""))


def _hold(wait: Wait, zone: str, *, now: datetime) -> Hold:
    many, one = ("wait before another try", "waits before another try") if wait.is_retry else _WORDS[wait.rule]
    reason = words.person(wait.reason)
    said, detail = one if wait.count == 1 else many, reason
    if wait.local is not None and wait.next_at is not None:
        said = f"{'waits' if wait.count == 1 else 'wait'} for {_their_time(wait.local, wait.next_at, now=now)}"
    elif wait.next_at is not None and wait.next_at > now:
        at = words.ahead(wait.next_at, now=now, zone=zone).split(" (")[0]
        detail = f"{reason} The first {words.inside(at)}." if wait.count > 1 else f"{reason} {at}."
    return Hold(wait.rule, f"{words.count(wait.count)} {said}", detail)


def _their_time(local: datetime, at: datetime, *, now: datetime) -> str:
    """When it opens on the clock of those who wait: "09:00 their time", "tomorrow 09:00 their time"."""
    days = (local.date() - (local - (at - now)).date()).days
    day = {0: "", 1: "tomorrow "}.get(days, f"{local:%a} {local.day} {local:%b} ")
    return f"{day}{local:%H:%M} their time"


def holds_card(holds: rx.Var, falls: rx.Var, *, is_open: rx.Var) -> rx.Component:
    """The card; `holds` and `falls` are Vars of lists of Hold and Fall."""
    nothing = faces.empty_part(rx.cond(is_open, "Nothing: what is left is being dialled.", "Nothing is left to dial."))
    lines = rx.fragment(card_rows(rx.foreach(holds, _line)), _rule_by_rule(falls))
    return card(rx.cond(holds.length() > 0, lines, nothing), title="What holds it up", body=False, class_name="h-full")


def _line(hold: rx.Var) -> rx.Component:
    mark = rx.match(hold.reason, *[(key, icon(name)) for key, name in _ICONS.items()], icon("clock"))
    hue = rx.match(hold.reason, ("next", "gray"), ("due", "gray"), "amber")
    said = rx.el.div(rx.el.div(hold.words, class_name="strong"), rx.el.div(hold.detail, class_name="small quiet"))
    sign = rx.el.span(mark, class_name="hue flex", data_accent_color=hue)
    return rx.el.div(sign, said, class_name="row gap-3 min-h-15 px-4 py-2")


def _rule_by_rule(falls: rx.Var) -> rx.Component:
    def one(fall: rx.Var) -> rx.Component:
        said = rx.el.div(fall.words, rx.cond(fall.why != "", rx.el.div(fall.why, class_name="small quiet")), class_name="grow")
        return rx.el.li(said, rx.el.b(fall.left, class_name="tabular-nums"), class_name="flex gap-3 px-4 py-2")

    steps = rx.el.ol(rx.foreach(falls, one), class_name="m-0 list-none p-0")
    fold = rx.el.summary("Rule by rule", class_name="link px-4 py-3")
    return rx.el.details(fold, steps)
