"""How good a talk was, from 0 to 100, and in one sentence why."""

from dataclasses import dataclass
from decimal import Decimal
from math import floor

from callcenter.domain.call import SUCCESSES, Outcome
from callcenter.domain.ending import EndClass

_GOOD_DELAY_MS, _BAD_DELAY_MS = 1_000, 3_000
_FEW, _MANY = Decimal("0.2"), Decimal("0.6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What the score is made of; `sentiment` −1…1, words counted, `delay_ms` the agent's median time to answer."""

    outcome: Outcome | None
    sentiment: float | None
    agent_words: int
    lead_words: int
    delay_ms: int | None
    end_class: EndClass


@dataclass(frozen=True, slots=True)
class _Part:
    """One part of the score: what it is called, what it gave, and the most it can give."""

    name: str
    points: Decimal
    most: int

    def __str__(self) -> str:
        return f"{self.name} ({float(self.points):.1f} of {self.most})".replace(".0 of", " of")


def quality(talk: Talk) -> tuple[int, str] | None:
    """The score, rounded half up, and its largest gain and loss in a sentence; None unless both sides spoke."""
    if not talk.agent_words or not talk.lead_words:
        return None
    parts = (_goal(talk.outcome), _mood(talk.sentiment), _share(talk), _delay(talk.delay_ms), _end(talk.end_class))
    return floor(sum(part.points for part in parts) + Decimal("0.5")), _reason(parts)


def _goal(outcome: Outcome | None) -> _Part:
    if outcome is None:
        return _Part("an open result", Decimal(20), 40)
    return _Part("the goal", Decimal(40), 40) if outcome in SUCCESSES else _Part("a missed goal", Decimal(0), 40)


def _mood(sentiment: float | None) -> _Part:
    if sentiment is None:
        return _Part("an unknown mood", Decimal(10), 20)
    return _Part("their mood", 20 * (Decimal(str(sentiment)) + 1) / 2, 20)


def _share(talk: Talk) -> _Part:
    share = Decimal(talk.lead_words) / (talk.lead_words + talk.agent_words)
    full = min(Decimal(1), share / _FEW, (1 - share) / (1 - _MANY))
    return _Part("their share of the talk", 20 * full, 20)


def _delay(delay_ms: int | None) -> _Part:
    if delay_ms is None:
        return _Part("an unknown answer delay", Decimal(5), 10)
    slack = Decimal(_BAD_DELAY_MS - delay_ms) / (_BAD_DELAY_MS - _GOOD_DELAY_MS)
    return _Part("the answer delay", 10 * min(Decimal(1), max(Decimal(0), slack)), 10)


def _end(end_class: EndClass) -> _Part:
    points = {EndClass.TALKED: 10, EndClass.UNKNOWN: 5}.get(end_class, 0)
    return _Part("the way it ended", Decimal(points), 10)


def _reason(parts: tuple[_Part, ...]) -> str:
    """Names the largest loss, and the largest gain among the other parts: half of a large part is no news twice."""
    loss = max(parts, key=lambda part: part.most - part.points)
    if loss.points == loss.most:
        return f"Gained most from {parts[0]} and lost nothing."
    gain = max((part for part in parts if part is not loss), key=lambda part: part.points)
    return f"Gained most from {gain} and lost most on {loss}." if gain.points else f"Lost most on {loss}."
