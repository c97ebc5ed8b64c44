"""A call that is not placed yet, in words: what was understood, what stands in its way, and what the button will do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from callcenter.domain.eligibility import RuleResult
from callcenter.domain.hours import is_open, zone_info
from callcenter.domain.phone import city, national
from callcenter.services.rehearsing import CallRehearsal
from callcenter.ui import words
from callcenter.ui.pages.calls_viewer import Viewer

DAY = timedelta(hours=24)
#: At most so many of an agent's variables are shown as fields.
MOST_FIELDS = 8
_CAPS = ("client_cap", "account_cap")


@dataclass(frozen=True)
class Check:
    """One thing looked at before the call: "good", "warn" (it waits, or mind it), "stop" (it cannot be called)."""

    verdict: str
    words: str


@dataclass(frozen=True)
class Known:
    """A variable of the call: its name, its label, its value."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class Verdict:
    """What the dialog says about a call. `number` is E.164, "" while there is none; `holds_hours` that only a manager's
    reason gets it through now; `waits` that it will not be dialled at once."""

    number: str = ""
    understood: str = ""
    checks: list[Check] = field(default_factory=list)
    waiting: str = ""
    sentence: str = ""
    word: str = "Call now"
    is_off: bool = True
    holds_hours: bool = False
    waits: bool = False


def verdict_of(
    asked: CallRehearsal, viewer: Viewer, *, agent: str, from_number: str, later: datetime | None, now: datetime
) -> Verdict:
    """What would become of the call. `agent` and `from_number` are the words shown for them, `later` when it was put off to."""
    rules = {rule.rule: rule for rule in asked.judgement.rules}
    stopped = any(rule.is_final for rule in rules.values() if not rule.ok)
    free, pace = [rules[name] for name in _CAPS if name in rules], rules.get("pace")
    is_full = not all(rule.ok for rule in free)
    waits = later is not None or not all(rule.ok for rule in rules.values() if rule is not pace)
    number, who = _number(asked, viewer), _who(asked, viewer)
    when = _when(asked, rules, viewer, later=later, is_full=is_full, now=now)
    price = asked.usual.cost_per_minute
    cost = f" About {words.money(price)} a minute." if price else ""
    target = who if who == number else f"{who} on {number}"
    sentence = f"{agent} will call {target} {when} from {from_number}.{cost}"
    return Verdict(
        number=asked.phone.number,
        understood=_understood(asked),
        checks=_checks(asked, rules, viewer, later=later, now=now),
        waiting=_waiting(asked, rules, is_full=is_full) if later is None else "",
        sentence=f"{who} cannot be called." if stopped else sentence,
        word="Schedule call"
        if later
        else "Call when free"
        if is_full and waits
        else "Call when allowed"
        if waits
        else "Call now",
        is_off=stopped,
        holds_hours=not rules["hours"].ok and later is None,
        waits=waits,
    )


def known_of(asked: CallRehearsal) -> list[Known]:
    """What the agent knows of the person it calls: the lead's values over the client's."""
    lead = asked.lead
    facts: dict[str, str] = dict(asked.client.variables)
    facts |= dict(lead.variables) if lead else {}
    named = {"name": lead.name} if lead and lead.name else {}
    order = [*named, *(name for name in (lead.variables if lead else {})), *asked.client.variables]
    shown = list(dict.fromkeys(order))[:MOST_FIELDS]
    return [Known(name, label(name), ({**facts, **named})[name]) for name in shown]


def label(name: str) -> str:
    """A variable's name as a label: "last_visit" -> "Last visit"."""
    text = " ".join(name.replace("_", " ").replace("-", " ").split())
    return text[:1].upper() + text[1:]


def changed(given: Mapping[str, object], known: list[Known]) -> dict[str, str]:
    """The variables that were changed for this call only, from the fields of the form."""
    before = {each.name: each.value for each in known}
    now = {name: str(given.get(f"known-{name}") or "").strip()[:2000] for name in before if f"known-{name}" in given}
    return {name: value for name, value in now.items() if value != before[name].strip()}


def local_words(zones: tuple[str, ...], at: datetime) -> str:
    """The time where they are: "16:03 for them"; "" when that is unknown."""
    info = zone_info(zones[0]) if zones else None
    return f"{at.astimezone(info):%H:%M} for them" if info else ""


