"""What was said in a call, from whichever of the provider's three forms of transcript is there."""

import re
from typing import Any

from callcenter.adapters.retell.reading import JsonObject, children, number, text
from callcenter.domain.call import Turn

SPEAKERS = frozenset({"agent", "user", "transfer_target"})

_LINE = re.compile(r"(agent|user|transfer[ _]target)\s*:\s*(.*)", re.IGNORECASE)


def turns_of(call: JsonObject) -> tuple[Turn, ...]:
    """Gives the turns in time order: from the form with tool calls, else without, else the plain text's lines."""
    for form in ("transcript_with_tool_calls", "transcript_object"):
        turns = _turns_of_items(children(call, form))
        if turns:
            return turns
    return _turns_of_lines(text(call, "transcript") or "")


def has_speech(turns: tuple[Turn, ...]) -> bool:
    """True when somebody said something; tool calls and key presses are no speech."""
    return any(turn.role in SPEAKERS for turn in turns)


def _turns_of_items(items: list[JsonObject]) -> tuple[Turn, ...]:
    tools: dict[str, str] = {}
    turns: list[Turn] = []
    for item in items:
        if (name := text(item, "name")) and (tool_call_id := text(item, "tool_call_id")):
            tools[tool_call_id] = name
        turn = _turn(item, tools)
        if turn.text or turn.tool:
            turns.append(turn)
    return tuple(turns)


def _turn(item: JsonObject, tools: dict[str, str]) -> Turn:
    start_s, end_s = _seconds(item)
    content = text(item, "content") or ""
    match text(item, "role"):
        case "agent" | "user" | "transfer_target" as role:
            return Turn(role, content, start_s, end_s)
        case "tool_call_invocation":
            return Turn("tool", text(item, "arguments") or "", start_s, end_s, text(item, "name") or "")
        case "tool_call_result":
            return Turn("tool", content, start_s, end_s, tools.get(text(item, "tool_call_id") or "", ""))
        case "dtmf":
            return Turn("other", text(item, "digit") or "", start_s, end_s)
        case "node_transition":
            return Turn("other", text(item, "new_node_name") or "", start_s, end_s)
        case _:
            return Turn("other", content, start_s, end_s)


def _seconds(item: JsonObject) -> tuple[float | None, float | None]:
    words = children(item, "words")
    starts, ends = (_times([word.get(key) for word in words]) for key in ("start", "end"))
    said_at = number(item, "time_sec")
    return (float(min(starts)) if starts else said_at), (float(max(ends)) if ends else None)


def _times(given: list[Any]) -> list[float]:
    # there are hundreds in a body, and each is looked at: no more is done with one than it takes
    return [at for at in given if (type(at) is float or type(at) is int) and at >= 0]


def _turns_of_lines(transcript: str) -> tuple[Turn, ...]:
    turns: list[Turn] = []
    for line in transcript.splitlines():
        said = _LINE.fullmatch(line.strip())
        if said:
            turns.append(Turn(said[1].lower().replace(" ", "_"), said[2]))
        elif line.strip() and turns:
            turns[-1] = Turn(turns[-1].role, f"{turns[-1].text}\n{line.strip()}".strip())
    return tuple(turn for turn in turns if turn.text)
