"""Clients with how they are doing today, and one client with its account and what its webhook says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.hours import zone_info
from callcenter.domain.lines import ClientLine, WebhookHealth
from callcenter.domain.search import CallFilter, day_start
from callcenter.domain.sums import Sums
from callcenter.domain.user import Actor, sees
from callcenter.services.browsing.attention import how_long, silent_since
from callcenter.services.browsing.pages import ClientPage
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, clients, event_pages, lead_pages, live, stats
from callcenter.store.database import Tx

_DAY = timedelta(days=1)


async def client_list(rt: Runtime, actor: Actor) -> tuple[ClientLine, ...]:
    """Gives every client this person may see, by name."""
    now = rt.clock.now()
    return await rt.database.read(lambda tx: _lines(tx, rt, actor, live.client_facts(tx, actor), now=now))


async def client_page(rt: Runtime, actor: Actor, client_id: str) -> ClientPage:
    """Gives one client; raises NotFound."""
    sees(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> ClientPage:
        client = clients.get(tx, client_id)
        facts = [each for each in live.client_facts(tx, actor) if each.client_id == client_id]
        account = accounts.get(tx, client.account_id) if client.account_id else None
        keys = accounts.keys_of(tx, [account.account_id]) if account else []
        numbers = accounts.numbers_of(tx, account.account_id) if account else []
        return ClientPage(
            client=client,
            line=_lines(tx, rt, actor, facts, now=now)[0],
            account=account,
            key_last4=next((key.last4 for key in keys if key.retired_at is None), None),
            numbers=tuple((each.number, each.nickname, each.state) for each in numbers),
            webhook=event_pages.health(tx, client_id, since=now - _DAY),
        )

    return await rt.database.read(work)


async def webhook_health(rt: Runtime, actor: Actor, client_id: str) -> WebhookHealth:
    """Gives how a client's webhooks have been in the last 24 hours; raises NotFound."""
    sees(actor, client_id)
    since = rt.clock.now() - _DAY

    def work(tx: Tx) -> WebhookHealth:
        clients.get(tx, client_id)
        return event_pages.health(tx, client_id, since=since)

    return await rt.database.read(work)


@dataclass(frozen=True, slots=True)
class _Counts:
    going_on: Mapping[str, int]
    waiting: Mapping[str, int]
    leads: Mapping[str, int]
    first_dialled: Mapping[str, datetime]


def _lines(tx: Tx, rt: Runtime, actor: Actor, facts: Sequence[live.ClientFacts], *, now: datetime) -> tuple[ClientLine, ...]:
    active = live.active_since(tx, actor)
    counts = _Counts(*lead_pages.counts_by_client(tx, actor), {client: first for client, (_n, first) in active.items()})
    today = _today(tx, facts, now=now)
    return tuple(_line(each, counts, today.get(each.client_id, Sums()), now=now, since=rt.began_at) for each in facts)


def _today(tx: Tx, facts: Sequence[live.ClientFacts], *, now: datetime) -> dict[str, Sums]:
    """The sums of each client's own day, one query for each time zone."""
    found: dict[str, Sums] = {}
    for zone_name in {each.timezone for each in facts}:
        zone = zone_info(zone_name) or ZoneInfo("UTC")
        since = day_start(now.astimezone(zone).date(), tz=zone)
        ids = tuple(each.client_id for each in facts if each.timezone == zone_name)
        found |= stats.sums_by(tx, "client", CallFilter(clients=ids, start=since))
    return found


def _line(facts: live.ClientFacts, counts: _Counts, today: Sums, *, now: datetime, since: datetime) -> ClientLine:
    health, words = _health(facts, counts.first_dialled.get(facts.client_id), now=now, since=since)
    return ClientLine(
        client_id=facts.client_id,
        name=facts.name,
        timezone=facts.timezone,
        is_active=facts.is_active,
        is_simulated=facts.is_simulated,
        in_progress=counts.going_on.get(facts.client_id, 0),
        max_concurrent=facts.max_concurrent,
        waiting=counts.waiting.get(facts.client_id, 0),
        dialled_today=today.dialled,
        reached_today=today.reached,
        success_today=today.successful,
        cost_today=today.cost,
        daily_budget=facts.daily_budget,
        leads=counts.leads.get(facts.client_id, 0),
        paused_at=facts.paused_at,
        paused_why=facts.paused_why,
        last_event_at=facts.last_event_at,
        health=health,
        health_words=words,
    )


def _health(facts: live.ClientFacts, first_dialled: datetime | None, *, now: datetime, since: datetime) -> tuple[str, str]:
    if not facts.is_active:
        return "inactive", "Switched off"
    if facts.account_id is None:
        return "no_key", "No Retell key"
    if facts.account_paused_at is not None:
        return "key_refused", facts.account_paused_why or "Retell refused the key"
    if facts.paused_at is not None:
        return "paused", "Paused"
    if first_dialled is not None:
        quiet_since = silent_since(facts, first_dialled, now=now, since=since)
        if quiet_since:
            return "silent", f"No events for {how_long(now - quiet_since)}"
    return ("simulated", "Simulated") if facts.is_simulated else ("connected", "Connected")
