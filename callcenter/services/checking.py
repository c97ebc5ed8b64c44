"""Can this process do its work: database, schema, bus; and the figures that operators watch."""

from dataclasses import dataclass

from callcenter.domain.errors import CallCenterError
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, figures, schema


@dataclass(frozen=True, slots=True)
class Readiness:
    """What works: the database answers, its schema is ours, the bus is up; `clock`: ours agrees with the provider's.

    Without the clock nothing is dialled, yet requests are served and webhooks taken in as ever.
    """

    database: bool
    schema: bool
    bus: bool
    clock: bool = True

    @property
    def is_ready(self) -> bool:
        """Whether requests may be sent here."""
        return self.database and self.schema and self.bus


async def readiness(rt: Runtime) -> Readiness:
    """Looks at everything a request needs; never raises."""
    try:
        has_schema = await rt.database.read(schema.is_current)
    except CallCenterError:
        return Readiness(database=False, schema=False, bus=await rt.bus.is_up())
    agrees = not has_schema or await rt.database.read(lambda tx: all(a.clock_ahead_s is None for a in accounts.listed(tx)))
    return Readiness(database=True, schema=has_schema, bus=await rt.bus.is_up(), clock=agrees)


async def counts(rt: Runtime) -> dict[str, dict[str, int]]:
    """Gives what is on its way: calls and dials by state, and provider events not dealt with yet."""
    return await rt.database.read(figures.on_their_way)
