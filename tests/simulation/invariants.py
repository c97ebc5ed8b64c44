"""What must hold at every instant and at rest, checked from the outside: the database by plain SQL, the provider by its truth.

The rules are written a second time here, from their meaning and not from the product's code, so that the two can disagree.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from sqlite3 import Row
from typing import Any

from callcenter.domain.call import EventKind, Told, canonical, fold
from callcenter.services import explaining
from callcenter.services.ports import CreateCall
from callcenter.services.runtime import Runtime
from callcenter.store import calls, inbox
from tests import builders
from tests.fakes import decode
from tests.simulation.disk import Disk
from tests.simulation.gates import Gates
from tests.simulation.retell import Retell, TrueCall

#: The steps a dial may take, as the protocol has them. `planned` is left out: planning and arming are one transaction.
STEPS = {
    "planned": {"sending"},
    "sending": {"accepted", "live", "finished", "rejected", "unsent", "unknown"},
    "unknown": {"accepted", "live", "finished", "void", "quarantined", "rejected"},
    "quarantined": {"accepted", "live", "finished", "void", "rejected"},
    "accepted": {"live", "finished", "rejected"},
    "live": {"finished"},
    "void": {"accepted", "live", "finished", "rejected"},
    "rejected": {"accepted", "live", "finished"},
    "unsent": {"accepted", "live", "finished", "rejected"},
    "finished": set[str](),
    "cancelled": set[str](),
}
FALLEN = frozenset({"unsent", "rejected", "void", "cancelled"})
OVER = FALLEN | {"finished"}
IN_DOUBT = frozenset({"unknown", "quarantined"})
GUARD = timedelta(seconds=5)


class Broken(AssertionError):
    """An invariant does not hold."""


def require(holds: bool, which: str, words: str) -> None:
    """Raises Broken unless it holds; `which` is the invariant."""
    if not holds:
        raise Broken(f"{which}: {words}")


def instant(text: str | None) -> datetime | None:
    """Reads an instant as SQLite keeps it."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


#: What a call, once it has it, keeps for as long as its dial stands.
_KEPT = ("provider_call_id", "started_at", "ended_at", "duration_ms", "cost")


@dataclass(frozen=True, slots=True)
class _Seen:
    row: Row
    standing: str | None


