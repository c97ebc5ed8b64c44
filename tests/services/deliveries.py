"""Calls that were dialled, what the provider tells of them, alone and together, and all that came of it."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from callcenter.domain.call import Call, CallEvent, EventKind
from callcenter.domain.dial import Dial, DialState
from callcenter.services import applying, receiving, storing
from callcenter.services.receiving import Receipt
from callcenter.services.runtime import Runtime
from callcenter.store import calls, dials, inbox, transitions
from callcenter.store.inbox import Letter
from tests.builders import saved_batch, saved_call, saved_client, saved_dial, saved_lead
from tests.fakes import START, encode, event_of


async def take(rt: Runtime, event: CallEvent, *, late: timedelta = timedelta()) -> Receipt:
    raw = encode(event)
    signature = rt.providers.sign(raw, at=rt.clock.now() - late)  # type: ignore[attr-defined]
    return await receiving.take(rt, hook_id=None, raw=raw, signature=signature, address="203.0.113.5")


async def take_together(rt: Runtime, events: Sequence[CallEvent]) -> list[Receipt]:
    return await asyncio.gather(*(take(rt, event) for event in events))


class Writes:
    """Counts the transactions of a runtime, and fails those it is told to."""

    def __init__(self, rt: Runtime, *, fail: Exception | None = None) -> None:
        self.count, self._write, self.fail = 0, rt.database.write, fail
        rt.database.write = self.write  # type: ignore[method-assign]

    async def write(self, work: Any) -> Any:
        self.count += 1
        if self.fail is not None:
            raise self.fail
        return await self._write(work)


async def dialled(rt: Runtime, many: int) -> list[Dial]:
    """Gives the dials of calls to leads of one batch, accepted by the provider."""
    client = await saved_client(rt)
    batch = await saved_batch(rt, client)
    out: list[Dial] = []
    for _ in range(many):
        call = await saved_call(rt, client, await saved_lead(rt, client), batch, max_attempts=2)
        out.append(await saved_dial(rt, call, state=DialState.ACCEPTED, provider_call_id=f"call_{call.call_id[-6:]}"))
    await take(rt, event_of(EventKind.OTHER, None, name="warm"))  # so that the keys are known
    return out


def news_of(dial: Dial, *, was_answered: bool = True) -> list[CallEvent]:
    """Gives what the provider tells of one call, the first event twice."""
    common: dict[str, Any] = {"token": dial.token, "to_number": dial.number}
    over: dict[str, Any] = {"ended_at": START + timedelta(seconds=40), "disconnection_reason": "dial_no_answer"}
    if was_answered:
        over |= {"started_at": START, "duration_ms": 40_000, "disconnection_reason": "user_hangup"}
    told = {**over, "summary": "They talked.", "cost": 90_000, "transcript": "User: Please call me back on Thursday at four."}
    started = event_of(EventKind.STARTED, dial.provider_call_id, values={"started_at": START}, **common)
    ended = event_of(EventKind.ENDED, dial.provider_call_id, values=over, **common)
    if not was_answered:
        return [ended, ended]
    return [started, ended, started, event_of(EventKind.ANALYSED, dial.provider_call_id, values=told, **common)]


def absurd(dial: Dial) -> CallEvent:
    """Gives an end with a duration that no database takes, so that it cannot be folded."""
    values = {"duration_ms": 2**70, "disconnection_reason": "user_hangup"}
    return event_of(EventKind.ENDED, dial.provider_call_id, values=values, token=dial.token)


async def seen(rt: Runtime, dial: Dial) -> dict[str, Any]:
    """Gives all that came of a call, but for what names it."""

    def work(tx: Any) -> tuple[Call, Dial, list[dict[str, Any]], list[Letter], list[str]]:
        call = calls.get(tx, dial.call_id)
        letters = inbox.of_provider_call(tx, dial.account_id, dial.provider_call_id or "")
        again = [each.call_id for each in calls.load(tx, calls.ROWS.c.root_call_id == dial.call_id, limit=10)]
        return call, dials.get(tx, dial.dial_id), transitions.of(tx, dial.call_id, dial.dial_id), letters, again

    call, after, steps, letters, again = await rt.database.read(work)
    told = {name: getattr(call.told, name) for name in ("phase", "started_at", "ended_at", "summary", "cost", "duration_ms")}
    return told | {
        "derived": call.derived, "rev": call.rev, "dial": (after.state, after.slot_freed_at), "tries": len(again),
        "steps": sorted((step["what"], step["from_state"], step["to_state"], step["why"]) for step in steps),
        "letters": sorted((each.kind, each.state, each.copies, each.changed or {}) for each in letters),
    }  # fmt: skip


def press(rt: Runtime) -> None:
    """From now on folding takes so long that whoever comes is only remembered before the answer."""
    rt.kept["post"] = storing.Post(to_fold=1.0)


def delivery_of(rt: Runtime, dial: Dial, *, nth: int = 1) -> storing.Delivery:
    """Gives news of a call, its end unless `nth` says otherwise, as they are taken in."""
    event = news_of(dial)[nth]
    raw = encode(event)
    letter = Letter(
        inbox_id=rt.new_id(), account_id=dial.account_id, client_id=dial.client_id, source="webhook", kind="ended",
        provider_call_id=event.provider_call_id, token=event.token, sha256=applying.sha256(raw), body=raw,
        received_at=rt.clock.now(),
    )  # fmt: skip
    return storing.Delivery(letter, event, rt.clock.boot())
