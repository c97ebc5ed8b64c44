"""Two weeks that the demo has lived through: each past call is dialled, told about and folded as it would have been then.

Nothing derived is written here. A call is armed as the planner arms it, the simulator's own script says what comes of it, and
its events go through the inbox and the fold with the time of then; retries, do-not-call and follow-ups are what they bring.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from callcenter.cli.demo_calendar import answer_rate
from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.call import Call as OurCall
from callcenter.domain.call import Told
from callcenter.domain.client import Client
from callcenter.domain.deriving import derive
from callcenter.domain.hours import Window, is_open, zone_info
from callcenter.domain.phone import zones_of
from callcenter.domain.user import Actor
from callcenter.services import applying, batching, calling, folding, gathering, keys, planning
from callcenter.services.gathering import Gathered
from callcenter.services.ports import Evidence, Provider
from callcenter.services.runtime import Runtime
from callcenter.simulator.call import Call
from callcenter.simulator.call_body import basic, stored, whole
from callcenter.simulator.calls import status_of
from callcenter.simulator.config import Switches, WorkspaceSettings
from callcenter.simulator.orders import order_of
from callcenter.simulator.script import Wish, plan_call
from callcenter.simulator.signing import compact
from callcenter.simulator.talk import tell
from callcenter.simulator.workspaces import AGENTS, Workspace
from callcenter.store import batches, calls, dials, inbox
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

#: Past calls in one transaction.
CHUNK = 100
#: How long after something happened its event came in.
ON_ITS_WAY = timedelta(milliseconds=180)


class PastClock:
    """A clock that stands where it was put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Gives the instant it was put to."""
        return self.at

    def boot(self) -> float:
        """Gives seconds that fit the instant."""
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        """Moves on at once."""
        self.at += timedelta(seconds=max(0.0, seconds))


@dataclass(slots=True, kw_only=True)
class Past:
    """The past of one client on its way to now. `rt` is a runtime whose clock is `clock`."""

    rt: Runtime
    clock: PastClock
    client: Client
    settings: WorkspaceSettings
    workspace: Workspace
    provider: Provider
    simulator_url: str
    now: datetime
    chance: Random
    dialled: int = 0
    windows: dict[str, tuple[Window, ...]] = field(default_factory=dict[str, tuple[Window, ...]])  # by batch that may dial

    async def pause(self, actor: Actor, batch_id: str, *, why: str) -> None:
        """Has a batch paused by somebody at the time the clock shows."""
        await batching.pause(self.rt, actor, batch_id, why=why)
        del self.windows[batch_id]

    def run(self, batch: Batch) -> None:
        """Lets the calls of a batch that was launched be dialled from now on; batches launched earlier go first."""
        self.windows[batch.batch_id] = batch.window or self.client.calling_hours

    async def dial_at(self, instants: Sequence[datetime]) -> None:
        """Dials one call at each of these instants, as long as there is one to dial."""
        for start in range(0, len(instants), CHUNK):
            some = instants[start : start + CHUNK]
            self.dialled += await self.rt.database.write(lambda tx, some=some: self._dial_some(tx, some))

    def _dial_some(self, tx: Tx, instants: Sequence[datetime]) -> int:
        dialled = 0
        open_batches = [b for b in batches.many(tx, list(self.windows)).values() if b.state is BatchState.RUNNING]
        order = [batch_id for batch_id in self.windows if any(b.batch_id == batch_id for b in open_batches)]
        gathered = gathering.account(tx, self.client.account_id or "", now=instants[0])
        for at in instants:
            self.clock.at = at
            if (call := self._next(tx, order, at)) is not None:
                dialled += self._dial(tx, call, replace(gathered, now=at), at)
        return dialled

    def _next(self, tx: Tx, order: Sequence[str], at: datetime) -> OurCall | None:
        """The call whose turn it is and that may be dialled at this hour."""
        for batch_id in order:
            for call in calls.waiting(tx, self.client.client_id, batch_id, now=at, limit=1):
                if is_open(self.windows[batch_id], zones_of(call.to_number), at):
                    return call
                calls.look_later(tx, {call.call_id: at + timedelta(hours=1)})
        return None

    def _dial(self, tx: Tx, call: OurCall, gathered: Gathered, at: datetime) -> bool:
        """Arms a call and lives through it; False when it would not be over by now."""
        zone = next(iter(zones_of(call.to_number)), "")
        dial, request = planning.dial_and_request(self.rt, call, self.client, gathered, epoch=0, seq=1, zone=zone)
        live = self._placed(json.loads(self.provider.body_of(request)), at, zone)
        if at + self._length(live) > self.now:
            return False
        dials.add(tx, dial)
        armed = replace(call, account_id=dial.account_id, from_number=dial.from_number, agent_id=dial.agent_id, told=Told())
        calls.save(tx, call, replace(armed, derived=derive(armed, [dial])), now=at, by="dispatcher")
        if call.batch_id:
            batches.first_dial(tx, call.batch_id, now=at)
        self._live_through(tx, dial.account_id, live)
        return True

    def _placed(self, body: dict[str, Any], at: datetime, zone: str) -> Call:
        """The call as the simulator would have placed it for this request."""
        order = order_of(body, Switches())
        agent = next((one for one in AGENTS if one.agent_id == order.agent_id), AGENTS[0])
        seed = f"{self.chance.getrandbits(64):016x}"
        local = at.astimezone(zone_info(zone) or at.tzinfo)
        settings = replace(self.settings, answer_rate=answer_rate(local))
        plan = plan_call(
            seed=seed, number=order.to_number, trade=agent.trade, language=order.override.language or agent.language,
            settings=settings, wish=Wish(), limits=(order.override.ring_seconds, order.override.max_seconds),
        )  # fmt: skip
        return Call(
            call_id=f"call_{self.chance.getrandbits(108):027x}", seq=0, workspace=self.workspace, order=order, agent=agent,
            plan=plan, created_at=at, metadata=order.metadata,
        )  # fmt: skip

    def _length(self, live: Call) -> timedelta:
        """How long it takes from the dial to the analysis, with the talk told on the way."""
        if live.plan.outcome.connects:
            live.told = tell(live.plan, variables=live.order.variables or {}, placed_at=live.created_at)
        talk = live.told.seconds if live.told else 0.0
        return timedelta(seconds=live.plan.ring_seconds + talk + live.plan.analysis_seconds) + 2 * ON_ITS_WAY

    def _live_through(self, tx: Tx, account_id: str, live: Call) -> None:
        """What the provider told of the call, in the order and at the time at which it did."""
        plan, url = live.plan, self.simulator_url
        self._answer(tx, account_id, compact(stored(live, base_url=url)), live.created_at + ON_ITS_WAY)
        at = live.created_at + timedelta(seconds=plan.ring_seconds)
        if plan.outcome.connects and live.told is not None:
            live.started_at, live.status = at, "ongoing"
            self._event(tx, account_id, "call_started", basic(live), at)
            live.seconds = live.told.seconds
            at += timedelta(seconds=live.seconds)
        live.ended_at, live.status, live.reason = at, status_of(plan), plan.reason
        self._event(tx, account_id, "call_ended", whole(live, base_url=url, analysis=False), at)
        live.analysed_at = at + timedelta(seconds=plan.analysis_seconds)
        self._event(tx, account_id, "call_analyzed", whole(live, base_url=url), live.analysed_at)

    def _answer(self, tx: Tx, account_id: str, raw: bytes, at: datetime) -> None:
        self.clock.at = at
        evidence = Evidence(raw=raw, event=self.rt.providers.read_call(raw))
        letter = calling.letter_of(self.rt, account_id, evidence, source="us", now=at, client_id=self.client.client_id)
        applied = applying.apply(tx, self.rt, account_id=account_id, event=evidence.event, now=at, by="dispatcher")
        inbox.add(tx, replace(letter, state=applied.state, call_id=applied.call_id))

    def _event(self, tx: Tx, account_id: str, name: str, call: dict[str, Any], at: datetime) -> None:
        self.clock.at = at + ON_ITS_WAY
        raw = compact({"event": name, "call": call})
        event = self.rt.providers.read_webhook(raw)
        letter = Letter(
            inbox_id=self.rt.new_id(), account_id=account_id, client_id=self.client.client_id, source="webhook", kind=event.name,
            provider_call_id=event.provider_call_id, token=event.token, sha256=applying.sha256(raw), body=raw,
            received_at=self.clock.at, signed_at=at,
        )  # fmt: skip
        inbox.add(tx, folding.fold_in(tx, self.rt, letter, event))


async def past_of(
    rt: Runtime, clock: PastClock, client: Client, *, key: str, settings: WorkspaceSettings, simulator_url: str, now: datetime
) -> Past:
    """Gives the past of a client, nothing lived through yet."""
    then = replace(rt, clock=clock, kept={})
    return Past(
        rt=then, clock=clock, client=client, settings=settings, simulator_url=simulator_url, now=now,
        workspace=Workspace(key=key, settings=settings, switches=Switches()),
        provider=await keys.providers_for(then, client.account_id or ""), chance=Random(f"past of {client.name}"),
    )  # fmt: skip
