"""Takes one rule out of the product at a time and sees which test notices: a rule that nobody misses is not covered.

    python -m tests.sabotage                 # every one, each in a copy of the project
    python -m tests.sabotage guard sweep     # those whose name holds one of these words

Ends with 1 if one went unnoticed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVICES = "callcenter/services"
#: So many runs of the simulation have to be enough to notice.
SEEDS = {"SIMULATION_SEEDS": "0-120"}
SIMULATION = "tests/simulation/test_seeds.py"
CLOCKS = "tests/services/test_watching_clocks.py"
CRASHES = "tests/simulation/test_crashes.py"


@dataclass(frozen=True, slots=True)
class Sabotage:
    """One rule taken out: `old` stands once in `file` and becomes `new`; one of `tests` must fail then."""

    name: str
    file: str
    old: str
    new: str
    tests: str


def rule(name: str, old: str, new: str, tests: str = "tests/domain/test_eligibility.py") -> Sabotage:
    """One of the rules of who may be dialled when."""
    return Sabotage(name, "callcenter/domain/eligibility.py", old, new, tests)


SABOTAGES = (
    # -- who may be dialled when ----------------------------------------------------------------------------------------
    rule("do-not-call", "if number.suppressed_why is not None:", "if False:"),
    rule("deleted lead", "if number.is_deleted:", "if False:"),
    rule("one open dial per number", "if number.open_dial:", "if False:"),
    rule("another client at the number", "if number.held_elsewhere:", "if False:"),
    rule("three dials in 24 hours", "len(recent) >= MAX_DIALS_24H else None", "len(recent) > MAX_DIALS_24H else None"),
    rule("calling hours", "if is_open(ask.windows, ask.zones, ask.now, closed_days=closed):", "if True:"),
    rule("pause of everything", "if ask.all_paused_why is not None:", "if False:"),
    rule("pause of a client", "if client.paused_at is not None:", "if False:"),
    rule("pause of an account", "if account.paused_at is not None:", "if False:"),
    rule(
        "account that is having trouble", "if account.breaker_until is not None and account.breaker_until > ask.now:", "if False:"
    ),
    rule("nothing dialled uncompared", "not -MOST_SKEW <= ask.now - account.swept_to <= LONGEST_UNCOMPARED:", "False:"),
    rule("end of a batch", "if batch.ends_at is not None and batch.ends_at <= ask.now:", "if False:"),
    rule("start of a batch", "batch.scheduled_at is None or batch.scheduled_at <= ask.now:", "True:"),
    rule("caps", "    if used < cap:", "    if used <= cap:"),
    rule("pace", "if account is not None and account.pace_free_at is not None and account.pace_free_at > ask.now:", "if False:"),
    rule("pace of a number", "if line is not None and line.free_at is not None and line.free_at > ask.now:", "if False:"),
    rule("budget", "if spent + ASSUMED_COST <= budget:", "if spent <= budget:"),
    rule("cancelled call", "if call.cancel_requested_at is not None or call.closed_why is not None:", "if False:"),
    rule("pause of a call", "if call.paused_at is not None:", "if False:"),
    rule("back-off", "later = max(call.scheduled_at, call.not_before_at or call.scheduled_at)", "later = call.scheduled_at"),
    # -- the dial -------------------------------------------------------------------------------------------------------
    Sabotage(
        "lease",
        f"{SERVICES}/planning.py",
        "if not slots.holds(tx, account_id, rt.name, epoch, now=now):",
        "if False:",
        SIMULATION,
    ),
    Sabotage(
        "no dial before the provider has answered",
        f"{SERVICES}/planning.py",
        "if not watching_clocks.has_heard(rt, gathered.account):",
        "if False:",
        CLOCKS,
    ),
    Sabotage(
        "no dial by a wrong clock",
        f"{SERVICES}/watching_clocks.py",
        "off = found.total_seconds() if is_off(found) else None",
        "off = None",
        CLOCKS,
    ),
    Sabotage(
        "no look by a wrong clock proves anything",
        f"{SERVICES}/reconciling.py",
        "is_trusted = watching_clocks.is_trusted(rt, account, now=asked_at, boot=rt.clock.boot())",
        "is_trusted = True",
        CLOCKS,
    ),
    Sabotage(
        "a wrong clock leaves nothing out of the next sweep",
        f"{SERVICES}/reconciling.py",
        "swept_to = min(now, theirs.says(began)) if theirs else now",
        "swept_to = now",
        CLOCKS,
    ),
    Sabotage(
        "a wrong clock ends no batch",
        f"{SERVICES}/concluding.py",
        "batches.past_their_end(tx, now=now) if clock_is_right else ()",
        "batches.past_their_end(tx, now=now)",
        CLOCKS,
    ),
    Sabotage(
        "a wrong clock ends no hold by a person's word",
        f"{SERVICES}/deciding.py",
        "if not watching_clocks.is_trusted(rt, account, now=now, boot=rt.clock.boot()):",
        "if False:",
        "tests/services/test_deciding.py",
    ),
    Sabotage("epoch rises", "callcenter/store/slots.py", "epoch=_ACCOUNTS.epoch + 1", "epoch=_ACCOUNTS.epoch + 0", SIMULATION),
    Sabotage(
        "taken is counted",
        f"{SERVICES}/gathering.py",
        "slots.Used(self.used.total + 1, by_client, by_batch)",
        "slots.Used(self.used.total, self.used.by_client, self.used.by_batch)",
        SIMULATION,
    ),
    Sabotage(
        "guard at the socket",
        f"{SERVICES}/calling.py",
        "guard=lambda: rt.clock.boot() - armed.boot_at <= GUARD_SECONDS",
        "guard=lambda: True",
        SIMULATION,
    ),
    Sabotage(
        "unknown is not unsent",
        f"{SERVICES}/calling.py",
        'return None, Verdict("unknown", error.status, error.message)',
        'return None, Verdict("unsent", error.status, error.message)',
        SIMULATION,
    ),
    Sabotage(
        "failure of our own is unknown",
        f"{SERVICES}/calling.py",
        'return None, Verdict("unknown", words=type(error).__name__)',
        'return None, Verdict("unsent", words=type(error).__name__)',
        "tests/services/test_dispatching.py",
    ),
    Sabotage(
        "a stop leaves it unknown",
        f"{SERVICES}/calling.py",
        'Verdict("unknown", words="the server was stopped while asking")',
        'Verdict("unsent", words="the server was stopped while asking")',
        "tests/services/test_dispatching.py",
    ),
    Sabotage(
        "nothing follows the end",
        "callcenter/domain/dial.py",
        "S.FINISHED: frozenset(),",
        "S.FINISHED: frozenset({S.LIVE, S.ACCEPTED}),",
        "tests/store tests/services/test_reconciling.py " + SIMULATION,
    ),
    # -- the look for what is unknown -----------------------------------------------------------------------------------
    Sabotage(
        "look while it may still ring",
        f"{SERVICES}/reconciling.py",
        "is_clean = complete and control_found and late_enough",
        "is_clean = complete and control_found",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "look without a control",
        f"{SERVICES}/reconciling.py",
        "is_clean = complete and control_found and late_enough",
        "is_clean = complete and late_enough",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "half a listing",
        f"{SERVICES}/reconciling.py",
        "is_clean = complete and control_found and late_enough",
        "is_clean = control_found and late_enough",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "half a page",
        f"{SERVICES}/reconciling.py",
        "is_complete = is_complete and page.is_complete",
        "pass",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "three clean looks",
        f"{SERVICES}/reconciling.py",
        "len(clean) >= CLEAN_LOOKS\n",
        "len(clean) >= 2\n",
        "tests/services/test_reconciling.py " + SIMULATION,
    ),
    Sabotage(
        "a look ten minutes later",
        f"{SERVICES}/reconciling.py",
        "and clean[-1] >= last_possible_send(dial) + LAST_LOOK_AFTER",
        "",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "the number is held",
        f"{SERVICES}/reconciling.py",
        "        and now >= hold_ends(rt, dial)\n    )\n\n",
        "    )\n\n",
        "tests/services/test_reconciling.py " + SIMULATION,
    ),
    Sabotage(
        "two looks for a place",
        f"{SERVICES}/reconciling.py",
        "if len(clean) >= CLEAN_LOOKS_FOR_SLOT and",
        "if len(clean) >= 1 and",
        "tests/services/test_reconciling.py " + SIMULATION,
    ),
    Sabotage("orphans", f"{SERVICES}/reconciling.py", "        await self._orphans(mine)\n", "", CRASHES),
    Sabotage(
        "silent calls are asked about",
        f"{SERVICES}/reconciling.py",
        "await asyncio.gather(*(self._ask_about(*row) for row in due))",
        "pass",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "another process's silent calls stand in nobody's way",
        "callcenter/store/calls.py",
        "_C.provider_call_id.is_not(None), _C.account_id.in_(account_ids))",
        "_C.provider_call_id.is_not(None))",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "the sweep",
        f"{SERVICES}/reconciling.py",
        "            await self._sweep(account, now)\n",
        "",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "a sweep that broke off",
        f"{SERVICES}/reconciling.py",
        'raise Uncertain("The listing broke off.")',
        "break",
        "tests/services/test_restoring.py",
    ),
    Sabotage(
        "calls of a lost past stop dialling",
        f"{SERVICES}/reconciling.py",
        "            _stop_for_lost_past(tx, account_id, event.provider_call_id, now=now)\n",
        "            pass\n",
        "tests/services/test_reconciling.py",
    ),
    # -- the same-key repeat --------------------------------------------------------------------------------------------
    Sabotage(
        "repeat only where allowed",
        f"{SERVICES}/resending.py",
        "and account.may_resend and",
        "and",
        "tests/services/test_resending.py",
    ),
    Sabotage("repeat once", f"{SERVICES}/resending.py", "and dial.resent_at is None ", "", "tests/services/test_resending.py"),
    Sabotage(
        "repeat within the hour", f"{SERVICES}/resending.py", "and now < sent + WITHIN", "", "tests/services/test_resending.py"
    ),
    Sabotage(
        "repeat after two looks",
        f"{SERVICES}/resending.py",
        "len(dials.clean_checks(tx, dial_id)) < CLEAN_LOOKS_BEFORE or ",
        "",
        "tests/services/test_resending.py",
    ),
    Sabotage(
        "repeat the same request",
        f"{SERVICES}/resending.py",
        "if planning.hash_of(request) != dial.body_hash:",
        "if False:",
        "tests/services/test_resending.py",
    ),
    # -- what is told ---------------------------------------------------------------------------------------------------
    Sabotage(
        "phase never falls",
        "callcenter/domain/call.py",
        "phase=max(told.phase, event.phase, Phase.ERASED if is_erasure else Phase.NONE),",
        "phase=event.phase,",
        "tests/domain/test_call.py",
    ),
    Sabotage(
        "the better word wins",
        "callcenter/domain/call.py",
        "return over is None or key > over\n",
        "return True\n",
        "tests/domain/test_call.py",
    ),
    Sabotage("signature", f"{SERVICES}/receiving.py", "    if not verified.ok:", "    if False:", "tests/api/test_webhook.py"),
    Sabotage(
        "stale is no data",
        f"{SERVICES}/receiving.py",
        'state=state if verified.is_fresh else "stale",',
        "state=state,",
        "tests/services/test_receiving.py",
    ),
    Sabotage(
        "a second copy",
        f"{SERVICES}/storing.py",
        "        if body in known:",
        "        if False:",
        "tests/services/test_receiving.py",
    ),
    Sabotage(
        "the same body twice in a group",
        f"{SERVICES}/storing.py",
        "        known.add(body)\n",
        "",
        "tests/services/test_storing.py",
    ),
    Sabotage(
        "one that cannot be folded harms no other",
        f"{SERVICES}/storing.py",
        "        if len(group) > 1:\n",
        "        if False:\n",
        "tests/services/test_storing.py",
    ),
    Sabotage(
        "what a dead process remembered is folded",
        f"{SERVICES}/reconciling.py",
        "FOLDED_LATER = timedelta(seconds=30)",
        "FOLDED_LATER = timedelta(days=3000)",
        "tests/services/test_storing_in_a_rush.py",
    ),
    Sabotage(
        "what was remembered stays in mind while the database is away",
        f"{SERVICES}/storing.py",
        "    post.later.extendleft(reversed(missed))\n",
        "",
        "tests/services/test_storing_in_a_rush.py",
    ),
    Sabotage(
        "letters are written in one order",
        f"{SERVICES}/storing.py",
        "    for letter in sorted(settled, key=_body):",
        "    for letter in settled:",
        "tests/services/test_storing.py",
    ),
    Sabotage(
        "what needs nobody waits behind nothing",
        "callcenter/store/inbox.py",
        "for query in (new, others)",
        "for query in (others,)",
        "tests/services/test_storing_in_a_rush.py",
    ),
    Sabotage(
        "reconciling leaves alone what was folded meanwhile",
        f"{SERVICES}/folding.py",
        "folded.state, was=letter.state, now=now",
        "folded.state, now=now",
        "tests/services/test_storing.py",
    ),
    Sabotage(
        "calls are locked before they are read",
        "callcenter/store/calls.py",
        "    if lock and tx.is_postgres:\n        queries",
        "    if False:\n        queries",
        "tests/services/test_storing.py",
    ),
    Sabotage(
        "calls are locked before they are read ahead",
        "callcenter/store/ahead.py",
        "    if tx.is_postgres:\n",
        "    if False:\n",
        "tests/services/test_storing.py",
    ),
    Sabotage(
        "whoever holds an account keeps nobody from adding what refers to it",
        "callcenter/store/slots.py",
        "order_by(_ACCOUNTS.id).with_for_update(key_share=True)",
        "order_by(_ACCOUNTS.id).with_for_update()",
        "tests/store/test_database.py",
    ),
    Sabotage(
        "what was remembered is folded once",
        f"{SERVICES}/storing.py",
        "        if letter.inbox_id not in waiting:\n",
        "        if False:\n",
        "tests/services/test_storing_in_a_rush.py",
    ),
    Sabotage(
        "what was read ahead is handed out once",
        "callcenter/store/ahead.py",
        "return tx.ahead.pop(call_id, None) if call_id else None",
        "return tx.ahead.get(call_id) if call_id else None",
        "tests/services/test_storing.py",
    ),
    Sabotage(
        "evidence known already",
        f"{SERVICES}/reconciling.py",
        "    if inbox.is_known(tx, account_id, letter.sha256):",
        "    if False:",
        "tests/services/test_reconciling.py",
    ),
    Sabotage(
        "a token of another account",
        f"{SERVICES}/applying.py",
        "if dial.account_id != account_id:",
        "if False:",
        "tests/services tests/store",
    ),
    Sabotage(
        "a second call for one dial",
        f"{SERVICES}/applying.py",
        "    if _is_second(tx, of_call, dial, target, event):",
        "    if False:",
        "tests/services " + SIMULATION,
    ),
    Sabotage("full is no end", f"{SERVICES}/applying.py", "is EndClass.FULL:", "is None:", "tests/services " + CRASHES),
    # -- what follows ---------------------------------------------------------------------------------------------------
    Sabotage(
        "effects once",
        "callcenter/store/effects.py",
        "return tx.execute(adding).first() is not None",
        "return bool(tx.execute(adding)) or True",
        "tests/store tests/services",
    ),
    Sabotage(
        "one retry too many",
        f"{SERVICES}/concluding.py",
        "call.attempt_number >= call.max_attempts",
        "call.attempt_number > call.max_attempts",
        "tests/services/test_concluding.py",
    ),
    Sabotage(
        "retry within its policy",
        "callcenter/domain/retry.py",
        "and call.attempt_number < call.max_attempts",
        "and call.attempt_number <= call.max_attempts",
        "tests/domain/test_retry.py",
    ),
    Sabotage(
        "no retry once reached",
        "callcenter/domain/retry.py",
        "and derived.outcome not in SUCCESSES",
        "",
        "tests/domain/test_retry.py",
    ),
    Sabotage(
        "no retry of a deleted lead",
        f"{SERVICES}/concluding.py",
        "    if call.lead_id and (lead is None or lead.deleted_at):\n        return\n",
        "",
        "tests/services/test_concluding.py",
    ),
    Sabotage(
        "no retry of a suppressed number",
        f"{SERVICES}/concluding.py",
        " or suppressing.is_suppressed(tx, call.to_number, client.client_id):\n        return\n    if not effects",
        ":\n        return\n    if not effects",
        "tests/services/test_concluding.py tests/services/test_suppressing.py",
    ),
    Sabotage(
        "no retry in a cancelled batch",
        f"{SERVICES}/concluding.py",
        "batch.state in (BatchState.CANCELLED, BatchState.DONE) or ",
        "",
        "tests/services/test_concluding.py",
    ),
    Sabotage(
        "a call in flight is called off",
        f"{SERVICES}/concluding.py",
        "    if off := called_off(tx, call):",
        "    if off := None:",
        "tests/services/test_concluding.py",
    ),
    Sabotage(
        "a reached lead is spared",
        f"{SERVICES}/concluding.py",
        "        _spare_the_lead(tx, after, now=now)\n",
        "        pass\n",
        "tests/services",
    ),
    Sabotage(
        "said on a call: do not call",
        f"{SERVICES}/concluding.py",
        "    _suppress(tx, rt, after, now=now)\n",
        "",
        "tests/services",
    ),
    Sabotage(
        "error storms stop a batch",
        f"{SERVICES}/concluding.py",
        "        _stop_batch_if_bad(tx, batch, after, now=now)\n",
        "        pass\n",
        "tests/services/test_stopping.py",
    ),
)


def main(words: Sequence[str]) -> int:
    """Runs the ones asked for and says of each what noticed it."""
    wanted = [each for each in SABOTAGES if not words or any(word in each.name for word in words)]
    unnoticed = 0
    with tempfile.TemporaryDirectory(prefix="sabotage-") as folder:
        copy = Path(folder)
        for name in ("callcenter", "tests", "alembic"):
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "rxconfig.py"):
            shutil.copy(ROOT / name, copy / name)
        tests = sorted({test for each in wanted for test in each.tests.split()})
        if failing := failure(tests, copy):
            sys.stdout.write(f"Nothing is sabotaged, for this fails already: {failing}\n")
            return 1
        for each in wanted:
            by = noticed_by(each, copy)
            unnoticed += by is None
            sys.stdout.write(f"{each.name}: {by or 'NOTICED BY NOTHING'}\n")
            sys.stdout.flush()
    return int(bool(unnoticed))


def noticed_by(each: Sabotage, folder: Path) -> str | None:
    """Gives the first test that fails once the rule is gone from the copy in `folder`; the copy is whole again afterwards."""
    file = folder / each.file
    whole = file.read_text()
    file.write_text(whole.replace(each.old, each.new))
    try:
        return failure(each.tests.split(), folder)
    finally:
        file.write_text(whole)


def failure(tests: Sequence[str], folder: Path) -> str | None:
    """Runs these tests in a copy; gives the first that fails, with the invariant it found broken, or None."""
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--no-header", *tests]
    ran = subprocess.run(
        words,
        cwd=folder,
        env={**os.environ, **SEEDS, "PYTHONPATH": folder.as_posix()},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", ran.stdout, re.MULTILINE)
    broken = re.search(r"Broken: (\w+):", ran.stdout)
    return (found.group(1) if found else ran.stdout[-300:]) + (f" ({broken.group(1)})" if broken else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
