"""Compares our clock with the provider's, and writes down of an account when they do not agree."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.client import Account
from callcenter.domain.their_clock import is_off
from callcenter.services.runtime import Runtime
from callcenter.store import accounts
from callcenter.store.database import Tx

log = structlog.get_logger(__name__)

#: A difference is written down again when it has changed by more than this.
_WORTH_SAYING = timedelta(minutes=1)


def ahead(rt: Runtime, *, is_simulated: bool, now: datetime, boot: float) -> timedelta | None:
    """Gives by how much our clock is ahead of the provider's; None as long as it has not answered this process."""
    theirs = rt.providers.their_clock(is_simulated=is_simulated)
    return None if theirs is None else theirs.ahead(now, boot)


def has_heard(rt: Runtime, account: Account) -> bool:
    """Whether the provider has answered this process: before, nobody knows whether our clock is right."""
    return rt.providers.their_clock(is_simulated=account.is_simulated) is not None


def is_trusted(rt: Runtime, account: Account, *, now: datetime, boot: float) -> bool:
    """Whether what our clock says can be relied on: here, and where the account is dialled from."""
    found = ahead(rt, is_simulated=account.is_simulated, now=now, boot=boot)
    return account.clock_ahead_s is None and (found is None or not is_off(found))


def is_right(rt: Runtime, known: Sequence[Account], *, now: datetime, boot: float) -> bool:
    """Whether the time of this machine may end anything for good: a provider has answered, and none tells another time."""
    heard = [account for account in known if has_heard(rt, account)]
    return bool(heard) and all(is_trusted(rt, account, now=now, boot=boot) for account in heard)


def noted(tx: Tx, rt: Runtime, account: Account, *, now: datetime, boot: float) -> Account:
    """Gives the account with what our clock is ahead, if that is too much; what changed is saved and announced.

    Until the provider has answered this process, what is known stays.
    """
    found = ahead(rt, is_simulated=account.is_simulated, now=now, boot=boot)
    if found is None:
        return account
    off = found.total_seconds() if is_off(found) else None
    known = account.clock_ahead_s
    if off is known or (off is not None and known is not None and abs(off - known) < _WORTH_SAYING.total_seconds()):
        return account
    if off is None:
        log.info("our clock agrees with the provider's again", account_id=account.account_id)
    else:
        log.error("our clock does not agree with the provider's; nothing is dialled", account_id=account.account_id, ahead_s=off)
    accounts.set_values(tx, account.account_id, now=now, clock_ahead_s=off)
    return replace(account, clock_ahead_s=off)
