"""Webhooks per second with durable fold, as a share of checking and parsing alone; run it as a program.

The ceiling is what no receiver can beat: verify the signature and read the event of the same bodies, in the same process and in
one thread, storing nothing. What is measured is the whole way of a delivery through `receiving.take` on SQLite with full sync:
verify, read, store, fold, commit, on the two threads a server has for it. 32 deliveries are under way at once, as a busy account
sends them. The bodies have the shape of the recorded ones, the time of every word included, and no two talks, numbers or names
are alike, so that nothing comes out of a cache that would not in earnest.
"""

import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import SQLModel

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.local_bus import LocalBus
from callcenter.adapters.retell.provider import Retell
from callcenter.adapters.vault import SecretVault
from callcenter.cli import serve
from callcenter.domain.call import Call
from callcenter.domain.deriving import derive
from callcenter.domain.dial import Dial, DialState
from callcenter.services import onboarding, receiving, storing
from callcenter.services.runtime import Runtime
from callcenter.simulator.signing import milliseconds, sign
from callcenter.store import accounts, calls, clients, dials
from callcenter.store.database import Database, make_engine
from tests import builders
from tests.conftest import settings_for
from tests.fakes import KEY

CALLS = 400
WARM_UP = 30
AT_ONCE = 32
SLICE = 200
TURNS = 12


#: What is said, in words that mean nothing to us but for what comes from WISHES.
SAYINGS = """
    about the appointment your invoice from last month we would like to move this week office morning afternoon second floor
    delivery window colleague price garden heating contract insurance roof kitchen number street maybe after lunch before noon
    because then still really thank you very much sounds good let me check one moment please understand question answer offer
"""
WORDS = SAYINGS.split()
WISHES = ("Please call me back on Thursday.", "I am not interested.", "Yes, book it, please.", "How much would that be?")


def talk(chance: random.Random, turns: int) -> list[dict[str, Any]]:
    """Gives what was said in one call, with the time of each word, as Retell's transcript_object; no two are alike."""
    spoken: list[dict[str, Any]] = []
    at = 0.5
    for turn in range(turns):
        said = f"{' '.join(chance.choices(WORDS, k=chance.randint(4, 16))).capitalize()} {chance.randint(1, 9999)}."
        if turn % 2 and chance.random() < 0.05:
            said = f"{said} {chance.choice(WISHES)}"
        timed: list[dict[str, Any]] = []
        for word in said.split():
            timed.append({"word": word, "start": round(at, 2), "end": round(at + 0.35, 2)})
            at += 0.3 + chance.random() / 5
        role = "user" if turn % 2 else "agent"
        spoken.append({"role": role, "content": said, "words": timed, "metadata": {"response_id": turn}})
    return spoken


