"""Whether a call left something to do: a call back that was asked for, or an appointment that was made, and when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from callcenter.domain.analysis import custom_fields, facts, is_filled
from callcenter.domain.call import SUCCESSES, Call, Outcome, Phase
from callcenter.domain.hours import zone_info
from callcenter.domain.outcome import decide_outcome, ending, suppresses
from callcenter.domain.spoken_time import spoken_time
from callcenter.domain.transcript import last_wish, lead_turns

#: The hour at which something is due on a day for which no time was named.
_MORNING = time(9)
_CALL_BACKS = ("callback", "call_back", "follow_up", "followup")
_TIMES = ("at", "datetime", "date_time", "start", "date", "time")
#: The fields that ask for a call back when they are filled.
_ASKING = frozenset(f"{name}{ending}" for name in _CALL_BACKS for ending in ("", "_requested", *(f"_{t}" for t in _TIMES)))
_CLOCK = re.compile(r"^(\d{1,2})(?:[:.h](\d{2}))?(?::\d{2})? ?([ap])?\.?m?\.?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What is to be done, `kind` being `follow_up` or `appointment`.

    `at` is in UTC, None when no instant could be read; `is_sure` says that day, time and zone were all named or known.
    `words` is what was given or said.
    """

    kind: str
    at: datetime | None
    words: str
    is_sure: bool


def follow_up(call: Call, *, zone: str | None) -> FollowUp | None:
    """What an ended call left to do; None for a machine, and where a person has since said that nothing came of it.

    `zone` is the lead's zone (an IANA name): it is meant wherever a time is given without one.
    """
    told = call.told
    by_hand = call.outcome_by_hand
    if told.phase < Phase.ENDED or ending(told).by_machine or (by_hand and by_hand not in SUCCESSES):
        return None
    wish = last_wish(lead_turns(told, by_machine=False))
    outcome = decide_outcome(call, intent=wish.intent if wish else None)
    if outcome is Outcome.APPOINTMENT_SCHEDULED or Outcome.APPOINTMENT_SCHEDULED in facts(told):
        return _at_the_time("appointment", ("appointment",), call, zone=zone, otherwise="Appointment made")
    if suppresses(call):
        return None
    if told.disconnection_reason == "user_requested_callback" or _asks_by_field(custom_fields(told)):
        return _at_the_time("follow_up", _CALL_BACKS, call, zone=zone, otherwise="Asked for a call back")
    if wish and wish.intent == "call_back" and outcome not in SUCCESSES:
        return FollowUp("follow_up", _as_spoken(wish.words, call, zone), wish.words, is_sure=False)
    return None


def _asks_by_field(given: Mapping[str, Any]) -> bool:
    return any(name in _ASKING and is_filled(value) for name, value in given.items())


def _at_the_time(kind: str, names: tuple[str, ...], call: Call, *, zone: str | None, otherwise: str) -> FollowUp:
    """The time that the analysis gives under `names`; one that had passed when the call ended is a misreading."""
    given = custom_fields(call.told)
    texts = {
        suffix: str(given[f"{name}_{suffix}"]).strip()
        for name in reversed(names)
        for suffix in _TIMES
        if isinstance(given.get(f"{name}_{suffix}"), str) and is_filled(given[f"{name}_{suffix}"])
    }
    at, is_sure = _read(texts, zone)
    if at and call.told.ended_at and at < call.told.ended_at:
        at, is_sure = None, False
    words = " ".join(dict.fromkeys(texts[suffix] for suffix in _TIMES if suffix in texts))
    return FollowUp(kind, at or _as_spoken(words, call, zone), words or otherwise, is_sure)


def _as_spoken(words: str, call: Call, zone: str | None) -> datetime | None:
    """What "Thursday after four" means on the lead's clock; never sure."""
    said_at = call.told.ended_at
    info = zone_info(zone) if zone else None
    at = spoken_time(words, said_at=said_at.astimezone(info)) if said_at and info else None
    return at.astimezone(UTC) if at else None


def _read(texts: Mapping[str, str], zone: str | None) -> tuple[datetime | None, bool]:
    """The instant that the fields name together, and whether nothing of it was guessed."""
    for text in texts.values():
        if len(text) > len("2026-01-01") and (whole := _datetime(text)):
            at = _utc(whole, zone)
            return at, at is not None
    day = next((found for suffix in ("date", "at", "datetime") if (found := _date(texts.get(suffix, "")))), None)
    if day is None:
        return None, False
    clock = _clock(texts.get("time", ""))
    at = _utc(datetime.combine(day, clock or _MORNING), zone)
    return at, at is not None and clock is not None


def _datetime(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _clock(text: str) -> time | None:
    """A time of day as people write it: `15:00`, `3 pm`, `3:30 PM`, `15h30`."""
    found = _CLOCK.match(text)
    if not found or (found[2] is None and found[3] is None):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3].lower() == "p" else 0) if 1 <= hour <= 12 else 24
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _utc(local: datetime, zone: str | None) -> datetime | None:
    """The instant in UTC; None where a zone is needed and not known, or at the ends of the calendar."""
    try:
        if local.tzinfo is None:
            local = local.replace(tzinfo=ZoneInfo(zone or ""))
        return local.astimezone(UTC)
    except (ZoneInfoNotFoundError, ValueError, OverflowError, OSError):
        return None
