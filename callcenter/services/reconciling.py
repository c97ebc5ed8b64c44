"""The loop that asks the provider about calls we lost sight of.

Webhooks are the fast path, this is the sure one: dials whose end is unknown are looked for, calls that have gone silent are
fetched, and now and then the account's calls are listed and compared with ours. What it finds goes through the inbox and the
same fold as a webhook. It places no call; at most it repeats a request under its own key, where that is allowed (resending.py).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from callcenter.domain.call import Call, EventKind, Phase
from callcenter.domain.client import Account
from callcenter.domain.deriving import derive
from callcenter.domain.dial import Dial, DialState
from callcenter.domain.errors import CallCenterError, Refused, Uncertain
from callcenter.domain.notice import Notice
from callcenter.services import applying, calling, concluding, folding, keys, meeting_strangers, resending, watching_clocks
from callcenter.services.ports import Evidence, Provider
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, clients, dials, inbox
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter

log = structlog.get_logger(__name__)

TICK = 1.0
#: When an unknown dial is looked for, counted from its sending; hourly after the last.
LOOKS = tuple(timedelta(seconds=s) for s in (10, 30, 60, 75, 120, 300, 600, 1800, 3600))
HOURLY = timedelta(hours=1)
#: A listing proves absence only after the ring time and this much more: whether a ringing call is listed is not known.
AFTER_RINGING = timedelta(seconds=30)
#: Absence is proved by so many clean looks, the last so long after the last possible sending.
CLEAN_LOOKS = 3
LAST_LOOK_AFTER = timedelta(minutes=10)
#: A place is given back after so many; the number stays held.
CLEAN_LOOKS_FOR_SLOT = 2
#: Nobody waits longer for the answer to a request; a dial that is still being sent after this was lost sight of, as when the
#: database took it and we heard that it had not.
LONGEST_SEND = timedelta(minutes=5)
SWEEP_EVERY = timedelta(minutes=5)
SWEEP_OVERLAP = timedelta(hours=1)
#: A sweep that broke off is made again this soon: after a take-over it is what tells of ends nobody heard of.
SWEEP_AGAIN = timedelta(seconds=10)
LIMITS_EVERY = timedelta(minutes=1)
#: A provider that could not be reached is asked again this soon whether it can be now.
ASK_AGAIN = timedelta(seconds=5)
#: Whoever took a letter in folds it within this time, should it not have been folded at once; else its process is gone.
FOLDED_LATER = timedelta(seconds=30)
#: An event of a call we do not know is fetched after this long, or once no dial is in question.
UNMATCHED_WAIT = timedelta(minutes=2)
GIVE_UP = timedelta(hours=24)
#: While our clock cannot be trusted, a dial of unknown end is looked for this often and nothing is concluded.
TRUST_AGAIN = timedelta(minutes=1)
FETCHES_PER_STEP = 20
#: A letter whose call could not be fetched so often is set aside, so that those behind it get their turn.
MOST_FETCHES = 8


class Reconciler:
    """Holds what one process's reconciling has open: which accounts it leads, and when each was swept and asked last."""

    def __init__(self, rt: Runtime) -> None:
        self.rt = rt
        self._swept: dict[str, datetime] = {}

    async def step(self) -> bool:
        """Does a little of everything that is due; gives whether more is due at once."""
        rt, now = self.rt, self.rt.clock.now()
        mine = await rt.database.read(lambda tx: [a for a in accounts.listed(tx) if a.holder == rt.name])
        if not mine:
            return False
        await self._orphans(mine)
        busy = await self._letters(now)
        busy = await self._unknown(mine, now) or busy
        busy = await self._silent(mine, now) or busy
        for account in mine:
            await self._breaker(account, now)
            await self._limits(account, now)
            had_heard = watching_clocks.has_heard(rt, account)
            await self._sweep(account, now)
            if not had_heard:
                await self._first_heard(account)
        return busy

    async def run(self) -> None:
        """Steps until cancelled, every second and whenever woken; no failure ends it."""
        while True:
            again = False
            try:
                self.rt.wake_reconciler.clear()
                again = await self.step()
            except CallCenterError as error:
                log.warning("reconciling waits", why=error.message)
            except Exception:
                log.exception("reconciling failed; going on")
            await self._rest(0.05 if again else TICK)

    async def _rest(self, seconds: float) -> None:
        tick = asyncio.create_task(self.rt.clock.sleep(seconds))
        woken = asyncio.create_task(self.rt.wake_reconciler.wait())
        try:
            await asyncio.wait({tick, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tick.cancel()
            woken.cancel()

    # -- dials whose process is gone ------------------------------------------------------------------------------------

    async def _orphans(self, mine: list[Account]) -> None:
        """Dials that were being sent under an earlier epoch, or too long ago: whether they went out cannot be told, so they
        are unknown."""
        rt, now = self.rt, self.rt.clock.now()
        epochs = {a.account_id: a.epoch for a in mine}
        found = await rt.database.read(lambda tx: dials.abandoned(tx, epochs=epochs, sent_before=now - LONGEST_SEND))
        for dial in found:
            await rt.database.write(lambda tx, dial=dial: _orphaned(tx, dial, now=now))

    # -- letters that could not be folded when they came ----------------------------------------------------------------

    async def _letters(self, now: datetime) -> bool:
        rt = self.rt
        found = await rt.database.read(lambda tx: inbox.unsettled(tx, folded_before=now - FOLDED_LATER, now=now, limit=50))
        acted = False
        for letter in found:
            acted = await self._letter(letter, now) or acted
        return acted

    async def _letter(self, letter: Letter, now: datetime) -> bool:
        rt = self.rt
        if letter.state in ("new", "unmatched"):
            result = await folding.fold_again(rt, letter)
            if result == "folded":
                return True
            open_question = await rt.database.read(lambda tx: dials.has_open_question(tx, letter.account_id))
            if open_question and now - letter.received_at < UNMATCHED_WAIT:
                return False
        if letter.provider_call_id is None or letter.tries >= MOST_FETCHES:
            why = letter.error or "it names no call, or Retell does not give it; the sweep of all calls may"
            await rt.database.write(lambda tx: inbox.mark(tx, letter.inbox_id, "parked", now=now, error=why))
            return False
        if letter.tries and now - letter.received_at < timedelta(seconds=5 * 2**letter.tries):
            return False
        return await self._fetch_for(letter, now)

    async def _fetch_for(self, letter: Letter, now: datetime) -> bool:
        """Fetches the call a letter is about, since the letter itself cannot be trusted or understood."""
        rt = self.rt
        done = {"stale": "stale_fetched", "poison": "parked"}.get(letter.state, "folded")
        try:
            provider = await keys.providers_for(rt, letter.account_id)
            evidence = await provider.get_call(letter.provider_call_id or "")
        except CallCenterError as error:
            gone, words = isinstance(error, Refused) and error.status in (404, 422), error.message
            await rt.database.write(
                lambda tx: inbox.mark(
                    tx,
                    letter.inbox_id,
                    "parked" if gone else letter.state,
                    now=now,
                    tries=letter.tries + 1,
                    error=words[:300],
                )
            )
            return False
        await rt.database.write(
            lambda tx: take_evidence(
                tx, rt, letter.account_id, evidence, source="get", client_id=letter.client_id, adopt=True, now=now
            )
        )
        await rt.database.write(lambda tx: inbox.mark(tx, letter.inbox_id, done, now=now, tries=letter.tries + 1))
        return True

    # -- dials of unknown end -------------------------------------------------------------------------------------------

    async def _unknown(self, mine: list[Account], now: datetime) -> bool:
        rt, ids = self.rt, {a.account_id for a in mine}
        due = await rt.database.read(lambda tx: dials.unknown_due(tx, ids, now=now))
        for dial in due:
            await self._look_for(dial)
        return bool(due)

    async def _look_for(self, dial: Dial) -> None:
        """One look for a dial: in our inbox first, then at the provider, with a call that must be found as control."""
        rt = self.rt
        letters = await rt.database.read(lambda tx: inbox.with_token(tx, dial.token))
        for letter in letters:
            await folding.fold_again(rt, letter)
        if letters and await rt.database.read(lambda tx: dials.get(tx, dial.dial_id).state) is not DialState.UNKNOWN:
            return
        control = await rt.database.read(lambda tx: dials.newest_accepted(tx, dial.account_id))
        answer, found, control_found = "", None, False
        asked_at = rt.clock.now()
        try:
            provider = await keys.providers_for(rt, dial.account_id)
            found, complete = await _search(provider, dial.token)
            if found is None and control is not None:
                seen, _complete = await _search(provider, control.token)
                control_found = seen is not None
            answer = "found" if found else ("not found" if complete else "the listing did not end")
        except CallCenterError as error:
            complete, answer = False, error.message
        if found is not None:
            evidence = found
            await rt.database.write(
                lambda tx: take_evidence(
                    tx, rt, dial.account_id, evidence, source="list", client_id=dial.client_id, adopt=False, now=rt.clock.now()
                )
            )
            return
        account = await rt.database.read(lambda tx: accounts.get(tx, dial.account_id))
        is_trusted = watching_clocks.is_trusted(rt, account, now=asked_at, boot=rt.clock.boot())
        late_enough = is_trusted and asked_at >= last_possible_send(dial) + timedelta(milliseconds=dial.ring_ms) + AFTER_RINGING
        is_clean = complete and control_found and late_enough
        await rt.database.write(
            lambda tx: _note_look(tx, rt, dial, at=asked_at, is_clean=is_clean, control_found=control_found, answer=answer)
        )
        if is_clean and resending.may_be_due(dial, now=rt.clock.now()):
            await resending.resend(rt, dial.dial_id)

    # -- calls that have gone silent ------------------------------------------------------------------------------------

    async def _silent(self, mine: list[Account], now: datetime) -> bool:
        rt, ids = self.rt, {a.account_id for a in mine}
        due = await rt.database.read(lambda tx: calls.due_for_check(tx, ids, now=now, limit=FETCHES_PER_STEP))
        await asyncio.gather(*(self._ask_about(*row) for row in due))
        return len(due) == FETCHES_PER_STEP

    async def _ask_about(self, call_id: str, account_id: str, provider_call_id: str, checks: int) -> None:
        rt, now = self.rt, self.rt.clock.now()
        call = await rt.database.read(lambda tx: calls.get(tx, call_id))
        if call.cancel_requested_at is not None and call.told.phase < Phase.ENDED:
            await calling.stop(rt, account_id, provider_call_id)
        pause = min(timedelta(seconds=15 * 2 ** min(checks, 6)), timedelta(minutes=10))
        if call.cancel_requested_at is not None:
            pause = min(pause, timedelta(seconds=5))
        gone_on_for = now - (call.told.ended_at or call.derived.dialled_at or call.created_at)
        try:
            provider = await keys.providers_for(rt, account_id)
            evidence = await provider.get_call(provider_call_id)
        except CallCenterError as error:
            log.info("call not fetched", call_id=call_id, why=error.message)
            again = None if gone_on_for > GIVE_UP else now + pause
            await rt.database.write(lambda tx: _still_silent(tx, rt, call_id, again, checks=checks + 1, now=now))
            return
        await rt.database.write(
            lambda tx: _after_fetch(
                tx, rt, call, account_id, evidence, pause=pause, checks=checks, give_up=gone_on_for > GIVE_UP, now=now
            )
        )

    # -- the account as a whole -----------------------------------------------------------------------------------------

    async def _breaker(self, account: Account, now: datetime) -> None:
        """When sending was stopped because the provider could not be reached: ask with a listing, never with a call."""
        if account.breaker_until is None or account.breaker_until > now:
            return
        try:
            provider = await keys.providers_for(self.rt, account.account_id)
            await provider.list_calls(limit=1)
        except CallCenterError as error:
            log.warning("the provider is still away", account_id=account.account_id, why=error.message)
            until: datetime | None = now + ASK_AGAIN
        else:
            until = None
        await self.rt.database.write(lambda tx: accounts.set_values(tx, account.account_id, now=now, breaker_until=until))
        if until is None:
            self.rt.wake_dispatcher.set()

    async def _first_heard(self, account: Account) -> None:
        """After the first question of a process: nothing was dialled before it was answered, and nothing is until it is."""
        if watching_clocks.has_heard(self.rt, account):
            self.rt.wake_dispatcher.set()
        elif account.breaker_until is None:
            now = self.rt.clock.now()
            until = now + ASK_AGAIN
            await self.rt.database.write(lambda tx: accounts.set_values(tx, account.account_id, now=now, breaker_until=until))

    async def _limits(self, account: Account, now: datetime) -> None:
        if account.limits_read_at is not None and timedelta(0) <= now - account.limits_read_at < LIMITS_EVERY:
            return
        values: dict[str, object] = {"limits_read_at": now}
        try:
            provider = await keys.providers_for(self.rt, account.account_id)
            told = await provider.concurrency()
            values |= {"provider_limit": told.limit, "reserved_inbound": told.reserved_inbound, "in_use": told.current}
        except CallCenterError as error:
            log.info("limits not read", account_id=account.account_id, why=error.message)
        await self.rt.database.write(lambda tx: accounts.set_values(tx, account.account_id, now=now, **values))

    async def _sweep(self, account: Account, now: datetime) -> None:
        """Lists the account's calls since the last sweep and takes in what we did not know: all results of lost webhooks."""
        swept = self._swept.get(account.account_id)
        if swept is not None and timedelta(0) <= now - swept < SWEEP_EVERY:
            return
        self._swept[account.account_id] = now
        since = min(account.swept_to or now, now) - SWEEP_OVERLAP
        began = self.rt.clock.boot()
        try:
            provider = await keys.providers_for(self.rt, account.account_id)
            cursor: str | None = None
            for _page in range(200):
                page = await provider.list_calls(since=since, cursor=cursor, limit=200)
                await self._compare(account, provider, page.items, now)
                cursor = page.cursor
                if not page.is_complete:
                    raise Uncertain("The listing broke off.")
                if cursor is None:
                    break
        except CallCenterError as error:
            log.warning("sweep not finished", account_id=account.account_id, why=error.message)
            self._swept[account.account_id] = now - SWEEP_EVERY + SWEEP_AGAIN
            return
        # a clock that is ahead must not make the next sweep begin after calls that were not made yet
        theirs = self.rt.providers.their_clock(is_simulated=account.is_simulated)
        swept_to = min(now, theirs.says(began)) if theirs else now
        await self.rt.database.write(lambda tx: accounts.set_values(tx, account.account_id, now=now, swept_to=swept_to))

    async def _compare(self, account: Account, provider: Provider, items: tuple[Evidence, ...], now: datetime) -> None:
        rt = self.rt
        behind = await rt.database.read(lambda tx: [e for e in items if _knows_less(tx, account.account_id, e)])
        for listed in behind:
            evidence = listed
            if listed.event.provider_call_id and listed.event.phase >= Phase.ENDED:
                evidence = await provider.get_call(listed.event.provider_call_id)  # a listing carries no transcript
            await rt.database.write(
                lambda tx, evidence=evidence: take_evidence(
                    tx, rt, account.account_id, evidence, source="list", client_id=None, adopt=True, now=now
                )
            )


# -- what happens inside the transactions ---------------------------------------------------------------------------------


def take_evidence(
    tx: Tx, rt: Runtime, account_id: str, evidence: Evidence, *, source: str, client_id: str | None, adopt: bool, now: datetime
) -> str:
    """Puts a fetched call through inbox and fold like a webhook; with `adopt` a call we never heard of gets a row."""
    letter = calling.letter_of(rt, account_id, evidence, source=source, now=now, client_id=client_id)
    if inbox.is_known(tx, account_id, letter.sha256):
        return "again"
    event = evidence.event
    applied = applying.apply(tx, rt, account_id=account_id, event=event, now=now, by="reconciling")
    state, call_id = applied.state, applied.call_id
    changed: Mapping[str, object] | None = folding.changes_of(applied)
    if state == "unmatched" and adopt and event.kind is not EventKind.OTHER and event.provider_call_id:
        if meeting_strangers.is_from_a_lost_past(event, clients.get_installation(tx).install_id):
            _stop_for_lost_past(tx, account_id, event.provider_call_id, now=now)
        call_id = meeting_strangers.adopt_outside(tx, rt, account_id=account_id, client_id=client_id, event=event, now=now)
        state, changed = "folded", None
    inbox.add(tx, replace(letter, state=state, call_id=call_id, changed=changed))
    return state


def _stop_for_lost_past(tx: Tx, account_id: str, provider_call_id: str, *, now: datetime) -> None:
    """A call of our own installation that this database never made: dialling stops until a person has understood why."""
    account = accounts.get(tx, account_id)
    why = (
        f"Retell has a call of this installation ({provider_call_id}) that this database does not know. It was restored from a "
        "backup, or a copy of it is running elsewhere. Make sure only one is running, then resume."
    )
    # whatever it was paused for before, whoever resumes it must know of this
    accounts.set_values(tx, account_id, now=now, paused_at=account.paused_at or now, paused_why=why)
    tx.announce(Notice("account", None, account_id))
    log.error("calls of a lost past", account_id=account_id, provider_call_id=provider_call_id)


def _orphaned(tx: Tx, dial: Dial, *, now: datetime) -> None:
    call = calls.get(tx, dial.call_id, lock=True)
    why = "whoever sent it is gone, or has lost sight of it"
    target = DialState.UNKNOWN if dial.state is DialState.SENDING else DialState.UNSENT
    if dials.settle(tx, dial, target, now=now, by="reconciling", why=why, next_check_at=now):
        derived = derive(call, dials.of_call(tx, call.call_id))
        calls.save(tx, call, replace(call, derived=derived), now=now, by="reconciling", why=why)


async def _search(provider: Provider, token: str) -> tuple[Evidence | None, bool]:
    """Lists by token; gives the call that carries it, and whether the listing was read to its end and understood."""
    cursor: str | None = None
    is_complete = True
    for _page in range(20):
        page = await provider.list_calls(token=token, cursor=cursor)
        for item in page.items:
            if item.event.token == token:
                return item, True
        is_complete = is_complete and page.is_complete
        cursor = page.cursor
        if cursor is None:
            return None, is_complete
    return None, False


def last_possible_send(dial: Dial) -> datetime:
    """Gives the last instant at which a copy of this dial's request could have left us: its guard allows five seconds."""
    sent = dial.resent_at or dial.sent_at or dial.planned_at
    return sent + timedelta(seconds=calling.GUARD_SECONDS)


def _note_look(tx: Tx, rt: Runtime, dial: Dial, *, at: datetime, is_clean: bool, control_found: bool, answer: str) -> None:
    dial = dials.get(tx, dial.dial_id)
    if dial.state not in (DialState.UNKNOWN, DialState.QUARANTINED):
        return
    dials.add_check(
        tx, check_id=rt.new_id(), dial_id=dial.dial_id, at=at, is_clean=is_clean, control_found=control_found, answer=answer
    )
    clean = dials.clean_checks(tx, dial.dial_id)
    now = rt.clock.now()
    if not watching_clocks.is_trusted(rt, accounts.get(tx, dial.account_id), now=now, boot=rt.clock.boot()):
        # a clock that jumped ends no hold: looked for again soon, by the time that is right then
        dials.note(tx, dial.dial_id, next_check_at=now + TRUST_AGAIN, checks=dial.checks + 1)
        return
    dials.note(tx, dial.dial_id, next_check_at=next_look(dial, now=now), checks=dial.checks + 1)
    if len(clean) >= CLEAN_LOOKS_FOR_SLOT and dial.slot_freed_at is None:
        dials.note(tx, dial.dial_id, slot_freed_at=now)
        tx.announce(Notice("slot", dial.client_id, dial.number))
    if _is_proved_absent(rt, dial, clean, now=now):
        void(tx, rt, dial, now=now, by="reconciling", why="proved that no call was placed")
    elif (
        dial.state is DialState.UNKNOWN
        and now >= hold_ends(rt, dial)
        and len(clean) < CLEAN_LOOKS
        and dial.checks + 1 >= len(LOOKS)  # else nobody was there to look, and it is looked for first
    ):
        why = "Retell could not be asked in a way that proves anything until the hold was over"
        dials.settle(tx, dial, DialState.QUARANTINED, now=now, by="reconciling", why=why)


def _is_proved_absent(rt: Runtime, dial: Dial, clean: list[datetime], *, now: datetime) -> bool:
    return (
        dial.state is DialState.UNKNOWN
        and len(clean) >= CLEAN_LOOKS
        and clean[-1] >= last_possible_send(dial) + LAST_LOOK_AFTER
        and now >= hold_ends(rt, dial)
    )


def hold_ends(rt: Runtime, dial: Dial) -> datetime:
    """Gives until when the number of a dial of unknown end stays untouchable."""
    return last_possible_send(dial) + rt.settings.number_hold


def next_look(dial: Dial, *, now: datetime) -> datetime:
    """Gives when to look for an unknown dial again: ten seconds after sending, then ever more rarely, hourly at last.

    One that nobody looked for while no process ran is looked for more often, until it has had as many looks as another.
    """
    sent = dial.sent_at or dial.planned_at
    rarely = HOURLY if dial.checks + 1 >= len(LOOKS) else timedelta(minutes=10)
    return next((sent + look for look in LOOKS if sent + look > now), now + rarely)


def void(tx: Tx, rt: Runtime, dial: Dial, *, now: datetime, by: str, why: str) -> None:
    """Settles that no call exists: the number is free, and the call waits again under all rules."""
    call = calls.get(tx, dial.call_id, lock=True)
    if not dials.settle(tx, dial, DialState.VOID, now=now, by=by, why=why, next_check_at=None):
        return
    again = concluding.wait_again(tx, rt, call, now=now, why=why)
    again = replace(again, derived=derive(again, dials.of_call(tx, call.call_id)))
    calls.save(tx, call, again, now=now, by=by, why=why)


def _still_silent(tx: Tx, rt: Runtime, call_id: str, again: datetime | None, *, checks: int, now: datetime) -> None:
    calls.check_at(tx, call_id, again, checks=checks)
    call = calls.get(tx, call_id, lock=True)
    overdue = derive(call, dials.of_call(tx, call_id), overdue=checks >= 3)
    calls.save(tx, call, replace(call, derived=overdue), now=now, by="reconciling", why="Retell does not answer about it")
    concluding.without_analysis(tx, rt, call, now=now)


def _after_fetch(
    tx: Tx,
    rt: Runtime,
    call: Call,
    account_id: str,
    evidence: Evidence,
    *,
    pause: timedelta,
    checks: int,
    give_up: bool,
    now: datetime,
) -> None:
    take_evidence(tx, rt, account_id, evidence, source="get", client_id=call.client_id, adopt=True, now=now)
    phase = evidence.event.phase
    concluding.without_analysis(tx, rt, calls.get(tx, call.call_id), now=now)
    if phase >= Phase.ANALYSED or (give_up and phase >= Phase.ENDED):
        calls.check_at(tx, call.call_id, None)
    elif phase >= Phase.ENDED or call.cancel_requested_at is not None:
        calls.check_at(tx, call.call_id, now + pause, checks=checks + 1)
    else:
        calls.check_at(tx, call.call_id, now + applying.WHILE_TALKING, checks=0)


def _knows_less(tx: Tx, account_id: str, listed: Evidence) -> bool:
    """Whether the database is behind what a listing says of a call."""
    event = listed.event
    if event.provider_call_id is None:
        return False
    call = calls.find_by_provider(tx, account_id, event.provider_call_id)
    if call is None:
        return True
    return call.told.phase < min(event.phase, Phase.ANALYSED)
