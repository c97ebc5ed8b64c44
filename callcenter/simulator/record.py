"""A call read from what the provider told of it: its turns as a talk that can be heard again."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from callcenter.simulator.talk import Talk, Turn, Word

SPOKEN = frozenset({"agent", "user"})


def talk_of(record: Mapping[str, Any]) -> Talk | None:
    """The talk in a call object, as long as the call was; None when nobody ever answered."""
    milliseconds = record.get("duration_ms")
    if not isinstance(milliseconds, int) or milliseconds <= 0:
        return None
    turns: list[Turn] = []
    for raw in utterances(record):
        words = tuple(Word(str(word["word"]), float(word["start"]), float(word["end"])) for word in raw.get("words") or ())
        if words:
            delay = max(0.0, words[0].start - (turns[-1].end if turns else 0.0))
            turns.append(Turn(str(raw["role"]), str(raw.get("content", "")), words, delay))
    started = datetime.fromtimestamp((record.get("start_timestamp") or 0) / 1000, UTC)
    return Talk(turns=tuple(turns), seconds=milliseconds / 1000, agreed_at=started, name=None)


def utterances(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What was said in a call object, tool calls left out; updates while people talk have only the longer list."""
    said: Any = record.get("transcript_object") or record.get("transcript_with_tool_calls") or []
    return [one for one in cast(list[dict[str, Any]], said) if one.get("role") in SPOKEN]
