"""What is wrong, and what to do about it: one line per check."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from callcenter import wiring
from callcenter.cli import database, logs
from callcenter.domain.errors import CallCenterError, Invalid
from callcenter.domain.their_clock import is_off, skew_words
from callcenter.domain.user import SYSTEM
from callcenter.services import connecting, onboarding, watching_clocks
from callcenter.services.runtime import Runtime
from callcenter.settings import Settings, check_for_serving, load_settings
from callcenter.store import schema

_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, whether it is fine (None: only worth knowing), what was found and what to do."""

    what: str
    is_fine: bool | None
    words: str


def doctor() -> bool:
    """Prints every check; False when one failed."""
    findings = list(_all())
    for each in findings:
        mark = {True: "ok  ", False: "FAIL", None: "note"}[each.is_fine]
        print(f"{mark}  {each.what}: {each.words}")
    return all(each.is_fine is not False for each in findings)


def _all() -> Iterator[Finding]:
    try:
        settings = load_settings()
        logs.configure(settings)
        check_for_serving(settings)
        yield Finding("Settings", True, "complete")
    except Invalid as error:
        yield Finding("Settings", False, f"{error.message}. Set it in the environment or in .env.")
        return
    finding = _schema(settings)
    yield finding
    if finding.is_fine:
        yield from asyncio.run(_inside(settings))
    yield from _webhook(settings)


def _schema(settings: Settings) -> Finding:
    url = settings.database_url
    try:
        database.require_current(url)
    except CallCenterError as error:
        return Finding("Database", False, error.message)
    return Finding("Database", True, f"{database.place_of(url)}, schema {schema.head()}")


async def _inside(settings: Settings) -> list[Finding]:
    rt = wiring.make_runtime(settings)
    try:
        return [await _redis(rt), *await _retell(rt), *_clock(rt)]
    finally:
        await rt.providers.close()
        await asyncio.to_thread(rt.database.close)


async def _redis(rt: Runtime) -> Finding:
    if rt.settings.redis_url is None:
        return Finding("Redis", None, "not set; fine for one process. For several set CALLCENTER_REDIS_URL.")
    try:
        await rt.bus.start()
        is_up = await rt.bus.is_up()
        await rt.bus.stop()
    except Exception as error:
        return Finding("Redis", False, f"{type(error).__name__}. Check CALLCENTER_REDIS_URL and that the server runs.")
    words = "answers" if is_up else "does not answer. Check CALLCENTER_REDIS_URL and that the server runs."
    return Finding("Redis", is_up, words)


async def _retell(rt: Runtime) -> list[Finding]:
    """Asks Retell with the default key, and with the key of every client that has one of its own."""
    findings: list[Finding] = []
    secret = rt.settings.retell_api_key
    if secret is not None:
        report = await connecting.test_key(rt, SYSTEM, secret.get_secret_value(), is_simulated=False)
        findings.append(_connection("Retell, RETELL_API_KEY", report))
    for view in await onboarding.clients_of(rt, SYSTEM):
        if view.account is not None and not view.account.is_default:
            report = await connecting.try_connection(rt, SYSTEM, view.client.client_id)
            findings.append(_connection(f"Retell, {view.client.name}", report))
    return findings or [Finding("Retell", False, "no key. Set RETELL_API_KEY, or give a client a key of its own.")]


def _clock(rt: Runtime) -> Iterator[Finding]:
    ahead = watching_clocks.ahead(rt, is_simulated=False, now=rt.clock.now(), boot=rt.clock.boot())
    if ahead is None:
        return
    if is_off(ahead):
        words = f"{skew_words(ahead.total_seconds())}. Nothing is dialled until it is right: switch time synchronisation on."
        yield Finding("Clock", False, words)
    else:
        yield Finding("Clock", True, "agrees with Retell's")


def _connection(what: str, report: connecting.ConnectionReport) -> Finding:
    if not report.ok:
        return Finding(what, False, report.problem)
    words = f"works, {len(report.agents)} agents, {len(report.numbers)} numbers, {report.limit or 'unknown'} calls at once"
    return Finding(what, None if report.warnings else True, " ".join((f"{words}.", *report.warnings)))


def _webhook(settings: Settings) -> Iterator[Finding]:
    base = settings.public_url
    if base is None:
        yield Finding("Webhook", None, "CALLCENTER_PUBLIC_URL is not set; results are fetched every few minutes instead.")
        return
    address = f"{base}/api/calls/webhook/retell"
    status = _post_unsigned(address)
    if status != 401:
        got = f"status {status}" if status else "no answer"
        yield Finding("Webhook", False, f"{address}: {got}. Start the server, and let its proxy pass /api on.")
    elif urlsplit(base).hostname in ("localhost", "127.0.0.1", "::1"):
        yield Finding("Webhook", None, f"{address} answers here, but Retell cannot reach this machine by that name.")
    else:
        yield Finding("Webhook", True, f"{address} answers and refuses what is not signed")


def _post_unsigned(address: str) -> int | None:
    """Gives the status an unsigned delivery gets; None without an answer. 401 is what we want."""
    body = json.dumps({"event": "doctor"}).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return None
