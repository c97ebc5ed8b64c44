"""Days on which nobody is called, of one client or of everybody: list them, add one, take one away."""

from collections.abc import Callable
from datetime import timedelta

from callcenter.domain.blackout import Blackout, day_from, name_of_day
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.notice import Notice
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services.onboarding import require_all_clients
from callcenter.services.runtime import Runtime
from callcenter.store import blackouts, calls, clients
from callcenter.store.database import Tx

#: While it is some day anywhere, it is at most this long over where it is latest.
_STILL = timedelta(days=1)


async def closed_days(rt: Runtime, actor: Actor, *, client_id: str | None = None) -> list[Blackout]:
    """Gives the days to come on which nobody is called, soonest first: everybody's, and those of the client. Raises NotFound."""
    since = (rt.clock.now() - _STILL).date()

    def work(tx: Tx) -> list[Blackout]:
        if client_id is not None:
            sees(actor, client_id)
            clients.get(tx, client_id)
        return blackouts.listed(tx, client_id=client_id, since=since)

    return await rt.database.read(work)


async def close_day(rt: Runtime, actor: Actor, on: str, *, name: str, client_id: str | None = None) -> Blackout:
    """Closes a day; see `closing_day`."""
    return await rt.database.write(closing_day(rt, actor, on, name=name, client_id=client_id))


def closing_day(
    rt: Runtime, actor: Actor, on: str, *, name: str, client_id: str | None = None
) -> Callable[[Tx], Blackout]:  # fmt: skip
    """Gives the work that closes a day for a client or (None) for everybody; managers, at once.

    Raises Invalid naming the field, Forbidden, NotFound, and Conflict when the day is closed already.
    """
    _may(actor, client_id)
    now = rt.clock.now()
    day = Blackout(
        blackout_id=rt.new_id(), on=day_from(on, now=now), client_id=client_id, name=name_of_day(name), by=actor.label,
        created_at=now,
    )  # fmt: skip

    def work(tx: Tx) -> Blackout:
        if client_id is not None:
            clients.get(tx, client_id)
        if blackouts.find(tx, day.on, client_id):
            raise Conflict("This day is closed already.")
        blackouts.add(tx, day)
        tx.announce(Notice("client", client_id, client_id or ""))
        return day

    return work


async def open_day(rt: Runtime, actor: Actor, blackout_id: str, *, client_id: str | None = None) -> Blackout:
    """Takes a closed day of a client or (None) of everybody away; what waits for the day after is looked at again.

    Raises Forbidden, and NotFound when it is not there or somebody else's.
    """
    _may(actor, client_id)
    now = rt.clock.now()

    def work(tx: Tx) -> Blackout:
        day = blackouts.get(tx, blackout_id)
        if day.client_id != client_id:
            raise NotFound("There is no such closed day.")
        blackouts.remove(tx, day, by=actor.label, now=now)
        calls.look_again(tx, now=now, client_id=client_id)
        tx.announce(Notice("client", client_id, client_id or ""))
        tx.announce(Notice("slot", client_id))
        return day

    return await rt.database.write(work)


def _may(actor: Actor, client_id: str | None) -> None:
    if client_id is None:
        require_all_clients(actor)
    else:
        sees(actor, client_id)
    require(actor, Role.MANAGER, to="close days or open them")
