"""Is the key good? Harmless reads at the provider: whose key it is, its agents, its numbers, its limits."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from callcenter.domain.client import Client, FromNumber
from callcenter.domain.errors import CallCenterError, Conflict, Invalid, Refused, Uncertain, Unreachable
from callcenter.domain.notice import Notice
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services import keys
from callcenter.services.onboarding import require_all_clients
from callcenter.services.ports import AgentInfo, Concurrency, KeyInfo, NumberInfo, Provider
from callcenter.services.runtime import Runtime
from callcenter.store import accounts, calls, clients, transitions
from callcenter.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionReport:
    """What the provider answered. `problem` says in our words why it is not `ok`; `warnings` what may hinder calls."""

    ok: bool
    problem: str = ""
    org_id: str | None = None
    org_name: str = ""
    agents: tuple[AgentInfo, ...] = ()
    numbers: tuple[NumberInfo, ...] = ()
    limit: int | None = None
    in_use: int | None = None
    warnings: tuple[str, ...] = ()


async def test_connection(rt: Runtime, actor: Actor, client_id: str) -> ConnectionReport:
    """Tests the key of a client and remembers its numbers and limits; a working test ends the pause of its account."""
    report = await try_connection(rt, actor, client_id)
    account_id = (await _client(rt, actor, client_id)).account_id
    if report.ok and account_id is not None:
        await remember(rt, account_id, report)
    return report


async def try_connection(rt: Runtime, actor: Actor, client_id: str) -> ConnectionReport:
    """Tests the key of a client and changes nothing."""
    client = await _client(rt, actor, client_id)
    require(actor, Role.MANAGER, to="test a connection")
    if client.account_id is None:
        return ConnectionReport(ok=False, problem=_NO_KEY)
    try:
        provider = await keys.providers_for(rt, client.account_id)
    except Invalid as error:
        return ConnectionReport(ok=False, problem=error.message)
    return await _ask(provider, client)


async def test_key(rt: Runtime, actor: Actor, api_key: str, *, is_simulated: bool) -> ConnectionReport:
    """Tests a key that is not stored yet; remembers nothing."""
    require(actor, Role.ADMIN, to="test a key")
    if is_simulated and rt.settings.simulator_url is None:
        raise Invalid("Simulated calls need a simulator: set CALLCENTER_SIMULATOR_URL.", field="retell.isSimulated")
    return await _ask(rt.providers.open(api_key=api_key.strip(), is_simulated=is_simulated), None)


async def agents_of(rt: Runtime, actor: Actor, client_id: str) -> tuple[AgentInfo, ...]:
    """Gives the voice agents that a client's key reaches, asked for now. Raises Refused, Unreachable or Uncertain."""
    client = await _client(rt, actor, client_id)
    if client.account_id is None:
        return ()
    return await (await keys.providers_for(rt, client.account_id)).agents()


async def numbers_of(rt: Runtime, actor: Actor, client_id: str) -> list[FromNumber]:
    """Gives the numbers a client may call from, as the last working test listed them."""
    client = await _client(rt, actor, client_id)
    account_id = client.account_id
    return await rt.database.read(lambda tx: accounts.numbers_of(tx, account_id)) if account_id else []


async def resume_account(rt: Runtime, actor: Actor, account_id: str) -> None:
    """Ends the pause of an account by hand, as a working test of its connection does."""
    require_all_clients(actor)
    require(actor, Role.ADMIN, to="resume an account")
    now = rt.clock.now()

    def work(tx: Tx) -> None:
        accounts.get(tx, account_id, lock=True)
        accounts.set_values(tx, account_id, now=now, paused_at=None, paused_why=None, breaker_until=None)
        transitions.add(tx, what="account", row_id=account_id, from_state=None, to_state="resumed", now=now, by=actor.label)
        calls.look_again(tx, account_id=account_id, now=now)

    await rt.database.write(work)


