"""A way to say something: the words it can begin with, the pattern of the rest, and what turns its sense round.

Patterns are written for text as `plain` leaves it: lower case, no accents, straight apostrophes, "don't" as "do not".
A phrase counts unless what stands directly before it turns it round: "stop calling me" asks for an end, "don't stop
calling me" does not. And an order is only understood where the sentence ends or goes on in a known way, since "don't call
me before nine" and "don't call me Bob" look the same up to there.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_FIRST_WORD = re.compile(r"[^\W_]+")
_APOSTROPHE = re.compile("[’‘`´ʼ]")
_DO_NOT = re.compile(r"\bdo ?n'?t\b")
_LOOK_BACK = 60  # characters; more than the longest thing that turns a phrase round

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say something. `first` are the words it is filed under: only where one stands is the pattern tried."""

    first: frozenset[str]
    pattern: re.Pattern[str]
    unless_after: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Language:
    """What we know of a language: its ISO code, words too common to matter, and the phrases of each intent."""

    code: str
    stop_words: frozenset[str]
    phrases: Mapping[str, Sequence[Phrase]]


def say(start: str, then: str = "", *, maybe: str = "", ends: str = "", unless_after: str = "") -> Phrase:
    """A phrase that begins with one of the wordings in `start`, parted by `|`, and goes on as the pattern `then`.

    With `maybe` it may go on so; `ends` is what must hold where it ends. It does not count where what stands directly
    before it matches `unless_after`.
    """
    first = frozenset(found[0] for each in start.split("|") if (found := _FIRST_WORD.match(each)))
    before = re.compile(rf"(?:{unless_after}) ?$") if unless_after else None
    rest = (f" (?:{then})" if then else "") + (f"(?: {maybe})?" if maybe else "")
    return Phrase(first, re.compile(rf"(?:{start}){rest}(?!\w){ends}"), before)


def plain(text: str) -> str:
    """Text as the patterns expect it."""
    if text.isascii():
        straight = text.replace("`", "'")
    else:
        decomposed = unicodedata.normalize("NFKD", _APOSTROPHE.sub("'", text))
        straight = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(_DO_NOT.sub("do not", straight.casefold()).split())


class Phrasebook:
    """Phrases with what each of them means, filed by their first words so that a long talk is read quickly."""

    def __init__(self, entries: Iterable[tuple[str, Phrase]]) -> None:
        self._by_first: defaultdict[str, list[tuple[str, Phrase]]] = defaultdict(list)
        for meaning, phrase in entries:
            for word in phrase.first:
                self._by_first[word].append((meaning, phrase))

    def read(self, text: str) -> list[tuple[Span, str]]:
        """Where `text`, as `plain` leaves it, says what: the spans found, each with its meaning."""
        return [
            (match.span(), meaning)
            for word in _FIRST_WORD.finditer(text)
            for meaning, phrase in self._by_first.get(word[0], ())
            if (match := phrase.pattern.match(text, word.start())) and not _is_turned(phrase, text, word.start())
        ]


def _is_turned(phrase: Phrase, text: str, start: int) -> bool:
    before = phrase.unless_after
    return before is not None and before.search(text[max(0, start - _LOOK_BACK) : start]) is not None
