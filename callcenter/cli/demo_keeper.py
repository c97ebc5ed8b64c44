"""Keeps the demo going: when a client has hardly anybody left to call, the next list is imported and its batch launched."""

from datetime import timedelta

import structlog

from callcenter.cli.demo_clients import CLIENTS, SOON, TOPICS, DemoClient
from callcenter.cli.demo_people import numbers
from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.client import Client
from callcenter.domain.errors import CallCenterError
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.rules import MAX_DIALS_24H
from callcenter.domain.user import SYSTEM
from callcenter.services import batching, importing, onboarding
from callcenter.services.batching import LaunchBatch
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls, evidence, leads
from callcenter.store import numbers as known_numbers
from callcenter.store.database import Tx

log = structlog.get_logger(__name__)

EVERY = 10.0
#: Fewer than this many left to call: time for the next list.
FEW = 30
#: People on a list.
LIST = 110
#: Every so many batches the people who were not reached are called once more, instead of new ones.
AGAIN_EVERY = 3
#: How long the inbox keeps what was said while people talked.
UPDATES_KEPT = timedelta(minutes=15)
_DAY = timedelta(hours=24)
_PAUSED_ON_PURPOSE = frozenset(batch.name for demo in CLIENTS for batch in demo.batches if batch.paused_after is not None)


async def keep(rt: Runtime) -> None:
    """Looks after the demo's clients until cancelled."""
    while True:
        await rt.clock.sleep(EVERY)
        try:
            await step(rt)
            await _forget_updates(rt)
        except CallCenterError as error:
            log.warning("the next list waits", why=error.message)


async def step(rt: Runtime) -> int:
    """Launches the next batch of each client that is nearly done; gives how many batches that were."""
    views = {view.client.name: view for view in await onboarding.clients_of(rt, SYSTEM) if view.is_simulated}
    launched = 0
    for demo in CLIENTS:
        view = views.get(demo.name)
        if view is None or demo.name not in TOPICS or not view.client.is_active or view.client.paused_at is not None:
            continue
        if await _is_nearly_done(rt, view.client):
            await _launch_next(rt, demo, view.client)
            launched += 1
    return launched


async def _forget_updates(rt: Runtime) -> None:
    """At twenty times the speed of life the words of running calls would fill a disk; the ended calls hold them all."""
    until = rt.clock.now() - UPDATES_KEPT
    since = until - 2 * UPDATES_KEPT
    await rt.database.write(lambda tx: evidence.forget_updates(tx, since=since, until=until))


async def _is_nearly_done(rt: Runtime, client: Client) -> bool:
    """Whether hardly anybody is left to call now, and nobody has paused what they might want to watch."""
    now = rt.clock.now()

    def work(tx: Tx) -> bool:
        going_on = batches.listed(tx, client_ids=[client.client_id], states=[BatchState.RUNNING, BatchState.PAUSED])
        if any(b.state is BatchState.PAUSED and b.name not in _PAUSED_ON_PURPOSE for b in going_on):
            return False
        running = [b.batch_id for b in going_on if b.state is BatchState.RUNNING]
        return sum(len(calls.waiting(tx, client.client_id, batch_id, now=now, limit=FEW)) for batch_id in running) < FEW

    return await rt.database.read(work)


async def _launch_next(rt: Runtime, demo: DemoClient, client: Client) -> None:
    earlier, people = await rt.database.read(
        lambda tx: (
            batches.listed(tx, client_ids=[client.client_id], limit=10_000),
            len(leads.ids_of(tx, client.client_id, LeadFilter(), limit=1_000_000)),
        )
    )
    name = _name(demo, earlier)
    again = await _not_reached(rt, client) if len(earlier) % AGAIN_EVERY == 0 or people >= len(numbers(demo.people)) else []
    if len(again) >= FEW:
        await _launch(rt, client, LaunchBatch(name=f"{name}, second try", lead_ids=again[:LIST], max_attempts=2, retry=SOON))
        return
    tag = "-".join(name.lower().split())
    rows = demo.people.csv(people, people + LIST, tags=tag)
    if len(rows.splitlines()) < FEW:
        return  # every fictional number of this client is taken
    await importing.import_leads(rt, SYSTEM, client.client_id, rows, filename=f"{tag}.csv")
    await _launch(rt, client, LaunchBatch(name=name, lead_filter=LeadFilter(tags=(tag,)), max_attempts=2, retry=SOON))


async def _launch(rt: Runtime, client: Client, wish: LaunchBatch) -> None:
    launched = await batching.launch(rt, SYSTEM, client.client_id, wish)
    log.info("the demo goes on", client=client.name, batch=wish.name, calls=launched.accepted)


def _name(demo: DemoClient, earlier: list[Batch]) -> str:
    """The first topic that has not been used; one that comes round again has a number."""
    taken = {batch.name for batch in earlier}
    numbered = (f"{topic} {n}" for n in range(2, len(earlier) + 3) for topic in TOPICS[demo.name])
    return next(name for name in (*TOPICS[demo.name], *numbered) if name not in taken)


async def _not_reached(rt: Runtime, client: Client) -> list[str]:
    """The leads that nobody has reached, as far as they may be called again today."""
    since = rt.clock.now() - _DAY

    def work(tx: Tx) -> list[str]:
        wanted = LeadFilter(last_outcomes=("no_answer", "voicemail"), do_not_call=False)
        found = leads.many(tx, leads.ids_of(tx, client.client_id, wanted, limit=500))
        known = known_numbers.facts(tx, client.client_id, [lead.number for lead in found.values()], since=since)
        return [i for i, lead in found.items() if len(known[lead.number].dialled_24h) < MAX_DIALS_24H - 1]

    return await rt.database.read(work)
