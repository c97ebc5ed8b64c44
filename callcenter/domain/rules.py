"""The calling rules we ship, as data: what holds where, who says so, and when that was last checked.

Not legal advice. A rule is never edited: a new version of it is a row of its own with the day it starts. What dialling
obeys is the careful default; the rows of places are there to be shown, compared with and reviewed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import Any

from callcenter.domain.hours import DAYS, DEFAULT_HOURS, Window, overlap, windows_from, windows_to

#: Written on each dial, so that it can be said later by which rules it was placed.
RULES_VERSION = "2026-09-30"
#: Dials of one number in 24 hours, rolling, over all batches and clients.
MAX_DIALS_24H = 3
#: A row not looked at for this long is to be checked again.
REVIEW_AFTER = timedelta(days=180)


class Confidence(StrEnum):
    """How far a row may be trusted."""

    PRIMARY = "primary"  # read in the primary text
    SECONDARY = "secondary"  # found in somebody's comparison of the laws
    UNVERIFIED = "unverified"  # an old table with known errors: a list of what to look up, nothing to go by


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `place` is "" for our default, else a country or a state such as US-FL; `effective_to` is exclusive."""

    key: str
    place: str
    value: Mapping[str, Any]
    source: str
    confidence: Confidence = Confidence.PRIMARY
    verified_on: date | None = date(2026, 9, 30)
    effective_from: date | None = None
    effective_to: date | None = None

    def holds_on(self, day: date) -> bool:
        """Says whether the row is in force on a day."""
        started = self.effective_from is None or self.effective_from <= day
        return started and (self.effective_to is None or day < self.effective_to)

    def needs_review(self, day: date) -> bool:
        """Says whether nobody has checked the row for too long."""
        return self.verified_on is None or self.verified_on + REVIEW_AFTER <= day


def rules_for(place: str, *, on: date) -> tuple[Rule, ...]:
    """Gives the rows in force in a place and, for a state, in its country; our own default first."""
    return tuple(rule for name in _places(place) for rule in RULES if rule.place == name and rule.holds_on(on))


def overdue(*, on: date) -> tuple[Rule, ...]:
    """Gives the rows in force that are to be checked again, for a warning."""
    return tuple(rule for rule in RULES if rule.holds_on(on) and rule.needs_review(on))


def allowed_hours(place: str = "", *, on: date) -> tuple[Window, ...]:
    """Gives the widest hours that need nobody's permission: the default, narrowed by what the place is known to ask."""
    hours = DEFAULT_HOURS
    for rule in rules_for(place, on=on):
        if rule.key == "hours" and rule.place:
            hours = overlap(hours, windows_from(rule.value["windows"], field="windows"))
    return hours


def _places(place: str) -> Iterator[str]:
    yield ""
    country, _, state = place.upper().partition("-")
    if country:
        yield country
    if state:
        yield f"{country}-{state}"


# The rows -------------------------------------------------------------------------------------------------------------


def _week(mon_fri: str, sat: str = "", sun: str = "") -> dict[str, Any]:
    """Hours such as "08-20", "10:00-18:00" or "" for closed, as they go over the wire."""
    days = {DAYS[:5]: mon_fri, ("sat",): sat, ("sun",): sun}
    return {"windows": windows_to(tuple(_window(name, hours) for name, hours in days.items() if hours))}


def _window(days: tuple[str, ...], hours: str) -> Window:
    start, end = (clock if ":" in clock else f"{clock}:00" for clock in hours.split("-"))
    return Window(days, time.fromisoformat(start), None if end == "24:00" else time.fromisoformat(end))


def _state(state: str, source: str, hours: dict[str, Any], **more: Any) -> Rule:
    return Rule("hours", f"US-{state}", hours, source, **more)


def _prompt(state: str, hours: dict[str, Any]) -> Rule:
    return Rule("hours.to_check", f"US-{state}", hours, "An old dialler's seed table", Confidence.UNVERIFIED, None)


_S = Confidence.SECONDARY
_CFR = "47 CFR 64.1200"
_TSR = "16 CFR 310"
_UNTIL_20 = _week("08-20", "08-20", "08-20")
_SUNDAY_LAST: dict[str, Any] = {"windows": windows_to(DEFAULT_HOURS)}

