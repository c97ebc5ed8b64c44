"""One transaction that spends free places on waiting calls: judge, plan, arm. Nothing is sent here.

What it commits is the promise everything else rests on: before a single byte leaves for the provider, the dial with its token is
durable, in state `sending`, and its place and number are taken. A crash at any later point finds it there.

Nobody starves. Of an account with `limit` places and n clients with waiting calls, a client below its share (limit / n, at most
its own cap) gets one of the next n freed places: no other client gets two of them before it. Inside a client a call of higher
priority takes the client's next place, however many wait before it. Calls that may not be made now cost nobody a place: they
are put off, some of each client in one plan, so that the other clients get theirs in the same plan.
"""

import hashlib
import json
from collections import Counter, deque
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta

from callcenter.domain.call import Call, Told
from callcenter.domain.client import Client
from callcenter.domain.deriving import derive
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.eligibility import Judgement, judge
from callcenter.domain.hours import zone_info
from callcenter.domain.pacing import Queue, Share, next_client, next_head
from callcenter.domain.rules import RULES_VERSION
from callcenter.services import gathering, watching_clocks
from callcenter.services.gathering import Gathered
from callcenter.services.ports import CreateCall
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls, dials, slots
from callcenter.store.database import Tx

#: So many calls of a batch are read at a time: as many as there are places and a few more, since some will be found unfit.
SPARE = 4
#: One transaction arms and puts off no more than this, for others wait to write and what is armed waits to be sent.
MOST_ARMED = 20
#: Of one client, so that one whose calls may all not be made now does not keep the others from theirs; and of all.
MOST_UNFIT = 100
MOST_UNFIT_OF_ALL = 400
#: A waiting call is judged again after this long at the latest, whatever it was told to wait for.
LATEST_LOOK = timedelta(hours=1)
#: And after this long when nobody can say what it waits for.
UNDATED_LOOK = timedelta(minutes=5)
RING_MS = 30_000
#: Rules about one call or its number; when only others block, the call keeps its turn.
_OF_THE_CALL = frozenset({"may_be_called", "hours", "due"})
#: Rules that stop every call of a client, and of a batch, alike.
_OF_THE_BATCH = frozenset({"batch_running", "batch_cap"})


@dataclass(frozen=True, slots=True)
class Armed:
    """A dial that is committed and may be sent now: what to ask the provider for, and when arming began by the boot clock."""

    dial: Dial
    request: CreateCall
    boot_at: float


@dataclass(slots=True)
class Plan:
    """What one planning transaction did. `look_on`: it stopped before it was through; `next_at`: when the pace allows more."""

    armed: list[Armed] = field(default_factory=list[Armed])
    look_on: bool = False
    next_at: datetime | None = None
    lost_lease: bool = False


def plan(tx: Tx, rt: Runtime, account_id: str, *, epoch: int, now: datetime, boot_at: float) -> Plan:
    """Plans and arms as many dials of one account as places, pace and rules allow.

    Does nothing when this process no longer holds the account's lease under `epoch`, and nothing before the provider has
    answered it once: a machine may start with a wrong clock.
    """
    slots.lock(tx, account_id)
    if not slots.holds(tx, account_id, rt.name, epoch, now=now):
        return Plan(lost_lease=True)
    gathered = gathering.account(tx, account_id, now=now)
    if not watching_clocks.has_heard(rt, gathered.account):
        rt.wake_reconciler.set()  # which asks at once, and wakes us when it was answered
        return Plan()
    gathered.account = watching_clocks.noted(tx, rt, gathered.account, now=now, boot=boot_at)
    if gathered.room == 0 or gathered.installation.calling_paused_at is not None or _is_stopped(gathered):
        return Plan()
    return _Planner(tx, rt, gathered, epoch, boot_at).run()


def _is_stopped(gathered: Gathered) -> bool:
    account = gathered.account
    return account.paused_at is not None or account.breaker_until is not None or account.clock_ahead_s is not None


