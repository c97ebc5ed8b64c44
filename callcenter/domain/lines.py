"""What lists show, a line each: flat values with the names of what they point to, ready to draw.

Instants are UTC, money is micro-dollars, durations are whole seconds, enums are their wire words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callcenter.domain.batch import Counts
from callcenter.domain.dial import Dial


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """A call in a list. `number` is the called one; `occurred_at` is when it was dialled, else when it is due.

    `follow_up_at` is the next open follow-up (`follow_up_kind` says which kind; the instant may be unknown).
    `speaker` and `last_words` are of the running transcript. `held_until` is the earliest it may be dialled, as known.
    """

    call_id: str
    client_id: str | None
    client_name: str
    lead_id: str | None
    lead_name: str
    number: str
    from_number: str | None
    agent_id: str | None
    agent_name: str
    batch_id: str | None
    batch_name: str
    status: str
    checking: bool
    outcome: str | None
    outcome_by_hand: bool
    priority: str
    attempt_number: int
    max_attempts: int
    origin: str
    direction: str
    duration_s: int | None
    cost: int | None
    sentiment: float | None
    quality_score: int | None
    intent: str | None
    summary: str
    disconnection_reason: str | None
    ended_words: str
    ended_class: str
    latency_p50_ms: int | None
    tags: tuple[str, ...]
    speaker: str
    last_words: str
    scheduled_at: datetime
    dialled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    occurred_at: datetime
    created_at: datetime
    updated_at: datetime
    held_until: datetime | None
    paused_at: datetime | None
    cancel_requested_at: datetime | None
    closed_why: str | None
    is_reached: bool
    provider_call_id: str | None
    follow_up_at: datetime | None = None
    follow_up_kind: str = ""

    @property
    def who(self) -> str:
        """The name if there is one, else the number."""
        return self.lead_name or self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadLine:
    """A lead in a list. `zone` is the one it was given, else the first its number suggests; `zone_is_sure` tells which."""

    lead_id: str
    client_id: str
    client_name: str
    name: str
    number: str
    email: str | None
    external_id: str | None
    timezone: str | None
    zone: str
    zone_is_sure: bool
    tags: tuple[str, ...]
    last_outcome: str | None
    last_call_id: str | None
    last_called_at: datetime | None
    attempts: int
    next_at: datetime | None
    do_not_call: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLine:
    """A batch in a list. `status` is the one shown, with `waiting` and `finishing`; `waits_until` only while it waits."""

    batch_id: str
    client_id: str
    client_name: str
    name: str
    status: str
    state: str
    state_why: str | None
    priority: str
    max_concurrent: int | None
    client_cap: int
    counts: Counts
    outcomes: Mapping[str, int]
    reached: int
    cost: int
    waits_until: datetime | None
    scheduled_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    created_at: datetime

    @property
    def done(self) -> int:
        """How many leads are through."""
        return self.counts.completed + self.counts.failed + self.counts.cancelled

    @property
    def total(self) -> int:
        """How many leads it calls."""
        return self.counts.leads


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientLine:
    """A client in a list, with how it is doing. `health` is one of connected, simulated, no_key, key_refused, paused,
    inactive, silent; `health_words` says it for people."""

    client_id: str
    name: str
    timezone: str
    is_active: bool
    is_simulated: bool
    in_progress: int
    max_concurrent: int
    waiting: int
    dialled_today: int
    reached_today: int
    success_today: int
    cost_today: int
    daily_budget: int | None
    leads: int
    paused_at: datetime | None
    paused_why: str | None
    last_event_at: datetime | None
    health: str
    health_words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpLine:
    """A follow-up or appointment in a list. `at` None: nobody knows when yet."""

    follow_up_id: str
    client_id: str
    client_name: str
    lead_id: str | None
    call_id: str | None
    who: str
    number: str
    kind: str
    at: datetime | None
    zone: str
    is_sure: bool
    words: str
    why: str
    owner: str | None
    source: str
    done_at: datetime | None
    rev: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DoNotCallLine:
    """A number nobody may dial. `client_id` None: for every client."""

    entry_id: str
    number: str
    client_id: str | None
    client_name: str
    why: str
    source: str
    words: str | None
    call_id: str | None
    by: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DialLine:
    """One try to place a call."""

    dial_id: str
    seq: int
    state: str
    planned_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None
    from_number: str
    agent_id: str | None
    provider_call_id: str | None
    verdict_kind: str
    verdict_status: int | None
    verdict_words: str
    zone_used: str
    local_time: str
    variables_sent: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """One call of a chain of tries to reach the same lead."""

    call_id: str
    attempt_number: int
    status: str
    outcome: str | None
    disconnection_reason: str | None
    ended_words: str
    duration_s: int | None
    occurred_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StepLine:
    """One change that was written down: of a call, a dial, a batch, or by a person."""

    at: datetime
    what: str
    from_state: str | None
    to_state: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """Something a person or a script did: `by` did `to_state` on `what`. `name` is what that is called, "" when it is gone."""

    entry_id: str
    at: datetime
    what: str
    row_id: str
    name: str
    from_state: str | None
    to_state: str
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertLine:
    """An entry of the bell: what needed a person, since when (the last time), how often, and whether it is over."""

    alert_id: str
    kind: str
    level: str
    title: str
    detail: str
    href: str
    at: datetime
    times: int
    is_over: bool
    is_unread: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """A piece of provider news as received. `result` is one of applied, duplicate, out_of_order, bad_signature, unknown_call,
    stale, failed, waiting; `kind` the provider's own name."""

    event_id: str
    received_at: datetime
    kind: str
    source: str
    client_id: str | None
    client_name: str
    call_id: str | None
    provider_call_id: str | None
    result: str
    error: str | None
    copies: int
    tries: int
    took_ms: int | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDetail:
    """One event with its body (parsed JSON, None when it cannot be read or was not kept) and what it changed."""

    line: EventLine
    signed_at: datetime | None
    sha256: str
    address: str
    body: Any
    raw: str
    changed: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookHealth:
    """How a client's webhooks have been since some instant. `kinds` counts them by kind, `delays_ms` are p50 and p95 from the
    provider's signature to our receipt.

    `lost` are facts we had to ask the provider for, `late` those that took over a minute or came when their signature had run
    out, `doubled` second copies, `forged` deliveries whose signature was wrong.
    """

    last_at: datetime | None = None
    kinds: Mapping[str, int] = field(default_factory=dict[str, int])
    delays_ms: tuple[int, int] | None = None
    lost: int = 0
    late: int = 0
    doubled: int = 0
    forged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """One try to place a call, in the ledger. `token` is the key it was sent under; `verdict`, `status` and `words` are what
    became of the request, `settled_by` and `settled_why` the last step and who made it."""

    dial_id: str
    call_id: str
    client_id: str
    client_name: str
    lead_name: str
    number: str
    seq: int
    token: str
    state: str
    planned_at: datetime
    sent_at: datetime | None
    resent_at: datetime | None
    settled_at: datetime | None
    provider_call_id: str | None
    has_slot: bool
    verdict: str
    status: int | None
    words: str
    settled_by: str
    settled_why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """One look for a dial at the provider. Clean: it counts as evidence that no call exists, for the control was found too."""

    at: datetime
    is_clean: bool
    control_found: bool
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerDetail:
    """One dial with every step it made and every look for it, oldest first. `held_until` is when its number is free at last,
    for one in doubt."""

    line: LedgerLine
    dial: Dial
    checks: tuple[CheckLine, ...]
    steps: tuple[StepLine, ...]
    held_until: datetime | None = None
