"""Clients: adding and changing them with their keys, pausing them or everything; and the installation's first start."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from callcenter.domain.client import Account, Client, Installation
from callcenter.domain.client_input import (
    MANAGERS_MAY_CHANGE,
    ClientInput,
    country_from,
    filled,
    name_from,
    timezone_from,
)
from callcenter.domain.errors import Conflict, Forbidden, Invalid
from callcenter.domain.hours import DEFAULT_HOURS, goes_beyond, windows_to
from callcenter.domain.paging import Cursor, Page, read_cursor
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import joining, keys
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, clients, overrides, slots, transitions
from callcenter.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientView:
    """A client with what doors show of its account; of the key only the last four characters."""

    client: Client
    account: Account | None
    last4: str | None
    webhook_url: str | None = None
    last_event_at: datetime | None = None

    @property
    def is_simulated(self) -> bool:
        """Whether its calls are made up by the simulator."""
        return self.account is not None and self.account.is_simulated


async def ensure_installation(rt: Runtime) -> Installation:
    """Gives this installation, made on the first start, and keeps the default account in step with RETELL_API_KEY."""
    now = rt.clock.now()
    secret = rt.settings.retell_api_key

    def work(tx: Tx) -> Installation:
        found = clients.find_installation(tx)
        if found is None:
            found = Installation(install_id=rt.new_id())
            clients.add_installation(tx, found, now=now)
        joining.reseal(tx, rt)
        joining.keep_default_account(tx, rt, secret.get_secret_value() if secret else None, now=now)
        return found

    installation = await rt.database.write(work)
    keys.forget(rt)
    return installation


async def installation_of(rt: Runtime) -> Installation:
    """Gives this installation."""
    return await rt.database.read(clients.get_installation)


async def change_installation(
    rt: Runtime, actor: Actor, *, name: str, country: str, timezone: str, currency: str = "USD"
) -> Installation:
    """Changes what the workspace is called and where it is; admins only."""
    require(actor, Role.ADMIN, to="change the workspace")
    now = rt.clock.now()
    given = {"name": name_from(name), "timezone": timezone_from(timezone), "country": country_from(country) or "US"}

    def work(tx: Tx) -> Installation:
        changed = replace(clients.get_installation(tx), currency=currency, **given)
        clients.save_installation(tx, changed, now=now)
        return changed

    return await rt.database.write(work)


async def add_client(rt: Runtime, actor: Actor, given: ClientInput) -> ClientView:
    """Adds a client; admins only. Raises Invalid naming the field, Conflict when the name is taken."""
    view = await rt.database.write(adding(rt, actor, given))
    keys.forget(rt)
    return view


def adding(rt: Runtime, actor: Actor, given: ClientInput) -> Callable[[Tx], ClientView]:
    """Gives the work that adds a client, for a transaction of the caller's; afterwards `keys.forget(rt)`."""
    require(actor, Role.ADMIN, to="add a client")
    now = rt.clock.now()
    client_id, hook_id = rt.new_id(), rt.new_secret(128)

    def work(tx: Tx) -> ClientView:
        account_id = joining.account_for_new(tx, rt, given, now=now)
        blank = Client(
            client_id=client_id, name="", timezone="UTC", country=clients.get_installation(tx).country,
            calling_hours=DEFAULT_HOURS, hook_id=hook_id, account_id=account_id, created_at=now, updated_at=now,
        )  # fmt: skip
        made = filled(blank, {each.name: getattr(given, each.name) for each in fields(given)})
        clients.add(tx, made)
        _record_hours(tx, rt, actor, None, made, given.hours_reason, now=now)
        _write_down(tx, made, "added", actor, now=now)
        return _view(tx, rt, made)

    return work


