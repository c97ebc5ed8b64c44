"""Prepared statements: what goes in comes out, and an error is the one the library would have raised."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from callcenter.services.runtime import Runtime
from callcenter.store import dials, transitions
from tests import builders
from tests.fakes import START


@pytest.mark.postgres
async def test_a_number_that_is_open_already_is_refused_as_the_library_says_it(pg_rt: Runtime) -> None:
    call = await builders.saved_call(pg_rt, await builders.saved_client(pg_rt))
    first = await builders.saved_dial(pg_rt, call)
    second = replace(first, dial_id=builders.new_id(), seq=2, token="another token")
    with pytest.raises(IntegrityError) as caught:
        await pg_rt.database.write(lambda tx: dials.add(tx, second))
    assert getattr(caught.value.orig, "sqlstate", None) == "23505"


async def test_a_dial_comes_back_as_it_went_in(any_rt: Runtime) -> None:
    call = await builders.saved_call(any_rt, await builders.saved_client(any_rt))
    dial = await builders.saved_dial(any_rt, call, variables_sent={"name": "Zoë %s"}, provider_call_id=None)
    assert await any_rt.database.read(lambda tx: dials.of_call(tx, call.call_id)) == [dial]


async def test_many_rows_all_arrive_whatever_their_number(any_rt: Runtime) -> None:
    steps = [(f"row {nth}", None, "there") for nth in range(43)]  # a statement of each length but one
    await any_rt.database.write(lambda tx: transitions.add_many(tx, steps, what="call", now=START, by="a test"))
    found = await any_rt.database.read(lambda tx: transitions.of(tx, *(row_id for row_id, _, _ in steps)))
    assert [row["row_id"] for row in found] == [row_id for row_id, _, _ in steps]
