"""Recordings to listen to: one tone for the agent, another for the person, silence between, in step with the words."""

import re
import struct
from dataclasses import dataclass
from functools import lru_cache

from callcenter.simulator.talk import Talk

RATE = 8000  # samples a second, 8 bits each, one channel
SILENCE = 0x80
HEADER_BYTES = 44
PERIODS = {"agent": 36, "user": 24}  # samples per wave: 222 and 333 Hz
RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def wav(talk: Talk) -> bytes:
    """The whole file."""
    samples = bytearray([SILENCE]) * int(talk.seconds * RATE)
    for turn in talk.turns:
        wave = wave_of(turn.role)
        for word in turn.words:
            start, end = int(word.start * RATE), min(int(word.end * RATE), len(samples))
            length = max(0, end - start)
            samples[start : start + length] = (wave * (length // len(wave) + 1))[:length]
    return header(len(samples)) + bytes(samples)


@lru_cache
def wave_of(role: str) -> bytes:
    """One soft triangle wave."""
    period = PERIODS[role]
    quarter = period // 4
    rise = [(place if place <= quarter else 2 * quarter - place) for place in range(2 * quarter)]
    return bytes(SILENCE + round(40 * step / quarter) for step in [*rise, *(-step for step in rise)])


def header(length: int) -> bytes:
    """RIFF header of an 8-bit mono file."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE, 1, 8)
    return struct.pack("<4sI4s", b"RIFF", HEADER_BYTES - 8 + length, b"WAVE") + form + struct.pack("<4sI", b"data", length)


@dataclass(frozen=True, slots=True)
class Part:
    """The bytes that were asked for: `end` is not included."""

    start: int
    end: int


def is_range(asked: str | None) -> bool:
    """Whether a Range header names one part; anything else is answered with the whole file."""
    return asked is not None and asked != "bytes=-" and RANGE.fullmatch(asked) is not None


def part_of(asked: str, size: int) -> Part | None:
    """The part that a Range header names; None where it cannot be had."""
    found = RANGE.fullmatch(asked)
    assert found is not None
    first, last = found[1], found[2]
    if not first:
        return Part(max(0, size - int(last)), size) if int(last) else None
    start, end = int(first), min(int(last) + 1, size) if last else size
    return Part(start, end) if start < end else None
