"""What the provider itself knows happened, held against what we promise: the judge of journeys that break things."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from callcenter.simulator.server import Simulator

#: A cap that is lowered ends no call, and a create may be on the wire while the cap is changed.
SETTLES = timedelta(seconds=3)


def dialled_twice(provider: Simulator) -> list[str]:
    """Gives the numbers that more than one call was made to."""
    calls = Counter(call.order.to_number for call in provider.provider.exchange.calls.values())
    return [number for number, count in calls.items() if count > 1]


def asked_twice(provider: Simulator) -> list[str]:
    """Gives the keys under which more than one create request came in; one cut off before its body came through has none."""
    keys = Counter(str(entry["idempotency_key"]) for entry in provider.log.entries if entry["idempotency_key"])
    return [key for key, count in keys.items() if count > 1]


def made(provider: Simulator) -> dict[str, str | None]:
    """Gives every call the provider made, with how it ended."""
    return {call.call_id: call.reason for call in provider.provider.exchange.calls.values()}


def overruns(provider: Simulator, caps: Sequence[tuple[datetime, int]], *, doubtful: int = 0) -> list[str]:
    """Gives the instants at which a call was made although as many were alive as the cap then in force allowed.

    `caps` are (since, cap), earliest first. `doubtful` calls may be alive beyond it: those whose place was given back while
    nobody could tell that they existed.
    """
    calls = sorted(provider.provider.exchange.calls.values(), key=lambda call: call.created_at)
    ends = sorted(call.ended_at for call in calls if call.ended_at is not None)
    found: list[str] = []
    for nth, call in enumerate(calls, start=1):
        alive = nth - bisect_right(ends, call.created_at)
        allowed = _cap_at(caps, call.created_at) + doubtful
        if alive > allowed:
            found.append(f"{call.created_at:%H:%M:%S.%f}: {alive} alive, {allowed} allowed")
    return found


def _cap_at(caps: Sequence[tuple[datetime, int]], at: datetime) -> int:
    """Gives the highest cap that was in force shortly before an instant."""
    changes = [since for since, _cap in caps]
    last = max(0, bisect_right(changes, at) - 1)
    first = max(0, bisect_right(changes, at - SETTLES) - 1)
    return max(cap for _since, cap in caps[first : last + 1])
