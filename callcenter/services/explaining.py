"""Why was this call not dialled yet, or this batch not called through? The answer comes from the very function that decides."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.domain.batch import Batch, Counts
from callcenter.domain.call import Call, CallStatus
from callcenter.domain.client import Client
from callcenter.domain.eligibility import Ask, Judgement, judge, windows_for, zones_for
from callcenter.domain.errors import Conflict
from callcenter.domain.user import Actor, sees
from callcenter.domain.waterfall import Waterfall, likeness, waterfall
from callcenter.services import gathering
from callcenter.services.gathering import DAY
from callcenter.services.runtime import Runtime
from callcenter.store import batch_pages, batches, calls, clients, numbers
from callcenter.store.database import Tx

#: Of one batch so many waiting calls are judged at most, those whose turn comes first; and so many are looked up at once.
MOST_JUDGED = 20_000
_AT_ONCE = 2_000
#: An answer is given again for so many times as long as it took, so that watching a batch never costs more than a sliver of
#: a core; one that took less than this many seconds is not kept at all.
_KEPT_FOR = 20
_QUICK = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchExplanation:
    """Where the leads of a batch are in the rules at one instant. `waiting` counts all that wait, `rules.judged` those judged."""

    batch: Batch
    at: datetime
    counts: Counts
    waiting: int
    rules: Waterfall


async def explain(rt: Runtime, actor: Actor, call_id: str) -> Judgement:
    """Gives every rule in order, the first that blocks, and when the call may be dialled at the earliest.

    Raises NotFound, and Conflict for a call that is dialled already or over.
    """

    def work(tx: Tx) -> Judgement:
        call = calls.get(tx, call_id)
        sees(actor, call.client_id, what="call")
        if call.derived.status is not CallStatus.SCHEDULED:
            raise Conflict(f"This call does not wait any more, it is {call.derived.status.value}.")
        return judge_in(tx, rt, call)

    return await rt.database.read(work)


def judge_in(tx: Tx, rt: Runtime, call: Call) -> Judgement:
    """Judges one waiting call as the dispatcher would, in this transaction."""
    client = clients.get(tx, call.client_id or "")
    account_id = client.account_id or call.account_id
    if account_id is None:
        # no account at all: the rules still say what else stands in the way
        return judge(gathering.ask_without_account(tx, client, call, now=rt.clock.now()))
    gathered = gathering.account(tx, account_id, now=rt.clock.now(), only_client=client.client_id)
    gathering.know(tx, gathered, [call])
    return judge(gathered.ask(call))


async def explain_batch(rt: Runtime, actor: Actor, batch_id: str) -> BatchExplanation:
    """Says of all waiting calls of a batch which rule stops how many, and what they wait for; raises NotFound.

    Works in a thread on a snapshot. Of a big batch the answer may be some seconds old: `at` says when it was true.
    """

    def permitted(tx: Tx) -> None:
        sees(actor, batches.get(tx, batch_id).client_id, what="batch")

    await rt.database.read(permitted)
    name, started = f"explanation:{batch_id}", rt.clock.boot()
    kept: tuple[float, BatchExplanation] | None = rt.kept.get(name)
    if kept is not None and started < kept[0]:
        return kept[1]
    found = await rt.database.read(lambda tx: batch_in(tx, batch_id, now=rt.clock.now()))
    took = rt.clock.boot() - started
    rt.kept.pop(name, None)
    if took > _QUICK:
        rt.kept[name] = (started + took * _KEPT_FOR, found)
    return found


def batch_in(tx: Tx, batch_id: str, *, now: datetime) -> BatchExplanation:
    """The same in this transaction."""
    batch = batches.get(tx, batch_id)
    counts = batches.counts(tx, [batch])[batch_id]
    waiting = batch_pages.waiting_calls(tx, batch, limit=MOST_JUDGED)
    client = clients.get(tx, batch.client_id)
    judged = _judged(tx, client, waiting, now=now) if client.account_id else _judged_without_account(tx, client, waiting, now=now)
    return BatchExplanation(batch=batch, at=now, counts=counts, waiting=counts.scheduled, rules=waterfall(judged))


def _judged(tx: Tx, client: Client, waiting: Sequence[Call], *, now: datetime) -> Iterator[tuple[Ask, Judgement]]:
    """Judges in the order of their turn; each that may be dialled takes its place, so that the next sees what is left."""
    gathered = gathering.account(tx, client.account_id or "", now=now, only_client=client.client_id)
    for start in range(0, len(waiting), _AT_ONCE):
        gathering.know(tx, gathered, waiting[start : start + _AT_ONCE])
    known: dict[Hashable, Judgement] = {}
    for call in waiting:
        ask = gathered.ask(call)
        judgement = _once(known, ask)
        yield ask, judgement
        if judgement.may_dial:
            gathered.took(call)
            known.clear()


def _once(known: dict[Hashable, Judgement], ask: Ask) -> Judgement:
    key = likeness(ask)
    if key not in known:
        known[key] = judge(ask)
    return known[key]


def _judged_without_account(tx: Tx, client: Client, waiting: Sequence[Call], *, now: datetime) -> Iterator[tuple[Ask, Judgement]]:
    """The same for a client that has no Retell account yet: the rules still say what else stands in the way."""
    known: dict[Hashable, Judgement] = {}
    for start in range(0, len(waiting), _AT_ONCE):
        some = waiting[start : start + _AT_ONCE]
        shared = gathering.ask_without_account(tx, client, some[0], now=now)
        of_numbers = numbers.facts(tx, client.client_id, [call.to_number for call in some], since=now - DAY)
        of_leads = {row[0]: row[1:] for row in numbers.lead_facts(tx, [call.lead_id for call in some if call.lead_id])}
        for call in some:
            zone, is_deleted = of_leads.get(call.lead_id or "", (None, False))
            ask = replace(
                shared,
                call=call,
                zones=zones_for(zone, call.to_number),
                windows=windows_for(call, shared.batch.batch if shared.batch else None, client),
                number=replace(of_numbers[call.to_number], is_deleted=is_deleted),
            )
            yield ask, _once(known, ask)
