"""Totals, rates, charts and exports of the same calls agree, on both databases."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.call import CallStatus, Origin, Outcome
from callcenter.domain.client import Client
from callcenter.domain.errors import Forbidden, Invalid, NotFound
from callcenter.domain.rates import wilson
from callcenter.domain.search import CallFilter
from callcenter.services import charting, exporting, measuring
from callcenter.services.runtime import Runtime
from callcenter.store.stats import Sums
from tests.builders import ADMIN, VIEWER, saved_call, saved_client
from tests.fakes import START
from tests.services.news import ended

DAY = timedelta(days=1)


async def a_few_days(rt: Runtime) -> Client:
    """Five dialled calls on two days in New York, one outside call, one that waits."""
    acme = await saved_client(rt, name="=Acme")
    late = datetime(2026, 11, 22, 4, 59, tzinfo=UTC)  # still the 21st in New York
    for at, outcome, reached, ms in (
        (late, Outcome.SALE_MADE, True, 90_000), (late, Outcome.VOICEMAIL, False, 20_000), (START - DAY, None, True, 30_000),
        (START - DAY, Outcome.APPOINTMENT_SCHEDULED, True, 60_000),
    ):  # fmt: skip
        await ended(rt, acme, at=at, outcome=outcome, is_reached=reached, duration_ms=ms, cost=250_000, agent_id="agent_a",
                    cost_lines=(("Voice", 200_000), ("Line", 50_000)), agent_name="Ava", latency_p50_ms=900)  # fmt: skip
    await ended(rt, acme, at=START - DAY, outcome=Outcome.FAILED, is_reached=False, duration_ms=None, started_seen=False,
                status=CallStatus.FAILED, disconnection_reason="dial_failed", cost=None, agent_id="agent_b")  # fmt: skip
    await ended(rt, acme, at=START - DAY, origin=Origin.OUTSIDE)
    await saved_call(rt, acme)
    return acme


async def test_the_measures_of_a_period(any_rt: Runtime) -> None:
    acme = await a_few_days(any_rt)
    found = await measuring.call_stats(any_rt, ADMIN, acme.client_id, START - 3 * DAY, START + DAY)
    assert found.totals.by_status == {"completed": 4, "failed": 1, "scheduled": 1}
    assert found.totals.by_outcome == {"sale_made": 1, "voicemail": 1, "unknown": 2, "appointment_scheduled": 1, "failed": 1}
    sums = found.totals.sums
    assert sums == Sums(total=6, dialled=5, reached=3, successful=2, started=4, talk_ms=200_000, cost=1_000_000, costed=4)
    assert (sums.connect_rate, sums.success_rate, sums.average_duration) == (0.6, 2 / 3, 50)
    days = dict(found.per_day)
    assert sorted(days) == [date(2026, 11, 20) + nth * DAY for nth in range(5)]
    assert [days[date(2026, 11, day)].sums.dialled for day in (20, 21, 22, 23, 24)] == [0, 2, 3, 0, 0]
    assert days[date(2026, 11, 20)].sums.connect_rate is None
    assert sum((each.sums for each in days.values()), start=Sums()) == sums


async def test_a_day_is_the_one_asked_for(any_rt: Runtime) -> None:
    acme = await a_few_days(any_rt)
    found = await measuring.call_stats(any_rt, ADMIN, acme.client_id, tz="Asia/Kathmandu")  # +05:45
    assert {day: each.sums.dialled for day, each in found.per_day if each.sums.dialled} == {date(2026, 11, 22): 5}
    with pytest.raises(Invalid):
        await measuring.call_stats(any_rt, ADMIN, acme.client_id, tz="Mars/Base")
    with pytest.raises(NotFound):
        await measuring.call_stats(any_rt, ADMIN, "0" * 32)
    nothing = await measuring.call_stats(any_rt, ADMIN, acme.client_id, START + DAY, START + 2 * DAY)
    assert nothing.totals.sums.average_duration is None


async def test_the_charts_tell_the_same_story(any_rt: Runtime) -> None:
    acme = await a_few_days(any_rt)
    zone = ZoneInfo("America/New_York")
    charts = await charting.charts_of(any_rt, ADMIN, CallFilter(clients=(acme.client_id,)), tz=zone.key)
    assert charts.funnel == (("Dialled", 5), ("Answered", 3), ("Talked 30 s", 3), ("Goal reached", 2))
    assert charts.median_talk_s == 60
    assert len(charts.periods) == len(charts.periods_before) == 28
    busy = {each.at.astimezone(zone).date().day: each for each in charts.periods if each.sums.dialled}
    assert busy[21].outcomes == {"sale_made": 1, "voicemail": 1}
    assert busy[21].cost_parts == {"Voice": 400_000, "Line": 100_000}
    assert (busy[22].delay_p50_ms, busy[22].delay_p90_ms) == (900, 900)
    assert charts.failures == (("Couldn't be connected (line)", 1),)
    assert [(each.name, each.sums.dialled) for each in charts.agents] == [("Ava", 4), ("agent_b", 1)]
    assert charts.talk_bins == ((30, 1), (60, 1), (90, 1))
    assert charts.before == Sums()


async def test_one_day_is_drawn_by_the_hour(any_rt: Runtime) -> None:
    acme = await a_few_days(any_rt)
    asked = CallFilter(clients=(acme.client_id,), start=START - DAY - timedelta(hours=11), end=START - timedelta(hours=11))
    charts = await charting.charts_of(any_rt, ADMIN, asked, tz="America/New_York")
    assert charts.is_hourly
    assert [each.at for each in charts.periods if each.sums.dialled] == [START - DAY]


async def test_an_export_holds_exactly_the_filter(any_rt: Runtime) -> None:
    acme = await a_few_days(any_rt)
    asked = CallFilter(clients=(acme.client_id,), outcomes=("sale_made", "voicemail"))
    data = b"".join([part async for part in exporting.export_calls(any_rt, VIEWER, asked, tz="America/New_York")])
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert sorted(row["outcome"] for row in rows) == ["sale_made", "voicemail"]
    assert rows[0]["client"] == "'=Acme"
    assert rows[0]["number"].startswith("'+1")
    assert (rows[0]["dialledAt"], rows[0]["dialledAtLocal"]) == ("2026-11-22T04:59:00Z", "2026-11-21 23:59:00 EST")
    assert {row["cost"] for row in rows} == {"0.25"}


async def test_an_export_of_many_pages_misses_none(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_ROWS", 2)
    acme = await a_few_days(rt)
    stream = exporting.export_calls(rt, ADMIN, CallFilter(clients=(acme.client_id,)), columns=["id", "nonsense"])
    rows = b"".join([part async for part in stream]).decode("utf-8-sig").split()
    assert (rows[0], len(rows), len(set(rows))) == ("id", 8, 8)


async def test_recordings_are_exported_only_by_who_may(rt: Runtime) -> None:
    with pytest.raises(Forbidden):
        exporting.export_calls(rt, VIEWER, CallFilter(), with_recordings=True)
    assert exporting.file_name("calls", "Acme & Söhne", date(2026, 11, 22)) == "calls-acme-s-hne-2026-11-22.csv"


def test_the_range_of_a_rate_narrows_with_its_base() -> None:
    low, high = wilson(5, 10) or (0, 0)
    assert (round(low, 3), round(high, 3)) == (0.237, 0.763)
    assert wilson(0, 0) is None
    assert (wilson(0, 10) or (1, 1))[0] == 0
