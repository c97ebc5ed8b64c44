"""How our values look as JSON: camelCase, instants in UTC with Z, enums in lower snake case, money in USD."""

from datetime import date, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer
from pydantic.alias_generators import to_camel

T = TypeVar("T")

MICROS = 1_000_000
#: Stands before the last four characters of a key; given back in a change it means "leave it".
MASK = "••••"


class Shape(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class WindowShape(Shape):
    """Hours on some weekdays, in the lead's own time zone."""

    days: list[str] = Field(examples=[["mon", "tue", "wed", "thu", "fri"]])
    start: str = Field(examples=["09:00"])
    end: str = Field(examples=["20:00"])


class _Said(Shape):
    """A part that holds only what was said; what is null is left out. (A return type would hide the fields from the schema.)"""

    @model_serializer(mode="wrap")
    def _without_null(self, full: SerializerFunctionWrapHandler):
        return {name: value for name, value in full(self).items() if value is not None}


class PerResultShape(_Said):
    """How many more tries one result may bring in a chain, and how long after."""

    times: int | None = None
    after_minutes: int | None = None


class RetryShape(_Said):
    """After which results a lead is tried again, and how long after."""

    on: list[str] = Field(examples=[["no_answer", "voicemail", "failed"]])
    after_minutes: int
    per: dict[str, PerResultShape] | None = None
    another_time_of_day: bool | None = None


class StopIfShape(Shape):
    """When a batch pauses itself; a percentage of null is never."""

    error_percent: int | None
    error_of: int
    answer_percent: int | None
    answer_of: int


class RetellShape(Shape):
    """How a client reaches Retell; of the key only the last four characters."""

    api_key: str | None = Field(examples=["••••0001"])
    agent_id: str | None
    from_number: str | None
    is_active: bool
    is_simulated: bool


class ClientShape(Shape):
    """A client."""

    id: str
    name: str
    timezone: str
    country: str
    max_concurrent: int
    retell: RetellShape
    calling_hours: list[WindowShape]
    hours_note: str
    daily_budget: float | None
    retry: RetryShape | None
    calls_back: bool
    variables: dict[str, str]
    webhook_url: str | None
    paused_at: datetime | None
    paused_reason: str | None
    rev: int
    created_at: datetime
    updated_at: datetime


class BlackoutShape(Shape):
    """A day on which nobody is called, in each lead's own zone; `clientId` is null when it closes for every client."""

    id: str
    on: date
    name: str
    client_id: str | None
    by: str
    created_at: datetime


class LeadShape(Shape):
    """A lead."""

    id: str
    client_id: str
    name: str
    phone: str
    email: str | None
    timezone: str | None
    tags: list[str]
    external_id: str | None
    do_not_call: bool
    last_outcome: str | None
    variables: dict[str, str]
    rev: int
    created_at: datetime
    updated_at: datetime


class CallShape(Shape):
    """A call. `id` is ours, `callId` Retell's; `duration` is in seconds, `cost` in USD."""

    id: str
    call_id: str | None
    client_id: str | None
    lead_id: str | None
    batch_id: str | None
    from_number: str | None
    to_number: str
    status: str
    checking: bool
    outcome: str | None
    duration: int | None
    transcript: str | None
    recording_url: str | None
    sentiment: float | None
    intent: str | None
    keywords: list[str]
    summary: str | None
    notes: str
    tags: list[str]
    quality_score: int | None
    quality_reason: str | None
    appointment_date: datetime | None
    follow_up_date: datetime | None
    follow_up_notes: str | None
    priority: str
    attempt_number: int
    max_attempts: int
    cost: float | None
    disconnection_reason: str | None
    variables: dict[str, str]
    direction: str
    origin: str
    scheduled_at: datetime
    dialled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    paused_at: datetime | None
    paused_by: str | None
    created_at: datetime
    updated_at: datetime


class CountsShape(Shape):
    """Progress of a batch: each lead once, by its newest call."""

    leads: int
    refused: int
    scheduled: int
    active: int
    completed: int
    failed: int
    cancelled: int


class BatchShape(Shape):
    """A batch."""

    id: str
    client_id: str
    name: str
    status: str
    status_reason: str | None
    priority: str
    max_concurrent: int | None
    scheduled_at: datetime | None
    window: list[WindowShape] | None
    ends_at: datetime | None
    retry: RetryShape
    max_attempts: int
    stop_if: StopIfShape
    variables: dict[str, str]
    counts: CountsShape
    outcomes: dict[str, int]
    cost: float
    eta: datetime | None
    rev: int
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class RefusalShape(Shape):
    """A lead that was left out of a batch, and why."""

    lead_id: str
    reason: str


class LaunchedShape(BatchShape):
    """A batch that was launched: how many leads are called, and who was left out."""

    accepted: int
    refused: list[RefusalShape]


class RuleShape(Shape):
    """What one rule says about a call that waits; `opensAt` is when time alone will make it say yes."""

    rule: str
    ok: bool
    reason: str
    opens_at: datetime | None


class ExplanationShape(Shape):
    """Why a call is not dialled yet: every rule in order, the first that blocks, the next instant it may be dialled."""

    rules: list[RuleShape]
    blocked_by: str | None
    earliest_at: datetime | None


class ReasonShape(Shape):
    """A sentence of a rule, and of how many calls it is true."""

    reason: str
    count: int


class StopShape(Shape):
    """How many waiting calls a rule is the first to stop, its most frequent sentences, and how many calls are left after it."""

    rule: str
    label: str
    stopped: int
    left: int
    reasons: list[ReasonShape]


class WaitShape(Shape):
    """How many calls wait for the same rule to let them go at last; `nextAt` is when the first of them may be dialled."""

    rule: str
    count: int
    reason: str
    next_at: datetime | None


class OpeningShape(Shape):
    """How many calls may be dialled from an instant on, as far as time decides."""

    at: datetime
    count: int


class BatchExplanationShape(Shape):
    """Where the leads of a batch are in the rules: asked for, accepted, waiting, and what each rule lets through, in order.

    `judged` is less than `waiting` only in very big batches. `at` is when this was true.
    """

    batch_id: str
    at: datetime
    leads: int
    accepted: int
    waiting: int
    judged: int
    may_dial_now: int
    rules: list[StopShape]
    waits_for: list[WaitShape]
    next: list[OpeningShape]


class ListShape(Shape, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None
    total: int | None
