"""May this call be dialled now? Every rule in order, the first that says no, and when that changes.

The dispatcher obeys these rules, the explanation shows them and the forecast runs them on another clock, so a rule is
written here once. Each is a small function from an `Ask` to a `RuleResult`; RULES is their order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from callcenter.domain.batch import BatchState
from callcenter.domain.facts import (
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
from callcenter.domain.hours import has_zones, is_open, opens_at, words, zone_info
from callcenter.domain.pacing import Pace
from callcenter.domain.phone import city
from callcenter.domain.rules import MAX_DIALS_24H
from callcenter.domain.their_clock import MOST_SKEW, skew_words

__all__ = [
    "ASSUMED_COST",
    "LABELS",
    "RULES",
    "AccountFacts",
    "Ask",
    "BatchFacts",
    "ClientFacts",
    "Judgement",
    "LineFacts",
    "NumberFacts",
    "RuleResult",
    "account_limit",
    "judge",
    "label",
    "windows_for",
    "zones_for",
]

#: What a call without a cost yet is taken to cost, in micro-dollars.
ASSUMED_COST = 500_000

#: Nothing is dialled when our calls were not compared with Retell's for so long: a database that slept may be an old copy,
#: and what it does not know of would be dialled again.
LONGEST_UNCOMPARED = timedelta(minutes=15)

_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule says. `opens_at` is when a rule that says no will say yes, if time alone will change it.

    `is_final` means that no time will: the call can only be cancelled, or somebody must undo what stands against it.
    """

    rule: str
    ok: bool
    reason: str
    opens_at: datetime | None = None
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all rules say, in their order.

    `earliest_at` is the next instant at which the call may be dialled, everything else staying as it is: now if it may,
    None if something stands against it that no time ends. Full caps and pauses cannot be dated, so with one of these in
    the way it is the instant before which the call surely will not go out, or None.
    """

    rules: tuple[RuleResult, ...]
    earliest_at: datetime | None

    @property
    def may_dial(self) -> bool:
        """True if every rule says yes."""
        return self.blocking is None

    @property
    def blocking(self) -> RuleResult | None:
        """The first rule that says no."""
        return next((result for result in self.rules if not result.ok), None)

    @property
    def blocked_by(self) -> str | None:
        """The key of the first rule that says no."""
        return self.blocking.rule if self.blocking else None

    @property
    def reason(self) -> str:
        """The sentence of the first rule that says no."""
        return self.blocking.reason if self.blocking else "Nothing stands in the way."


def judge(ask: Ask) -> Judgement:
    """Asks every rule about a waiting call."""
    results = tuple([rule(ask) for rule in RULES])
    return Judgement(results, ask.now if all(result.ok for result in results) else _earliest(ask, results))


def label(rule: str) -> str:
    """The words for a rule's key, true when the rule says yes."""
    return LABELS[rule]


def _earliest(ask: Ask, results: tuple[RuleResult, ...]) -> datetime | None:
    blocking = [result for result in results if not result.ok]
    dates = [result.opens_at for result in blocking if result.opens_at is not None]
    if not dates or any(result.is_final for result in blocking):
        return None
    # All rules but hours, once open, stay open; so the hours that follow the last of them are the answer.
    at = opens_at(ask.windows, ask.zones, max(dates), closed_days=ask.client.closed_days)
    ends_at = ask.batch.batch.ends_at if ask.batch else None
    return None if at and ends_at and at >= ends_at else at


# The rules, in their order --------------------------------------------------------------------------------------------


def _may_be_called(ask: Ask) -> RuleResult:
    rule, number = "may_be_called", ask.number
    if number.suppressed_why is not None:
        return _no(rule, _because("The number is on the do-not-call list", number.suppressed_why), is_final=True)
    if number.is_deleted:
        return _no(rule, "The lead was deleted.", is_final=True)
    recent = sorted(at for at in number.dialled_24h if at > ask.now - _DAY)
    opens = recent[-MAX_DIALS_24H] + _DAY if len(recent) >= MAX_DIALS_24H else None
    if number.open_dial:
        return _no(rule, "Another call to this number is not over yet, or in doubt.")
    if number.held_elsewhere:
        return _no(rule, "Another client is calling this number at the moment.")
    if opens:
        return _no(rule, f"The number was dialled {_times(len(recent))} in 24 hours; {MAX_DIALS_24H} are allowed.", opens)
    return RuleResult(rule, True, f"The lead may be called; dialled {_times(len(recent))} in 24 hours.")


