"""What people type into a search field: names, numbers, ids, `cost>0.50`, `dur>120` and "quoted words"."""

import re
from dataclasses import dataclass

_QUOTED = re.compile(r'["“„]([^"“”„]+)["”“]')
_MEASURE = re.compile(r"(?<!\S)(cost|dur)\s?(>=|<=|>|<|=)\s?\$?(\d{1,9}(?:[.,]\d{1,6})?)(?!\S)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w+])(\+?\(?\d[\d\s().\-/]{2,}\d)(?!\w)")
_EXACT_START = re.compile(r"^\+\d{2,15}$")

#: Longer searches are cut: nobody types them, and each word costs a scan.
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Measure:
    """A comparison: `field` is `cost` (value in micro-dollars) or `dur` (value in milliseconds of talk)."""

    field: str
    operator: str
    value: int


@dataclass(frozen=True, slots=True)
class SearchWords:
    """A typed search, understood. `terms` are lower case; `number_starts` are E.164 beginnings; `digits` stand anywhere in
    a number; `phrases` are looked for in transcripts."""

    terms: tuple[str, ...] = ()
    number_starts: tuple[str, ...] = ()
    digits: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()


def read_words(text: str) -> SearchWords:
    """Gives what a search means; never fails, since whatever it does not know is a word to look for."""
    phrases: list[str] = []
    measures: list[Measure] = []
    starts: list[str] = []
    digits: list[str] = []

    def quoted(match: re.Match[str]) -> str:
        if match[1].strip():
            phrases.append(" ".join(match[1].split()).lower())
        return " "

    def measured(match: re.Match[str]) -> str:
        unit = 1_000_000 if match[1].lower() == "cost" else 1_000
        value = round(float(match[3].replace(",", ".")) * unit)
        measures.append(Measure(match[1].lower(), match[2], value))
        return " "

    def number(match: re.Match[str]) -> str:
        plain = re.sub(r"[^\d+]", "", match[1])
        (starts if _EXACT_START.match(plain) else digits).append(plain)
        return " "

    rest = text.replace("\x00", "").replace("…", " ")
    for pattern, action in ((_QUOTED, quoted), (_MEASURE, measured), (_NUMBER, number)):
        rest = pattern.sub(action, rest)
    terms = [word.lower() for word in rest.split() if word.strip('"“”„')]
    return SearchWords(
        terms=tuple(terms[:MOST_WORDS]),
        number_starts=tuple(starts[:MOST_WORDS]),
        digits=tuple(digits[:MOST_WORDS]),
        phrases=tuple(phrases[:MOST_WORDS]),
        measures=tuple(measures[:MOST_WORDS]),
    )
