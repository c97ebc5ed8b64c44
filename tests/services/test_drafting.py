"""Drafts: kept for the one who began them, with their file, until nobody touches them for long."""

from datetime import timedelta

import pytest

from callcenter.domain.draft import KEPT
from callcenter.domain.errors import Forbidden, Invalid, NotFound
from callcenter.domain.user import Actor, Role
from callcenter.services import drafting
from callcenter.services.runtime import Runtime
from tests.builders import AGENT, MANAGER, VIEWER, saved_client
from tests.fakes import FakeClock


async def test_a_draft_keeps_what_was_chosen_and_its_file(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    begun = await drafting.begin(any_rt, AGENT, "import", client_id=client.client_id, file=b"phone\n1\n", filename="a.csv")
    await drafting.change(any_rt, AGENT, begun.draft_id, {"tag": "new"})
    changed = await drafting.change(any_rt, AGENT, begun.draft_id, {"mapping": {"0": "phone"}})
    assert (changed.data, changed.client_id) == ({"tag": "new", "mapping": {"0": "phone"}}, client.client_id)
    found = await drafting.get(any_rt, AGENT, begun.draft_id)
    assert (found.data, found.filename, found.size) == (changed.data, "a.csv", 8)
    assert await drafting.file_of(any_rt, AGENT, begun.draft_id) == b"phone\n1\n"
    await drafting.discard(any_rt, AGENT, begun.draft_id)
    with pytest.raises(NotFound):
        await drafting.get(any_rt, AGENT, begun.draft_id)


async def test_nobody_else_sees_it(rt: Runtime) -> None:
    begun = await drafting.begin(rt, AGENT, "batch")
    for read in (drafting.get, drafting.file_of, drafting.discard):
        with pytest.raises(NotFound):
            await read(rt, MANAGER, begun.draft_id)
    assert (await drafting.get(rt, AGENT, begun.draft_id)).kind == "batch"


async def test_only_those_who_may_import_begin_one(rt: Runtime) -> None:
    client = await saved_client(rt)
    with pytest.raises(Forbidden):
        await drafting.begin(rt, VIEWER, "import", file=b"x")
    with pytest.raises(Forbidden):
        await drafting.begin(rt, Actor(label="token", role=Role.ADMIN), "import", file=b"x")
    limited = Actor(label="x", role=Role.AGENT, user_id="9", client_ids=frozenset())
    with pytest.raises(NotFound):
        await drafting.begin(rt, limited, "import", client_id=client.client_id, file=b"x")
    with pytest.raises(Invalid):
        await drafting.begin(rt, AGENT, "import", file=b"  ")


async def test_a_draft_nobody_touches_is_thrown_away(rt: Runtime, clock: FakeClock) -> None:
    old = await drafting.begin(rt, AGENT, "batch")
    clock.turn(KEPT + timedelta(minutes=1))
    await drafting.begin(rt, AGENT, "batch")
    with pytest.raises(NotFound):
        await drafting.get(rt, AGENT, old.draft_id)
