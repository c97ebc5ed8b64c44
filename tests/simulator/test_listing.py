"""List-calls: typed filters, order, pages, and what the provider leaves open."""

from typing import Any

import pytest

from callcenter.simulator.config import Switches
from callcenter.simulator.workspaces import AGENTS
from tests.simulator.conftest import Api, Speak

QUICK = {"ring_seconds": 0.2, "analysis_seconds": 0.2}


async def three_calls(api: Api) -> dict[str, dict[str, Any]]:
    """A sale of 40 seconds, a busy line, a voicemail of 10 seconds, all over."""
    wishes = {
        "sale": {"outcome": "sale", "talk_seconds": 40, "reason": "agent_hangup", **QUICK},
        "busy": {"outcome": "busy", **QUICK},
        "voicemail": {"outcome": "voicemail", "talk_seconds": 10, **QUICK},
    }
    agents = dict(zip(wishes, AGENTS, strict=False))
    calls = {}
    for place, (name, wish) in enumerate(wishes.items()):
        call_id = await api.call_id(
            simulate=wish,
            to=f"+1212555018{place}",
            metadata={"task": name, "rank": place},
            override_agent_id=agents[name].agent_id,
            retell_llm_dynamic_variables={"plan": name.upper()},
        )
        calls[name] = await api.analysed(call_id)
    return calls


def keyed(key: str, kind: str, op: str, value: Any = None) -> list[dict[str, Any]]:
    return [{"key": key, "type": kind, "op": op, "value": value}]


async def test_every_kind_of_filter_finds_what_it_should(speak: Speak) -> None:
    api = await speak()
    calls = await three_calls(api)
    middle = calls["sale"]["start_timestamp"]
    wanted: list[tuple[dict[str, Any], set[str]]] = [
        ({}, {"sale", "busy", "voicemail"}),
        ({"call_id": {"type": "string", "op": "eq", "value": calls["busy"]["call_id"]}}, {"busy"}),
        ({"call_id": {"type": "enum", "op": "in", "value": [calls[n]["call_id"] for n in ("sale", "busy")]}}, {"sale", "busy"}),
        ({"to_number": {"type": "string", "op": "ew", "value": "81"}}, {"busy"}),
        ({"to_number": {"type": "string", "op": "sw", "value": "+1212"}}, {"sale", "busy", "voicemail"}),
        ({"to_number": {"type": "string", "op": "co", "value": "5018"}}, {"sale", "busy", "voicemail"}),
        ({"from_number": {"type": "string", "op": "ne", "value": "+14155550100"}}, set()),
        ({"call_status": {"type": "enum", "op": "in", "value": ["ended"]}}, {"sale", "voicemail"}),
        ({"call_status": {"type": "enum", "op": "in", "value": ["not_connected", "error"]}}, {"busy"}),
        ({"direction": {"type": "enum", "op": "in", "value": ["inbound"]}}, set()),
        ({"disconnection_reason": {"type": "enum", "op": "in", "value": ["dial_busy"]}}, {"busy"}),
        ({"user_sentiment": {"type": "enum", "op": "in", "value": ["Positive"]}}, {"sale"}),
        ({"in_voicemail": {"type": "boolean", "op": "eq", "value": True}}, {"voicemail"}),
        ({"call_successful": {"type": "boolean", "op": "eq", "value": True}}, {"sale"}),
        ({"duration_ms": {"type": "number", "op": "gt", "value": 10_000}}, {"sale"}),
        ({"duration_ms": {"type": "number", "op": "ge", "value": 10_000}}, {"sale", "voicemail"}),
        ({"duration_ms": {"type": "number", "op": "lt", "value": 10_000}}, {"busy"}),
        ({"duration_ms": {"type": "number", "op": "le", "value": 10_000}}, {"busy", "voicemail"}),
        ({"duration_ms": {"type": "number", "op": "eq", "value": 40_000}}, {"sale"}),
        ({"duration_ms": {"type": "range", "op": "bt", "value": [10_000, 40_000]}}, {"sale", "voicemail"}),
        ({"start_timestamp": {"type": "number", "op": "ge", "value": middle}}, {"sale", "voicemail"}),
        ({"combined_cost": {"type": "number", "op": "gt", "value": 5}}, {"sale"}),
        ({"e2e_latency_p50": {"type": "number", "op": "gt", "value": 0}}, {"sale", "voicemail"}),
        ({"start_timestamp": {"type": "present", "op": "np"}}, {"busy"}),
        ({"metadata": keyed("task", "string", "eq", "sale")}, {"sale"}),
        ({"metadata": keyed("rank", "number", "ge", 1)}, {"busy", "voicemail"}),
        ({"metadata": keyed("other", "present", "np")}, {"sale", "busy", "voicemail"}),
        ({"metadata": [*keyed("task", "string", "ne", "sale"), *keyed("rank", "number", "lt", 2)]}, {"busy"}),
        ({"dynamic_variables": keyed("plan", "string", "eq", "BUSY")}, {"busy"}),
        ({"custom_analysis_data": keyed("outcome", "string", "eq", "sale_made")}, {"sale"}),
        ({"agent": [{"agent_id": AGENTS[0].agent_id}, {"agent_id": AGENTS[1].agent_id, "version": [9]}]}, {"sale"}),
        ({"tool_calls": [{"name": "end_call"}]}, {"sale"}),
        ({"batch_call_id": {"type": "string", "op": "eq", "value": "batch_call_1"}}, set()),
    ]
    for criteria, names in wanted:
        answer = await api.list(filter_criteria=criteria, include_total=True)
        assert answer.status_code == 200, (criteria, answer.text)
        assert {item["metadata"]["task"] for item in answer.json()["items"]} == names, criteria
        assert answer.json()["total"] == len(names)


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 1001},
        {"limit": 0},
        {"limit": "5"},
        {"skip": -1},
        {"skip": 0, "pagination_key": "MS4x"},
        {"pagination_key": "nonsense"},
        {"sort_order": "newest"},
        {"filter_criteria": {"weather": {"type": "string", "op": "eq", "value": "x"}}},
        {"filter_criteria": {"call_status": {"type": "enum", "op": "in", "value": ["registered"]}}},
        {"filter_criteria": {"to_number": {"type": "number", "op": "eq", "value": 1}}},
        {"filter_criteria": {"to_number": {"type": "string", "op": "like", "value": "1"}}},
        {"filter_criteria": {"to_number": "+1212"}},
        {"filter_criteria": {"metadata": [{"type": "string", "op": "eq", "value": "x"}]}},
        {"filter_criteria": {"metadata": {"key": "a"}}},
        {"filter_criteria": {"agent": [{"version": [1]}]}},
    ],
)
async def test_what_the_provider_would_not_take_is_refused(speak: Speak, body: dict[str, Any]) -> None:
    api = await speak()
    answer = await api.list(**body)
    assert answer.status_code == 400
    assert "error_message" in answer.json()


