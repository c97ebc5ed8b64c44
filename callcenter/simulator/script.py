"""Who answers, who fails, when: the plan of a call, settled by seed, number and wishes at the moment it is placed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any, cast

from callcenter.simulator.config import WorkspaceSettings
from callcenter.simulator.outcomes import MAGIC, OUTCOMES, Outcome

# What each line of business is after, and how often it gets which.
GOALS: Mapping[str, Mapping[str, float]] = {
    "dental": {"appointment": 10, "qualified": 1},
    "insurance": {"sale": 6, "qualified": 3, "appointment": 1},
    "solar": {"qualified": 6, "appointment": 4},
    "car": {"appointment": 9, "sale": 1},
}
LANGUAGES = ("en", "es", "de", "fr")
#: The rest of the United States is taken for the East.
US_AREAS = {
    "America/Los_Angeles": "206 209 213 310 323 408 415 503 510 530 541 559 562 619 626 650 661 702 707 714 760 805 818 831 858 "
    "909 916 925 949 951 971",
    "America/Denver": "208 303 406 505 719 720 801 970",
    "America/Phoenix": "480 520 602 623",
    "America/Chicago": "214 312 314 414 469 504 512 612 630 713 773 816 847 901 972",
}
PREFIXES: tuple[tuple[str, str, str], ...] = (
    ("+34", "es", "Europe/Madrid"),
    ("+52", "es", "America/Mexico_City"),
    ("+49", "de", "Europe/Berlin"),
    ("+43", "de", "Europe/Vienna"),
    ("+41", "de", "Europe/Zurich"),
    ("+33", "fr", "Europe/Paris"),
    ("+44", "en", "Europe/London"),
    ("+61", "en", "Australia/Sydney"),
    *((f"+1{area}", "en", zone) for zone, areas in US_AREAS.items() for area in areas.split()),
)
SILENCE_SECONDS = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will come of a call. Seconds are the call's own time; the talk can be told again from the seed at any moment."""

    seed: str
    outcome: Outcome
    reason: str
    trade: str
    language: str
    zone: str
    ring_seconds: float
    analysis_seconds: float
    max_seconds: float
    talk_seconds: float | None = None  # None: as long as the talk takes
    asides: int = 0  # small exchanges beside the matter

    def rng(self) -> Random:
        """The same chance each time it is asked for."""
        return Random(self.seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A result that somebody asked for instead of chance."""

    outcome: str | None = None
    reason: str | None = None
    ring_seconds: float | None = None
    talk_seconds: float | None = None
    analysis_seconds: float | None = None


def wish_of(raw: Any) -> Wish:
    """Reads `simulate`: the name of an outcome, or a table. What it does not understand it leaves to chance."""
    if isinstance(raw, str):
        return Wish(outcome=raw if raw in OUTCOMES else None)
    if not isinstance(raw, dict):
        return Wish()
    table = cast(dict[str, Any], raw)
    outcome, reason = table.get("outcome"), table.get("reason")
    wished = {
        name: float(value)
        for name in ("ring_seconds", "talk_seconds", "analysis_seconds")
        if isinstance(value := table.get(name), int | float) and value >= 0
    }
    return Wish(outcome=outcome if outcome in OUTCOMES else None, reason=str(reason) if reason else None, **wished)


def plan_call(
    *,
    seed: str,
    number: str,
    trade: str,
    language: str | None,
    settings: WorkspaceSettings,
    wish: Wish,
    limits: tuple[float, float],
) -> Plan:
    """Decides a call to `number`. `limits`: seconds it may ring, seconds it may last."""
    rng = Random(seed)
    outcome = OUTCOMES[wish.outcome or chance_outcome(rng, trade=trade, settings=settings)]
    ring_limit, max_seconds = limits
    ring = ring_limit if outcome.ring is None else min(rng.uniform(*outcome.ring), ring_limit)
    spoken, zone = place_of(number)
    plan = Plan(
        seed=f"{seed}/talk",
        outcome=outcome,
        reason=wish.reason or rng.choice(outcome.reasons),
        trade=trade,
        language=language or spoken,
        zone=zone,
        ring_seconds=round(ring, 2),
        analysis_seconds=round(rng.uniform(1.5, 6.0), 2),
        max_seconds=max_seconds,
        talk_seconds=max_seconds if outcome.name == "max_duration" else None,
        asides=rng.randint(*settings.asides) if any(settings.asides) else 0,
    )
    wished = {
        "ring_seconds": wish.ring_seconds,
        "talk_seconds": wish.talk_seconds,
        "analysis_seconds": wish.analysis_seconds,
    }
    return replace(plan, **{name: value for name, value in wished.items() if value is not None})


def chance_outcome(rng: Random, *, trade: str, settings: WorkspaceSettings) -> str:
    """Draws the name of an outcome by the workspace's rates."""
    drawn = rng.random()
    if drawn < settings.answer_rate:
        name = weighted(rng, settings.answered)
        return weighted(rng, GOALS[trade]) if name == "goal" else name
    if drawn < settings.answer_rate + settings.voicemail_rate:
        return "voicemail" if rng.random() < 0.93 else "ivr"
    return weighted(rng, settings.unanswered)


def weighted(rng: Random, weights: Mapping[str, float]) -> str:
    """One name, by weight."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def magic_outcome(number: str) -> str | None:
    """The result that a number's last two digits force."""
    return MAGIC.get(number[-2:])


def place_of(number: str) -> tuple[str, str]:
    """Language and time zone that a number suggests."""
    for prefix, language, zone in PREFIXES:
        if number.startswith(prefix):
            return language, zone
    return "en", "America/New_York"