def _hours(ask: Ask) -> RuleResult:
    rule, closed = "hours", ask.client.closed_days
    if is_open(ask.windows, ask.zones, ask.now, closed_days=closed):
        return RuleResult(rule, True, f"{_local(ask)}; calling hours are {words(ask.windows)}.")
    opens = opens_at(ask.windows, ask.zones, ask.now, closed_days=closed)
    if not has_zones(ask.zones):
        return _no(rule, "Zone unknown: we cannot tell the hour there. Set the lead's time zone.", opens)
    if (holiday := _holiday(ask)) is not None:
        return _no(rule, f"{_local(ask)}, {holiday + ', ' if holiday else ''}a day on which nobody is called.", opens)
    return _no(rule, f"{_local(ask)}; calling hours are {words(ask.windows)}.", opens)


def _client_on(ask: Ask) -> RuleResult:
    rule, client = "client_on", ask.client.client
    if ask.all_paused_why is not None:
        return _no(rule, _paused("Calling", ask.all_paused_why, whom=" for everyone"))
    if not client.is_active:
        return _no(rule, f"{client.name} is switched off.")
    if client.paused_at is not None:
        return _no(rule, _paused(client.name, client.paused_why))
    if ask.account is None:
        return _no(rule, f"{client.name} has no Retell account.")
    account = ask.account.account
    if account.paused_at is not None:
        return _no(rule, _paused("The Retell account", account.paused_why))
    if not (ask.call.from_number or client.from_number):
        return _no(rule, f"{client.name} has no from-number.")
    if account.breaker_until is not None and account.breaker_until > ask.now:
        return _no(rule, "Retell is having trouble; we give it a moment.", account.breaker_until)
    if account.clock_ahead_s is not None:
        words = skew_words(account.clock_ahead_s)
        return _no(rule, f"This machine's clock is {words}; nothing is dialled until they agree, for no hours can be trusted.")
    if account.swept_to is not None and not -MOST_SKEW <= ask.now - account.swept_to <= LONGEST_UNCOMPARED:
        return _no(rule, f"First our calls are compared with Retell's; that was last done at {account.swept_to:%H:%M} UTC.")
    return RuleResult(rule, True, f"{client.name} is on.")


def _batch_running(ask: Ask) -> RuleResult:
    rule = "batch_running"
    if ask.batch is None:
        return RuleResult(rule, True, "The call is in no batch.")
    batch = ask.batch.batch
    if batch.ends_at is not None and batch.ends_at <= ask.now:
        return _no(rule, "The batch is past its end.", is_final=True)
    match batch.state:
        case BatchState.RUNNING:
            return RuleResult(rule, True, "The batch is running.")
        case BatchState.SCHEDULED:
            if batch.scheduled_at is None or batch.scheduled_at <= ask.now:
                return RuleResult(rule, True, "The batch has started.")
            return _no(rule, "The batch has not started yet.", batch.scheduled_at)
        case BatchState.PAUSED:
            return _no(rule, _paused("The batch", batch.state_why))
        case BatchState.DRAFT:
            return _no(rule, "The batch is a draft.")
        case BatchState.DONE:
            return _no(rule, "The batch is done.", is_final=True)
        case BatchState.CANCELLED:
            return _no(rule, "The batch was cancelled.", is_final=True)


def _client_cap(ask: Ask) -> RuleResult:
    return _cap("client_cap", ask.client.client.name, used=ask.client.used, cap=ask.client.client.max_concurrent)


def _batch_cap(ask: Ask) -> RuleResult:
    if ask.batch is None or ask.batch.batch.max_concurrent is None:
        return RuleResult("batch_cap", True, "No batch limits this call.")
    return _cap("batch_cap", "the batch", used=ask.batch.used, cap=ask.batch.batch.max_concurrent)


def _account_cap(ask: Ask) -> RuleResult:
    if ask.account is None:
        return RuleResult("account_cap", True, "No account limits this call.")
    return _cap("account_cap", "the Retell account", used=ask.account.used, cap=ask.account.limit)


def _pace(ask: Ask) -> RuleResult:
    account, line = ask.account, ask.line
    waits: list[tuple[datetime, str]] = []
    if account is not None and account.pace_free_at is not None and account.pace_free_at > ask.now:
        waits.append((account.pace_free_at, _spaced_out(account.pace)))
    if line is not None and line.free_at is not None and line.free_at > ask.now:
        waits.append((line.free_at, f"Calls from {line.number} are limited to {line.pace.words}; it had its last one just now."))
    if waits:
        opens, why = max(waits)
        return _no("pace", why, opens)
    return RuleResult("pace", True, "The pace allows another call now.")


