"""Listening: byte ranges, who may, and what a browser is told it gets."""

import httpx
import pytest

from callcenter.domain.call import Phase, Told
from callcenter.domain.errors import Invalid, Refused
from callcenter.domain.user import Role
from callcenter.services.runtime import Runtime
from tests.api.conftest import Asker
from tests.builders import saved_call, saved_client
from tests.fakes import FakeProvider

URL = "https://example.test/r.wav"


async def recorded(rt: Runtime) -> str:
    call = await saved_call(
        rt, await saved_client(rt), told=Told(phase=Phase.ENDED, started_seen=True, provider_call_id="call_1", recording_url=URL)
    )
    return f"/api/calls/calls/{call.call_id}/recording"


async def test_the_whole_or_a_part(rt: Runtime, admin: httpx.AsyncClient, provider: FakeProvider) -> None:
    path = await recorded(rt)
    whole = await admin.get(path)
    assert (whole.status_code, whole.content) == (200, provider.recording_bytes)
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["content-type"] == "audio/wav"
    part = await admin.get(path, headers={"range": "bytes=1-3"})
    assert (part.status_code, part.content) == (206, provider.recording_bytes[1:4])
    assert part.headers["content-range"] == f"bytes 1-3/{len(provider.recording_bytes)}"
    odd = await admin.get(path, headers={"range": "pages=1-2"})
    assert odd.status_code == 200


async def test_who_may_listen(rt: Runtime, as_: Asker) -> None:
    path = await recorded(rt)
    statuses = [(await (await as_(role)).get(path)).status_code for role in Role]
    assert statuses == [403, 403, 200, 200]


@pytest.mark.parametrize(("trouble", "status"), [(Refused("gone", status=404), 502), (Invalid("not our host"), 404)])
async def test_what_cannot_be_had_is_a_problem(
    rt: Runtime, admin: httpx.AsyncClient, provider: FakeProvider, trouble: Exception, status: int
) -> None:
    path = await recorded(rt)
    provider.trouble = trouble
    assert (await admin.get(path)).status_code == status


async def test_a_call_without_a_recording_is_404(rt: Runtime, admin: httpx.AsyncClient) -> None:
    call = await saved_call(rt, await saved_client(rt))
    assert (await admin.get(f"/api/calls/calls/{call.call_id}/recording")).status_code == 404