@dataclass
class Checker:
    """Remembers what was seen before, for what must not go back; `hours` are the local hours (from, to) of each client."""

    disk: Disk
    gates: Gates
    retell: Retell
    hold: timedelta
    hours: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    acknowledged: set[str] = field(default_factory=set[str])
    forged: set[str] = field(default_factory=set[str])
    given: set[str] = field(default_factory=set[str])
    lost: set[str] = field(default_factory=set[str])
    has_copies: bool = False
    was_told_of_copies: bool = False
    _resent: set[str] = field(default_factory=set[str])
    _first_sweep: datetime | None = None
    _version: int = -1
    _step: int = 0
    _epochs: dict[str, int] = field(default_factory=dict[str, int])
    _holders: dict[str, str] = field(default_factory=dict[str, str])
    _states: dict[str, str] = field(default_factory=dict[str, str])
    _tokens: dict[str, str] = field(default_factory=dict[str, str])
    _calls: dict[str, _Seen] = field(default_factory=dict[str, _Seen])

    def forgive(self) -> None:
        """Takes what the database holds now as it is: it was put there by the test, not by the product."""
        self.given |= {row["id"] for row in self.disk.rows("SELECT id FROM calls")}
        for row in self.disk.rows("SELECT max(rowid) AS n FROM transitions"):
            self._step = row["n"] or 0
        for dial in self.disk.rows("SELECT id, token, state FROM dials"):
            self._states[dial["id"]], self._tokens[dial["token"]] = dial["state"], dial["id"]

    def restored(self) -> None:
        """Forgets what an older copy of the database does not know; what was dialled since is lost to it."""
        known = {row["token"] for row in self.disk.rows("SELECT token FROM dials")}
        self.lost |= {call.token for call in self.retell.calls.values() if call.token} - known
        self.lost |= set(self.retell.sent) - known
        self.has_copies = True
        self.acknowledged &= {row["sha256"] for row in self.disk.rows("SELECT sha256 FROM inbox")}
        self._step, self._version, self._epochs, self._states, self._tokens, self._calls = 0, -1, {}, {}, {}, {}
        self._resent = {row["id"] for row in self.disk.rows("SELECT id FROM dials WHERE resent_at IS NOT NULL")}
        self.forgive()

    # -- at the provider ------------------------------------------------------------------------------------------------

    def first_byte(self, request: CreateCall) -> None:
        """A request leaves us: its dial is durable, fresh, and this is the only time."""
        found = self.disk.rows("SELECT id, state, sent_at, resent_at FROM dials WHERE token = ?", [request.token])
        require(len(found) == 1, "I1", f"a request with a token that {len(found)} dials have")
        require(found[0]["state"] not in ("planned", "cancelled"), "I1", f"sent while its dial is {found[0]['state']}")
        first, again = instant(found[0]["sent_at"]), instant(found[0]["resent_at"])
        sent_at = again or first
        require(
            sent_at is not None and abs(self.gates.now - sent_at) <= GUARD, "I9", f"sent at {self.gates.now}, armed at {sent_at}"
        )
        require(self.retell.sent[request.token] <= (2 if again else 1), "I2", "the same request was sent once too often")
        if again and first:
            require(again - first < timedelta(minutes=55), "I2", "repeated when its key may not be honoured any more")
            require(len(self._clean_looks(found[0]["id"])) >= 2, "I2", "repeated without two clean looks")

    def arrived(self, request: CreateCall, client_id: str) -> None:
        """The provider is about to create a call: nobody else rings this number for this client."""
        require(all(c.token != request.token for c in self.retell.calls.values()), "I2", "a second call with one token")
        others = [c for c in self.retell.alive() if (c.client_id, c.number) == (client_id, request.to_number)]
        require(not others, "I3", f"{request.to_number} is called twice at once for one client: {others}")
        if request.token in self.lost:
            return  # on its way when the database that knew of it was lost
        dials = self.disk.rows(
            "SELECT token, state FROM dials WHERE client_id = ? AND number = ?", [client_id, request.to_number]
        )
        mine = next(d["state"] for d in dials if d["token"] == request.token)
        open_ones = [d["state"] for d in dials if d["token"] != request.token and d["state"] not in OVER]
        require(not open_ones, "I3", f"a call comes into being ({mine}) beside dials {open_ones}")
        require(mine not in OVER, "I5", f"a call comes into being although its dial is {mine}")

    # -- after each commit ----------------------------------------------------------------------------------------------

    def committed(self, owner: str) -> None:
        """Looks at everything that a commit may have changed."""
        version = self.disk.version()
        if version == self._version:
            return
        self._version = version
        dials = self.disk.rows("SELECT * FROM dials ORDER BY planned_at, seq")
        found = self.disk.rows(f"SELECT id, rev, phase, origin, status, not_before_at, {', '.join(_KEPT)} FROM calls")
        self._leases()
        self._steps()
        for dial in dials:
            if dial["token"] not in self._tokens:
                self._armed(owner, dial, dials)
                self._tokens[dial["token"]] = dial["id"]
            require(self._tokens[dial["token"]] == dial["id"], "I6", "a token changed hands")
            if dial["resent_at"] is not None and dial["id"] not in self._resent:
                self._resent.add(dial["id"])
                self._repeated(dial, dials)
            self._place(dial)
            require(self._states[dial["id"]] == dial["state"], "I6", "a step that is not in the transitions")
        self._truth(dials)
        self._records(found, dials)

    def _leases(self) -> None:
        for account in self.disk.rows("SELECT id, epoch, holder, swept_to, paused_why FROM accounts"):
            self.was_told_of_copies |= "copy of it is running" in (account["paused_why"] or "")
            self._first_sweep = self._first_sweep or instant(account["swept_to"])
            require(account["epoch"] >= self._epochs.get(account["id"], 0), "I19", "an epoch went down")
            if account["holder"] and account["holder"] != self._holders.get(account["id"]):
                rose = account["id"] not in self._epochs or account["epoch"] > self._epochs[account["id"]]
                require(rose, "I19", f"{account['holder']} leads under the epoch of another")
                self._holders[account["id"]] = account["holder"]
            self._epochs[account["id"]] = account["epoch"]

    def _steps(self) -> None:
        query = "SELECT rowid AS n, row_id, from_state, to_state, what, by FROM transitions WHERE rowid > ? ORDER BY rowid"
        for step in self.disk.rows(query, [self._step]):
            self._step = step["n"]
            require(step["what"] != "incident", "I3", "two calls exist for one number")
            if step["what"] != "dial":
                continue
            was = self._states.get(step["row_id"], "planned")
            require(step["from_state"] == was, "I6", f"a step is written down as from {step['from_state']}, it was {was}")
            require(step["to_state"] in STEPS[was], "I6", f"{was} became {step['to_state']}")
            if step["to_state"] == "void":
                self._proof(step["row_id"], is_word=step["by"] == builders.MANAGER.label)
            self._states[step["row_id"]] = step["to_state"]

    def _clean_looks(self, dial_id: str) -> list[Row]:
        return self.disk.rows("SELECT at, control_found FROM dial_checks WHERE dial_id = ? AND is_clean ORDER BY at", [dial_id])

    def _proof(self, dial_id: str, *, is_word: bool) -> None:
        (dial,) = self.disk.rows("SELECT sent_at, resent_at FROM dials WHERE id = ?", [dial_id])
        looks = self._clean_looks(dial_id)
        first, sent_at = instant(dial["sent_at"]), instant(dial["resent_at"] or dial["sent_at"])
        assert first is not None
        assert sent_at is not None
        require(self.gates.now >= sent_at + GUARD + self.hold, "I5", "void before the hold was over")
        if is_word:
            return  # somebody looked at Retell's own pages
        ats = [at for look in looks if (at := instant(look["at"]))]
        require(len(looks) >= 3 and all(look["control_found"] for look in looks), "I5", f"void after {len(looks)} clean looks")
        require(ats[0] >= first + GUARD + timedelta(seconds=60), "I5", "a look while it may still have been ringing counted")
        require(ats[-1] >= sent_at + GUARD + timedelta(minutes=10), "I5", f"the last look came too early: {ats[-1]}")

    def _place(self, dial: Row) -> None:
        has_place = dial["slot_freed_at"] is None
        if dial["state"] in OVER:
            require(not has_place, "I16", f"a dial that is {dial['state']} keeps its place")
        elif dial["state"] in IN_DOUBT and not has_place:
            count = "SELECT count(*) AS n FROM dial_checks WHERE dial_id = ? AND is_clean"
            require(self.disk.rows(count, [dial["id"]])[0]["n"] >= 2, "I7", "a place given back without two clean looks")
        else:
            require(has_place, "I7", f"a dial that is {dial['state']} has no place")

    def _truth(self, dials: list[Row]) -> None:
        """Every live call at the provider that is ours is counted, unless it was honestly doubted."""
        by_token = {dial["token"]: dial for dial in dials}
        for call in self.retell.alive():
            if call.token is None or call.token in self.lost:
                continue
            dial = by_token[call.token]
            counted = dial["slot_freed_at"] is None or dial["state"] in IN_DOUBT
            require(counted, "I7", f"{call.provider_call_id} is alive, its dial is {dial['state']}")

    def _records(self, found: list[Row], dials: list[Row]) -> None:
        standing = {d["call_id"]: d["id"] for d in sorted(dials, key=lambda d: d["seq"]) if d["state"] not in FALLEN}
        for call in found:
            before, mine = self._calls.get(call["id"]), standing.get(call["id"])
            if before is not None:
                if before.row == call and before.standing == mine:
                    continue
                require(call["rev"] >= before.row["rev"], "I13", "a revision went down")
                if mine is not None and mine == before.standing:
                    require(call["phase"] >= before.row["phase"], "I13", f"phase {before.row['phase']} became {call['phase']}")
                    gone = [name for name in _KEPT if before.row[name] is not None and call[name] is None]
                    require(not gone, "I13", f"{gone} became empty")
            if mine is None and call["origin"] == "ours":
                require(call["status"] in ("scheduled", "cancelled", "failed"), "I13", f"no dial, yet {call['status']}")
            self._calls[call["id"]] = _Seen(call, mine)

    # -- a dial is armed ------------------------------------------------------------------------------------------------

    def _armed(self, owner: str, dial: Row, dials: list[Row]) -> None:
        now = instant(dial["sent_at"])
        assert now is not None
        (account,) = self.disk.rows("SELECT * FROM accounts WHERE id = ?", [dial["account_id"]])
        expires_at = instant(account["expires_at"])
        require((account["holder"], account["epoch"]) == (owner, dial["epoch"]), "I19", f"{owner} dials without the lease")
        require(expires_at is not None and expires_at > now, "I19", "the lease was over")
        require(account["paused_at"] is None and account["breaker_until"] is None, "I9", "the account is stopped")
        self._armed_when_allowed(dial, now)
        self._armed_with_nothing_lost()
        self._armed_under_caps(dial, account, dials)
        self._armed_for_number(dial, dials, now)
        pace = account["pace_per_second"]
        if pace is not None and account["paced_at"] is None:
            burst = max(1, int(pace))
            ats = sorted(at for d in dials if d["account_id"] == dial["account_id"] and (at := instant(d["sent_at"])))
            gaps = [later - sooner for sooner, later in zip(ats, ats[burst:], strict=False) if later == now]
            require(all(gap >= timedelta(seconds=burst / pace) for gap in gaps), "I8", f"faster than {pace} a second: {gaps}")

    def _armed_with_nothing_lost(self) -> None:
        known = {row["provider_call_id"] for row in self.disk.rows("SELECT provider_call_id FROM calls")}
        lost = [call.provider_call_id for call in self.retell.calls.values() if call.token in self.lost]
        require(known.issuperset(lost), "I24", f"dialled before {set(lost) - known} were taken in")

    def _repeated(self, dial: Row, dials: list[Row]) -> None:
        now = instant(dial["resent_at"])
        assert now is not None
        (account,) = self.disk.rows("SELECT * FROM accounts WHERE id = ?", [dial["account_id"]])
        require(bool(account["may_resend"]), "I2", "repeated although nobody has allowed it")
        require(account["paused_at"] is None and account["breaker_until"] is None, "I9", "the account is stopped")
        require(dial["state"] == "unknown", "I2", f"a dial that is {dial['state']} was repeated")
        self._allowed(dial, now)
        self._armed_under_caps(dial, account, dials)
        self._armed_for_number(dial, dials, now)

    def _armed_when_allowed(self, dial: Row, now: datetime) -> None:
        self._allowed(dial, now)
        (call,) = self.disk.rows("SELECT * FROM calls WHERE id = ?", [dial["call_id"]])
        require(call["status"] == "initiated", "I13", f"a call just armed is {call['status']}")
        before = self._calls.get(call["id"])
        back_off = instant(before.row["not_before_at"]) if before else None
        require(back_off is None or back_off <= now, "I4", f"the back-off holds until {back_off}")

    def _allowed(self, dial: Row, now: datetime) -> None:
        (client,) = self.disk.rows("SELECT * FROM clients WHERE id = ?", [dial["client_id"]])
        (call,) = self.disk.rows("SELECT * FROM calls WHERE id = ?", [dial["call_id"]])
        (installation,) = self.disk.rows("SELECT * FROM installation")
        require(installation["calling_paused_at"] is None, "I9", "all calling is paused")
        require(client["is_active"] and client["paused_at"] is None, "I9", "the client is paused")
        stopped = (call["cancel_requested_at"], call["closed_why"], call["paused_at"])
        require(not any(stopped), "I9", f"the call is not to be made: {stopped}")
        require(call["attempt_number"] <= call["max_attempts"], "I9", "more attempts than allowed")
        due = instant(call["scheduled_at"])
        require(due is not None and due <= now, "I9", f"due at {due}")
        if call["batch_id"]:
            (batch,) = self.disk.rows("SELECT * FROM batches WHERE id = ?", [call["batch_id"]])
            ends_at = instant(batch["ends_at"])
            require(batch["state"] == "running", "I9", f"the batch is {batch['state']}")
            require(ends_at is None or now < ends_at, "I9", "the batch is past its end")
        if call["lead_id"]:
            (lead,) = self.disk.rows("SELECT deleted_at FROM leads WHERE id = ?", [call["lead_id"]])
            require(lead["deleted_at"] is None, "I9", "the lead was deleted")
        first, last = self.hours.get(client["id"], (0, 24))
        require(first <= now.hour < last, "I9", f"dialled at {now} UTC, outside {first} to {last}")

    def _armed_under_caps(self, dial: Row, account: Row, dials: list[Row]) -> None:
        (client,) = self.disk.rows("SELECT max_concurrent FROM clients WHERE id = ?", [dial["client_id"]])
        taken = [d for d in dials if d["slot_freed_at"] is None]
        mine = [d for d in taken if d["client_id"] == dial["client_id"]]
        require(len(mine) <= client["max_concurrent"], "I7", f"{len(mine)} of {client['max_concurrent']} of the client")
        foreign = self.disk.rows(
            "SELECT count(*) AS n FROM calls WHERE origin = 'outside' AND status IN ('ringing', 'connected', 'in_progress')"
        )
        limit = (20 if account["provider_limit"] is None else account["provider_limit"]) - foreign[0]["n"]
        of_account = [d for d in taken if d["account_id"] == dial["account_id"]]
        require(len(of_account) <= limit, "I7", f"{len(of_account)} of {limit} of the account")
        if dial["batch_id"]:
            (batch,) = self.disk.rows("SELECT max_concurrent FROM batches WHERE id = ?", [dial["batch_id"]])
            of_batch = [d for d in taken if d["batch_id"] == dial["batch_id"]]
            cap = batch["max_concurrent"]
            require(cap is None or len(of_batch) <= cap, "I7", f"{len(of_batch)} of {cap} of the batch")

    def _armed_for_number(self, dial: Row, dials: list[Row], now: datetime) -> None:
        stops = "SELECT count(*) AS n FROM do_not_call WHERE number = ? AND removed_at IS NULL AND coalesce(client_id, ?) = ?"
        stopped = self.disk.rows(stops, [dial["number"], dial["client_id"], dial["client_id"]])
        require(stopped[0]["n"] == 0, "I9", "the number is on the do-not-call list")
        others = [d for d in dials if d["number"] == dial["number"] and d["id"] != dial["id"]]
        mine = [d["state"] for d in others if d["client_id"] == dial["client_id"]]
        require(set(mine) <= OVER, "I4", f"dialled again beside {mine}")
        theirs = [d["state"] for d in others if d["client_id"] != dial["client_id"] and d["slot_freed_at"] is None]
        require(not theirs, "I4", f"another client is at this number: {theirs}")
        day = [d for d in others if d["state"] not in FALLEN and (at := instant(d["sent_at"])) and at > now - timedelta(hours=24)]
        require(len(day) < 3, "I9", f"{len(day)} dials in 24 hours")

    # -- at rest --------------------------------------------------------------------------------------------------------

    def at_rest(self, rt: Runtime, rng: random.Random) -> None:
        """Checks what must be true once nothing goes wrong any more and time has passed."""
        self._letters()
        dials = self.disk.rows("SELECT * FROM dials")
        for dial in dials:
            require(dial["state"] not in ("planned", "sending"), "C4", f"a dial stays {dial['state']}")
            over = instant(dial["sent_at"]) + self.hold + timedelta(hours=2)  # type: ignore[operator]
            require(dial["state"] != "unknown" or self.gates.now < over, "C6", "a dial stays unknown for ever")
        by_token = {dial["token"]: dial for dial in dials}
        for call in self.retell.calls.values():
            self._told(call, by_token)
        sure = self._first_sweep
        twins = [c for c in self.retell.calls.values() if c.token is None and c.request and sure and c.created_at >= sure]
        require(self.was_told_of_copies or not twins, "I25", "another copy dials, and nobody was told")
        self._batches()
        self._once()
        self._waiting(rt)
        self._folded(rng)

    def _letters(self) -> None:
        kept = {row["sha256"]: row for row in self.disk.rows("SELECT * FROM inbox")}
        require(self.acknowledged <= kept.keys(), "I10", "a delivery that was answered 204 is not in the inbox")
        require(not self.forged & kept.keys(), "I17", "a forged delivery is in the inbox")
        for row in kept.values():
            require(row["state"] not in ("new", "unmatched"), "I11", f"a letter stays {row['state']}: {row['error']}")
            require(row["state"] != "parked" or bool(row["error"]), "I11", "a parked letter without a reason")

    def _told(self, call: TrueCall, by_token: dict[str, Row]) -> None:
        name = call.provider_call_id
        records = self.disk.rows("SELECT * FROM calls WHERE provider_call_id = ?", [name])
        if call.token is None or call.token in self.lost:
            must = self._first_sweep is not None and call.created_at >= self._first_sweep
            words = f"{name} of a stranger: {len(records)} records"
            require(len(records) <= 1 and (not must or len(records) == 1), "I14", words)
            require(all(record["origin"] == "outside" for record in records), "I14", f"{name} of a stranger is taken for ours")
            return
        dial = by_token[call.token]
        require(dial["provider_call_id"] == name, "I14", f"{name} is not known to its dial, which is {dial['state']}")
        if dial["state"] == "rejected":
            require(call.reason == "concurrency_limit_reached", "I14", f"{name} is taken for rejected")
            return
        require(len(records) == 1 and records[0]["id"] == dial["call_id"], "I14", f"{name} has {len(records)} records")
        if call.ended_at <= self.gates.now:
            finished = records[0]["status"] in ("completed", "failed", "cancelled") and dial["state"] == "finished"
            require(finished, "I14", f"{name} is over, its record {records[0]['status']}, its dial {dial['state']}")
            require(records[0]["disconnection_reason"] == call.reason, "I15", f"{name} has another reason")
        if call.analysed_at + timedelta(minutes=6) <= self.gates.now:
            require(records[0]["phase"] >= 6, "I15", f"{name} was analysed, its record has phase {records[0]['phase']}")
            require(not records[0]["checking"], "I15", f"{name} is over and still being checked")

    def _batches(self) -> None:
        for batch in self.disk.rows("SELECT id, state FROM batches WHERE state IN ('running', 'paused', 'done', 'cancelled')"):
            query = "SELECT id, status, closed_why, phase FROM calls WHERE batch_id = ?"
            found = [tuple(call) for call in self.disk.rows(query, [batch["id"]])]
            is_open = any(call[1] not in ("completed", "failed", "cancelled") for call in found)
            waits = any(call[1] == "scheduled" for call in found)  # what is in flight, or in doubt, outlives a cancelled batch
            is_right = {"running": is_open, "paused": is_open, "done": not is_open, "cancelled": not waits}[batch["state"]]
            require(is_right, "I16", f"a batch is {batch['state']}, its calls {found}")

    def _once(self) -> None:
        twice = "SELECT call_id FROM effects GROUP BY call_id, kind HAVING count(*) > 1"
        require(not self.disk.rows(twice), "I20", "one effect twice")
        retries = self.disk.rows(
            "SELECT c.id, (SELECT count(*) FROM calls n WHERE n.root_call_id = c.root_call_id"
            " AND n.attempt_number = c.attempt_number + 1) AS n,"
            " (SELECT count(*) FROM effects e WHERE e.call_id = c.id AND e.kind = 'retry') AS planned FROM calls c"
        )
        for row in retries:
            require(row["n"] == row["planned"], "I20", f"{row['planned']} retries were planned, {row['n']} exist")

    def _waiting(self, rt: Runtime) -> None:
        for row in self.disk.rows("SELECT id FROM calls WHERE status = 'scheduled' AND origin = 'ours'"):
            judged = self.disk.read(lambda tx, row=row: explaining.judge_in(tx, rt, calls.get(tx, row["id"])))
            require(not judged.may_dial, "liveness", f"nothing stands against {row['id'][-6:]}, yet it waits")

    def _folded(self, rng: random.Random) -> None:
        """Each record is the fold of what was taken as its evidence, in any order and any number of copies."""

        def work(tx: Any) -> None:
            for row in self.disk.rows("SELECT id FROM calls WHERE phase > 0"):
                call = calls.get(tx, row["id"])
                letters = inbox.of_provider_call(tx, call.account_id or "", call.told.provider_call_id or "")
                events = [decode(each.body) for each in letters if each.state == "folded"]
                if call.call_id in self.given:
                    continue
                shuffled = rng.sample(events, len(events)) + rng.choices(events, k=2 if events else 0)
                told = Told()
                for event in shuffled:
                    told = fold(told, event) if event.kind is not EventKind.OTHER else told
                require(canonical(told) == canonical(call.told), "I12", f"{call.call_id[-6:]} is not the fold of its evidence")

        self.disk.read(work)
