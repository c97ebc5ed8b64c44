"""Choices of a select, from state."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """One choice: its value (never empty) and the word shown."""

    value: str
    word: str


def options(pairs: Iterable[tuple[str, str]]) -> list[Option]:
    """Options from (value, word)."""
    return [Option(value, word) for value, word in pairs]
