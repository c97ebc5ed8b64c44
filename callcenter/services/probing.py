"""Sends a client's webhook address a harmless event, as Retell would, and says step by step how far it came."""

from dataclasses import dataclass

from callcenter.domain.client import Client
from callcenter.domain.errors import Invalid, Uncertain, Unreachable
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import keys, onboarding
from callcenter.services.applying import sha256
from callcenter.services.runtime import Runtime
from callcenter.store import clients, inbox, transitions
from callcenter.store.database import Tx

_NO_ADDRESS = "The server does not know its own address. Set CALLCENTER_PUBLIC_URL and start it again."
_NO_KEY = "This client has no Retell key to sign with. Enter one on its Retell tab."


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way, in words."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How far a test event came; all steps are good when it stands among the events as `event_id`."""

    steps: tuple[Step, ...]
    event_id: str | None = None


async def send_test_event(rt: Runtime, actor: Actor, client_id: str) -> Probe:
    """Posts a signed test event to the client's own webhook address, over the network, and looks for it here afterwards.

    It is about no call, so it changes nothing. Raises Forbidden and NotFound; whatever fails on the way is a step of the answer.
    """
    sees(actor, client_id)
    require(actor, Role.MANAGER, to="send a test event")
    client = await rt.database.read(lambda tx: clients.get(tx, client_id))
    url = onboarding.webhook_url(rt, client)
    if url is None:
        return Probe(steps=(Step("Address", False, _NO_ADDRESS),))
    try:
        key = await keys.newest_key(rt, client.account_id or "")
    except Invalid:
        return Probe(steps=(Step("Key", False, _NO_KEY),))
    probe = await _send(rt, client, url, key)
    await rt.database.write(lambda tx: _write_down(tx, rt, actor, client, probe))
    return probe


async def _send(rt: Runtime, client: Client, url: str, key: str) -> Probe:
    now, began = rt.clock.now(), rt.clock.boot()
    raw = rt.providers.test_event(rt.new_id())
    try:
        status = await rt.providers.post_event(url, raw, api_key=key, now=now)
    except (Unreachable, Uncertain) as error:
        return Probe(steps=(Step("Connection", False, error.message),))
    reached = Step("Connection", True, f"Something answered after {max(1, round((rt.clock.boot() - began) * 1000))} ms.")

    def look(tx: Tx) -> tuple[str | None, str | None]:
        return inbox.id_of(tx, client.account_id or "", sha256(raw)), inbox.why_refused(tx, sha256(raw), since=now)

    event_id, why_refused = await rt.database.read(look)
    if event_id is not None:
        return Probe(steps=(reached, *_arrived(status)), event_id=event_id)
    if why_refused is not None:
        return Probe(steps=(reached, Step("Signature", False, f"It came here and was refused. {why_refused}")))
    return Probe(steps=(reached, Step("Answer", False, _strangers_answer(status))))


def _arrived(status: int) -> tuple[Step, ...]:
    is_good = 200 <= status < 300
    said = f"It answered {status}" + ("." if is_good else ", so Retell would send it again, though it came here.")
    return (
        Step("Answer", is_good, said),
        Step("Signature", True, "It was accepted."),
        Step("Events", True, "It stands among the events and changed nothing."),
    )


def _strangers_answer(status: int) -> str:
    """What an answer means whose event is not here."""
    if 300 <= status < 400:
        return f"It sends on to another address ({status}), which is not followed. Set CALLCENTER_PUBLIC_URL to that one."
    if status in (404, 405):
        return f"It answered {status}: another server is there, or a proxy does not pass this path on."
    if status >= 500:
        return f"It answered {status}: a proxy is there, but what stands behind it does not answer."
    if status >= 400:
        return f"It answered {status} before the event came here: a filter or another installation is in the way."
    return f"It answered {status}, but the event is not here: another server is at this address."


def _write_down(tx: Tx, rt: Runtime, actor: Actor, client: Client, probe: Probe) -> None:
    last = probe.steps[-1]
    why = "it arrived" if probe.event_id else last.detail
    now = rt.clock.now()
    transitions.add(
        tx, what="client", row_id=client.client_id, from_state=None, to_state="test event sent", now=now, by=actor.label, why=why
    )  # fmt: skip
