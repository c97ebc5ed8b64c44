"""The provider's endpoints about a workspace: its agents, its numbers, its limits, its key."""

from typing import Any

from fastapi import APIRouter, Request

from callcenter.simulator.filters import test_of
from callcenter.simulator.listing import short_page
from callcenter.simulator.orders import E164, table, text
from callcenter.simulator.refusals import not_found
from callcenter.simulator.routes.asking import Asked, Asking, Body
from callcenter.simulator.workspaces import AGENTS, NUMBERS, Agent

router = APIRouter()
MODIFIED_MS = 1_790_000_000_000  # when agents and numbers were last changed


@router.get("/get-concurrency")
async def get_concurrency(provider: Asked, workspace: Asking) -> dict[str, Any]:
    settings = workspace.settings
    return {
        "current_concurrency": provider.exchange.in_use(workspace),
        "concurrency_limit": settings.limit,
        "base_concurrency": settings.base_concurrency,
        "purchased_concurrency": settings.purchased_concurrency,
        "concurrency_purchase_limit": 500,
        "remaining_purchase_limit": max(0, 500 - settings.purchased_concurrency),
        "concurrency_burst_enabled": settings.burst,
        "concurrency_burst_limit": settings.burst_limit,
        "reserved_inbound_concurrency": settings.reserved_inbound,
    }


@router.get("/get-api-key-info")
async def get_api_key_info(workspace: Asking) -> dict[str, Any]:
    return {"org_id": workspace.org_id, "org_name": "Simulated workspace", "api_key_name": f"…{workspace.key[-4:]}"}


@router.post("/v2/list-agents")
async def list_agents(request: Request, _: Asking, body: Body) -> dict[str, Any]:
    criteria = table(body, "filter_criteria") or {}
    found = [one for one in AGENTS if agent_fits(one, criteria)]
    page, answer = short_page(found, request.query_params)
    return {"items": [listed_agent(one) for one in page], **answer}


@router.get("/get-agent/{agent_id}")
async def get_agent(workspace: Asking, agent_id: str) -> dict[str, Any]:
    if (found := workspace.find_agent(agent_id)) is None:
        raise not_found()
    return {
        "agent_id": found.agent_id,
        "version": found.version,
        "is_published": True,
        "agent_name": found.name,
        "language": {"es": "es-ES"}.get(found.language or "", "multi"),
        "voice_id": found.voice_id,
        "response_engine": {"type": "retell-llm", "llm_id": f"llm_{found.agent_id[6:30]}", "version": found.version},
        "last_modification_timestamp": MODIFIED_MS,
        "webhook_url": None,
        "webhook_timeout_ms": 10_000,
        "max_call_duration_ms": 3_600_000,
        "ring_duration_ms": 30_000,
        "data_storage_setting": "everything",
        "enable_dnc_detection": True,
        "post_call_analysis_data": [
            {"type": "enum", "name": "outcome", "description": "What came of the call", "choices": ["not_interested"]},
            {"type": "string", "name": "appointment_date", "description": "The agreed date, ISO 8601"},
        ],
    }


@router.get("/v2/list-phone-numbers")
async def list_phone_numbers(request: Request, _: Asking) -> dict[str, Any]:
    page, answer = short_page(NUMBERS, request.query_params)
    return {"items": [number_body(number, nickname) for number, nickname in page], **answer}


@router.get("/get-phone-number/{phone_number}")
async def get_phone_number(workspace: Asking, phone_number: str) -> dict[str, Any]:
    known = dict(NUMBERS)
    if phone_number in known:
        return number_body(phone_number, known[phone_number])
    if workspace.switches.strict_numbers or not E164.fullmatch(phone_number):
        raise not_found()
    return number_body(phone_number, "Imported")


def agent_fits(one: Agent, criteria: dict[str, Any]) -> bool:
    """Whether an agent passes the filters of list-agents."""
    query = text(criteria, "query")
    if query is not None and query.lower() not in f"{one.name}\n{one.agent_id}".lower():
        return False
    values = {"channel": "voice", "is_transfer_agent": False}
    return all(
        test_of(criteria[name], where=f"request/body/filter_criteria/{name}", forms=None, inclusive=True)(value)
        for name, value in values.items()
        if name in criteria
    )


def listed_agent(one: Agent) -> dict[str, Any]:
    """An agent in a listing."""
    return {
        "agent_id": one.agent_id,
        "agent_name": one.name,
        "channel": "voice",
        "is_suspended": False,
        "is_transfer_agent": False,
        "tags": {},
        "user_modified_timestamp": MODIFIED_MS,
    }


def number_body(number: str, nickname: str) -> dict[str, Any]:
    """A number with the agent bound to it."""
    bound = [{"agent_id": AGENTS[0].agent_id, "weight": 1}]
    return {
        "phone_number": number,
        "phone_number_type": "custom",
        "nickname": nickname,
        "last_modification_timestamp": MODIFIED_MS,
        "inbound_agents": bound,
        "outbound_agents": bound,
    }
