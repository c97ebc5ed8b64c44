"""Stores deliveries together: all that wait are remembered and folded in one durable transaction, and answered after it.

Alone, each would cost a dozen statements and a hand-over between threads. Should one of a group fail, nothing of the group is
stored; then its halves are, so that in the end the others are folded and that one is remembered as it came.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import structlog

from callcenter.domain.call import CallEvent
from callcenter.domain.changing import with_changes
from callcenter.domain.errors import Unavailable
from callcenter.services import folding
from callcenter.services.runtime import Runtime
from callcenter.store import ahead, clients, inbox
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

log = structlog.get_logger(__name__)

#: The most deliveries in one transaction: whoever else wants to write waits no longer than these take.
GROUP = 50
#: How often it is written down that a client's webhooks arrive, in seconds.
HEARD_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A letter with the event that is to be folded, None if it is only to be remembered; taken in at `began`, boot time."""

    letter: Letter
    event: CallEvent | None
    began: float


_Waiting = tuple[Delivery, asyncio.Future[str]]


@dataclass(slots=True)
class _Post:
    """Who waits in this process, the task that stores while anybody does, and the seconds it took for each of a full group."""

    waiting: list[_Waiting] = field(default_factory=list[_Waiting])
    task: asyncio.Task[None] | None = None
    pace: float = 0.0


def seconds_for(rt: Runtime, many: int) -> float:
    """Gives how long so many deliveries will take, going by the last full group; 0 before there was one."""
    post: _Post | None = rt.kept.get("post")
    return many * post.pace if post else 0.0


async def store(rt: Runtime, delivery: Delivery) -> str:
    """Stores a delivery together with whatever else waits, and gives what became of it once that is durable.

    That is its state in the inbox, or "again" when its body was there already. Raises Unavailable when it cannot be stored now.
    """
    post: _Post = rt.kept.setdefault("post", _Post())
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    post.waiting.append((delivery, answer))
    if post.task is None:
        post.task = asyncio.create_task(_store_waiting(rt, post))
    return await answer


async def _store_waiting(rt: Runtime, post: _Post) -> None:
    group: list[_Waiting] = []
    try:
        while post.waiting:
            group, post.waiting = post.waiting[:GROUP], post.waiting[GROUP:]
            began = rt.clock.boot()
            results = await _store_group(rt, [delivery for delivery, _ in group])
            for (_, answer), result in zip(group, results, strict=True):
                _set(answer, result)
            if len(group) == GROUP:
                post.pace = (rt.clock.boot() - began) / GROUP
    finally:
        post.task = None
        left, post.waiting = group + post.waiting, []
        for _, answer in left:  # nobody, unless this task was cancelled: then nobody waits for ever
            _set(answer, Unavailable("The server is stopping. Send it again in a moment."))


def _set(answer: asyncio.Future[str], result: str | Exception) -> None:
    if answer.done():
        return  # whoever waited has left
    if isinstance(result, str):
        answer.set_result(result)
    else:
        answer.set_exception(result)


async def _store_group(rt: Runtime, group: Sequence[Delivery]) -> Sequence[str | Exception]:
    """Stores these together, or each half by itself when that fails; one that cannot be folded is remembered all the same."""
    try:
        return await _write(rt, group)
    except Unavailable as error:
        return [error] * len(group)
    except Exception as error:
        if len(group) > 1:
            half = len(group) // 2
            return [*await _store_group(rt, group[:half]), *await _store_group(rt, group[half:])]
        letter = group[0].letter
        if group[0].event is None:
            return [error]
        log.exception("event could not be folded", inbox_id=letter.inbox_id)
        letter = replace(letter, tries=1, error=f"{type(error).__name__}: {error}"[:300])
        return await _store_group(rt, [replace(group[0], event=None, letter=letter)])


async def _write(rt: Runtime, group: Sequence[Delivery]) -> Sequence[str]:
    """Stores these in one transaction, and writes down now and then that their clients' webhooks arrive."""
    heard: dict[str, float] = rt.kept.setdefault("heard", {})
    now, oldest = rt.clock.boot(), rt.clock.boot() - HEARD_EVERY
    came = {each.letter.client_id: each.letter.received_at for each in group}
    news = {client_id: at for client_id, at in came.items() if client_id and heard.get(client_id, oldest) <= oldest}

    def work(tx: Tx) -> list[str]:
        results = store_in(tx, rt, group)
        for client_id in sorted(news):
            clients.heard_from(tx, client_id, now=news[client_id])
        return results

    results = await rt.database.write(work)
    heard.update(dict.fromkeys(news, now))
    return results


def store_in(tx: Tx, rt: Runtime, group: Sequence[Delivery]) -> list[str]:
    """Remembers and folds deliveries as if each came alone; what they all need is read, and written, at once."""
    known = _known(tx, group)
    ahead.read(tx, [each.event.token for each in group if each.event and each.event.token])
    results = [""] * len(group)
    stored: list[Letter] = []
    again: list[tuple[str, str]] = []
    for nth in _in_order(tx, group):
        letter, event = group[nth].letter, group[nth].event
        body = (letter.account_id, letter.sha256)
        if body in known:
            again.append(body)
            results[nth] = "again"
            continue
        known.add(body)
        if event is not None:
            letter = folding.fold_in(tx, rt, letter, event)
        stored.append(with_changes(letter, took_ms=round((rt.clock.boot() - group[nth].began) * 1000)))
        results[nth] = letter.state
    inbox.add(tx, *stored)
    for body in again:
        inbox.count_copy(tx, *body)
    return results


def _in_order(tx: Tx, group: Sequence[Delivery]) -> list[int]:
    """By batch, for an ended call locks its batch, and two groups must not lock the same ones in different orders."""
    tokens = [each.event.token if each.event else None for each in group]
    return sorted(range(len(group)), key=lambda nth: ahead.batch_of(tx, tokens[nth]))


def _known(tx: Tx, group: Sequence[Delivery]) -> set[tuple[str, str]]:
    by_account: dict[str, list[str]] = {}
    for each in group:
        by_account.setdefault(each.letter.account_id, []).append(each.letter.sha256)
    return {(account, sha256) for account, all_of_it in by_account.items() for sha256 in inbox.known(tx, account, all_of_it)}
