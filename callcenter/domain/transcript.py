"""What was said: the turns of a call, who spoke how much, what the lead asked for, and what the talk was about."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby, pairwise

from callcenter.domain.call import Told, Turn
from callcenter.domain.language.known import EVERYTHING, LANGUAGES
from callcenter.domain.language.phrase import Span, plain

_SPOKEN = frozenset({"agent", "user", "transfer_target"})
_LINE = re.compile(r"^(agent|user|transfer target):\s*(.*)$", re.IGNORECASE)
# a word, or a mark that parts what stands before it from what comes after
_WORD_OR_BREAK = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|[.!?,;:…\n]")
_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)'(?=\w)")
_KEYWORDS = 8
_SHORTEST = 3


def spoken_turns(told: Told) -> tuple[Turn, ...]:
    """The utterances, tools left out; read from the transcript's lines when Retell sent no turns."""
    return _spoken(told.turns, told.transcript)


def _spoken(turns: Sequence[Turn], transcript: str | None) -> tuple[Turn, ...]:
    return tuple(turn for turn in turns or _from_lines(transcript or "") if turn.role in _SPOKEN and turn.text.strip())


def lead_turns(told: Told, *, by_machine: bool) -> tuple[Turn, ...]:
    """The lead's own utterances. What a voicemail or a phone menu said is nobody's, so `by_machine` leaves none."""
    return () if by_machine else tuple(turn for turn in spoken_turns(told) if turn.role == "user")


def word_counts(told: Told) -> tuple[int, int]:
    """How many words the agent spoke, and how many the lead."""
    agent = lead = 0
    for turn in spoken_turns(told):
        if turn.role == "agent":
            agent += len(turn.text.split())
        elif turn.role == "user":
            lead += len(turn.text.split())
    return agent, lead


def do_not_call_words(told: Told, *, by_machine: bool) -> str | None:
    """The utterance in which the lead asks not to be called again, or None."""
    return None if by_machine else _refusal(told.turns, told.transcript)


# The same talk is read again with each event of its call, so what was found in it is kept for a while.
@lru_cache(maxsize=1_000)
def _refusal(turns: tuple[Turn, ...], transcript: str | None) -> str | None:
    return next(
        (text for text in _utterances(_spoken(turns, transcript)) if any(intent == "stop" for _, intent in _read(text))), None
    )


# Two things are looked for in each turn, what was wanted and whether to stop calling; it is read for both at once.
@lru_cache(maxsize=1_000)
def _read(text: str) -> tuple[tuple[Span, str], ...]:
    return tuple(EVERYTHING.read(plain(text)))


@dataclass(frozen=True, slots=True)
class Wish:
    """What the lead wanted, and the utterance that says so."""

    intent: str
    words: str


def last_wish(turns: Sequence[Turn]) -> Wish | None:
    """What the lead wanted, by the last phrase that says so; `other` if none does, None if the lead said nothing."""
    return _wish(tuple(turns))


@lru_cache(maxsize=1_000)
def _wish(turns: tuple[Turn, ...]) -> Wish | None:
    for turn in reversed(turns):
        if intent := _last_intent(_read(turn.text)):
            return Wish(intent, turn.text)
    return Wish("other", "") if turns else None


def find_keywords(turns: Sequence[Turn], *, language: str | None) -> tuple[str, ...]:
    """Up to eight words or pairs of words the lead used, the most frequent first, then the one said first.

    A pair has to come twice; a word that never stands outside a chosen pair is not repeated on its own.
    """
    return _keywords_of(tuple(turns), language)


@lru_cache(maxsize=1_000)
def _keywords_of(turns: tuple[Turn, ...], language: str | None) -> tuple[str, ...]:
    said = _words("\n".join([turn.text for turn in turns]))
    runs = _content_runs(said, _stop_words(said, language))
    words = Counter(chain.from_iterable(runs))
    pairs = Counter([f"{a} {b}" for run in runs for a, b in pairwise(run)])
    counts = dict(words) | {pair: count for pair, count in pairs.items() if count > 1}
    spoken_first = {word: place for place, word in enumerate(words)}
    ranked = sorted(counts, key=lambda each: (-counts[each], spoken_first[each.split(" ")[0]], " " not in each))
    chosen: list[str] = []
    for each in ranked:
        if len(chosen) == _KEYWORDS:
            break
        if not any(each in pair.split(" ") and counts[pair] == counts[each] for pair in chosen):
            chosen.append(each)
    return tuple(chosen)


def _from_lines(transcript: str) -> list[Turn]:
    turns: list[Turn] = []
    for line in transcript.splitlines():
        if spoken := _LINE.match(line.strip()):
            turns.append(Turn(role=spoken[1].lower().replace(" ", "_"), text=spoken[2]))
        elif turns:
            turns[-1] = Turn(role=turns[-1].role, text=f"{turns[-1].text} {line.strip()}")
    return turns


def _utterances(turns: Sequence[Turn]) -> Iterator[str]:
    """What the lead said turn by turn, and turns in a row joined: a pause inside a sentence makes two turns of it."""
    for role, run in groupby(turns, key=lambda turn: turn.role):
        if role == "user":
            texts = [turn.text for turn in run]
            yield from texts
            if len(texts) > 1:
                yield " ".join(texts)


def _last_intent(found: Sequence[tuple[Span, str]]) -> str | None:
    """The intent that begins last, leaving out what only stands inside another ("not interested in booking")."""
    outer = [(span, intent) for span, intent in found if intent == "stop" or not _is_inside(span, found)]
    return max(outer, key=lambda each: (each[0][0], each[1] == "stop", each[0][1]), default=((0, 0), None))[1]


def _is_inside(span: Span, found: Sequence[tuple[Span, str]]) -> bool:
    return any(start <= span[0] and span[1] <= end and (start, end) != span for (start, end), _ in found)


def _content_runs(said: Sequence[str], stop_words: frozenset[str]) -> list[list[str]]:
    """Words that carry meaning, in runs that nothing else interrupts, so that neighbours may form a pair."""
    runs: list[list[str]] = [[]]
    for word in said:
        if len(word) >= _SHORTEST and word not in stop_words:
            runs[-1].append(word)
        elif runs[-1]:
            runs.append([])
    return runs


def _words(text: str) -> list[str]:
    """Lower-case words, and the marks between them; French elisions (l', d', qu') are no part of one."""
    straight = text.lower().replace("’", "'")
    return _WORD_OR_BREAK.findall(_ELISION.sub("", straight) if "'" in straight else straight)


def _stop_words(said: Sequence[str], language: str | None) -> frozenset[str]:
    """Those of the call's language; when it is not known, of the language whose common words come most often."""
    code = (language or "")[:2].lower()
    for each in LANGUAGES:
        if each.code == code:
            return each.stop_words
    return max((each.stop_words for each in LANGUAGES), key=lambda words: sum(map(words.__contains__, said)))
