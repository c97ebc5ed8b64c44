"""Every page as people get it, at every width, light and dark: for screen readers too, nothing sideways, nothing failing."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext
from pydantic import SecretStr

from callcenter import wiring
from callcenter.cli import demo_data, demo_memory
from callcenter.cli.demo_clients import CLIENTS, DemoBatch, DemoClient
from callcenter.domain.call import CallStatus, Outcome
from callcenter.domain.search import CallFilter
from callcenter.domain.user import SYSTEM, Role
from callcenter.services import browsing, drafting, onboarding, staffing
from callcenter.services.runtime import Runtime
from callcenter.ui.routes import PAGES
from callcenter.ui.routes import Page as RoutePage
from tests.conftest import settings_for
from tests.journeys import browsers, servers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(240)]

#: Nothing that is still being loaded is on the screen.
SETTLED = "() => ![...document.querySelectorAll('[aria-busy=true], .bone')].some(each => each.checkVisibility())"
#: What is wrong with the page as it stands: what reaches out of it sideways, and what axe finds serious.
LOOK = """
async (rules) => {
  const wrong = [], page = document.documentElement, until = performance.now() + 3000;
  do await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  while (page.scrollWidth > page.clientWidth && performance.now() < until);  // a chart takes a moment to become narrower
  if (page.scrollWidth > page.clientWidth) {
    const scrolls = each => each && (getComputedStyle(each).overflowX != "visible" || scrolls(each.parentElement));
    const out = [...document.body.querySelectorAll("*")].filter(
      each => each.getBoundingClientRect().right > page.clientWidth && !scrolls(each.parentElement));
    wrong.push(`${page.scrollWidth} px wide: ${out.slice(0, 3).map(each => each.outerHTML.slice(0, 120))}`);
  }
  if (!rules) return wrong;
  const only = rules == "all" ? {} : {runOnly: {type: "rule", values: [rules]}};
  const found = await axe.run(document, {resultTypes: ["violations"], ...only});
  for (const {id, impact, nodes} of found.violations)
    if (impact === "serious" || impact === "critical")
      wrong.push(`${id}: ${nodes.slice(0, 3).map(node => node.target + " " + node.failureSummary)}`);
  return wrong;
}
"""
#: (theme, width, height, whether fingers touch it, which rules of axe are asked: a theme changes colours and nothing else)
LOOKS = (
    ("light", 1440, 900, False, "all"), ("light", 768, 1024, True, ""), ("light", 390, 844, True, "all"),
    ("light", 320, 640, True, ""), ("dark", 1440, 900, False, "color-contrast"), ("dark", 390, 844, True, "color-contrast"),
)  # fmt: skip
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
ADMIN, VIEWER, PASSWORD = "ana@example.com", "ben@example.com", "correct horse battery staple 47"
MOTORS = DemoClient(
    name="Small Motors", timezone="Europe/London", country="GB", key="key_demo_small", agent=3, from_number="+442079460018",
    cap=3, per_day=30, per_hour=12, people=replace(CLIENTS[2].people, prefix="S"), budget=50,
    batches=(
        DemoBatch(name="Done", people=14, days_ago=9, attempts=3),
        DemoBatch(name="Held", people=12, days_ago=4, paused_after=4),
        DemoBatch(name="Later", people=5, starts_in_days=1),
        DemoBatch(name="Now", people=40, hours_ago=2),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A server with a small past, two people's browsers and a stranger's, and what its addresses need."""

    admin: BrowserContext
    viewer: BrowserContext
    stranger: BrowserContext
    watches: list[browsers.Watch]
    ids: Mapping[str, str]


Addresses = Callable[[Mapping[str, str]], tuple[str, ...]]

