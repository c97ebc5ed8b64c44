"""The demo: its people, its past, what it remembers after a restart, its files, and that it leaves nothing running."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from callcenter import wiring
from callcenter.adapters.clock import SystemClock
from callcenter.cli import demo, demo_data, demo_keeper, demo_memory, demo_simulator
from callcenter.cli.demo_clients import CLIENTS, TOPICS, DemoBatch, DemoClient
from callcenter.cli.demo_files import DemoFiles
from callcenter.cli.demo_people import numbers
from callcenter.domain.batch import BatchState
from callcenter.domain.call import ACTIVE_STATUSES, FINISHED_STATUSES, CallStatus
from callcenter.domain.errors import Conflict
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.phone import zones_of
from callcenter.domain.user import SYSTEM
from callcenter.services import batching, dispatching, onboarding, reconciling
from callcenter.services.batching import LaunchBatch
from callcenter.services.runtime import Runtime
from callcenter.settings import load_settings
from callcenter.simulator.config import SimulatorConfig
from callcenter.simulator.server import Simulator
from callcenter.store import accounts, batches, calls, follow_ups, slots
from callcenter.store.database import Tx
from tests.conftest import settings_for
from tests.fakes import KEY

#: Numbers that are kept for fiction, in the four countries the demo calls.
FICTIONAL = re.compile(r"\+1[2-9]\d\d55501\d\d|\+447700900\d{3}|\+442079460\d{3}|\+493023125\d{3}|\+3319900\d{4}")
#: A client with a past of a few days that is quick to make.
SMALL = DemoClient(
    name="Small Motors", timezone="Europe/London", country="GB", key="key_demo_small", agent=3, from_number="+442079460018",
    cap=3, per_day=30, per_hour=12, people=replace(CLIENTS[2].people, prefix="S"), budget=50,
    batches=(
        DemoBatch(name="Done", people=14, days_ago=9, attempts=3),
        DemoBatch(name="Held", people=12, days_ago=4, paused_after=4),
        DemoBatch(name="Later", people=5, starts_in_days=1),
        DemoBatch(name="Now", people=40, hours_ago=2),
    ),
)  # fmt: skip


@pytest.fixture
def simulator() -> Iterator[str]:
    """A simulator that has just been started and remembers nothing; gives its address."""
    one = Simulator(SimulatorConfig(port=0, speed=1), clock=SystemClock(), rng=Random(1))
    yield one.start_in_thread()
    one.stop_thread()


@pytest.fixture
async def demo_rt(sqlite_url: str, simulator: str) -> AsyncIterator[Runtime]:
    """A runtime of real parts, as the demo has it."""
    async for each in _running(sqlite_url, simulator):
        yield each


async def _running(url: str, simulator: str) -> AsyncIterator[Runtime]:
    settings = settings_for(url, simulator_url=simulator, retell_api_key=None)
    rt = replace(wiring.make_runtime(settings), is_demo=True, demo_speed=20)
    yield rt
    await rt.providers.close()
    rt.database.close()


def _read(asked: str | urllib.request.Request) -> bytes:
    with urllib.request.urlopen(asked) as answer:
        return answer.read()


async def _everything(rt: Runtime) -> list[Any]:
    return await rt.database.read(lambda tx: calls.load(tx, calls.ROWS.c.id != "", limit=10_000))


# People and files ------------------------------------------------------------------------------------------------------


def test_every_number_is_kept_for_fiction_and_belongs_to_one_client() -> None:
    every = [number for client in CLIENTS for number in numbers(client.people)]
    assert len(every) == len(set(every))
    assert [number for number in every if not FICTIONAL.fullmatch(number)] == []


def test_nobody_without_a_place_is_among_the_first_people_to_be_called() -> None:
    solar = next(client for client in CLIENTS if client.name == "Brightside Solar")
    assert max(len(zones_of(number)) for number in numbers(solar.people)[:46]) <= 3
    assert any(len(zones_of(number)) > 3 for number in numbers(solar.people)[46:166])


def test_people_are_the_same_every_time() -> None:
    people = CLIENTS[0].people
    assert people.csv(3, 9, tags="x").splitlines()[1:] == people.csv(0, 20, tags="x").splitlines()[4:10]


def test_reset_deletes_only_a_database_that_the_demo_made(tmp_path: Path) -> None:
    files = DemoFiles(tmp_path)
    files.database.write_text("somebody's")
    files.begin(reset=True)
    files.finish()
    assert files.database.read_text() == "somebody's"
    files.database.unlink()
    files.begin(reset=False)
    files.database.write_text("made")
    files.finish()
    files.begin(reset=False)
    assert files.database.exists()
    files.begin(reset=True)
    assert not files.database.exists()


def test_a_database_that_was_never_finished_is_begun_anew(tmp_path: Path) -> None:
    files = DemoFiles(tmp_path)
    files.begin(reset=False)
    files.database.write_text("half")
    files.begin(reset=False)
    assert not files.database.exists()


def test_reset_refuses_a_database_that_somebody_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = demo_simulator.port_for(tmp_path / "port")
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", f"sqlite:///{tmp_path}/mine.db")
    with pytest.raises(Conflict, match="CALLCENTER_DATABASE_URL names another"):
        demo.demo(port=port, speed=20, reset=True)


def test_a_key_that_lies_about_is_not_for_the_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALLCENTER_DATABASE_URL", "RETELL_API_KEY"):
        monkeypatch.setenv(name, KEY)  # both are put back afterwards
    monkeypatch.delenv("CALLCENTER_DATABASE_URL")
    assert demo._choose_database(DemoFiles(tmp_path), reset=False)
    assert load_settings().retell_api_key is None


def test_the_simulator_gets_its_port_again_while_that_is_free(tmp_path: Path) -> None:
    remembered = tmp_path / "port"
    first = demo_simulator.port_for(remembered)
    assert demo_simulator.port_for(remembered) == first
    with socket.socket() as other:
        other.bind(("127.0.0.1", first))
        other.listen()
        assert demo_simulator.port_for(remembered) != first


# The past --------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def seeded(request: pytest.FixtureRequest, simulator: str) -> AsyncIterator[Runtime]:
    """A runtime whose database has the past of the small client."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "pg_url")
    async for rt in _running(url, simulator):
        await demo_data.prepare(rt, (SMALL,))
        yield rt


