"""Which key opens which account: kept opened in memory, for every webhook and every call to the provider asks.

What is kept is a hint: it is forgotten at once when this process changes an account or hears of it, and read again
after thirty seconds at the latest.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import structlog

from callcenter.domain.client import Account, AccountKey
from callcenter.domain.errors import Invalid, NotFound
from callcenter.services.ports import Provider
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, clients
from callcenter.store.database import Tx

log = structlog.get_logger(__name__)

#: A retired key still proves a webhook for this long: calls placed with it end later.
RETIRED_KEYS_HOLD = timedelta(hours=24)
_OLDEST = 30.0
_KEPT = "keyring"
_TIMES_FORGOTTEN = "keyring forgotten"


@dataclass(slots=True)
class _Keyring:
    """Everything read at `read_at` (seconds of boot time): opened keys by account, and the account of each hook."""

    read_at: float
    accounts: dict[str, Account]
    keys: dict[str, list[tuple[AccountKey, str]]]
    hooks: dict[str, tuple[str, str | None]]
    providers: dict[str, Provider] = field(default_factory=dict[str, Provider])


def purpose_of(account_id: str) -> str:
    """Gives what a key of this account is sealed for, so that rows cannot be swapped."""
    return f"retell key of account {account_id}"


async def providers_for(rt: Runtime, account_id: str) -> Provider:
    """Gives the provider of an account, opened with its newest key. Raises Invalid when it has no usable key."""
    ring = await _ring(rt)
    if account_id not in ring.providers:
        account = ring.accounts.get(account_id)
        if account is None:
            raise NotFound("There is no such account.")
        ring.providers[account_id] = rt.providers.open(api_key=_newest(ring, account_id), is_simulated=account.is_simulated)
    return ring.providers[account_id]


async def newest_key(rt: Runtime, account_id: str) -> str:
    """Gives the newest key of an account, opened; it goes no further than into a signature. Raises Invalid when there is none."""
    return _newest(await _ring(rt), account_id)


def _newest(ring: _Keyring, account_id: str) -> str:
    usable = [plain for key, plain in ring.keys.get(account_id, []) if key.retired_at is None]
    if not usable:
        raise Invalid("This account has no usable Retell key. Enter one for the client.", field="retell.apiKey")
    return usable[0]


async def webhook_keys(rt: Runtime, hook_id: str | None) -> list[tuple[str, str | None, str]]:
    """Gives (account, client if the address names one, key) for every key that may have signed a delivery.

    With a known hook its client's keys come first. The others follow all the same: the key decides which account it is,
    and a client may have changed accounts while a call was running.
    """
    ring = await _ring(rt)
    oldest = rt.clock.now() - RETIRED_KEYS_HOLD
    account_id, client_id = ring.hooks.get(hook_id, (None, None)) if hook_id else (None, None)
    found = [
        (each, client_id if each == account_id else None, plain)
        for each, keys in ring.keys.items()
        for key, plain in keys
        if key.retired_at is None or key.retired_at > oldest
    ]
    return sorted(found, key=lambda item: item[0] != account_id)


async def hook_is_known(rt: Runtime, hook_id: str) -> bool:
    """Says whether an address of ours has this id."""
    return hook_id in (await _ring(rt)).hooks


def forget(rt: Runtime) -> None:
    """Makes the next question read the accounts again; call it after changing one."""
    rt.kept.pop(_KEPT, None)
    rt.kept[_TIMES_FORGOTTEN] = rt.kept.get(_TIMES_FORGOTTEN, 0) + 1


async def watch(rt: Runtime) -> None:
    """Forgets what is kept whenever any process says that an account or a client changed; runs until cancelled."""
    async for notice in rt.bus.listen():
        if notice.topic in ("account", "client"):
            forget(rt)


async def _ring(rt: Runtime) -> _Keyring:
    kept = cast("_Keyring | None", rt.kept.get(_KEPT))
    if kept is not None and rt.clock.boot() - kept.read_at < _OLDEST:
        return kept
    times = rt.kept.get(_TIMES_FORGOTTEN, 0)
    fresh = await rt.database.read(lambda tx: _read(tx, rt))
    if kept is not None and kept.keys == fresh.keys and kept.accounts.keys() == fresh.accounts.keys():
        fresh.providers.update(kept.providers)  # connections stay open
    if rt.kept.get(_TIMES_FORGOTTEN, 0) == times:  # else something changed while we read
        rt.kept[_KEPT] = fresh
    return fresh


def _read(tx: Tx, rt: Runtime) -> _Keyring:
    keys: dict[str, list[tuple[AccountKey, str]]] = {}
    for key in accounts.keys_of(tx):
        try:
            plain = rt.vault.open(key.sealed, purpose=purpose_of(key.account_id))
        except Invalid as error:  # sealed with a secret that is gone: the others must go on
            log.error("a stored key cannot be opened", account_id=key.account_id, last4=key.last4, why=error.message)
            continue
        keys.setdefault(key.account_id, []).append((key, plain))
    hooks = {
        client.hook_id: (client.account_id, client.client_id) for client in clients.listed(tx) if client.account_id is not None
    }
    every = {account.account_id: account for account in accounts.listed(tx)}
    return _Keyring(read_at=rt.clock.boot(), accounts=every, keys=keys, hooks={hook: (a, c) for hook, (a, c) in hooks.items()})
