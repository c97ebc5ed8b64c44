"""People and tokens from the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from callcenter import wiring
from callcenter.cli import database, logs
from callcenter.domain.errors import CallCenterError, Invalid
from callcenter.domain.user import SYSTEM, Role
from callcenter.services import staffing
from callcenter.services.runtime import Runtime
from callcenter.settings import load_settings

T = TypeVar("T")


def add_user(*, email: str, role: str, name: str, password: str) -> str:
    """Adds a person and gives the sentence to print. Raises Invalid or Conflict in words."""
    user = _run(lambda rt: staffing.add_user(rt, SYSTEM, email=email, role=Role(role), name=name, password=password))
    return f"{user.email} can sign in as {user.role.value}."


def add_token(*, name: str, role: str, client_id: str | None) -> str:
    """Adds a REST token and gives it; it is never shown again."""
    secret, _ = _run(lambda rt: staffing.add_token(rt, SYSTEM, name=name, role=Role(role), client_id=client_id))
    return secret


def _run(work: Callable[[Runtime], Awaitable[T]]) -> T:
    settings = load_settings()
    logs.configure(settings)
    database.require_current(settings.database_url)
    return asyncio.run(_with_runtime(wiring.make_runtime(settings), work))


async def _with_runtime(rt: Runtime, work: Callable[[Runtime], Awaitable[T]]) -> T:
    try:
        return await work(rt)
    except Invalid as error:
        raise CallCenterError(" ".join(dict.fromkeys(why for _, why in error.errors)) or error.message) from error
    finally:
        await rt.providers.close()
        await asyncio.to_thread(rt.database.close)
