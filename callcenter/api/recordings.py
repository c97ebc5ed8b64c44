"""The recording of a call, streamed through us with byte ranges, so that a player can seek."""

import re
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response, StreamingResponse

from callcenter.api import problems
from callcenter.api.deps import Asking, Rt
from callcenter.services import listening

router = APIRouter(prefix="/api/calls/calls", tags=["Calls"])

_RANGE = re.compile(r"bytes=(\d{1,15}-\d{0,15}|-\d{1,15})")
_PASSED_ON = ("content-length", "content-range", "etag", "last-modified")
_AUDIO = {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/{callId}/recording",
    summary="Listen to a call",
    response_class=StreamingResponse,
    responses={200: _AUDIO, 206: _AUDIO, 416: {"description": "No such part."}},
)
async def recording(
    rt: Rt, actor: Asking, callId: str, byte_range: Annotated[str | None, Header(alias="range")] = None
) -> Response:
    """Gives the recording, or the part that Range asks for."""
    wanted = byte_range if byte_range and _RANGE.fullmatch(byte_range.strip()) else None
    found = await listening.open_recording(rt, actor, callId, byte_range=wanted)
    if found.status == 416:
        return problems.problem(416, "range-not-satisfiable", "Range Not Satisfiable", "The recording has no such part.")
    given = {name.lower(): value for name, value in found.headers.items()}
    kind = given.get("content-type", "")
    headers = {name: given[name] for name in _PASSED_ON if name in given}
    headers |= {"Accept-Ranges": "bytes", "Cache-Control": "private, no-store", "Content-Disposition": "inline"}
    # whatever the other side says it is, a browser only ever gets to hear it
    media_type = kind if kind.startswith(("audio/", "video/")) else "audio/wav"
    return StreamingResponse(found.body, status_code=found.status, media_type=media_type, headers=headers)
