"""People and tokens: adding, limiting, inviting, ending; on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.errors import Conflict, Forbidden, Invalid, Unauthenticated
from callcenter.domain.user import Role
from callcenter.services import signing_in, staffing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN, MANAGER, saved_client
from tests.fakes import FakeClock

PASSWORD = "seven purple herons fly"
OTHER_PASSWORD = "nine yellow kettles sing"
EMAIL = "ana@example.com"


async def test_an_address_is_used_once(any_rt: Runtime) -> None:
    await staffing.add_user(any_rt, ADMIN, email=EMAIL, role=Role.AGENT)
    with pytest.raises(Conflict):
        await staffing.add_user(any_rt, ADMIN, email="ANA@example.com", role=Role.VIEWER)


async def test_a_limited_person_sees_only_their_clients(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    only = frozenset({client.client_id})
    await staffing.add_user(any_rt, ADMIN, email=EMAIL, role=Role.AGENT, password=PASSWORD, client_ids=only)
    actor = await signing_in.actor_of(any_rt, await signing_in.sign_in(any_rt, EMAIL, PASSWORD))
    assert actor is not None
    assert actor.client_ids == only
    with pytest.raises(Invalid):
        await staffing.add_user(any_rt, ADMIN, email="b@example.com", role=Role.AGENT, client_ids=frozenset({"none"}))


async def test_other_rights_end_the_sign_ins_and_hold_from_the_next_one(any_rt: Runtime) -> None:
    user = await staffing.add_user(any_rt, ADMIN, email=EMAIL, role=Role.AGENT, password=PASSWORD)
    cookie = await signing_in.sign_in(any_rt, EMAIL, PASSWORD)
    await staffing.change_user(any_rt, ADMIN, user.user_id, {"name": "Ana B"})
    assert await signing_in.actor_of(any_rt, cookie) is not None
    await staffing.change_user(any_rt, ADMIN, user.user_id, {"role": Role.VIEWER})
    assert await signing_in.actor_of(any_rt, cookie) is None
    actor = await signing_in.actor_of(any_rt, await signing_in.sign_in(any_rt, EMAIL, PASSWORD))
    assert actor is not None
    assert actor.role is Role.VIEWER


async def test_a_deactivated_person_is_out_at_once(any_rt: Runtime) -> None:
    user = await staffing.add_user(any_rt, ADMIN, email=EMAIL, role=Role.AGENT, password=PASSWORD)
    cookie = await signing_in.sign_in(any_rt, EMAIL, PASSWORD)
    await staffing.deactivate(any_rt, ADMIN, user.user_id)
    assert await signing_in.actor_of(any_rt, cookie) is None
    with pytest.raises(Unauthenticated):
        await signing_in.sign_in(any_rt, EMAIL, PASSWORD)
    await staffing.reactivate(any_rt, ADMIN, user.user_id)
    assert await signing_in.sign_in(any_rt, EMAIL, PASSWORD)


async def test_the_last_admin_cannot_be_lost(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    user = await staffing.add_user(any_rt, ADMIN, email=EMAIL, role=Role.ADMIN, password=PASSWORD)
    for changes in ({"role": Role.MANAGER}, {"client_ids": frozenset({client.client_id})}):
        with pytest.raises(Conflict):
            await staffing.change_user(any_rt, ADMIN, user.user_id, changes)
    with pytest.raises(Conflict):
        await staffing.deactivate(any_rt, ADMIN, user.user_id)
    await staffing.add_user(any_rt, ADMIN, email="b@example.com", role=Role.ADMIN)
    await staffing.deactivate(any_rt, ADMIN, user.user_id)


async def test_only_admins_of_everything_manage_people(rt: Runtime) -> None:
    for actor in (MANAGER, replace(ADMIN, client_ids=frozenset())):
        with pytest.raises(Forbidden):
            await staffing.add_user(rt, actor, email=EMAIL, role=Role.VIEWER)
        with pytest.raises(Forbidden):
            await staffing.add_token(rt, actor, name="crm", role=Role.VIEWER)
        with pytest.raises(Forbidden):
            await staffing.users_of(rt, actor)


async def test_a_link_sets_a_password_once(any_rt: Runtime, clock: FakeClock) -> None:
    user = await staffing.add_user(any_rt, ADMIN, email=EMAIL, role=Role.AGENT)
    link = await staffing.link_for(any_rt, ADMIN, user.user_id)
    assert (await staffing.whose_link(any_rt, link)).email == EMAIL
    assert await signing_in.actor_of(any_rt, await staffing.use_link(any_rt, link, PASSWORD)) is not None
    with pytest.raises(Unauthenticated):
        await staffing.use_link(any_rt, link, OTHER_PASSWORD)
    late = await staffing.link_for(any_rt, ADMIN, user.user_id)
    clock.turn(staffing.LINK_LIFE)
    for wrong in (late, "made up", link[:-2], ""):
        with pytest.raises(Unauthenticated):
            await staffing.use_link(any_rt, wrong, OTHER_PASSWORD)


async def test_a_new_password_ends_every_sign_in(any_rt: Runtime) -> None:
    await staffing.add_user(any_rt, ADMIN, email=EMAIL, role=Role.AGENT, password=PASSWORD)
    one = await signing_in.sign_in(any_rt, EMAIL, PASSWORD)
    two = await signing_in.sign_in(any_rt, EMAIL, PASSWORD)
    actor = await signing_in.actor_of(any_rt, one)
    assert actor is not None
    with pytest.raises(Invalid):
        await staffing.change_password(any_rt, actor, old="wrong", new=OTHER_PASSWORD)
    fresh = await staffing.change_password(any_rt, actor, old=PASSWORD, new=OTHER_PASSWORD)
    assert [await signing_in.actor_of(any_rt, each) is not None for each in (one, two, fresh)] == [False, False, True]


async def test_a_token_is_shown_once_and_kept_as_a_hash(any_rt: Runtime) -> None:
    client = await saved_client(any_rt)
    secret, token = await staffing.add_token(any_rt, ADMIN, name="crm", role=Role.AGENT, client_id=client.client_id)
    assert secret.startswith("cc_")
    assert len(secret) == 43
    assert secret not in repr(await staffing.tokens_of(any_rt, ADMIN))
    actor = await signing_in.actor_of_token(any_rt, secret)
    assert actor is not None
    assert (actor.label, actor.role, actor.client_ids) == ("token crm", Role.AGENT, frozenset({client.client_id}))
    assert actor.token_id == token.token_id
    assert (await staffing.tokens_of(any_rt, ADMIN))[0].last_used_at == any_rt.clock.now()


async def test_an_expired_or_revoked_token_is_nobody(any_rt: Runtime, clock: FakeClock) -> None:
    soon = clock.now() + timedelta(days=1)
    expiring, _ = await staffing.add_token(any_rt, ADMIN, name="a", role=Role.VIEWER, expires_at=soon)
    revoked, token = await staffing.add_token(any_rt, ADMIN, name="b", role=Role.VIEWER)
    await staffing.revoke_token(any_rt, ADMIN, token.token_id)
    assert await signing_in.actor_of_token(any_rt, revoked) is None
    assert await signing_in.actor_of_token(any_rt, expiring) is not None
    clock.turn(timedelta(days=1))
    assert await signing_in.actor_of_token(any_rt, expiring) is None
    assert await signing_in.actor_of_token(any_rt, "cc_made_up") is None


async def test_people_change_their_own_name_and_zone_and_nothing_else(any_rt: Runtime) -> None:
    await staffing.add_user(any_rt, ADMIN, email=EMAIL, role=Role.VIEWER, password=PASSWORD)
    cookie = await signing_in.sign_in(any_rt, EMAIL, PASSWORD)
    actor = await signing_in.actor_of(any_rt, cookie)
    assert actor is not None
    changed = await staffing.change_me(any_rt, actor, name="Ana B", timezone="Europe/Madrid")
    assert (changed.name, changed.timezone, changed.role) == ("Ana B", "Europe/Madrid", Role.VIEWER)
    assert await signing_in.actor_of(any_rt, cookie) == actor
    with pytest.raises(Invalid):
        await staffing.change_me(any_rt, actor, name="Ana B", timezone="Mars/Base")
