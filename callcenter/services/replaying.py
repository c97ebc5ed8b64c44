"""Same request, same answer: what an Idempotency-Key promises.

The key is claimed, the thing made and the answer kept in one transaction, so a crash leaves all or nothing; of two at the
same time one works and the other waits. Work of several transactions claims first and remembers in the one that makes it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from callcenter.domain.errors import Conflict, Invalid
from callcenter.domain.user import Actor
from callcenter.services.runtime import Runtime
from callcenter.store import answers
from callcenter.store.answers import Answer
from callcenter.store.database import Tx

T = TypeVar("T")

KEPT = timedelta(hours=24)
#: Longer than any request takes; after it, one that died half-way may be tried again.
LONGEST_WORK = timedelta(minutes=10)
LONGEST_KEY = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """A request that may come again: who asks, under which key, and the hash of what was asked."""

    who: str
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: the HTTP status and the body; `is_replay` when it was made for an earlier request."""

    status: int
    body: str
    is_replay: bool = False


def repeatable(actor: Actor, key: str | None, *, method: str, path: str, body: bytes) -> Repeatable | None:
    """Gives the request under its key, None without one. Raises Invalid for a key that is empty, odd or too long."""
    if key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise Invalid(f"An Idempotency-Key has 1 to {LONGEST_KEY} printable characters.", field="Idempotency-Key")
    asked = hashlib.sha256(f"{method} {path}\n".encode() + body).hexdigest()
    return Repeatable(who=actor.token_id or actor.user_id or actor.label, key=key, request_hash=asked)


async def once(rt: Runtime, request: Repeatable | None, work: Callable[[Tx], T], *, shape: Callable[[T], Reply]) -> Reply:
    """Does `work` in a transaction and gives its answer, or the first answer when this request came before.

    Raises Conflict when the key came before with another request, and whatever `work` raises: then the key stays free.
    """

    def all_or_nothing(tx: Tx) -> Reply:
        if request is None:
            return shape(work(tx))
        earlier = _claimed(tx, rt, request)
        if earlier is not None:
            return earlier
        reply = shape(work(tx))
        remember(tx, rt, request, reply)
        return reply

    return await rt.database.write(all_or_nothing)


async def claim(rt: Runtime, request: Repeatable | None) -> Reply | None:
    """Claims the key for work of several transactions; gives the first answer when this request came before.

    Then either `remember` in the transaction that makes the thing, or `give_up`.
    """
    if request is None:
        return None
    return await rt.database.write(lambda tx: _claimed(tx, rt, request))


def remember(tx: Tx, rt: Runtime, request: Repeatable | None, reply: Reply) -> None:
    """Keeps the answer of a claimed request, in the transaction that makes what it tells of."""
    if request is not None:
        kept = replace(_blank(rt, request, KEPT), status=reply.status, body=reply.body)
        answers.settle(tx, kept)


async def give_up(rt: Runtime, request: Repeatable | None) -> None:
    """Lets go of the key of a request that failed."""
    if request is not None:
        await rt.database.write(lambda tx: answers.give_up(tx, request.who, request.key))


def _claimed(tx: Tx, rt: Runtime, request: Repeatable) -> Reply | None:
    now = rt.clock.now()
    if answers.claim(tx, _blank(rt, request, LONGEST_WORK), now=now):
        return None
    known = answers.find(tx, request.who, request.key, now=now)
    if known is not None and known.request_hash != request.request_hash:
        raise Conflict("This Idempotency-Key was used for another request.")
    if known is None or known.status == 0:
        raise Conflict("The first request with this Idempotency-Key is still worked on. Ask again in a moment.")
    return Reply(known.status, known.body, is_replay=True)


def _blank(rt: Runtime, request: Repeatable, life: timedelta) -> Answer:
    return Answer(
        token_id=request.who, key=request.key, request_hash=request.request_hash, status=0, body="",
        expires_at=rt.clock.now() + life,
    )  # fmt: skip
