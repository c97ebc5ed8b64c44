"""The real clock, as far as a test can know it."""

from datetime import UTC, datetime, timedelta

from callcenter.adapters.clock import SystemClock


def test_now_is_aware_and_in_utc():
    before = datetime.now(UTC)
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert before <= now <= before + timedelta(seconds=5)


def test_the_boot_clock_never_runs_back():
    clock = SystemClock()
    readings = [clock.boot() for _ in range(100)]
    assert readings == sorted(readings)


async def test_a_sleep_of_nothing_or_less_returns_at_once():
    clock = SystemClock()
    before = clock.boot()
    await clock.sleep(0)
    await clock.sleep(-5)
    assert clock.boot() - before < 1
