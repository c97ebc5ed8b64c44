"""What whole pages show, put together from lines and domain values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from callcenter.domain.batch import Batch
from callcenter.domain.call import Call
from callcenter.domain.client import Account, Client
from callcenter.domain.lead import Lead
from callcenter.domain.lines import (
    AttemptLine,
    BatchLine,
    CallLine,
    ClientLine,
    DialLine,
    EventLine,
    FollowUpLine,
    LeadLine,
    StepLine,
    WebhookHealth,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellView:
    """The frame around every page. `clients` are (id, name) of those this person may see; `attention` are the lines of
    Live's "Needs attention"; `waiting` the calls not dialled yet; `speed` is the demo's. `trouble` is what every page must
    say (a silent webhook, a budget used up); `admins` are the names of those to ask for access; `unread` counts the entries of
    the bell since this person last read them."""

    workspace: str
    country: str
    timezone: str
    clients: tuple[tuple[str, str], ...]
    calling_paused: bool
    paused_at: datetime | None
    paused_by: str
    paused_words: str
    waiting: int
    in_progress: int
    followups_due: int
    attention: "tuple[AttentionLine, ...]"
    has_simulated: bool
    is_demo: bool
    speed: int
    user_name: str
    user_initials: str
    user_timezone: str
    role: str
    trouble: "AttentionLine | None" = None
    admins: tuple[str, ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTile:
    """A rate of today with its base, and its change in points against the same weekday a week ago up to the same hour
    (None: nothing to compare with). `hours` are the rates of the last ten hours, oldest first, None without a base."""

    count: int
    base: int
    change_points: int | None
    hours: tuple[float | None, ...]

    @property
    def rate(self) -> float | None:
        """0–1, None without a base."""
        return self.count / self.base if self.base else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveTiles:
    """The six tiles. `talking` + `dialling` = `in_progress`; `places` is how many may run at once, None when unknown."""

    in_progress: int
    places: int | None
    talking: int
    dialling: int
    in_progress_spark: tuple[int, ...]
    waiting: int
    waiting_spark: tuple[int, ...]
    next_at: datetime | None
    answered: RateTile
    success: RateTile
    cost_today: int
    budget_today: int | None
    calls_with_cost: int
    attention: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UpNextLine:
    """A waiting call. `reason` is one of due, slot, later, paused, client_off, batch_paused; `at` when it can be dialled,
    as far as known."""

    call_id: str
    who: str
    number: str
    client_name: str
    batch_name: str
    priority: str
    at: datetime | None
    zone: str
    reason: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotLine:
    """How many places a client uses of those it may."""

    client_id: str
    client_name: str
    used: int
    cap: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionLine:
    """Something that needs a person. `kind` is one of webhook_silent, account_paused, client_paused, batch_stopped,
    followups_overdue, zone_unknown, unmatched, poison, unknown_dials, dials_undecided, budget, number_spam; `href` leads to
    where it can be put right."""

    kind: str
    level: str  # error, warning
    title: str
    detail: str
    action: str
    href: str
    client_id: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveBoard:
    """The Live page at one instant. `hourly` is (hour of today, local; calls dialled) for the wallboard."""

    at: datetime
    timezone: str
    tiles: LiveTiles
    in_progress: tuple[CallLine, ...]
    up_next: tuple[UpNextLine, ...]
    just_ended: tuple[CallLine, ...]
    batches: tuple[BatchLine, ...]
    slots: tuple[SlotLine, ...]
    attention: tuple[AttentionLine, ...]
    hourly: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineStep:
    """One thing that happened, in words. `key` picks the icon: scheduled, slot, dialled, ringing, picked_up, talking,
    transferred, ended, analysed, voicemail, checking, cancelled, person, retry, follow_up, event. `took_s` is the time since
    the step before of the same dial, `detail` a word more."""

    at: datetime
    key: str
    words: str
    detail: str = ""
    by: str = ""
    took_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """Everything about one call. `call` is the domain value with turns, custom fields, cost lines and notes; `line` the same
    flat. `may_listen` says whether this person may hear the recording, `has_recording` whether there is one."""

    call: Call
    line: CallLine
    client: Client | None
    lead: Lead | None
    zone: str
    zone_is_sure: bool
    attempts: tuple[AttemptLine, ...]
    dials: tuple[DialLine, ...]
    timeline: tuple[TimelineStep, ...]
    events: tuple[EventLine, ...]
    follow_ups: tuple[FollowUpLine, ...]
    ended_words: str
    reason_is_new: bool
    outcome_source: str  # person, retell, us, "" while unknown
    next_call_id: str | None
    next_call_at: datetime | None
    on_do_not_call: bool
    has_recording: bool
    may_listen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """Everything about one batch but its calls, which the calls list shows. `per_hour` is (hour start, outcome → count);
    `newest_outcomes` counts each lead that is through once, by its last call (`unknown`, `cancelled` for none)."""

    batch: Batch
    line: BatchLine
    client: Client
    leads_dialled: int
    dialled: int
    dials: int
    reached: int
    successful: int
    average_talk_s: float | None
    median_talk_s: float | None
    per_hour: tuple[tuple[datetime, Mapping[str, int]], ...]
    newest_outcomes: Mapping[str, int]
    timeline: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadPage:
    """Everything about one lead. `calls` are its newest fifty."""

    lead: Lead
    line: LeadLine
    client: Client
    zones: tuple[str, ...]
    calls: tuple[CallLine, ...]
    follow_ups: tuple[FollowUpLine, ...]
    timeline: tuple[StepLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPage:
    """A client with its account, and how its webhooks have been in the last 24 hours."""

    client: Client
    line: ClientLine
    account: Account | None
    key_last4: str | None
    numbers: tuple[tuple[str, str, str], ...]  # number, nickname, state
    webhook: WebhookHealth


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsPage:
    """A page of the inspector, and how much is kept."""

    items: tuple[EventLine, ...]
    older: str | None
    newer: str | None
    first: int
    today: int
    bytes_kept: int
    by_result: Mapping[str, int]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuickHit:
    """One answer of the command palette. `kind` is call, lead, batch or client; `href` the page; `title` may be the number
    where no name is known. `number`, `status` and `outcome` are those of a lead or call, "" where there is none."""

    kind: str
    id: str
    title: str
    href: str
    client: str = ""
    number: str = ""
    status: str = ""
    outcome: str = ""
