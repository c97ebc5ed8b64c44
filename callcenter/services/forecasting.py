"""When a batch will be done, and what it waits for."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.batch import Batch, BatchState, Counts
from callcenter.domain.eligibility import judge
from callcenter.services import gathering
from callcenter.store import batches, calls, clients
from callcenter.store.database import Tx

#: The pace of a batch is measured over this long.
MEASURED = timedelta(minutes=10)
#: What a call is thought to take before any has ended.
USUAL_CALL = timedelta(seconds=90)
#: So many waiting calls are judged to find out what holds a batch up.
SAMPLE = 25


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a batch is doing, why it is not further, and when it will be done; `finish_at` None when nobody can say."""

    status: str
    why: str | None
    finish_at: datetime | None


def quick(tx: Tx, batch: Batch, counts: Counts, *, now: datetime) -> Forecast:
    """Forecasts from the speed of the last ten minutes and from what the first waiting calls are waiting for."""
    if batch.state is not BatchState.RUNNING:
        return Forecast(batch.state.value, None, None)
    if counts.scheduled == 0:
        return Forecast("finishing" if counts.active else "running", None, now + USUAL_CALL if counts.active else None)
    opens_at, why = _waits_for(tx, batch, now=now)
    status = "waiting" if counts.active == 0 and opens_at is not None else "running"
    speed = batches.speed(tx, batch.batch_id, since=now - MEASURED, now=now)
    if speed == 0:
        cap = batch.max_concurrent or clients.get(tx, batch.client_id).max_concurrent
        speed = cap / USUAL_CALL.total_seconds()
    left = timedelta(seconds=counts.scheduled / speed)
    return Forecast(status, why, (opens_at or now) + left)


def _waits_for(tx: Tx, batch: Batch, *, now: datetime) -> tuple[datetime | None, str | None]:
    """Gives when the first of the next calls may be dialled and what it waits for; (None, why) when one may be dialled now."""
    client = clients.get(tx, batch.client_id)
    if client.account_id is None:
        return None, "the client has no Retell account yet"
    sample = calls.next_of_batch(tx, batch.batch_id, limit=SAMPLE)
    gathered = gathering.account(tx, client.account_id, now=now, only_client=client.client_id)
    gathering.know(tx, gathered, sample)
    best: tuple[datetime, str] | None = None
    why: str | None = None
    for call in sample:
        judgement = judge(gathered.ask(call))
        if judgement.may_dial:
            return None, None
        why = why or judgement.reason
        blocking = {r.rule for r in judgement.rules if not r.ok}
        if blocking <= {"client_cap", "batch_cap", "account_cap", "pace"}:
            return None, judgement.reason
        if judgement.earliest_at is not None and (best is None or judgement.earliest_at < best[0]):
            best = (judgement.earliest_at, judgement.reason)
    return best if best else (None, why)
