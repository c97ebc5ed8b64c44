"""Many calls started together: its life, caps, window and progress."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callcenter.domain.call import Priority
from callcenter.domain.hours import Window
from callcenter.domain.retry import RetryPolicy
from callcenter.domain.stopping import StopRule

#: How the reason begins when a batch paused itself.
PAUSED_ITSELF = "paused itself"


class BatchState(StrEnum):
    """What is stored. `waiting` and `finishing` are worked out when it is shown, see BatchStatus."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Counts:
    """Progress of a batch, each lead counted once by its newest call."""

    leads: int = 0
    refused: int = 0
    scheduled: int = 0
    active: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a lead was left out of a batch."""

    lead_id: str
    reason: str
    name: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Calls started together. `max_concurrent` None means only the client's cap holds; `stop` says when it pauses itself, over
    the calls that ended since `resumed_at`."""

    batch_id: str
    client_id: str
    name: str
    state: BatchState
    state_why: str | None = None
    priority: Priority = Priority.NORMAL
    max_concurrent: int | None = None
    scheduled_at: datetime | None = None
    ends_at: datetime | None = None
    window: tuple[Window, ...] | None = None
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    max_attempts: int = 1
    stop: StopRule = field(default_factory=StopRule)
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    refused: tuple[Refusal, ...] = ()
    started_at: datetime | None = None
    resumed_at: datetime | None = None
    finished_at: datetime | None = None
    rev: int = 0
    created_at: datetime
    updated_at: datetime
