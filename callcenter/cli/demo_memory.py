"""Reminds the simulator, which forgets everything when it ends, of the calls it had: so they can be looked up and heard again.

What it was in the middle of when it ended, it then finds broken off; the product learns that by asking, as from any provider.
"""

import asyncio
import json
import urllib.request

import structlog

from callcenter.services import keys
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, evidence
from callcenter.store.evidence import LastWord

log = structlog.get_logger(__name__)

#: Calls that are told before the first page is served; the older ones follow while people look already.
AT_ONCE = 300
CHUNK = 150
MOST = 20_000


async def remind(rt: Runtime, *, is_rest: bool = False) -> int:
    """Tells the newest calls of every simulated account, or (`is_rest`) the older ones; gives how many."""
    simulated = await rt.database.read(lambda tx: {a.account_id for a in accounts.listed(tx) if a.is_simulated})
    told = 0
    for account_id, _client_id, key in await keys.webhook_keys(rt, None):
        if account_id not in simulated:
            continue
        simulated.discard(account_id)  # one of its keys is enough
        skip, limit = (AT_ONCE, MOST) if is_rest else (0, AT_ONCE)
        words = await rt.database.read(
            lambda tx, account_id=account_id, skip=skip, limit=limit: evidence.last_words(tx, account_id, skip=skip, limit=limit)
        )
        for start in range(0, len(words), CHUNK):
            await _tell(rt, key, words[start : start + CHUNK])
        told += len(words)
    return told


async def _tell(rt: Runtime, key: str, words: list[LastWord]) -> None:
    found = await rt.database.read(lambda tx: evidence.bodies(tx, [word.inbox_id for word in words]))
    calls = [
        b'{"created_at":"%s","told":%s}' % (word.sent_at.isoformat().encode(), found[word.inbox_id])
        for word in words
        if word.inbox_id in found
    ]
    body = b'{"key":%s,"calls":[%s]}' % (json.dumps(key).encode(), b",".join(calls))
    await asyncio.to_thread(_post, f"{rt.settings.simulator_url}/simulator/past", body)


def _post(url: str, body: bytes) -> None:
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()
