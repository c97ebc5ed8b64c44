"""Change a batch while it runs: who changed what is written down, and of two who do it at once the second is told."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.errors import Conflict, Invalid, Overtaken
from callcenter.domain.hours import Window
from callcenter.domain.hours import words as hours_words
from callcenter.domain.retry import MAX_ATTEMPTS, PerResult, RetryPolicy
from callcenter.domain.stopping import StopRule
from callcenter.domain.user import Actor
from callcenter.services import batching, calling, concluding
from callcenter.services.runtime import Runtime
from callcenter.store import batches, calls, clients, transitions
from callcenter.store.database import Tx


async def edit(
    rt: Runtime,
    actor: Actor,
    batch_id: str,
    changes: Mapping[str, Any],
    *,
    rev: int | None = None,
    window_reason: str = "",
) -> Batch:
    """Changes some fields of a batch (the keys of FIELDS), from its next call on; with `rev` only if that is what was seen.

    Lowering a cap ends no call. Raises Overtaken with what the others changed, Conflict for a batch that is over, Invalid,
    Forbidden, NotFound.
    """
    unknown = set(changes) - FIELDS.keys()
    if unknown:
        raise Invalid(f"Of a batch {', '.join(sorted(unknown))} cannot be changed.", field=min(unknown))

    def work(tx: Tx, batch: Batch, now: datetime) -> Batch:
        if rev is not None and rev != batch.rev:
            raise Overtaken(_since(tx, batch, rev), current=batch)
        if batch.state in (BatchState.DONE, BatchState.CANCELLED):
            raise Conflict(f"This batch is {batch.state.value}; there is nothing left to change.")
        if batch.state is BatchState.DRAFT:
            raise Conflict("The calls of this batch are still being written. Try again in a moment.")
        after = _checked(tx, batch, changes, now=now)
        if after == batch:
            return batch
        if after.window != batch.window:
            calling.check_window(tx, rt, actor, batch.client_id, after.window, reason=window_reason, now=now)
        why = ", ".join(_change_words(batch, after))
        saved = batches.save(tx, batch, after, now=now, by=actor.label, why=why)
        state = saved.state.value
        transitions.add(tx, what="batch", row_id=batch_id, from_state=state, to_state=state, now=now, by=actor.label, why=why)
        _carry_to_calls(tx, batch, saved, actor, now=now)
        return batches.get(tx, batch_id)

    return await batching.change(rt, actor, batch_id, work)


def _checked(tx: Tx, batch: Batch, changes: Mapping[str, Any], *, now: datetime) -> Batch:
    after = replace(batch, **changes)
    after = replace(after, name=after.name.strip()[:200] or batch.name)
    client = clients.get(tx, batch.client_id)
    is_new_cap = "max_concurrent" in changes and after.max_concurrent is not None
    if is_new_cap and not 1 <= (after.max_concurrent or 0) <= client.max_concurrent:
        raise Invalid(f"Between 1 and the client's cap of {client.max_concurrent}.", field="maxConcurrent")
    if not 1 <= after.max_attempts <= MAX_ATTEMPTS:
        raise Invalid(f"Between 1 and {MAX_ATTEMPTS}.", field="maxAttempts")
    if after.ends_at not in (None, batch.ends_at) and after.ends_at <= max(now, after.scheduled_at or now):
        raise Invalid("It would end before it starts, or is past. To end it now, cancel the rest.", field="endsAt")
    return after


def _carry_to_calls(tx: Tx, before: Batch, after: Batch, actor: Actor, *, now: datetime) -> None:
    """Brings what each call holds for itself in step with its batch."""
    batch_id = after.batch_id
    if after.priority is not before.priority:
        calls.set_priority(tx, batch_id, after.priority, now=now)
    if after.max_attempts != before.max_attempts:
        why = f"{actor.label} allows {after.max_attempts} tries"
        if late := calls.beyond(tx, batch_id, after.max_attempts):
            calls.cancel_waiting(tx, call_ids=late, why=why, by=actor.label, now=now)
        calls.set_max_attempts(tx, batch_id, after.max_attempts, now=now)
        concluding.finish_batch_if_done(tx, batch_id, now=now)
    calls.look_again(tx, now=now, batch_id=batch_id)


def _since(tx: Tx, batch: Batch, rev: int) -> str:
    """What happened to a batch after it was read at `rev`; each step of its history raised `rev` by one."""
    steps = transitions.of(tx, batch.batch_id)[-max(1, batch.rev - rev) :]
    told = [f"{step['by']}: {step['why'] or step['to_state']}" for step in steps]
    return f"Somebody changed this batch since you opened it. {'; '.join(told)}."


# In words -------------------------------------------------------------------------------------------------------------


def _change_words(before: Batch, after: Batch) -> list[str]:
    return [
        f"{name} {say(getattr(before, field))} → {say(getattr(after, field))}"
        for field, (name, say) in FIELDS.items()
        if getattr(before, field) != getattr(after, field)
    ]


def _cap(cap: int | None) -> str:
    return "the client's limit" if cap is None else str(cap)


def _hours(windows: tuple[Window, ...] | None) -> str:
    return "the client's" if windows is None else hours_words(windows)


def _retry(policy: RetryPolicy) -> str:
    results = ", ".join(_result(policy, each) for each in policy.on) or "nothing"
    other = ", at another time of day" if policy.another_time_of_day else ""
    return f"after {results}, {policy.after_minutes} min later{other}"


def _result(policy: RetryPolicy, result: str) -> str:
    own = policy.per.get(result, PerResult())
    times = "" if own.times is None else f"{own.times} times at most"
    pause = "" if own.after_minutes is None else f"{own.after_minutes} min later"
    said = " and ".join(each for each in (times, pause) if each)
    return result.replace("_", " ") + (f" ({said})" if said else "")


def _stop(rule: StopRule) -> str:
    errors = "" if rule.error_percent is None else f"{rule.error_percent} % errors of {rule.error_of}"
    answers = "" if rule.answer_percent is None else f"under {rule.answer_percent} % answered of {rule.answer_of}"
    return " or ".join(each for each in (errors, answers) if each) or "never"


def _instant(at: datetime | None) -> str:
    return "none" if at is None else f"{at:%d %b %Y %H:%M} UTC"


#: What of a batch can be changed while it runs, with its name and its values in words.
FIELDS: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "name": ("name", lambda name: f"“{name}”"),
    "max_concurrent": ("at a time", _cap),
    "priority": ("priority", lambda priority: priority.name.lower()),
    "window": ("hours", _hours),
    "max_attempts": ("tries", str),
    "retry": ("tries again", _retry),
    "ends_at": ("end", _instant),
    "stop": ("stops at", _stop),
}
