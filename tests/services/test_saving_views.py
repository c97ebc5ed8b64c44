"""Named filters: whose they are, who sees them, who may take them away; on both databases."""

import pytest

from callcenter.domain.errors import Forbidden, Invalid, NotFound
from callcenter.domain.user import Actor, Role
from callcenter.services import saving_views, staffing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN

EVENING = "outcome=voicemail%2Cno_answer&range=7d&sort=-cost"


async def person(rt: Runtime, name: str, role: Role) -> Actor:
    """Somebody of the team."""
    user = await staffing.add_user(rt, ADMIN, email=f"{name}@example.com", role=role, name=name)
    return Actor(label=user.email, role=role, user_id=user.user_id)


async def names(rt: Runtime, actor: Actor) -> list[str]:
    """The names of the views somebody sees."""
    return [view.name for view in await saving_views.views_of(rt, actor)]


async def test_a_view_is_its_owners_until_it_is_shared(any_rt: Runtime) -> None:
    tom, mia = await person(any_rt, "tom", Role.AGENT), await person(any_rt, "mia", Role.MANAGER)
    kept = await saving_views.keep(any_rt, tom, name="  Evening   round ", query=EVENING, columns=("batch", "cost"))
    assert (kept.name, kept.query, kept.columns) == ("Evening round", EVENING, ("batch", "cost"))
    assert (await saving_views.views_of(any_rt, tom)) == [kept]
    assert await names(any_rt, mia) == []
    await saving_views.keep(any_rt, mia, name="Failed", query="status=failed", is_shared=True)
    assert await names(any_rt, tom) == ["Evening round", "Failed"]
    with pytest.raises(Forbidden):
        await saving_views.keep(any_rt, tom, name="Mine for all", query="", is_shared=True)


async def test_the_same_name_is_the_same_view(any_rt: Runtime) -> None:
    tom = await person(any_rt, "tom", Role.AGENT)
    await saving_views.keep(any_rt, tom, name="Round", query="status=failed")
    await saving_views.keep(any_rt, tom, name="round", query=EVENING)
    assert [(view.name, view.query) for view in await saving_views.views_of(any_rt, tom)] == [("round", EVENING)]


async def test_a_view_is_removed_by_its_owner_or_a_manager(any_rt: Runtime) -> None:
    tom, mia = await person(any_rt, "tom", Role.AGENT), await person(any_rt, "mia", Role.MANAGER)
    shared = await saving_views.keep(any_rt, mia, name="Failed", query="status=failed", is_shared=True)
    with pytest.raises(Forbidden):
        await saving_views.remove(any_rt, tom, shared.view_id)
    own = await saving_views.keep(any_rt, tom, name="Round", query=EVENING)
    with pytest.raises(NotFound):
        await saving_views.remove(any_rt, mia, own.view_id)
    await saving_views.remove(any_rt, tom, own.view_id)
    await saving_views.remove(any_rt, mia, shared.view_id)
    assert await names(any_rt, tom) == await names(any_rt, mia) == []


@pytest.mark.parametrize(
    ("name", "query"), [("", EVENING), ("x" * 61, EVENING), ("Round", "peek=1"), ("Round", "q=" + "x" * 2_000)]
)
async def test_what_is_no_view_is_refused(rt: Runtime, name: str, query: str) -> None:
    tom = await person(rt, "tom", Role.AGENT)
    with pytest.raises(Invalid):
        await saving_views.keep(rt, tom, name=name, query=query)
