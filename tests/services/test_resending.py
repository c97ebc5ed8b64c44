"""The one repeat of an unknown dial: only where allowed, only once, only the same request, only under all rules."""

from datetime import timedelta

import pytest

from callcenter.domain.dial import DialState
from callcenter.domain.errors import Uncertain
from callcenter.services import pausing, suppressing
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, dials
from tests.builders import MANAGER
from tests.fakes import FakeClock, FakeProvider
from tests.services.doubt import dial_of, in_doubt, look


async def allow(rt: Runtime, account_id: str | None, clock: FakeClock) -> None:
    await rt.database.write(lambda tx: accounts.set_values(tx, account_id or "", now=clock.now(), may_resend=True))


async def test_it_is_off_until_somebody_allows_it(any_rt: Runtime, provider: FakeProvider, clock: FakeClock) -> None:
    _client, call = await in_doubt(any_rt, provider, exists=False)
    await look(any_rt, clock, minutes=60, step=150)
    assert len(provider.created) == 2
    assert (await dial_of(any_rt, call)).resent_at is None


async def test_a_request_that_never_arrived_is_repeated_under_its_own_key(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    client, call = await in_doubt(any_rt, provider, exists=False)
    await allow(any_rt, client.account_id, clock)
    await look(any_rt, clock, minutes=6)
    dial = await dial_of(any_rt, call)
    assert dial.state is DialState.ACCEPTED
    assert dial.resent_at is not None
    assert dial.slot_freed_at is None, "it has its place again"
    first, again = provider.created[1:]
    assert first == again


async def test_it_is_repeated_once_and_a_lost_answer_stays_a_doubt(
    any_rt: Runtime, provider: FakeProvider, clock: FakeClock
) -> None:
    client, call = await in_doubt(any_rt, provider, exists=False)
    await allow(any_rt, client.account_id, clock)
    provider.answers.append(Uncertain("lost again"))
    await look(any_rt, clock, minutes=60, step=150)
    dial = await dial_of(any_rt, call)
    assert dial.state is DialState.UNKNOWN
    assert len(provider.created) == 3
    checks = await any_rt.database.read(lambda tx: dials.clean_checks(tx, dial.dial_id))
    assert dial.resent_at is not None
    assert len([at for at in checks if at > dial.resent_at]) >= 1, "it is still looked for"


@pytest.mark.parametrize("what", ["paused", "do not call", "another request", "too late"])
async def test_nothing_is_repeated_against_a_rule(any_rt: Runtime, provider: FakeProvider, clock: FakeClock, what: str) -> None:
    rt = any_rt
    client, call = await in_doubt(rt, provider, exists=False)
    if what == "paused":
        await pausing.pause_client(rt, MANAGER, client.client_id, why="a look")
    elif what == "do not call":
        await suppressing.suppress(rt, MANAGER, call.to_number, why="asked for it")
    elif what == "another request":  # the webhook's address is part of the request
        rt.settings = rt.settings.model_copy(update={"public_url": "https://moved.example.com"})
    else:
        clock.turn(timedelta(minutes=55))
    await allow(rt, client.account_id, clock)
    await look(rt, clock, minutes=50, step=150)
    assert len(provider.created) == 2
    assert (await dial_of(rt, call)).resent_at is None