async def test_the_past_is_over_and_what_comes_of_it_is_in_its_place(seeded: Runtime) -> None:
    now = seeded.clock.now()
    every = await _everything(seeded)
    over = [call for call in every if call.derived.status in FINISHED_STATUSES]
    assert len(over) >= 40
    assert not [call for call in every if call.derived.status in ACTIVE_STATUSES]
    assert all(call.told.ended_at and call.told.ended_at <= now for call in over if call.told.provider_call_id)
    assert {"appointment_scheduled", "no_answer"} <= {call.derived.outcome for call in over}
    assert any(call.attempt_number > 1 for call in over)
    assert all(call.told.turns and call.told.cost for call in over if call.derived.is_reached)

    def work(tx: Tx) -> tuple[dict[str, BatchState], list[Any], int]:
        states = {batch.name: batch.state for batch in batches.listed(tx, client_ids=None)}
        account = accounts.listed(tx)[0].account_id
        return states, list(follow_ups.listed(tx, SYSTEM, limit=500)), slots.used(tx, account).total

    states, to_do, used = await seeded.database.read(work)
    assert states == {
        "Done": BatchState.DONE, "Held": BatchState.PAUSED, "Later": BatchState.SCHEDULED, "Now": BatchState.RUNNING,
    }  # fmt: skip
    assert any(line.at and line.at > now for line in to_do)
    assert used == 0


async def test_a_retry_of_the_past_came_after_the_time_its_batch_asks_for(seeded: Runtime) -> None:
    every = [call for call in await _everything(seeded) if call.told.provider_call_id]
    first = {call.root_call_id: call for call in every if call.attempt_number == 1}
    pairs = [(first[call.root_call_id], call) for call in every if call.attempt_number == 2]
    waits = [again.derived.dialled_at - before.told.ended_at for before, again in pairs]
    assert waits
    assert min(waits) >= timedelta(minutes=15)


async def test_a_second_start_makes_nothing(seeded: Runtime) -> None:
    before = await _everything(seeded)
    assert not await demo_data.prepare(seeded, (SMALL,))
    assert await _everything(seeded) == before


async def test_a_reminded_simulator_tells_and_plays_the_calls_as_they_were(seeded: Runtime) -> None:
    told = await demo_memory.remind(seeded)
    every = [call for call in await _everything(seeded) if call.told.provider_call_id]
    assert told == len(every)
    heard = [call for call in every if call.told.recording_url]
    assert heard
    for call in heard[:10]:
        seconds = (len(await asyncio.to_thread(_read, call.told.recording_url)) - 44) / 8000
        assert seconds == pytest.approx(call.told.duration_ms / 1000, abs=0.01)
    reconciler = reconciling.Reconciler(seeded)
    account_id = every[0].account_id
    now = seeded.clock.now()
    await seeded.database.write(lambda tx: slots.lease(tx, account_id, seeded.name, now=now))
    await reconciler.step()  # a sweep over what the simulator lists
    after = {call.call_id: call for call in await _everything(seeded)}
    assert [call for call in every if after[call.call_id] != call] == []
    assert len(after) == len(await _everything(seeded))


