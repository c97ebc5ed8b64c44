"""The form in which a language's lines are written down: trades, and a few ways each kind of talk can go."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What one line of business says: why it calls, what it asks, what it offers."""

    company: str
    service: str  # "the check-up": fits after "about" and "for"
    reason: str
    question: str
    answers: tuple[str, ...]
    offer: str
    benefit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One language. Talks are lines that begin with `A:` (the agent) or `U:` (the person); `{names}` are filled in.

    `day` and `time` are formats over weekday, day, month and over hour, minute, twelve, half.
    """

    language: str
    someone: str  # stands for a person whose name is not known
    personas: tuple[str, ...]
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    time: str
    trades: Mapping[str, Trade]
    opening_named: tuple[str, ...]
    opening_unnamed: tuple[str, ...]
    talks: Mapping[str, tuple[str, ...]]
