"""Lists of leads with what has come of calling them, and of clients with how they are doing."""

from collections.abc import Sequence

import sqlalchemy as sa

from callcenter.domain.call import ACTIVE_STATUSES, CallStatus, Origin
from callcenter.domain.eligibility import zones_for
from callcenter.domain.lead import Lead
from callcenter.domain.lines import LeadLine
from callcenter.domain.user import Actor
from callcenter.store.call_filter import CALLS
from callcenter.store.database import Tx
from callcenter.store.paging import visible_to
from callcenter.store.tables import ClientRow, LeadRow, table_of

CLIENTS = table_of(ClientRow)
LEADS = table_of(LeadRow)
_C = CALLS.c


def lines(tx: Tx, leads: Sequence[Lead]) -> tuple[LeadLine, ...]:
    """Gives the line of each of these leads, in this order."""
    names = client_names(tx, {lead.client_id for lead in leads})
    is_waiting = _C.status == CallStatus.SCHEDULED.value
    query = sa.select(
        _C.lead_id,
        sa.func.count(_C.dialled_at).label("attempts"),
        sa.func.max(_C.dialled_at).label("last_called_at"),
        sa.func.max(sa.case((_C.dialled_at.is_not(None), _C.id))).label("last_call_id"),  # ids sort by age
        sa.func.min(sa.case((is_waiting, _C.scheduled_at))).label("next_at"),
    )
    ids = [lead.lead_id for lead in leads]
    query = query.where(_C.lead_id.in_(ids), _C.origin == Origin.OURS.value).group_by(_C.lead_id)
    called = {row["lead_id"]: row for row in tx.execute(query).mappings()}
    return tuple(_line(lead, names.get(lead.client_id, ""), called.get(lead.lead_id)) for lead in leads)


def client_names(tx: Tx, client_ids: set[str]) -> dict[str, str]:
    """Gives the names of these clients."""
    query = sa.select(CLIENTS.c.id, CLIENTS.c.name).where(CLIENTS.c.id.in_(client_ids))
    return {row[0]: row[1] for row in tx.execute(query)}


def counts_by_client(tx: Tx, actor: Actor) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Gives, by client, how many calls go on, how many wait, and how many leads there are."""
    active = [status.value for status in ACTIVE_STATUSES]
    query = sa.select(_C.client_id, _C.status, sa.func.count()).group_by(_C.client_id, _C.status)
    query = query.where(_C.status.in_([*active, CallStatus.SCHEDULED.value]), *visible_to(_C.client_id, actor))
    going_on: dict[str, int] = {}
    waiting: dict[str, int] = {}
    for client_id, status, count in tx.execute(query):
        where = waiting if status == CallStatus.SCHEDULED.value else going_on
        where[client_id] = where.get(client_id, 0) + count
    of_leads = sa.select(LEADS.c.client_id, sa.func.count()).group_by(LEADS.c.client_id)
    of_leads = of_leads.where(LEADS.c.deleted_at.is_(None), *visible_to(LEADS.c.client_id, actor))
    return going_on, waiting, {row[0]: row[1] for row in tx.execute(of_leads)}


def _line(lead: Lead, client_name: str, called: sa.RowMapping | None) -> LeadLine:
    zones = zones_for(lead.timezone, lead.number) if lead.number else ()
    return LeadLine(
        lead_id=lead.lead_id,
        client_id=lead.client_id,
        client_name=client_name,
        name=lead.name,
        number=lead.number,
        email=lead.email,
        external_id=lead.external_id,
        timezone=lead.timezone,
        zone=zones[0] if zones else "",
        zone_is_sure=lead.timezone is not None or len(zones) == 1,
        tags=lead.tags,
        last_outcome=lead.last_outcome,
        last_call_id=called["last_call_id"] if called else None,
        last_called_at=called["last_called_at"] if called else None,
        attempts=called["attempts"] if called else 0,
        next_at=called["next_at"] if called else None,
        do_not_call=lead.do_not_call,
        created_at=lead.created_at,
        updated_at=lead.updated_at,
    )
