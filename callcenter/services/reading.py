"""Whole calls for machines: a page or one, each with what is promised to its lead."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from callcenter.domain.call import Call
from callcenter.domain.lines import FollowUpLine
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.search import CallFilter
from callcenter.domain.user import Actor, is_at_least, sees
from callcenter.services.browsing.call import MAY_LISTEN
from callcenter.services.runtime import Runtime
from callcenter.store import call_pages, calls, follow_ups
from callcenter.store.database import Tx

#: Above this many, the total of a list is not counted out.
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class WholeCall:
    """A call with its open follow-up and its open appointment, if there are any."""

    call: Call
    follow_up: FollowUpLine | None = None
    appointment: FollowUpLine | None = None


async def get(rt: Runtime, actor: Actor, call_id: str) -> WholeCall:
    """Gives one call; raises NotFound when there is none or it is not this person's."""

    def work(tx: Tx) -> WholeCall:
        call = calls.get(tx, call_id)
        sees(actor, call.client_id, what="call")
        return whole(tx, [_heard_by(actor, call)])[0]

    return await rt.database.read(work)


async def page_of_calls(
    rt: Runtime, actor: Actor, asked: CallFilter, *, limit: int = 50, cursor: str | None = None
) -> Page[WholeCall]:
    """Gives one page of the whole calls that match and that this person may see; `total` None above MOST_COUNTED."""

    def work(tx: Tx) -> Page[WholeCall]:
        page = call_pages.search(tx, asked, actor, limit=max(1, min(limit, MOST_ON_WIRE)), cursor=cursor)
        total, is_capped = call_pages.count(tx, asked, actor, cap=MOST_COUNTED)
        found = calls.many(tx, [line.call_id for line in page.items])
        items = whole(tx, [_heard_by(actor, found[line.call_id]) for line in page.items if line.call_id in found])
        return replace(page, items=tuple(items), total=None if is_capped else total)  # type: ignore[arg-type]

    return await rt.database.read(work)


def whole(tx: Tx, some: Sequence[Call]) -> list[WholeCall]:
    """Adds to calls what is promised, inside a transaction."""
    promised = follow_ups.open_of_calls(tx, [call.call_id for call in some])
    return [
        WholeCall(
            call,
            follow_up=_first(promised.get(call.call_id, ()), "follow_up"),
            appointment=_first(promised.get(call.call_id, ()), "appointment"),
        )
        for call in some
    ]


def _heard_by(actor: Actor, call: Call) -> Call:
    """Leaves the address of the recording out for those who may not listen."""
    if call.told.recording_url is None or is_at_least(actor, MAY_LISTEN):
        return call
    return replace(call, told=replace(call.told, recording_url=None))


def _first(lines: Sequence[FollowUpLine], kind: str) -> FollowUpLine | None:
    return next((line for line in lines if line.kind == kind), None)
