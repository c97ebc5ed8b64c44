"""The provider's own truth: the calls that really exist, what it tells of them and when, and every way in which asking fails."""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from callcenter.domain.call import CallEvent, EventKind, Phase, Turn
from callcenter.domain.errors import Refused, Uncertain, Unreachable
from callcenter.domain.their_clock import TheirClock
from callcenter.services.ports import Concurrency, CreateCall, Evidence, ListedPage
from tests.fakes import BOOT, KEY, OTHER_KEY, START, FakeProviders, decode, encode, event_of
from tests.simulation.gates import Gates

Answer = TypeVar("Answer")

S = timedelta(seconds=1)

#: How a request to place a call can go. Those in ARRIVES leave a call behind, `late` does so much later.
OUTCOMES = ("accept", "lost", "late", "unreachable", "garbled", "error", "error_created", *(f"refused {n}" for n in (
    400, 401, 402, 403, 404, 422, 429)))  # fmt: skip
ARRIVES = frozenset({"accept", "lost", "garbled", "error_created"})
#: How a call can go: reason, seconds until somebody picks up (None: nobody), seconds of talk.
LIVES: dict[str, tuple[str, int | None, int]] = {
    "talk": ("user_hangup", 8, 40),
    "chat": ("agent_hangup", 3, 170),
    "nobody": ("dial_no_answer", None, 30),
    "busy": ("dial_busy", None, 4),
    "machine": ("voicemail_reached", 12, 9),
    "opt_out": ("user_requested_dnc", 6, 20),
    "bad": ("invalid_destination", None, 1),
    "line": ("dial_failed", None, 2),
    "fault": ("error_asr", 5, 12),
    "full": ("concurrency_limit_reached", None, 1),
}


@dataclass(slots=True)
class Faults:
    """How likely each thing goes wrong; all zero is a day on which nothing does."""

    create: float = 0.0
    answer_slow: float = 0.0
    ask: float = 0.0
    list_lag: timedelta = timedelta(0)
    is_half: float = 0.0
    webhook_lost: float = 0.0
    webhook_late: float = 0.0
    webhook_twice: float = 0.0
    webhook_stale: float = 0.0
    webhook_forged: float = 0.0
    webhook_poison: float = 0.0
    lies: float = 0.0
    stop: float = 0.0
    store: float = 0.0
    odd_lives: float = 0.0
    stranger: float = 0.0


@dataclass(slots=True)
class TrueCall:
    """One call that exists. `stages` are the instants at which it became ongoing, ended and analysed, if it will."""

    provider_call_id: str
    token: str | None
    client_id: str
    number: str
    request: CreateCall | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime
    analysed_at: datetime
    reason: str

    def is_alive(self, now: datetime) -> bool:
        """Whether it rings or talks at this instant."""
        return self.created_at <= now < self.ended_at


class Stage(Protocol):
    """What the provider needs of the world around it."""

    gates: Gates
    faults: Faults

    def at(self, when: datetime, what: Callable[[], None]) -> None: ...
    def deliver(self, raw: bytes, signature: str, *, hook: str | None, is_real: bool) -> None: ...
    def first_byte(self, request: CreateCall) -> None: ...
    def arrived(self, request: CreateCall) -> None: ...
    def client_of(self, request: CreateCall) -> str: ...
    def say(self, words: str) -> None: ...


