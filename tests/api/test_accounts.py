"""Accounts over REST: their limits, changed while calls run, by those who see everything."""

import httpx
import pytest

from callcenter.domain.client import FromNumber
from callcenter.domain.user import Role
from callcenter.services.runtime import Runtime
from callcenter.store import accounts
from callcenter.store.database import Tx
from tests.api.conftest import Asker
from tests.builders import saved_client
from tests.fakes import FakeBus

NUMBER = "+14155550100"


@pytest.fixture
async def account_id(rt: Runtime) -> str:
    """The default account, with one number."""

    def work(tx: Tx) -> str:
        account = accounts.find_default(tx)
        assert account is not None
        line = FromNumber(number_id="1", account_id=account.account_id, number=NUMBER, seen_at=rt.clock.now())
        accounts.save_numbers(tx, account.account_id, [line], now=rt.clock.now())
        return account.account_id

    return await rt.database.write(work)


async def test_limits_are_shown_and_changed(rt: Runtime, admin: httpx.AsyncClient, account_id: str, bus: FakeBus) -> None:
    (shown,) = (await admin.get("/api/accounts")).json()["items"]
    assert (shown["id"], shown["limit"], shown["used"], shown["maxConcurrent"], shown["callsPerSecond"]) == (
        account_id, 20, 0, None, None,
    )  # fmt: skip
    bus.notices.clear()
    changed = await admin.patch(f"/api/accounts/{account_id}", json={"maxConcurrent": 7, "callsPerSecond": 2.5})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["limit"], changed.json()["maxConcurrent"], changed.json()["callsPerSecond"]) == (7, 7, 2.5)
    assert bus.said("slot"), "the dispatcher is woken"
    freed = await admin.patch(f"/api/accounts/{account_id}", json={"maxConcurrent": None})
    assert (freed.json()["limit"], freed.json()["callsPerSecond"]) == (20, 2.5)


async def test_a_number_has_a_pace_of_its_own(admin: httpx.AsyncClient, account_id: str) -> None:
    at = f"/api/accounts/{account_id}/numbers"
    changed = await admin.patch(f"{at}/%2B14155550100", json={"callsPerMinute": 6})
    assert changed.json()["numbers"] == [{"number": NUMBER, "nickname": "", "state": "ok", "callsPerMinute": 6.0}]
    assert (await admin.patch(f"{at}/%2B14155550199", json={"callsPerMinute": 6})).status_code == 404
    assert (await admin.patch(f"{at}/%2B14155550100", json={"callsPerMinute": 0})).status_code == 422
    assert (await admin.patch(f"{at}/%2B14155550100", json={})).status_code == 422


@pytest.mark.parametrize("wrong", [{"maxConcurrent": 0}, {"callsPerSecond": 0}, {"callsPerSecond": 101}, {"pace": 1}])
async def test_what_makes_no_sense_is_refused(admin: httpx.AsyncClient, account_id: str, wrong: dict[str, int]) -> None:
    assert (await admin.patch(f"/api/accounts/{account_id}", json=wrong)).status_code == 422


async def test_only_admins_who_see_all_clients_see_accounts(rt: Runtime, as_: Asker, account_id: str) -> None:
    client = await saved_client(rt)
    for asker in (await as_(Role.MANAGER), await as_(Role.ADMIN, client_id=client.client_id)):
        assert (await asker.get("/api/accounts")).status_code == 403
        assert (await asker.patch(f"/api/accounts/{account_id}", json={"maxConcurrent": 1})).status_code == 403
