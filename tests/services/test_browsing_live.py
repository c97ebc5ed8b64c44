"""The Live page and the frame around it, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.call import CallStatus, Outcome, Phase, Turn
from callcenter.services import browsing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN, VIEWER, saved_batch, saved_call, saved_client, saved_lead
from tests.fakes import START, FakeClock
from tests.services.news import call_with, ended

HOUR_AGO = START - timedelta(hours=1)
TALKING = {"status": CallStatus.IN_PROGRESS, "phase": Phase.TALKING, "provider_call_id": "call_now"}


async def test_an_empty_board_has_all_its_faces(any_rt: Runtime) -> None:
    board = await browsing.live_board(any_rt, ADMIN)
    assert board.in_progress == board.up_next == board.batches == board.attention == ()
    assert board.tiles.answered.rate is None
    shell = await browsing.shell_of(any_rt, ADMIN)
    assert (shell.waiting, shell.attention, shell.role) == (0, (), "admin")


async def test_the_board_counts_what_goes_on_and_what_waits(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt, name="Acme")
    lead = await saved_lead(any_rt, acme, name="Maria Gonzalez")
    batch = await saved_batch(any_rt, acme)
    words = (Turn("agent", "When?"), Turn("user", "Tuesday at ten works"))
    await call_with(any_rt, acme, lead, batch, dialled_at=START - timedelta(minutes=3), turns=words, **TALKING)
    for outcome, reached in ((Outcome.SALE_MADE, True), (Outcome.NOT_INTERESTED, True), (Outcome.NO_ANSWER, False)):
        await ended(any_rt, acme, at=HOUR_AGO, outcome=outcome, is_reached=reached, cost=100_000)
    await saved_call(any_rt, acme, None, batch)
    later = START + timedelta(hours=3)
    await saved_call(any_rt, acme, None, batch, scheduled_at=later, look_again_at=later)
    board = await browsing.live_board(any_rt, ADMIN)
    tiles = board.tiles
    assert (tiles.in_progress, tiles.talking, tiles.waiting, tiles.cost_today) == (1, 1, 2, 300_000)
    assert (tiles.answered.count, tiles.answered.base, tiles.success.count, tiles.success.base) == (2, 3, 1, 2)
    assert tiles.in_progress_spark[-1] == 1
    assert [rate for rate in tiles.answered.hours if rate is not None] == [2 / 3]
    assert [(line.who, line.speaker, line.last_words) for line in board.in_progress] == [
        ("Maria Gonzalez", "user", "Tuesday at ten works")
    ]
    assert [line.reason for line in board.up_next] == ["due", "later"]
    assert len(board.just_ended) == 3
    assert board.batches[0].counts.scheduled == 2
    assert board.batches[0].status == "running"
    assert [count for _hour, count in board.hourly if count] == [3]
    aside = await browsing.live_aside(any_rt, ADMIN)
    assert await browsing.live_board(any_rt, ADMIN, aside=aside) == board


async def test_the_sparkline_counts_what_went_on_at_each_point(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    await call_with(any_rt, acme, dialled_at=START - timedelta(minutes=20), **TALKING)
    await ended(any_rt, acme, at=START - timedelta(minutes=50), ended_at=START - timedelta(minutes=41))
    spark = (await browsing.live_board(any_rt, ADMIN)).tiles.in_progress_spark
    assert spark == (0, 1, 1, 0, 0, 0, 1, 1, 1, 1), "a point every six minutes, the last now"


async def test_nobody_sees_the_calls_of_a_client_that_is_not_theirs(any_rt: Runtime) -> None:
    acme, other = await saved_client(any_rt), await saved_client(any_rt)
    await call_with(any_rt, other, dialled_at=START, **TALKING)
    limited = replace(VIEWER, client_ids=frozenset({acme.client_id}))
    board = await browsing.live_board(any_rt, limited)
    assert board.in_progress == ()
    assert board.tiles.in_progress == 0
    assert [slot.client_id for slot in board.slots] == [acme.client_id]


@pytest.mark.parametrize(("minutes", "said"), [(12, "12 min"), (302, "5 h"), (3_000, "2 days")])
async def test_a_silent_webhook_needs_attention(any_rt: Runtime, minutes: int, said: str) -> None:
    acme = await saved_client(any_rt, name="Acme")
    await call_with(any_rt, acme, dialled_at=START - timedelta(minutes=minutes), **TALKING)
    any_rt.began_at = START - timedelta(days=30)
    board = await browsing.live_board(any_rt, ADMIN)
    assert [(line.kind, line.title) for line in board.attention] == [("webhook_silent", f"Webhook silent for {said}")]
    assert (await browsing.shell_of(any_rt, ADMIN)).attention == board.attention
    (client,) = await browsing.client_list(any_rt, ADMIN)
    assert (client.health, client.health_words) == ("silent", f"No events for {said}")


async def test_while_it_was_off_the_webhook_was_not_silent(rt: Runtime, clock: FakeClock) -> None:
    await call_with(rt, await saved_client(rt), dialled_at=START - timedelta(hours=5), **TALKING)
    assert (await browsing.live_board(rt, ADMIN)).attention == ()
    assert [client.health for client in await browsing.client_list(rt, ADMIN)] == ["connected"]
    clock.turn(12 * 60)
    assert [line.title for line in (await browsing.live_board(rt, ADMIN)).attention] == ["Webhook silent for 12 min"]
