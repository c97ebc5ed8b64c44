"""Everything but the creation of a call: what is asked, what is understood, and that nothing is asked twice by itself."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.retell.client import MOST_PAGES, RetellClient
from callcenter.adapters.retell.line import Timeouts
from callcenter.adapters.retell.provider import Retell
from callcenter.domain.call import EventKind, Phase
from callcenter.domain.errors import Invalid, Refused, Uncertain, Unreachable
from callcenter.services.ports import AgentInfo, Concurrency, KeyInfo, NumberInfo, Provider, Providers
from tests.adapters.retell.scripted import Behaviour, Exchange, answering, serving

BASE = "https://retell.example.test"
KEY = "key_made_up_for_tests"
SINCE = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture
async def retell() -> AsyncIterator[Retell]:
    made = Retell(base_url=BASE + "/", simulator_url="http://127.0.0.1:8787", clock=SystemClock())
    yield made
    await made.close()


@pytest.fixture
def client(retell: Retell) -> RetellClient:
    return retell.open(api_key=KEY, is_simulated=False)


@pytest.fixture
def api() -> Any:
    with respx.mock(base_url=BASE) as router:
        yield router


def body_of(route: Any, index: int = -1) -> Any:
    return json.loads(route.calls[index].request.content)


def listed(call_id: str = "call_1", **more: Any) -> dict[str, Any]:
    return {"call_id": call_id, "call_status": "ended", **more}


# opening


def test_the_adapter_is_what_the_services_expect(retell: Retell, client: RetellClient):
    as_port: tuple[Providers, Provider] = (retell, client)
    assert as_port == (retell, client)


@pytest.mark.parametrize("api_key", ["", " key_x", "key x", "key_x\n", "key_é", "k" * 501, "key\x00"])
async def test_what_cannot_be_a_key_is_invalid(retell: Retell, api_key: str):
    with pytest.raises(Invalid):
        retell.open(api_key=api_key, is_simulated=False)


async def test_a_simulated_account_without_a_simulator_is_unreachable():
    retell = Retell(base_url=BASE, simulator_url=None, clock=SystemClock())
    with pytest.raises(Unreachable):
        retell.open(api_key=KEY, is_simulated=True)
    await retell.close()


async def test_a_simulated_account_asks_the_simulator_only(retell: Retell):
    with respx.mock(base_url="http://127.0.0.1:8787") as router:
        route = router.get("/get-api-key-info").respond(json={"org_id": "org", "org_name": "Stand-in"})
        info = await retell.open(api_key=KEY, is_simulated=True).key_info()
        assert route.called
    assert info == KeyInfo(org_id="org", org_name="Stand-in")


# get, stop


async def test_a_call_is_fetched_by_its_id(client: RetellClient, api: Any):
    route = api.get("/v2/get-call/call_1").respond(json=listed(call_analysis={"call_summary": "x"}))
    evidence = await client.get_call("call_1")
    assert (evidence.event.kind, evidence.event.phase) == (EventKind.SNAPSHOT, Phase.ANALYSED)
    assert evidence.raw == route.calls[0].response.content
    assert route.calls[0].request.headers["authorization"] == f"Bearer {KEY}"


async def test_an_id_never_leaves_its_place_in_the_path(client: RetellClient, api: Any):
    route = api.post(url__regex=".*").respond(204)
    await client.stop_call("../v2/delete-call/call_1?x=1#y")
    assert route.calls[0].request.url.raw_path == b"/v2/stop-call/..%2Fv2%2Fdelete-call%2Fcall_1%3Fx%3D1%23y"


async def test_an_unknown_call_is_refused_with_their_words(client: RetellClient, api: Any):
    api.get("/v2/get-call/call_1").respond(422, json={"status": "error", "message": "Cannot find requested asset."})
    with pytest.raises(Refused) as caught:
        await client.get_call("call_1")
    assert (caught.value.status, caught.value.words) == (422, "Cannot find requested asset.")


@pytest.mark.parametrize("body", [listed("call_2"), {}, [], listed(None)])
async def test_an_answer_about_another_call_proves_nothing(client: RetellClient, api: Any, body: Any):
    api.get("/v2/get-call/call_1").respond(json=body)
    with pytest.raises(Uncertain):
        await client.get_call("call_1")


async def test_stopping_takes_a_204_and_sends_no_body(client: RetellClient, api: Any):
    route = api.post("/v2/stop-call/call_1").respond(204)
    await client.stop_call("call_1")
    request = route.calls[0].request
    assert (request.content, request.headers["content-length"]) == (b"", "0")


@pytest.mark.parametrize("status", [400, 422])
async def test_a_call_that_cannot_be_stopped_is_refused(client: RetellClient, api: Any, status: int):
    api.post("/v2/stop-call/call_1").respond(status, json={"error_message": "Call is not ongoing."})
    with pytest.raises(Refused):
        await client.stop_call("call_1")


# trouble on the way


@pytest.mark.parametrize(
    ("trouble", "meaning"),
    [
        (httpx.ConnectError, Unreachable),
        (httpx.ConnectTimeout, Unreachable),
        (httpx.PoolTimeout, Unreachable),
        (httpx.ReadTimeout, Uncertain),
        (httpx.WriteTimeout, Uncertain),
        (httpx.ReadError, Uncertain),
        (httpx.WriteError, Uncertain),
        (httpx.CloseError, Uncertain),
        (httpx.RemoteProtocolError, Uncertain),
        (httpx.LocalProtocolError, Uncertain),
        (httpx.DecodingError, Uncertain),
        (OSError, Uncertain),
        (RuntimeError, Uncertain),
    ],
)
async def test_trouble_is_unreachable_only_before_the_first_byte(
    client: RetellClient, api: Any, trouble: type[Exception], meaning: type[Exception]
):
    route = api.get("/get-concurrency").mock(side_effect=trouble("broken"))
    with pytest.raises(meaning):
        await client.concurrency()
    assert len(route.calls) == 1


@pytest.mark.parametrize("status", [302, 408, 409, 500, 503])
async def test_no_answer_is_asked_for_again(client: RetellClient, api: Any, status: int):
    route = api.get("/get-concurrency").respond(status, headers={"location": "/x", "x-should-retry": "true", "retry-after": "0"})
    with pytest.raises(Uncertain) as caught:
        await client.concurrency()
    assert (caught.value.status, len(route.calls)) == (status, 1)


async def test_connections_are_kept_and_used_again():
    info = {"org_id": "o", "org_name": "n"}
    async with serving(answering(200, info)) as server:
        retell = Retell(base_url=server.url, simulator_url=None, clock=SystemClock())
        client = retell.open(api_key=KEY, is_simulated=False)
        other = retell.open(api_key="key_another", is_simulated=False)
        for each in (client, other, client):
            await each.key_info()
        assert (len(server.requests), server.connections) == (3, 1)
        assert [head.lower().count("bearer key_another") for head, _ in server.requests] == [0, 1, 0]
        await retell.close()


async def never_answering(exchange: Exchange) -> None:
    await exchange.read_request()
    await asyncio.Event().wait()


async def hanging_up(exchange: Exchange) -> None:
    await exchange.read_request()


@pytest.mark.parametrize("behaviour", [never_answering, hanging_up])
async def test_a_provider_that_does_not_answer_is_asked_once(behaviour: Behaviour):
    async with serving(behaviour) as server:
        retell = Retell(base_url=server.url, simulator_url=None, clock=SystemClock(), timeouts=Timeouts(read_s=0.1))
        with pytest.raises(Uncertain):
            await retell.open(api_key=KEY, is_simulated=False).list_calls(token="t")
        assert len(server.requests) == 1
        await retell.close()


# lists


async def test_a_search_by_token_filters_by_nothing_else(client: RetellClient, api: Any):
    route = api.post("/v3/list-calls").respond(json={"items": [listed(metadata={"callcenter_token": "t"})], "has_more": False})
    page = await client.list_calls(token="t", limit=10)
    assert body_of(route) == {
        "filter_criteria": {"metadata": [{"key": "callcenter_token", "type": "string", "op": "eq", "value": "t"}]},
        "sort_order": "descending",
        "limit": 10,
    }
    assert [item.event.token for item in page.items] == ["t"]
    assert (page.cursor, page.is_complete) == (None, True)


async def test_a_search_by_time_or_number_and_the_next_page(client: RetellClient, api: Any):
    route = api.post("/v3/list-calls").respond(json={"items": [], "has_more": False})
    await client.list_calls(since=SINCE, cursor="next")
    assert body_of(route) == {
        "filter_criteria": {"start_timestamp": {"type": "number", "op": "ge", "value": 1795446000000}},
        "sort_order": "descending",
        "limit": 100,
        "pagination_key": "next",
    }
    await client.list_calls(to_number="+12135550111", limit=5000)
    assert body_of(route) == {
        "filter_criteria": {
            "to_number": {"type": "string", "op": "eq", "value": "+12135550111"},
            "direction": {"type": "enum", "op": "in", "value": ["outbound"]},
        },
        "sort_order": "descending",
        "limit": 1000,
    }
    await client.list_calls()
    assert "filter_criteria" not in body_of(route)


async def test_a_listed_item_is_kept_in_one_spelling_and_reads_back_the_same(client: RetellClient, retell: Retell, api: Any):
    item = listed(metadata={"b": 1, "a": "é"}, duration_ms=5)
    api.post("/v3/list-calls").respond(json={"items": [item, dict(reversed(item.items()))]})
    first, second = (await client.list_calls()).items
    assert first.raw == second.raw
    assert json.loads(first.raw) == item
    assert retell.read_call(first.raw) == first.event == second.event


@pytest.mark.parametrize(
    ("page", "asked_with", "cursor", "is_complete"),
    [
        ({"items": [], "has_more": False, "pagination_key": "k2"}, "k1", None, True),
        ({"items": [], "has_more": True, "pagination_key": "k2"}, "k1", "k2", True),
        ({"items": [], "has_more": True, "pagination_key": "k1"}, "k1", None, False),
        ({"items": [], "has_more": True}, None, None, False),
        ({"items": [], "has_more": True, "pagination_key": None}, "k1", None, False),
        ({"items": [], "has_more": True, "pagination_key": 7}, "k1", None, False),
        ({"items": []}, None, None, True),
        ({"items": [], "pagination_key": "k2"}, "k1", "k2", True),
        ({"items": [5], "has_more": False}, None, None, False),
        ({"items": [{"call_status": "ended"}], "has_more": False}, None, None, False),
    ],
)
async def test_paging_ends_and_says_whether_it_proves_anything(
    client: RetellClient, api: Any, page: dict[str, Any], asked_with: str | None, cursor: str | None, is_complete: bool
):
    api.post("/v3/list-calls").respond(json=page)
    answer = await client.list_calls(cursor=asked_with)
    assert (answer.cursor, answer.is_complete) == (cursor, is_complete)
    assert answer.items == ()


@pytest.mark.parametrize("body", [[], [listed()], {}, {"items": None}, {"items": {}}, {"calls": []}, None])
async def test_a_list_of_another_shape_proves_nothing(client: RetellClient, api: Any, body: Any):
    api.post("/v3/list-calls").respond(json=body)
    with pytest.raises(Uncertain):
        await client.list_calls(token="t")


# the account


@pytest.mark.parametrize(
    ("told", "understood"),
    [
        (
            {"current_concurrency": 3, "concurrency_limit": 20, "reserved_inbound_concurrency": 2},
            Concurrency(current=3, limit=20, reserved_inbound=2),
        ),
        (
            {"concurrency_limit": 20, "concurrency_burst_enabled": True, "concurrency_burst_limit": 60},
            Concurrency(current=0, limit=20, reserved_inbound=0),
        ),
        ({"base_concurrency": 20, "purchased_concurrency": 5}, Concurrency(current=0, limit=25, reserved_inbound=0)),
        ({"concurrency_limit": 0}, Concurrency(current=0, limit=0, reserved_inbound=0)),
    ],
)
async def test_the_limit_is_the_plain_one_never_the_burst(
    client: RetellClient, api: Any, told: dict[str, Any], understood: Concurrency
):
    api.get("/get-concurrency").respond(json=told)
    assert await client.concurrency() == understood


@pytest.mark.parametrize("told", [{}, [], {"concurrency_limit": "20"}, {"concurrency_limit": -1}])
async def test_a_limit_that_is_not_told_is_not_guessed(client: RetellClient, api: Any, told: Any):
    api.get("/get-concurrency").respond(json=told)
    with pytest.raises(Uncertain):
        await client.concurrency()


async def test_agents_that_cannot_call_are_left_out_and_pages_followed(client: RetellClient, api: Any):
    pages = [
        {"items": [{"agent_id": "a1", "agent_name": "Recall"}, {"agent_id": "a2"}], "has_more": True, "pagination_key": "p2"},
        {
            "items": [
                {"agent_id": "a3", "agent_name": "Off", "is_suspended": True},
                {"agent_id": "a4", "agent_name": "Desk", "is_transfer_agent": True},
                {"agent_name": "Nobody"},
                {"agent_id": "a5", "agent_name": "Sales", "is_suspended": False},
            ],
            "has_more": False,
        },
    ]
    route = api.post("/v2/list-agents").mock(side_effect=[httpx.Response(200, json=page) for page in pages])
    assert await client.agents() == (
        AgentInfo(agent_id="a1", name="Recall"),
        AgentInfo(agent_id="a2", name="a2"),
        AgentInfo(agent_id="a5", name="Sales"),
    )
    assert [dict(call.request.url.params) for call in route.calls] == [
        {"limit": "1000"},
        {"limit": "1000", "pagination_key": "p2"},
    ]
    assert body_of(route) == {"filter_criteria": {"channel": {"type": "string", "op": "eq", "value": "voice"}}}


async def test_a_number_has_the_agent_that_takes_most_of_its_calls(client: RetellClient, api: Any):
    items = [
        {"phone_number": "+14155550100", "nickname": "Main", "outbound_agents": [{"agent_id": "a", "weight": 1}]},
        {
            "phone_number": "+14155550101",
            "outbound_agents": [{"weight": 1}, {"agent_id": "a", "weight": 0.3}, {"agent_id": "b", "weight": 0.7}],
        },
        {"phone_number": "+14155550102", "outbound_agents": None, "nickname": None},
        {"nickname": "no number"},
    ]
    api.get("/v2/list-phone-numbers").respond(json={"items": items, "has_more": False})
    assert await client.numbers() == (
        NumberInfo(number="+14155550100", nickname="Main", agent_id="a"),
        NumberInfo(number="+14155550101", nickname="", agent_id="b"),
        NumberInfo(number="+14155550102", nickname="", agent_id=None),
    )


async def test_pages_that_never_end_are_left(client: RetellClient, api: Any):
    counter = iter(range(10_000))
    route = api.get("/v2/list-phone-numbers").mock(
        side_effect=lambda _: httpx.Response(
            200, json={"items": [{"phone_number": "+14155550100"}], "has_more": True, "pagination_key": str(next(counter))}
        )
    )
    assert len(await client.numbers()) == MOST_PAGES == len(route.calls)


async def test_a_wrong_key_is_refused_and_stops_the_account(client: RetellClient, api: Any):
    api.get("/get-api-key-info").respond(401, json={"status": "error", "message": "Invalid API Key."})
    with pytest.raises(Refused) as caught:
        await client.key_info()
    assert caught.value.stops_account


async def test_a_key_without_a_name_is_still_a_key(client: RetellClient, api: Any):
    api.get("/get-api-key-info").respond(json={})
    assert await client.key_info() == KeyInfo(org_id=None, org_name="")


@pytest.mark.parametrize("status", [200, 401, 429, 503])
async def test_what_their_clock_says_is_heard_in_every_answer(status: int) -> None:
    async with serving(answering(status, {"org_id": "org"}, "Date: Mon, 23 Nov 2026 16:00:00 GMT")) as server:
        retell = Retell(base_url=server.url, simulator_url=None, clock=SystemClock())
        assert retell.their_clock(is_simulated=False) is None
        with contextlib.suppress(Refused, Uncertain, Unreachable):
            await retell.open(api_key=KEY, is_simulated=False).key_info()
        heard = retell.their_clock(is_simulated=False)
        assert heard is not None
        assert heard.at == datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
        assert retell.their_clock(is_simulated=True) is None
        await retell.close()


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 16:00:00 GMT", "Mon, 23 Nov 2026 16:00:00 -0000"])
async def test_a_date_that_cannot_be_read_is_passed_over(date: str) -> None:
    async with serving(answering(200, {"org_id": "org"}, f"Date: {date}")) as server:
        retell = Retell(base_url=server.url, simulator_url=None, clock=SystemClock())
        assert (await retell.open(api_key=KEY, is_simulated=False).key_info()).org_id == "org"
        assert retell.their_clock(is_simulated=False) is None
        await retell.close()
