"""Faults on demand: read from files, counted, and seen on a raw connection exactly as they should be."""

import asyncio
import contextlib
import json
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from callcenter.simulator.faults import FaultDesk, FaultPlan, FaultRule, WebhookFaults
from tests.simulator.conftest import FROM, KEY, TO, Api, Speak


def plan(**rule: Any) -> FaultPlan:
    return FaultPlan(rules=(FaultRule(**{"on": "create-phone-call", **rule}),))


async def raw_create(api: Api) -> bytes | None:
    """What a bare socket gets back for a create request until the connection is over; None when it was reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.simulator.port)
    body = json.dumps({"from_number": FROM, "to_number": TO, "metadata": {"callcenter_token": "t"}})
    head = f"POST /v2/create-phone-call HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}\r\nContent-Length: {len(body)}\r\n"
    try:
        writer.write(f"{head}Connection: close\r\n\r\n{body}".encode())
        async with asyncio.timeout(5):
            return await reader.read()
    except ConnectionResetError:
        return None
    finally:
        writer.close()


async def calls_made(api: Api) -> int:
    return len((await api.list()).json()["items"])


@pytest.fixture
async def api(speak: Speak) -> Api:
    return await speak(speed=1.0)


async def test_without_faults_the_raw_answer_is_whole(api: Api) -> None:
    answer = await raw_create(api)
    assert answer is not None
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["call_status"] == "registered"


async def test_reset_happens_before_anything_is_done(api: Api) -> None:
    api.simulator.set_faults(plan(do="reset"))
    assert await raw_create(api) is None
    assert await calls_made(api) == 0
    assert [(entry["fault"], entry["token"]) for entry in api.simulator.log.entries] == [("reset", None)]
    assert (await raw_create(api) or b"").startswith(b"HTTP/1.1 201")


async def test_a_connection_can_be_reset_before_a_byte_is_read(api: Api) -> None:
    await calls_made(api)  # opens the connection that stays
    api.simulator.set_faults(plan(do="reset_on_connect", on="*"))
    assert await raw_create(api) in (None, b"")
    assert list(api.simulator.log.entries) == []
    assert (await raw_create(api) or b"").startswith(b"HTTP/1.1 201")


async def test_refusing_closes_the_listener_and_opens_it_again(api: Api) -> None:
    assert (await api.create()).status_code == 201
    api.simulator.set_faults(plan(do="refuse", seconds=0.3))
    await asyncio.sleep(0)
    with pytest.raises(ConnectionRefusedError):
        await raw_create(api)
    assert await calls_made(api) == 1  # open connections go on
    assert api.simulator.closed is not None
    await api.simulator.closed
    assert (await raw_create(api) or b"").startswith(b"HTTP/1.1 201")


async def test_dying_makes_the_call_and_says_nothing(api: Api) -> None:
    api.simulator.set_faults(plan(do="die"))
    assert await raw_create(api) == b""
    assert await calls_made(api) == 1
    (entry,) = api.simulator.log.entries
    assert (entry["answer"], entry["token"]) == ("die", "t")
    assert entry["call_id"].startswith("call_")


async def test_half_an_answer_promises_more_than_it_holds(api: Api) -> None:
    api.simulator.set_faults(plan(do="half"))
    answer = await raw_create(api)
    assert answer is not None
    head, body = answer.split(b"\r\n\r\n", 1)
    length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length"))
    assert 0 < len(body) < length
    assert await calls_made(api) == 1


@pytest.mark.parametrize("body", ["garbage", "no_call_id", "empty", "html", {"call_id": 7}])
async def test_garbage_is_a_201_that_is_no_call(api: Api, body: Any) -> None:
    api.simulator.set_faults(plan(do="garbage", body=body))
    answer = await api.create()
    assert answer.status_code == 201
    with contextlib.suppress(ValueError):
        assert not isinstance(answer.json().get("call_id"), str)
    assert await calls_made(api) == 1


async def test_hanging_answers_nothing_and_lets_the_client_go(api: Api) -> None:
    api.simulator.set_faults(plan(do="hang", times=2))
    with pytest.raises(httpx.ReadTimeout):
        await api.http.post("/v2/create-phone-call", json={"from_number": FROM, "to_number": TO}, timeout=0.2)
    assert await calls_made(api) == 0
    api.simulator.set_faults(plan(do="hang", accepted=True, seconds=0.1))
    assert await raw_create(api) == b""
    assert await calls_made(api) == 1


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504])
async def test_every_status_comes_in_the_shapes_of_the_provider_and_of_a_proxy(api: Api, status: int) -> None:
    for body, kind in (("retell", "status"), ("error_message", "error_message")):
        api.simulator.set_faults(plan(do="status", status=status, body=body, retry_after=7))
        answer = await api.create()
        assert (answer.status_code, answer.headers["retry-after"]) == (status, "7")
        assert kind in answer.json()
    api.simulator.set_faults(plan(do="status", status=status, body="html"))
    answer = await api.create()
    assert answer.status_code == status
    assert answer.text.startswith("<html>")
    assert await calls_made(api) == 0


async def test_an_error_can_hide_a_call_that_was_made(api: Api) -> None:
    api.simulator.set_faults(plan(do="status", status=500, accepted=True))
    assert (await api.create()).status_code == 500
    assert await calls_made(api) == 1
    assert api.simulator.log.entries[0]["answer"] == 500


async def test_a_listing_can_lie(api: Api) -> None:
    await api.create()
    api.simulator.set_faults(plan(on="list-calls", do="status", status=200, body={"items": [], "has_more": False}))
    assert await calls_made(api) == 0
    assert await calls_made(api) == 1


async def test_a_slow_answer_is_right_but_late(api: Api) -> None:
    api.simulator.set_faults(plan(do="slow", seconds=0.2))
    started = asyncio.get_running_loop().time()
    assert (await api.create()).status_code == 201
    assert asyncio.get_running_loop().time() - started >= 0.2


async def test_a_late_request_takes_effect_after_its_connection_is_gone(api: Api) -> None:
    api.simulator.set_faults(plan(do="late", seconds=0.2))
    assert await raw_create(api) == b""
    assert await calls_made(api) == 0
    async with asyncio.timeout(5):
        while await calls_made(api) == 0:
            pass
    assert api.simulator.log.entries[0]["call_id"].startswith("call_")


async def test_twice_makes_two_calls_of_one_key(api: Api) -> None:
    api.simulator.set_faults(plan(do="twice"))
    assert (await api.create(idempotency_key="k")).status_code == 201
    assert await calls_made(api) == 2
    assert len(set(api.simulator.log.entries[0]["call_ids"])) == 2


async def test_the_end_of_the_simulator_does_not_wait_for_those_who_hang(speak: Speak) -> None:
    api = await speak(faults=plan(do="hang"))
    waiting = asyncio.ensure_future(raw_create(api))
    async with asyncio.timeout(5):
        while not (await api.http.get("/simulator/log")).json():
            pass
    await api.simulator.stop()
    assert await waiting in (b"", None)


def test_rules_count_skip_and_draw() -> None:
    rules = (
        FaultRule(do="die", on="create-phone-call", times=2, after=1),
        FaultRule(do="status", on="*", times=None, chance=0.25),
    )
    desk = FaultDesk(FaultPlan(rules=rules), rng=Random(1))
    met = [desk.request_fault("create-phone-call") for _ in range(400)]
    assert [one.do for one in met if one][:2].count("die") + [one.do for one in met[:4] if one].count("die") >= 2
    assert sum(1 for one in met if one and one.do == "die") == 2
    assert 70 < sum(1 for one in met if one and one.do == "status") < 130
    assert met[0] is None or met[0].do == "status"
    other = FaultDesk(FaultPlan(rules=rules[:1]), rng=Random(1))
    assert other.request_fault("get-call") is None


def test_the_same_seed_has_the_same_faults() -> None:
    chancy = FaultPlan(rules=(FaultRule(do="die", times=None, chance=0.5),))
    one, two = (FaultDesk(chancy, rng=Random(5)) for _ in range(2))
    assert [bool(one.request_fault("x")) for _ in range(50)] == [bool(two.request_fault("x")) for _ in range(50)]


def test_plans_are_read_from_json_and_toml(tmp_path: Path) -> None:
    expected = FaultPlan(
        rules=(FaultRule(do="status", on="create-phone-call", status=503, body="html", times=None),),
        webhooks=WebhookFaults(lose=0.1, delay_seconds=2.0),
    )
    rule = {"do": "status", "on": "create-phone-call", "status": 503, "body": "html", "times": None}
    as_json = tmp_path / "faults.json"
    as_json.write_text(json.dumps({"rules": [rule], "webhooks": {"lose": 0.1, "delay_seconds": 2}}))
    assert FaultPlan.read(as_json) == expected
    as_toml = tmp_path / "faults.toml"
    as_toml.write_text('[[rules]]\ndo = "die"\ntimes = 3\n[webhooks]\ndouble = 1\n')
    read = FaultPlan.read(as_toml)
    assert (read.rules, read.webhooks.double) == ((FaultRule(do="die", times=3),), 1.0)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "neither JSON nor TOML"),
        ("[]", "table of names"),
        ('{"rule": []}', "does not know rule"),
        ('{"rules": {}}', "are a list"),
        ('{"rules": [{"do": "explode"}]}', "one of refuse"),
        ('{"rules": [{"do": "die", "when": 1}]}', "does not know when"),
        ('{"rules": [{"do": "die", "times": "often"}]}', "times"),
        ('{"webhooks": {"lose": "all"}}', "numbers only"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_in_one_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "faults.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint) as refused:
        FaultPlan.read(path)
    assert "\n" not in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.json cannot be read"):
        FaultPlan.read(tmp_path / "nowhere.json")