def _understood(asked: CallRehearsal) -> str:
    place = asked.phone.place
    if asked.lead and asked.lead.timezone:
        place = f"{city(asked.lead.timezone)} time"
    international = national(asked.phone.number, country="")
    return f"{international} · {place}" if place else international


def _number(asked: CallRehearsal, viewer: Viewer) -> str:
    return viewer.number(asked.phone.number)


def _who(asked: CallRehearsal, viewer: Viewer) -> str:
    return asked.lead.name if asked.lead and asked.lead.name else _number(asked, viewer)


def _checks(
    asked: CallRehearsal, rules: Mapping[str, RuleResult], viewer: Viewer, *, later: datetime | None, now: datetime
) -> list[Check]:
    valid = Check("good", "Number is valid") if asked.phone.is_valid else Check("warn", "No operator is known for this number")
    found = [valid, _may(rules["may_be_called"]), _hours(asked, rules["hours"], viewer, later=later, now=now)]
    last = asked.last_called_at
    if last and now - last < DAY:
        found.append(Check("warn", f"Last called {_ago(last, viewer, now=now)}"))
    else:
        found.append(Check("good", "Not called in the last 24 h"))
    found += [Check("warn", rules[name].reason) for name in ("client_on", "budget") if name in rules and not rules[name].ok]
    return found


def _may(rule: RuleResult) -> Check:
    if rule.ok:
        return Check("good", "Not on the do-not-call list")
    return Check("stop" if rule.is_final else "warn", rule.reason)


def _hours(asked: CallRehearsal, rule: RuleResult, viewer: Viewer, *, later: datetime | None, now: datetime) -> Check:
    local = local_words(asked.zones, now)
    if later is not None:
        there = local_words(asked.zones, later)
        if is_open(asked.client.calling_hours, asked.zones, later):
            return Check("good", f"In calling hours then, {there}" if there else "In calling hours then")
        return Check("warn", f"Outside calling hours then, {there}: it will wait" if there else "Their time is not known")
    if rule.ok:
        return Check("good", f"In calling hours, {local}" if local else "In calling hours")
    opens = f", opens {_soon(rule.opens_at, viewer, now=now)}" if rule.opens_at else ""
    return Check("warn", f"Outside calling hours{f', {local}' if local else ''}{opens}" if local else rule.reason)


def _when(
    asked: CallRehearsal, rules: Mapping[str, RuleResult], viewer: Viewer, *, later: datetime | None, is_full: bool, now: datetime
) -> str:
    if later is not None:
        there = local_words(asked.zones, later)
        return f"{_soon(later, viewer, now=now)}{f' ({there})' if there else ''}"
    blocking = [rule for rule in rules.values() if not rule.ok and rule.rule != "pace"]
    if not blocking:
        there = local_words(asked.zones, now)
        return f"now ({there})" if there else "now"
    if is_full and all(rule.rule in _CAPS for rule in blocking):
        return f"as soon as a slot is free, in about {_wait(asked)},"
    at = asked.judgement.earliest_at or rules["hours"].opens_at
    return f"{_soon(at, viewer, now=now)}" if at and at > now else "as soon as the rules let it"


def _waiting(asked: CallRehearsal, rules: Mapping[str, RuleResult], *, is_full: bool) -> str:
    if not is_full:
        return ""
    reason = next(rules[name].reason for name in _CAPS if name in rules and not rules[name].ok)
    return f"{reason} This call will wait, about {_wait(asked)}."


def _wait(asked: CallRehearsal) -> str:
    """How long until one of the places is free again: they end one after the other."""
    return f"{max(1, ceil(asked.usual.seconds / max(1, asked.cap) / 60))} min"


def _ago(at: datetime, viewer: Viewer, *, now: datetime) -> str:
    return words.ago(at, now=now, zone=viewer.zone)


def _soon(at: datetime, viewer: Viewer, *, now: datetime) -> str:
    said = words.ahead(at, now=now, zone=viewer.zone).split(" (")[0]
    return said.replace("Today", "today").replace("Tomorrow", "tomorrow")
