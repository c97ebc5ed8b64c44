"""What the demo shows: two clients, some hundred leads with fictional numbers, and batches that are running."""

import random

from callcenter.domain.call import Priority
from callcenter.domain.client_input import ClientInput
from callcenter.domain.hours import ALL_WEEK
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.user import SYSTEM
from callcenter.services import batching, connecting, importing, onboarding, signing_in
from callcenter.services.batching import LaunchBatch
from callcenter.services.runtime import Runtime
from callcenter.simulator.workspaces import AGENTS, NUMBERS

LEADS_OF_EACH = 320
HOURS_REASON = "The demo calls a simulator at any hour; no real phone rings."

_FIRST = (
    "Maria Devon Priya Hannah Marcus Leila Grace Owen Nikhil Caleb Imani Felix Ruth Noor Peter Yusuf Clara Irene Sofia Jamal "
    "Oscar Beth Aiko Tomás Lucía Anneliese Jonas Camille Hugo Ingrid Mateo Chiara Amara Elif Rosa Kwame Mei Dmitri Paula Sean"
).split()
_LAST = (
    "Gonzalez Clarke Raman Lindqvist Bell Haddad Whitfield Murray Desai Nguyen Brooks Baumann Abrams Rahimi Novak Demir Jensen "
    "Kowalski Marchetti Whitaker Ruiz Lund Sorensen Tanaka Okafor Silva Petrov Keller Moreau Rossi Walsh Yilmaz Castro Meyer"
).split()
#: Area codes whose 555-01xx numbers are kept for fiction; two cover several zones, so that the product has something to explain.
_AREAS = (212, 303, 305, 312, 404, 408, 415, 503, 510, 602, 617, 702, 206, 213, 615, 512)

_CLIENTS = (
    ("Acme Dental", "America/Los_Angeles", 5, 0, {"clinic": "Acme Dental", "offer": "a six-month cleaning"}, "November recall"),
    ("Harbor Insurance", "America/New_York", 4, 1, {"company": "Harbor Insurance", "offer": "a renewal"}, "Policy renewals Q4"),
)


async def prepare(rt: Runtime) -> None:
    """Makes the demo's person, clients, leads and batches where they are missing; what is there stays as it is."""
    await onboarding.ensure_installation(rt)
    await signing_in.ensure_demo_user(rt)
    existing = {view.client.name for view in await onboarding.clients_of(rt, SYSTEM)}
    if not existing:
        await onboarding.change_installation(rt, SYSTEM, name="Northwind", country="US", timezone="America/Los_Angeles")
    for place, (name, timezone, cap, agent, variables, batch) in enumerate(_CLIENTS):
        if name in existing:
            continue
        client_id = await _client(rt, name, timezone=timezone, cap=cap, agent=agent, variables=variables)
        rows = _csv(random.Random(f"demo {name}"), place)
        await importing.import_leads(rt, SYSTEM, client_id, rows.encode(), filename="leads.csv")
        await batching.launch(
            rt,
            SYSTEM,
            client_id,
            LaunchBatch(name=batch, lead_filter=LeadFilter(), priority=Priority.NORMAL, max_attempts=2, max_concurrent=cap),
        )


async def _client(rt: Runtime, name: str, *, timezone: str, cap: int, agent: int, variables: dict[str, str]) -> str:
    word = name.split()[0].lower()
    given = ClientInput(
        name=name,
        timezone=timezone,
        country="US",
        max_concurrent=cap,
        api_key=f"key_demo_{word}",
        agent_id=AGENTS[agent].agent_id,
        from_number=NUMBERS[agent][0],
        is_simulated=True,
        calling_hours=ALL_WEEK,
        hours_note="Demo: calls at any hour",
        hours_reason=HOURS_REASON,
        daily_budget=400,
        variables=variables,
    )
    view = await onboarding.add_client(rt, SYSTEM, given)
    await connecting.test_connection(rt, SYSTEM, view.client.client_id)
    return view.client.client_id


def _csv(chance: random.Random, place: int) -> str:
    lines = ["name,phone,email,tags,external_id,last_visit"]
    pool = [(area, nth) for area in _AREAS for nth in range(50 * place, 50 * place + 50)]
    for row, (area, nth) in enumerate(chance.sample(pool, LEADS_OF_EACH), start=1):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        tags = ";".join(chance.sample(["recall", "vip", "new", "spring"], chance.choice([0, 1, 1, 2])))
        visit = f"2026-0{chance.randint(1, 6)}-{chance.randint(10, 28)}"
        email = f"{first}.{last}@example.com".lower() if chance.random() < 0.7 else ""
        lines.append(f"{first} {last},+1{area}55501{nth:02d},{email},{tags},D{place}-{row},{visit}")
    return "\n".join(lines) + "\n"
