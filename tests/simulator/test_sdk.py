"""The provider's own client works against the simulator, and its verifier accepts what the simulator sends."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import retell
from retell import AsyncRetell, Retell

from callcenter.simulator.config import Switches
from callcenter.simulator.workspaces import AGENTS, NUMBERS
from tests.simulator.conftest import FROM, KEY, TO, Receiver

Sdk = Callable[..., Awaitable[AsyncRetell]]


async def ended(client: AsyncRetell, call_id: str):
    async with asyncio.timeout(20):
        while (call := await client.call.retrieve(call_id)).call_analysis is None:  # noqa: ASYNC110 - it can only ask
            await asyncio.sleep(0.01)
    return call


async def test_a_call_is_made_and_looked_up(sdk: Sdk) -> None:
    client = await sdk()
    made = await client.call.create_phone_call(
        from_number=FROM,
        to_number=TO,
        override_agent_id=AGENTS[1].agent_id,
        metadata={"lead": "L-17", "simulate": "sale"},
        retell_llm_dynamic_variables={"name": "Ana"},
        idempotency_key="one",
    )
    assert (made.call_status, made.agent_name, made.direction) == ("registered", "Insurance renewal", "outbound")
    assert made.start_timestamp is None
    call = await ended(client, made.call_id)
    assert call.call_status == "ended"
    assert call.disconnection_reason in ("agent_hangup", "user_hangup")
    assert call.metadata == {"lead": "L-17", "simulate": "sale"}
    assert call.retell_llm_dynamic_variables == {"name": "Ana"}
    assert call.transcript is not None
    assert call.transcript.startswith(("Agent: ", "User: "))
    assert "Ana" in call.transcript
    assert call.transcript_object is not None
    assert call.transcript_object[0].words[0].start is not None
    assert call.call_analysis.custom_analysis_data["outcome"] == "sale_made"
    assert call.call_cost is not None
    assert call.call_cost.combined_cost > 0
    assert call.latency.e2e.p50 > 0
    # start and end are real instants, the length is the call's own time
    assert call.duration_ms > 50 * (call.end_timestamp - call.start_timestamp)


async def test_calls_are_listed_by_metadata_and_in_pages(sdk: Sdk) -> None:
    client = await sdk(speed=1.0)
    for number in range(5):
        await client.call.create_phone_call(from_number=FROM, to_number=TO, metadata={"task_id": f"T-{number}"})
    found = await client.call.list(
        filter_criteria={"metadata": [{"key": "task_id", "type": "string", "op": "eq", "value": "T-3"}]}, limit=2
    )
    assert [item.metadata["task_id"] for item in found.items] == ["T-3"]
    assert not found.has_more
    seen, cursor = [], {}
    while True:
        page = await client.call.list(limit=2, include_total=True, sort_order="ascending", **cursor)
        seen += [item.metadata["task_id"] for item in page.items]
        assert page.total == 5
        if not page.has_more:
            break
        cursor = {"pagination_key": page.pagination_key}
    assert seen == ["T-0", "T-1", "T-2", "T-3", "T-4"]


async def test_a_call_that_goes_on_is_stopped(sdk: Sdk) -> None:
    client = await sdk(speed=20.0)
    made = await client.call.create_phone_call(
        from_number=FROM, to_number=TO, metadata={"simulate": {"outcome": "sale", "ring_seconds": 0.1}}
    )
    while (await client.call.retrieve(made.call_id)).call_status != "ongoing":
        pass
    await client.call.stop(made.call_id)
    call = await client.call.retrieve(made.call_id)
    assert (call.call_status, call.disconnection_reason) == ("ended", "manual_stopped")
    assert call.duration_ms is not None
    with pytest.raises(retell.UnprocessableEntityError):
        await client.call.stop(made.call_id)


async def test_a_ringing_call_is_stopped_only_where_the_switch_says_so(sdk: Sdk) -> None:
    for switches in (Switches(), Switches(stops_while_ringing=True)):
        client = await sdk(speed=1.0, switches=switches)
        made = await client.call.create_phone_call(from_number=FROM, to_number=TO)
        if switches.stops_while_ringing:
            await client.call.stop(made.call_id)
            assert (await client.call.retrieve(made.call_id)).call_status == "ended"
        else:
            with pytest.raises(retell.UnprocessableEntityError):
                await client.call.stop(made.call_id)


async def test_calls_are_changed_and_deleted(sdk: Sdk) -> None:
    client = await sdk()
    made = await client.call.create_phone_call(from_number=FROM, to_number=TO, metadata={"simulate": "appointment"})
    with pytest.raises(retell.UnprocessableEntityError):
        await client.call.update(made.call_id, metadata={"a": 1})
    await ended(client, made.call_id)
    assert (await client.call.update(made.call_id, metadata={"a": 1})).metadata == {"a": 1}
    private = await client.call.update(made.call_id, data_storage_setting="basic_attributes_only")
    assert private.transcript is None
    await client.call.delete(made.call_id)
    with pytest.raises(retell.UnprocessableEntityError):
        await client.call.retrieve(made.call_id)


async def test_the_workspace_can_be_looked_at(sdk: Sdk) -> None:
    client = await sdk(speed=1.0)
    agents = (await client.agent.list()).items
    assert [one.agent_id for one in agents] == [one.agent_id for one in AGENTS]
    assert (await client.agent.retrieve(agents[0].agent_id)).agent_name == "Dental recall"
    with pytest.raises(retell.UnprocessableEntityError):
        await client.agent.retrieve("agent_nobody")
    numbers = (await client.phone_number.list()).items
    assert [one.phone_number for one in numbers] == [number for number, _ in NUMBERS]
    assert (await client.phone_number.retrieve(FROM)).outbound_agents[0].agent_id == AGENTS[0].agent_id
    await client.call.create_phone_call(from_number=FROM, to_number=TO)
    limits = await client.concurrency.retrieve()
    assert (limits.current_concurrency, limits.concurrency_limit) == (1, 20)


async def test_the_sdk_knows_every_error_for_what_it_is(sdk: Sdk) -> None:
    client = await sdk()
    with pytest.raises(retell.BadRequestError, match="must NOT have fewer than 1 characters"):
        await client.call.create_phone_call(from_number="", to_number=TO)
    with pytest.raises(retell.UnprocessableEntityError):
        await client.call.create_phone_call(from_number=FROM, to_number=TO, override_agent_id="agent_nobody")
    stranger = await sdk(key="sk_other")
    with pytest.raises(retell.AuthenticationError, match="Invalid API Key"):
        await stranger.concurrency.retrieve()


async def test_its_verifier_accepts_every_webhook(sdk: Sdk, receiver: Receiver) -> None:
    client = await sdk(webhook_url=receiver.url)
    await client.call.create_phone_call(
        from_number=FROM,
        to_number="+34912345678",
        metadata={"simulate": "appointment"},
        retell_llm_dynamic_variables={"name": "Begoña Ñ. ✓"},
        agent_override={"agent": {"webhook_events": ["call_started", "call_ended", "call_analyzed", "transcript_updated"]}},
    )
    posts = await receiver.events("call_analyzed")
    verifier = Retell(api_key=KEY)
    assert len(posts) > 6
    assert "Begoña Ñ. ✓".encode() in posts[-1].body
    for post in posts:
        assert verifier.verify(post.body.decode(), KEY, post.headers["x-retell-signature"])
        assert not verifier.verify(post.body.decode(), "key_other", post.headers["x-retell-signature"])


async def test_a_batch_places_its_calls(sdk: Sdk) -> None:
    client = await sdk()
    batch = await client.batch_call.create_batch_call(
        from_number=FROM, tasks=[{"to_number": f"+1212555015{n}", "metadata": {"task": str(n)}} for n in range(3)]
    )
    assert batch.total_task_count == 3
    found = []
    while len(found) < 3:
        found = (
            await client.call.list(
                filter_criteria={"batch_call_id": {"type": "string", "op": "eq", "value": batch.batch_call_id}}
            )
        ).items
    assert {one.to_number for one in found} == {"+12125550150", "+12125550151", "+12125550152"}
