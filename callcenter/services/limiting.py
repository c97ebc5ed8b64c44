"""How much a Retell account may carry: calls at a time, calls a second, and calls a minute from each of its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.domain.client import Account, FromNumber
from callcenter.domain.errors import Invalid, NotFound
from callcenter.domain.facts import account_limit
from callcenter.domain.pacing import NO_PACE, Pace, allowed_pace
from callcenter.domain.user import Actor, Role, require
from callcenter.services.onboarding import require_all_clients
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, numbers, slots, transitions
from callcenter.store.database import Tx

#: The most calls at a time that anybody can ask for, and the least calls a minute.
MOST_AT_ONCE = 10_000
FEWEST_A_MINUTE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account with its numbers: `limit` and `pace` are what holds now, `used` the places taken."""

    account: Account
    numbers: tuple[FromNumber, ...]
    limit: int
    used: int
    pace: Pace | None


async def accounts_of(rt: Runtime, actor: Actor) -> list[AccountView]:
    """Gives every account, oldest first; for admins who see all clients, since several may share one."""
    _may(actor)
    return await rt.database.read(lambda tx: [_view(tx, rt, each) for each in accounts.listed(tx)])


async def change_account(rt: Runtime, actor: Actor, account_id: str, changes: Mapping[str, Any]) -> AccountView:
    """Changes `own_limit` (calls at a time) and `pace_per_second`, None being no limit of ours; from the next dial on.

    Lowering ends no call; raising is used at once. Raises Invalid, Forbidden, NotFound.
    """
    _may(actor)
    _check(changes)
    now = rt.clock.now()

    def work(tx: Tx) -> AccountView:
        accounts.get(tx, account_id, lock=True)
        accounts.set_values(tx, account_id, now=now, **changes)
        _changed(tx, rt, actor, account_id, ", ".join(f"{name} = {value}" for name, value in changes.items()))
        return _view(tx, rt, accounts.get(tx, account_id))

    return await rt.database.write(work)


async def change_number(rt: Runtime, actor: Actor, account_id: str, number: str, per_minute: float | None) -> AccountView:
    """Sets how many calls a minute may go out from one number of an account, None being no limit; from the next dial on."""
    _may(actor)
    if per_minute is not None and not FEWEST_A_MINUTE <= per_minute <= 60 * NO_PACE:
        raise Invalid(f"From {FEWEST_A_MINUTE:g} to {60 * NO_PACE:g} calls a minute.", field="callsPerMinute")

    def work(tx: Tx) -> AccountView:
        account = accounts.get(tx, account_id, lock=True)
        if number not in {each.number for each in accounts.numbers_of(tx, account_id)}:
            raise NotFound("This account has no such number. Test the connection to have its numbers read again.")
        pace = None if per_minute is None else per_minute / 60
        accounts.set_number(tx, account_id, number, now=rt.clock.now(), pace_per_second=pace)
        _changed(tx, rt, actor, account_id, f"calls a minute from {number} = {per_minute}")
        return _view(tx, rt, account)

    return await rt.database.write(work)


def _may(actor: Actor) -> None:
    require_all_clients(actor)
    require(actor, Role.ADMIN, to="see and limit accounts")


def _check(changes: Mapping[str, Any]) -> None:
    if unknown := sorted(set(changes) - {"own_limit", "pace_per_second"}):
        raise Invalid(f"Of an account {', '.join(unknown)} cannot be changed.", field=unknown[0])
    limit, pace = changes.get("own_limit"), changes.get("pace_per_second")
    if limit is not None and not 1 <= limit <= MOST_AT_ONCE:
        raise Invalid(f"From 1 to {MOST_AT_ONCE:,} calls at a time. To dial nobody, pause.", field="maxConcurrent")
    if pace is not None and not FEWEST_A_MINUTE / 60 <= pace <= NO_PACE:
        raise Invalid(f"From {FEWEST_A_MINUTE / 60:.2g} to {NO_PACE:g} calls a second.", field="callsPerSecond")


def _changed(tx: Tx, rt: Runtime, actor: Actor, account_id: str, why: str) -> None:
    now = rt.clock.now()
    transitions.add(
        tx, what="account", row_id=account_id, from_state=None, to_state="changed", now=now, by=actor.label, why=why
    )  # fmt: skip
    calls.look_again(tx, account_id=account_id, now=now)


def _view(tx: Tx, rt: Runtime, account: Account) -> AccountView:
    return AccountView(
        account=account,
        numbers=tuple(accounts.numbers_of(tx, account.account_id)),
        limit=account_limit(account, foreign=numbers.foreign_calls(tx, account.account_id)),
        used=slots.used(tx, account.account_id).total,
        pace=allowed_pace(account, rt.clock.now()),
    )
