"""Nobody starves: how many freed places a client waits for, whatever the others have waiting; an urgent call waits for one."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import SQLModel

from callcenter.domain.call import Priority
from callcenter.domain.client import Client
from callcenter.domain.dial import Dial, DialState
from callcenter.services import onboarding, planning
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, clients, dials, leads, slots
from callcenter.store.database import Tx
from tests import builders
from tests.conftest import make_rt
from tests.fakes import START, FakeClock

_KEPT = {"installation", "accounts", "account_keys"}
_CALLS = 60
_ENDS = 14


@dataclass(frozen=True)
class Case:
    """An account with `limit` places and clients by their caps; the last `closed` of them may not call anybody now."""

    limit: int
    caps: list[int]
    closed: int
    at_once: int
    turns: bool
    seed: int


cases = st.builds(
    Case,
    limit=st.integers(1, 9),
    caps=st.lists(st.sampled_from([1, 2, 3, 9]), min_size=2, max_size=6),
    closed=st.integers(0, 2),
    at_once=st.integers(1, 4),
    turns=st.booleans(),
    seed=st.integers(0, 2**32),
)


@dataclass
class Places:
    """Who has which places, and how many places others were given while a client stood below its share."""

    limit: int
    caps: dict[str, int]
    used: Counter[str] = field(default_factory=Counter)
    waited: Counter[str] = field(default_factory=Counter)

    def below(self) -> set[str]:
        able = [client_id for client_id, cap in self.caps.items() if self.used[client_id] < cap]
        return {client_id for client_id in able if self.used[client_id] * len(able) < self.limit}

    def given_to(self, client_id: str, most: int) -> None:
        below = self.below()
        for other in self.caps:
            self.waited[other] = self.waited[other] + 1 if other in below and other != client_id else 0
            assert self.waited[other] <= most, f"{other} waits for more than {most} places"
        self.used[client_id] += 1
        assert self.used[client_id] <= self.caps[client_id], "never above its cap"
        assert self.used.total() <= self.limit, "never above the account's limit"


@pytest.fixture
def one_rt(sqlite_template: Path, tmp_path: Path) -> Iterator[Runtime]:
    """A runtime whose database is emptied before each case."""
    path = tmp_path / "fair.db"
    path.write_bytes(sqlite_template.read_bytes())
    rt = make_rt(f"sqlite:///{path}")
    anyio.run(onboarding.ensure_installation, rt)
    yield rt
    rt.database.close()


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases)
def test_a_client_below_its_share_gets_one_of_the_next_places(one_rt: Runtime, case: Case) -> None:
    anyio.run(one_rt.database.write, lambda tx: _is_fair(tx, one_rt, case))


def _is_fair(tx: Tx, rt: Runtime, case: Case) -> None:
    rng, clock = random.Random(case.seed), rt.clock
    assert isinstance(clock, FakeClock)
    account_id = _emptied(tx, case.limit)
    open_ = [_with_calls(tx, rt, account_id, cap) for cap in case.caps]
    for _ in range(case.closed):
        _with_calls(tx, rt, account_id, 9, may_call=False)
    most = len(case.caps) + case.closed - 1
    places = Places(case.limit, {client.client_id: client.max_concurrent for client in open_})
    held: list[Dial] = []
    for _ in range(_ENDS):
        armed = _planned_in(tx, rt)
        for dial in armed:
            places.given_to(dial.client_id, most)
        held += armed
        assert len(held) == min(case.limit, sum(case.caps)), "no place stays free while somebody waits"
        for _ in range(min(case.at_once, len(held))):
            over = held.pop(rng.randrange(len(held)))
            places.used[over.client_id] -= 1
            _ended(tx, over, rt)
        if case.turns:
            clock.turn(rng.choice([0.0001, 1.0, 400.0]))


def _with_calls(tx: Tx, rt: Runtime, account_id: str, cap: int, *, may_call: bool = True) -> Client:
    client = builders.client(account_id=account_id, max_concurrent=cap)
    clients.add(tx, client)
    lead = builders.lead(client, deleted_at=None if may_call else START)
    leads.add(tx, lead)
    who = None if may_call else lead
    calls.add(tx, *[builders.call(client, who, look_again_at=rt.clock.now()) for _ in range(_CALLS)])
    return client


def _planned_in(tx: Tx, rt: Runtime) -> list[Dial]:
    """Plans until nothing is left to do at this instant."""
    now, account = rt.clock.now(), accounts.find_default(tx)
    assert account is not None
    accounts.set_values(tx, account.account_id, now=now, swept_to=now)
    epoch = slots.lease(tx, account.account_id, rt.name, now=now)
    armed: list[Dial] = []
    while True:
        some = planning.plan(tx, rt, account.account_id, epoch=epoch or 0, now=now, boot_at=rt.clock.boot())
        armed += [each.dial for each in some.armed]
        if not some.look_on:
            return armed


async def _planned(rt: Runtime) -> list[Dial]:
    return await rt.database.write(lambda tx: _planned_in(tx, rt))


def _ended(tx: Tx, dial: Dial, rt: Runtime) -> None:
    accepted = dials.settle(tx, dial, DialState.ACCEPTED, now=rt.clock.now(), by="test")
    assert accepted is not None
    assert dials.settle(tx, accepted, DialState.FINISHED, now=rt.clock.now(), by="test")


def _emptied(tx: Tx, limit: int) -> str:
    for table in reversed(SQLModel.metadata.sorted_tables):
        if table.name not in _KEPT:
            tx.execute(table.delete())
    account = accounts.find_default(tx)
    assert account is not None
    accounts.set_values(tx, account.account_id, now=START, own_limit=limit, provider_limit=None)
    return account.account_id


async def test_one_urgent_call_passes_a_batch_of_ten_thousand_at_the_next_freed_place(any_rt: Runtime) -> None:
    rt = any_rt
    client = await builders.saved_client(rt, max_concurrent=3)
    batch = await builders.saved_batch(rt, client, priority=Priority.HIGH)
    many = [builders.call(client, None, batch, priority=Priority.HIGH, to_number=f"+1212555{n:05d}") for n in range(10_000)]
    for start in range(0, len(many), 1_000):
        await rt.database.write(lambda tx, some=many[start : start + 1_000]: calls.add(tx, *some))
    held = await _planned(rt)
    assert len(held) == 3
    urgent = await builders.saved_call(rt, client, priority=Priority.URGENT)
    assert await _planned(rt) == [], "it ends nobody's call"
    await rt.database.write(lambda tx: _ended(tx, held[0], rt))
    assert [dial.call_id for dial in await _planned(rt)] == [urgent.call_id]


async def test_dials_of_one_plan_keep_their_order(any_rt: Runtime) -> None:
    first, second = [await builders.saved_client(any_rt) for _ in range(2)]
    for client in (first, second, first, second):
        await builders.saved_call(any_rt, client)
    armed = await _planned(any_rt)
    turns = [each.planned_at for each in armed]
    assert turns == [START + timedelta(microseconds=n) for n in range(4)]
    assert {each.sent_at for each in armed} == {START}
