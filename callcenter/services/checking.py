"""Can this process do its work: database, schema, bus; and the figures that operators watch."""

from dataclasses import dataclass

from callcenter.domain.errors import CallCenterError
from callcenter.services.runtime import Runtime
from callcenter.store import figures, schema


@dataclass(frozen=True, slots=True)
class Readiness:
    """What works: the database answers, its schema is ours, the bus is up."""

    database: bool
    schema: bool
    bus: bool

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
    return Readiness(database=True, schema=has_schema, bus=await rt.bus.is_up())


async def counts(rt: Runtime) -> dict[str, dict[str, int]]:
    """Gives what is on its way: calls and dials by state, and provider events not dealt with yet."""
    return await rt.database.read(figures.on_their_way)
