"""Delivers webhooks: signed, in order but without waiting for the unlucky ones, tried again, and with faults on demand."""

import asyncio
import ipaddress
import json
import re
from collections import deque
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from callcenter.simulator.call import Call
from callcenter.simulator.config import Clock, Switches
from callcenter.simulator.faults import FaultDesk
from callcenter.simulator.sender import Sender
from callcenter.simulator.signing import compact, milliseconds, sign

LOG_KEPT = 50_000
PATIENCE = 1.0  # seconds that the next event of a call waits for the first try of the one before


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One webhook to deliver."""

    event: str
    call_id: str
    url: str
    key: str
    body: bytes
    timeout: float = 10.0
    age: timedelta = field(default_factory=timedelta)  # how old its signature shall look


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One attempt to deliver, for the log. `status` is a number, or why there is none."""

    at: str
    event: str
    call_id: str
    url: str
    attempt: int
    status: int | str
    fault: str | None


class Courier:
    """Sends what is published. Only loopback and the host of the configured URL are ever contacted."""

    def __init__(self, *, clock: Clock, desk: FaultDesk, default_url: str | None) -> None:
        self.clock = clock
        self.desk = desk
        self.default_url = default_url
        self.sender = Sender()
        self.log: deque[Delivery] = deque(maxlen=LOG_KEPT)
        self.tasks: set[asyncio.Task[None]] = set()
        self.tried: dict[str, asyncio.Event] = {}  # by call: the first try of its newest event is over
        self.held: dict[str, list[asyncio.Event]] = {}  # by call: events that wait for the next one to pass

    def publish(self, call: Call, event: str, body: Mapping[str, Any]) -> None:
        """Sends an event of a call, if its agent asks for such events and there is somewhere to send it."""
        url = call.order.override.webhook_url or self.default_url
        if event not in call.order.override.webhook_events or url is None:
            return
        letter = Letter(
            event=event,
            call_id=call.call_id,
            url=filled(url, call.variables),
            key=call.workspace.key,
            body=compact({"event": event, **body}),
            timeout=call.order.override.webhook_timeout,
        )
        self.send(letter, call.workspace.switches)

    def send(self, letter: Letter, switches: Switches) -> None:
        """Takes a letter; it goes out after the first try of the same call's letter before it."""
        if not self.may_contact(letter.url):
            self.note(letter, attempt=0, status="refused: neither loopback nor the host of the webhook URL")
            return
        before, mine = self.tried.get(letter.call_id), asyncio.Event()
        self.tried[letter.call_id] = mine
        self.start(self.carry(letter, switches, before=before, mine=mine))

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs something beside, and remembers it until it is done."""
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def carry(self, letter: Letter, switches: Switches, *, before: asyncio.Event | None, mine: asyncio.Event) -> None:
        """One letter from its turn in the order to its last attempt, with whatever faults befall it."""
        await patiently(before, PATIENCE)
        chances = self.desk.plan.webhooks
        try:
            if self.desk.strikes(chances.lose):
                self.note(letter, attempt=0, status="lost", fault="lose")
                return
            if self.desk.strikes(chances.forge):
                await self.attempt(forged(letter), 0, fault="forge")
            if self.desk.strikes(chances.delay):
                mine.set()
                await self.clock.sleep(chances.delay_seconds)
            if self.desk.strikes(chances.reorder):
                mine.set()
                await patiently(self.hold(letter.call_id), chances.delay_seconds)
            await self.try_until_taken(letter, switches, mine=mine)
            if self.desk.strikes(chances.double):
                await self.attempt(letter, 1, fault="double")
        finally:
            mine.set()
            self.release(letter.call_id)
            if self.tried.get(letter.call_id) is mine:
                del self.tried[letter.call_id]

    async def try_until_taken(self, letter: Letter, switches: Switches, *, mine: asyncio.Event) -> None:
        """Attempts with the spacing of the switches, until a 2xx or the last one."""
        attempts = max(1, switches.webhook_retries + (0 if switches.retries_include_first else 1))
        signed = self.headers(letter)
        for attempt in range(1, attempts + 1):
            if switches.signature_on_retry == "fresh":
                signed = self.headers(letter)
            status = await self.attempt(letter, attempt, headers=signed)
            mine.set()
            if isinstance(status, int) and not is_worth_another(status, switches):
                return
            if attempt < attempts:
                spacing = switches.webhook_spacing_seconds
                await self.clock.sleep(spacing[min(attempt, len(spacing)) - 1] if spacing else 0.0)

    async def attempt(
        self, letter: Letter, number: int, *, headers: Mapping[str, str] | None = None, fault: str | None = None
    ) -> int | str:
        """One POST. Gives the status, or why there was none."""
        try:
            status: int | str = await self.sender.post(
                letter.url, letter.body, headers=headers or self.headers(letter), timeout=letter.timeout
            )
        except TimeoutError:
            status = "timeout"
        except (OSError, EOFError, ValueError) as problem:
            status = f"no answer: {type(problem).__name__}"
        self.note(letter, attempt=number, status=status, fault=fault)
        return status

    def headers(self, letter: Letter) -> dict[str, str]:
        """Signed at this moment, or as long ago as the letter pretends."""
        at_ms = milliseconds(self.clock.now() - letter.age)
        return {
            "Content-Type": "application/json",
            "User-Agent": "Retell-Simulator/1",
            "X-Retell-Signature": sign(letter.body, key=letter.key, at_ms=at_ms),
        }

    def hold(self, call_id: str) -> asyncio.Event:
        """An event that is set once the next letter of this call has gone out."""
        released = asyncio.Event()
        self.held.setdefault(call_id, []).append(released)
        return released

    def release(self, call_id: str) -> None:
        """Lets go what waited for a letter of this call to pass."""
        for released in self.held.pop(call_id, []):
            released.set()

    def may_contact(self, url: str) -> bool:
        """Whether a webhook may go there."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return False
        own = urlsplit(self.default_url).hostname if self.default_url else None
        return parts.hostname == own or is_loopback(parts.hostname)

    def note(self, letter: Letter, *, attempt: int, status: int | str, fault: str | None = None) -> None:
        """Writes an attempt down."""
        at = self.clock.now().isoformat()
        self.log.append(
            Delivery(
                at=at,
                event=letter.event,
                call_id=letter.call_id,
                url=letter.url,
                attempt=attempt,
                status=status,
                fault=fault,
            )
        )

    async def close(self) -> None:
        """Gives up what is still on its way."""
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.sender.close()


async def patiently(event: asyncio.Event | None, seconds: float) -> None:
    """Waits for an event, but not for ever."""
    if event is None or event.is_set():
        return
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def is_worth_another(status: int, switches: Switches) -> bool:
    """Whether an answer means that the provider sends again."""
    return not 200 <= status < 300 and (switches.retries_client_errors or not 400 <= status < 500)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def filled(url: str, variables: Mapping[str, str]) -> str:
    """A URL with its `{{variables}}` in place; unknown ones stay as they are."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: variables.get(found[1], found[0]), url)


def forged(letter: Letter) -> Letter:
    """What somebody without the key would send: a changed body under another key's signature."""
    body: dict[str, Any] = json.loads(letter.body)
    call = {**body.get("call", {}), "call_status": "ended", "disconnection_reason": "agent_hangup", "transcript": "forged"}
    return Letter(
        event=letter.event,
        call_id=letter.call_id,
        url=letter.url,
        key=f"{letter.key}_forged",
        body=compact({**body, "event": "call_ended", "call": call}),
        timeout=letter.timeout,
    )
