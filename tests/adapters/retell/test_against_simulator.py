"""The adapter against the stand-in, which shares no code with it: where the two disagree, one has misread the provider."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.adapters.retell.client import RetellClient
from callcenter.adapters.retell.provider import Retell
from callcenter.domain.call import CallEvent, EventKind, Phase, Told, canonical, fold
from callcenter.domain.errors import Refused, Uncertain, Unreachable
from callcenter.services.ports import CreateCall
from callcenter.simulator.config import SimulatorConfig
from callcenter.simulator.faults import FaultKind, FaultPlan, FaultRule
from callcenter.simulator.server import Simulator
from tests.adapters.retell.scripted import Exchange, ScriptedServer, http, serving
from tests.fakes import FakeClock

KEY = "key_made_up_for_tests"
FROM, TO = "+14155550100", "+12135550111"


class Hook:
    """Takes webhooks as they come: their bytes and their signatures."""

    def __init__(self, server: ScriptedServer) -> None:
        self.url = f"{server.url}/hook"
        self.server = server

    @property
    def deliveries(self) -> list[tuple[bytes, str]]:
        return [(body, signature_in(head)) for head, body in self.server.requests]


def signature_in(head: str) -> str:
    lines = dict(line.split(": ", 1) for line in head.split("\r\n") if ": " in line)
    return {name.lower(): value for name, value in lines.items()}["x-retell-signature"]


async def take_it(exchange: Exchange) -> None:
    while True:
        await exchange.read_request()
        await exchange.say(http(204, b""))


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with serving(take_it) as server:
        yield Hook(server)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def simulator(clock: FakeClock) -> AsyncIterator[Simulator]:
    made = Simulator(SimulatorConfig(port=0), clock=clock, rng=random.Random(7))
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def retell(simulator: Simulator, clock: FakeClock) -> AsyncIterator[Retell]:
    made = Retell(base_url="https://retell.example.test", simulator_url=simulator.url, clock=clock)
    yield made
    await made.close()


@pytest.fixture
def client(retell: Retell) -> RetellClient:
    return retell.open(api_key=KEY, is_simulated=True)


def request(outcome: str, hook: Hook | None = None, token: str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0") -> CreateCall:
    return CreateCall(
        token=token,
        from_number=FROM,
        to_number=TO,
        agent_id=None,
        variables={"name": "Ana"},
        metadata={"callcenter_call_id": "c", "callcenter_install_id": "i", "simulate": outcome},
        webhook_url=hook.url if hook else None,
    )


async def turn_until_analysed(client: RetellClient, clock: FakeClock, call_id: str) -> CallEvent:
    for _ in range(2_000):
        event = (await client.get_call(call_id)).event
        if event.phase is Phase.ANALYSED:
            return event
        clock.turn(timedelta(seconds=1))
        for _ in range(5):
            await asyncio.sleep(0)
    raise AssertionError("the call did not end")


async def test_a_call_from_its_creation_to_its_analysis(client: RetellClient, retell: Retell, clock: FakeClock, hook: Hook):
    created = (await client.create_call(request("appointment", hook))).event
    assert (created.kind, created.token, created.install_id) == (EventKind.REGISTERED, request("x").token, "i")
    assert created.provider_call_id is not None
    fetched = await turn_until_analysed(client, clock, created.provider_call_id)
    async with asyncio.timeout(10):
        while not any(b'"call_analyzed"' in body for body, _ in hook.deliveries):
            clock.turn(1)
            await asyncio.sleep(0.001)
    events: list[CallEvent] = []
    for body, signature in hook.deliveries:
        verdict = retell.verify(body, signature, keys=["key_other", KEY], now=clock.now())
        assert (verdict.ok, verdict.key_index) == (True, 1)
        events.append(retell.read_webhook(body))
    kinds = [event.kind for event in events]
    assert kinds[0] is EventKind.STARTED
    assert {EventKind.TRANSCRIPT, EventKind.ENDED, EventKind.ANALYSED} <= set(kinds)
    assert {event.token for event in events} == {request("x").token}
    told = Told()
    for event in [created, *events]:
        told = fold(told, event)
    assert (told.phase, told.started_seen) == (Phase.ANALYSED, True)
    assert told.turns
    assert told.cost
    assert told.duration_ms
    assert told.summary
    with_snapshot = fold(told, fetched)
    assert canonical(replace(with_snapshot, keys={})) == canonical(replace(told, keys={}))


async def test_the_call_is_found_again_by_its_token_alone(client: RetellClient, clock: FakeClock):
    created = (await client.create_call(request("no_answer"))).event
    await client.create_call(request("busy", token="another"))
    page = await client.list_calls(token=request("x").token)
    assert [item.event.provider_call_id for item in page.items] == [created.provider_call_id]
    assert (page.cursor, page.is_complete) == (None, True)
    assert (await client.list_calls(token="unheard of")).items == ()


async def test_all_pages_hold_all_calls_once(client: RetellClient):
    made = {(await client.create_call(request("busy", token=f"t{number}"))).event.provider_call_id for number in range(5)}
    seen: list[str | None] = []
    cursor = None
    while True:
        page = await client.list_calls(to_number=TO, cursor=cursor, limit=2)
        seen += [item.event.provider_call_id for item in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert page.is_complete
    assert sorted(filter(None, seen)) == sorted(filter(None, made))


async def test_the_same_token_again_makes_no_second_call(client: RetellClient, simulator: Simulator):
    first = await client.create_call(request("busy"))
    second = await client.create_call(request("busy"))
    assert first.event.provider_call_id == second.event.provider_call_id
    assert len((await client.list_calls()).items) == 1


async def test_a_call_that_nobody_answered(client: RetellClient, clock: FakeClock):
    created = (await client.create_call(request("no_answer"))).event
    event = await turn_until_analysed(client, clock, created.provider_call_id or "")
    assert event.values["disconnection_reason"] == "dial_no_answer"
    assert event.values["provider_status"] == "not_connected"
    assert not event.started_seen
    assert "started_at" not in event.values


async def test_stopping_works_once_connected_and_is_refused_before(client: RetellClient, clock: FakeClock):
    call_id = (await client.create_call(request("appointment"))).event.provider_call_id or ""
    with pytest.raises(Refused):
        await client.stop_call(call_id)
    async with asyncio.timeout(10):
        while (await client.get_call(call_id)).event.kind is not EventKind.ONGOING:
            clock.turn(1)
            await asyncio.sleep(0)
    await client.stop_call(call_id)
    event = await turn_until_analysed(client, clock, call_id)
    assert event.values["disconnection_reason"] == "manual_stopped"


async def test_the_account_is_understood(client: RetellClient, retell: Retell):
    concurrency = await client.concurrency()
    assert (concurrency.current, concurrency.limit) == (0, 20)
    assert await client.agents()
    assert FROM in [number.number for number in await client.numbers()]
    assert (await client.key_info()).org_name
    with pytest.raises(Refused) as caught:
        await retell.open(api_key="not_a_workspace", is_simulated=True).key_info()
    assert (caught.value.status, caught.value.stops_account) == (401, True)


async def test_a_wrong_number_is_refused_in_their_words(client: RetellClient):
    with pytest.raises(Refused) as caught:
        await client.create_call(replace(request("busy"), to_number=""))
    assert caught.value.status == 400
    assert caught.value.words


async def test_an_unknown_call_is_refused(client: RetellClient):
    with pytest.raises(Refused) as caught:
        await client.get_call("call_unheard_of")
    assert caught.value.status == 422


async def test_a_recording_streams_whole_and_in_part(client: RetellClient, clock: FakeClock):
    call_id = (await client.create_call(request("successful"))).event.provider_call_id or ""
    event = await turn_until_analysed(client, clock, call_id)
    recording = await client.recording(event.values["recording_url"])
    sound = b"".join([chunk async for chunk in recording.body])
    assert (recording.status, sound[:4]) == (200, b"RIFF")
    assert recording.headers["content-type"].startswith("audio/")
    part = await client.recording(event.values["recording_url"], byte_range="bytes=0-3")
    assert (part.status, b"".join([chunk async for chunk in part.body])) == (206, b"RIFF")


@pytest.mark.parametrize("fault", ["reset", "die", "half", "garbage", "status"])
async def test_a_create_that_went_wrong_is_unknown_and_was_sent_once(
    client: RetellClient, simulator: Simulator, fault: FaultKind
):
    simulator.set_faults(FaultPlan(rules=(FaultRule(do=fault, on="create-phone-call", times=1, status=500),)))
    with pytest.raises(Uncertain):
        await client.create_call(request("busy"))
    page = await client.list_calls(token=request("x").token)
    assert len(page.items) == {"reset": 0, "status": 0}.get(fault, 1)
    assert len(simulator.log.entries) == 1


async def test_a_closed_door_is_unreachable(retell: Retell, simulator: Simulator):
    await simulator.stop()
    with pytest.raises(Unreachable):
        await retell.open(api_key=KEY, is_simulated=True).create_call(request("busy"))
