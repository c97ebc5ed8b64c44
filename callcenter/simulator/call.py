"""One call the simulator has: what was asked for, what is planned, and how far it has come."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from callcenter.simulator.orders import Order
from callcenter.simulator.record import talk_of
from callcenter.simulator.script import Plan
from callcenter.simulator.signing import milliseconds
from callcenter.simulator.talk import Talk, tell
from callcenter.simulator.workspaces import Agent, Workspace

CallStatus = Literal["registered", "ongoing", "ended", "not_connected", "error"]


@dataclass(slots=True, kw_only=True)
class Call:
    """A call. Instants are real; `seconds` is the call's own time from answer to end."""

    call_id: str
    seq: int  # in order of creation, over all workspaces
    workspace: Workspace
    order: Order
    agent: Agent
    plan: Plan
    created_at: datetime
    batch_call_id: str | None = None
    status: CallStatus = "registered"
    started_at: datetime | None = None
    ended_at: datetime | None = None
    analysed_at: datetime | None = None
    reason: str | None = None
    seconds: float = 0.0
    stopped: bool = False
    metadata: dict[str, Any] | None = None
    storage: str = "everything"
    live_variables: dict[str, str] = field(default_factory=dict[str, str])
    custom_attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    injected: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])  # seconds, text
    told: Talk | None = None  # kept while it goes on; afterwards told again when somebody asks
    record: dict[str, Any] | None = None  # of a call of an earlier run: what was told of it then

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def variables(self) -> dict[str, str]:
        """Dynamic variables as they stand, with what was changed while the call went on."""
        return {**(self.order.variables or {}), **self.live_variables}

    @property
    def start_ms(self) -> int | None:
        """`start_timestamp`; for calls never connected it is one of the provider's open points."""
        if self.started_at is not None:
            return milliseconds(self.started_at)
        both = self.is_over and self.workspace.switches.unconnected_times == "both"
        return milliseconds(self.created_at) if both else None

    @property
    def end_ms(self) -> int | None:
        """`end_timestamp`."""
        if self.ended_at is None or (self.started_at is None and self.workspace.switches.unconnected_times == "none"):
            return None
        return milliseconds(self.ended_at)

    @property
    def duration_ms(self) -> int | None:
        """The call's own time, once it is over."""
        if self.ended_at is None or (self.started_at is None and self.workspace.switches.unconnected_duration == "absent"):
            return None
        return round(self.seconds * 1000)

    def talk(self) -> Talk | None:
        """What has been said, to the end or to where it was cut; None when nobody ever answered."""
        if self.started_at is None:
            return None
        if self.record is not None:
            return talk_of(self.record)
        whole = self.told or tell(self.plan, variables=self.order.variables or {}, placed_at=self.created_at)
        return whole.until(self.seconds) if self.is_over else whole
