"""The bell: what needs a person is told once, ends by itself, and is unread until somebody reads it; on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.errors import Forbidden
from callcenter.domain.user import SYSTEM, Actor, Role
from callcenter.services import alerting, browsing, pausing, staffing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN, MANAGER, saved_client
from tests.fakes import FakeClock


async def person(rt: Runtime, *, client_ids: frozenset[str] | None = None) -> Actor:
    """Somebody of the team who has signed in."""
    user = await staffing.add_user(rt, ADMIN, email="tom@example.com", role=Role.MANAGER, client_ids=client_ids)
    return Actor(label=user.email, role=Role.MANAGER, user_id=user.user_id, client_ids=client_ids)


async def test_what_needs_a_person_is_told_once_and_ends(any_rt: Runtime, clock: FakeClock) -> None:
    client, tom = await saved_client(any_rt, name="Acme"), await person(any_rt)
    assert not await alerting.step(any_rt)
    clock.turn(60)
    await pausing.pause_client(any_rt, MANAGER, client.client_id, "no staff")
    assert await alerting.step(any_rt)
    assert not await alerting.step(any_rt)
    (line,) = (await alerting.page_of_alerts(any_rt, tom)).items
    assert (line.title, line.detail, line.href) == ("Acme is paused", "no staff", f"/clients/{client.client_id}")
    assert (line.is_over, line.is_unread, line.times) == (False, True, 1)
    await pausing.resume_client(any_rt, MANAGER, client.client_id)
    assert await alerting.step(any_rt)
    (line,) = (await alerting.page_of_alerts(any_rt, tom)).items
    assert line.is_over


async def test_the_same_again_within_minutes_is_counted_and_later_it_is_new(any_rt: Runtime, clock: FakeClock) -> None:
    client, tom = await saved_client(any_rt), await person(any_rt)
    for pause in (60, 60, 3600):
        clock.turn(pause)
        await pausing.pause_client(any_rt, MANAGER, client.client_id)
        await alerting.step(any_rt)
        await pausing.resume_client(any_rt, MANAGER, client.client_id)
        await alerting.step(any_rt)
    assert [line.times for line in (await alerting.page_of_alerts(any_rt, tom)).items] == [1, 2]


async def test_reading_is_each_persons_own(any_rt: Runtime, clock: FakeClock) -> None:
    client, tom = await saved_client(any_rt), await person(any_rt)
    clock.turn(1)
    await pausing.pause_client(any_rt, MANAGER, client.client_id)
    await alerting.step(any_rt)
    assert (await browsing.shell_of(any_rt, tom)).unread == 1
    clock.turn(1)
    await alerting.mark_read(any_rt, tom)
    assert (await browsing.shell_of(any_rt, tom)).unread == 0
    assert not (await alerting.page_of_alerts(any_rt, tom)).items[0].is_unread
    with pytest.raises(Forbidden):
        await alerting.mark_read(any_rt, replace(SYSTEM, token_id="t"))


async def test_nobody_reads_of_clients_they_may_not_see(any_rt: Runtime, clock: FakeClock) -> None:
    mine, other = await saved_client(any_rt, name="Mine"), await saved_client(any_rt, name="Other")
    tom = await person(any_rt, client_ids=frozenset({mine.client_id}))
    clock.turn(1)
    await pausing.pause_client(any_rt, MANAGER, other.client_id)
    await alerting.step(any_rt)
    assert (await alerting.page_of_alerts(any_rt, tom)).items == ()
    assert (await browsing.shell_of(any_rt, tom)).unread == 0


async def test_what_is_long_over_is_forgotten(any_rt: Runtime, clock: FakeClock) -> None:
    client, tom = await saved_client(any_rt), await person(any_rt)
    for _ in range(2):
        await pausing.pause_client(any_rt, MANAGER, client.client_id)
        await alerting.step(any_rt)
        await pausing.resume_client(any_rt, MANAGER, client.client_id)
        await alerting.step(any_rt)
        clock.turn(alerting.KEPT + timedelta(hours=1))
    await pausing.pause_client(any_rt, MANAGER, client.client_id)
    await alerting.step(any_rt)
    assert len((await alerting.page_of_alerts(any_rt, tom)).items) == 1
