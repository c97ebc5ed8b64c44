"""Where a call stands, by the first line that fits: what Retell told, else its newest dial, else our own decisions."""

from collections.abc import Sequence
from dataclasses import dataclass

from callcenter.domain.call import ACTIVE_STATUSES, Call, CallStatus, Phase, Told
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.ending import ended_status
from callcenter.domain.outcome import has_started

_IN_DOUBT = frozenset({DialState.UNKNOWN, DialState.QUARANTINED})
_AT_RETELL = frozenset({DialState.ACCEPTED, DialState.LIVE, DialState.FINISHED})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call stands; `checking` while we are finding out about Retell's side."""

    status: CallStatus
    checking: bool = False


def newest_standing(dials: Sequence[Dial]) -> Dial | None:
    """The newest dial that may have reached somebody, out of all dials of one call in any order."""
    return max((dial for dial in dials if dial.is_standing), key=lambda dial: dial.seq, default=None)


def told_of_standing(told: Told, dials: Sequence[Dial]) -> Told:
    """What Retell told about the standing dial: once a dial has fallen, its Retell call says nothing about ours."""
    fallen = {dial.provider_call_id for dial in dials if not dial.is_standing and dial.provider_call_id}
    return Told() if told.provider_call_id in fallen else told


def find_place(call: Call, standing: Dial | None, *, overdue: bool) -> Place:
    """The status of a call with its standing dial, if any; `overdue`: the end of the call should have come by now."""
    if call.told.phase >= Phase.ENDED:
        return Place(_ended(call))
    status = _live(call.told, standing)
    if status not in ACTIVE_STATUSES:
        return Place(_undialled(call))
    in_doubt = status is CallStatus.INITIATED and standing is not None and standing.state in _IN_DOUBT
    return Place(status, checking=overdue or in_doubt)


def _ended(call: Call) -> CallStatus:
    started = has_started(call.told)
    if call.cancel_requested_at and not started:
        return CallStatus.CANCELLED
    status = ended_status(call.told.disconnection_reason, call.told.provider_status, started)
    return _undialled(call) if status is CallStatus.SCHEDULED else status


def _live(told: Told, standing: Dial | None) -> CallStatus:
    if told.phase is Phase.TALKING:
        return CallStatus.IN_PROGRESS
    if told.phase is Phase.STARTED:
        return CallStatus.CONNECTED
    if told.phase in (Phase.REGISTERED, Phase.RINGING) or (standing and standing.state in _AT_RETELL):
        return CallStatus.RINGING
    return CallStatus.INITIATED if standing else CallStatus.SCHEDULED


def _undialled(call: Call) -> CallStatus:
    """A call without a standing dial: called off, closed by a rule, refused by Retell for good, or still to be dialled."""
    if call.cancel_requested_at:
        return CallStatus.CANCELLED
    if call.closed_why is None:
        return CallStatus.SCHEDULED
    return CallStatus.FAILED if call.refused else CallStatus.CANCELLED
