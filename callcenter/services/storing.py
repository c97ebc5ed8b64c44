"""Stores deliveries together: all that wait are remembered and folded in one durable transaction, and answered after it.

Alone, each would cost a dozen statements and a hand-over between threads. Should one of a group fail, nothing of the group is
stored; then its halves are, so that in the end the others are folded and that one is remembered as it came.

When so many come that some would wait for long, they are only remembered before they are answered, which is quick, and folded
a few at a time between those that come after them. What is not folded when a process dies is `new` in the inbox, and
reconciling folds it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
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

#: The most deliveries that one transaction folds: whoever else wants to write waits no longer than these take.
GROUP = 50
#: The most that one transaction only remembers.
KEPT = 500
#: Above so many seconds to fold all that wait they are only remembered before they are answered.
PROMPT = 0.03
#: So many of those this process has in mind, of some 12 kB each; what comes beyond them, reconciling finds in the inbox.
MOST_LATER = 5_000
#: What is said of a delivery that is remembered and will be folded in a moment.
LATER = "later"
#: From so many in a group on, what it took tells how long one takes.
TELLING = 8
#: How often it is written down that a client's webhooks arrive, in seconds.
HEARD_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """A letter with the event that is to be folded, None if it is only to be remembered; taken in at `began`, boot time."""

    letter: Letter
    event: CallEvent | None
    began: float


_Waiting = tuple[Delivery, asyncio.Future[str]]
_How = Callable[[Tx, Runtime, Sequence[Delivery]], list[str]]


@dataclass(slots=True)
class Post:
    """Who waits in this process, what is still to be folded, the task that sees to both, and how long one took, in seconds."""

    waiting: list[_Waiting] = field(default_factory=list[_Waiting])
    later: deque[Delivery] = field(default_factory=deque[Delivery])
    task: asyncio.Task[None] | None = None
    to_fold: float = 0.0
    to_keep: float = 0.0

    @property
    def is_pressed(self) -> bool:
        """Whether folding all that wait would keep the last of them waiting for too long."""
        return bool(self.later) or len(self.waiting) * self.to_fold > PROMPT

    def learn(self, results: Sequence[str | Exception], seconds: float, *, is_folded: bool) -> None:
        """Takes from what came of a group how long one takes. A small one tells only that it takes less than was thought."""
        if any(isinstance(result, Unavailable) for result in results):
            return
        one, thought = seconds / len(results), self.to_fold if is_folded else self.to_keep
        if len(results) < TELLING and one >= thought:
            return
        if is_folded:
            self.to_fold = one
        else:
            self.to_keep = one


def seconds_for(rt: Runtime, many: int) -> float:
    """Gives how long it will take to remember so many deliveries, going by the last larger group; 0 before there was one."""
    post: Post | None = rt.kept.get("post")
    return many * post.to_keep if post else 0.0


async def store(rt: Runtime, delivery: Delivery) -> str:
    """Stores a delivery together with whatever else waits, and gives what became of it once that is durable.

    That is its state in the inbox, "again" when its body was there already, or LATER. Raises Unavailable when it cannot be
    stored now.
    """
    post: Post = rt.kept.setdefault("post", Post())
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    post.waiting.append((delivery, answer))
    if post.task is None:
        post.task = asyncio.create_task(_work_off(rt, post))
    return await answer


async def settled(rt: Runtime) -> None:
    """Waits until nobody waits for an answer, and all that this process was to fold later is folded."""
    post: Post | None = rt.kept.get("post")
    while post is not None and post.task is not None:
        await asyncio.wait({post.task})


async def _work_off(rt: Runtime, post: Post) -> None:
    group: list[_Waiting] = []
    try:
        while post.waiting or post.later:
            is_pressed = post.is_pressed
            most = KEPT if is_pressed else GROUP
            group, post.waiting = post.waiting[:most], post.waiting[most:]
            if group:
                await _answer(rt, post, group, is_pressed=is_pressed)
            group = []
            if post.later and not await _fold_some(rt, post) and not post.waiting:
                return  # the database is away: whoever comes next begins again, or reconciling folds them
    finally:
        post.task = None
        left, post.waiting = group + post.waiting, []
        for _, answer in left:  # nobody, unless this task was cancelled: then nobody waits for ever
            _set(answer, Unavailable("The server is stopping. Send it again in a moment."))


async def _answer(rt: Runtime, post: Post, group: Sequence[_Waiting], *, is_pressed: bool) -> None:
    """Stores a group and tells each what became of it; under pressure they are folded later."""
    deliveries, began = [delivery for delivery, _ in group], rt.clock.boot()
    results = await _store_group(rt, deliveries, keep_in if is_pressed else store_in)
    post.learn(results, rt.clock.boot() - began, is_folded=not is_pressed)
    for (delivery, answer), result in zip(group, results, strict=True):
        _set(answer, result)
        if result == LATER and len(post.later) < MOST_LATER:
            post.later.append(replace(delivery, letter=with_changes(delivery.letter, body=b"")))  # it is in the inbox


async def _fold_some(rt: Runtime, post: Post) -> bool:
    """Folds the oldest of what was only remembered, few while others wait for an answer; False if that is not possible now."""
    few = max(1, int(PROMPT / 2 / post.to_fold)) if post.to_fold else 1
    some = [post.later.popleft() for _ in range(min(len(post.later), few if post.waiting else GROUP))]
    began = rt.clock.boot()
    results = await _store_group(rt, some, fold_kept)
    post.learn(results, rt.clock.boot() - began, is_folded=True)
    missed = [each for each, result in zip(some, results, strict=True) if isinstance(result, Unavailable)]
    post.later.extendleft(reversed(missed))
    if not {"folded", "again"}.issuperset(str(result) for result in results):
        rt.wake_reconciler.set()  # for unknown calls, and what cannot be folded
    return not missed


def _set(answer: asyncio.Future[str], result: str | Exception) -> None:
    if answer.done():
        return  # whoever waited has left
    if isinstance(result, str):
        answer.set_result(result)
    else:
        answer.set_exception(result)


async def _store_group(rt: Runtime, group: Sequence[Delivery], how: _How) -> Sequence[str | Exception]:
    """Stores these together, or each half by itself when that fails; one that cannot be folded is remembered all the same."""
    try:
        return await _write(rt, group, how)
    except Unavailable as error:
        return [error] * len(group)
    except Exception as error:
        if len(group) > 1:
            half = len(group) // 2
            return [*await _store_group(rt, group[:half], how), *await _store_group(rt, group[half:], how)]
        letter = group[0].letter
        if group[0].event is None:
            return [error]
        log.exception("event could not be folded", inbox_id=letter.inbox_id)
        letter = replace(letter, tries=1, error=f"{type(error).__name__}: {error}"[:300])
        return await _store_group(rt, [replace(group[0], event=None, letter=letter)], how)


async def _write(rt: Runtime, group: Sequence[Delivery], how: _How) -> Sequence[str]:
    """Stores these in one transaction, and writes down now and then that their clients' webhooks arrive."""
    heard: dict[str, float] = rt.kept.setdefault("heard", {})
    now, oldest = rt.clock.boot(), rt.clock.boot() - HEARD_EVERY
    came = {} if how is fold_kept else {each.letter.client_id: each.letter.received_at for each in group}  # told when they came
    news = {client_id: at for client_id, at in came.items() if client_id and heard.get(client_id, oldest) <= oldest}

    def work(tx: Tx) -> list[str]:
        results = how(tx, rt, group)
        for client_id in sorted(news):
            clients.heard_from(tx, client_id, now=news[client_id])
        return results

    results = await rt.database.write(work)
    heard.update(dict.fromkeys(news, now))
    return results


