"""Passwords: hashed with argon2id off the event loop, two at a time, and judged for strength in words."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar, cast

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from zxcvbn import zxcvbn

from callcenter.domain.errors import Invalid

T = TypeVar("T")

SHORTEST, LONGEST = 8, 128
_WEAKEST_SCORE = 2  # of 0 to 4: 10^8 guesses would find anything below
_MOST_JUDGED = 72  # the judge's time grows with the square of the length

# 19 MiB, two passes, one lane: each takes about 25 ms of a core and that memory, so only two run at once
_hasher = PasswordHash((Argon2Hasher(memory_cost=19 * 1024, time_cost=2, parallelism=1),))
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


async def hash_password(password: str, *, words: Sequence[str] = (), field: str = "password") -> str:
    """Gives the hash of a new password. Raises Invalid when it is too short, too long or too easily guessed.

    `words` are what a guesser would try for this person first: name, address, workspace.
    """

    def work() -> str:
        check_strength(password, words=words, field=field)
        return _hasher.hash(password)

    return await _in_thread(work)


async def verify(password: str, known: str | None) -> tuple[bool, str | None]:
    """Says whether the password fits, and gives its new hash if the old one is weaker than today's.

    Without a `known` hash it takes as long and says no, so that nobody learns who exists.
    """

    def work() -> tuple[bool, str | None]:
        if len(password) > LONGEST:
            return False, None
        fits, stronger = _hasher.verify_and_update(password, known or _nobodys())
        return (fits, stronger) if known else (False, None)

    return await _in_thread(work)


def check_strength(password: str, *, words: Sequence[str] = (), field: str = "password") -> None:
    """Raises Invalid, in words that help, unless the password is 8 to 128 characters and hard enough to guess."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"A password has {SHORTEST} to {LONGEST} characters.", field=field)
    judged = cast("dict[str, Any]", zxcvbn(password[:_MOST_JUDGED], user_inputs=[word for word in words if word]))
    if judged["score"] < _WEAKEST_SCORE:
        advice = judged["feedback"]["warning"] or next(iter(judged["feedback"]["suggestions"]), "")
        raise Invalid(f"This password is easy to guess. {advice}".strip(), field=field)


async def judge(password: str) -> tuple[int, str]:
    """Gives how hard a password is to guess, from 0 to 4 (`hash_password` takes 2 and up), and what would make it harder."""

    def work() -> tuple[int, str]:
        judged = cast("dict[str, Any]", zxcvbn(password[:_MOST_JUDGED]))
        return judged["score"], judged["feedback"]["warning"] or next(iter(judged["feedback"]["suggestions"]), "")

    return await _in_thread(work)


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody at all")


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work)
