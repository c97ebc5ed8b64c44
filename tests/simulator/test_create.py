"""Creating calls: what is refused and in which words, keys that are repeated, places and pace."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.simulator.config import Switches, WorkspaceSettings
from callcenter.simulator.workspaces import AGENTS
from tests.simulator.conftest import FROM, Speak


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from_number": None}, "must have required property 'from_number'"),
        ({"to_number": ""}, "request/body/to_number must NOT have fewer than 1 characters"),
        ({"to_number": 12}, "request/body/to_number must be string"),
        ({"to_number": "212 555 0155"}, "E.164"),
        ({"retell_llm_dynamic_variables": {"n": 42}}, "request/body/retell_llm_dynamic_variables/n must be string"),
        ({"metadata": "x"}, "request/body/metadata must be object"),
        ({"honor_internal_dnc": "yes"}, "request/body/honor_internal_dnc must be boolean"),
        ({"agent_override": {"agent": {"ring_duration_ms": 4000}}}, "ring_duration_ms must be >= 5000"),
        ({"agent_override": {"agent": {"max_call_duration_ms": 8000000}}}, "max_call_duration_ms must be <= 7200000"),
        ({"agent_override": {"agent": {"webhook_events": ["call_ringing"]}}}, "one of the allowed values"),
        ({"agent_override": {"agent": {"data_storage_setting": "nothing"}}}, "one of the allowed values"),
    ],
)
async def test_bad_bodies_are_refused_in_the_validators_words(speak: Speak, change: dict[str, Any], message: str) -> None:
    api = await speak()
    answer = await api.create(**change)
    assert answer.status_code == 400
    assert message in answer.json()["error_message"]
    assert (await api.list()).json()["items"] == []


async def test_errors_come_in_two_shapes(speak: Speak) -> None:
    api = await speak()
    missing = await api.http.get("/get-concurrency", headers={"Authorization": ""})
    assert (missing.status_code, missing.json()) == (401, {"error_message": "Authorization header required"})
    wrong = await api.http.get("/get-concurrency", headers={"Authorization": "Bearer sk_1"})
    assert (wrong.status_code, wrong.json()) == (401, {"status": "error", "message": "Invalid API Key."})
    bare = await api.http.get("/get-concurrency", headers={"Authorization": "Bearer key_"})
    assert bare.status_code == 401
    unknown = await api.http.get("/v2/get-call/call_nobody")
    assert unknown.status_code == 422
    assert unknown.json() == {"status": "error", "message": "Cannot find requested asset under given api key."}
    broken = await api.http.post("/v2/create-phone-call", content=b'{"from')
    assert (broken.status_code, list(broken.json())) == (400, ["error_message"])
    nowhere = await api.http.get("/v2/list-calls")
    assert (nowhere.status_code, nowhere.json()["status"]) == (404, "error")


async def test_the_shapes_can_be_switched(speak: Speak) -> None:
    api = await speak(switches=Switches(validation_shape="message", bad_number_status=422, refusal_shape="error_message"))
    assert (await api.create(to="")).json()["status"] == "error"
    assert (await api.create(to="0155")).status_code == 422
    assert "error_message" in (await api.http.get("/v2/get-call/call_nobody")).json()


async def test_metadata_beyond_fifty_kilobytes_is_refused(speak: Speak) -> None:
    api = await speak()
    assert (await api.create(metadata={"x": "y" * 49_000})).status_code == 201
    assert (await api.create(metadata={"x": "y" * 50_000})).status_code == 400


async def test_the_same_key_makes_no_second_call(speak: Speak) -> None:
    api = await speak(speed=1.0)
    first, second, other = [(await api.create(idempotency_key=key)) for key in ("k1", "k1", "k2")]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["call_id"] == second.json()["call_id"] != other.json()["call_id"]
    assert [entry["replayed"] for entry in api.simulator.log.entries] == [False, True, False]
    stranger = await speak(simulator=api.simulator, key="key_other")
    assert (await stranger.create(idempotency_key="k1")).json()["call_id"] != first.json()["call_id"]


async def test_a_key_is_forgotten_after_an_hour(speak: Speak) -> None:
    api = await speak(speed=1.0)
    first = await api.call_id(idempotency_key="k")
    replays = api.simulator.provider.workspaces.of("key_sheet_example_1").replays
    replays["k"] = replace(replays["k"], at=replays["k"].at - timedelta(minutes=59))
    assert await api.call_id(idempotency_key="k") == first
    replays["k"] = replace(replays["k"], at=replays["k"].at - timedelta(minutes=2))
    assert await api.call_id(idempotency_key="k") != first


async def test_replays_follow_the_switches(speak: Speak) -> None:
    api = await speak(switches=Switches(replay_status=200, replay_conflict="refuse", replay_body="created"))
    made = (await api.create(idempotency_key="k", simulate="busy")).json()
    await api.analysed(made["call_id"])
    again = await api.create(idempotency_key="k", simulate="busy")
    assert (again.status_code, again.json()) == (200, made)
    assert (await api.create(idempotency_key="k", to="+12125550156")).status_code == 409
    api.simulator.set_switches(switches=Switches())
    assert (await api.create(idempotency_key="k", simulate="busy")).json()["call_status"] == "not_connected"
    api.simulator.set_switches(switches=Switches(honours_idempotency=False))
    assert (await api.create(idempotency_key="k", simulate="busy")).json()["call_id"] != made["call_id"]


async def test_a_refused_attempt_uses_its_key_only_where_the_switch_says_so(speak: Speak) -> None:
    api = await speak()
    assert (await api.create(idempotency_key="k", override_agent_id="agent_nobody")).status_code == 422
    assert (await api.create(idempotency_key="k")).status_code == 201
    api.simulator.set_switches(switches=Switches(failure_uses_key=True))
    assert (await api.create(idempotency_key="m", override_agent_id="agent_nobody")).status_code == 422
    assert (await api.create(idempotency_key="m")).status_code == 422


async def test_beyond_the_limit_calls_are_refused_or_end_at_once(speak: Speak) -> None:
    api = await speak(workspace=WorkspaceSettings(base_concurrency=3, reserved_inbound=1))
    long = {"outcome": "no_answer", "ring_seconds": 9000}
    assert [(await api.create(simulate=long)).status_code for _ in range(3)] == [201, 201, 429]
    assert (await api.create()).json()["status"] == "error"
    assert (await api.http.get("/get-concurrency")).json()["current_concurrency"] == 2
    api.simulator.set_switches(switches=Switches(retry_after_seconds=3))
    assert (await api.create()).headers["retry-after"] == "3"
    api.simulator.set_switches(switches=Switches(concurrency_refusal="error_call"))
    late = await api.analysed(await api.call_id())
    assert (late["call_status"], late["disconnection_reason"]) == ("error", "concurrency_limit_reached")
    assert "start_timestamp" not in late


async def test_a_call_that_ends_gives_its_place_back(speak: Speak) -> None:
    api = await speak(workspace=WorkspaceSettings(base_concurrency=1))
    first = await api.call_id(simulate={"outcome": "no_answer", "ring_seconds": 60})
    assert (await api.create()).status_code == 429
    await api.until(first, lambda call: call["call_status"] == "not_connected")
    assert (await api.create()).status_code == 201


async def test_burst_and_ringing_calls_count_as_the_switches_say(speak: Speak) -> None:
    settings = WorkspaceSettings(base_concurrency=1, burst=True, reserved_inbound=1)
    api = await speak(speed=1.0, workspace=settings)
    assert [(await api.create()).status_code for _ in range(4)] == [201, 201, 201, 429]
    assert (await api.http.get("/get-concurrency")).json()["concurrency_burst_limit"] == 3
    api.simulator.set_switches(switches=Switches(registered_counts=False))
    assert (await api.http.get("/get-concurrency")).json()["current_concurrency"] == 0
    assert (await api.create()).status_code == 201


async def test_starts_that_come_too_fast_are_refused_or_smoothed(speak: Speak) -> None:
    api = await speak(speed=1.0, workspace=WorkspaceSettings(calls_per_second=2))
    assert [(await api.create()).status_code for _ in range(3)] == [201, 201, 429]
    smooth = await speak(speed=1.0, workspace=WorkspaceSettings(calls_per_second=2), switches=Switches(pace_refusal="smooth"))
    assert [(await smooth.create()).status_code for _ in range(4)] == [201] * 4


async def test_any_number_may_call_unless_numbers_are_strict(speak: Speak) -> None:
    api = await speak()
    assert (await api.create(from_number="+447700900123")).json()["agent_id"] == AGENTS[0].agent_id
    api.simulator.set_switches(switches=Switches(strict_numbers=True))
    refused = await api.create(from_number="+447700900123")
    assert (refused.status_code, refused.json()["message"]) == (400, "No outbound agent id set up for phone number.")
    assert (await api.create(from_number=FROM)).status_code == 201


async def test_who_asked_not_to_be_called_is_protected_on_request(speak: Speak) -> None:
    api = await speak()
    await api.analysed(await api.call_id(simulate="do_not_call"))
    assert (await api.create(honor_internal_dnc=True)).status_code == 400
    assert (await api.create()).status_code == 201


async def test_values_that_are_no_strings_can_be_accepted(speak: Speak) -> None:
    api = await speak(switches=Switches(accepts_non_string_variables=True))
    made = await api.create(retell_llm_dynamic_variables={"n": 42, "b": True})
    assert made.json()["retell_llm_dynamic_variables"] == {"n": "42", "b": "true"}


async def test_keys_are_workspaces_of_their_own(speak: Speak) -> None:
    api = await speak()
    other = await speak(simulator=api.simulator, key="key_other")
    call_id = await api.call_id()
    assert (await other.http.get(f"/v2/get-call/{call_id}")).status_code == 422
    assert (await other.list()).json()["items"] == []
    ids = [(await one.http.get("/get-api-key-info")).json()["org_id"] for one in (api, other)]
    assert len(set(ids)) == 2


async def test_the_log_knows_each_request_at_the_moment_it_comes(speak: Speak) -> None:
    seen: list[tuple[Any, Any]] = []
    api = await speak(on_create=lambda entry: seen.append((entry["token"], entry["call_id"])))
    made = await api.create(metadata={"callcenter_token": "t1"})
    await api.create(to="", metadata={"callcenter_token": "t2"})
    assert seen == [("t1", None), ("t2", None)]
    first, second = api.simulator.log.entries
    assert (first["answer"], first["call_id"]) == (201, made.json()["call_id"])
    assert (second["answer"], second["call_id"], second["to_number"]) == (400, None, "")
