"""A call as the provider writes it: freshly registered, in a listing, in a webhook, and whole."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.simulator.analysis import analysis_of
from callcenter.simulator.call import Call
from callcenter.simulator.talk import Talk, Turn

PRODUCTS = (("elevenlabs_tts", 0.1166667), ("gpt_4_1", 0.075), ("us_telephony", 0.025))  # cents per second
TRANSCRIPTS = ("transcript", "transcript_object", "transcript_with_tool_calls")
RECORDINGS = ("recording_url",)
NOBODY_HAS_HEARD_OF = "carrier_quarantined"
LINE_REASONS = frozenset({"dial_failed", "telephony_provider_permission_denied"})


def basic(call: Call) -> dict[str, Any]:
    """What is known from the first moment, and how far the call is."""
    body: dict[str, Any] = {
        "call_type": "phone_call",
        "call_id": call.call_id,
        "agent_id": call.agent.agent_id,
        "agent_version": call.agent.version,
        "agent_name": call.agent.name,
        "call_status": call.status,
    }
    if call.metadata is not None:
        body["metadata"] = call.metadata
    if call.order.variables is not None or call.live_variables:
        body["retell_llm_dynamic_variables"] = call.variables
    if call.batch_call_id is not None:
        body["batch_call_id"] = call.batch_call_id
    if call.start_ms is not None:
        body["start_timestamp"] = call.start_ms
    if call.workspace.switches.extra_fields:
        body["carrier_insights"] = {"route": "simulated", "score": 7}
    return {**body, "from_number": call.order.from_number, "to_number": call.order.to_number, "direction": "outbound"}


def whole(call: Call, *, base_url: str, analysis: bool = True, transcripts: bool = True) -> dict[str, Any]:
    """The call as get-call shows it; `call_ended` leaves the analysis out, a listing the transcripts."""
    if call.record is not None:
        return recorded(call.record, base_url=base_url, analysis=analysis, transcripts=transcripts)
    body = basic(call)
    body |= {
        "custom_sip_headers": call.order.sip_headers,
        "data_storage_setting": call.storage,
        "opt_in_signed_url": False,
        "latency": {},
        "call_cost": cost_of(0.0),
    }
    if call.custom_attributes:
        body["custom_attributes"] = call.custom_attributes
    if not call.is_over:
        return body
    body |= ending(call)
    talk = call.talk()
    if talk is not None:
        body |= measured(call, talk, base_url=base_url)
    if transcripts:
        body |= written(call, talk)
    if call.analysed_at is None and call.workspace.switches.recording_at == "analyzed":
        body.pop("recording_url", None)
    if call.analysed_at is not None and analysis:
        body["call_analysis"] = analysis_of(call.plan, talk, stopped=call.stopped)
    return body


def recorded(record: Mapping[str, Any], *, base_url: str, analysis: bool, transcripts: bool) -> dict[str, Any]:
    """A call of an earlier run, with links that lead to this one."""
    left_out = {*(() if analysis else ("call_analysis",)), *(() if transcripts else TRANSCRIPTS)}
    links = {"recording_url": "recordings/{}.wav", "public_log_url": "logs/{}.txt"}
    body = {name: value for name, value in record.items() if name not in left_out}
    return body | {name: f"{base_url}/{link.format(record['call_id'])}" for name, link in links.items() if name in body}


def stored(call: Call, *, base_url: str, transcripts: bool = True) -> dict[str, Any]:
    """The call as it is kept: without what its storage setting forbids to keep."""
    body = whole(call, base_url=base_url, transcripts=transcripts)
    if call.storage == "basic_attributes_only":
        for name in (*TRANSCRIPTS, *RECORDINGS, "public_log_url"):
            body.pop(name, None)
    return body


def listed(call: Call, *, base_url: str) -> dict[str, Any]:
    """The call as list-calls shows it: never a transcript, mostly no recording."""
    body = stored(call, base_url=base_url, transcripts=False)
    if not call.workspace.switches.list_has_recording:
        for name in RECORDINGS:
            body.pop(name, None)
    return body


def ending(call: Call) -> dict[str, Any]:
    """When and why it ended."""
    body: dict[str, Any] = {"disconnection_reason": reason_of(call), "collected_dynamic_variables": {}}
    if call.end_ms is not None:
        body["end_timestamp"] = call.end_ms
    if call.duration_ms is not None:
        body["duration_ms"] = call.duration_ms
    if call.reason == "call_transfer":
        body["transfer_destination"] = "+12125550142"
    return body


def reason_of(call: Call) -> str | None:
    """The reason, with the switches that put another in its place."""
    switches = call.workspace.switches
    if call.reason == "user_declined":
        return switches.declined_reason
    if switches.unknown_enum and call.reason in LINE_REASONS:
        return NOBODY_HAS_HEARD_OF
    return call.reason


def written(call: Call, talk: Talk | None) -> dict[str, Any]:
    """The transcripts; what a call nobody answered has instead is one of the provider's open points."""
    if talk is None:
        is_empty = call.workspace.switches.unconnected_transcript == "empty"
        return {"transcript": "", "transcript_object": [], "transcript_with_tool_calls": []} if is_empty else {}
    return {
        "transcript": "".join(f"{turn.role.capitalize()}: {turn.content}\n" for turn in talk.turns),
        "transcript_object": [utterance(turn) for turn in talk.turns],
        "transcript_with_tool_calls": with_tool_calls(call, talk),
    }


