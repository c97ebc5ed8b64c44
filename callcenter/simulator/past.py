"""Calls of an earlier run, known again from what was told of them then; what was going on then has broken off."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from callcenter.simulator.call import Call, CallStatus
from callcenter.simulator.call_body import cost_of
from callcenter.simulator.orders import AgentOverride, Order
from callcenter.simulator.outcomes import OUTCOMES
from callcenter.simulator.record import utterances
from callcenter.simulator.refusals import invalid
from callcenter.simulator.script import Plan, place_of
from callcenter.simulator.signing import milliseconds
from callcenter.simulator.workspaces import AGENTS, Workspace

OVER = frozenset({"ended", "not_connected", "error"})
BROKEN_OFF = "error_retell"
NO_ANALYSIS: dict[str, Any] = {
    "call_summary": "The call broke off when the simulator was stopped.",
    "in_voicemail": False,
    "user_sentiment": "Unknown",
    "call_successful": False,
    "custom_analysis_data": {},
}


def told_calls(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The list in a request, or the refusal."""
    calls: Any = body.get("calls")
    if not isinstance(calls, list) or not all(isinstance(one, dict) for one in cast(list[Any], calls)):
        raise invalid("Say calls: a list of {created_at, told}.")
    return cast(list[dict[str, Any]], calls)


def call_of_the_past(workspace: Workspace, raw: Mapping[str, Any], *, seq: int) -> Call:
    """A finished call made from what was told of it. Raises a refusal for what names no call."""
    told = cast(dict[str, Any], raw.get("told") or {})
    told = {**told, **cast(dict[str, Any], told.get("call") or {})}
    if not isinstance(told.get("call_id"), str) or not isinstance(told.get("to_number"), str):
        raise invalid("A call of the past has call_id and to_number.")
    created_at = datetime.fromisoformat(str(raw["created_at"])).astimezone(UTC)
    record = {name: value for name, value in told.items() if name not in ("event", "call")}
    if record.get("call_status") not in OVER:
        record = broken_off(record, created_at=created_at)
    record.setdefault("call_analysis", NO_ANALYSIS)
    return finished(workspace, record, created_at=created_at, seq=seq)


def broken_off(record: dict[str, Any], *, created_at: datetime) -> dict[str, Any]:
    """The call as it ended when the run ended that carried it: where the last word was said, by no fault of the person."""
    said = utterances(record)
    seconds = max((float(word["end"]) for turn in said for word in turn.get("words") or ()), default=0.0)
    started_ms = record.get("start_timestamp")
    lines = "".join(f"{str(turn['role']).capitalize()}: {turn.get('content', '')}\n" for turn in said)
    return record | {
        "call_status": "error",
        "disconnection_reason": BROKEN_OFF,
        "end_timestamp": (started_ms or milliseconds(created_at)) + round(seconds * 1000),
        "duration_ms": round(seconds * 1000),
        "call_cost": cost_of(seconds),
        **({"transcript": lines, "transcript_object": said, "recording_url": "here"} if said else {}),
    }


def finished(workspace: Workspace, record: dict[str, Any], *, created_at: datetime, seq: int) -> Call:
    """A call object as a call: what filters and listings ask of it is read from there, nothing is made up again."""
    metadata = cast(dict[str, Any] | None, record.get("metadata"))
    variables = cast(dict[str, str] | None, record.get("retell_llm_dynamic_variables"))
    agent = workspace.find_agent(str(record.get("agent_id"))) or AGENTS[0]
    reason = str(record.get("disconnection_reason") or "")
    outcome = next((one for one in OUTCOMES.values() if reason in one.reasons), OUTCOMES["successful"])
    language, zone = place_of(str(record["to_number"]))
    storage = str(record.get("data_storage_setting") or "everything")
    started_ms, ended_ms = record.get("start_timestamp"), record.get("end_timestamp")
    seconds = (record.get("duration_ms") or 0) / 1000
    return Call(
        call_id=str(record["call_id"]),
        seq=seq,
        workspace=workspace,
        order=Order(
            from_number=str(record.get("from_number") or ""), to_number=str(record["to_number"]), agent_id=agent.agent_id,
            metadata=metadata, variables=variables, sip_headers={}, honours_dnc=False, idempotency_key=None,
            override=AgentOverride(),
        ),
        agent=agent,
        plan=Plan(
            seed=str(record["call_id"]), outcome=outcome, reason=reason, trade=agent.trade, language=language, zone=zone,
            ring_seconds=0, analysis_seconds=0, max_seconds=3600,
        ),
        created_at=created_at,
        status=cast(CallStatus, record["call_status"]),
        started_at=instant(started_ms) if started_ms and seconds else None,
        ended_at=instant(ended_ms) if ended_ms else created_at + timedelta(seconds=seconds),
        analysed_at=instant(ended_ms) if ended_ms else created_at,
        reason=reason or None,
        seconds=seconds,
        metadata=metadata,
        storage=storage,
        record=record,
    )  # fmt: skip


def instant(ms: int) -> datetime:
    """An aware instant of Unix milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC)
