"""What needs a person now: each line says what is wrong and where it can be put right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.batch import PAUSED_ITSELF
from callcenter.domain.phone import zones_of
from callcenter.domain.search import CallFilter, day_start
from callcenter.domain.their_clock import skew_words
from callcenter.domain.user import Actor, Role, is_at_least
from callcenter.services.browsing.pages import AttentionLine
from callcenter.store import live
from callcenter.store.database import Tx
from callcenter.store.stats import sums

#: Calls are going on and nothing was heard for so long: something is wrong with the webhook.
SILENCE = timedelta(minutes=10)
#: From this share of the daily budget on, people are told.
BUDGET_SHARE = 0.9
_LOOK_BACK = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class _Asked:
    tx: Tx
    actor: Actor
    clients: Sequence[live.ClientFacts]
    client_id: str | None
    now: datetime
    since: datetime


def lines(
    tx: Tx, actor: Actor, *, clients: Sequence[live.ClientFacts], client_id: str | None, now: datetime, since: datetime
) -> tuple[AttentionLine, ...]:
    """Gives the lines, errors first. `clients` are those this actor may see, narrowed to `client_id` if given.

    Nothing can have been heard before `since`, the runtime's `began_at`.
    """
    asked = _Asked(tx, actor, clients, client_id, now, since)
    found = [line for part in (_silent, _accounts, _batches, _follow_ups, _budgets, _numbers, _zones, _dials, _events)
             for line in part(asked)]  # fmt: skip
    return tuple(sorted(found, key=lambda line: line.level != "error"))


def _silent(asked: _Asked) -> Iterator[AttentionLine]:
    going_on = live.active_since(asked.tx, asked.actor, asked.client_id)
    for client in asked.clients:
        count, first = going_on.get(client.client_id, (0, asked.now))
        quiet_since = silent_since(client, first, now=asked.now, since=asked.since)
        if count and quiet_since:
            yield AttentionLine(
                kind="webhook_silent",
                level="error",
                title=f"Webhook silent for {how_long(asked.now - quiet_since)}",
                detail=f"{client.name}, {_calls(count)} in progress",
                action="See what to do",
                href=f"/clients/{client.client_id}?tab=webhook",
                client_id=client.client_id,
                since=quiet_since,
            )


def silent_since(client: live.ClientFacts, first_dialled: datetime, *, now: datetime, since: datetime) -> datetime | None:
    """Gives since when a client's webhook is silent though calls are going on, None when it is not, or not for long.

    A server that was off heard nothing, and that was not the webhook's fault: only from `since` on it counts.
    """
    heard = max(first_dialled, since, client.last_event_at or since)
    return heard if now - heard > SILENCE else None


def how_long(span: timedelta) -> str:
    """Says a span in minutes, hours or days, whichever fits."""
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _accounts(asked: _Asked) -> Iterator[AttentionLine]:
    told: set[str] = set()
    for client in asked.clients:
        if client.account_paused_at and client.account_id and client.account_id not in told:
            told.add(client.account_id)
            names = [each.name for each in asked.clients if each.account_id == client.account_id]
            yield AttentionLine(
                kind="account_paused",
                level="error",
                title=client.account_paused_why or "The Retell account is paused",
                detail=f"{', '.join(names[:3])}{' …' if len(names) > 3 else ''}: nothing is dialled, nothing was lost",
                action="Fix",
                href=f"/clients/{client.client_id}?tab=retell",
                client_id=client.client_id,
                since=client.account_paused_at,
            )
        if client.clock_ahead_s is not None and client.account_id not in told:
            told.add(client.account_id or "")
            yield AttentionLine(
                kind="account_paused",
                level="error",
                title=f"This machine’s clock is {skew_words(client.clock_ahead_s)}",
                detail="Nothing is dialled until they agree, nothing was lost. Set the clock right",
                action="Open",
                href=f"/clients/{client.client_id}?tab=retell",
                client_id=client.client_id,
            )
        if client.paused_at and client.is_active:
            yield AttentionLine(
                kind="client_paused",
                level="warning",
                title=f"{client.name} is paused",
                detail=client.paused_why or "Nothing is dialled until someone resumes it",
                action="Open",
                href=f"/clients/{client.client_id}",
                client_id=client.client_id,
                since=client.paused_at,
            )


def _batches(asked: _Asked) -> Iterator[AttentionLine]:
    for batch_id, name, client_id, why, since in live.stopped_batches(asked.tx, asked.actor, asked.client_id):
        yield AttentionLine(
            kind="batch_stopped",
            level="error",
            title=f"{name} paused itself",
            detail=why.removeprefix(f"{PAUSED_ITSELF}: "),
            action="Open",
            href=f"/batches/{batch_id}",
            client_id=client_id,
            since=since,
        )


def _follow_ups(asked: _Asked) -> Iterator[AttentionLine]:
    count, oldest = live.follow_ups_due(asked.tx, asked.actor, before=asked.now, client_id=asked.client_id)
    if count:
        yield AttentionLine(
            kind="followups_overdue",
            level="warning",
            title=f"{count} follow-up{'' if count == 1 else 's'} overdue",
            detail="",
            action="Open",
            href="/followups?tab=todo",
            since=oldest,
        )


def _budgets(asked: _Asked) -> Iterator[AttentionLine]:
    for client in asked.clients:
        if not client.daily_budget:
            continue
        zone = ZoneInfo(client.timezone)
        since = day_start(asked.now.astimezone(zone).date(), tz=zone)
        used = sums(asked.tx, CallFilter(clients=(client.client_id,), start=since)).cost
        if used >= client.daily_budget * BUDGET_SHARE:
            yield AttentionLine(
                kind="budget",
                level="warning",
                title=f"{client.name} has used ${used / 1e6:,.0f} of its ${client.daily_budget / 1e6:,.0f} daily budget",
                detail="Calls wait for tomorrow once it is used up",
                action="Open",
                href=f"/clients/{client.client_id}?tab=limits",
                client_id=client.client_id,
            )


def _numbers(asked: _Asked) -> Iterator[AttentionLine]:
    numbers = {client.from_number: client for client in asked.clients if client.from_number}
    for number, state in live.spoilt_numbers(asked.tx, sorted(numbers)).items():
        words = "looks like spam to people's phones" if state == "spam" else "is gone from Retell"
        yield AttentionLine(
            kind="number_spam",
            level="warning",
            title=f"From-number {number} {words}",
            detail=numbers[number].name,
            action="Choose another",
            href=f"/clients/{numbers[number].client_id}?tab=retell",
            client_id=numbers[number].client_id,
        )


def _zones(asked: _Asked) -> Iterator[AttentionLine]:
    unknown = [
        each for each in live.numbers_without_zone(asked.tx, asked.actor, asked.client_id, limit=300) if not zones_of(each[0])
    ]
    if unknown:
        batches = sorted({batch for _number, batch in unknown if batch})
        yield AttentionLine(
            kind="zone_unknown",
            level="warning",
            title=f"{len(unknown)} lead{' has' if len(unknown) == 1 else 's have'} no time zone",
            detail=f"{', '.join(batches[:2])} skips them" if batches else "They are not called until someone sets one",
            action="Fix",
            href="/leads",
        )


def _dials(asked: _Asked) -> Iterator[AttentionLine]:
    counts = live.doubtful_dials(asked.tx, asked.actor, asked.client_id)
    may_settle = is_at_least(asked.actor, Role.MANAGER)
    if count := counts.get("quarantined", 0):
        yield AttentionLine(
            kind="dials_undecided",
            level="error",
            title=f"{_calls(count)} nobody can look up",
            detail="Retell cannot tell us whether they were placed; their numbers stay untouched until a manager says so",
            action="Decide" if may_settle else "Open",
            href="/dials?state=quarantined" if may_settle else "/calls?status=initiated",
        )
    if count := counts.get("unknown", 0):
        yield AttentionLine(
            kind="unknown_dials",
            level="warning",
            title=f"{_calls(count)} in doubt",
            detail="We are asking Retell whether they were placed; their numbers stay untouched",
            action="Open",
            href="/dials?state=unknown" if may_settle else "/calls?status=initiated",
        )


def _events(asked: _Asked) -> Iterator[AttentionLine]:
    if asked.client_id or not is_at_least(asked.actor, Role.ADMIN) or asked.actor.client_ids is not None:
        return
    stuck = live.stuck_events(asked.tx, since=asked.now - _LOOK_BACK)
    for state, kind, words, result in (
        ("poison", "poison", "could not be applied", "failed"),
        ("unmatched", "unmatched", "of calls nobody here knows", "unknown_call"),
    ):
        if count := stuck.get(state):
            yield AttentionLine(
                kind=kind,
                level="warning",
                title=f"{count} event{'' if count == 1 else 's'} {words}",
                detail="In the last two days; nothing was lost",
                action="Open",
                href=f"/events?result={result}",
            )


def _calls(count: int) -> str:
    return f"{count} call" if count == 1 else f"{count:,} calls"
