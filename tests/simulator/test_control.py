"""The door for operators and tests."""

import httpx
import pytest

from callcenter.simulator.app import create_app
from callcenter.simulator.faults import FaultPlan, FaultRule
from tests.simulator.conftest import Speak


async def test_faults_are_set_and_cleared_over_http(speak: Speak) -> None:
    api = await speak()
    answer = await api.http.post("/simulator/faults", json={"rules": [{"do": "status", "status": 503, "times": None}]})
    assert answer.json() == {"rules": 1}
    assert (await api.create()).status_code == 503
    await api.http.delete("/simulator/faults")
    assert (await api.create()).status_code == 201
    refused = await api.http.post("/simulator/faults", json={"rules": [{"do": "explode"}]})
    assert refused.status_code == 400
    assert "refuse" in refused.json()["error_message"]


async def test_switches_and_rates_are_changed_for_one_key_or_all(speak: Speak) -> None:
    api = await speak()
    other = await speak(simulator=api.simulator, key="key_other")
    change = {"switches": {"strict_numbers": True, "webhook_spacing_seconds": [1, 2]}, "workspace": {"base_concurrency": 7}}
    await api.http.post("/simulator/switches", json={**change, "key": "key_other"})
    assert [(await one.create(from_number="+447700900123")).status_code for one in (api, other)] == [201, 400]
    assert (await other.http.get("/get-concurrency")).json()["concurrency_limit"] == 7
    assert (await api.http.get("/get-concurrency")).json()["concurrency_limit"] == 20
    await api.http.post("/simulator/switches", json=change)
    assert (await api.http.get("/get-concurrency")).json()["concurrency_limit"] == 7
    assert (await api.http.post("/simulator/switches", json={"switches": {"weather": "fine"}})).status_code == 400


async def test_results_can_be_wished_for_by_number_and_by_variable(speak: Speak) -> None:
    api = await speak()
    await api.http.post("/simulator/outcomes", json={"+12125550161": "busy", "+12125550162": {"outcome": "sale"}})
    ids = [await api.call_id(to=f"+1212555016{n}") for n in (1, 2)]
    ids.append(await api.call_id(retell_llm_dynamic_variables={"simulate": "voicemail"}))
    truth = {one["call_id"]: one for one in (await api.http.get("/simulator/calls")).json()}
    assert [truth[one]["planned_outcome"] for one in ids] == ["busy", "sale", "voicemail"]
    assert "voicemail" in (await api.http.get("/simulator/outcomes")).json()


async def test_the_truth_can_be_read_for_one_key(speak: Speak) -> None:
    api = await speak(speed=1.0)
    other = await speak(simulator=api.simulator, key="key_other")
    made = await api.call_id(metadata={"callcenter_token": "t1"})
    await other.call_id()
    log = (await api.http.get("/simulator/log?key=key_sheet_example_1")).json()
    assert [(one["token"], one["call_id"], one["answer"], one["fault"]) for one in log] == [("t1", made, 201, None)]
    assert len((await api.http.get("/simulator/log")).json()) == 2
    assert len((await api.http.get("/simulator/calls?key=key_other")).json()) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{"])
async def test_a_body_that_is_no_table_is_refused(speak: Speak, body: bytes) -> None:
    api = await speak()
    assert (await api.http.post("/simulator/hangup", content=body)).status_code == 400


async def test_only_this_machine_is_let_in(speak: Speak) -> None:
    api = await speak()
    app = create_app(api.simulator.provider, set_faults=api.simulator.set_faults)
    elsewhere = httpx.ASGITransport(app=app, client=("203.0.113.9", 4711))
    async with httpx.AsyncClient(transport=elsewhere, base_url="http://simulator", verify=False) as stranger:
        assert (await stranger.get("/simulator/log")).status_code == 403
        assert (await stranger.post("/simulator/clear")).status_code == 403
        assert (await stranger.get("/get-concurrency", headers={"Authorization": "Bearer key_a"})).status_code == 200


async def test_nobody_hides_behind_a_forwarded_address(speak: Speak) -> None:
    api = await speak(faults=FaultPlan(rules=(FaultRule(do="die", on="get-concurrency"),)))
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    with pytest.raises(httpx.RemoteProtocolError):
        await api.http.get("/get-concurrency", headers=forwarded)
    assert (await api.http.get("/simulator/log", headers=forwarded)).status_code == 200


async def test_hanging_up_an_unknown_call_is_refused(speak: Speak) -> None:
    api = await speak()
    assert (await api.http.post("/simulator/hangup", json={"call_id": "call_x"})).status_code == 422
