"""Calls run their course: every outcome ends as the provider would have it, and the memory of them is bounded."""

from typing import Any

import pytest

from callcenter.simulator.config import Switches, WorkspaceSettings
from callcenter.simulator.faults import FaultPlan, WebhookFaults
from callcenter.simulator.outcomes import MAGIC, OUTCOMES
from tests.simulator.conftest import Receiver, Speak

QUICK = {"ring_seconds": 0.5, "analysis_seconds": 0.5}


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
async def test_every_outcome_ends_as_it_should(speak: Speak, receiver: Receiver, outcome: str) -> None:
    expected = OUTCOMES[outcome]
    api = await speak(webhook_url=receiver.url)
    override = {"agent": {"max_call_duration_ms": 120_000}}
    call_id = await api.call_id(simulate={"outcome": outcome, **QUICK}, agent_override=override)
    posts = await receiver.events("call_analyzed")
    assert [post.event for post in posts] == ["call_started"] * expected.connects + ["call_ended", "call_analyzed"]
    call = await api.get(call_id)
    assert call["call_status"] == expected.status
    assert call["disconnection_reason"] in expected.reasons
    assert ("transcript" in call) is expected.connects
    assert ("recording_url" in call) is expected.connects
    assert ("start_timestamp" in call) is expected.connects
    assert (call["duration_ms"] > 0) is expected.connects
    assert (call["call_cost"]["combined_cost"] > 0) is expected.connects
    assert call["call_analysis"]["call_successful"] is expected.successful
    assert "call_analysis" not in posts[-2].call
    assert posts[-1].call == call


async def test_magic_numbers_force_results_only_when_they_are_on(speak: Speak) -> None:
    many = WorkspaceSettings(base_concurrency=len(MAGIC))
    plain, magic = await speak(seed=3, workspace=many), await speak(seed=3, magic_numbers=True)
    for digits, outcome in MAGIC.items():
        await magic.call_id(to=f"+121255501{digits}")
        assert next(reversed(magic.simulator.provider.exchange.calls.values())).plan.outcome.name == outcome
        magic.simulator.provider.exchange.clear()
        await plain.call_id(to=f"+121255501{digits}")
    planned = [call.plan.outcome.name for call in plain.simulator.provider.exchange.calls.values()]
    assert planned != list(MAGIC.values())


async def test_the_same_seed_has_the_same_calls_and_another_seed_others(speak: Speak) -> None:
    async def history(seed: int) -> list[Any]:
        api = await speak(seed=seed, speed=1.0)
        for n in range(12):
            await api.call_id(to=f"+121255501{n:02}")
        return [call.plan for call in api.simulator.provider.exchange.calls.values()]

    assert await history(1) == await history(1) != await history(2)


async def test_ids_do_not_come_back_in_a_later_run_with_the_same_seed(speak: Speak) -> None:
    assert await (await speak(seed=1)).call_id() != await (await speak(seed=1)).call_id()


async def test_the_language_follows_override_agent_and_number(speak: Speak) -> None:
    api = await speak(speed=1.0)
    calls = api.simulator.provider.exchange.calls
    spanish = next(
        one for one in (await api.http.post("/v2/list-agents", json={})).json()["items"] if "dental" in one["agent_name"]
    )
    await api.call_id(to="+493023125001")
    await api.call_id(to="+493023125001", override_agent_id=spanish["agent_id"])
    await api.call_id(to="+493023125001", agent_override={"agent": {"language": "fr-FR"}})
    assert [call.plan.language for call in calls.values()] == ["de", "es", "fr"]


async def test_a_call_as_long_as_allowed_is_cut_off(speak: Speak) -> None:
    api = await speak()
    wish = {"outcome": "appointment", "talk_seconds": 500, **QUICK}
    made = await api.call_id(simulate=wish, agent_override={"agent": {"max_call_duration_ms": 60_000}})
    call = await api.analysed(made)
    assert (call["disconnection_reason"], call["duration_ms"]) == ("max_duration_reached", 60_000)
    assert call["call_analysis"]["custom_analysis_data"] == {}


async def test_a_hang_up_in_the_middle_keeps_what_was_said(speak: Speak) -> None:
    api = await speak(speed=20.0)
    call_id = await api.call_id(simulate={"outcome": "appointment", "ring_seconds": 0.1})
    await api.ongoing(call_id)
    call = api.simulator.provider.exchange.calls[call_id]
    while api.simulator.provider.exchange.elapsed(call) < 4:
        await api.get(call_id)
    await api.http.post("/simulator/hangup", json={"call_id": call_id, "reason": "user_hangup"})
    ended = await api.get(call_id)
    assert ended["disconnection_reason"] == "user_hangup"
    assert ended["duration_ms"] >= 4000
    assert ended["transcript_object"][-1]["words"][-1]["end"] <= ended["duration_ms"] / 1000


