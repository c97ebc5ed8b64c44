"""The dry run in the wizard: in words, by hours or days of whoever looks, and without a trace."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from callcenter.domain.dry_run import STRETCH, DryRun
from callcenter.domain.user import Actor
from callcenter.services import browsing, dry_running, suppressing
from callcenter.services.batching import LaunchBatch
from callcenter.services.rehearsing import Usual
from callcenter.services.runtime import Runtime
from callcenter.ui.pages.batch_dry_run import DryRunState, played
from callcenter.ui.pages.batch_new_state import BatchNewState
from callcenter.ui.pages.calls_viewer import Viewer
from tests.builders import ADMIN, AGENT, saved_client, saved_lead
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
BERLIN = Viewer(zone="Europe/Berlin")


def run(**more: object) -> DryRun:
    known = {
        "leads": 100.0, "dials": 180.4, "cost": 18_000_000, "first_at": NOW, "tried_at": NOW + timedelta(hours=1),
        "done_at": NOW + timedelta(hours=30), "by_stretch": {}, "never": (), "later": 0.0,
    }  # fmt: skip
    return DryRun(**(known | more))  # type: ignore[arg-type]


def test_it_is_told_by_hours_of_whoever_looks_and_the_fullest_is_the_longest_bar() -> None:
    dials = {NOW: 10.0, NOW + STRETCH: 10.0, NOW + 4 * STRETCH: 5.0, NOW + 40 * STRETCH: 0.2}
    shown = played(run(by_stretch=dials), Usual(), BERLIN, now=NOW)
    told = [(bar.day, bar.hour, bar.number, bar.share) for bar in shown.bars]
    assert told == [("Mon 23 Nov", "15:00", "20", 100.0), ("", "16:00", "5", 25.0), ("Tue 24 Nov", "01:00", "1", 1.0)]


def test_many_hours_are_told_by_days() -> None:
    dials = {NOW + nth * 4 * STRETCH: 2.0 for nth in range(48)}
    shown = played(run(by_stretch=dials), Usual(), BERLIN, now=NOW)
    told = [(bar.day, bar.hour, bar.number) for bar in shown.bars]
    assert told == [("Mon 23 Nov", "", "18"), ("Tue 24 Nov", "", "48"), ("Wed 25 Nov", "", "30")]


def test_it_says_when_what_and_what_it_rests_on() -> None:
    shown = played(run(), Usual(seconds=115, reached=0.46), BERLIN, now=NOW)
    assert [(fact.name, fact.value) for fact in shown.facts] == [
        ("First call", "Now"),
        ("Everyone tried once", "Today 16:00 (in 1 h)"),
        ("Last call is over", "Tomorrow 21:00 (in 30 h)"),
        ("Calls in all", "about 180"),
        ("Cost", "about $18.00"),
    ]
    assert "1 min 55 s" in shown.note
    assert "46 %" in shown.note
    once = played(run(dials=100.0, cost=None), Usual(), BERLIN, now=NOW)
    assert [fact.value for fact in once.facts][-2:] == ["100", "not known yet"]
    assert "Nothing was measured yet" in once.note


def test_who_is_never_called_is_told_and_a_fraction_is_a_person() -> None:
    shown = played(run(never=(("Zone unknown.", 12.0),), later=0.3), Usual(), BERLIN, now=NOW)
    assert [(each.name, each.value) for each in shown.never] == [
        ("12 leads", "Zone unknown."), ("1 lead", "Their turn comes only after more than two weeks."),
    ]  # fmt: skip
    assert [(fact.name, fact.value) for fact in shown.facts][:2] == [
        ("First call", "Now"),
        ("Last call is over", "in over two weeks"),
    ]
    nobody = played(run(dials=0.0, first_at=None, tried_at=None, done_at=None), Usual(), BERLIN, now=NOW)
    assert (nobody.facts, nobody.bars) == ([], [])


async def test_the_wizard_plays_what_is_chosen_and_leaves_no_trace(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running)
    leads = [await saved_lead(running, client, number=f"+1212555010{nth}") for nth in range(4)]
    await suppressing.suppress(running, AGENT, leads[0].number, client_id=client.client_id, why="asked")
    cookie = await sign_in_as("manager")
    path = await tab.begin_batch(cookie, f"?client={client.client_id}")
    await tab.run(DryRunState.play(), cookie=cookie, path=path)
    state = await tab.state(DryRunState)
    assert (state.face, state.error) == ("played", "")
    assert [(fact.name, fact.value) for fact in state.shown.facts if fact.name == "Calls in all"] == [("Calls in all", "3")]
    assert (await browsing.shell_of(running, ADMIN)).waiting == 0
    assert (await browsing.batch_list(running, ADMIN)).items == ()
    await tab.run(DryRunState.close(), cookie=cookie, path=path)
    assert (await tab.state(DryRunState)).face == ""


async def test_what_cannot_be_played_says_why(running: Runtime, tab: FakeTab, sign_in_as: SignIn) -> None:
    client = await saved_client(running, name="Acme", account_id=None)
    await saved_lead(running, client)
    cookie = await sign_in_as("manager")
    path = await tab.begin_batch(cookie, f"?client={client.client_id}")
    await tab.run(DryRunState.play(), cookie=cookie, path=path)
    state = await tab.state(DryRunState)
    assert (state.face, state.error) == ("failed", "Acme has no Retell account yet; nothing would be dialled.")
    await tab.run(BatchNewState.set_text("cap", "no number"), cookie=cookie, path=path)
    await tab.run(DryRunState.play(), cookie=cookie, path=path)
    assert "whole number" in (await tab.state(DryRunState)).error


async def test_closed_and_played_again_it_shows_the_second_answer_only(
    running: Runtime, tab: FakeTab, sign_in_as: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await saved_client(running)
    for nth in range(4):
        await saved_lead(running, client, number=f"+1212555010{nth}")
    cookie = await sign_in_as("manager")
    path = await tab.begin_batch(cookie, f"?client={client.client_id}")
    answers, begun = [asyncio.Event(), asyncio.Event()], [asyncio.Event(), asyncio.Event()]
    asked: list[LaunchBatch] = []

    async def slow(rt: Runtime, actor: Actor, client_id: str, wish: LaunchBatch) -> DryRun:
        asked.append(wish)
        nth = len(asked)
        begun[nth - 1].set()
        await answers[nth - 1].wait()
        return run(dials=nth * 100.0)

    monkeypatch.setattr(dry_running, "dry_run", slow)
    runs: list[asyncio.Task[None]] = []
    for nth in range(2):
        runs.append(asyncio.create_task(tab.run(DryRunState.play(), cookie=cookie, path=path)))
        await begun[nth].wait()
        if nth == 0:
            await tab.run(DryRunState.close(), cookie=cookie, path=path)
    answers[0].set()
    await runs[0]
    assert (await tab.state(DryRunState)).face == "playing"
    answers[1].set()
    await runs[1]
    state = await tab.state(DryRunState)
    assert (state.face, [fact.value for fact in state.shown.facts if fact.name == "Calls in all"]) == ("played", ["about 200"])
