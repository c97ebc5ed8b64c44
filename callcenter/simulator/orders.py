"""What a create request asks for, checked in the order and the words of the provider."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from callcenter.simulator.config import Switches
from callcenter.simulator.refusals import Refusal, invalid

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
METADATA_LIMIT = 50_000  # bytes of JSON
EVENTS = frozenset(
    {"call_started", "call_ended", "call_analyzed", "transcript_updated"}
    | {"transfer_started", "transfer_bridged", "transfer_cancelled", "transfer_ended"}
)
DEFAULT_EVENTS = frozenset({"call_started", "call_ended", "call_analyzed"})
STORAGE = ("everything", "everything_except_pii", "basic_attributes_only")
RANGES = {"ring_duration_ms": (5_000, 300_000), "max_call_duration_ms": (60_000, 7_200_000), "webhook_timeout_ms": (1, 60_000)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOverride:
    """Settings of the agent for this call only. Seconds are the call's own time, but for the webhook's."""

    webhook_url: str | None = None
    webhook_events: frozenset[str] = DEFAULT_EVENTS
    webhook_timeout: float = 10.0
    ring_seconds: float = 30.0
    max_seconds: float = 3600.0
    language: str | None = None
    data_storage_setting: str = "everything"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One call as it was asked for."""

    from_number: str
    to_number: str
    agent_id: str | None
    metadata: dict[str, Any] | None
    variables: dict[str, str] | None
    sip_headers: dict[str, str]
    override: AgentOverride
    honours_dnc: bool
    idempotency_key: str | None


def order_of(body: Mapping[str, Any], switches: Switches) -> Order:
    """Reads a create request, or raises the refusal the provider would answer."""
    from_number, to_number = text(body, "from_number", required=True), text(body, "to_number", required=True)
    assert from_number is not None
    assert to_number is not None
    if not flag(body, "ignore_e164_validation") and not (E164.fullmatch(from_number) and E164.fullmatch(to_number)):
        raise Refusal(switches.bad_number_status, "Phone numbers must be in E.164 format.", kind="validation")
    metadata = table(body, "metadata")
    if metadata is not None and len(json.dumps(metadata, ensure_ascii=False).encode()) > METADATA_LIMIT:
        raise Refusal(400, "Metadata is larger than 50kB.")
    return Order(
        from_number=from_number,
        to_number=to_number,
        agent_id=text(body, "override_agent_id"),
        metadata=metadata,
        variables=variables_of(body, switches),
        sip_headers=strings(body, "custom_sip_headers") or {},
        override=override_of(table(body, "agent_override") or {}),
        honours_dnc=flag(body, "honor_internal_dnc"),
        idempotency_key=text(body, "idempotency_key"),
    )


def override_of(raw: Mapping[str, Any]) -> AgentOverride:
    """`agent_override.agent`; settings that mean nothing here are accepted and passed over."""
    agent = table(raw, "agent") or {}
    events: Any = agent.get("webhook_events")
    if events is not None and (not isinstance(events, list) or not EVENTS.issuperset(cast(list[Any], events))):
        raise invalid("request/body/agent_override/agent/webhook_events/0 must be equal to one of the allowed values")
    storage = agent.get("data_storage_setting") or "everything"
    if storage not in STORAGE:
        raise invalid("request/body/agent_override/agent/data_storage_setting must be equal to one of the allowed values")
    language = text(agent, "language")
    return AgentOverride(
        webhook_url=text(agent, "webhook_url"),
        webhook_events=DEFAULT_EVENTS if events is None else frozenset(cast(list[str], events)),
        webhook_timeout=seconds(agent, "webhook_timeout_ms", default=10.0),
        ring_seconds=seconds(agent, "ring_duration_ms", default=30.0),
        max_seconds=seconds(agent, "max_call_duration_ms", default=3600.0),
        language=language[:2].lower() if language and language != "multi" else None,
        data_storage_setting=storage,
    )


def variables_of(body: Mapping[str, Any], switches: Switches) -> dict[str, str] | None:
    """Dynamic variables; values that are no strings are refused, or made strings where the switch says so."""
    raw = table(body, "retell_llm_dynamic_variables")
    if raw is None or not switches.accepts_non_string_variables:
        return strings(body, "retell_llm_dynamic_variables")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in raw.items()}


def text(body: Mapping[str, Any], name: str, *, required: bool = False) -> str | None:
    """A string of at least one character."""
    value = body.get(name)
    if value is None:
        if required:
            raise invalid(f"request/body must have required property '{name}'")
        return None
    if not isinstance(value, str):
        raise invalid(f"request/body/{name} must be string")
    if not value:
        raise invalid(f"request/body/{name} must NOT have fewer than 1 characters")
    return value


def flag(body: Mapping[str, Any], name: str) -> bool:
    """A boolean that is false when left out."""
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise invalid(f"request/body/{name} must be boolean")


def table(body: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """An object."""
    value: Any = body.get(name)
    if value is None or isinstance(value, dict):
        return cast(dict[str, Any] | None, value)
    raise invalid(f"request/body/{name} must be object")


def strings(body: Mapping[str, Any], name: str) -> dict[str, str] | None:
    """An object whose values are strings."""
    values = table(body, name)
    for key, value in (values or {}).items():
        if not isinstance(value, str):
            raise invalid(f"request/body/{name}/{key} must be string")
    return values


def seconds(body: Mapping[str, Any], name: str, *, default: float) -> float:
    """A duration given in whole milliseconds, in the range the provider allows."""
    value = body.get(name)
    if value is None:
        return default
    low, high = RANGES[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(f"request/body/agent_override/agent/{name} must be integer")
    if value < low:
        raise invalid(f"request/body/agent_override/agent/{name} must be >= {low}")
    if value > high:
        raise invalid(f"request/body/agent_override/agent/{name} must be <= {high}")
    return value / 1000
