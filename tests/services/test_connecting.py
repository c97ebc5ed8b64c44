"""Testing a key: what is asked, what is remembered, how failures read."""

from dataclasses import replace

import pytest

from callcenter.domain.errors import Forbidden, NotFound, Refused, Unreachable
from callcenter.services import browsing, connecting
from callcenter.services.ports import AgentInfo, NumberInfo
from callcenter.services.runtime import Runtime
from callcenter.store import accounts
from tests.builders import ADMIN, AGENT, MANAGER, saved_client
from tests.fakes import KEY, START, FakeProvider


async def test_a_working_test_remembers_numbers_and_limits_and_ends_the_pause(any_rt: Runtime, provider: FakeProvider) -> None:
    client = await saved_client(any_rt)
    account_id = client.account_id or ""
    provider.limit, provider.in_use = 30, 4
    pause = {"paused_at": START, "paused_why": "Retell refused the key."}
    await any_rt.database.write(lambda tx: accounts.set_values(tx, account_id, now=START, **pause))
    report = await connecting.test_connection(any_rt, MANAGER, client.client_id)
    assert report.ok
    assert report.warnings == ()
    account = await any_rt.database.read(lambda tx: accounts.get(tx, account_id))
    assert (account.provider_limit, account.in_use, account.paused_at) == (30, 4, None)
    assert account.org_id == provider.org_id
    assert [each.number for each in await connecting.numbers_of(any_rt, AGENT, client.client_id)] == ["+14155550100"]
    assert not provider.created


async def test_a_number_that_is_listed_no_more_is_marked_gone(any_rt: Runtime, provider: FakeProvider) -> None:
    client = await saved_client(any_rt)
    await connecting.test_connection(any_rt, ADMIN, client.client_id)
    provider.known_numbers = (NumberInfo(number="+14155550101", nickname="New", agent_id=None),)
    provider.known_agents = (AgentInfo(agent_id="agent_other", name="Other"),)
    report = await connecting.test_connection(any_rt, ADMIN, client.client_id)
    states = {each.number: each.state for each in await connecting.numbers_of(any_rt, ADMIN, client.client_id)}
    assert states == {"+14155550100": "gone", "+14155550101": "ok"}
    assert len(report.warnings) == 2


@pytest.mark.parametrize(
    ("trouble", "word"),
    [
        (Refused("no", status=401), "does not accept this key"),
        (Refused("no", status=402), "payment"),
        (Refused("no", status=429), "busy"),
        (Unreachable("connection refused"), "could not be reached"),
    ],
)
async def test_a_failing_test_says_why_and_changes_nothing(
    rt: Runtime, provider: FakeProvider, trouble: Exception, word: str
) -> None:
    client = await saved_client(rt)
    account_id = client.account_id or ""
    await rt.database.write(lambda tx: accounts.set_values(tx, account_id, now=START, paused_at=START))
    provider.trouble = trouble
    report = await connecting.test_connection(rt, ADMIN, client.client_id)
    assert not report.ok
    assert word in report.problem
    assert (await rt.database.read(lambda tx: accounts.get(tx, account_id))).paused_at == START


async def test_who_may_test(rt: Runtime) -> None:
    client = await saved_client(rt)
    with pytest.raises(Forbidden):
        await connecting.test_connection(rt, AGENT, client.client_id)
    with pytest.raises(NotFound):
        await connecting.test_connection(rt, replace(ADMIN, client_ids=frozenset()), client.client_id)
    with pytest.raises(Forbidden):
        await connecting.test_key(rt, MANAGER, KEY, is_simulated=False)
    assert (await connecting.test_key(rt, ADMIN, KEY, is_simulated=False)).ok


async def test_an_admin_allows_repeating_lost_requests_and_it_is_written_down(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    account_id = client.account_id or ""
    await connecting.allow_resending(any_rt, ADMIN, client.client_id, is_allowed=True)
    assert (await any_rt.database.read(lambda tx: accounts.get(tx, account_id))).may_resend
    await connecting.allow_resending(any_rt, ADMIN, client.client_id, is_allowed=True)
    await connecting.allow_resending(any_rt, ADMIN, client.client_id, is_allowed=False)
    assert not (await any_rt.database.read(lambda tx: accounts.get(tx, account_id))).may_resend
    page = (await browsing.audit_page(any_rt, ADMIN, subject="client")).page
    assert [line.to_state for line in page.items[:2]] == ["repeats forbidden", "repeats allowed"]
    with pytest.raises(Forbidden):
        await connecting.allow_resending(any_rt, MANAGER, client.client_id, is_allowed=True)
