"""Webhooks per second with durable fold, as a share of checking and parsing alone; run it as a program.

The ceiling is what no receiver can beat: verify the signature and read the event of the same bodies, on one core, storing
nothing. What is measured is the whole way of a delivery through `receiving.take` on SQLite with full sync: verify, read, store,
fold, commit. 32 deliveries are under way at once, as a busy account sends them.
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.local_bus import LocalBus
from callcenter.adapters.retell.provider import Retell
from callcenter.adapters.vault import SecretVault
from callcenter.domain.call import Call
from callcenter.domain.deriving import derive
from callcenter.domain.dial import Dial, DialState
from callcenter.services import onboarding, receiving
from callcenter.services.runtime import Runtime
from callcenter.simulator.signing import milliseconds, sign
from callcenter.store import accounts, calls, clients, dials
from callcenter.store.database import Database, make_engine
from tests import builders
from tests.conftest import settings_for
from tests.fakes import KEY

CALLS = 400
AT_ONCE = 32


def body(event: str, provider_call_id: str, token: str, *, turns: int, started: datetime) -> bytes:
    """Gives a delivery as Retell sends it: about 11 kB once the transcript is in."""
    ms = int(started.timestamp() * 1000)
    spoken = [
        {
            "role": "agent" if turn % 2 == 0 else "user",
            "content": f"This is what was said in turn {turn} to {token[:8]}, neither long nor short.",
            "words": [
                {"word": w, "start": turn * 4 + n / 3, "end": turn * 4 + (n + 1) / 3}
                for n, w in enumerate(("what", "was", "said"))
            ],
        }
        for turn in range(turns)
    ]
    call: dict[str, Any] = {
        "call_id": provider_call_id, "call_type": "phone_call", "agent_id": "agent_1", "agent_version": 1, "agent_name": "Recall",
        "call_status": "ongoing" if event == "call_started" else "ended", "direction": "outbound", "start_timestamp": ms,
        "from_number": "+14155550100", "to_number": "+12125550111", "metadata": {"callcenter_token": token},
    }  # fmt: skip
    if event != "call_started":
        call |= {
            "end_timestamp": ms + 60_000, "duration_ms": 60_000, "disconnection_reason": "user_hangup",
            "transcript": "".join(f"{t['role'].capitalize()}: {t['content']}\n" for t in spoken), "transcript_object": spoken,
            "transcript_with_tool_calls": spoken, "recording_url": "https://recordings.example.com/a.wav",
            "call_cost": {"combined_cost": 12.5, "product_costs": [{"product": "voice", "cost": 12.5}]},
        }  # fmt: skip
    if event == "call_analyzed":
        call["call_analysis"] = {"call_summary": "They talked.", "user_sentiment": "Positive", "call_successful": True}
    return json.dumps({"event": event, "call": call}, separators=(",", ":")).encode()


async def make_runtime(folder: Path) -> Runtime:
    """Gives a runtime of real parts on a fresh SQLite file with full sync."""
    url = f"sqlite:///{folder}/bench.db"
    engine = make_engine(url)
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    clock, bus, settings = SystemClock(), LocalBus(), settings_for(url)
    rt = Runtime(
        settings=settings, database=Database(url, announce=bus.publish), bus=bus, clock=clock, rng=random.SystemRandom(),
        providers=Retell(base_url="http://127.0.0.1:9", simulator_url=None, clock=clock),
        vault=SecretVault(settings.secret_keys), name="bench",
    )  # fmt: skip
    await bus.start()
    await onboarding.ensure_installation(rt)
    return rt


async def dialled_calls(rt: Runtime, count: int) -> list[Dial]:
    """Adds calls that have been dialled and accepted."""
    now = rt.clock.now()

    def work(tx: Any) -> list[Dial]:
        account = accounts.find_default(tx)
        assert account is not None
        client = builders.client(account_id=account.account_id)
        clients.add(tx, client)
        out: list[Dial] = []
        for nth in range(count):
            call: Call = builders.call(client, to_number=builders.number(nth), call_id=rt.new_id(), created_at=now)
            dial = Dial(
                dial_id=rt.new_id(), call_id=call.call_id, client_id=client.client_id, account_id=account.account_id,
                number=call.to_number, seq=1, token=rt.new_secret(), state=DialState.ACCEPTED, epoch=1, planned_at=now,
                sent_at=now, variables_sent={}, provider_call_id=f"call_{nth:027x}",
            )  # fmt: skip
            calls.add(tx, replace(call, derived=derive(call, [dial])))
            dials.add(tx, dial)
            out.append(dial)
        return out

    return await rt.database.write(work)


def deliveries(made: list[Dial]) -> list[tuple[bytes, str]]:
    """Gives the three events of each call, signed, in the order of a busy hour."""
    now = datetime.now(UTC)
    out: list[tuple[bytes, str]] = []
    for event, turns in (("call_started", 0), ("call_ended", 22), ("call_analyzed", 22)):
        for dial in made:
            raw = body(event, dial.provider_call_id or "", dial.token, turns=turns, started=now - timedelta(minutes=2))
            out.append((raw, sign(raw, key=KEY, at_ms=milliseconds(now))))
    return out


def ceiling(rt: Runtime, items: list[tuple[bytes, str]]) -> tuple[float, float]:
    """Gives deliveries per second, and per second of processor time, for checking and reading alone."""
    began, cpu = time.perf_counter(), time.process_time()
    for raw, signature in items:
        assert rt.providers.verify(raw, signature, keys=[KEY], now=rt.clock.now()).is_fresh
        rt.providers.read_webhook(raw)
    return len(items) / (time.perf_counter() - began), len(items) / (time.process_time() - cpu)


async def throughput(rt: Runtime, items: list[tuple[bytes, str]]) -> tuple[float, float, list[float]]:
    """Gives deliveries per second, and per second of processor time, all stored and folded; and how long each took, in s."""
    left = iter(items)
    took: list[float] = []

    async def sender() -> None:
        for raw, signature in left:
            at = time.perf_counter()
            receipt = await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="bench")
            assert receipt.result == "folded", receipt
            took.append(time.perf_counter() - at)

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    return len(items) / (time.perf_counter() - began), len(items) / (time.process_time() - cpu), sorted(took)


async def main() -> None:
    """Measures and prints both figures and their ratio."""
    sys.setswitchinterval(0.0001)  # as cli/serve.py does
    with tempfile.TemporaryDirectory() as folder:
        rt = await make_runtime(Path(folder))
        items = deliveries(await dialled_calls(rt, CALLS))
        ceilings = [ceiling(rt, items) for _ in range(3)]
        best, best_cpu = (max(each) for each in zip(*ceilings, strict=True))
        rate, rate_cpu, took = await throughput(rt, items)
        print(f"bodies: {len(items)}, {sum(len(raw) for raw, _ in items) / len(items) / 1000:.1f} kB on average")
        print(f"ceiling (verify and parse alone): {best:,.0f} per second; {best_cpu:,.0f} per second of processor time")
        print(f"with durable fold:                {rate:,.0f} per second; {rate_cpu:,.0f} per second of processor time")
        print(f"ratio: {rate / best:.2f} (at least 0.45); by processor time {rate_cpu / best_cpu:.2f}")
        print(f"each took p50 {took[len(took) // 2] * 1000:.0f} ms, p99 {took[-len(took) // 100] * 1000:.0f} ms")
        rt.database.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