def measured(call: Call, talk: Talk, *, base_url: str) -> dict[str, Any]:
    """What exists beside the transcripts only because there was a conversation."""
    tokens = [850 + 40 * place for place, turn in enumerate(talk.turns) if turn.role == "agent"]
    body: dict[str, Any] = {
        "recording_url": f"{base_url}/recordings/{call.call_id}.wav",
        "public_log_url": f"{base_url}/logs/{call.call_id}.txt",
        "latency": latency_of(talk),
        "call_cost": cost_of(call.seconds),
        "telephony_identifier": {"twilio_call_sid": f"CA{call.call_id[-26:]}000000"},
    }
    if tokens:
        body["llm_token_usage"] = {"values": tokens, "average": sum(tokens) / len(tokens), "num_requests": len(tokens)}
    return body


def utterance(turn: Turn) -> dict[str, Any]:
    """A turn with the times of its words, in seconds."""
    words = [{"word": word.word, "start": word.start, "end": word.end} for word in turn.words]
    return {"role": turn.role, "content": turn.content, "words": words}


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool call: its name, which is also its type here, what goes in and what comes out."""

    name: str
    arguments: dict[str, Any]
    result: str | None

    def items(self, tool_call_id: str) -> list[dict[str, Any]]:
        """Invocation, and result if there is one."""
        invocation = {
            "role": "tool_call_invocation",
            "tool_call_id": tool_call_id,
            "name": self.name,
            "type": self.name,
            "arguments": json.dumps(self.arguments),
        }
        if self.result is None:
            return [invocation]
        return [
            invocation,
            {"role": "tool_call_result", "tool_call_id": tool_call_id, "content": self.result, "successful": True},
        ]


def with_tool_calls(call: Call, talk: Talk) -> list[dict[str, Any]]:
    """Turns, injected words and tool calls, in the order in which they happened."""
    entries: list[tuple[float, list[dict[str, Any]]]] = [(turn.start, [utterance(turn)]) for turn in talk.turns]
    entries += [(at, [{"role": "injected", "content": said, "time_sec": at}]) for at, said in call.injected]
    for number, (at, tool) in enumerate(tools_of(call, talk), start=1):
        entries.append((at, tool.items(f"tc_{call.call_id[-6:]}_{number}")))
    return [item for _, items in sorted(entries, key=lambda entry: entry[0]) for item in items]


def tools_of(call: Call, talk: Talk) -> list[tuple[float, Tool]]:
    """Which tools the agent used, and when."""
    agent_turns = [turn for turn in talk.turns if turn.role == "agent"]
    if len(agent_turns) < 2 or not call.is_over:
        return []
    tools: list[tuple[float, Tool]] = []
    if call.plan.outcome.name == "appointment" and len(agent_turns) > 3 and not call.stopped:
        slot = talk.agreed_at.isoformat()
        check = Tool("check_availability_cal", {"start": slot[:10]}, json.dumps({"free": [slot]}))
        book = Tool("book_appointment_cal", {"time": slot, "name": talk.name}, "Appointment booked.")
        tools += [(agent_turns[-3].end, check), (agent_turns[-2].end, book)]
    if call.reason == "agent_hangup":
        tools.append((agent_turns[-1].end, Tool("end_call", {"execution_message": agent_turns[-1].content}, None)))
    if call.reason == "call_transfer":
        tools.append((agent_turns[-1].end, Tool("transfer_call", {"number": "+12125550142"}, "Transfer started.")))
    return tools


def latency_of(talk: Talk) -> dict[str, Any]:
    """How long the agent took to answer, in milliseconds, and how that splits."""
    answers = [round(turn.delay * 1000) for turn in talk.turns[1:] if turn.role == "agent"]
    if not answers:
        return {}
    parts = {"e2e": 1.0, "llm": 0.55, "tts": 0.25, "asr": 0.12}
    return {name: spread([round(value * share) for value in answers]) for name, share in parts.items()}


def spread(values: list[int]) -> dict[str, Any]:
    """Percentiles of a few measurements."""
    ordered = sorted(values)
    at = {f"p{percent}": ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] for percent in (50, 90, 95, 99)}
    return {**at, "min": ordered[0], "max": ordered[-1], "num": len(values), "values": values}


def cost_of(seconds: float) -> dict[str, Any]:
    """What a connected call of this length costs, in cents; nothing for one that never connected."""
    billed = round(seconds)
    if not billed:
        return {"product_costs": [], "total_duration_seconds": 0, "total_duration_unit_price": 0, "combined_cost": 0}
    products = [{"product": name, "unit_price": price, "cost": round(price * billed, 4)} for name, price in PRODUCTS]
    unit = round(sum(price for _, price in PRODUCTS), 7)
    return {
        "product_costs": products,
        "total_duration_seconds": billed,
        "total_duration_unit_price": unit,
        "combined_cost": round(unit * billed, 4),
    }
