"""The calls the simulator is having: each rings, is answered or not, is talked through and analysed, on a clock with a factor."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Coroutine, Iterator
from random import Random
from typing import Any

from callcenter.simulator.call import Call, CallStatus
from callcenter.simulator.call_body import basic, whole, with_tool_calls
from callcenter.simulator.config import Clock, SimulatorConfig
from callcenter.simulator.orders import Order
from callcenter.simulator.script import Plan, Wish, magic_outcome, plan_call, wish_of
from callcenter.simulator.talk import tell
from callcenter.simulator.webhooks import Courier
from callcenter.simulator.workspaces import Agent, Workspace


class Exchange:
    """Places calls and carries them to their end. Everything happens in one event loop."""

    def __init__(self, config: SimulatorConfig, *, clock: Clock, rng: Random, courier: Courier) -> None:
        self.config = config
        self.clock = clock
        self.courier = courier
        self.seed = f"{rng.getrandbits(64):016x}"
        self.base_url = ""
        self.calls: OrderedDict[str, Call] = OrderedDict()
        self.finished: OrderedDict[str, None] = OrderedDict()  # ids, first finished first
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.wishes: dict[str, Wish] = {}  # by number
        self.freed = asyncio.Event()  # set whenever a call ends; batches wait for it
        self.created = 0

    def place(
        self,
        workspace: Workspace,
        order: Order,
        *,
        agent: Agent,
        wait: float = 0.0,
        batch_call_id: str | None = None,
        is_refused: bool = False,
    ) -> Call:
        """Makes a call and lets it ring, after `wait` real seconds. A refused one exists, but only to end at once."""
        self.created += 1
        workspace.placed += 1
        now = self.clock.now()
        seed = f"{self.seed}/{workspace.key}/{workspace.placed}"
        call = Call(
            # The instant is in it too, so that a later run with the same seed does not repeat ids that somebody stored.
            call_id=f"call_{hashlib.sha256(f'{seed}/{now.isoformat()}'.encode()).hexdigest()[:27]}",
            seq=self.created,
            workspace=workspace,
            order=order,
            agent=agent,
            plan=self.plan(workspace, order, agent, seed=seed, is_refused=is_refused),
            created_at=now,
            batch_call_id=batch_call_id,
            metadata=order.metadata,
            storage=order.override.data_storage_setting,
        )
        self.calls[call.call_id] = call
        workspace.live.add(call.call_id)
        self.carry_on(call, self.run(call, wait=wait))
        return call

    def plan(self, workspace: Workspace, order: Order, agent: Agent, *, seed: str, is_refused: bool) -> Plan:
        """What will come of an order: somebody's wish if there is one, else the number's own result, else chance."""
        asked = (order.metadata or {}).get("simulate") or (order.variables or {}).get("simulate")
        wish = wish_of(asked) if asked else self.wishes.get(order.to_number, Wish())
        if wish == Wish() and self.config.magic_numbers:
            wish = Wish(outcome=magic_outcome(order.to_number))
        if is_refused:
            wish = Wish(outcome="concurrency")
        return plan_call(
            seed=seed,
            number=order.to_number,
            trade=agent.trade,
            language=order.override.language or agent.language,
            settings=workspace.settings,
            wish=wish,
            limits=(order.override.ring_seconds, order.override.max_seconds),
        )

    def hang_up(self, call: Call, reason: str) -> None:
        """Ends a call that is ringing or going on, now."""
        call.stopped = True
        self.carry_on(call, self.finish(call, "ended", reason))

    def carry_on(self, call: Call, work: Coroutine[Any, Any, None]) -> None:
        """Lets a call go on with this, and with nothing it did before."""
        if (running := self.tasks.pop(call.call_id, None)) is not None:
            running.cancel()
        task = asyncio.ensure_future(work)
        self.tasks[call.call_id] = task
        task.add_done_callback(lambda done: self.forget_task(call.call_id, done))

    def forget_task(self, call_id: str, done: asyncio.Task[None]) -> None:
        """Drops a task that is over, unless another has taken its place."""
        if self.tasks.get(call_id) is done:
            del self.tasks[call_id]
        if not done.cancelled() and (problem := done.exception()) is not None:
            raise problem  # to the loop's exception handler: a fault of the simulator itself must be seen

    async def run(self, call: Call, *, wait: float) -> None:
        """The whole life of a call that nobody interferes with."""
        plan = call.plan
        if wait:
            await self.clock.sleep(wait)
        await self.clock.sleep(plan.ring_seconds / self.config.speed)
        reason = plan.reason
        if plan.outcome.connects:
            self.connect(call)
            await self.converse(call)
            if call.seconds >= plan.max_seconds and plan.outcome.name != "max_duration":
                call.stopped, reason = True, "max_duration_reached"
        await self.finish(call, status_of(plan), reason)

    def connect(self, call: Call) -> None:
        """Somebody, or something, picks up."""
        call.started_at = self.clock.now()
        call.status = "ongoing"
        call.told = tell(call.plan, variables=call.order.variables or {}, placed_at=call.created_at)
        full = call.workspace.switches.started_fields == "full"
        self.courier.publish(call, "call_started", {"call": self.whole(call) if full else basic(call)})

    async def converse(self, call: Call) -> None:
        """Waits through the talk; tells each turn to those who asked for it."""
        assert call.told is not None
        talk = call.told
        if "transcript_updated" in call.order.override.webhook_events:
            for turn in talk.turns:
                await self.until(call, turn.end)
                self.tell_transcript(call, turn.end)
        await self.until(call, talk.seconds)
        call.seconds = talk.seconds
        if call.plan.reason == "call_transfer":
            self.courier.publish(call, "transfer_started", {"call": basic(call), **transfer()})
            self.courier.publish(call, "transfer_ended", {"call": basic(call), **transfer()})

    async def until(self, call: Call, seconds: float) -> None:
        """Waits until so many of the call's own seconds have passed since the answer."""
        if (left := seconds - self.elapsed(call)) > 0:
            await self.clock.sleep(left / self.config.speed)

    def elapsed(self, call: Call) -> float:
        """The call's own seconds since it was answered."""
        if call.started_at is None:
            return 0.0
        return max(0.0, (self.clock.now() - call.started_at).total_seconds() * self.config.speed)

    def tell_transcript(self, call: Call, seconds: float) -> None:
        """Publishes what has been said so far."""
        assert call.told is not None
        said = {"transcript_with_tool_calls": with_tool_calls(call, call.told.until(seconds))}
        beside = call.workspace.switches.transcript_place == "beside"
        body = {"call": basic(call), **said} if beside else {"call": {**basic(call), **said}}
        self.courier.publish(call, "transcript_updated", body)

    async def finish(self, call: Call, status: CallStatus, reason: str) -> None:
        """Ends a call, frees its place, and analyses it a little later."""
        self.end(call, status, reason)
        await self.clock.sleep(call.plan.analysis_seconds / self.config.speed)
        call.told = None
        if call.status == "error" and not call.workspace.switches.analyzed_after_error:
            return
        call.analysed_at = self.clock.now()
        self.courier.publish(call, "call_analyzed", {"call": self.whole(call)})

    def end(self, call: Call, status: CallStatus, reason: str) -> None:
        """The moment of the end."""
        if call.started_at is not None and not call.seconds:
            assert call.told is not None
            call.seconds = round(min(self.elapsed(call), call.told.seconds), 3)
        call.ended_at = self.clock.now()
        call.status = status
        call.reason = reason
        call.workspace.live.discard(call.call_id)
        if reason == "user_requested_dnc":
            call.workspace.do_not_call.add(call.order.to_number)
        if call.started_at is not None:
            self.tell_transcript(call, call.seconds)
        self.courier.publish(call, "call_ended", {"call": self.whole(call, analysis=False)})
        self.freed.set()
        self.freed = asyncio.Event()
        self.remember(call)

    def take_back(self, call: Call) -> None:
        """Knows a call of an earlier run again."""
        self.calls[call.call_id] = call
        self.remember(call)

    def remember(self, call: Call) -> None:
        """Keeps the newest finished calls and forgets the oldest beyond the bound."""
        self.finished[call.call_id] = None
        while len(self.finished) > self.config.finished_calls_kept:
            oldest, _ = self.finished.popitem(last=False)
            self.calls.pop(oldest, None)

    def delete(self, call: Call) -> None:
        """Forgets a call with all its data; one that goes on goes on at the carrier, unseen."""
        self.calls.pop(call.call_id, None)
        self.finished.pop(call.call_id, None)

    def find(self, workspace: Workspace, call_id: str) -> Call | None:
        """A call of this workspace."""
        call = self.calls.get(call_id)
        return call if call is not None and call.workspace is workspace else None

    def newest_first(self, workspace: Workspace) -> Iterator[Call]:
        """The workspace's calls, the one created last first."""
        return (call for call in reversed(self.calls.values()) if call.workspace is workspace)

    def in_use(self, workspace: Workspace) -> int:
        """Calls that count against the workspace's limit now."""
        if workspace.switches.registered_counts:
            return len(workspace.live)
        return sum(1 for call_id in workspace.live if (call := self.calls.get(call_id)) and call.status == "ongoing")

    def whole(self, call: Call, *, analysis: bool = True) -> dict[str, Any]:
        """The call object with its links."""
        return whole(call, base_url=self.base_url, analysis=analysis)

    async def close(self) -> None:
        """Breaks off every call without a word."""
        for task in list(self.tasks.values()):
            task.cancel()
        await asyncio.gather(*self.tasks.values(), return_exceptions=True)

    def clear(self) -> None:
        """Forgets every call; those still going on vanish."""
        for task in list(self.tasks.values()):
            task.cancel()
        for call in self.calls.values():
            call.workspace.live.clear()
        self.calls.clear()
        self.finished.clear()


def status_of(plan: Plan) -> CallStatus:
    """The last status of a plan that runs its course."""
    match plan.outcome.status:
        case "not_connected":
            return "not_connected"
        case "error":
            return "error"
        case _:
            return "ended"


def transfer() -> dict[str, Any]:
    """What transfer events carry beside the call."""
    return {"transfer_destination": "+12125550142", "transfer_option": {"type": "cold_transfer", "showTransfereeAsCaller": False}}
