"""A simulator on loopback at a hundredfold speed, and somebody who takes its webhooks."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from retell import AsyncRetell

from callcenter.simulator.config import SimulatorConfig
from callcenter.simulator.server import Simulator

KEY = "key_sheet_example_1"
FROM = "+14155550100"
TO = "+12125550155"


class WallClock:
    """The real clock, as the command line hands it over."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class Post:
    """One webhook as it arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> str:
        return json.loads(self.body)["event"]

    @property
    def call(self) -> dict[str, Any]:
        return json.loads(self.body)["call"]


@dataclass
class Receiver:
    """Takes webhooks and answers what it is told to: statuses in turn, then 204. `None` answers nothing and hangs up."""

    posts: list[Post] = field(default_factory=list)
    answers: list[int | None] = field(default_factory=list)
    url: str = ""
    connections: int = 0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *rest = head.decode().rstrip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in rest)}
                body = await reader.readexactly(int(headers["content-length"]))
                async with self.changed:
                    self.posts.append(Post(first.split(" ")[1], headers, body))
                    self.changed.notify_all()
                status = self.answers.pop(0) if self.answers else 204
                if status is None:
                    break
                writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def until(self, fits: Callable[[list[Post]], Any]) -> list[Post]:
        """Waits until the posts so far fit."""
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: fits(self.posts))
        return list(self.posts)

    async def events(self, *names: str) -> list[Post]:
        """Waits until every one of these events has come."""
        return await self.until(lambda posts: set(names) <= {post.event for post in posts})


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    taker = Receiver()
    server = await asyncio.start_server(taker.take, "127.0.0.1", 0)
    taker.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield taker
    server.close()
    for writer in taker.writers:
        writer.close()
    await asyncio.gather(*(writer.wait_closed() for writer in taker.writers), return_exceptions=True)


Start = Callable[..., Awaitable[Simulator]]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Starts simulators; keywords are those of the configuration, and `on_create`."""
    running: list[Simulator] = []

    async def begin(*, on_create: Any = None, seed: int = 7, **config: Any) -> Simulator:
        full = SimulatorConfig(**{"port": 0, "speed": 100.0, **config})
        simulator = Simulator(full, clock=WallClock(), rng=random.Random(seed), on_create=on_create)
        running.append(simulator)
        await simulator.start()
        return simulator

    yield begin
    for simulator in running:
        await simulator.stop()


@dataclass
class Api:
    """Speaks to a simulator without any client that could smooth things over."""

    simulator: Simulator
    http: httpx.AsyncClient

    async def create(self, *, simulate: Any = None, to: str = TO, webhook: str | None = None, **more: Any) -> httpx.Response:
        body: dict[str, Any] = {"from_number": FROM, "to_number": to, **more}
        if simulate is not None:
            body["metadata"] = {**body.get("metadata", {}), "simulate": simulate}
        if webhook is not None:
            body.setdefault("agent_override", {}).setdefault("agent", {})["webhook_url"] = webhook
        return await self.http.post("/v2/create-phone-call", json=body)

    async def call_id(self, **order: Any) -> str:
        answer = await self.create(**order)
        assert answer.status_code == 201, answer.text
        return answer.json()["call_id"]

    async def get(self, call_id: str) -> dict[str, Any]:
        return (await self.http.get(f"/v2/get-call/{call_id}")).json()

    async def until(self, call_id: str, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Asks until the call fits."""
        async with asyncio.timeout(20):
            while not fits(call := await self.get(call_id)):  # noqa: ASYNC110 - one can only ask
                await asyncio.sleep(0.01)
        return call

    async def analysed(self, call_id: str) -> dict[str, Any]:
        return await self.until(call_id, lambda call: "call_analysis" in call)

    async def ongoing(self, call_id: str) -> dict[str, Any]:
        return await self.until(call_id, lambda call: call["call_status"] == "ongoing")

    async def list(self, **body: Any) -> httpx.Response:
        return await self.http.post("/v3/list-calls", json=body)


Speak = Callable[..., Awaitable[Api]]


@pytest.fixture
async def speak(start: Start) -> AsyncIterator[Speak]:
    """Starts a simulator and gives a way to speak to it; `key` and the configuration as keywords."""
    clients: list[httpx.AsyncClient] = []

    async def begin(*, key: str = KEY, simulator: Simulator | None = None, **config: Any) -> Api:
        running = simulator or await start(**config)
        client = httpx.AsyncClient(base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=10, verify=False)
        clients.append(client)
        return Api(running, client)

    yield begin
    for client in clients:
        await client.aclose()


@pytest.fixture
async def sdk(start: Start) -> AsyncIterator[Callable[..., Awaitable[AsyncRetell]]]:
    """The provider's own client, pointed at a simulator."""
    clients: list[AsyncRetell] = []

    async def begin(*, key: str = KEY, **config: Any) -> AsyncRetell:
        simulator = await start(**config)
        http = httpx.AsyncClient(verify=False, timeout=10)  # plain http, and certificates take long to load
        client = AsyncRetell(api_key=key, base_url=simulator.url, max_retries=0, http_client=http)
        clients.append(client)
        return client

    yield begin
    for client in clients:
        await client.close()