class _Planner:
    """The state of one planning transaction: queues of waiting calls by client and batch, and what was decided so far."""

    def __init__(self, tx: Tx, rt: Runtime, gathered: Gathered, epoch: int, boot_at: float) -> None:
        self.tx, self.rt, self.gathered, self.epoch, self.boot_at = tx, rt, gathered, epoch, boot_at
        self.queues: dict[str, dict[str | None, deque[Call]]] = {}
        self.full_pages: set[tuple[str, str | None]] = set()
        self.later: dict[str, datetime] = {}
        self.unfit: Counter[str] = Counter()
        self.written = 0
        self.result = Plan()

    def run(self) -> Plan:
        """Takes one call after another by the rules of fairness until places, pace or calls run out."""
        self._load()
        while self.gathered.room and self.queues:
            if (free_at := self.gathered.pace_free_at) is not None:
                self.result.next_at = free_at
                break
            client_id = next_client(self._shares(), limit=self.gathered.limit)
            if client_id is None:
                break
            if len(self.result.armed) >= MOST_ARMED or self.unfit.total() >= MOST_UNFIT_OF_ALL:
                self.result.look_on = True
                break
            self._take_from(client_id)
        self._write()
        ends = [*self.gathered.resting().values(), *([self.result.next_at] if self.result.next_at else [])]
        self.result.next_at = min(ends, default=None)
        return self.result

    def _write(self) -> None:
        """Writes down what was decided so far; what is read afterwards is true again."""
        calls.look_later(self.tx, self.later)
        self.later = {}
        dials.add(self.tx, *(armed.dial for armed in self.result.armed[self.written :]))
        self.written = len(self.result.armed)

    def _load(self) -> None:
        g = self.gathered
        able = {
            c.client_id: min(g.room, c.max_concurrent - g.used.by_client.get(c.client_id, 0))
            for c in g.clients.values()
            if c.is_active and c.paused_at is None
        }
        able = {client_id: room for client_id, room in able.items() if room > 0}
        running = gathering.batches_of(self.tx, g, able)
        for client_id, room in able.items():
            for batch_id in (None, *(b.batch_id for b in running.get(client_id, ()))):
                if found := self._page(client_id, batch_id, room=room):
                    self.queues.setdefault(client_id, {})[batch_id] = deque(found)
        everyone = [call for by_batch in self.queues.values() for queue in by_batch.values() for call in queue]
        gathering.know(self.tx, g, everyone)

    def _page(self, client_id: str, batch_id: str | None, *, room: int) -> list[Call]:
        limit = min(room, MOST_ARMED) + SPARE
        resting, from_number = list(self.gathered.resting()), self.gathered.clients[client_id].from_number
        found = calls.waiting(
            self.tx, client_id, batch_id, now=self.gathered.now, limit=limit, resting=resting, from_number=from_number
        )  # fmt: skip
        self.full_pages.discard((client_id, batch_id))
        if len(found) == limit:
            self.full_pages.add((client_id, batch_id))
        return found

    def _shares(self) -> list[Share]:
        g = self.gathered
        return [
            Share(
                client_id,
                g.used.by_client.get(client_id, 0),
                g.clients[client_id].max_concurrent,
                g.last_dialled[client_id],
            )
            for client_id in self.queues
        ]

    def _take_from(self, client_id: str) -> None:
        """Finds the next fit call of a client and arms it, or finds that the client has none and drops it."""
        while by_batch := self.queues.get(client_id):
            if self.unfit[client_id] >= MOST_UNFIT:
                self.result.look_on = True
                del self.queues[client_id]
                return
            heads = [
                Queue(batch_id, self._batch_used(client_id, batch_id), q[0].priority, q[0].scheduled_at, q[0].call_id)
                for batch_id, q in by_batch.items()
            ]
            head = next_head(heads)
            call = by_batch[head.batch_id][0]
            judgement = judge(self.gathered.ask(call))
            if judgement.may_dial:
                self._arm(call)
                self._pop(client_id, head.batch_id)
                return
            self._pass_over(call, judgement)

    def _pass_over(self, call: Call, judgement: Judgement) -> None:
        """Leaves out what the same rules stop: this call, those of its batch, or all of its client."""
        client_id = call.client_id or ""
        blocking = {r.rule for r in judgement.rules if not r.ok}
        if blocking & _OF_THE_CALL:
            self.unfit[client_id] += 1
            self.later[call.call_id] = self._when(judgement)
            self._pop(client_id, call.batch_id)
        elif blocking == {"pace"}:  # of its number, for the account's would have ended this plan; the next page leaves it out
            self._pop(client_id, call.batch_id)
        elif blocking <= _OF_THE_BATCH | {"pace"}:
            self._drop(client_id, call.batch_id)
        else:
            del self.queues[client_id]

    def _batch_used(self, client_id: str, batch_id: str | None) -> int:
        used = self.gathered.used
        if batch_id is not None:
            return used.by_batch.get(batch_id, 0)
        # single calls count as one batch: what the client uses outside its batches
        mine = sum(used.by_batch.get(b.batch_id, 0) for b in self.gathered.batches.values() if b.client_id == client_id)
        return max(0, used.by_client.get(client_id, 0) - mine)

    def _pop(self, client_id: str, batch_id: str | None) -> None:
        queue = self.queues[client_id][batch_id]
        queue.popleft()
        if not queue and (client_id, batch_id) in self.full_pages and self.gathered.room:
            self._write()
            queue.extend(self._page(client_id, batch_id, room=self.gathered.room))
            gathering.know(self.tx, self.gathered, queue)
        if not queue:
            self._drop(client_id, batch_id)

    def _drop(self, client_id: str, batch_id: str | None) -> None:
        del self.queues[client_id][batch_id]
        if not self.queues[client_id]:
            del self.queues[client_id]

    def _when(self, judgement: Judgement) -> datetime:
        now = self.gathered.now
        at = judgement.earliest_at
        if at is None or at <= now:
            return now + UNDATED_LOOK
        return min(at, now + LATEST_LOOK)

    def _arm(self, call: Call) -> None:
        g = self.gathered
        client = g.clients[call.client_id or ""]
        ask = g.ask(call)
        earlier = dials.of_call(self.tx, call.call_id)
        dial, request = dial_and_request(
            self.rt, call, client, g, epoch=self.epoch, seq=len(earlier) + 1, zone=(ask.zones or ("",))[0]
        )
        planned = replace(
            call,
            account_id=g.account.account_id,
            from_number=dial.from_number,
            agent_id=dial.agent_id,
            not_before_at=None,
            told=Told(),
        )
        planned = replace(planned, derived=derive(planned, [*earlier, dial]))
        calls.save(self.tx, call, planned, now=g.now, by="dispatcher")
        if call.batch_id:
            batches.first_dial(self.tx, call.batch_id, now=g.now)
        self.result.armed.append(Armed(dial, request, self.boot_at))
        g.took(call)


