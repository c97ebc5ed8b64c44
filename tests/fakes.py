"""Parts of a runtime that a test holds in its hands: a clock it turns, a provider it scripts, a bus that remembers."""

import asyncio
import base64
import hashlib
import hmac
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from callcenter.domain.call import CallEvent, EventKind, Phase, Turn
from callcenter.domain.errors import Invalid, Refused, Unreachable
from callcenter.domain.notice import Notice
from callcenter.domain.their_clock import TheirClock
from callcenter.services.ports import (
    AgentInfo,
    Concurrency,
    CreateCall,
    Evidence,
    KeyInfo,
    ListedPage,
    NumberInfo,
    Recording,
    SignatureCheck,
    Verified,
)

#: A Monday, 11:00 in New York and 08:00 in Los Angeles.
START = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)

#: Keys a test may use; they are made up and open nothing.
KEY = "key_made_up_for_tests_0001"
OTHER_KEY = "key_made_up_for_tests_0002"


#: What FakeClock's boot clock says at START.
BOOT = 1_000.0


class FakeClock:
    """Stands still until a test turns it; whoever sleeps wakes when the hands have passed."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._start = start
        self._sleepers: list[tuple[datetime, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def boot(self) -> float:
        return BOOT + (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._now + timedelta(seconds=seconds), waiting))
        await waiting

    def turn(self, by: timedelta | float) -> datetime:
        """Turns the hands forward by a duration or by seconds, wakes the sleepers, gives the new now."""
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)
        for due, waiting in list(self._sleepers):
            if due <= self._now:
                self._sleepers.remove((due, waiting))
                if not waiting.done():
                    waiting.get_loop().call_soon_threadsafe(_wake, waiting)
        return self._now

    def jump(self, by: timedelta) -> None:
        """Sets the wall clock, as a person does: no time has passed, and the boot clock knows."""
        self._now, self._start = self._now + by, self._start + by

    def set(self, instant: datetime) -> datetime:
        """Sets the hands forward to an instant."""
        return self.turn(instant - self._now)


def _wake(waiting: "asyncio.Future[None]") -> None:
    if not waiting.done():
        waiting.set_result(None)


class FakeBus:
    """Remembers every notice, and hands it to whoever listens."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.up = True
        self._listeners: list[tuple[asyncio.AbstractEventLoop, asyncio.Queue[Notice]]] = []

    def publish(self, notices: Sequence[Notice]) -> None:
        self.notices.extend(notices)
        for loop, queue in list(self._listeners):
            for notice in notices:
                loop.call_soon_threadsafe(queue.put_nowait, notice)

    async def listen(self) -> AsyncIterator[Notice]:
        mine = (asyncio.get_running_loop(), asyncio.Queue[Notice]())
        self._listeners.append(mine)
        try:
            while True:
                yield await mine[1].get()
        finally:
            self._listeners.remove(mine)

    async def start(self) -> None:
        self.up = True

    async def stop(self) -> None:
        self.up = False

    async def is_up(self) -> bool:
        return self.up

    def topics(self) -> set[str]:
        """Gives the topics announced so far."""
        return {notice.topic for notice in self.notices}

    def said(self, topic: str, id: str = "") -> bool:
        """True if something with this topic (and id, if given) was announced."""
        return any(notice.topic == topic and id in ("", notice.id) for notice in self.notices)


