"""Alive, ready, and in figures."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest
from prometheus_client.core import GaugeMetricFamily

from callcenter.api.deps import Rt
from callcenter.domain.errors import Unavailable
from callcenter.services import checking

router = APIRouter(tags=["Health"])

_GAUGES = {
    "calls": ("callcenter_calls", "Calls that wait or run, by status.", "status"),
    "dials": ("callcenter_dials", "Dials that hold a place under a cap, by state.", "state"),
    "events": ("callcenter_events", "Provider events not dealt with yet, by state.", "state"),
}


@router.get("/api/health", summary="Is the process alive?")
async def health() -> dict[str, str]:
    """Answers whenever the process can answer at all."""
    return {"status": "ok"}


@router.get("/api/ready", summary="May requests be sent here?", responses={503: {"description": "Not now."}})
async def ready(rt: Rt) -> Response:
    """Looks at the database, its schema and the bus. `clock` is false while ours differs from Retell's and nothing is dialled."""
    found = await checking.readiness(rt)
    checks = {"database": found.database, "schema": found.schema, "bus": found.bus, "clock": found.clock}
    body = {"status": "ready" if found.is_ready else "not ready", "checks": checks}
    headers = {} if found.is_ready else {"Retry-After": "5"}
    return JSONResponse(body, status_code=200 if found.is_ready else 503, headers=headers)


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(rt: Rt) -> Response:
    """Gives this process's counters, and what is on its way in the database."""
    text = await asyncio.to_thread(generate_latest, REGISTRY)
    try:
        counts = await checking.counts(rt)
    except Unavailable:
        counts = {}
    text += generate_latest(_OnTheirWay(counts))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


class _OnTheirWay:
    """Counts out of the database, as Prometheus wants them."""

    def __init__(self, counts: dict[str, dict[str, int]]) -> None:
        self._counts = counts

    def collect(self) -> list[GaugeMetricFamily]:
        """Gives one family per kind."""
        families: list[GaugeMetricFamily] = []
        for kind, (name, help_text, label) in _GAUGES.items():
            family = GaugeMetricFamily(name, help_text, labels=[label])
            for value, count in self._counts.get(kind, {}).items():
                family.add_metric([value], count)
            families.append(family)
        return families
