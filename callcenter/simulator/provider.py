"""The provider behind the endpoints: who is asking, and whether and how a call is made for them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from callcenter.simulator.call import Call
from callcenter.simulator.call_body import stored
from callcenter.simulator.calls import Exchange
from callcenter.simulator.config import Clock, SimulatorConfig
from callcenter.simulator.faults import FaultDesk
from callcenter.simulator.log import CreateLog
from callcenter.simulator.orders import Order, order_of
from callcenter.simulator.refusals import THROTTLED, Refusal, not_found
from callcenter.simulator.signing import compact
from callcenter.simulator.webhooks import Courier
from callcenter.simulator.workspaces import AGENTS, NUMBERS, Agent, Replay, Workspace, Workspaces

KEY_LIFE = timedelta(hours=1)
NO_AGENT = "No outbound agent id set up for phone number."
ON_DO_NOT_CALL = "The contact is on the do-not-call list."


@dataclass(frozen=True, slots=True)
class Created:
    """The answer to a create request: a status and a body; `call` is missing where a refusal is replayed."""

    status: int
    body: dict[str, Any]


class Provider:
    """All the parts of the simulator, joined."""

    def __init__(self, config: SimulatorConfig, *, clock: Clock, rng: Random, log: CreateLog) -> None:
        self.config = config
        self.clock = clock
        self.log = log
        self.desk = FaultDesk(config.faults, rng=Random(rng.getrandbits(64)))
        self.workspaces = Workspaces(settings=config.workspace, switches=config.switches)
        self.courier = Courier(clock=clock, desk=self.desk, default_url=config.webhook_url)
        self.exchange = Exchange(config, clock=clock, rng=rng, courier=self.courier)

    def create(self, workspace: Workspace, body: Mapping[str, Any]) -> Created:
        """Makes one call, or repeats the answer that its key got before. Raises Refusal."""
        now = self.clock.now()
        key = body.get("idempotency_key")
        digest = hashlib.sha256(compact(dict(body))).hexdigest()
        if isinstance(key, str) and (before := self.replay(workspace, key, now=now)) is not None:
            return self.repeat(workspace, before, digest=digest)
        try:
            order = order_of(body, workspace.switches)
            call = self.dial(workspace, order, now=now)
        except Refusal as refusal:
            if isinstance(key, str) and workspace.switches.failure_uses_key:
                answer = {"status": "error", "message": refusal.message}
                workspace.replays[key] = Replay(now, None, answer, refusal.status, digest)
            raise
        answer = self.show(call)
        if order.idempotency_key is not None:
            workspace.replays[order.idempotency_key] = Replay(now, call.call_id, answer, 201, digest)
        return Created(201, answer)

    def dial(self, workspace: Workspace, order: Order, *, now: datetime) -> Call:
        """Places a call if number, agent, do-not-call list, pace and places allow it."""
        agent = self.agent_for(workspace, order)
        if order.honours_dnc and order.to_number in workspace.do_not_call:
            raise Refusal(400, ON_DO_NOT_CALL)
        is_full = self.exchange.in_use(workspace) >= self.ceiling(workspace)
        switches = workspace.switches
        if is_full and switches.concurrency_refusal == "429":
            message = f"Concurrency limit reached: {self.ceiling(workspace)} calls are in progress."
            raise Refusal(429, message, retry_after=switches.retry_after_seconds)
        wait = self.pace(workspace, now=now)
        return self.exchange.place(workspace, order, agent=agent, wait=wait, is_refused=is_full)

    def agent_for(self, workspace: Workspace, order: Order) -> Agent:
        """The agent named in the order, else the one bound to the number."""
        if workspace.switches.strict_numbers and order.from_number not in dict(NUMBERS):
            raise Refusal(400, NO_AGENT)
        if order.agent_id is None:
            return AGENTS[0]
        if (agent := workspace.find_agent(order.agent_id)) is None:
            raise not_found()
        return agent

    def ceiling(self, workspace: Workspace) -> int:
        """How many calls outbound dialling may fill."""
        settings = workspace.settings
        if settings.burst:
            return settings.burst_limit - (settings.reserved_inbound if workspace.switches.burst_keeps_reserve else 0)
        return settings.limit - settings.reserved_inbound

    def pace(self, workspace: Workspace, *, now: datetime) -> float:
        """Counts a start. Gives the real seconds it has to wait, or refuses it, when starts come too fast."""
        allowed = workspace.settings.calls_per_second
        if allowed is None:
            return 0.0
        workspace.starts = [at for at in workspace.starts if at > now - timedelta(seconds=1)]
        wait = 0.0
        if len(workspace.starts) >= allowed:
            if workspace.switches.pace_refusal == "429":
                raise Refusal(429, THROTTLED, retry_after=workspace.switches.retry_after_seconds)
            wait = (workspace.starts[-1] - now).total_seconds() + 1 / allowed
        workspace.starts.append(now + timedelta(seconds=wait))
        return max(0.0, wait)

    def replay(self, workspace: Workspace, key: str, *, now: datetime) -> Replay | None:
        """What this key got within the last hour."""
        while workspace.replays and next(iter(workspace.replays.values())).at <= now - KEY_LIFE:
            workspace.replays.popitem(last=False)
        return workspace.replays.get(key) if workspace.switches.honours_idempotency else None

    def repeat(self, workspace: Workspace, before: Replay, *, digest: str) -> Created:
        """The same answer again, without a second call."""
        switches = workspace.switches
        if before.digest != digest and switches.replay_conflict == "refuse":
            raise Refusal(409, "The idempotency key was used with another request.")
        if before.call_id is None:
            raise Refusal(before.status, str(before.body["message"]))
        call = self.exchange.find(workspace, before.call_id)
        is_current = switches.replay_body == "current" and call is not None
        return Created(switches.replay_status, self.show(call) if call is not None and is_current else before.body)

    def show(self, call: Call) -> dict[str, Any]:
        """A call as get-call answers it."""
        return stored(call, base_url=self.exchange.base_url)

    def find(self, workspace: Workspace, call_id: str) -> Call:
        """A call of this workspace, or the refusal."""
        if (call := self.exchange.find(workspace, call_id)) is None:
            raise not_found()
        return call
