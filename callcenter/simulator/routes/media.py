"""What the links in a call lead to: its recording, and a log in plain text."""

from datetime import timedelta

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from callcenter.simulator.call import Call
from callcenter.simulator.provider import Provider
from callcenter.simulator.recordings import is_range, part_of, wav
from callcenter.simulator.routes.asking import Asked
from callcenter.simulator.talk import Talk

router = APIRouter()
GONE = PlainTextResponse("There is no such recording, or its link has expired.", status_code=403)


def heard(provider: Provider, call_id: str) -> tuple[Call, Talk] | None:
    """A finished call that somebody answered, while its links live. The link itself is the permission, as at the provider."""
    call = provider.exchange.calls.get(call_id)
    if call is None or call.ended_at is None or (talk := call.talk()) is None:
        return None
    life = call.workspace.switches.recording_link_seconds
    if life is not None and provider.clock.now() > call.ended_at + timedelta(seconds=life):
        return None
    return call, talk


@router.api_route("/recordings/{call_id}.wav", methods=["GET", "HEAD"])
async def recording(request: Request, provider: Asked, call_id: str) -> Response:
    if (found := heard(provider, call_id)) is None:
        return GONE
    data = wav(found[1])
    headers = {"accept-ranges": "bytes"}
    asked = request.headers.get("range")
    if asked is None or not is_range(asked):
        return Response(data, media_type="audio/wav", headers=headers)
    if (part := part_of(asked, len(data))) is None:
        return Response(status_code=416, headers={**headers, "content-range": f"bytes */{len(data)}"})
    headers["content-range"] = f"bytes {part.start}-{part.end - 1}/{len(data)}"
    return Response(data[part.start : part.end], status_code=206, media_type="audio/wav", headers=headers)


@router.get("/logs/{call_id}.txt")
async def public_log(provider: Asked, call_id: str) -> Response:
    if (found := heard(provider, call_id)) is None:
        return GONE
    call, talk = found
    lines = [f"{turn.start:8.2f}  {turn.role:5}  {turn.content}" for turn in talk.turns]
    return PlainTextResponse("\n".join([f"{call.call_id}  {call.reason}", *lines, ""]))
