"""Batches: many calls from one request, each placed as soon as time, window and a free place allow."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from callcenter.simulator.orders import Order, order_of, table, text
from callcenter.simulator.provider import Provider
from callcenter.simulator.refusals import Refusal, invalid
from callcenter.simulator.signing import milliseconds
from callcenter.simulator.workspaces import Workspace

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY_MINUTES = 1440
WINDOW = "request/body/call_time_window"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallWindow:
    """When a batch may dial: minutes since local midnight, half-open, on these weekdays (none: all)."""

    windows: tuple[tuple[float, float], ...]
    timezone: str
    days: tuple[str, ...]

    def is_open(self, now: datetime) -> bool:
        local = now.astimezone(ZoneInfo(self.timezone))
        minutes = local.hour * 60 + local.minute
        on_day = not self.days or WEEKDAYS[local.weekday()] in self.days
        return on_day and any(start <= minutes < end for start, end in self.windows)

    def body(self) -> dict[str, Any]:
        """As the answer repeats it."""
        windows = [{"start": start, "end": end} for start, end in self.windows]
        return {"windows": windows, "timezone": self.timezone, "day": list(self.days or WEEKDAYS)}


def start_batch(provider: Provider, workspace: Workspace, body: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a batch, starts dialling it beside everything else, and gives the answer. Raises Refusal."""
    from_number = text(body, "from_number", required=True)
    window = window_of(body)
    orders = orders_of(body, workspace, from_number=from_number)
    now = provider.clock.now()
    asked_ms: Any = body.get("trigger_timestamp")
    due_ms = max(int(asked_ms), milliseconds(now)) if isinstance(asked_ms, int | float) else milliseconds(now)
    batch_call_id = f"batch_call_{workspace.org_id[4:]}{workspace.placed + provider.exchange.created:05x}"
    reserved: Any = body.get("reserved_concurrency") or 0
    dialling = Batch(batch_call_id, tuple(orders), due_ms, int(reserved), window)
    provider.courier.start(dial_batch(provider, workspace, dialling))
    in_seconds = workspace.switches.scheduled_timestamp_unit == "s"
    answer = {
        "batch_call_id": batch_call_id,
        "name": text(body, "name") or "",
        "from_number": from_number,
        "scheduled_timestamp": due_ms // 1000 if in_seconds else due_ms,
        "total_task_count": len(orders),
    }
    return answer if window is None else {**answer, "call_time_window": window.body()}


@dataclass(frozen=True, slots=True)
class Batch:
    """What is to be dialled, and the conditions."""

    batch_call_id: str
    orders: tuple[Order, ...]
    due_ms: int
    reserved: int
    window: CallWindow | None


async def dial_batch(provider: Provider, workspace: Workspace, batch: Batch) -> None:
    """Places the calls one after the other; ends when all are placed."""
    for order in batch.orders:
        while not may_dial(provider, workspace, batch):
            await a_change(provider, batch)
        agent = provider.agent_for(workspace, order)
        provider.exchange.place(workspace, order, agent=agent, batch_call_id=batch.batch_call_id)


def may_dial(provider: Provider, workspace: Workspace, batch: Batch) -> bool:
    """Whether time, window and places allow one more call now."""
    now = provider.clock.now()
    if milliseconds(now) < batch.due_ms or (batch.window is not None and not batch.window.is_open(now)):
        return False
    return provider.exchange.in_use(workspace) < provider.ceiling(workspace) - batch.reserved


async def a_change(provider: Provider, batch: Batch) -> None:
    """Waits until a call ends, the batch is due, or half a minute is over."""
    left = (batch.due_ms - milliseconds(provider.clock.now())) / 1000
    tick = asyncio.ensure_future(provider.clock.sleep(min(30.0, left) if left > 0 else 30.0))
    freed = asyncio.ensure_future(provider.exchange.freed.wait())
    try:
        await asyncio.wait({tick, freed}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        tick.cancel()
        freed.cancel()


def orders_of(body: Mapping[str, Any], workspace: Workspace, *, from_number: str | None) -> list[Order]:
    """One order per task; a bad one spoils the batch or is passed over, as the switch says."""
    tasks: Any = body.get("tasks")
    if not isinstance(tasks, list):
        raise invalid("request/body must have required property 'tasks'")
    orders: list[Order] = []
    for task in cast(list[Any], tasks):
        try:
            if not isinstance(task, dict):
                raise invalid("request/body/tasks/0 must be object")
            orders.append(order_of({**cast(dict[str, Any], task), "from_number": from_number}, workspace.switches))
        except Refusal:
            if workspace.switches.bad_task == "refuse_all":
                raise
    return orders


def window_of(body: Mapping[str, Any]) -> CallWindow | None:
    """The call window, checked."""
    raw = table(body, "call_time_window")
    if raw is None:
        return None
    windows: Any = raw.get("windows")
    if not isinstance(windows, list) or not windows:
        raise invalid(f"{WINDOW}/windows must NOT have fewer than 1 items")
    timezone = text(raw, "timezone") or "America/Los_Angeles"
    try:
        ZoneInfo(timezone)
    except (KeyError, ValueError, OSError) as problem:
        raise invalid(f"{WINDOW}/timezone must be an IANA time zone") from problem
    days: Any = raw.get("day") or []
    if not set(days) <= set(WEEKDAYS):
        raise invalid(f"{WINDOW}/day/0 must be equal to one of the allowed values")
    return CallWindow(windows=tuple(minutes_of(one) for one in cast(list[Any], windows)), timezone=timezone, days=tuple(days))


def minutes_of(raw: Any) -> tuple[float, float]:
    """Start and end of one window."""
    start, end = (raw.get("start"), raw.get("end")) if isinstance(raw, dict) else (None, None)  # pyright: ignore
    if not isinstance(start, int | float) or not isinstance(end, int | float):
        raise invalid(f"{WINDOW}/windows/0 must have start and end")
    if not 0 <= start < end <= DAY_MINUTES:
        raise invalid(f"{WINDOW}/windows/0 must have start < end <= {DAY_MINUTES}")
    return start, end