@dataclass(slots=True)
class Retell:
    """One workspace. `script` and `lives`, while filled, decide instead of chance; lists come in small pages."""

    stage: Stage
    rng: random.Random
    limit: int = 20
    page_size: int = 3
    calls: dict[str, TrueCall] = field(default_factory=dict[str, TrueCall])
    sent: Counter[str] = field(default_factory=Counter[str])
    script: deque[str] = field(default_factory=deque[str])
    lives: deque[str] = field(default_factory=deque[str])
    answer_after: float = 0.0
    honours_keys: bool = True
    lie_seed: float = 0.0
    stopped: list[str] = field(default_factory=list[str])

    @property
    def now(self) -> datetime:
        return self.stage.gates.now

    def alive(self) -> list[TrueCall]:
        """Gives the calls that ring or talk now."""
        return [call for call in self.calls.values() if call.is_alive(self.now)]

    def with_token(self, token: str) -> TrueCall | None:
        """Gives the call that a request with this token has become."""
        return next((call for call in self.calls.values() if call.token == token), None)

    # -- being asked for a call -----------------------------------------------------------------------------------------

    def next_outcome(self) -> str:
        """Decides how the next request goes."""
        if self.script:
            return self.script.popleft()
        return self.rng.choice(OUTCOMES) if self.rng.random() < self.stage.faults.create else "accept"

    async def place(self, owner: str, request: CreateCall, outcome: str) -> Evidence:
        """Takes a request whose first byte is on the wire."""
        self.sent[request.token] += 1
        self.stage.first_byte(request)
        if outcome == "accept" and len(self.alive()) >= self.limit:
            outcome = self.rng.choice(("refused 429", "accept"))
            if outcome == "accept":
                self.lives.append("full")
        found = self._arrive(request) if outcome in ARRIVES else None
        if outcome == "late":
            late = timedelta(seconds=self.rng.uniform(20, 1500))
            self.stage.at(self.now + late, lambda: self._arrive(request) and None)
        answer = self.evidence(found, self.now) if found else None
        slow = self.answer_after or (self.rng.uniform(1, 100) if self.rng.random() < self.stage.faults.answer_slow else 0)
        await self.stage.gates.wait(owner, f"answer {outcome}", until=self.now + timedelta(seconds=slow))
        if outcome.startswith("refused"):
            status = int(outcome.split()[1])
            wait = timedelta(seconds=7) if status == 429 and self.rng.random() < 0.5 else None
            raise Refused(f"No ({status}).", status=status, words="no", retry_after=wait)
        if outcome in ("error", "error_created"):
            raise Uncertain("An error page.", status=self.rng.choice((408, 409, 500, 502, 503)))
        if answer is None or outcome in ("lost", "garbled"):
            raise Uncertain("The answer was lost.")
        return answer

    def _arrive(self, request: CreateCall) -> TrueCall:
        known = self.with_token(request.token)
        if known is not None and self.honours_keys:
            return known
        self.stage.arrived(request)
        return self._begin(request, self.stage.client_of(request), request.to_number, request.token)

    def stranger(self, number: str) -> None:
        """Something else on the same account places a call."""
        self._begin(None, "", number, None)

    def twin(self, request: CreateCall) -> None:
        """A second copy of our installation places a call, with our mark and a token that is not ours."""
        self._begin(request, "", request.to_number, None)

    def _begin(self, request: CreateCall | None, client_id: str, number: str, token: str | None) -> TrueCall:
        name = self.lives.popleft() if self.lives else "talk"
        if name == "talk" and self.rng.random() < self.stage.faults.odd_lives:
            name = self.rng.choice(tuple(LIVES))
        reason, rings, talks = LIVES[name]
        started = None if rings is None else self.now + rings * S
        ended = (started or self.now) + talks * S
        call = TrueCall(
            f"call_{len(self.calls) + 1:04d}", token, client_id, number, request, self.now, started, ended, ended + 12 * S, reason
        )
        self.calls[call.provider_call_id] = call
        self.stage.say(f"retell: {call.provider_call_id} exists, {name}, to {number[-4:]} token {(token or '-')[:6]}")
        if started:
            self._later(call, started, EventKind.STARTED)
        self._later(call, ended, EventKind.ENDED)
        self._later(call, call.analysed_at, EventKind.ANALYSED)
        return call

    # -- being asked about calls ----------------------------------------------------------------------------------------

    def evidence(self, call: TrueCall, at: datetime) -> Evidence:
        """What get and list say of a call as it was at an instant."""
        event = self._snapshot(call, at)
        return Evidence(raw=encode(event), event=event)

    def trouble(self) -> None:
        """Fails a question now and then."""
        if self.rng.random() < self.stage.faults.ask:
            raise self.rng.choice(
                (Unreachable("away"), Uncertain("stalled"), Refused("no", status=500), Refused("no", status=429))
            )

    def get(self, provider_call_id: str) -> Evidence:
        """One call as it is."""
        self.trouble()
        if provider_call_id not in self.calls:
            raise Refused("There is no such call.", status=404)
        return self.evidence(self.calls[provider_call_id], self.now)

    def listed(self, token: str | None, since: datetime | None, cursor: str | None, limit: int) -> ListedPage:
        """Calls as they were a while ago, newest first, in small pages."""
        self.trouble()
        seen = self.now - self.stage.faults.list_lag
        found = [
            call for call in reversed(self.calls.values())
            if call.created_at <= seen and token in (None, call.token) and (since is None or call.created_at >= since)
        ]  # fmt: skip
        if self._is_lying():
            return ListedPage(items=(), cursor=None)
        start, size = int(cursor or 0), min(limit, self.page_size)
        items = tuple(self.evidence(call, seen) for call in found[start : start + size])
        more = str(start + size) if len(found) > start + size else None
        if self.rng.random() < self.stage.faults.is_half:
            return ListedPage(items=items[:-1], cursor=None, is_complete=False)
        return ListedPage(items=items, cursor=more)

    def _is_lying(self) -> bool:
        """Whether lists claim these minutes that there is nothing at all; never for longer than a sweep looks back."""
        spell = int(self.now.timestamp() // 900)
        return spell % 2 == 0 and random.Random(f"{spell} {self.lie_seed}").random() < self.stage.faults.lies

    def stop(self, provider_call_id: str) -> None:
        """Hangs up, which a call that rings may refuse."""
        self.trouble()
        call = self.calls.get(provider_call_id)
        self.stopped.append(provider_call_id)
        if call is None or not call.is_alive(self.now):
            raise Refused("It is over.", status=422)
        rings = call.started_at is None or call.started_at > self.now
        if rings and self.rng.random() < self.stage.faults.stop:
            raise Refused("It is not connected yet.", status=422)
        self.stage.say(f"retell: {provider_call_id} stopped")
        call.started_at = None if rings else call.started_at
        call.ended_at, call.analysed_at, call.reason = self.now, self.now + 12 * S, "manual_stopped"
        self._later(call, call.ended_at, EventKind.ENDED)
        self._later(call, call.analysed_at, EventKind.ANALYSED)

    # -- telling of its own accord --------------------------------------------------------------------------------------

    def _later(self, call: TrueCall, when: datetime, kind: EventKind) -> None:
        self.stage.at(when, lambda: self._happen(call, when, kind))

    def _happen(self, call: TrueCall, when: datetime, kind: EventKind) -> None:
        planned = {EventKind.STARTED: call.started_at, EventKind.ENDED: call.ended_at, EventKind.ANALYSED: call.analysed_at}
        if planned[kind] != when:
            return  # it was stopped before
        f, raw = self.stage.faults, encode(self._event(call, kind))
        copies = 2 if self.rng.random() < f.webhook_twice else 1
        for _ in range(0 if self.rng.random() < f.webhook_lost else copies):
            late = self.rng.choice((20.0, 200.0, 900.0)) * self.rng.random() if self.rng.random() < f.webhook_late else 0.0
            self.stage.at(self.now + timedelta(seconds=late), lambda: self._post(call, raw))
        if self.rng.random() < f.webhook_poison:
            poison = b'{"poison": "%d"' % self.rng.getrandbits(64)
            self.stage.deliver(poison, FakeProviders().sign(poison, at=self.now, key=KEY), hook=None, is_real=True)
        if self.rng.random() < f.webhook_forged:
            lie = encode(replace(decode(raw), phase=Phase.ERASED, digest="f" * 64))
            self.stage.deliver(lie, FakeProviders().sign(lie, at=self.now, key=OTHER_KEY), hook=None, is_real=False)

    def _post(self, call: TrueCall, raw: bytes) -> None:
        old = timedelta(minutes=10) if self.rng.random() < self.stage.faults.webhook_stale else timedelta(0)
        signature = FakeProviders().sign(raw, at=self.now - old, key=KEY)
        url = call.request.webhook_url if call.request else None
        self.stage.deliver(raw, signature, hook=url.rsplit("/", 1)[-1] if url else None, is_real=True)

    def _event(self, call: TrueCall, kind: EventKind) -> CallEvent:
        return self._made(call, kind, self._values(call, kind))

    def _snapshot(self, call: TrueCall, at: datetime) -> CallEvent:
        if at >= call.ended_at:
            is_analysed = at >= call.analysed_at
            values = self._values(call, EventKind.ANALYSED if is_analysed else EventKind.ENDED)
            phase = Phase.ANALYSED if is_analysed else Phase.ENDED
            return self._made(call, EventKind.SNAPSHOT, values, phase=phase, progress=int(is_analysed))
        if call.started_at is not None and at >= call.started_at:
            return self._made(call, EventKind.ONGOING, self._values(call, EventKind.STARTED))
        return self._made(call, EventKind.REGISTERED, {"provider_status": "registered"})

    def _made(self, call: TrueCall, kind: EventKind, values: dict[str, Any], **more: Any) -> CallEvent:
        metadata = call.request.metadata if call.request else {}
        return event_of(
            kind,
            call.provider_call_id,
            values=values,
            token=call.token or (call.request.token if call.request else None),
            install_id=metadata.get("callcenter_install_id"),
            our_call_id=metadata.get("callcenter_call_id"),
            from_number=call.request.from_number if call.request else "+13105550100",
            to_number=call.number,
            started_seen=call.started_at is not None and kind is not EventKind.REGISTERED,
            **more,
        )

    def _values(self, call: TrueCall, kind: EventKind) -> dict[str, Any]:
        if kind is EventKind.STARTED:
            return {"provider_status": "ongoing", "started_at": call.started_at}
        talked = call.started_at is not None
        values: dict[str, Any] = {
            "provider_status": "ended" if talked else "not_connected",
            "disconnection_reason": call.reason,
            "ended_at": call.ended_at,
        }
        if call.started_at is not None:
            values |= {"started_at": call.started_at, "duration_ms": int((call.ended_at - call.started_at) / S * 1000)}
        if kind is EventKind.ANALYSED and talked:
            spoken = (Turn(role="agent", text="Hello, this is a call."), Turn(role="user", text="Fine, thank you."))
            values |= {"summary": "They spoke.", "call_successful": call.reason == "user_hangup", "cost": 90_000, "turns": spoken}
        return values


class ProcessProviders(FakeProviders):
    """The provider as one process reaches it."""

    def __init__(self, retell: Retell, owner: str) -> None:
        super().__init__()
        self.clock = None
        self._line = _Line(retell, owner, self._hear)

    def _hear(self, clock: TheirClock) -> None:
        self.clock = clock

    def open(self, *, api_key: str, is_simulated: bool) -> Any:
        return self._line


class _Line:
    def __init__(self, retell: Retell, owner: str, hear: Callable[[TheirClock], None]) -> None:
        self._retell, self._owner, self._hear = retell, owner, hear

    async def _ask(self, what: str) -> None:
        await self._retell.stage.gates.wait(self._owner, what)

    def _answered(self, answer: Callable[[], Answer]) -> Answer:
        """Gives the answer, after what every answer says: the time."""
        with self._hearing():
            return answer()

    @contextmanager
    def _hearing(self) -> Iterator[None]:
        """Hears their time if there is an answer, be it a refusal."""
        try:
            yield
        except Refused:
            self._hear(self._their_clock())
            raise
        self._hear(self._their_clock())

    def _their_clock(self) -> TheirClock:
        now = self._retell.now
        return TheirClock(now, BOOT + (now - START).total_seconds())

    def body_of(self, request: CreateCall) -> bytes:
        return repr(request).encode()

    async def create_call(self, request: CreateCall, *, guard: Callable[[], bool] | None = None) -> Evidence:
        await self._ask("connect")
        outcome = self._retell.next_outcome()
        if outcome == "unreachable":
            raise Unreachable("Nobody there.")
        if guard is not None and not guard():
            raise Unreachable("Held back.")
        with self._hearing():
            return await self._retell.place(self._owner, request, outcome)

    async def get_call(self, provider_call_id: str) -> Evidence:
        await self._ask("get")
        found = self._answered(lambda: self._retell.get(provider_call_id))
        await self._ask("got")
        return found

    async def list_calls(
        self,
        *,
        token: str | None = None,
        since: datetime | None = None,
        to_number: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> ListedPage:
        await self._ask("list")
        found = self._answered(lambda: self._retell.listed(token, since, cursor, limit))
        await self._ask("listed")
        return found

    async def stop_call(self, provider_call_id: str) -> None:
        await self._ask("stop")
        self._answered(lambda: self._retell.stop(provider_call_id))

    async def concurrency(self) -> Concurrency:
        await self._ask("limits")
        self._answered(self._retell.trouble)
        return Concurrency(current=len(self._retell.alive()), limit=self._retell.limit, reserved_inbound=0)