#: What is opened of each page of `ui/routes`; a page that is missing here fails the test of the table.
ADDRESSES: Mapping[str, Addresses] = {
    "/": lambda _: ("/", "/?wall=1", "/?new=call&to=%2B447700900500"),
    "/calls": lambda ids: ("/calls?outcome=voicemail,no_answer", f"/calls?peek={ids['talk']}", "/calls?q=nobody-at-all"),
    "/calls/[call_id]": lambda ids: (
        f"/calls/{ids['talk']}", f"/calls/{ids['talk']}?tab=analysis", f"/calls/{ids['waiting']}", "/calls/nobody",
    ),
    "/batches": lambda _: ("/batches",),
    "/batches/new": lambda ids: ("/batches/new", *(f"{ids['draft']}&step={step}" for step in (2, 4, 5, 6))),
    "/batches/[batch_id]": lambda ids: (f"/batches/{ids['done']}", f"/batches/{ids['running']}"),
    "/leads": lambda _: ("/leads",),
    "/leads/import": lambda ids: (f"/leads/import?client={ids['client']}",),
    "/leads/do-not-call": lambda _: ("/leads/do-not-call",),
    "/leads/[lead_id]": lambda ids: (f"/leads/{ids['lead']}",),
    "/followups": lambda _: ("/followups", "/followups?tab=appointments"),
    "/analytics": lambda _: ("/analytics",),
    "/clients": lambda _: ("/clients",),
    "/clients/[client_id]": lambda ids: tuple(
        f"/clients/{ids['client']}?tab={tab}" for tab in ("overview", "retell", "webhook", "limits")
    ),
    "/dials": lambda _: ("/dials", "/dials?state=finished"),
    "/events": lambda _: ("/events",),
    "/events/[event_id]": lambda ids: (f"/events/{ids['event']}",),
    "/settings": lambda _: ("/settings",),
    "/settings/[section]": lambda _: tuple(
        f"/settings/{each}" for each in ("team", "tokens", "accounts", "audit", "notices", "system", "rules")
    ),
    "/login": lambda _: ("/login",),
    "/setup": lambda ids: (ids["setup"],),
    "/invite/[token]": lambda ids: (f"/invite/{ids['invitation']}", "/invite/an-old-one"),
    "/reset/[token]": lambda ids: (f"/reset/{ids['invitation']}",),
}  # fmt: skip
THERE = [page for page in PAGES if find_spec(f"callcenter.ui.pages.{page.module}")]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder, empty = tmp_path_factory.mktemp("pages"), tmp_path_factory.mktemp("setup")
    with servers.simulator(speed=20) as provider:
        extra = {"CALLCENTER_SIMULATOR_URL": provider.url}
        server = servers.Server(f"sqlite:///{folder}/calls.db", provider.url, folder, extra=extra)
        fresh = servers.Server(f"sqlite:///{empty}/calls.db", provider.url, empty, extra=extra)
        server.prepare()
        ids = asyncio.run(_made(server))
        try:
            server.start()
            fresh.prepare()
            fresh.start()
            ids["setup"] = browsers.setup_address((empty / "server.log").read_text())
            with browsers.chromium() as browser:
                yield _stage(browser, server.url, ids, also=fresh.url)
        finally:
            server.stop()
            fresh.stop()


def _stage(browser: Browser, site: str, ids: Mapping[str, str], *, also: str) -> Stage:
    opened = [browsers.open_context(browser, site, reduced_motion="reduce") for _ in range(3)]
    for context, _ in opened:
        context.add_init_script(AXE)
    for (context, _), email in zip(opened, (ADMIN, VIEWER), strict=False):
        tab = context.new_page()
        browsers.sign_in(tab, email=email, password=PASSWORD)
        tab.close()
    (admin, viewer, stranger), watches = zip(*opened, strict=True)
    watches[2].also.append(also)  # the stranger sets up the other server
    return Stage(admin, viewer, stranger, list(watches), ids)


