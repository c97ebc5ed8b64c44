"""How a simulator behaves: where it listens, what a workspace starts with, and one switch per point the provider leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from callcenter.simulator.faults import FaultPlan

ErrorShape = Literal["message", "error_message"]


class Clock(Protocol):
    """Time, passed in. `now` is an aware instant; `sleep` takes real seconds."""

    def now(self) -> datetime: ...
    async def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """The provider's documentation is silent or contradicts itself on each of these; set one to see the other behaviour."""

    # creating calls
    honours_idempotency: bool = True
    replay_status: int = 201
    replay_body: Literal["current", "created"] = "current"
    replay_conflict: Literal["replay", "refuse"] = "replay"  # same key, other body
    failure_uses_key: bool = False  # a refused first attempt consumes its key
    concurrency_refusal: Literal["429", "error_call"] = "429"
    pace_refusal: Literal["429", "smooth"] = "429"
    retry_after_seconds: float | None = None
    strict_numbers: bool = False  # only listed numbers may be dialled from
    bad_number_status: int = 400
    accepts_non_string_variables: bool = False
    # shapes of errors
    missing_key_shape: ErrorShape = "error_message"
    wrong_key_shape: ErrorShape = "message"
    validation_shape: ErrorShape = "error_message"
    refusal_shape: ErrorShape = "message"
    # stopping, changing
    stops_while_ringing: bool = False
    stop_refused_status: int = 422
    update_refused_status: int = 422
    stopped_reason: str = "manual_stopped"
    # webhooks
    webhook_retries: int = 3
    retries_include_first: bool = False
    webhook_spacing_seconds: tuple[float, ...] = (1.0, 5.0, 20.0)
    retries_client_errors: bool = True
    signature_on_retry: Literal["fresh", "reused"] = "fresh"
    started_fields: Literal["basic", "full"] = "basic"
    transcript_place: Literal["call", "beside"] = "call"
    analyzed_after_error: bool = True
    recording_at: Literal["ended", "analyzed"] = "ended"
    recording_link_seconds: float | None = None  # None: links live for ever
    # the call object
    unconnected_times: Literal["end", "both", "none"] = "end"
    unconnected_duration: Literal["zero", "absent"] = "zero"
    unconnected_transcript: Literal["absent", "empty"] = "absent"
    declined_reason: Literal["user_declined", "dial_no_answer"] = "user_declined"
    extra_fields: bool = False
    unknown_enum: bool = False  # line failures end with a reason nobody has heard of
    # listing and counting
    list_lag_seconds: float = 0.0
    lists_registered: bool = True
    list_has_recording: bool = False
    range_inclusive: bool = True
    registered_counts: bool = True
    burst_keeps_reserve: bool = False
    # batches
    scheduled_timestamp_unit: Literal["ms", "s"] = "ms"
    bad_task: Literal["refuse_all", "skip"] = "refuse_all"


def default_answered() -> Mapping[str, float]:
    """What comes of calls a person answers, as weights; a trade's own successes share the weight of `goal`."""
    return {
        "goal": 34,
        "not_interested": 30,
        "callback": 12,
        "wrong_number": 5,
        "do_not_call": 6,
        "transfer": 5,
        "silence": 3,
        "successful": 5,
    }


def default_unanswered() -> Mapping[str, float]:
    """Why nobody answers, as weights."""
    return {
        "no_answer": 62,
        "busy": 14,
        "declined": 12,
        "invalid_destination": 4,
        "line_failure": 4,
        "carrier_refused": 1,
        "their_fault": 3,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """What a workspace has and whom it reaches. Rates are 0..1; speeds of talking are not here but in the script."""

    base_concurrency: int = 20
    purchased_concurrency: int = 0
    burst: bool = False
    reserved_inbound: int = 0
    calls_per_second: float | None = None
    answer_rate: float = 0.58
    voicemail_rate: float = 0.2  # of all calls, beside those answered by a person
    asides: tuple[int, int] = (0, 0)  # small exchanges that lengthen a talk, fewest and most
    answered: Mapping[str, float] = field(default_factory=default_answered)
    unanswered: Mapping[str, float] = field(default_factory=default_unanswered)

    @property
    def limit(self) -> int:
        """Calls at once, all directions, without burst."""
        return self.base_concurrency + self.purchased_concurrency

    @property
    def burst_limit(self) -> int:
        """0 while burst is off, as the provider reports it."""
        return min(3 * self.limit, self.limit + 300) if self.burst else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorConfig:
    """Everything the operator can choose. Port 0 takes a free one; `speed` is call seconds per real second, 1 to 100."""

    host: str = "127.0.0.1"
    port: int = 8787
    webhook_url: str | None = None
    speed: float = 1.0
    magic_numbers: bool = False
    faults: FaultPlan = field(default_factory=FaultPlan)
    switches: Switches = field(default_factory=Switches)
    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    finished_calls_kept: int = 100_000

    def __post_init__(self) -> None:
        if not 1 <= self.speed <= 100:
            raise ValueError("The speed of the simulator goes from 1 to 100.")
