"""Batches with their progress, and one batch with what came of it; what holds it up is explaining's to say."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median

from callcenter.domain.batch import Batch
from callcenter.domain.client import Client
from callcenter.domain.lines import BatchLine, StepLine
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Actor, sees
from callcenter.services.browsing.pages import BatchPage
from callcenter.services.runtime import Runtime
from callcenter.store import batch_pages, batches, clients, stats, transitions
from callcenter.store.database import Tx

_HOUR = timedelta(hours=1)
#: Talk times are read one by one for their median; the newest so many are enough for it.
_SAMPLE = 5_000


async def batch_list(
    rt: Runtime,
    actor: Actor,
    *,
    client_id: str | None = None,
    statuses: Sequence[str] = (),
    limit: int = 50,
    cursor: str | None = None,
) -> Page[BatchLine]:
    """Gives a page of batches, newest first. `statuses` may be the shown ones: `waiting` and `finishing` are kinds of
    running, told apart among the rows of the page."""
    now = rt.clock.now()
    states = sorted({"running" if each in ("waiting", "finishing") else each for each in statuses})

    def work(tx: Tx) -> Page[BatchLine]:
        page = batch_pages.search(
            tx, actor, now=now, client_id=client_id, states=states, limit=min(max(limit, 1), MOST_ON_WIRE), cursor=cursor
        )
        if not statuses:
            return page
        return replace(page, items=tuple(line for line in page.items if line.status in statuses))

    return await rt.database.read(work)


async def batch_page(rt: Runtime, actor: Actor, batch_id: str) -> BatchPage:
    """Gives everything about one batch; raises NotFound."""
    now = rt.clock.now()

    def work(tx: Tx) -> BatchPage:
        batch = batches.get(tx, batch_id)
        sees(actor, batch.client_id, what="batch")
        return _page(tx, batch, clients.get(tx, batch.client_id), now=now)

    return await rt.database.read(work)


async def leads_without_answer(rt: Runtime, actor: Actor, batch_id: str, *, limit: int) -> tuple[str, ...]:
    """Gives the leads of a batch whose last call nobody answered, for another batch; raises NotFound."""

    def work(tx: Tx) -> tuple[str, ...]:
        sees(actor, batches.get(tx, batch_id).client_id, what="batch")
        return tuple(batches.leads_ended(tx, batch_id, ("no_answer", "voicemail"), limit=limit))

    return await rt.database.read(work)


def _page(tx: Tx, batch: Batch, client: Client, *, now: datetime) -> BatchPage:
    calls = CallFilter(batches=(batch.batch_id,))
    sums = stats.sums(tx, calls)
    talks = stats.talk_ms(tx, calls, limit=_SAMPLE)
    return BatchPage(
        batch=batch,
        line=batch_pages.lines(tx, [batch.batch_id], now=now)[0],
        client=client,
        leads_dialled=batches.leads_dialled(tx, batch.batch_id),
        dialled=sums.dialled,
        dials=batch_pages.dial_count(tx, batch.batch_id),
        reached=sums.reached,
        successful=sums.successful,
        average_talk_s=sums.average_duration,
        median_talk_s=median(talks) / 1000 if talks else None,
        per_hour=_per_hour(stats.outcomes_by_quarter(tx, calls)),
        newest_outcomes=batches.newest_outcomes(tx, batch.batch_id),
        timeline=tuple(StepLine(**{name: row[name] for name in _STEP}) for row in transitions.of(tx, batch.batch_id)),
    )


_STEP = ("at", "what", "from_state", "to_state", "by", "why")


def _per_hour(quarters: Sequence[tuple[datetime, str, int]]) -> tuple[tuple[datetime, Mapping[str, int]], ...]:
    hours: dict[datetime, dict[str, int]] = {}
    for start, outcome, count in quarters:
        hour = hours.setdefault(start.replace(minute=0), {})
        hour[outcome] = hour.get(outcome, 0) + count
    return tuple(sorted(hours.items(), key=lambda pair: pair[0]))
