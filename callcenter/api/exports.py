"""The lists on screen as downloads: the same address, the same rows, for the person signed in with this browser."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from callcenter.api.deps import Asking, Rt, limited
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import zone_info
from callcenter.domain.lead_search import lead_filter_from
from callcenter.domain.search import CallFilter, strict_call_filter_from
from callcenter.services import browsing, exporting

router = APIRouter(prefix="/api", include_in_schema=False)


@router.get("/calls/export", dependencies=[Depends(limited("exports", per_minute=20))])
async def export(rt: Rt, actor: Asking, request: Request, tz: str = "UTC", planned: str = "") -> Response:
    """Streams what the list shows for these parameters; `planned=no` leaves out what is due later than now.

    Days are meant in `tz`, and local times are written in it.
    """
    zone = zone_info(tz)
    if zone is None:
        raise Invalid(f"“{tz[:60]}” is no time zone.", field="tz")
    now = rt.clock.now()
    asked = _asked(request, zone, planned=planned, rt=rt)
    clients = dict((await browsing.shell_of(rt, actor)).clients)
    whose = clients.get(asked.clients[0], "") if len(asked.clients) == 1 else ""
    name = exporting.file_name("calls", whose, now.astimezone(zone).date())
    return _download(name, exporting.export_calls(rt, actor, asked, tz=zone.key))


@router.get("/leads/export", dependencies=[Depends(limited("exports", per_minute=20))])
async def export_leads(rt: Rt, actor: Asking, request: Request) -> Response:
    """Streams the leads that the list shows for these parameters, as a file that can be imported again."""
    asked, _ = lead_filter_from({name: request.query_params.getlist(name) for name in request.query_params})
    clients = dict((await browsing.shell_of(rt, actor)).clients)
    whose = clients.get(asked.clients[0], "") if len(asked.clients) == 1 else ""
    return _download(exporting.file_name("leads", whose, rt.clock.now().date()), exporting.export_leads(rt, actor, asked))


@router.get("/audit/export", dependencies=[Depends(limited("exports", per_minute=20))])
async def export_audit(rt: Rt, actor: Asking, who: str = "", on: str = "") -> Response:
    """Streams who did what, narrowed as on the page."""
    lines = await exporting.export_audit(rt, actor, by=who, subject=on)
    return _download(exporting.file_name("audit", "", rt.clock.now().date()), lines)


def _download(name: str, lines: AsyncIterator[bytes]) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _asked(request: Request, zone: ZoneInfo, *, planned: str, rt: Rt) -> CallFilter:
    params: Mapping[str, list[str]] = {name: request.query_params.getlist(name) for name in request.query_params}
    now = rt.clock.now()
    asked = strict_call_filter_from(params, tz=zone, now=now)
    if planned == "no" and (asked.end is None or asked.end > now):
        return replace(asked, end=now)
    return asked