def delays(chance: random.Random, turns: int) -> dict[str, Any]:
    """Gives what Retell measured of one part of an answer, in milliseconds."""
    values = sorted(chance.randint(400, 2500) for _ in range(turns // 2 + 1))
    return {"p50": values[len(values) // 2], "p90": values[-1], "min": values[0], "num": len(values), "values": values}


def body(
    event: str,
    provider_call_id: str,
    token: str,
    *,
    turns: int,
    started: datetime,
    number: str = "+12125550111",
    cents: float | None = None,
) -> bytes:
    """Gives a delivery as Retell sends it: about 17 kB once the transcript is in. The same call says the same each time."""
    chance = random.Random(token)
    ms = int(started.timestamp() * 1000) + chance.randint(0, 60_000)
    call: dict[str, Any] = {
        "call_id": provider_call_id, "call_type": "phone_call", "agent_id": "agent_1", "agent_version": 1,
        "agent_name": "Recall", "call_status": "ongoing" if event == "call_started" else "ended", "direction": "outbound",
        "start_timestamp": ms, "from_number": "+14155550100", "to_number": number,
        "metadata": {"callcenter_token": token},
        "retell_llm_dynamic_variables": {"name": f"Lead {chance.randint(1, 10**6)}", "reference": f"{chance.getrandbits(64):x}"},
    }  # fmt: skip
    if event != "call_started":
        spoken, cents = talk(chance, turns), cents or chance.randint(100, 4000) / 100
        lasted = round(spoken[-1]["words"][-1]["end"] * 1000) + 500 if spoken else 60_000
        call |= {
            "end_timestamp": ms + lasted, "duration_ms": lasted,
            "disconnection_reason": chance.choice(("user_hangup", "agent_hangup")),
            "transcript": "".join(f"{t['role'].capitalize()}: {t['content']}\n" for t in spoken), "transcript_object": spoken,
            "transcript_with_tool_calls": spoken,
            "recording_url": f"https://recordings.example.com/{chance.getrandbits(96):x}.wav",
            "call_cost": {"combined_cost": cents, "product_costs": [{"product": "voice", "cost": cents}]},
            "latency": {"e2e": delays(chance, turns), "llm": delays(chance, turns)},
        }  # fmt: skip
    if event == "call_analyzed":
        call["call_analysis"] = {
            "call_summary": " ".join(chance.choices(WORDS, k=40)), "in_voicemail": False,
            "user_sentiment": chance.choice(("Positive", "Neutral", "Negative")), "call_successful": chance.random() < 0.5,
            "custom_analysis_data": {"topic": chance.choice(WORDS), "appointment_date": None},
        }  # fmt: skip
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


async def dialled_calls(rt: Runtime, count: int, *, first: int = 0) -> list[Dial]:
    """Adds calls that have been dialled and accepted; `first` is the number of the first, of which there is only one."""
    now = rt.clock.now()

    def work(tx: Any) -> list[Dial]:
        account = accounts.find_default(tx)
        assert account is not None
        client = builders.client(account_id=account.account_id)
        clients.add(tx, client)
        out: list[Dial] = []
        for nth in range(first, first + count):
            call: Call = builders.call(
                client, to_number=builders.number(nth), lead_name=f"Lead {nth}", call_id=rt.new_id(), created_at=now
            )
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
    for event in ("call_started", "call_ended", "call_analyzed"):
        for dial in made:
            known = {"number": dial.number, "started": now - timedelta(minutes=5)}
            raw = body(event, dial.provider_call_id or "", dial.token, turns=TURNS, **known)
            out.append((raw, sign(raw, key=KEY, at_ms=milliseconds(now))))
    return out


@dataclass
class Spent:
    """Deliveries done in so many seconds, of which the processor was at work for `cpu`; and how long each took, in s."""

    done: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    took: list[float] = field(default_factory=list[float])

    def rate(self) -> float:
        """Deliveries per second."""
        return self.done / self.wall

    def cpu_rate(self) -> float:
        """Deliveries per second of processor time."""
        return self.done / self.cpu

    @contextlib.contextmanager
    def counting(self, done: int) -> Generator[None]:
        """Counts what is done inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall += time.perf_counter() - wall
        self.cpu += time.process_time() - cpu
        self.done += done


def only_read(rt: Runtime, items: list[tuple[bytes, str]], *, key: str = KEY) -> None:
    """The ceiling: checks and reads deliveries, and forgets them."""
    for raw, signature in items:
        assert rt.providers.verify(raw, signature, keys=[key], now=rt.clock.now()).is_fresh
        rt.providers.read_webhook(raw)


async def take(rt: Runtime, items: list[tuple[bytes, str]], took: list[float]) -> None:
    """Takes deliveries, so many at once, and waits until all are stored and folded."""
    left = iter(items)

    async def sender() -> None:
        for raw, signature in left:
            at = time.perf_counter()
            receipt = await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="bench")
            assert receipt.result in ("folded", storing.LATER), receipt
            took.append(time.perf_counter() - at)

    await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
    await storing.settled(rt)


async def measure(rt: Runtime, *, many: int) -> tuple[Spent, Spent]:
    """Gives what the ceiling and the whole way took for the three events of `many` calls, in turns of a slice each.

    In turns, because a machine is seldom equally fast for a whole minute. A few deliveries go before and are not counted, so
    that statements are compiled, as they are in a server that runs.
    """
    made = await dialled_calls(rt, many + WARM_UP)
    await take(rt, deliveries(made[:WARM_UP]), [])
    items = deliveries(made[WARM_UP:])
    bare, whole = Spent(), Spent()
    for start in range(0, len(items), SLICE):
        some = items[start : start + SLICE]
        with bare.counting(len(some)):
            only_read(rt, some)
        with whole.counting(len(some)):
            await take(rt, some, whole.took)
    whole.took.sort()
    print(f"bodies: {len(items)}, {sum(len(raw) for raw, _ in items) / len(items) / 1000:.1f} kB on average, no two alike")
    return bare, whole


async def main() -> None:
    """Measures and prints both figures and their ratio."""
    serve.tune()
    with tempfile.TemporaryDirectory() as folder:
        rt = await make_runtime(Path(folder))
        bare, whole = await measure(rt, many=int(sys.argv[1]) if len(sys.argv) > 1 else CALLS)
        rt.database.close()
    print(f"ceiling (verify and parse alone): {bare.rate():,.0f} per second; {bare.cpu_rate():,.0f} per second of processor time")
    print(
        f"with durable fold:                {whole.rate():,.0f} per second; {whole.cpu_rate():,.0f} per second of processor time"
    )
    print(f"ratio: {whole.rate() / bare.rate():.2f} (at least 0.45); by processor time {whole.cpu_rate() / bare.cpu_rate():.2f}")
    p50, p99 = whole.took[len(whole.took) // 2], whole.took[-1 - len(whole.took) // 100]
    print(f"each took p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
