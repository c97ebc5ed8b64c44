"""Makes a valid client, lead, batch, call or user, so that a test states only what matters to it."""

import itertools
from datetime import time
from typing import Any

import sqlalchemy as sa

from callcenter.domain.batch import Batch, BatchState
from callcenter.domain.call import Call, Priority
from callcenter.domain.client import Client
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.hours import DAYS, Window
from callcenter.domain.lead import Lead
from callcenter.domain.user import Actor, Role
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, batches, calls, dials, inbox, leads
from callcenter.store import clients as client_store
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter
from tests.fakes import START

_count = itertools.count(1)

#: Open all week round, so that hours never stand in the way of a test about something else.
ALWAYS = (Window(days=DAYS, start=time(0), end=None),)

ADMIN = Actor(label="ada@example.com", role=Role.ADMIN, user_id="0" * 31 + "1")
MANAGER = Actor(label="max@example.com", role=Role.MANAGER, user_id="0" * 31 + "2")
AGENT = Actor(label="ana@example.com", role=Role.AGENT, user_id="0" * 31 + "3")
VIEWER = Actor(label="vic@example.com", role=Role.VIEWER, user_id="0" * 31 + "4")


def new_id() -> str:
    """Gives an id; later ones sort after earlier ones."""
    return f"{next(_count):032x}"


def number(nth: int | None = None) -> str:
    """Gives a fictional number: +1 NPA 555-0100 to 0199, by NPA."""
    nth = next(_count) if nth is None else nth
    return f"+1{212 + nth // 100 % 700}55501{nth % 100:02d}"


def client(**more: Any) -> Client:
    """Gives a client in New York, open all week round."""
    client_id = more.get("client_id") or new_id()
    return Client(**{
        "client_id": client_id, "name": f"Client {client_id[-4:]}", "timezone": "America/New_York",
        "from_number": "+14155550100", "agent_id": "agent_recall", "calling_hours": ALWAYS,
        "hook_id": f"hook_{client_id}", "created_at": START, "updated_at": START,
    } | more)  # fmt: skip


def lead(client: Client, **more: Any) -> Lead:
    """Gives a lead of `client` with a number of its own."""
    phone = more.get("number") or number()
    return Lead(**{
        "lead_id": new_id(), "client_id": client.client_id, "name": "Lee Reyes", "number": phone, "phone_given": phone,
        "created_at": START, "updated_at": START,
    } | more)  # fmt: skip


def batch(client: Client, **more: Any) -> Batch:
    """Gives a running batch of `client`."""
    return Batch(**{
        "batch_id": new_id(), "client_id": client.client_id, "name": "Recall", "state": BatchState.RUNNING,
        "created_at": START, "updated_at": START,
    } | more)  # fmt: skip


def call(client: Client | None, lead: Lead | None = None, batch: Batch | None = None, **more: Any) -> Call:
    """Gives a scheduled call that is due, of `client`, to `lead` if given."""
    call_id = more.get("call_id") or new_id()
    return Call(**{
        "call_id": call_id, "client_id": client.client_id if client else None,
        "account_id": client.account_id if client else None, "lead_id": lead.lead_id if lead else None,
        "lead_name": lead.name if lead else "", "batch_id": batch.batch_id if batch else None, "root_call_id": call_id,
        "to_number": lead.number if lead else number(), "from_number": client.from_number if client else None,
        "agent_id": client.agent_id if client else None, "priority": Priority.NORMAL, "scheduled_at": START,
        "look_again_at": START, "created_at": START, "updated_at": START,
    } | more)  # fmt: skip


async def saved_client(rt: Runtime, **more: Any) -> Client:
    """Adds a client on the default account and gives it."""

    def work(tx: Tx) -> Client:
        account = accounts.find_default(tx)
        made = client(**{"account_id": account.account_id if account else None} | more)
        client_store.add(tx, made)
        return made

    return await rt.database.write(work)


async def saved_lead(rt: Runtime, client: Client, **more: Any) -> Lead:
    """Adds a lead and gives it."""
    made = lead(client, **more)
    await rt.database.write(lambda tx: leads.add(tx, made))
    return made


async def saved_batch(rt: Runtime, client: Client, **more: Any) -> Batch:
    """Adds a batch and gives it."""
    made = batch(client, **more)
    await rt.database.write(lambda tx: batches.add(tx, made, by="test"))
    return made


async def saved_call(
    rt: Runtime, client: Client | None, lead: Lead | None = None, batch: Batch | None = None, **more: Any
) -> Call:
    """Adds a call without any dial and gives it; `derived` and `told` say how far it has come."""
    made = call(client, lead, batch, **more)
    await rt.database.write(lambda tx: calls.add(tx, made))
    return made


async def letters_in(rt: Runtime, *states: str, limit: int = 1_000) -> list[Letter]:
    """Gives the letters of the inbox that are in one of these states, in the order in which they came."""

    def work(tx: Tx) -> list[Letter]:
        of_state = inbox.ROWS.c.state.in_(states)
        query = sa.select(inbox.ROWS.c.id).where(of_state).order_by(inbox.ROWS.c.received_at, inbox.ROWS.c.id).limit(limit)
        return [letter for each in tx.execute(query).scalars() if (letter := inbox.find(tx, each)) is not None]

    return await rt.database.read(work)


def dial(call: Call, **more: Any) -> Dial:
    """Gives a dial of a call, sent and not answered yet."""
    dial_id = new_id()
    return Dial(**{
        "dial_id": dial_id, "call_id": call.call_id, "client_id": call.client_id, "account_id": call.account_id,
        "number": call.to_number, "seq": 1, "token": f"token_{dial_id}", "state": DialState.SENDING, "epoch": 0,
        "planned_at": START, "sent_at": START, "variables_sent": {},
    } | more)  # fmt: skip


async def saved_dial(rt: Runtime, call: Call, **more: Any) -> Dial:
    """Adds a dial of a call, sent now and not answered yet, and gives it."""
    made = dial(call, **{"planned_at": rt.clock.now(), "sent_at": rt.clock.now(), **more})
    await rt.database.write(lambda tx: dials.add(tx, made))
    return made
