"""How much a Retell account may carry: calls at a time, calls a second, and calls a minute from each of its numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from callcenter.domain.client import Account, FromNumber
from callcenter.domain.errors import Invalid, NotFound
from callcenter.domain.facts import account_limit
from callcenter.domain.pacing import NO_PACE, Pace, allowed_pace
from callcenter.domain.user import Actor, Role, require
from callcenter.services.onboarding import require_all_clients
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, clients, numbers, slots, transitions
from callcenter.store.database import Tx

#: The most calls at a time that anybody can ask for, and the least calls a minute.
MOST_AT_ONCE = 10_000
FEWEST_A_MINUTE = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account with its numbers: `limit` and `pace` are what holds now, `used` the places taken.

    `foreign` are calls on it that are not ours, `last4` the end of its key, `clients` the names of those who call with it.
    """

    account: Account
    numbers: tuple[FromNumber, ...]
    limit: int
    used: int
    foreign: int
    pace: Pace | None
    last4: str = ""
    clients: tuple[str, ...] = ()


async def accounts_of(rt: Runtime, actor: Actor) -> list[AccountView]:
    """Gives every account, oldest first; for admins who see all clients, since several may share one."""
    _may(actor)
    return await rt.database.read(lambda tx: [_view(tx, rt, each) for each in accounts.listed(tx)])


async def change_account(
    rt: Runtime,
    actor: Actor,
    account_id: str,
    changes: Mapping[str, Any],
    *,
    per_minute: Mapping[str, float | None] | None = None,
) -> AccountView:
    """Changes `own_limit` (calls at a time) and `pace_per_second`, and the calls a minute from some of its numbers; all or
    nothing, from the next dial on. None is no limit of ours.

    Lowering ends no call; raising is used at once. Raises Invalid with every field that is wrong, Forbidden, NotFound.
    """
    _may(actor)
    lines = per_minute or {}
    if wrong := (*_troubles(changes), *_line_troubles(lines)):
        raise Invalid(wrong[0][1], field=wrong[0][0], errors=wrong)
    now = rt.clock.now()

    def work(tx: Tx) -> AccountView:
        account = accounts.get(tx, account_id, lock=True)
        if set(lines) - {each.number for each in accounts.numbers_of(tx, account_id)}:
            raise NotFound("This account has no such number. Test the connection to have its numbers read again.")
        if changes:
            accounts.set_values(tx, account_id, now=now, **changes)
        for number, pace in lines.items():
            accounts.set_number(tx, account_id, number, now=now, pace_per_second=None if pace is None else pace / 60)
        if said := ", ".join((*_words(changes), *_line_words(lines))):
            _changed(tx, rt, actor, account_id, said)
            account = accounts.get(tx, account_id)
        return _view(tx, rt, account)

    return await rt.database.write(work)


async def change_number(rt: Runtime, actor: Actor, account_id: str, number: str, per_minute: float | None) -> AccountView:
    """Sets how many calls a minute may go out from one number of an account, None being no limit; from the next dial on."""
    try:
        return await change_account(rt, actor, account_id, {}, per_minute={number: per_minute})
    except Invalid as error:  # the number is in the address, not in what was sent
        raise Invalid(error.message, field="callsPerMinute") from error


def _may(actor: Actor) -> None:
    require_all_clients(actor)
    require(actor, Role.ADMIN, to="see and limit accounts")


def _troubles(changes: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What makes no sense of an account's changes: (field, words)."""
    if unknown := sorted(set(changes) - {"own_limit", "pace_per_second"}):
        yield unknown[0], f"Of an account {', '.join(unknown)} cannot be changed."
    limit, pace = changes.get("own_limit"), changes.get("pace_per_second")
    if limit is not None and not 1 <= limit <= MOST_AT_ONCE:
        yield "maxConcurrent", f"From 1 to {MOST_AT_ONCE:,} calls at a time. To dial nobody, pause."
    if pace is not None and not FEWEST_A_MINUTE / 60 <= pace <= NO_PACE:
        yield "callsPerSecond", f"From {FEWEST_A_MINUTE / 60:.2g} to {NO_PACE:g} calls a second."


def _line_troubles(per_minute: Mapping[str, float | None]) -> Iterator[tuple[str, str]]:
    for number, pace in per_minute.items():
        if pace is not None and not FEWEST_A_MINUTE <= pace <= 60 * NO_PACE:
            yield f"callsPerMinute.{number}", f"From {FEWEST_A_MINUTE:g} to {60 * NO_PACE:,g} calls a minute."


def _words(changes: Mapping[str, Any]) -> list[str]:
    """The changes of an account as the audit tells them."""
    units = {"own_limit": "calls at a time", "pace_per_second": "calls a second"}
    return [f"{units[name]}: {_said(value)}" for name, value in changes.items()]


def _line_words(per_minute: Mapping[str, float | None]) -> list[str]:
    return [f"calls a minute from {number}: {_said(pace)}" for number, pace in per_minute.items()]


def _said(limit: float | None) -> str:
    return "no limit" if limit is None else f"{limit:g}"


def _changed(tx: Tx, rt: Runtime, actor: Actor, account_id: str, why: str) -> None:
    now = rt.clock.now()
    transitions.add(
        tx, what="account", row_id=account_id, from_state=None, to_state="changed", now=now, by=actor.label, why=why
    )  # fmt: skip
    calls.look_again(tx, account_id=account_id, now=now)


def _view(tx: Tx, rt: Runtime, account: Account) -> AccountView:
    account_id = account.account_id
    foreign = numbers.foreign_calls(tx, account_id)
    return AccountView(
        account=account,
        numbers=tuple(accounts.numbers_of(tx, account_id)),
        limit=account_limit(account, foreign=foreign),
        used=slots.used(tx, account_id).total,
        foreign=foreign,
        pace=allowed_pace(account, rt.clock.now()),
        last4=next((key.last4 for key in accounts.keys_of(tx, [account_id]) if key.retired_at is None), ""),
        clients=tuple(sorted((each.name for each in clients.of_account(tx, account_id)), key=str.casefold)),
    )