# After a stop in the middle --------------------------------------------------------------------------------------------


class LaterClock(SystemClock):
    """The time as it is ten minutes from now."""

    def now(self) -> datetime:
        return super().now() + timedelta(minutes=10)


async def test_calls_that_the_old_simulator_was_having_are_settled_through_what_the_new_one_says(demo_rt: Runtime) -> None:
    rt = demo_rt
    await demo_data.prepare(rt, (replace(SMALL, batches=SMALL.batches[:1], more_people=3, pace=50),))
    client = (await onboarding.clients_of(rt, SYSTEM))[0].client
    wish = LaunchBatch(name="In flight", lead_filter=LeadFilter(tags=("fresh",)))
    await batching.launch(rt, SYSTEM, client.client_id, wish)
    dispatcher = dispatching.Dispatcher(rt)
    await dispatcher.step()
    await dispatcher.settled()
    cut_off = [call for call in await _everything(rt) if call.derived.status in ACTIVE_STATUSES]
    assert len(cut_off) == 3
    await asyncio.to_thread(_post, f"{rt.settings.simulator_url}/simulator/clear")  # as if it had been started anew

    await demo_memory.remind(rt)
    await reconciling.Reconciler(replace(rt, clock=LaterClock())).step()

    after = {call.call_id: call for call in await _everything(rt)}
    settled = [after[call.call_id] for call in cut_off]
    assert {call.derived.status for call in settled} == {CallStatus.FAILED}
    assert {call.told.disconnection_reason for call in settled} == {"error_retell"}
    account_id = client.account_id or ""
    assert (await rt.database.read(lambda tx: slots.used(tx, account_id))).total == 0


def _post(url: str) -> None:
    _read(urllib.request.Request(url, data=b"{}", method="POST"))


# It goes on ------------------------------------------------------------------------------------------------------------


async def test_a_client_that_is_nearly_done_gets_the_next_list_and_no_second_one(demo_rt: Runtime) -> None:
    rt = demo_rt
    acme = replace(CLIENTS[0], batches=(DemoBatch(name="Nearly done", people=5, hours_ago=0.01),), per_day=0, per_hour=0)
    await demo_data.prepare(rt, (acme,))
    assert await demo_keeper.step(rt) == 1
    assert await demo_keeper.step(rt) == 0
    client_id = (await onboarding.clients_of(rt, SYSTEM))[0].client.client_id
    found = await rt.database.read(lambda tx: batches.listed(tx, client_ids=[client_id]))
    assert {batch.name for batch in found} == {"Nearly done", TOPICS["Acme Dental"][0]}
    assert all(FICTIONAL.fullmatch(call.to_number) for call in await _everything(rt))


async def test_nothing_new_begins_while_somebody_has_paused_a_batch(demo_rt: Runtime) -> None:
    rt = demo_rt
    acme = replace(CLIENTS[0], batches=(DemoBatch(name="Nearly done", people=5, hours_ago=0.01),), per_day=0, per_hour=0)
    await demo_data.prepare(rt, (acme,))
    batch = (await rt.database.read(lambda tx: batches.listed(tx, client_ids=None)))[0]
    await batching.pause(rt, SYSTEM, batch.batch_id)
    assert await demo_keeper.step(rt) == 0


# Processes -------------------------------------------------------------------------------------------------------------

BESIDE = """
import signal, sys, time
from callcenter.cli import demo_simulator
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has background processes ignore it
with demo_simulator.simulator(int(sys.argv[1]), speed=1, webhook_url="http://127.0.0.1:9/") as wait:
    wait()
    print("up", flush=True)
    time.sleep(120)
"""


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_the_simulator_ends_with_the_demo_however_that_ends(ending: signal.Signals, tmp_path: Path) -> None:
    port = demo_simulator.port_for(tmp_path / "port")
    command = [sys.executable, "-c", BESIDE, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert not demo_simulator.is_free(port)
        process.send_signal(ending)
        process.wait(timeout=30)
    deadline = time.monotonic() + 30
    while not demo_simulator.is_free(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert demo_simulator.is_free(port)


def test_a_taken_port_is_one_line_and_exit_code_1() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "callcenter.cli.main", "demo", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is in use. Stop what uses it, or choose another: --port {port + 1}.\n"
    assert done.stdout == ""
