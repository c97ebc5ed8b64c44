"""Webhooks: where they go, in which order, tried again, and with faults."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from retell import Retell

from callcenter.simulator.config import Switches
from callcenter.simulator.faults import FaultPlan, WebhookFaults
from callcenter.simulator.orders import DEFAULT_EVENTS, EVENTS
from callcenter.simulator.webhooks import filled
from tests.simulator.conftest import KEY, Post, Receiver, Speak

QUICK = {"outcome": "sale", "ring_seconds": 0.2, "analysis_seconds": 0.5}
AT_ONCE = Switches(webhook_spacing_seconds=(0.01,))


def names(posts: list[Post]) -> list[str]:
    return [post.event for post in posts]


async def test_the_calls_own_url_wins_over_the_configured_one(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url)
    await api.call_id(simulate=QUICK, webhook=f"{receiver.url}/own?who={{{{name}}}}", retell_llm_dynamic_variables={"name": "bo"})
    posts = await receiver.events("call_analyzed")
    assert {post.path for post in posts} == {"/hook/own?who=bo"}
    assert names(posts) == ["call_started", "call_ended", "call_analyzed"]
    assert posts[0].headers["content-type"] == "application/json"


async def test_only_loopback_and_the_configured_host_are_contacted(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url="https://calls.example.com/hook")
    courier = api.simulator.provider.courier
    assert courier.may_contact("https://calls.example.com/other")
    assert courier.may_contact("http://localhost:3000/x")
    assert courier.may_contact("http://[::1]:3000/x")
    assert not courier.may_contact("https://elsewhere.example.com/hook")
    assert not courier.may_contact("http://192.0.2.1/hook")
    assert not courier.may_contact("file:///etc/passwd")
    call_id = await api.call_id(simulate=QUICK, webhook="http://192.0.2.1/hook")
    await api.analysed(call_id)
    log = (await api.http.get(f"/simulator/deliveries?call_id={call_id}")).json()
    assert {(one["attempt"], one["status"][:7]) for one in log} == {(0, "refused")}


async def test_only_the_events_asked_for_are_sent(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url)
    await api.call_id(simulate=QUICK, agent_override={"agent": {"webhook_events": ["call_ended"]}})
    await receiver.events("call_ended")
    await api.call_id(simulate={**QUICK, "outcome": "transfer"}, agent_override={"agent": {"webhook_events": sorted(EVENTS)}})
    posts = (await receiver.events("call_analyzed"))[1:]
    assert [one for one in names(posts) if one != "transcript_updated"] == [
        *("call_started", "transfer_started", "transfer_ended", "call_ended", "call_analyzed")
    ]
    updates = [post.call["transcript_with_tool_calls"] for post in posts if post.event == "transcript_updated"]
    assert [len(one) for one in updates] == sorted(len(one) for one in updates)
    assert updates[0][0]["words"]
    assert DEFAULT_EVENTS < EVENTS


async def test_the_transcript_can_stand_beside_the_call(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, switches=Switches(transcript_place="beside", started_fields="full"))
    await api.call_id(simulate=QUICK, agent_override={"agent": {"webhook_events": sorted(EVENTS)}})
    posts = {post.event: json.loads(post.body) for post in await receiver.events("call_analyzed")}
    assert "transcript_with_tool_calls" in posts["transcript_updated"]
    assert "transcript_with_tool_calls" not in posts["transcript_updated"]["call"]
    assert "call_cost" in posts["call_started"]["call"]


async def test_started_carries_the_basic_fields_only(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url)
    await api.call_id(simulate=QUICK)
    started = (await receiver.events("call_started"))[0].call
    assert started["call_status"] == "ongoing"
    assert set(started) == {
        *("call_type", "call_id", "agent_id", "agent_version", "agent_name", "call_status"),
        *("metadata", "start_timestamp", "from_number", "to_number", "direction"),
    }


async def test_errors_are_tried_again_three_times_with_fresh_signatures(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, switches=AT_ONCE)
    receiver.answers = [500, 404, None]
    call_id = await api.call_id(simulate=QUICK, agent_override={"agent": {"webhook_events": ["call_ended"]}})
    posts = await receiver.until(lambda posts: len(posts) == 4)
    assert len({post.body for post in posts}) == 1
    for post in posts:
        assert Retell(api_key=KEY).verify(post.body.decode(), KEY, post.headers["x-retell-signature"])
    log = (await api.http.get(f"/simulator/deliveries?call_id={call_id}")).json()
    assert [one["attempt"] for one in log] == [1, 2, 3, 4]
    assert [one["status"] for one in log[:2]] == [500, 404]
    assert log[2]["status"].startswith("no answer")


async def test_how_often_and_after_what_it_is_tried_again_can_be_switched(speak: Speak, receiver: Receiver) -> None:
    total = replace(AT_ONCE, webhook_retries=2, retries_include_first=True, signature_on_retry="reused")
    api = await speak(webhook_url=receiver.url, switches=total)
    receiver.answers = [500, 500]
    order = {"simulate": QUICK, "agent_override": {"agent": {"webhook_events": ["call_ended"]}}}
    first = await api.call_id(**order)
    posts = await receiver.until(lambda posts: len(posts) == 2)
    assert len({post.headers["x-retell-signature"] for post in posts}) == 1
    await api.analysed(first)
    api.simulator.set_switches(switches=replace(AT_ONCE, retries_client_errors=False))
    receiver.answers = [400]
    second = await api.call_id(**order)
    await api.analysed(second)
    assert [post.call["call_id"] for post in receiver.posts] == [first, first, second]


async def test_an_answer_that_does_not_come_in_time_counts_as_none(speak: Speak) -> None:

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    api = await speak(switches=replace(AT_ONCE, webhook_retries=0))
    override = {"agent": {"webhook_timeout_ms": 50, "webhook_url": f"http://127.0.0.1:{silent.sockets[0].getsockname()[1]}/"}}
    call_id = await api.call_id(simulate={**QUICK, "outcome": "busy"}, agent_override=override)
    log: list[Any] = []
    async with asyncio.timeout(10):
        while len(log) < 2:
            log = (await api.http.get(f"/simulator/deliveries?call_id={call_id}")).json()
    assert {one["status"] for one in log} == {"timeout"}
    silent.close()


async def test_a_failing_event_does_not_hold_back_the_next(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, switches=Switches(webhook_spacing_seconds=(0.8,)))
    receiver.answers = [500]
    await api.call_id(simulate=QUICK)
    posts = await receiver.until(lambda posts: len(posts) == 4)
    assert names(posts) == ["call_started", "call_ended", "call_analyzed", "call_started"]


async def test_many_calls_keep_their_order_and_share_connections(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, speed=100.0)
    api.simulator.set_switches(settings=replace(api.simulator.config.workspace, base_concurrency=500))
    wish = {"outcome": "sale", "ring_seconds": 20, "talk_seconds": 1, "analysis_seconds": 0.01}
    for _ in range(100):
        await api.call_id(simulate=wish)
    posts = await receiver.until(lambda posts: len(posts) == 300)
    by_call: dict[str, list[str]] = {}
    for post in posts:
        by_call.setdefault(post.call["call_id"], []).append(post.event)
    assert set(map(tuple, by_call.values())) == {("call_started", "call_ended", "call_analyzed")}
    assert receiver.connections <= 64


async def test_deliveries_are_lost(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, faults=FaultPlan(webhooks=WebhookFaults(lose=1)))
    call_id = await api.call_id(simulate=QUICK)
    await api.analysed(call_id)
    assert receiver.posts == []
    log = (await api.http.get("/simulator/deliveries")).json()
    assert {(one["fault"], one["status"]) for one in log} == {("lose", "lost")}


async def test_deliveries_are_doubled(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, faults=FaultPlan(webhooks=WebhookFaults(double=1)))
    await api.call_id(simulate={**QUICK, "outcome": "busy"})
    posts = await receiver.until(lambda posts: len(posts) == 4)
    assert sorted(names(posts)) == ["call_analyzed"] * 2 + ["call_ended"] * 2


async def test_deliveries_are_delayed_without_holding_others_back(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, faults=FaultPlan(webhooks=WebhookFaults(delay=1, delay_seconds=0.5)))
    call_id = await api.call_id(simulate=QUICK)
    await api.analysed(call_id)
    posts = await receiver.events("call_started", "call_ended", "call_analyzed")
    assert len(posts) == 3


async def test_deliveries_are_reordered(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, faults=FaultPlan(webhooks=WebhookFaults(reorder=0.5)))
    orders = set()
    for _ in range(12):
        receiver.posts.clear()
        await api.call_id(simulate={**QUICK, "talk_seconds": 1})
        async with asyncio.timeout(5):
            try:
                await asyncio.wait_for(receiver.until(lambda posts: len(posts) == 3), 0.4)
            except TimeoutError:
                continue
        orders.add(tuple(names(receiver.posts)))
    assert ("call_ended", "call_started", "call_analyzed") in orders or ("call_started", "call_analyzed", "call_ended") in orders


async def test_forgeries_come_first_and_do_not_verify(speak: Speak, receiver: Receiver) -> None:
    api = await speak(webhook_url=receiver.url, faults=FaultPlan(webhooks=WebhookFaults(forge=1)))
    await api.call_id(simulate={**QUICK, "outcome": "busy"})
    forged, true = (await receiver.until(lambda posts: len(posts) >= 2))[:2]
    assert forged.call["disconnection_reason"] == "agent_hangup"
    assert true.call["disconnection_reason"] == "dial_busy"
    verdicts = [Retell(api_key=KEY).verify(one.body.decode(), KEY, one.headers["x-retell-signature"]) for one in (forged, true)]
    assert verdicts == [False, True]


async def test_any_webhook_can_be_sent_on_request(speak: Speak, receiver: Receiver) -> None:
    api = await speak()
    call_id = await api.call_id(simulate={**QUICK, "outcome": "busy"}, webhook=receiver.url)
    await receiver.events("call_analyzed")
    receiver.posts.clear()

    async def deliver(**body: Any) -> Post:
        assert (await api.http.post("/simulator/deliver", json=body)).status_code == 200
        return (await receiver.until(lambda posts: posts)).pop()

    def is_genuine(post: Post) -> bool:
        return bool(Retell(api_key=KEY).verify(post.body.decode(), KEY, post.headers["x-retell-signature"]))

    again = await deliver(call_id=call_id, event="call_ended")
    assert (again.event, again.call["call_id"], is_genuine(again)) == ("call_ended", call_id, True)
    receiver.posts.clear()
    assert not is_genuine(await deliver(call_id=call_id, age_seconds=400))
    receiver.posts.clear()
    assert not is_genuine(await deliver(call_id=call_id, forge=True))
    receiver.posts.clear()
    unknown = await deliver(key=KEY, url=receiver.url, event="call_dreamt", body={"event": "call_dreamt", "dream": 1})
    assert (unknown.event, is_genuine(unknown)) == ("call_dreamt", True)
    receiver.posts.clear()
    poison = await deliver(key=KEY, url=receiver.url, body="{not json")
    assert poison.body == b"{not json"
    assert (await api.http.post("/simulator/deliver", json={"event": "x"})).status_code == 400


@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://h/{{ a }}/{{b}}", "http://h/1/{{b}}"), ("http://h/", "http://h/")],
)
def test_variables_in_urls_are_filled_where_they_are_known(url: str, expected: str) -> None:
    assert filled(url, {"a": "1"}) == expected