RULES: tuple[Rule, ...] = (
    Rule("hours", "", _SUNDAY_LAST, "Our careful default: inside every rule we know for the United States"),
    Rule("dials.max_in_24h", "", {"count": MAX_DIALS_24H}, "Our careful default, after FL, OK and MD"),
    Rule("zone.unknown", "", {"call": "only when every plausible zone is inside hours"}, "Our careful default"),
    Rule("do_not_call", "", {"scope": "everybody", "override": False}, "Our careful default"),
    Rule("disclosure", "", {"ai": "first sentence", "recording": "announce on every call"}, "Our careful default"),
    # United States, federal
    Rule("ai_voice_is_artificial_voice", "US", {"is": True}, "FCC 24-17", effective_from=date(2024, 2, 8)),
    Rule("consent.telemarketing", "US", {"form": "prior express written"}, f"{_CFR}(a)(2),(3),(f)(9)"),
    Rule("consent.informational.mobile", "US", {"form": "prior express"}, f"{_CFR}(a)(1)"),
    Rule("consent.informational.landline", "US", {"form": "prior express, unless exempt"}, f"{_CFR}(a)(3)(ii)–(v)"),
    Rule(
        "consent.one_to_one", "US", {"is": False}, "Vacated by the 11th Circuit; “our partners” is weak evidence",
        effective_from=date(2025, 1, 24),
    ),
    Rule("hours", "US", _week("08-21", "08-21", "08-21"), f"{_CFR}(c)(1); {_TSR}.4(c)"),
    Rule("dnc.registry_copy_max_age", "US", {"days": 31}, f"{_CFR}(c)(2)"),
    Rule("dnc.internal", "US", {"honour_within_business_days": 10, "keep_years": 5}, f"{_CFR}(d)"),
    Rule("revocation", "US", {"any_way": True, "scope": "everything from us"}, f"{_CFR}(a)(10),(11); DA 26-12"),
    Rule("abandoned.max", "US", {"share": 0.03, "days": 30, "greet_within_s": 2}, f"{_CFR}(a)(7); {_TSR}.4(b)(1)(iv)"),
    Rule("ring.min", "US", {"seconds": 15, "rings": 4}, f"{_TSR}.4(b)(1)(v)"),
    Rule("must_say", "US", {"start": "business name", "also": ["callback number", "automated opt-out"]}, f"{_CFR}(b)"),
    Rule("caller_id", "US", {"shown": True, "reachable": True}, "47 CFR 64.1601(e); 47 USC 227(e)"),
    Rule("records", "US", {"keep_years": 5}, f"{_TSR}.5"),
    Rule("damages", "US", {"usd": 500, "usd_wilful": 1500, "usd_ftc": 53_088}, "47 USC 227(b)(3); FTC guide"),
    Rule("reassigned_numbers", "US", {"safe_harbour": "if the FCC database was queried, provably"}, f"{_CFR}(m)"),
    Rule("ai_disclosure", "US", {"status": "proposed only"}, "FCC 24-84"),
    # States
    _state("FL", "Fla. Stat. 501.616(6)", _UNTIL_20),
    _state("OK", "Okla. Stat. tit. 15 §775C.4", _UNTIL_20),
    _state("MD", "Md. Com. Law §14-4502", _UNTIL_20),
    _state("TX", "Tex. Bus. & Com. §301.051", _week("09-21", "09-21", "12-21")),
    _state("WA", "A state telemarketing comparison", _UNTIL_20, confidence=_S),
    *(Rule("dials.max_in_24h", f"US-{state}", {"count": 3, "subject": "same"}, source)
      for state, source in (("FL", "Fla. Stat. 501.616(6)"), ("OK", "Okla. Stat. tit. 15 §775C.4"),
                            ("MD", "Md. Com. Law §14-4502"))),
    Rule("area_code_presumes_state", "US-FL", {"is": True}, "Fla. Stat. 501.059(8)(d)"),
    Rule("seller_licence", "US-FL", {"is": True}, "Fla. Stat. 501.605"),
    Rule("identify_within", "US-FL", {"seconds": 30}, "Fla. Stat. 501"),
    Rule("identify_within", "US-WA", {"seconds": 30}, "A state telemarketing comparison", _S),
    Rule("ai_disclosure", "US-CA", {"natural_voice_announcement": True}, "Cal. PUC §2874; untested for an LLM agent"),
    Rule("ai_disclosure", "US-UT", {"when": "if asked"}, "Utah Code ch. 13-77"),
    Rule("ai_disclosure", "US-ME", {"is": True}, "Maine 10 §1500-DD"),
    Rule("ai_disclosure", "US-CO", {"is": True}, "Colorado", effective_from=date(2027, 1, 1)),
    *(Rule("recording.all_parties", f"US-{state}", {"is": True}, "State recording law")
      for state in ("CA", "FL", "IL", "MD", "MA", "MT", "NH", "PA", "WA")),
    *(Rule("recording.all_parties", f"US-{state}", {"is": True}, "A state telemarketing comparison", _S)
      for state in ("CT", "DE", "NV", "MI", "OR")),
    # Outside the United States
    Rule("hours", "CA", _week("09:00-21:30", "10-18", "10-18"), "A guide to voice-agent law and a second source", _S),
    Rule("dnc.registry_copy_max_age", "CA", {"days": 31}, "A guide to voice-agent law", _S),
    Rule("dnc.internal", "CA", {"honour_within_days": 14, "keep_days": 1109}, "A guide to voice-agent law", _S),
    Rule("consent.telemarketing", "CA", {"form": "express, for AI or automatically dialled calls"}, "The same", _S),
    Rule("consent.telemarketing", "GB", {"form": "prior, for automated calls"}, "PECR regulation 19"),
    Rule("dnc.registry_copy_max_age", "GB", {"days": 28, "registries": ["TPS", "CTPS"]}, "PECR regulation 21"),
    Rule("abandoned.max", "GB", {"share": 0.03, "safe_harbour": False}, "Ofcom"),
    Rule("damages", "GB", {"gbp": 17_500_000, "share_of_turnover": 0.04}, "PECR", effective_from=date(2026, 2, 5)),
    Rule("ai_disclosure", "EU", {"when": "at first interaction"}, "AI Act Art. 50", effective_from=date(2026, 8, 2)),
    Rule("consent.telemarketing", "EU", {"form": "prior, for automated calling systems"}, "ePrivacy Art. 13"),
    # To look up: never obeyed
    *(_prompt(state, _week("08-20", "08-20")) for state in ("AL", "LA", "MS")),
    *(_prompt(state, _week("09-20", "09-20", "09-20")) for state in ("IN", "NV", "UT")),
    *(_prompt(state, _UNTIL_20) for state in ("MA", "WY")),
    _prompt("KY", _week("10-21", "10-21", "10-21")),
    _prompt("RI", _week("09-18", "10-17")),
    _prompt("SD", _week("08-21", "08-21")),
    _prompt("PA", _week("08-21", "08-21", "13:30-21")),
)  # fmt: skip
