"""Passwords, sessions, the first person, throttling; on both databases."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.errors import Forbidden, Invalid, TooMany, Unauthenticated
from callcenter.domain.user import Role
from callcenter.services import hashing, onboarding, signing_in, staffing
from callcenter.services.runtime import Runtime
from tests.builders import ADMIN
from tests.fakes import FakeClock

PASSWORD = "seven purple herons fly"
EMAIL = "ana@example.com"


async def person(rt: Runtime) -> str:
    user = await staffing.add_user(rt, ADMIN, email="Ana@Example.com", role=Role.AGENT, name="Ana", password=PASSWORD)
    return user.user_id


async def test_signing_in_gives_a_session_that_leads_to_the_person(any_rt: Runtime) -> None:
    user_id = await person(any_rt)
    cookie = await signing_in.sign_in(any_rt, " ANA@example.com ", PASSWORD, "203.0.113.9", "Browser")
    actor = await signing_in.actor_of(any_rt, cookie)
    assert actor is not None
    assert (actor.user_id, actor.label, actor.role, actor.client_ids) == (user_id, EMAIL, Role.AGENT, None)
    await signing_in.sign_out(any_rt, cookie)
    assert await signing_in.actor_of(any_rt, cookie) is None


async def test_the_secret_of_a_session_and_the_password_are_not_stored(rt: Runtime) -> None:
    await person(rt)
    cookie = await signing_in.sign_in(rt, EMAIL, PASSWORD)
    rt.database.close()
    stored = b"".join(
        each.read_bytes() for each in __import__("pathlib").Path(rt.database.engine.url.database or "").parent.glob("*.db*")
    )
    assert EMAIL.encode() in stored
    assert cookie.encode() not in stored
    assert PASSWORD.encode() not in stored


async def test_a_session_ends_after_twelve_idle_hours_or_seven_days(any_rt: Runtime, clock: FakeClock) -> None:
    await person(any_rt)
    cookie = await signing_in.sign_in(any_rt, EMAIL, PASSWORD)
    for _ in range(15):  # used every eleven hours: idle never ends it, the seventh day does
        clock.turn(timedelta(hours=11))
        assert await signing_in.actor_of(any_rt, cookie) is not None
    clock.turn(timedelta(hours=4))
    assert await signing_in.actor_of(any_rt, cookie) is None
    other = await signing_in.sign_in(any_rt, EMAIL, PASSWORD)
    clock.turn(timedelta(hours=12))
    assert await signing_in.actor_of(any_rt, other) is None


@pytest.mark.parametrize("cookie", [None, "", "made-up", "x" * 10_000, "\x00"])
async def test_a_made_up_cookie_is_nobody(any_rt: Runtime, cookie: str | None) -> None:
    assert await signing_in.actor_of(any_rt, cookie) is None


async def test_unknown_people_and_wrong_passwords_get_the_same_answer(rt: Runtime) -> None:
    await person(rt)
    await staffing.add_user(rt, ADMIN, email="new@example.com", role=Role.VIEWER)  # invited, no password yet
    answers: set[str] = set()
    for email in (EMAIL, "nobody@example.com", "new@example.com"):
        with pytest.raises(Unauthenticated) as refused:
            await signing_in.sign_in(rt, email, "wrong password", "")
        answers.add(refused.value.message)
    assert len(answers) == 1


async def test_guessing_at_one_account_slows_down_and_its_owner_gets_in_afterwards(any_rt: Runtime, clock: FakeClock) -> None:
    await person(any_rt)
    for nth in range(signing_in.FREE_TRIES):
        with pytest.raises(Unauthenticated):
            await signing_in.sign_in(any_rt, EMAIL, "wrong", f"203.0.113.{nth}")
    with pytest.raises(TooMany) as refused:
        await signing_in.sign_in(any_rt, EMAIL, PASSWORD, "203.0.113.99")
    assert refused.value.retry_after > timedelta(0)
    clock.turn(refused.value.retry_after)
    assert await signing_in.sign_in(any_rt, EMAIL, PASSWORD, "203.0.113.99")
    assert await signing_in.sign_in(any_rt, EMAIL, PASSWORD, "203.0.113.98")  # and starts afresh


async def test_guessing_from_one_address_slows_down_whoever_is_guessed_at(any_rt: Runtime) -> None:
    for nth in range(signing_in.FREE_TRIES):
        with pytest.raises(Unauthenticated):
            await signing_in.sign_in(any_rt, f"nobody{nth}@example.com", "wrong", "203.0.113.7")
    with pytest.raises(TooMany):
        await signing_in.sign_in(any_rt, "someone@example.com", "wrong", "203.0.113.7")


async def test_a_hundred_tries_at_once_are_not_a_way_around(any_rt: Runtime) -> None:
    await person(any_rt)
    tries = [signing_in.sign_in(any_rt, EMAIL, "wrong", f"198.51.100.{nth}") for nth in range(40)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(answer, Unauthenticated) for answer in answers) == signing_in.FREE_TRIES
    assert sum(isinstance(answer, TooMany) for answer in answers) == 40 - signing_in.FREE_TRIES


def test_the_delay_grows_to_fifteen_minutes_and_no_further() -> None:
    delays = [signing_in.delay_after(count) for count in range(40)]
    assert delays[: signing_in.FREE_TRIES] == [timedelta(0)] * signing_in.FREE_TRIES
    assert delays == sorted(delays)
    assert delays[-1] == timedelta(minutes=15)


@pytest.mark.parametrize("password", ["short", "password1", "x" * 129, "ana@example.com"])
async def test_a_weak_password_is_refused_in_words(rt: Runtime, password: str) -> None:
    with pytest.raises(Invalid) as refused:
        await staffing.add_user(rt, ADMIN, email=EMAIL, role=Role.AGENT, name="Ana", password=password)
    assert refused.value.field == "password"


async def test_an_old_weak_hash_is_replaced_when_its_owner_signs_in(rt: Runtime) -> None:
    from pwdlib import PasswordHash
    from pwdlib.hashers.argon2 import Argon2Hasher

    from callcenter.store import users

    user_id = await person(rt)
    weak = PasswordHash((Argon2Hasher(memory_cost=1024, time_cost=1, parallelism=1),)).hash(PASSWORD)
    await rt.database.write(lambda tx: users.save_password(tx, user_id, weak, now=rt.clock.now()))
    await signing_in.sign_in(rt, EMAIL, PASSWORD)
    now_stored = await rt.database.read(lambda tx: users.password_hash(tx, user_id))
    assert now_stored is not None
    assert "m=19456,t=2,p=1" in now_stored
    assert (await hashing.verify(PASSWORD, now_stored)) == (True, None)


# The first person


async def first(rt: Runtime, code: str) -> str:
    return await signing_in.set_up(
        rt,
        code,
        name="Ada",
        email="ada@example.com",
        password=PASSWORD,
        workspace="Calls",
        country="GB",
        timezone="Europe/London",
    )


async def test_the_code_makes_one_admin_and_names_the_workspace(any_rt: Runtime) -> None:
    assert await signing_in.needs_setup(any_rt)
    code = await signing_in.setup_code(any_rt)
    assert code is not None
    actor = await signing_in.actor_of(any_rt, await first(any_rt, code))
    assert actor is not None
    assert actor.role is Role.ADMIN
    installation = await onboarding.installation_of(any_rt)
    assert (installation.name, installation.country, installation.timezone) == ("Calls", "GB", "Europe/London")
    with pytest.raises(Forbidden):
        await first(any_rt, code)
    assert await signing_in.setup_code(any_rt) is None
    assert not await signing_in.needs_setup(any_rt)


async def test_two_at_once_with_one_code_make_one_admin(any_rt: Runtime) -> None:
    code = await signing_in.setup_code(any_rt)
    assert code is not None
    answers = await asyncio.gather(first(any_rt, code), first(any_rt, code), return_exceptions=True)
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert len(await staffing.users_of(any_rt, ADMIN)) == 1


async def test_only_the_newest_code_works(rt: Runtime) -> None:
    old = await signing_in.setup_code(rt)
    new = await signing_in.setup_code(rt)
    assert old is not None
    assert new is not None
    for wrong in (old, "", "made up"):
        with pytest.raises(Forbidden):
            await first(rt, wrong)
    assert await first(rt, new)


# The demo


async def test_one_click_works_only_in_a_process_the_demo_started(any_rt: Runtime) -> None:
    with pytest.raises(Forbidden):
        await signing_in.demo_sign_in(any_rt)
    demo = replace(any_rt, is_demo=True)
    cookie = await signing_in.demo_sign_in(demo)
    actor = await signing_in.actor_of(demo, cookie)
    assert actor is not None
    assert actor.role is Role.ADMIN
    assert await signing_in.actor_of(any_rt, cookie) is None
    with pytest.raises(Unauthenticated):
        await signing_in.sign_in(any_rt, "demo@example.com", "")
    assert await signing_in.ensure_demo_user(demo) == await signing_in.ensure_demo_user(demo)


def test_the_cookie_is_found_in_its_header() -> None:
    assert signing_in.cookie_from("a=b; callcenter_session=abc") == "abc"
    assert signing_in.cookie_from("callcenter_session=abc; __Host-callcenter_session=def") == "def"
    assert signing_in.cookie_from("nothing") is None
    assert signing_in.cookie_from(None) is None