async def test_while_it_goes_on_a_call_can_be_given_context_and_variables(speak: Speak) -> None:
    api = await speak()
    call_id = await api.call_id(simulate={"outcome": "appointment", "ring_seconds": 30, "talk_seconds": 90})
    url = f"/v2/update-live-call/{call_id}"
    assert (await api.http.patch(url, json={})).status_code == 422
    await api.ongoing(call_id)
    change = {
        "fields_to_override": {"override_dynamic_variables": {"vip": "yes"}, "metadata": {"m": 1}},
        "call_control": {"additional_context": "They are a regular."},
    }
    assert (await api.http.patch(url, json=change)).json() == {"success": True}
    call = await api.analysed(call_id)
    assert call["retell_llm_dynamic_variables"] == {"vip": "yes"}
    assert call["metadata"] == {"m": 1}
    assert [item["content"] for item in call["transcript_with_tool_calls"] if item["role"] == "injected"] == [
        "They are a regular."
    ]
    assert (await api.http.patch(url, json={})).status_code == 422


async def test_an_appointment_is_booked_with_tools_in_order(speak: Speak) -> None:
    api = await speak()
    call = await api.analysed(await api.call_id(simulate={"outcome": "appointment", "reason": "agent_hangup", **QUICK}))
    items = call["transcript_with_tool_calls"]
    names = [item["name"] for item in items if item["role"] == "tool_call_invocation"]
    assert names == ["check_availability_cal", "book_appointment_cal", "end_call"]
    times = [item["words"][0]["start"] for item in items if "words" in item]
    assert times == sorted(times)


async def test_unconnected_calls_follow_the_switches(speak: Speak) -> None:
    switches = Switches(
        unconnected_times="both",
        unconnected_duration="absent",
        unconnected_transcript="empty",
        declined_reason="dial_no_answer",
        extra_fields=True,
    )
    api = await speak(switches=switches)
    call = await api.analysed(await api.call_id(simulate={"outcome": "declined", **QUICK}))
    assert call["start_timestamp"] <= call["end_timestamp"]
    assert "duration_ms" not in call
    assert call["transcript"] == ""
    assert call["disconnection_reason"] == "dial_no_answer"
    assert "carrier_insights" in call
    api.simulator.set_switches(switches=Switches(unknown_enum=True, unconnected_times="none"))
    call = await api.analysed(await api.call_id(simulate={"outcome": "line_failure", **QUICK}))
    assert call["disconnection_reason"] == "carrier_quarantined"
    assert "end_timestamp" not in call


async def test_recording_links_appear_and_die_as_the_switches_say(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, switches=Switches(recording_at="analyzed", recording_link_seconds=0.0))
    call_id = await api.call_id(simulate={"outcome": "sale", **QUICK})
    posts = {post.event: post.call for post in await receiver.events("call_analyzed")}
    assert "recording_url" not in posts["call_ended"]
    assert "recording_url" in posts["call_analyzed"]
    assert (await api.http.get(f"/recordings/{call_id}.wav")).status_code == 403


async def test_only_so_many_finished_calls_are_remembered(speak: Speak) -> None:
    api = await speak(finished_calls_kept=3)
    ids = []
    for _ in range(5):
        ids.append(await api.call_id(simulate={"outcome": "busy", **QUICK}))
        await api.analysed(ids[-1])
    assert [call["call_id"] for call in (await api.list()).json()["items"]] == ids[:1:-1]


async def test_a_finished_call_is_told_again_word_for_word(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url)
    call_id = await api.call_id(simulate={"outcome": "qualified", **QUICK}, retell_llm_dynamic_variables={"name": "Bo"})
    told = (await receiver.events("call_analyzed"))[-1].call["transcript_object"]
    assert api.simulator.provider.exchange.calls[call_id].told is None
    assert (await api.get(call_id))["transcript_object"] == told


async def test_clear_forgets_everything(speak: Speak) -> None:
    api = await speak(speed=1.0)
    await api.call_id()
    await api.http.post("/simulator/clear")
    assert (await api.list()).json()["items"] == []
    assert (await api.http.get("/get-concurrency")).json()["current_concurrency"] == 0
    assert (await api.http.get("/simulator/log")).json() == []


async def test_calls_that_are_over_leave_nothing_behind(speak: Speak, receiver: Receiver) -> None:
    chances = WebhookFaults(lose=0.1, double=0.1, delay=0.1, delay_seconds=0.05, reorder=0.2, forge=0.1)
    limits = WorkspaceSettings(base_concurrency=100)
    api = await speak(webhook_url=receiver.url, workspace=limits, faults=FaultPlan(webhooks=chances))
    ids = [await api.call_id() for _ in range(60)]
    for call_id in ids:
        await api.analysed(call_id)
    parts = api.simulator.provider
    assert not parts.workspaces.of("key_sheet_example_1").live
    assert len(parts.exchange.finished) == 60
    assert all(call.told is None for call in parts.exchange.calls.values())
    for letter in list(parts.courier.tasks):
        await letter
    assert not parts.courier.tried
    assert not parts.courier.held
    assert not parts.exchange.tasks