async def allow_resending(rt: Runtime, actor: Actor, client_id: str, *, is_allowed: bool) -> None:
    """Says for the account of a client whether a request with a lost answer may be sent once more under its own key.

    It holds for every client of the account. Raises Conflict when the client has no account yet.
    """
    require(actor, Role.ADMIN, to="change how requests are repeated")
    account_id, now = (await _client(rt, actor, client_id)).account_id, rt.clock.now()
    if account_id is None:
        raise Conflict("This client has no Retell key yet.")

    def work(tx: Tx) -> None:
        if accounts.get(tx, account_id, lock=True).may_resend == is_allowed:
            return
        accounts.set_values(tx, account_id, now=now, may_resend=is_allowed)
        state = "repeats allowed" if is_allowed else "repeats forbidden"
        transitions.add(tx, what="client", row_id=client_id, from_state=None, to_state=state, now=now, by=actor.label)

    await rt.database.write(work)


async def remember(rt: Runtime, account_id: str, report: ConnectionReport) -> None:
    """Keeps what a working test found, ends the account's pause, and lets its calls be looked at again."""
    now = rt.clock.now()
    numbers = [
        FromNumber(
            number_id=rt.new_id(), account_id=account_id, number=each.number, nickname=each.nickname,
            agent_id=each.agent_id, seen_at=now,
        )
        for each in report.numbers
    ]  # fmt: skip
    limits: dict[str, Any] = {}
    if report.limit is not None:
        limits = {"provider_limit": report.limit, "in_use": report.in_use, "limits_read_at": now}

    def work(tx: Tx) -> None:
        accounts.get(tx, account_id, lock=True)
        accounts.save_numbers(tx, account_id, numbers, now=now)
        accounts.set_values(
            tx, account_id, now=now, org_id=report.org_id, paused_at=None, paused_why=None, breaker_until=None, **limits
        )
        for client in clients.of_account(tx, account_id):
            calls.look_again(tx, client_id=client.client_id, now=now)
            tx.announce(Notice("client", client.client_id, client.client_id))

    await rt.database.write(work)


_NO_KEY = "This client has no Retell key, and RETELL_API_KEY is not set. Enter a key."


async def _client(rt: Runtime, actor: Actor, client_id: str) -> Client:
    sees(actor, client_id)
    return await rt.database.read(lambda tx: clients.get(tx, client_id))


async def _ask(provider: Provider, client: Client | None) -> ConnectionReport:
    try:
        whose: KeyInfo = await provider.key_info()
        agents = await provider.agents()
        numbers = await provider.numbers()
        limits = await _or_none(provider.concurrency())
    except (Refused, Unreachable, Uncertain) as error:
        return ConnectionReport(ok=False, problem=_in_words(error))
    return ConnectionReport(
        ok=True,
        org_id=whose.org_id,
        org_name=whose.org_name,
        agents=agents,
        numbers=numbers,
        limit=limits.limit if limits else None,
        in_use=limits.current if limits else None,
        warnings=_warnings(client, agents, numbers),
    )


async def _or_none(asked: Awaitable[Concurrency]) -> Concurrency | None:
    try:
        return await asked
    except (Refused, Unreachable, Uncertain):
        return None  # the key works; the limit is read again within a minute anyway


def _in_words(error: CallCenterError) -> str:
    match error:
        case Refused(status=401):
            return "Retell does not accept this key. Copy it again from Retell's dashboard."
        case Refused(status=402):
            return "Retell refuses this key over its payment. Settle it in Retell's dashboard."
        case Refused(status=403):
            return "Retell does not allow this key to read agents and numbers."
        case Refused(status=429):
            return "Retell is too busy to answer. Try again in a minute."
        case Unreachable():
            return f"Retell could not be reached: {error.message}"
        case _:
            return error.message


def _warnings(client: Client | None, agents: tuple[AgentInfo, ...], numbers: tuple[NumberInfo, ...]) -> tuple[str, ...]:
    if client is None:
        return ()
    found: list[str] = []
    if client.from_number is None:
        found.append("No from-number is chosen, so nothing can be dialled.")
    elif client.from_number not in {each.number for each in numbers}:
        found.append(f"Retell does not list {client.from_number} among the numbers of this workspace.")
    if client.agent_id is not None and client.agent_id not in {each.agent_id for each in agents}:
        found.append(f"Retell does not list the agent {client.agent_id} in this workspace.")
    return tuple(found)