def store_in(tx: Tx, rt: Runtime, group: Sequence[Delivery]) -> list[str]:
    """Remembers and folds deliveries as if each came alone; what they all need is read, and written, at once."""
    ahead.read(tx, [each.event.token for each in group if each.event and each.event.token])
    return _remember(tx, rt, group, _in_order(tx, group), is_folded=True)


def keep_in(tx: Tx, rt: Runtime, group: Sequence[Delivery]) -> list[str]:
    """Remembers deliveries that are to be folded later."""
    return _remember(tx, rt, group, range(len(group)), is_folded=False)


def _remember(tx: Tx, rt: Runtime, group: Sequence[Delivery], order: Iterable[int], *, is_folded: bool) -> list[str]:
    known = _known(tx, group)
    results = [""] * len(group)
    stored: list[Letter] = []
    again: list[tuple[str, str]] = []
    for nth in order:
        letter, event = group[nth].letter, group[nth].event
        body = (letter.account_id, letter.sha256)
        if body in known:
            again.append(body)
            results[nth] = "again"
            continue
        known.add(body)
        if event is not None and is_folded:
            letter = folding.fold_in(tx, rt, letter, event)
        stored.append(_timed(rt, letter, group[nth]))
        results[nth] = LATER if event is not None and not is_folded else letter.state
    inbox.add(tx, *sorted(stored, key=_body))
    for body in sorted(again):
        inbox.count_copy(tx, *body)
    return results


def fold_kept(tx: Tx, rt: Runtime, group: Sequence[Delivery]) -> list[str]:
    """Folds deliveries that were remembered before, but for those that somebody else has folded since."""
    waiting = inbox.still_new(tx, [each.letter.inbox_id for each in group])
    ahead.read(tx, [each.event.token for each in group if each.event and each.event.token])
    results = ["again"] * len(group)
    settled: list[Letter] = []
    for nth in _in_order(tx, group):
        letter, event = group[nth].letter, group[nth].event
        if letter.inbox_id not in waiting:
            continue
        if event is not None:
            letter = folding.fold_in(tx, rt, letter, event)
        settled.append(_timed(rt, letter, group[nth]))
        results[nth] = letter.state
    for letter in sorted(settled, key=_body):
        inbox.settle(tx, letter, now=rt.clock.now())
    return results


def _body(letter: Letter) -> tuple[str, str]:
    """By which letters are always written in the same order: another process may be writing copies of the same ones."""
    return letter.account_id, letter.sha256


def _timed(rt: Runtime, letter: Letter, delivery: Delivery) -> Letter:
    return with_changes(letter, took_ms=round((rt.clock.boot() - delivery.began) * 1000))


def _in_order(tx: Tx, group: Sequence[Delivery]) -> list[int]:
    """By batch, for an ended call locks its batch, and two groups must not lock the same ones in different orders."""
    tokens = [each.event.token if each.event else None for each in group]
    return sorted(range(len(group)), key=lambda nth: ahead.batch_of(tx, tokens[nth]))


def _known(tx: Tx, group: Sequence[Delivery]) -> set[tuple[str, str]]:
    by_account: dict[str, list[str]] = {}
    for each in group:
        by_account.setdefault(each.letter.account_id, []).append(each.letter.sha256)
    return {(account, sha256) for account, all_of_it in by_account.items() for sha256 in inbox.known(tx, account, all_of_it)}
