"""Collects what the rules need to know about waiting calls; dispatching and explaining ask the same questions here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from callcenter.domain.batch import Batch
from callcenter.domain.call import Call
from callcenter.domain.client import Account, Client, Installation
from callcenter.domain.eligibility import (
    AccountFacts,
    Ask,
    BatchFacts,
    ClientFacts,
    LineFacts,
    NumberFacts,
    account_limit,
    windows_for,
    zones_for,
)
from callcenter.domain.hours import midnights
from callcenter.domain.pacing import Pace, allowed_pace, free_at
from callcenter.store import accounts, batches, blackouts, clients, numbers, slots
from callcenter.store.database import Tx

DAY = timedelta(hours=24)


@dataclass(slots=True)
class LeadFacts:
    """What the rules need of a lead: its own zone, and whether it still exists."""

    timezone: str | None = None
    is_deleted: bool = False


@dataclass(slots=True)
class Gathered:
    """The state of one account at one instant, kept true by `took` while calls are planned in the same transaction."""

    now: datetime
    installation: Installation
    account: Account
    clients: dict[str, Client]
    batches: dict[str, Batch]
    used: slots.Used
    limit: int
    pace: Pace | None
    sent: list[datetime]  # the newest sends of the account, newest last, as many as the pace needs
    line_paces: dict[str, Pace]  # of the numbers that have a pace of their own
    line_sent: dict[str, list[datetime]]  # and their newest sends
    client_facts: dict[str, ClientFacts] = field(default_factory=dict[str, ClientFacts])
    last_dialled: dict[str, datetime | None] = field(default_factory=dict[str, datetime | None])
    numbers: dict[tuple[str, str], NumberFacts] = field(default_factory=dict[tuple[str, str], NumberFacts])
    leads: dict[str, LeadFacts] = field(default_factory=dict[str, LeadFacts])

    @property
    def room(self) -> int:
        """How many places of the account are free."""
        return max(0, self.limit - self.used.total)

    @property
    def pace_free_at(self) -> datetime | None:
        """When the pace allows the next send; None when it does now."""
        return None if self.pace is None else free_at(self.pace, self.sent, self.now)

    @property
    def turn(self) -> datetime:
        """The instant under which the next dial is planned: now, yet after every dial so far, so that turns keep their order.

        Dials of one plan are thus told apart, and a clock that was set back does not make the last one the first.
        """
        newest = max((at for at in self.last_dialled.values() if at is not None), default=None)
        return self.now if newest is None else max(self.now, newest + timedelta(microseconds=1))

    def line(self, call: Call) -> LineFacts | None:
        """Gives what is known of the number a call goes out from, if that has a pace of its own."""
        number = call.from_number or self.clients[call.client_id or ""].from_number or ""
        pace = self.line_paces.get(number)
        return None if pace is None else LineFacts(number, pace, free_at(pace, self.line_sent[number], self.now))

    def resting(self) -> dict[str, datetime]:
        """Gives the numbers whose pace allows no dial now, with when it does again."""
        rests = {number: free_at(pace, self.line_sent[number], self.now) for number, pace in self.line_paces.items()}
        return {number: at for number, at in rests.items() if at is not None}

    def ask(self, call: Call) -> Ask:
        """Puts the question whether this call may be dialled now."""
        client = self.clients[call.client_id or ""]
        batch = self.batches.get(call.batch_id) if call.batch_id else None
        lead = self.leads.get(call.lead_id, LeadFacts()) if call.lead_id else LeadFacts()
        number = self.numbers.get((client.client_id, call.to_number), NumberFacts())
        return Ask(
            now=self.now,
            call=call,
            zones=zones_for(lead.timezone, call.to_number),
            windows=windows_for(call, batch, client),
            number=replace(number, is_deleted=True) if lead.is_deleted else number,
            client=self.client_facts[client.client_id],
            batch=BatchFacts(batch, self.used.by_batch.get(batch.batch_id, 0)) if batch else None,
            account=AccountFacts(self.account, self.used.total, self.limit, self.pace_free_at, self.pace),
            all_paused_why=_paused_words(self.installation),
            line=self.line(call),
        )

    def took(self, call: Call) -> None:
        """Counts a call that has just been planned against every cap, the pace, the budget and its number."""
        client_id = call.client_id or ""
        by_client = self.used.by_client | {client_id: self.used.by_client.get(client_id, 0) + 1}
        by_batch = dict(self.used.by_batch)
        if call.batch_id:
            by_batch[call.batch_id] = by_batch.get(call.batch_id, 0) + 1
        self.used = slots.Used(self.used.total + 1, by_client, by_batch)
        facts = self.client_facts[client_id]
        self.client_facts[client_id] = replace(facts, used=facts.used + 1, uncosted_today=facts.uncosted_today + 1)
        self.last_dialled[client_id] = self.turn
        self.sent.append(self.now)
        if line := self.line(call):
            self.line_sent[line.number].append(self.now)
        for key, number in self.numbers.items():
            if key[1] == call.to_number:
                same = key[0] == client_id
                self.numbers[key] = replace(
                    number,
                    open_dial=number.open_dial or same,
                    held_elsewhere=number.held_elsewhere or not same,
                    dialled_24h=(*number.dialled_24h, self.now),
                )


def account(tx: Tx, account_id: str, *, now: datetime, only_client: str | None = None) -> Gathered:
    """Reads the state of an account: its clients, places taken and pace. What a call needs beside it, `know` reads."""
    found = accounts.get(tx, account_id)
    of_account = {c.client_id: c for c in clients.of_account(tx, account_id) if only_client in (None, c.client_id)}
    used = slots.used(tx, account_id)
    pace = allowed_pace(found, now)
    foreign = numbers.foreign_calls(tx, account_id)
    lines = {number: Pace(rate) for number, rate in accounts.paces_of_numbers(tx, account_id).items()}
    return Gathered(
        now=now,
        installation=clients.get_installation(tx),
        account=found,
        clients=of_account,
        batches={},
        used=used,
        limit=account_limit(found, foreign=foreign),
        pace=pace,
        sent=numbers.newest_sends(tx, account_id, count=pace.burst if pace else 0),
        line_paces=lines,
        line_sent={n: numbers.sends_from(tx, account_id, n, since=now - each.window) for n, each in lines.items()},
    )


def ask_without_account(tx: Tx, client: Client, call: Call, *, now: datetime) -> Ask:
    """Puts the question about a call of a client that has no Retell account yet."""
    known = numbers.facts(tx, client.client_id, [call.to_number], since=now - DAY)
    lead = next(iter(numbers.lead_facts(tx, [call.lead_id] if call.lead_id else [])), ("", None, False))
    batch = batches.get(tx, call.batch_id) if call.batch_id else None
    return Ask(
        now=now,
        call=call,
        zones=zones_for(lead[1], call.to_number),
        windows=windows_for(call, batch, client),
        number=replace(known[call.to_number], is_deleted=lead[2]),
        client=_client_facts(tx, client, 0, now),
        batch=BatchFacts(batch, 0) if batch else None,
        account=None,
        all_paused_why=_paused_words(clients.get_installation(tx)),
    )


def know(tx: Tx, gathered: Gathered, calls: Sequence[Call]) -> None:
    """Reads, at once for many calls, what is known about their numbers, leads, batches and clients."""
    missing = {c.batch_id for c in calls if c.batch_id} - gathered.batches.keys()
    if missing:
        gathered.batches |= batches.many(tx, [b for b in missing if b])
    by_client: dict[str, set[str]] = {}
    for call in calls:
        by_client.setdefault(call.client_id or "", set()).add(call.to_number)
    for client_id, wanted in by_client.items():
        if client_id not in gathered.client_facts:
            client, used = gathered.clients[client_id], gathered.used.by_client.get(client_id, 0)
            gathered.client_facts[client_id] = _client_facts(tx, client, used, gathered.now)
            gathered.last_dialled[client_id] = numbers.last_dialled(tx, client_id)
        unknown = [n for n in wanted if (client_id, n) not in gathered.numbers]
        for number, facts in numbers.facts(tx, client_id, unknown, since=gathered.now - DAY).items():
            gathered.numbers[client_id, number] = facts
    wanted_leads = {c.lead_id for c in calls if c.lead_id} - gathered.leads.keys()
    for lead_id, timezone, is_deleted in numbers.lead_facts(tx, [x for x in wanted_leads if x]):
        gathered.leads[lead_id] = LeadFacts(timezone, is_deleted)


def batches_of(tx: Tx, gathered: Gathered, client_ids: Iterable[str]) -> dict[str, list[Batch]]:
    """Reads the running batches of these clients and gives them by client."""
    out: dict[str, list[Batch]] = {}
    for batch in batches.running(tx, list(client_ids)):
        gathered.batches[batch.batch_id] = batch
        out.setdefault(batch.client_id, []).append(batch)
    return out


def _client_facts(tx: Tx, client: Client, used: int, now: datetime) -> ClientFacts:
    starts, ends = midnights(now, client.timezone)
    cost, uncosted = (0, 0)
    if client.daily_budget is not None:
        cost, uncosted = numbers.spent(tx, client.client_id, since=starts)
    return ClientFacts(client, used, cost, uncosted, ends, blackouts.names_of(tx, client.client_id))


def _paused_words(installation: Installation) -> str | None:
    if installation.calling_paused_at is None:
        return None
    why = f": {installation.calling_paused_why}" if installation.calling_paused_why else ""
    return f"All calling was paused by {installation.calling_paused_by or 'callcenter'}{why}"