async def _made(server: servers.Server) -> dict[str, str]:
    """Makes people and a client with a past, as the demo does; gives what the addresses need."""
    settings = settings_for(
        server.url_of_database, simulator_url=server.simulator_url, secret_key=SecretStr(servers.SECRET), public_url=server.url
    )
    rt = replace(wiring.make_runtime(settings), is_demo=True, demo_speed=20)
    try:
        await demo_data.prepare(rt, (MOTORS,))
        await demo_memory.remind(rt)
        return await _found(rt)
    finally:
        await rt.providers.close()
        rt.database.close()


async def _found(rt: Runtime) -> dict[str, str]:
    ana = await staffing.add_user(rt, SYSTEM, email=ADMIN, role=Role.ADMIN, name="Ana Rivera", password=PASSWORD)
    await staffing.add_user(rt, SYSTEM, email=VIEWER, role=Role.VIEWER, name="Ben Okafor", password=PASSWORD)
    eve = await staffing.add_user(rt, SYSTEM, email="eve@example.com", role=Role.VIEWER, name="Eve Lund")
    actor = replace(SYSTEM, role=Role.ADMIN, user_id=ana.user_id, label=ana.email)
    (client,) = await onboarding.clients_of(rt, SYSTEM)
    batches = {line.name: line.batch_id for line in (await browsing.batch_list(rt, SYSTEM)).items}
    talk = (await browsing.page_of_calls(rt, SYSTEM, CallFilter(outcomes=(Outcome.APPOINTMENT_SCHEDULED,)))).items[0]
    waiting = (
        await browsing.page_of_calls(rt, SYSTEM, CallFilter(batches=(batches["Held"],), statuses=(CallStatus.SCHEDULED,)))
    ).items[0]
    draft = await drafting.begin(rt, actor, "batch", client_id=client.client.client_id)
    return {
        "client": client.client.client_id, "done": batches["Done"], "running": batches["Now"], "talk": talk.call_id,
        "waiting": waiting.call_id, "lead": talk.lead_id or "", "draft": f"/batches/new?draft={draft.draft_id}",
        "event": (await browsing.events_page(rt, SYSTEM, limit=1)).items[0].event_id,
        "invitation": await staffing.link_for(rt, SYSTEM, eve.user_id),
    }  # fmt: skip


def test_every_page_of_the_table_is_opened_here() -> None:
    assert set(ADDRESSES) == {page.route for page in THERE}


@pytest.mark.parametrize("known", THERE, ids=lambda known: known.route)
def test_page(stage: Stage, known: RoutePage) -> None:
    context = stage.admin if known.roles else stage.stranger
    for watch in stage.watches:
        watch.forget()
    wrong = [each for address in ADDRESSES[known.route](stage.ids) for each in look_at(context, address)]
    assert wrong == []
    for watch in stage.watches:
        assert (watch.errors, watch.strangers, watch.failed) == ([], [], [])


@pytest.mark.parametrize("address", ["/events", "/batches/new", "/settings/system", "/settings/accounts"])
def test_what_a_role_may_not_see_is_a_page_too(stage: Stage, address: str) -> None:
    assert look_at(stage.viewer, address) == []


def test_an_address_that_leads_nowhere_is_a_page_too(stage: Stage) -> None:
    assert look_at(stage.admin, "/nothing/here", status=404) == []


def look_at(context: BrowserContext, address: str, *, status: int = 200) -> list[str]:
    """Opens an address in a tab of its own and looks at it on every screen in every theme; gives what is wrong with it."""
    tab = context.new_page()
    try:
        answer = tab.goto(address)
        assert answer is not None
        assert answer.status == status
        browsers.until_ready(tab)
        tab.wait_for_function(SETTLED)
        session = context.new_cdp_session(tab)
        wrong: list[str] = []
        for theme, width, height, is_touch, rules in LOOKS:
            tab.emulate_media(color_scheme=theme, reduced_motion="reduce")
            session.send("Emulation.setTouchEmulationEnabled", {"enabled": is_touch})
            tab.set_viewport_size({"width": width, "height": height})
            wrong += [f"{address} {width} {theme}: {each}" for each in tab.evaluate(LOOK, rules)]
        return wrong
    finally:
        tab.close()
