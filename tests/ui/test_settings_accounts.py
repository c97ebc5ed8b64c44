"""Settings of the Retell accounts: what is told of each, and its limits changed in place, each account by itself."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from callcenter.domain.client import Account, FromNumber
from callcenter.services import limiting
from callcenter.services.limiting import AccountView
from callcenter.services.runtime import Runtime
from callcenter.store import accounts
from callcenter.store.database import Tx
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.pages.settings_account_rows import AccountRow, refreshed, row_of
from callcenter.ui.pages.settings_accounts import AccountsState
from callcenter.ui.pages.settings_audit import AuditState
from tests.builders import ADMIN, saved_client
from tests.fakes import START, FakeClock
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
PATH = "/settings/accounts"
NUMBERS = ("+14155550100", "+14155550101")


@pytest.fixture
async def account_id(running: Runtime) -> str:
    """The default account, with two numbers and a client."""
    await saved_client(running, name="Acme")

    def work(tx: Tx) -> str:
        account, now = accounts.find_default(tx), running.clock.now()
        assert account is not None
        of = account.account_id
        lines = [FromNumber(number_id=each[-4:], account_id=of, number=each, seen_at=now) for each in NUMBERS]
        accounts.save_numbers(tx, of, lines, now=now)
        accounts.mark_number(tx, of, NUMBERS[1], state="spam", now=now)
        return of

    return await running.database.write(work)


async def opened(tab: FakeTab, cookie: str) -> AccountRow:
    """The first account of the section."""
    await tab.run(AccountsState.load, cookie=cookie, path=PATH)
    return (await tab.state(AccountsState)).rows[0]


def form_of(row: AccountRow, **changed: str) -> dict[str, Any]:
    """What the browser sends for a row: everything as it stands, but for what was `changed`; a number by its last four."""
    lines = {line.field: changed.pop(f"of_{line.number[-4:]}", line.per_minute) for line in row.lines}
    at_once, per_second = changed.pop("at_once", row.at_once), changed.pop("per_second", row.per_second)
    assert not changed
    return {"account": row.id, row.at_once_field: at_once, row.per_second_field: per_second, **lines}


async def kept(rt: Runtime) -> AccountView:
    (view,) = await limiting.accounts_of(rt, ADMIN)
    return view


async def test_an_account_says_what_it_carries_and_who_set_the_limit(tab: FakeTab, sign_in_as: SignIn, account_id: str) -> None:
    row = await opened(tab, await sign_in_as("admin"))
    assert (row.id, row.title, row.clients, row.is_simulated) == (account_id, "Default account", "Acme", False)
    assert (row.taken, row.limit) == ("0 of 20 places", "20 at a time, assumed until Retell is asked")
    assert (row.at_once, row.per_second, row.pace) == ("", "", "As fast as Retell takes them")
    assert [(line.shown, line.state, line.per_minute) for line in row.lines] == [
        ("(415) 555-0100", "ok", ""), ("(415) 555-0101", "spam", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("account", "limit", "foreign", "words"),
    [
        ({"provider_limit": 40}, 40, 0, "40 at a time, Retell’s own limit"),
        ({"provider_limit": 40, "own_limit": 7}, 7, 0, "7 at a time, our own limit (40 at Retell)"),
        ({"provider_limit": 40, "own_limit": 60}, 40, 0, "40 at a time, Retell’s own limit"),
        ({"own_limit": 7}, 7, 0, "7 at a time, our own limit (20 assumed until Retell is asked)"),
        (
            {"provider_limit": 20, "reserved_inbound": 3}, 15, 2,
            "15 at a time, 20 at Retell less 3 kept for calls coming in and 2 made outside this app",
        ),
    ],
)  # fmt: skip
def test_the_limit_says_where_it_comes_from(account: dict[str, Any], limit: int, foreign: int, words: str) -> None:
    view = AccountView(
        account=Account(account_id="a", **account), numbers=(), limit=limit, used=0, foreign=foreign, pace=None, last4="ab12"
    )
    row = row_of(view, Viewer(), now=START)
    assert (row.title, row.limit) == ("Account •••• ab12", words)


async def test_what_was_changed_is_kept_and_nothing_else(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn, account_id: str
) -> None:
    cookie = await sign_in_as("admin")
    row = await opened(tab, cookie)
    await limiting.change_account(running, ADMIN, account_id, {"pace_per_second": 3})  # a colleague, after the page was read
    await tab.run(AccountsState.save(form_of(row, at_once="7", of_0101="6")), cookie=cookie, path=PATH)
    view = await kept(running)
    assert (view.limit, view.account.pace_per_second) == (7, 3)
    assert [line.pace_per_second for line in view.numbers] == [None, 0.1]
    state = await tab.state(AccountsState)
    assert (state.rows[0].at_once, state.rows[0].per_second, state.rows[0].lines[1].per_minute) == ("7", "3", "6")
    assert "next call" in str(tab.events[-1].payload)
    await tab.run(AccountsState.save(form_of(state.rows[0], at_once="")), cookie=cookie, path=PATH)
    assert (await kept(running)).account.own_limit is None


async def test_what_is_wrong_stands_at_each_field_and_nothing_is_kept(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn, account_id: str
) -> None:
    cookie = await sign_in_as("admin")
    row = await opened(tab, cookie)
    wrong = form_of(row, at_once="0", per_second="1000", of_0100="many", of_0101="6")
    await tab.run(AccountsState.save(wrong), cookie=cookie, path=PATH)
    state, view = await tab.state(AccountsState), await kept(running)
    assert set(state.errors) == {row.at_once_field, row.per_second_field, row.lines[0].field}
    assert "To dial nobody, pause" in state.errors[row.at_once_field]
    assert (view.account.own_limit, [line.pace_per_second for line in view.numbers]) == (None, [None, None])
    await tab.run(AccountsState.save(form_of(row, of_0101="6")), cookie=cookie, path=PATH)
    assert state.errors == {}


@pytest.mark.parametrize("text", ["1.5", "nan", "inf", "-3", "1e99", "٣٠٠٠٠"])
async def test_what_is_no_number_of_calls_is_refused(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn, account_id: str, text: str
) -> None:
    cookie = await sign_in_as("admin")
    row = await opened(tab, cookie)
    await tab.run(AccountsState.save(form_of(row, at_once=text)), cookie=cookie, path=PATH)
    assert set((await tab.state(AccountsState)).errors) == {row.at_once_field}


async def test_a_learned_pace_and_a_pause_are_told_and_the_pause_is_ended(
    tab: FakeTab, running: Runtime, clock: FakeClock, sign_in_as: SignIn, account_id: str
) -> None:
    cookie, ago = await sign_in_as("admin"), running.clock.now() - timedelta(seconds=90)
    told = {"learned_pace": 2.0, "paced_at": ago, "paused_at": ago, "paused_why": "Retell refused the key."}
    await running.database.write(lambda tx: accounts.set_values(tx, account_id, now=ago, **told))
    row = await opened(tab, cookie)
    assert (row.pace, row.paused) == ("2.2 a second, learned from Retell", "Paused 1 min ago: Retell refused the key.")
    assert "1 min ago" in row.learned
    await tab.run(AccountsState.resume(account_id), cookie=cookie, path=PATH)
    assert ((await tab.state(AccountsState)).rows[0].paused, (await kept(running)).account.paused_at) == ("", None)


async def test_the_audit_tells_it_in_words(tab: FakeTab, running: Runtime, sign_in_as: SignIn, account_id: str) -> None:
    cookie = await sign_in_as("admin")
    row = await opened(tab, cookie)
    await tab.run(AccountsState.save(form_of(row, at_once="7", of_0100="6")), cookie=cookie, path=PATH)
    await tab.run(AuditState.load, cookie=cookie, path="/settings/audit?on=workspace")
    (entry,) = [each for each in (await tab.state(AuditState)).rows if each.name == "A Retell account"]
    assert (entry.did, entry.href) == ("Changed", PATH)
    assert entry.detail == "Calls at a time: 7, calls a minute from +14155550100: 6"


async def test_accounts_are_for_admins_who_see_every_client(
    guarded_tab: FakeTab, tab: FakeTab, running: Runtime, sign_in_as: SignIn, account_id: str
) -> None:
    manager = await sign_in_as("manager")
    await guarded_tab.run(AccountsState.load, cookie=manager, path=PATH)
    assert (await guarded_tab.state(AccountsState)).rows == []
    cookie = await sign_in_as("admin")
    row = await opened(tab, cookie)
    for asked in (AccountsState.save(form_of(row, at_once="7")), AccountsState.resume(account_id)):
        await guarded_tab.run(asked, cookie=manager, path=PATH)
    assert (await kept(running)).account.own_limit is None


async def test_an_admin_of_some_clients_is_told_so(
    tab: FakeTab, running: Runtime, sign_in_as: SignIn, account_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = await sign_in_as("admin")
    row = await opened(tab, cookie)
    limited = replace(ADMIN, client_ids=frozenset({"another"}))

    async def actor(_state: object) -> object:
        return limited

    monkeypatch.setattr("callcenter.ui.session.who", actor)
    await tab.run(AccountsState.save(form_of(row, at_once="7")), cookie=cookie, path=PATH)
    await tab.run(AccountsState.resume(account_id), cookie=cookie, path=PATH)
    assert (await kept(running)).account.own_limit is None
    await tab.run(AccountsState.load, cookie=cookie, path=PATH)
    assert (await tab.state(AccountsState)).face == "refused"


async def test_what_is_told_is_refreshed_and_what_stands_in_fields_is_not(
    running: Runtime, tab: FakeTab, sign_in_as: SignIn, account_id: str
) -> None:
    row = await opened(tab, await sign_in_as("admin"))
    await limiting.change_account(running, ADMIN, account_id, {"own_limit": 3}, per_minute={NUMBERS[0]: 6.0})
    (fresh,) = refreshed([row], [row_of(await kept(running), Viewer(), now=running.clock.now())])
    assert fresh.limit.startswith("3 at a time")
    assert (fresh.at_once, [line.per_minute for line in fresh.lines]) == ("", ["", ""])
