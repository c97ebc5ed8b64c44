"""What was said in a call, as its page shows it: the turns, the strip of who spoke when, and how much each side did."""

import json
from dataclasses import replace
from datetime import timedelta

from callcenter.domain.call import Call
from callcenter.domain.call import Turn as Said
from callcenter.domain.transcript import spoken_turns
from callcenter.services.browsing.pages import CallPage
from callcenter.ui import words
from callcenter.ui.components.player import Spoken
from callcenter.ui.components.transcript import Turn

#: Retell's own tools, in words; others are called what they are called.
_TOOLS = {
    "check_availability_cal": "Looked up free times",
    "book_appointment_cal": "Booked the appointment",
    "end_call": "Ended the call",
    "transfer_call": "Transferred the call",
    "press_digit": "Pressed a key",
    "send_sms": "Sent a text message",
}
_ANSWER = "→ "


def turns_of(page: CallPage) -> list[Turn]:
    """The transcript, turn by turn; tool calls with what they sent and received."""
    agent, lead = page.line.agent_name or "Agent", _first_name(page.line.lead_name) or "They"
    made: list[Turn] = []
    for turn in page.call.told.turns or spoken_turns(page.call.told):
        if turn.role == "other" or (turn.role != "tool" and not turn.text.strip()):
            continue
        second = turn.start_s or 0.0
        at = words.duration(timedelta(seconds=second)) if turn.start_s is not None else ""
        if turn.role == "tool":
            used = _tool(turn, at, second)
            if not _joined(made, used):
                made.append(used)
        else:
            who = "agent" if turn.role == "agent" else "lead"
            name = agent if turn.role == "agent" else lead if turn.role == "user" else "Transferred to"
            made.append(Turn(who=who, name=name, at=at, second=second, text=turn.text))
    return made


def _joined(made: list[Turn], turn: Turn) -> bool:
    """A tool's answer belongs to the line that asked for it."""
    if not made or made[-1].who != "tool" or made[-1].text != turn.text or _ANSWER in made[-1].body:
        return False
    body = "\n\n".join(part for part in (made[-1].body, _ANSWER + turn.body) if part)
    made[-1] = replace(made[-1], detail=turn.detail, body=body)
    return True


def _tool(turn: Said, at: str, second: float) -> Turn:
    name = _TOOLS.get(turn.tool) or turn.tool.replace("_", " ").strip().capitalize() or "Used a tool"
    detail = turn.text if len(turn.text) <= 60 and "{" not in turn.text else ""
    return Turn(who="tool", name=name, at=at, second=second, text=name, detail=detail, body=_pretty(turn.text))


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _first_name(name: str) -> str:
    return name.split()[0] if name.split() else ""


def strip_of(call: Call, seconds: float) -> list[Spoken]:
    """Who spoke when, in percent of the recording; empty when the turns have no times."""
    if seconds <= 0:
        return []
    strip: list[Spoken] = []
    for turn in call.told.turns:
        if turn.role not in ("agent", "user") or turn.start_s is None or turn.end_s is None:
            continue
        left = min(100.0, 100 * turn.start_s / seconds)
        width = max(0.6, min(100.0 - left, 100 * (turn.end_s - turn.start_s) / seconds))
        strip.append(Spoken("agent" if turn.role == "agent" else "lead", round(left, 2), round(width, 2)))
    return strip


def talk_shares(call: Call) -> tuple[str, str]:
    """How much of the talk each side had, "58 %" and "42 %"; empty when nobody can tell."""
    spoken = {"agent": 0.0, "user": 0.0}
    for turn in call.told.turns:
        if turn.role in spoken and turn.start_s is not None and turn.end_s is not None:
            spoken[turn.role] += turn.end_s - turn.start_s
    total = sum(spoken.values())
    return (words.percent(spoken["agent"], total), words.percent(spoken["user"], total)) if total > 0 else ("", "")