class FakeVault:
    """Seals without secrecy, yet as strictly as the real one: the wrong purpose or a changed value does not open."""

    def __init__(self) -> None:
        self.kind = "fake"  # a test that rotates secrets gives it another

    def seal(self, secret: str, *, purpose: str) -> str:
        mark = hashlib.sha256(f"{purpose}\0{secret}".encode()).hexdigest()[:16]
        return f"{self.kind}.{mark}.{base64.urlsafe_b64encode(secret.encode()).decode()}"

    def open(self, sealed: str, *, purpose: str) -> str:
        kind, _, rest = sealed.partition(".")
        mark, _, body = rest.partition(".")
        try:
            secret = base64.urlsafe_b64decode(body).decode()
        except ValueError:
            secret = ""
        mine = self.seal(secret, purpose=purpose).partition(".")[2]
        if not kind.startswith("fake") or mine != rest or not mark:
            raise Invalid("This was not sealed here, or for something else.")
        return secret

    def is_current(self, sealed: str) -> bool:
        return sealed.startswith(f"{self.kind}.")

    def fingerprint(self, secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()


@dataclass
class FakeProvider:
    """One workspace at a provider that does what the test says, and remembers what it was asked.

    `answers` are used up by create_call, oldest first: an exception is raised (its call does not exist), a `Lost` loses
    the answer of a call that does exist; with none left the call is accepted. `trouble` meets every request while set.
    """

    key: str = KEY
    created: list[CreateCall] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    answers: deque[Any] = field(default_factory=deque)
    stop_answers: deque[Exception] = field(default_factory=deque)
    calls: dict[str, CallEvent] = field(default_factory=dict)
    trouble: Exception | None = None
    limit: int = 20
    in_use: int = 0
    reserved_inbound: int = 0
    org_id: str = "org_made_up"
    asked: list[str] = field(default_factory=list)
    known_agents: tuple[AgentInfo, ...] = (AgentInfo(agent_id="agent_recall", name="Recall"),)
    known_numbers: tuple[NumberInfo, ...] = (NumberInfo(number="+14155550100", nickname="Main line", agent_id="agent_recall"),)
    recording_bytes: bytes = b"RIFF made up"

    async def create_call(self, request: CreateCall, *, guard: Callable[[], bool] | None = None) -> Evidence:
        self._meet("create_call")
        if guard is not None and not guard():
            raise Unreachable("The request was held back.")
        self.created.append(request)
        answer = self.answers.popleft() if self.answers else None
        if isinstance(answer, Exception) and not isinstance(answer, Lost):
            raise answer
        evidence = self._accept(request)
        if isinstance(answer, Lost):
            raise answer.error
        return evidence

    def _accept(self, request: CreateCall) -> Evidence:
        for known in self.calls.values():
            if known.token == request.token:
                return Evidence(raw=encode(known), event=known)  # the same key makes no second call
        provider_call_id = f"call_{len(self.calls) + 1:04d}{self.key[-4:]}"
        event = event_of(
            EventKind.REGISTERED,
            provider_call_id,
            name="registered",
            token=request.token,
            install_id=request.metadata.get("callcenter_install_id"),
            our_call_id=request.metadata.get("callcenter_call_id"),
            from_number=request.from_number,
            to_number=request.to_number,
            agent_id=request.agent_id,
        )
        self.calls[provider_call_id] = event
        return Evidence(raw=encode(event), event=event)

    async def get_call(self, provider_call_id: str) -> Evidence:
        self._meet("get_call")
        if provider_call_id not in self.calls:
            raise Refused("The provider knows no such call.", status=404)
        event = self.calls[provider_call_id]
        return Evidence(raw=encode(event), event=event)

    async def list_calls(
        self,
        *,
        token: str | None = None,
        since: datetime | None = None,
        to_number: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> ListedPage:
        self._meet("list_calls")
        found = [
            event for event in reversed(self.calls.values())
            if token in (None, event.token) and to_number in (None, event.to_number)
        ]  # fmt: skip
        start = int(cursor or 0)
        page = found[start : start + limit]
        items = tuple(Evidence(raw=encode(event), event=event) for event in page)
        return ListedPage(items=items, cursor=str(start + limit) if len(found) > start + limit else None)

    async def stop_call(self, provider_call_id: str) -> None:
        self._meet("stop_call")
        self.stopped.append(provider_call_id)
        if self.stop_answers:
            raise self.stop_answers.popleft()

    async def concurrency(self) -> Concurrency:
        self._meet("concurrency")
        return Concurrency(current=self.in_use, limit=self.limit, reserved_inbound=self.reserved_inbound)

    async def agents(self) -> tuple[AgentInfo, ...]:
        self._meet("agents")
        return self.known_agents

    async def numbers(self) -> tuple[NumberInfo, ...]:
        self._meet("numbers")
        return self.known_numbers

    async def key_info(self) -> KeyInfo:
        self._meet("key_info")
        return KeyInfo(org_id=self.org_id, org_name="Made-up workspace")

    async def recording(self, url: str, *, byte_range: str | None = None) -> Recording:
        self._meet("recording")
        whole = self.recording_bytes
        if byte_range is None:
            return Recording(status=200, headers={"content-type": "audio/wav"}, body=_chunks(whole))
        first, _, last = byte_range.removeprefix("bytes=").partition("-")
        end = int(last) if last else len(whole) - 1
        headers = {"content-type": "audio/wav", "content-range": f"bytes {first}-{end}/{len(whole)}"}
        return Recording(status=206, headers=headers, body=_chunks(whole[int(first) : end + 1]))

    def tell(self, event: CallEvent) -> CallEvent:
        """Makes what `event` says the state of the call that get_call and list_calls report."""
        known = self.calls.get(event.provider_call_id or "")
        merged = replace(
            event,
            token=event.token or (known.token if known else None),
            to_number=event.to_number or (known.to_number if known else None),
        )
        self.calls[event.provider_call_id or ""] = merged
        return merged

    def _meet(self, what: str) -> None:
        self.asked.append(what)
        if self.trouble is not None:
            raise self.trouble


class Lost(Exception):
    """A scripted answer: the call exists at the provider, yet `error` is what we hear."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


async def _chunks(whole: bytes) -> AsyncIterator[bytes]:
    yield whole


class FakeProviders:
    """Opens one FakeProvider per key; signs as the real provider does, yet reads bodies in a form of its own."""

    def __init__(self) -> None:
        self._opened: dict[str, FakeProvider] = {}
        self.posted: list[tuple[str, bytes, str]] = []
        self.post_answers: int | Exception = 204
        self.closed = False
        self.clock: TheirClock | None = TheirClock(START, BOOT)  # it has answered, and agrees with FakeClock

    def their_clock(self, *, is_simulated: bool) -> TheirClock | None:
        return self.clock

    def of(self, api_key: str = KEY) -> FakeProvider:
        """Gives the provider behind a key, for scripting."""
        return self._opened.setdefault(api_key, FakeProvider(key=api_key))

    def open(self, *, api_key: str, is_simulated: bool) -> FakeProvider:
        return self.of(api_key)

    def sign(self, raw: bytes, *, at: datetime, key: str = KEY) -> str:
        """Gives the signature header a provider would send."""
        millis = str(int(at.timestamp() * 1000))
        return f"v={millis},d={hmac.new(key.encode(), raw + millis.encode(), hashlib.sha256).hexdigest()}"

    def verify(self, raw: bytes, header: str | None, *, keys: Sequence[str], now: datetime) -> Verified:
        for index, key in enumerate(keys):
            millis = (header or "v=0,").split(",")[0].removeprefix("v=")
            at = datetime.fromtimestamp(int(millis) / 1000, UTC) if millis.isdigit() and len(millis) < 15 else now
            if header is not None and hmac.compare_digest(self.sign(raw, at=at, key=key), header):
                is_fresh = abs(now - at) <= timedelta(minutes=5)
                return Verified(ok=True, is_fresh=is_fresh, key_index=index, signed_at=at)
        return Verified(ok=False, steps=(SignatureCheck(step="digest", ok=False, detail="No key made this signature."),))

    def read_webhook(self, raw: bytes) -> CallEvent:
        return decode(raw)

    def test_event(self, test_id: str) -> bytes:
        return encode(event_of(EventKind.OTHER, None, name="test_event", values={"test_id": test_id}))

    async def post_event(self, url: str, raw: bytes, *, api_key: str, now: datetime) -> int:
        self.posted.append((url, raw, self.sign(raw, at=now, key=api_key)))
        if isinstance(self.post_answers, Exception):
            raise self.post_answers
        return self.post_answers

    def read_call(self, raw: bytes) -> CallEvent:
        return decode(raw)

    async def close(self) -> None:
        self.closed = True


def event_of(kind: EventKind, provider_call_id: str | None, *, values: Mapping[str, Any] | None = None, **more: Any) -> CallEvent:
    """Gives an event whose digest and phase follow from the rest, unless given."""
    told = dict(values or {})
    facts: dict[str, Any] = {
        "kind": kind, "name": kind.value, "provider_call_id": provider_call_id, "phase": PHASES.get(kind, Phase.NONE),
        "progress": 0, "values": told, "started_seen": kind in STARTED,
    } | more  # fmt: skip
    content = json.dumps(facts, default=str, sort_keys=True)
    return CallEvent(**{"digest": hashlib.sha256(content.encode()).hexdigest()} | facts)


PHASES = {
    EventKind.REGISTERED: Phase.REGISTERED,
    EventKind.RINGING: Phase.RINGING,
    EventKind.STARTED: Phase.STARTED,
    EventKind.TRANSCRIPT: Phase.TALKING,
    EventKind.ONGOING: Phase.TALKING,
    EventKind.TRANSFER: Phase.TALKING,
    EventKind.ENDED: Phase.ENDED,
    EventKind.ANALYSED: Phase.ANALYSED,
    EventKind.SNAPSHOT: Phase.ANALYSED,
    EventKind.ERASURE: Phase.ERASED,
}
STARTED = frozenset({EventKind.STARTED, EventKind.TRANSCRIPT, EventKind.ONGOING, EventKind.TRANSFER})


def encode(event: CallEvent) -> bytes:
    """Gives the body a made-up provider sends for an event; `decode` reads it back."""
    return json.dumps(asdict(event), default=_plain, sort_keys=True).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"instant": value.isoformat()}
    raise TypeError(f"{type(value).__name__} has no place in an event")


def decode(raw: bytes) -> CallEvent:
    """Reads what `encode` wrote; anything else is poison."""
    try:
        facts = json.loads(raw, object_hook=_instant)
        facts["kind"], facts["phase"] = EventKind(facts["kind"]), Phase(facts["phase"])
        if "turns" in facts["values"]:
            facts["values"]["turns"] = tuple(Turn(*turn) for turn in facts["values"]["turns"])
        return CallEvent(**facts)
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"The body cannot be read: {error}") from error


def _instant(found: dict[str, Any]) -> Any:
    return datetime.fromisoformat(found["instant"]) if set(found) == {"instant"} else found


def rng(seed: int = 7) -> random.Random:
    """Gives chance that is the same in every run."""
    return random.Random(seed)
