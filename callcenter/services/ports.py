"""What services expect of the parts around them, as Protocols; adapters make them real, tests script them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from callcenter.domain.call import CallEvent
from callcenter.domain.notice import Notice
from callcenter.domain.their_clock import TheirClock


class Clock(Protocol):
    """Time, passed in. `now` is aware UTC; `boot` counts seconds and goes on while the machine sleeps."""

    def now(self) -> datetime: ...
    def boot(self) -> float: ...
    async def sleep(self, seconds: float) -> None: ...


class Rng(Protocol):
    """Chance, passed in."""

    def random(self) -> float: ...
    def getrandbits(self, k: int, /) -> int: ...
    def uniform(self, a: float, b: float) -> float: ...


class Bus(Protocol):
    """Carries notices to whoever listens, in this process or in all. Losing one costs latency, never data."""

    def publish(self, notices: Sequence[Notice]) -> None:
        """Sends without waiting; callable from any thread; never raises."""
        ...

    def listen(self) -> AsyncIterator[Notice]:
        """Yields notices from this call on (not from the first step), until the bus stops.

        Equal notices that wait are one. Who falls far behind, or whose bus lost some, gets `notice.EVERYTHING`.
        """
        ...

    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def is_up(self) -> bool: ...


class Vault(Protocol):
    """Seals and opens stored keys. `purpose` is bound in: a value opens only for the purpose it was sealed for."""

    def seal(self, secret: str, *, purpose: str) -> str: ...
    def open(self, sealed: str, *, purpose: str) -> str: ...
    def fingerprint(self, secret: str) -> str: ...
    def is_current(self, sealed: str) -> bool:
        """False when it was sealed with an older key: open it and seal it again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCall:
    """What we ask the provider for: one call. `metadata` carries our token, call id and install id."""

    token: str
    from_number: str
    to_number: str
    agent_id: str | None
    variables: Mapping[str, str]
    metadata: Mapping[str, str]
    ring_ms: int = 30_000
    webhook_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A provider's body about one call: the raw bytes to keep, and the event read from it."""

    raw: bytes
    event: CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPage:
    """One page of listed calls, newest first. `cursor` None: there is nothing more to read. Items carry no transcript.

    Only a page with `is_complete` proves absence: otherwise an item could not be read, or the provider said that there
    is more and did not say how to get it.
    """

    items: tuple[Evidence, ...]
    cursor: str | None
    is_complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Concurrency:
    """How many calls the workspace has and may have; `limit` is before the inbound reserve, and never the burst one."""

    current: int
    limit: int
    reserved_inbound: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentInfo:
    """One voice agent at the provider."""

    agent_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberInfo:
    """One from-number at the provider, E.164; `agent_id` is the outbound agent bound to it, if any."""

    number: str
    nickname: str
    agent_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """Whose key it is."""

    org_id: str | None
    org_name: str


class Provider(Protocol):
    """The calling API behind one key. Each method raises Refused, Unreachable or Uncertain as the domain means them."""

    def body_of(self, request: CreateCall) -> bytes:
        """Gives the exact bytes that `create_call` sends, for the hash that is stored before they are sent."""
        ...

    async def create_call(self, request: CreateCall, *, guard: Callable[[], bool] | None = None) -> Evidence:
        """Sends once. `guard` is asked once connected, just before the first byte; False makes it Unreachable.

        A cancelled task raises CancelledError as ever: whether the call was placed is then unknown, as with Uncertain.
        """
        ...

    async def get_call(self, provider_call_id: str) -> Evidence: ...
    async def list_calls(
        self,
        *,
        token: str | None = None,
        since: datetime | None = None,
        to_number: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> ListedPage: ...
    async def stop_call(self, provider_call_id: str) -> None: ...
    async def concurrency(self) -> Concurrency: ...
    async def agents(self) -> tuple[AgentInfo, ...]: ...
    async def numbers(self) -> tuple[NumberInfo, ...]: ...
    async def key_info(self) -> KeyInfo: ...
    async def recording(self, url: str, *, byte_range: str | None = None) -> "Recording":
        """Opens a recording; `byte_range` is a Range header's value. Invalid: an address that we do not fetch from."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording as the provider streams it: HTTP status (200 or 206), the headers worth passing on, the bytes.

    Whoever opens one reads `body` to its end or closes it; else its connection stays taken.
    """

    status: int
    headers: Mapping[str, str]
    body: AsyncGenerator[bytes, None]


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """One step of a signature check, for the person who wonders why it failed."""

    step: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A signature's verdict. `key_index` is the key that made it; `ok` without `is_fresh` means authentic but stale."""

    ok: bool
    is_fresh: bool = False
    key_index: int = -1
    signed_at: datetime | None = None
    steps: tuple[SignatureCheck, ...] = ()


class Providers(Protocol):
    """Makes a Provider for a key, and reads what providers send us."""

    def open(self, *, api_key: str, is_simulated: bool) -> Provider:
        """Gives the provider behind a key, cheaply. Invalid: it cannot be a key. Unreachable: no simulator is set."""
        ...

    def verify(self, raw: bytes, header: str | None, *, keys: Sequence[str], now: datetime) -> Verified: ...
    def read_webhook(self, raw: bytes) -> CallEvent:
        """Gives the event of an authentic body; raises Invalid when it cannot be read (poison)."""
        ...

    def test_event(self, test_id: str) -> bytes:
        """Gives the body of a webhook that is about no call and changes nothing."""
        ...

    async def post_event(self, url: str, raw: bytes, *, api_key: str, now: datetime) -> int:
        """Posts a webhook as the provider would, signed with a key at `now`: once, in five seconds, and no further than `url`.

        Gives the HTTP status; of the answer nothing else is read. Unreachable: it surely did not arrive; Uncertain: it may
        have. Both say why in a sentence.
        """
        ...

    def read_call(self, raw: bytes) -> CallEvent:
        """Gives the snapshot event of a stored get-call or list-calls item; raises Invalid."""
        ...

    def their_clock(self, *, is_simulated: bool) -> TheirClock | None:
        """Gives what the provider's clock said in its last answer to this process, whatever the answer was; None before."""
        ...

    async def close(self) -> None: ...


@dataclass(slots=True)
class Wakeup:
    """A flag that a loop waits on: set it and the loop looks at once instead of at its next tick."""

    event: asyncio.Event

    def __call__(self) -> None:
        self.event.set()


#: How long a hub or loop may rest without a notice before it looks at the database again.
POLL = timedelta(seconds=2)

JsonObject = Mapping[str, Any]