async def change_client(
    rt: Runtime, actor: Actor, client_id: str, changes: Mapping[str, Any], *, rev: int | None = None
) -> ClientView:
    """Changes some fields (the names of ClientInput) of a client; with `rev` only if that is what the caller saw.

    Managers may change caps and hours, admins everything. Raises Invalid, Conflict, Forbidden or NotFound.
    """
    sees(actor, client_id)
    unknown = set(changes) - {each.name for each in fields(ClientInput)}
    if unknown:
        raise Invalid(f"A client has no field {', '.join(sorted(unknown))}.", field=min(unknown))
    is_small = set(changes) <= MANAGERS_MAY_CHANGE
    require(actor, Role.MANAGER if is_small else Role.ADMIN, to="change this of a client")
    now = rt.clock.now()

    def work(tx: Tx) -> ClientView:
        slots.lock_client(tx, client_id)
        before = clients.get(tx, client_id, lock=True)
        if rev is not None and rev != before.rev:
            raise Conflict("Someone changed this client a moment ago. Look at it again.")
        after = filled(before, changes)
        if {"api_key", "is_simulated"} & set(changes):
            after = replace(after, account_id=joining.account_for_change(tx, rt, before, changes, now=now))
        saved = clients.save(tx, before, after, now=now)
        _record_hours(tx, rt, actor, before, saved, str(changes.get("hours_reason") or ""), now=now)
        _write_down(tx, saved, "changed", actor, now=now, why=", ".join(sorted(set(changes) - {"hours_reason"})))
        calls.look_again(tx, client_id=client_id, now=now)
        return _view(tx, rt, saved)

    view = await rt.database.write(work)
    keys.forget(rt)
    return view


async def get_client(rt: Runtime, actor: Actor, client_id: str) -> ClientView:
    """Gives one client; raises NotFound when there is none or it is not this person's."""
    sees(actor, client_id)
    return await rt.database.read(lambda tx: _view(tx, rt, clients.get(tx, client_id)))


async def clients_of(rt: Runtime, actor: Actor) -> list[ClientView]:
    """Gives every client this person may see, by name."""
    mine = actor.client_ids
    return await rt.database.read(lambda tx: [_view(tx, rt, each) for each in clients.listed(tx, client_ids=mine)])


async def page_of_clients(rt: Runtime, actor: Actor, *, limit: int = 50, cursor: str | None = None) -> Page[ClientView]:
    """Gives one page of the clients this person may see, by name."""
    place = read_cursor(cursor, sort="name")
    after = (str(place.value), place.id) if place else None
    first = place.first if place else 1

    def work(tx: Tx) -> Page[ClientView]:
        found, total = clients.page(tx, client_ids=actor.client_ids, after=after, limit=limit + 1)
        shown = found[:limit]
        older = None
        if len(found) > limit:
            last = shown[-1]
            older = Cursor(sort="name", value=last.name, id=last.client_id, first=first + limit).encode()
        return Page(items=tuple(_view(tx, rt, each) for each in shown), older=older, first=first, total=total)

    return await rt.database.read(work)


def require_all_clients(actor: Actor) -> None:
    """Raises Forbidden for someone who sees only some clients: this would touch the others too."""
    if actor.client_ids is not None:
        raise Forbidden("You see only some of the clients, and this would touch all of them.")


# What a client stands on ---------------------------------------------------------------------------------------------


def _record_hours(tx: Tx, rt: Runtime, actor: Actor, before: Client | None, after: Client, reason: str, *, now: datetime) -> None:
    """Refuses hours beyond the careful default without a reason, and writes the decision down."""
    if before is not None and before.calling_hours == after.calling_hours:
        return
    if not goes_beyond(after.calling_hours, DEFAULT_HOURS):
        return
    require(actor, Role.MANAGER, to="call outside the default hours")
    if not reason.strip():
        raise Invalid(
            "These hours go beyond the calling rules (Mon–Sat 09:00–20:00, Sun 12:00–20:00). Give the reason.",
            field="callingHours.reason",
        )
    value = {"windows": windows_to(after.calling_hours)}
    overrides.add(
        tx, override_id=rt.new_id(), client_id=after.client_id, key="hours", value=value, why=reason.strip()[:500],
        by=actor.label, now=now,
    )  # fmt: skip


def _write_down(tx: Tx, client: Client, what: str, actor: Actor, *, now: datetime, why: str = "") -> None:
    transitions.add(tx, what="client", row_id=client.client_id, from_state=None, to_state=what, now=now, by=actor.label, why=why)


def _view(tx: Tx, rt: Runtime, client: Client) -> ClientView:
    account = accounts.get(tx, client.account_id) if client.account_id else None
    usable = [key for key in accounts.keys_of(tx, [client.account_id] if client.account_id else []) if not key.retired_at]
    return ClientView(
        client=client,
        account=account,
        last4=usable[0].last4 if usable else None,
        webhook_url=webhook_url(rt, client),
        last_event_at=clients.last_event_at(tx, client.client_id),
    )


def webhook_url(rt: Runtime, client: Client) -> str | None:
    """Gives the address that Retell is told with each call of this client; None without a public address."""
    base = rt.settings.public_url
    return f"{base}/api/calls/webhook/retell/{client.hook_id}" if base else None
