"""What the demo shows: its clients and their leads, two weeks of calls behind them, and batches that go on now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import structlog

from callcenter.cli.demo_calendar import dial_times, last_hours
from callcenter.cli.demo_clients import CLIENTS, SOON, TALKATIVE_THEN, DemoBatch, DemoClient
from callcenter.cli.demo_past import Past, PastClock, past_of
from callcenter.domain.client import Client
from callcenter.domain.client_input import ClientInput
from callcenter.domain.hours import ALL_WEEK
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.retry import RetryPolicy
from callcenter.domain.user import SYSTEM, Actor, Role
from callcenter.services import batching, connecting, importing, onboarding, signing_in
from callcenter.services.batching import LaunchBatch
from callcenter.services.runtime import Runtime
from callcenter.simulator.workspaces import AGENTS
from callcenter.store import accounts, follow_ups
from callcenter.store.database import Tx

log = structlog.get_logger(__name__)

#: Who launched and paused the batches of the past.
PERSON = Actor(label="ana@example.com", role=Role.MANAGER)
DAYS = 14
HOURS_NOTE = "Demo: calls at any hour"
HOURS_REASON = "The demo calls a simulator at any hour; no real phone rings."
#: Follow-ups whose time has come and that nobody has looked at yet; those before them were done.
LEFT_OVERDUE = 3


async def prepare(rt: Runtime, demo_clients: Sequence[DemoClient] = CLIENTS) -> bool:
    """Makes the demo's person, clients, leads and their past when there is no client yet; gives whether it did.

    What is there stays as it is.
    """
    now = rt.clock.now()
    began = now - timedelta(days=DAYS, hours=2)
    clock = PastClock(began)
    then = replace(rt, clock=clock, kept={})
    await onboarding.ensure_installation(then)
    await signing_in.ensure_demo_user(then)
    if await onboarding.clients_of(rt, SYSTEM):
        return False
    await onboarding.change_installation(then, SYSTEM, name="Northwind", country="US", timezone="America/Los_Angeles")
    for demo in demo_clients:
        clock.at = began
        await _make(then, clock, demo, now=now)
    await rt.database.write(lambda tx: _tidy_follow_ups(tx, now=now))
    await rt.database.write(lambda tx: _nothing_to_compare(tx, now=now))
    return True


def _nothing_to_compare(tx: Tx, *, now: datetime) -> None:
    """Everything the simulator could list of this past is here: dialling need not wait until that was compared."""
    for account in accounts.listed(tx):
        accounts.set_values(tx, account.account_id, now=now, swept_to=now)


async def _make(rt: Runtime, clock: PastClock, demo: DemoClient, *, now: datetime) -> None:
    """Makes one client and lets it live up to now."""
    client = await _client(rt, demo)
    url = rt.settings.simulator_url or ""
    past = await past_of(rt, clock, client, key=demo.key, settings=TALKATIVE_THEN, simulator_url=url, now=now)
    instants = _instants(demo, now=now)
    first, launched = 0, dict[str, str]()
    for at, is_pause, batch in _happenings(demo, now=now):
        await past.dial_at([t for t in instants if t < at])
        instants = [t for t in instants if t >= at]
        clock.at = at
        if is_pause:
            await past.pause(PERSON, launched[batch.name], why="the new prices come on Thursday")
        else:
            launched[batch.name] = await _launch(past, demo, batch, first=first)
            first += batch.people
    await past.dial_at(instants)
    if demo.more_people:
        clock.at = now - timedelta(days=DAYS)
        await _import(past.rt, client, demo, first, first + demo.more_people, tags="fresh")
    log.info("demo client made", client=demo.name, calls=past.dialled)


def _instants(demo: DemoClient, *, now: datetime) -> list[datetime]:
    """When its lines were free to dial: the days before by the calendar, the last hours whatever time it is."""
    chance = Random(f"days of {demo.name}")
    recent, began = now - timedelta(hours=3), now - timedelta(days=DAYS)
    times = dial_times(
        chance, since=began, until=recent if demo.per_hour else now, zone=ZoneInfo(demo.timezone), per_day=demo.per_day
    )
    return times + last_hours(chance, since=recent, until=now, per_hour=demo.per_hour)


def _happenings(demo: DemoClient, *, now: datetime) -> list[tuple[datetime, bool, DemoBatch]]:
    """What was done to batches, earliest first: (when, whether it was paused then, which); else it was launched."""
    zone = ZoneInfo(demo.timezone)
    launches = [(_launch_time(batch, zone, now=now), False, batch) for batch in demo.batches]
    pauses = [(at + timedelta(hours=b.paused_after), True, b) for at, _, b in launches if b.paused_after is not None]
    return sorted((one for one in launches + pauses if one[0] < now), key=lambda one: one[0])


async def _client(rt: Runtime, demo: DemoClient) -> Client:
    is_any_hour = demo.hours == ALL_WEEK
    given = ClientInput(
        name=demo.name,
        timezone=demo.timezone,
        country=demo.country,
        max_concurrent=demo.cap,
        api_key=demo.key,
        agent_id=AGENTS[demo.agent].agent_id,
        from_number=demo.from_number,
        is_active=demo.is_active,
        is_simulated=True,
        calling_hours=demo.hours,
        hours_note=HOURS_NOTE if is_any_hour else "",
        hours_reason=HOURS_REASON if is_any_hour else "",
        daily_budget=demo.budget,
        variables=dict(demo.variables),
    )
    client = (await onboarding.add_client(rt, SYSTEM, given)).client
    await connecting.test_connection(rt, SYSTEM, client.client_id)
    account_id, now = client.account_id or "", rt.clock.now()
    await rt.database.write(lambda tx: accounts.set_values(tx, account_id, now=now, pace_per_second=demo.pace))
    return client


def _launch_time(batch: DemoBatch, zone: ZoneInfo, *, now: datetime) -> datetime:
    if batch.hours_ago is not None:
        return now - timedelta(hours=batch.hours_ago)
    if batch.starts_in_days is not None:
        return now - timedelta(hours=20)
    day = now.astimezone(zone).date() - timedelta(days=batch.days_ago)
    day -= timedelta(days=max(0, day.weekday() - 4))  # nobody launches on a weekend
    return datetime.combine(day, time(batch.hour), zone).astimezone(UTC)


async def _launch(past: Past, demo: DemoClient, batch: DemoBatch, *, first: int) -> str:
    """Imports the people of a batch and launches it, at the time the clock shows; gives its id."""
    tag = "-".join(batch.name.lower().replace(",", "").split())
    await _import(past.rt, past.client, demo, first, first + batch.people, tags=tag)
    wish = LaunchBatch(
        name=batch.name,
        lead_filter=LeadFilter(tags=(tag,)),
        max_attempts=batch.attempts,
        window=batch.window,
        retry=SOON if batch.hours_ago is not None else RetryPolicy(),
        scheduled_at=_start_time(demo, batch, now=past.now),
    )
    launched = await batching.launch(past.rt, PERSON, past.client.client_id, wish)
    if wish.scheduled_at is None:
        past.run(launched.batch)
    return launched.batch.batch_id


def _start_time(demo: DemoClient, batch: DemoBatch, *, now: datetime) -> datetime | None:
    if batch.starts_in_days is None:
        return None
    zone = ZoneInfo(demo.timezone)
    day = now.astimezone(zone).date() + timedelta(days=batch.starts_in_days)
    return datetime.combine(day, time(batch.hour), zone).astimezone(UTC)


async def _import(rt: Runtime, client: Client, demo: DemoClient, first: int, last: int, *, tags: str) -> None:
    await importing.import_leads(rt, SYSTEM, client.client_id, demo.people.csv(first, last, tags=tags), filename="leads.csv")


def _tidy_follow_ups(tx: Tx, *, now: datetime) -> None:
    """Appointments that have been kept and calls back that were made are done; the last few are left to somebody."""
    come = [(line.at, line) for line in follow_ups.listed(tx, SYSTEM, limit=2_000) if line.at is not None and line.at < now]
    for at, line in come[: max(0, len(come) - LEFT_OVERDUE)]:
        done_at = min(at + timedelta(minutes=25), now)
        follow_ups.change(tx, line, now=done_at, done_at=done_at)
