"""What an Idempotency-Key promises, also to two at once; on both databases."""

import asyncio
from datetime import timedelta

import pytest

from callcenter.domain.errors import Conflict, Invalid
from callcenter.services import replaying
from callcenter.services.replaying import Repeatable, Reply
from callcenter.services.runtime import Runtime
from callcenter.store import clients
from callcenter.store.database import Tx
from tests import builders
from tests.builders import ADMIN, MANAGER
from tests.fakes import FakeClock


def asked(key: str | None = "k1", *, body: bytes = b"{}", path: str = "/api/clients", actor: object = ADMIN) -> Repeatable | None:
    return replaying.repeatable(actor, key, method="POST", path=path, body=body)  # type: ignore[arg-type]


def make(name: str = "Bright Dental") -> tuple[object, object]:
    """Gives work that adds a client, and how its answer is written."""

    def work(tx: Tx) -> str:
        made = builders.client(name=name)
        clients.add(tx, made)
        return made.client_id

    return work, lambda client_id: Reply(201, client_id)


async def do(rt: Runtime, request: Repeatable | None, name: str = "Bright Dental") -> Reply:
    work, shape = make(name)
    return await replaying.once(rt, request, work, shape=shape)  # type: ignore[arg-type]


async def count(rt: Runtime) -> int:
    return len(await rt.database.read(clients.listed))


async def test_the_same_request_again_gets_the_first_answer(any_rt: Runtime) -> None:
    first = await do(any_rt, asked())
    again = await do(any_rt, asked())
    assert (again.status, again.body) == (first.status, first.body)
    assert (first.is_replay, again.is_replay) == (False, True)
    assert await count(any_rt) == 1


async def test_ten_at_once_make_one_thing(any_rt: Runtime) -> None:
    answers = await asyncio.gather(*(do(any_rt, asked()) for _ in range(10)))
    assert len({answer.body for answer in answers}) == 1
    assert await count(any_rt) == 1


@pytest.mark.parametrize("other", [{"body": b'{"a": 1}'}, {"path": "/api/other"}])
async def test_the_same_key_for_another_request_is_a_conflict(any_rt: Runtime, other: dict[str, object]) -> None:
    await do(any_rt, asked())
    with pytest.raises(Conflict):
        await do(any_rt, asked(**other), "Other")  # type: ignore[arg-type]
    assert await count(any_rt) == 1


async def test_another_bearer_or_key_or_none_is_another_request(any_rt: Runtime) -> None:
    for name, request in (("A", asked()), ("B", asked(actor=MANAGER)), ("C", asked("k2")), ("D", None), ("E", None)):
        assert not (await do(any_rt, request, name)).is_replay
    assert await count(any_rt) == 5


async def test_a_request_that_failed_may_be_tried_again(any_rt: Runtime) -> None:
    await do(any_rt, None)
    with pytest.raises(Conflict):
        await do(any_rt, asked())  # the name is taken
    assert not (await do(any_rt, asked(), "Other")).is_replay


async def test_after_a_day_the_key_is_free(any_rt: Runtime, clock: FakeClock) -> None:
    await do(any_rt, asked())
    clock.turn(timedelta(hours=24))
    assert not (await do(any_rt, asked(body=b"other"), "Other")).is_replay


async def test_longer_work_claims_first_and_frees_the_key_when_it_fails_or_dies(any_rt: Runtime, clock: FakeClock) -> None:
    assert await replaying.claim(any_rt, asked()) is None
    with pytest.raises(Conflict):
        await replaying.claim(any_rt, asked())
    await replaying.give_up(any_rt, asked())
    assert await replaying.claim(any_rt, asked()) is None
    clock.turn(replaying.LONGEST_WORK)  # the process died
    assert await replaying.claim(any_rt, asked()) is None
    await any_rt.database.write(lambda tx: replaying.remember(tx, any_rt, asked(), Reply(201, "made")))
    assert await replaying.claim(any_rt, asked()) == Reply(201, "made", is_replay=True)
    await replaying.give_up(any_rt, asked())  # too late: it was made
    assert await replaying.claim(any_rt, asked()) == Reply(201, "made", is_replay=True)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "schlüssel"])
def test_an_odd_key_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        asked(key)
