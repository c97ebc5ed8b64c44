"""Which account a key reaches: a known key joins its account, a new one gets its own, none at all means the default one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from callcenter.domain.client import Account, AccountKey, Client
from callcenter.domain.client_input import ClientInput
from callcenter.domain.errors import Invalid
from callcenter.services.keys import purpose_of
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, clients
from callcenter.store.database import Tx

log = structlog.get_logger(__name__)


def make_key(rt: Runtime, account_id: str, api_key: str, *, is_simulated: bool) -> AccountKey:
    """Gives a key as it is stored."""
    return AccountKey(
        key_id=rt.new_id(),
        account_id=account_id,
        is_simulated=is_simulated,
        sealed=rt.vault.seal(api_key, purpose=purpose_of(account_id)),
        last4=api_key[-4:],
        fingerprint=rt.vault.fingerprint(api_key),
    )


def join_account(tx: Tx, rt: Runtime, api_key: str, *, is_simulated: bool, now: datetime, alone_on: str | None = None) -> str:
    """Gives the account that a key reaches, adding key or account when they are new.

    A known key leads to its account. A new one is added to `alone_on`, whose other keys retire, else to a new account.
    """
    known = accounts.find_key(tx, is_simulated=is_simulated, fingerprint=rt.vault.fingerprint(api_key))
    if known is not None:
        if known.retired_at is not None:
            accounts.revive_key(tx, known, now=now)
        if known.account_id == alone_on:
            accounts.retire_other_keys(tx, known.account_id, but=known.key_id, now=now)
        return known.account_id
    account_id = alone_on or rt.new_id()
    if alone_on is None:
        # before now there is nothing of ours to compare; from now on there is, even in a copy of the database made in a minute
        accounts.add(tx, Account(account_id=account_id, is_simulated=is_simulated, swept_to=now), now=now)
    key = make_key(rt, account_id, api_key, is_simulated=is_simulated)
    accounts.add_key(tx, key, now=now)
    if alone_on is not None:
        accounts.retire_other_keys(tx, account_id, but=key.key_id, now=now)
    return account_id


def keep_default_account(tx: Tx, rt: Runtime, api_key: str | None, *, now: datetime) -> None:
    """Makes the key of the environment the default account's, or retires it when it is no longer set."""
    default = accounts.find_default(tx)
    if api_key is None:
        if default is not None:
            accounts.retire_other_keys(tx, default.account_id, but=None, now=now)
        return
    account_id = join_account(tx, rt, api_key, is_simulated=False, now=now, alone_on=default.account_id if default else None)
    if default is None or default.account_id != account_id:
        if default is not None:
            accounts.set_values(tx, default.account_id, now=now, is_default=False)
        accounts.set_values(tx, account_id, now=now, is_default=True)
    accounts.adopt_clients(tx, account_id)


def reseal(tx: Tx, rt: Runtime) -> int:
    """Seals again what an older secret had sealed, so that it can be taken out of use; gives how many keys that were."""
    old = [key for key in accounts.keys_of(tx) if not rt.vault.is_current(key.sealed)]
    for key in old:
        purpose = purpose_of(key.account_id)
        try:
            accounts.save_sealed(tx, key.key_id, rt.vault.seal(rt.vault.open(key.sealed, purpose=purpose), purpose=purpose))
        except Invalid:
            log.error("a stored key cannot be opened", account_id=key.account_id, last4=key.last4)
    return len(old)


def account_for_new(tx: Tx, rt: Runtime, given: ClientInput, *, now: datetime) -> str | None:
    """Gives the account of a new client: its key's, else the default one."""
    _check_simulated(rt, given.is_simulated, given.api_key)
    if given.api_key:
        return join_account(tx, rt, _key(given.api_key), is_simulated=given.is_simulated, now=now)
    default = accounts.find_default(tx)
    return default.account_id if default else None


def account_for_change(tx: Tx, rt: Runtime, before: Client, changes: Mapping[str, Any], *, now: datetime) -> str | None:
    """Gives the account after a change of key; an empty key means the default account again."""
    account = accounts.get(tx, before.account_id) if before.account_id else None
    is_simulated = bool(changes.get("is_simulated", account.is_simulated if account else False))
    api_key: str | None = changes.get("api_key")
    is_moving = account is not None and account.is_simulated != is_simulated
    if "api_key" not in changes and not is_moving:
        return before.account_id
    _check_simulated(rt, is_simulated, api_key)
    if not api_key:
        default = accounts.find_default(tx)
        return default.account_id if default else None
    others = _is_shared(tx, before)
    alone_on = None if account is None or account.is_default or is_moving or others else account.account_id
    return join_account(tx, rt, _key(api_key), is_simulated=is_simulated, now=now, alone_on=alone_on)


def _is_shared(tx: Tx, client: Client) -> bool:
    """Says whether another client calls through the same account."""
    return client.account_id is not None and len(clients.of_account(tx, client.account_id)) > 1


def _check_simulated(rt: Runtime, is_simulated: bool, api_key: str | None) -> None:
    if is_simulated and rt.settings.simulator_url is None:
        raise Invalid(
            "Simulated calls need a simulator: set CALLCENTER_SIMULATOR_URL and start again.",
            field="retell.isSimulated",
        )
    if is_simulated and not api_key:
        raise Invalid("A simulated client needs a key of its own; any that begins with key_ will do.", field="retell.apiKey")


def _key(value: str) -> str:
    key = value.strip()
    if not 8 <= len(key) <= 300 or not key.isascii() or not key.isprintable() or " " in key:
        raise Invalid("This is no Retell API key.", field="retell.apiKey")
    return key
