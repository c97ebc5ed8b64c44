"""The one place that picks real parts and joins them into a Runtime, and starts the loops that work on it."""

import asyncio
import contextlib
import os
import random
import secrets
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

import structlog

from callcenter.adapters.clock import SystemClock
from callcenter.adapters.local_bus import LocalBus
from callcenter.adapters.redis_bus import RedisBus
from callcenter.adapters.retell.provider import Retell
from callcenter.adapters.vault import SecretVault
from callcenter.domain.errors import Invalid
from callcenter.domain.notice import Notice
from callcenter.services import alerting, dispatching, keys, onboarding, reconciling, runtime, signing_in
from callcenter.services.ports import Bus
from callcenter.services.runtime import Runtime
from callcenter.settings import Settings
from callcenter.store import accounts, slots
from callcenter.store.database import Database

log = structlog.get_logger(__name__)

#: How many times faster than life the demo runs; set by `callcenter demo` for its own process only, never from outside.
#: One-click sign-in exists exactly where this is set.
_demo_speed: float | None = None
#: What keeps the demo going, as one more loop beside the product's.
_demo_loop: Callable[[Runtime], Awaitable[None]] | None = None


def this_is_the_demo(speed: float, *, loop: Callable[[Runtime], Awaitable[None]] | None = None) -> None:
    """Makes every runtime of this process a demo's, with a loop of its own; only `callcenter demo` calls it."""
    global _demo_speed, _demo_loop
    _demo_speed, _demo_loop = speed, loop


def make_runtime(settings: Settings) -> Runtime:
    """Gives a runtime of real parts; nothing is opened yet but what opens on first use. Raises Invalid on missing settings."""
    if not settings.secret_keys:
        raise Invalid(
            "CALLCENTER_SECRET_KEY is not set. Give it any text of 32 characters or more, and keep it: it seals the stored keys.",
            field="CALLCENTER_SECRET_KEY",
        )
    clock = SystemClock()
    bus: Bus = RedisBus(settings.redis_url, clock=clock) if settings.redis_url else LocalBus()
    return Runtime(
        settings=settings,
        database=Database(settings.database_url, announce=_publisher(bus)),
        providers=Retell(base_url=settings.retell_base_url, simulator_url=settings.simulator_url, clock=clock),
        bus=bus,
        clock=clock,
        rng=random.SystemRandom(),
        vault=SecretVault(settings.secret_keys),
        name=f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}",
        is_demo=_demo_speed is not None,
        demo_speed=int(_demo_speed or 1),
    )


def _publisher(bus: Bus) -> Callable[[Sequence[Notice]], None]:
    return lambda notices: bus.publish(notices)


@contextlib.asynccontextmanager
async def running(rt: Runtime) -> AsyncGenerator[Runtime]:
    """Runs the product in this process: bus, dispatcher, reconciler; ends them in order when left."""
    runtime.set_current(rt)
    await rt.bus.start()
    await onboarding.ensure_installation(rt)
    if not rt.is_demo:
        await signing_in.setup_code(rt)  # while nobody can sign in, the log says how to begin
    await _inherit(rt)
    dispatcher, reconciler = dispatching.Dispatcher(rt), reconciling.Reconciler(rt)
    loops = [
        asyncio.create_task(_for_ever(name, work), name=name)
        for name, work in (
            ("keys", lambda: keys.watch(rt)),
            ("listen", lambda: dispatching.listen(rt, dispatcher)),
            ("dispatch", dispatcher.run),
            ("reconcile", reconciler.run),
            ("alerts", lambda: alerting.run(rt)),
        )
    ]
    if (demo_loop := _demo_loop) is not None:
        loops.append(asyncio.create_task(_for_ever("demo", lambda: demo_loop(rt)), name="demo"))
    try:
        yield rt
    finally:
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        with contextlib.suppress(Exception):
            await dispatcher.stop()
        await rt.providers.close()
        await rt.bus.stop()
        await asyncio.to_thread(rt.database.close)
        runtime.set_current(None)


async def _inherit(rt: Runtime) -> None:
    """Takes over at once from a process of this machine that is surely gone, instead of waiting for its lease to run out."""
    holders = await rt.database.read(lambda tx: {account.holder for account in accounts.listed(tx) if account.holder})
    gone = [holder for holder in holders if _is_gone(holder)]
    now = rt.clock.now()
    for holder in gone:
        await rt.database.write(lambda tx, holder=holder: slots.release(tx, holder, now=now))


def _is_gone(holder: str) -> bool:
    host, _, rest = holder.partition("/")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        return True  # our own number, but not our name: whoever had it before us is gone
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


async def _for_ever(name: str, work: Callable[[], object]) -> None:
    """Keeps a loop alive: one that ends, for whatever reason, is started again after a moment."""
    while True:
        try:
            await work()  # type: ignore[misc]
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a loop ended and is started again", loop=name)
        await asyncio.sleep(1.0)  # noqa: TID251 - wiring is above the clock it hands out
