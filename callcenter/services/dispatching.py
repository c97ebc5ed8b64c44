"""The loop that spends free slots on eligible calls.

What it promises, whatever crashes, repeats or arrives late:

- Before a byte leaves for the provider, the dial with its token is durable and its number and place are taken (planning.py).
- A dial is sent once. Nothing here, and nothing below, repeats a request; what is not surely yes or no is unknown, and an
  unknown dial is looked up (reconciling.py), never sent again.
- One process at a time plans for an account: it holds a lease with an epoch, and plans only while it does.
- A freed place is used at once: the transaction that frees it announces it, the loop wakes; the tick of a second is only a net.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.batch import BatchState
from callcenter.domain.errors import CallCenterError
from callcenter.services import calling, concluding, planning, watching_clocks
from callcenter.services.planning import Armed, Plan
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, batches, slots
from callcenter.store.database import Tx

log = structlog.get_logger(__name__)

TICK = 1.0
RENEW = timedelta(seconds=5)


class Dispatcher:
    """Holds what one process's dispatching has open: its leases and the dials on the wire."""

    def __init__(self, rt: Runtime) -> None:
        self.rt = rt
        self._epochs: dict[str, int] = {}
        self._renewed_at: datetime | None = None
        self._next_at: datetime | None = None
        self._sending: set[asyncio.Task[None]] = set()

    async def step(self) -> bool:
        """Looks at every account once, plans and sends what may be sent; gives whether it should look again at once."""
        await self._renew_leases()
        again, self._next_at = False, None
        for account_id, epoch in list(self._epochs.items()):
            result = await self._plan(account_id, epoch)
            for armed in result.armed:
                self._send(armed)
            again = again or result.look_on
            if result.next_at is not None:
                self._next_at = min(result.next_at, self._next_at or result.next_at)
        return again

    async def _renew_leases(self) -> None:
        rt, boot, now = self.rt, self.rt.clock.boot(), self.rt.clock.now()
        if self._renewed_at is not None and timedelta(0) <= now - self._renewed_at < RENEW:
            return

        def work(tx: Tx) -> dict[str, int]:
            for batch in batches.due(tx, now=now):
                batches.save(
                    tx, batch, replace(batch, state=BatchState.RUNNING), now=now, by="callcenter", why="its start time has come"
                )
            known = accounts.listed(tx)
            is_right = watching_clocks.is_right(rt, known, now=now, boot=boot)
            concluding.finish_batches(tx, now=now, clock_is_right=is_right)
            epochs = {a.account_id: slots.lease(tx, a.account_id, rt.name, now=now) for a in known}
            return {account_id: epoch for account_id, epoch in epochs.items() if epoch is not None}

        self._epochs = await self.rt.database.write(work)
        self._renewed_at = now

    async def _plan(self, account_id: str, epoch: int) -> Plan:
        boot_at, now = self.rt.clock.boot(), self.rt.clock.now()
        result = await self.rt.database.write(
            lambda tx: planning.plan(tx, self.rt, account_id, epoch=epoch, now=now, boot_at=boot_at)
        )
        if result.lost_lease:
            self._epochs.pop(account_id, None)
            self._renewed_at = None
        return result

    def _send(self, armed: Armed) -> None:
        task = asyncio.create_task(calling.send(self.rt, armed), name=f"dial {armed.dial.dial_id}")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def settled(self) -> None:
        """Waits until every dial that is on the wire has been settled."""
        while self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)

    async def run(self) -> None:
        """Steps until cancelled: at once when woken, else every second; no failure ends it."""
        while True:
            try:
                self.rt.wake_dispatcher.clear()
                if await self.step():
                    continue
            except CallCenterError as error:
                log.warning("dispatching waits", why=error.message)
            except Exception:
                log.exception("dispatching failed; going on")
            await self._rest()

    async def _rest(self) -> None:
        rest = TICK
        if self._next_at is not None:  # the pace allows the next dial before the tick
            rest = min(TICK, max(0.005, (self._next_at - self.rt.clock.now()).total_seconds()))
        tick = asyncio.create_task(self.rt.clock.sleep(rest))
        woken = asyncio.create_task(self.rt.wake_dispatcher.wait())
        try:
            await asyncio.wait({tick, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tick.cancel()
            woken.cancel()

    async def stop(self, *, patience: float = 4.0) -> None:
        """Lets dials on the wire finish for a moment, settles the rest as unknown, and gives the leases back."""
        if self._sending:
            _done, late = await asyncio.wait(self._sending, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        now = self.rt.clock.now()
        await self.rt.database.write(lambda tx: slots.release(tx, self.rt.name, now=now))

    def look_at_accounts(self) -> None:
        """Makes the next step ask for leases anew: an account was added or changed."""
        self._renewed_at = None


async def listen(rt: Runtime, dispatcher: Dispatcher) -> None:
    """Wakes the loops of this process when something was announced that may give them work, here or in another process."""
    async for notice in rt.bus.listen():
        if notice.topic in ("account", "client"):
            dispatcher.look_at_accounts()
        if notice.topic in ("slot", "account"):  # whatever may let a call go out says "slot"; the news of calls are many more
            rt.wake_dispatcher.set()
        if notice.topic == "account":  # an event that waits wakes it in the process that took it in; others look every second
            rt.wake_reconciler.set()
