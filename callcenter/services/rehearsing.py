"""What would happen if this call were placed or this batch launched now: the real rules, asked beforehand, nobody dialled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from callcenter.domain.batch import Refusal
from callcenter.domain.client import Client
from callcenter.domain.eligibility import Judgement, zones_for
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import HORIZON, Window, is_open, opens_at
from callcenter.domain.lead import Lead
from callcenter.domain.phone import PhoneNumber, normal
from callcenter.domain.search import CallFilter, LeadFilter
from callcenter.domain.user import Actor, sees
from callcenter.services import batching, calling, explaining
from callcenter.services.batching import MOST_LEADS, LaunchBatch
from callcenter.services.calling import ScheduleCall
from callcenter.services.runtime import Runtime
from callcenter.store import blackouts, call_pages, clients, leads, slots, stats
from callcenter.store.database import Tx

#: What a client's calls usually take and cost is read off those of this long.
MEASURED = timedelta(days=28)
#: A lead called within this long counts as called lately.
LATELY = timedelta(days=7)
#: Dialling, ringing and hanging up, beside the talk itself.
AROUND_TALK = 25.0
#: What a call takes as long as a client has none to measure.
USUAL_SECONDS = 90.0
USUAL_REACHED = 0.5
_SAMPLES = 5
_STEP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a client's calls usually are: seconds of one with its ringing, micro-dollars of one and of a minute of talk, and
    the share (0–1) that reaches somebody."""

    seconds: float = USUAL_SECONDS
    cost: int | None = None
    cost_per_minute: int | None = None
    reached: float | None = None

    def dials(self, leads: int, *, attempts: int) -> int:
        """How many dials so many leads take when who is not reached is tried again."""
        missed = 1 - (self.reached if self.reached is not None else USUAL_REACHED)
        return round(leads * sum(missed**nth for nth in range(attempts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRehearsal:
    """A call that is not asked for yet. `used` of `cap` places of the client are taken; `last_called_at` is the number's."""

    client: Client
    phone: PhoneNumber
    lead: Lead | None
    zones: tuple[str, ...]
    judgement: Judgement
    last_called_at: datetime | None
    used: int
    cap: int
    usual: Usual


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRehearsal:
    """A batch that is not launched yet: who would be called (`lead_ids`), who never (`refused`), and who is in doubt.

    `lately` were called within LATELY, `unsure` may be in several time zones, `no_zone` in an unknown one; they are among the
    accepted. `samples` are the first few leads, `closed_days` the days on which the client calls nobody.
    """

    client: Client
    found: int
    lead_ids: tuple[str, ...]
    refused: tuple[Refusal, ...]
    lately: frozenset[str]
    unsure: frozenset[str]
    no_zone: frozenset[str]
    samples: tuple[Lead, ...]
    usual: Usual
    closed_days: Collection[date]

    def without(self, *left_out: Collection[str]) -> tuple[str, ...]:
        """Gives whom to call when these sets of leads are left out as well."""
        gone = {lead_id for each in left_out for lead_id in each}
        return tuple(lead_id for lead_id in self.lead_ids if lead_id not in gone)


async def rehearse_call(rt: Runtime, actor: Actor, client_id: str, wish: ScheduleCall) -> CallRehearsal:
    """Judges a call as the dispatcher would if it were scheduled now. Raises Invalid naming the field, NotFound."""
    sees(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> CallRehearsal:
        client = clients.get(tx, client_id)
        lead = _lead_of(tx, client_id, wish)
        phone = normal(lead.number if lead else wish.to_number or "", country=client.country)
        lead = lead or leads.find_by_number(tx, client_id, phone.number)
        call = calling.new_call(rt, client, lead, phone.number, now=now, wish=wish)
        newest = call_pages.newest_dialled(tx, client_id, phone.number)
        return CallRehearsal(
            client=client,
            phone=phone,
            lead=lead,
            zones=zones_for(lead.timezone if lead else None, phone.number),
            judgement=explaining.judge_in(tx, rt, call),
            last_called_at=newest.dialled_at if newest else None,
            used=slots.used(tx, client.account_id).by_client.get(client_id, 0) if client.account_id else 0,
            cap=client.max_concurrent,
            usual=usual_of(tx, client_id, now=now),
        )

    return await rt.database.read(work)


async def rehearse_batch(rt: Runtime, actor: Actor, client_id: str, wish: LaunchBatch) -> BatchRehearsal:
    """Says whom a batch would call and whom not, without making it. Raises Invalid when there are too many, NotFound."""
    sees(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> BatchRehearsal:
        client = clients.get(tx, client_id)
        wanted = _wanted(tx, client_id, wish)
        accepted, refused = batching.sift(tx, client, wanted)
        past = CallFilter(clients=(client_id,), start=now - LATELY, not_statuses=("scheduled", "cancelled"))
        called = stats.sums_by(tx, "lead", past)
        zones = {lead.lead_id: zones_for(lead.timezone, lead.number) for lead in accepted}
        return BatchRehearsal(
            client=client,
            found=len(wanted),
            lead_ids=tuple(lead.lead_id for lead in accepted),
            refused=tuple(refused),
            lately=frozenset(zones.keys() & called.keys()),
            unsure=frozenset(lead_id for lead_id, some in zones.items() if len(some) > 1),
            no_zone=frozenset(lead_id for lead_id, some in zones.items() if not some),
            samples=tuple(accepted[:_SAMPLES]),
            usual=usual_of(tx, client_id, now=now),
            closed_days=blackouts.names_of(tx, client_id).keys(),
        )

    return await rt.database.read(work)


def done_at(
    dials: int, *, seconds: float, at_a_time: int, start: datetime, windows: tuple[Window, ...], zone: str,
    closed_days: Collection[date] = (),
) -> datetime | None:  # fmt: skip
    """Gives when so many dials are through, at so many at a time, inside these hours of one zone; None beyond two weeks."""
    work = timedelta(seconds=dials * seconds / max(1, at_a_time))
    at, end = start, start + HORIZON
    while at < end:
        opens = opens_at(windows, (zone,), at, closed_days=closed_days)
        if opens is None:
            return None
        at = opens
        while at < end and is_open(windows, (zone,), at, closed_days=closed_days):
            if work <= _STEP:
                return at + work
            at, work = at + _STEP, work - _STEP
    return None


def _lead_of(tx: Tx, client_id: str, wish: ScheduleCall) -> Lead | None:
    if wish.lead_id is None:
        return None
    lead = leads.find(tx, wish.lead_id)
    if lead is None or lead.client_id != client_id or lead.deleted_at is not None:
        raise Invalid("This client has no such lead.", field="leadId")
    return lead


def _wanted(tx: Tx, client_id: str, wish: LaunchBatch) -> Sequence[str]:
    if wish.lead_ids is not None:
        return wish.lead_ids
    found = leads.ids_of(tx, client_id, wish.lead_filter or LeadFilter(), limit=MOST_LEADS + 1)
    if len(found) > MOST_LEADS:
        raise Invalid(f"At most {MOST_LEADS:,} leads in one batch.", field="leadIds")
    return found


def usual_of(tx: Tx, client_id: str, *, now: datetime) -> Usual:
    """Gives what a client's calls of the last weeks were."""
    sums = stats.sums(tx, CallFilter(clients=(client_id,), start=now - MEASURED))
    seconds = sums.talk_ms / sums.dialled / 1000 + AROUND_TALK if sums.dialled else USUAL_SECONDS
    minutes = sums.talk_ms / 60_000
    return Usual(
        seconds=seconds,
        cost=sums.cost // sums.costed if sums.costed else None,
        cost_per_minute=int(sums.cost / minutes) if sums.costed and minutes >= 1 else None,
        reached=sums.connect_rate,
    )