def dial_and_request(
    rt: Runtime, call: Call, client: Client, g: Gathered, *, epoch: int, seq: int, zone: str
) -> tuple[Dial, CreateCall]:
    """Gives the dial of a call, with a token of its own, and what the provider is asked for; `zone` is the one judged by."""
    from_number = call.from_number or client.from_number or ""
    info = zone_info(zone) if zone else None
    dial = Dial(
        dial_id=rt.new_id(),
        call_id=call.call_id,
        client_id=client.client_id,
        account_id=g.account.account_id,
        batch_id=call.batch_id,
        number=call.to_number,
        seq=seq,
        token=rt.new_secret(128),
        state=DialState.SENDING,
        epoch=epoch,
        planned_at=g.turn,
        sent_at=g.now,
        agent_id=call.agent_id or client.agent_id,
        from_number=from_number,
        variables_sent=call.variables,
        ring_ms=RING_MS,
        rules_version=RULES_VERSION,
        zone_used=zone,
        local_time=g.now.astimezone(info).strftime("%Y-%m-%d %H:%M") if info else "",
    )
    request = request_of(rt, dial, install_id=g.installation.install_id, hook_id=client.hook_id)
    return replace(dial, body_hash=hash_of(request)), request


def request_of(rt: Runtime, dial: Dial, *, install_id: str, hook_id: str) -> CreateCall:
    """Gives what the provider is asked for by a dial: the same for the same dial, however often it is made."""
    return CreateCall(
        token=dial.token,
        from_number=dial.from_number,
        to_number=dial.number,
        agent_id=dial.agent_id,
        variables=dial.variables_sent,
        metadata={
            "callcenter_token": dial.token,
            "callcenter_call_id": dial.call_id,
            "callcenter_install_id": install_id,
        },
        ring_ms=dial.ring_ms,
        webhook_url=webhook_url(rt, hook_id),
    )


def hash_of(request: CreateCall) -> str:
    """Gives a digest of a request that does not depend on the order in which a database keeps its variables."""
    content = {each.name: getattr(request, each.name) for each in fields(request)} | {"variables": dict(request.variables)}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def webhook_url(rt: Runtime, hook_id: str) -> str | None:
    """Gives the address Retell is told to send a client's events to; None when nobody outside can reach us."""
    base = rt.settings.public_url
    return f"{base.rstrip('/')}/api/calls/webhook/retell/{hook_id}" if base else None
