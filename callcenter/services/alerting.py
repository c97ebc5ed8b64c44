"""The loop that fills the bell: what needs a person now is kept, with its beginning and its end, and who has read it."""

from datetime import timedelta

import structlog

from callcenter.domain.errors import CallCenterError, Forbidden
from callcenter.domain.lines import AlertLine
from callcenter.domain.notice import Notice
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.user import SYSTEM, Actor
from callcenter.services.browsing import attention
from callcenter.services.browsing.pages import AttentionLine
from callcenter.services.runtime import Runtime
from callcenter.store import alerts, live
from callcenter.store.database import Tx

log = structlog.get_logger(__name__)

EVERY_SECONDS = 15.0
#: What comes back within this time is the same alert, counted.
SAME_WITHIN = timedelta(minutes=10)
KEPT = timedelta(days=30)
#: Work that is counted where it stands, and no event to be told of.
_NO_NEWS = frozenset({"followups_overdue", "zone_unknown"})


async def run(rt: Runtime) -> None:
    """Steps until cancelled; no failure ends it."""
    while True:
        try:
            await step(rt)
        except CallCenterError as error:
            log.warning("alerting waits", why=error.message)
        await rt.clock.sleep(EVERY_SECONDS)


async def step(rt: Runtime) -> bool:
    """Compares what needs a person with what is known, and writes down the difference; gives whether there was any."""
    now = rt.clock.now()

    def look(tx: Tx) -> dict[str, AttentionLine]:
        clients = live.client_facts(tx, SYSTEM)
        lines = attention.lines(tx, SYSTEM, clients=clients, client_id=None, now=now, since=rt.began_at)
        return {f"{line.kind}:{line.href}": line for line in lines if line.kind not in _NO_NEWS}

    found = await rt.database.read(look)
    known = await rt.database.read(alerts.current)
    same = {key for key in found.keys() & known.keys() if _says(found[key]) == (known[key]["title"], known[key]["detail"])}
    if len(same) == len(found) == len(known):
        return False

    def write(tx: Tx) -> None:
        for key in found.keys() - known.keys():
            line = found[key]
            alerts.begin(
                tx, alert_id=rt.new_id(), key=key, now=now, same_within=SAME_WITHIN, kind=line.kind, level=line.level,
                title=line.title, detail=line.detail, href=line.href, client_id=line.client_id,
            )  # fmt: skip
        for key in known.keys() & found.keys() - same:
            alerts.reword(tx, known[key]["id"], title=found[key].title, detail=found[key].detail)
        for key in known.keys() - found.keys():
            alerts.end(tx, known[key]["id"], now=now)
        alerts.forget(tx, before=now - KEPT)
        tx.announce(Notice("installation"))

    await rt.database.write(write)
    return True


def _says(line: AttentionLine) -> tuple[str, str]:
    return line.title, line.detail


async def page_of_alerts(rt: Runtime, actor: Actor, *, limit: int = 50, cursor: str | None = None) -> Page[AlertLine]:
    """Gives a page of the bell, the newest first. Raises Invalid for a damaged cursor."""
    shown = min(max(limit, 1), MOST_ON_WIRE)
    return await rt.database.read(lambda tx: alerts.search(tx, actor, limit=shown, cursor=cursor))


async def mark_read(rt: Runtime, actor: Actor) -> None:
    """Remembers that this person has read the bell up to now."""
    user_id, now = actor.user_id, rt.clock.now()
    if user_id is None:
        raise Forbidden("The bell is read by people; a token has none.")
    await rt.database.write(lambda tx: alerts.mark_read(tx, user_id, now=now))
