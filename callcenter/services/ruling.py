"""The calling rules as they stand: the rows we ship, and what people decided beside them, with who and why."""

from dataclasses import dataclass
from datetime import date, datetime

from callcenter.domain.batch import BatchState
from callcenter.domain.hours import Window, windows_from
from callcenter.domain.rules import RULES, Rule
from callcenter.domain.user import Actor
from callcenter.services.runtime import Runtime
from callcenter.store import batches, clients, overrides
from callcenter.store.database import Tx

#: So many decisions are shown, the newest.
MOST_DECISIONS = 100
_OPEN = (BatchState.SCHEDULED, BatchState.RUNNING, BatchState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Hours beyond the careful default, and who allowed them why.

    `holds_for` names what they hold for now: "its calling hours", a batch; "" when it was a single call or is over.
    """

    client_name: str
    windows: tuple[Window, ...]
    why: str
    by: str
    at: datetime
    holds_for: str


def shipped(*, on: date) -> tuple[Rule, ...]:
    """Gives the rows in force on a day, in their order: our default, countries, states, and what is only to be looked up."""
    return tuple(rule for rule in RULES if rule.holds_on(on))


async def decisions(rt: Runtime, actor: Actor) -> list[Decision]:
    """Gives the decisions about clients this person may see, newest first."""

    def work(tx: Tx) -> list[Decision]:
        known = {client.client_id: client for client in clients.listed(tx, client_ids=actor.client_ids)}
        running = batches.listed(tx, client_ids=list(known), states=_OPEN, limit=1_000)
        named = {(batch.client_id, batch.window): f"batch “{batch.name}”" for batch in running}
        named |= {(client_id, client.calling_hours): "its calling hours" for client_id, client in known.items()}
        found: list[Decision] = []
        for row in overrides.listed(tx, client_ids=actor.client_ids, limit=MOST_DECISIONS):
            windows, client = windows_from(row["value"]["windows"], field="windows"), known.get(row["client_id"])
            found.append(
                Decision(
                    client_name=client.name if client else "", windows=windows, why=row["why"], by=row["by"],
                    at=row["created_at"], holds_for=named.pop((row["client_id"], windows), ""),
                )
            )  # fmt: skip
        return found

    return await rt.database.read(work)
