"""Tells a plan as a talk: turns with the instants of their words, tool calls, and what was agreed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from callcenter.simulator.script import SILENCE_SECONDS, Plan
from callcenter.simulator.speech.asides import ASIDES, PATIENCE
from callcenter.simulator.speech.english import ENGLISH
from callcenter.simulator.speech.french import FRENCH
from callcenter.simulator.speech.german import GERMAN
from callcenter.simulator.speech.shape import Speech
from callcenter.simulator.speech.spanish import SPANISH

SPEECHES: Mapping[str, Speech] = {one.language: one for one in (ENGLISH, SPANISH, GERMAN, FRENCH)}
NAMES = ("name", "first_name", "lead_name", "customer_name", "full_name")
COMPANIES = ("company", "company_name", "business_name", "client_name")
WHOLE = frozenset({"wrong_number", "silence", "voicemail", "ivr"})  # talks that have no common opening
TOLD_AS = {"max_duration": "chat", "their_fault_midcall": "chat"}


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it is heard, in seconds of the call's own time."""

    word: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says without a break. `delay` is the silence before it, in seconds."""

    role: str  # "agent" or "user"
    content: str
    words: tuple[Word, ...]
    delay: float

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A whole talk: its turns, its length in seconds, and the date it is about."""

    turns: tuple[Turn, ...]
    seconds: float
    agreed_at: datetime
    name: str | None

    def until(self, seconds: float) -> "Talk":
        """The same talk cut off after so many seconds; a turn cut in two keeps the words already said."""
        turns = tuple(cut for turn in self.turns if (cut := cut_turn(turn, seconds)) is not None)
        return Talk(turns=turns, seconds=min(self.seconds, seconds), agreed_at=self.agreed_at, name=self.name)


def cut_turn(turn: Turn, seconds: float) -> Turn | None:
    """A turn as far as it was said by then."""
    if turn.end <= seconds:
        return turn
    said = tuple(word for word in turn.words if word.end <= seconds)
    return Turn(turn.role, " ".join(word.word for word in said), said, turn.delay) if said else None


def tell(plan: Plan, *, variables: Mapping[str, str], placed_at: datetime) -> Talk:
    """The talk of a plan; the same plan, variables and instant give the same talk."""
    rng = plan.rng()
    speech = SPEECHES[plan.language]
    agreed_at = agreed_instant(rng, placed_at.astimezone(zone_of(plan, variables)))
    name = first_of(variables, NAMES)
    lines = filled(script_lines(rng, plan, speech, named=name is not None), rng, plan, speech, variables, agreed_at)
    turns = timed(lines, rng)
    natural = turns[-1].end + rng.uniform(0.4, 1.5) + (SILENCE_SECONDS if plan.outcome.name == "silence" else 0.0)
    if plan.outcome.name == "their_fault_midcall":
        natural *= rng.uniform(0.4, 0.8)
    length = round(min(plan.talk_seconds or natural, plan.max_seconds), 2)
    return Talk(turns=turns, seconds=length, agreed_at=agreed_at, name=name).until(length)


def zone_of(plan: Plan, variables: Mapping[str, str]) -> ZoneInfo:
    """The zone in which the person would name a time: their own if the variables tell, else their number's."""
    try:
        return ZoneInfo(variables.get("timezone") or plan.zone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(plan.zone)


def agreed_instant(rng: Random, local: datetime) -> datetime:
    """A working day within three weeks, at a half hour between nine and half past five."""
    day = local + timedelta(days=rng.randint(2, 18))
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day.replace(hour=rng.randint(9, 17), minute=rng.choice((0, 30)), second=0, microsecond=0)


def script_lines(rng: Random, plan: Plan, speech: Speech, *, named: bool) -> list[str]:
    """The unfilled lines of a talk."""
    outcome = plan.outcome.name
    talk = rng.choice(speech.talks[TOLD_AS.get(outcome, outcome)])
    opening = rng.choice(speech.opening_named if named else speech.opening_unnamed)
    return talk.splitlines() if outcome in WHOLE else [*opening.splitlines(), *with_asides(rng, plan, talk.splitlines())]


def with_asides(rng: Random, plan: Plan, lines: list[str]) -> list[str]:
    """The lines with the plan's asides where the person has spoken and the agent is next."""
    count = round(plan.asides * PATIENCE.get(plan.outcome.name, 0.0))
    places = [place for place in range(1, len(lines) - 1) if lines[place - 1][0] == "U" and lines[place][0] == "A"]
    if not count or not places:
        return lines
    known = ASIDES[plan.language]
    chosen = rng.sample(known, min(count, len(known)))
    spots = sorted(rng.choices(places, k=len(chosen)), reverse=True)
    for place, aside in zip(spots, chosen, strict=True):
        lines[place:place] = aside.splitlines()
    return lines


def filled(
    lines: Sequence[str], rng: Random, plan: Plan, speech: Speech, variables: Mapping[str, str], agreed_at: datetime
) -> list[tuple[str, str]]:
    """Roles and words, with every name in its place."""
    trade = speech.trades[plan.trade]
    name = first_of(variables, NAMES)
    facts = {
        "persona": rng.choice(speech.personas),
        "company": first_of(variables, COMPANIES) or trade.company,
        "owner": name or speech.someone,
        "name": name or "",
        "day": spoken_day(speech, agreed_at),
        "time": spoken_time(speech, agreed_at),
        "service": trade.service,
        "reason": trade.reason,
        "question": trade.question,
        "answer": rng.choice(trade.answers),
        "offer": trade.offer,
        "benefit": trade.benefit,
    }
    roles = {"A": "agent", "U": "user"}
    return [(roles[line[0]], fill(line[3:], facts)) for line in lines]


def fill(line: str, facts: Mapping[str, str]) -> str:
    """A line with its names; where the person's name is unknown, the pause before it goes as well."""
    if not facts["name"]:
        line = re.sub(r",? \{name\}", "", line)
    text = line.format_map(facts)
    return text[0].upper() + text[1:]


def first_of(variables: Mapping[str, str], names: Sequence[str]) -> str | None:
    """The first of these variables that says something."""
    return next((value.strip() for key in names if (value := variables.get(key, "")).strip()), None)


def spoken_day(speech: Speech, at: datetime) -> str:
    """ "Tuesday, December 1", as the language says it."""
    return speech.day.format(weekday=speech.weekdays[at.weekday()], day=at.day, month=speech.months[at.month - 1])


def spoken_time(speech: Speech, at: datetime) -> str:
    """ "2:30 pm", as the language says it."""
    return speech.time.format(
        hour=at.hour, minute=f"{at.minute:02}", twelve=(at.hour - 1) % 12 + 1, half="am" if at.hour < 12 else "pm"
    )


def timed(lines: Sequence[tuple[str, str]], rng: Random) -> tuple[Turn, ...]:
    """Gives each word its instants: about two and a half words a second, a breath between turns."""
    turns: list[Turn] = []
    clock = 0.2
    pace = {"agent": rng.uniform(0.9, 1.1), "user": rng.uniform(0.85, 1.25)}
    for role, content in lines:
        delay = rng.uniform(0.6, 1.4) if role == "agent" else rng.uniform(0.3, 1.1)
        clock += delay
        words: list[Word] = []
        for word in content.split():
            took = (0.13 + 0.045 * len(word)) * pace[role]
            words.append(Word(word, round(clock, 2), round(clock + took, 2)))
            clock += took + (0.18 if word[-1] in ".,?!:" else 0.02)
        turns.append(Turn(role, content, tuple(words), delay))
    return tuple(turns)
