"""Our values written as the provider's JSON: the call to create, the calls to look for."""

from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.adapters.retell.reading import canonical, storable_text
from callcenter.services.ports import CreateCall

#: What we ask to be told when the webhook is ours. Transcript updates are how we know that people talk.
WEBHOOK_EVENTS = (
    "call_started",
    "call_ended",
    "call_analyzed",
    "transcript_updated",
    "transfer_started",
    "transfer_bridged",
    "transfer_cancelled",
    "transfer_ended",
)
MOST_LISTED = 1_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def body_of(request: CreateCall) -> bytes:
    """Gives the body that creates the call: the same bytes for the same request, so that its hash can be kept.

    The token goes twice: as idempotency key, which the provider honours for an hour, and in the metadata, by which the
    call is found again. The ring time is always stated, since what an unknown call holds depends on it.
    """
    variables = request.variables
    agent: dict[str, Any] = {"ring_duration_ms": request.ring_ms}
    if request.webhook_url is not None:
        agent |= {"webhook_url": request.webhook_url, "webhook_events": list(WEBHOOK_EVENTS)}
    body: dict[str, Any] = {
        "from_number": request.from_number,
        "to_number": request.to_number,
        "retell_llm_dynamic_variables": {storable_text(key): storable_text(value) for key, value in variables.items()},
        "metadata": {**request.metadata, "callcenter_token": request.token},
        "idempotency_key": request.token,
        "agent_override": {"agent": agent},
    }
    if request.agent_id is not None:
        body["override_agent_id"] = request.agent_id
    return canonical(body)


def body_of_search(*, token: str | None, since: datetime | None, to_number: str | None, cursor: str | None, limit: int) -> bytes:
    """Gives the body that lists calls, newest first.

    A search by token names neither status nor time: a call that still rings has no start and no status to filter by.
    """
    criteria: dict[str, Any] = {}
    if token is not None:
        criteria["metadata"] = [{"key": "callcenter_token", "type": "string", "op": "eq", "value": token}]
    if since is not None:
        since_ms = (since - _EPOCH) // timedelta(milliseconds=1)
        criteria["start_timestamp"] = {"type": "number", "op": "ge", "value": since_ms}
    if to_number is not None:
        criteria["to_number"] = {"type": "string", "op": "eq", "value": to_number}
        criteria["direction"] = {"type": "enum", "op": "in", "value": ["outbound"]}
    body: dict[str, Any] = {"sort_order": "descending", "limit": max(1, min(limit, MOST_LISTED))}
    if criteria:
        body["filter_criteria"] = criteria
    if cursor is not None:
        body["pagination_key"] = cursor
    return canonical(body)