def _budget(ask: Ask) -> RuleResult:
    rule, facts = "budget", ask.client
    budget = facts.client.daily_budget
    if budget is None:
        return RuleResult(rule, True, f"{facts.client.name} has no daily budget.")
    is_today = ask.now < facts.day_ends_at
    spent = facts.cost_today + ASSUMED_COST * facts.uncosted_today if is_today else 0
    if spent + ASSUMED_COST <= budget:
        return RuleResult(rule, True, f"{_dollars(spent)} of {_dollars(budget)} a day are used.")
    tomorrow = facts.day_ends_at if is_today and budget >= ASSUMED_COST else None
    return _no(rule, f"The daily budget of {_dollars(budget)} leaves no room: {_dollars(spent)} are used.", tomorrow)


def _due(ask: Ask) -> RuleResult:
    rule, call = "due", ask.call
    if call.cancel_requested_at is not None or call.closed_why is not None:
        return _no(rule, "The call was cancelled.", is_final=True)
    later = max(call.scheduled_at, call.not_before_at or call.scheduled_at)
    opens = later if later > ask.now else None
    if call.paused_at is not None:
        by = f" by {call.paused_by}" if call.paused_by else ""
        return _no(rule, f"The call was paused{by} at {call.paused_at:%H:%M} UTC on {call.paused_at:%d %b}.")
    if opens is None:
        return RuleResult(rule, True, "The call is due.")
    if call.scheduled_at <= ask.now:
        return _no(rule, "The last try reached nobody; we try again in a moment.", opens)
    after = " after the last try" if call.attempt_number > 1 else ""
    return _no(rule, f"The call is not due yet{after}.", opens)


RULES: tuple[Callable[[Ask], RuleResult], ...] = (
    _may_be_called,
    _hours,
    _client_on,
    _batch_running,
    _client_cap,
    _batch_cap,
    _account_cap,
    _pace,
    _budget,
    _due,
)

LABELS: Mapping[str, str] = {
    "may_be_called": "Lead may be called",
    "hours": "In calling hours",
    "client_on": "Client is on",
    "batch_running": "Batch is running",
    "client_cap": "Client has a free slot",
    "batch_cap": "Batch has a free slot",
    "account_cap": "Account has a free slot",
    "pace": "Pace allows it",
    "budget": "Budget has room",
    "due": "Pause after last try is over",
}


# Words ----------------------------------------------------------------------------------------------------------------


def _no(rule: str, reason: str, opens: datetime | None = None, *, is_final: bool = False) -> RuleResult:
    return RuleResult(rule, False, reason, opens, is_final)


def _cap(rule: str, whose: str, *, used: int, cap: int) -> RuleResult:
    if used < cap:
        return RuleResult(rule, True, f"{used} of {cap} slots of {whose} are in use.")
    if cap <= 1:
        return _no(rule, f"The only slot of {whose} is busy." if cap == 1 else f"No slot of {whose} may be used.")
    return _no(rule, f"All {cap} slots of {whose} are busy.")


def _paused(what: str, why: str | None, *, whom: str = "") -> str:
    """One sentence, whether the reason was kept as "key refused", "paused by Ana" or "All calling was paused by Ana"."""
    if why and why.lower().startswith("paused"):
        return f"{what} is {why[0].lower()}{why[1:].rstrip('.')}{whom}."
    if why and " was paused" in why:
        return f"{why.rstrip('.')}."
    return _because(f"{what} is paused{whom}", why)


def _because(fact: str, why: str | None) -> str:
    return f"{fact}: {why.rstrip('.')}." if why else f"{fact}."


def _spaced_out(pace: Pace | None) -> str:
    how_fast = f" to {pace.words}" if pace else ""
    if pace and pace.is_learned:
        return f"Retell was getting too many calls, so they are spaced out{how_fast} for now; this one is next in a moment."
    return f"Calls of this account are spaced out{how_fast}; this one is next in a moment."


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _dollars(micro: int) -> str:
    amount = micro / 1_000_000
    return f"${amount:,.0f}" if amount >= 1_000 else f"${amount:.2f}"


def _local(ask: Ask) -> str:
    """What the clock shows there."""
    if not has_zones(ask.zones):
        return "The zone is unknown"
    zone, others = _shut_zone(ask), len(ask.zones) - 1
    more = f" and {others} more" if others else ""
    return f"It is {ask.now.astimezone(zone_info(zone)):%a %H:%M} for them ({city(zone)}{more})"


def _shut_zone(ask: Ask) -> str:
    """Of several zones the first that keeps the call waiting."""
    if len(ask.zones) == 1:
        return ask.zones[0]
    shut = (zone for zone in ask.zones if not is_open(ask.windows, (zone,), ask.now, closed_days=ask.client.closed_days))
    return next(shut, ask.zones[0])


def _holiday(ask: Ask) -> str | None:
    """The name of the closed day that it is there, "" if it has none, None on any other day."""
    closed = ask.client.closed_days
    return closed.get(ask.now.astimezone(zone_info(_shut_zone(ask))).date()) if closed else None
