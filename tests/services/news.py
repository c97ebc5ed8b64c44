"""Makes saved calls that have come some way, from the words a test cares about."""

from dataclasses import fields
from typing import Any

from callcenter.domain.batch import Batch
from callcenter.domain.call import Call, CallStatus, Derived, Outcome, Phase, Told
from callcenter.domain.client import Client
from callcenter.domain.lead import Lead
from callcenter.services.runtime import Runtime
from tests.builders import new_id, saved_call

_TOLD = {each.name for each in fields(Told)}
_DERIVED = {each.name for each in fields(Derived)}


async def call_with(
    rt: Runtime, client: Client | None, lead: Lead | None = None, batch: Batch | None = None, **more: Any
) -> Call:
    """Adds a call; each field goes to what was told, what is derived, or the call itself."""
    told = {name: more.pop(name) for name in list(more) if name in _TOLD}
    derived = {name: more.pop(name) for name in list(more) if name in _DERIVED}
    return await saved_call(rt, client, lead, batch, told=Told(**told), derived=Derived(**derived), **more)


async def ended(rt: Runtime, client: Client | None, lead: Lead | None = None, batch: Batch | None = None, **more: Any) -> Call:
    """Adds a call that was answered and came to nothing, unless told otherwise; `at` is when it was dialled and ended."""
    at = more.pop("at")
    usual = {
        "status": CallStatus.COMPLETED, "phase": Phase.ANALYSED, "provider_call_id": f"call_{new_id()}",
        "outcome": Outcome.NOT_INTERESTED, "is_reached": True, "started_seen": True, "duration_ms": 60_000,
        "dialled_at": at, "started_at": at, "ended_at": at, "disconnection_reason": "user_hangup", "ended_class": "talked",
    }  # fmt: skip
    return await call_with(rt, client, lead, batch, **usual | more)