async def test_items_carry_no_transcript_and_only_on_request_a_recording(speak: Speak) -> None:
    api = await speak()
    calls = await three_calls(api)
    item = next(one for one in (await api.list()).json()["items"] if one["metadata"]["task"] == "sale")
    assert set(calls["sale"]) - set(item) == {
        *("transcript", "transcript_object", "transcript_with_tool_calls"),
        "recording_url",
    }
    api.simulator.set_switches(switches=Switches(list_has_recording=True))
    item = next(one for one in (await api.list()).json()["items"] if one["metadata"]["task"] == "sale")
    assert "recording_url" in item


async def test_pages_and_skips_cover_everything_once_in_both_orders(speak: Speak) -> None:
    api = await speak(speed=1.0)
    ids = [await api.call_id() for _ in range(7)]
    for order, expected in (("ascending", ids), ("descending", ids[::-1])):
        seen: list[str] = []
        cursor: dict[str, Any] = {}
        while True:
            page = (await api.list(limit=3, sort_order=order, **cursor)).json()
            seen += [item["call_id"] for item in page["items"]]
            if not page["has_more"]:
                break
            cursor = {"pagination_key": page["pagination_key"]}
        assert seen == expected
        assert "pagination_key" not in page
        skipped = (await api.list(skip=5, sort_order=order)).json()["items"]
        assert [item["call_id"] for item in skipped] == expected[5:]


async def test_new_and_ringing_calls_can_be_hidden(speak: Speak) -> None:
    api = await speak(speed=1.0)
    await api.call_id()
    assert len((await api.list()).json()["items"]) == 1
    api.simulator.set_switches(switches=Switches(lists_registered=False))
    assert (await api.list()).json()["items"] == []
    api.simulator.set_switches(switches=Switches(list_lag_seconds=60))
    assert (await api.list()).json()["items"] == []


async def test_ranges_can_leave_out_their_ends(speak: Speak) -> None:
    api = await speak(switches=Switches(range_inclusive=False))
    await three_calls(api)
    found = await api.list(filter_criteria={"duration_ms": {"type": "range", "op": "bt", "value": [10_000, 40_001]}})
    assert [item["metadata"]["task"] for item in found.json()["items"]] == ["sale"]


async def test_agents_and_numbers_are_paged_and_filtered(speak: Speak) -> None:
    api = await speak()
    first = (await api.http.post("/v2/list-agents?limit=2", json={})).json()
    rest = (await api.http.post(f"/v2/list-agents?limit=9&pagination_key={first['pagination_key']}", json={})).json()
    assert [one["agent_id"] for one in first["items"] + rest["items"]] == [one.agent_id for one in AGENTS]
    assert not rest["has_more"]
    query = {"filter_criteria": {"query": "solar"}}
    assert [one["agent_name"] for one in (await api.http.post("/v2/list-agents", json=query)).json()["items"]] == ["Solar survey"]
    chat = {"filter_criteria": {"channel": {"type": "string", "op": "eq", "value": "chat"}}}
    assert (await api.http.post("/v2/list-agents", json=chat)).json()["items"] == []
    assert (await api.http.get("/v2/list-phone-numbers?limit=1001")).status_code == 400
    assert (await api.http.get("/get-phone-number/+447700900123")).json()["nickname"] == "Imported"
    assert (await api.http.get("/get-phone-number/nonsense")).status_code == 422
