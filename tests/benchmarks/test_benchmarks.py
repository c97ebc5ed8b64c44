"""Every benchmark runs, tiny: that it still measures what it says, not how fast this machine is today."""

from pathlib import Path

import pytest

from tests.benchmarks import caps, growth, push, refill, webhook_http, webhooks


@pytest.mark.xdist_group("browser")
@pytest.mark.timeout(240)
async def test_push_tells_of_every_event_in_every_tab() -> None:
    (found,) = await push.measure(tabs=[10], seconds=2, history=20, in_browser=False, closing=0)
    assert found.never == 0
    assert found.events >= 40
    assert len(found.from_sending) > found.events * 7, "eight tabs show the list"
    assert min(found.from_sending) > 0


async def test_refill_sees_a_create_follow_each_end(capsys: pytest.CaptureFixture[str]) -> None:
    median = await refill.measure(postgres=False, leads_in_all=60, waiting=refill.PLACES + 10, ends=8)
    assert median > 0
    assert "60 leads, 30 waiting calls, 8 ends" in capsys.readouterr().out


@pytest.mark.parametrize("lost", [0.0, 0.3])
async def test_a_cap_is_filled_and_never_exceeded_until_every_call_was_asked_for(lost: float) -> None:
    found = await caps.measure(cap=6, many=24, lost=lost)
    assert found.most_alive == 6
    assert 0 < found.used <= 1
    assert 0 < found.ceiling <= 1


def test_the_ceiling_of_a_cap_is_lost_only_while_the_provider_has_not_told_of_an_end() -> None:
    lives = [caps.Live(str(nth), str(nth), began=0.0, ends=10.0, is_told=True) for nth in range(4)]
    assert caps.ceiling(lives, 2) == pytest.approx(10 / (10 + caps.TOLD_AFTER))
    assert caps.share([(0.0, 10.0), (5.0, 20.0)], 0.0, 1) == 1.0
    assert caps.most_alive(lives) == 4


async def test_growth_lives_through_hours_and_reads_every_figure() -> None:
    found = await growth.measure(hours=2, many=12, hour=400)
    assert len(found) == 2
    assert all(min(hour.memory, hour.tasks, hour.log, hour.step) > 0 for hour in found)
    assert growth.growth([growth.Hour(100, 10, 50, 2.0)] * 3 + [growth.Hour(110, 10, 50, 1.0)])["memory"] == pytest.approx(1.1)


async def test_every_delivery_is_stored_and_folded_beside_its_ceiling(tmp_path: Path) -> None:
    rt = await webhooks.make_runtime(tmp_path)
    bare, whole = await webhooks.measure(rt, many=8)
    rt.database.close()
    assert (bare.done, whole.done, len(whole.took)) == (24, 24, 24)
    assert 0 < whole.cpu_rate() < bare.cpu_rate()


@pytest.mark.xdist_group("browser")
@pytest.mark.timeout(240)
async def test_a_delivery_over_http_is_answered_only_when_it_is_kept(tmp_path: Path) -> None:
    async with webhook_http.stage(tmp_path, is_slow=True) as on:
        pace = await webhook_http.steady(on, seconds=0.1)
        rush = await webhook_http.rush(on, many=60)
    assert (pace.answers.total(), pace.all_stored) == (30, True)
    assert pace.p99 >= 5, "the slow disk is slow"
    assert (rush.answers.total(), rush.all_stored) == (60, True)
    assert set(rush.answers) <= {204, 503}
