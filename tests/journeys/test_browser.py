"""The whole of it as people see it, in three browsers, with clicks alone."""

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from callcenter.simulator.server import Simulator
from tests.journeys import browsers, servers

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

EMAIL, PASSWORD = "ana@example.com", "correct horse battery staple 47"
KEY = "key_journey_in_browsers_0001"
CAP, CALLS = 5, 20
#: A call rings and talks so many seconds of its own time, at this speed: long enough for a page to show each status.
SPEED, RINGS, TALKS = 12, 28, 40
#: Whoever it is that has this number talks until somebody ends the call.
TALKER, TALKS_ON = "Lee 0", 3_000

GOOD = [f"Lee {n},+121255501{n:02d}" for n in range(10)]
MORE = [f"Kim {n},+130355501{n:02d}" for n in range(10)]
BAD = {
    "Nobody,": "missing",
    "Short,+1212555": "too short",
    "Letters,call me": "too few digits",
    "Twice,+12125550100": "A line above has the same number",
    "Nowhere,+999 5550 1234": "no phone number",
}

#: Keeps, of every call a list shows, the words of its status one after another, and how many were going on at once.
WATCH = """
() => {
  const GOING_ON = ["Dialling", "Ringing", "Connected", "In progress"];
  window.seen = {}; window.most = 0;
  const look = () => {
    let going = 0;
    for (const link of document.querySelectorAll("main a[href^='/calls/']")) {
      const row = link.closest("tr, li"), badge = row && row.querySelector(".badge");
      if (!badge || !row.checkVisibility() || !/^Lee|^Kim/.test(link.innerText.trim())) continue;
      const id = new URL(link.href).pathname.split("/")[2], words = badge.textContent.trim();
      const known = window.seen[id] ||= [];
      if (known.at(-1) !== words) known.push(words);
      if (GOING_ON.includes(words)) going += 1;
    }
    window.most = Math.max(window.most, going);
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
  look();
}
"""


@dataclass
class Stage:
    """What the journey walks on."""

    server: servers.Server
    provider: Simulator
    browser: Browser


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("browser")
    with servers.simulator(speed=SPEED) as provider:
        server = servers.Server(f"sqlite:///{folder}/calls.db", provider.url, folder)
        server.prepare()
        server.start()
        try:
            with browsers.chromium() as browser:
                yield Stage(server, provider, browser)
        finally:
            server.stop()


def test_from_nothing_to_twenty_calls_in_three_browsers(stage: Stage) -> None:
    script_outcomes(stage.provider)
    ana, watched = someone(stage)
    browsers.set_up(ana, (stage.server.folder / "server.log").read_text(), email=EMAIL, password=PASSWORD)
    client_id = connect_a_client(ana)
    open_all_hours(stage.server, client_id)
    import_a_list(ana, client_id)
    import_more(stage.server, client_id)

    ben, ben_watched = someone(stage)
    browsers.sign_in(ben, email=EMAIL, password=PASSWORD)
    phone, phone_watched = someone(stage, viewport=browsers.PHONE, is_mobile=True, has_touch=True)
    browsers.sign_in(phone, email=EMAIL, password=PASSWORD)

    pause_everything(ana)
    expect(ben.get_by_role("button", name="Calling: off")).to_be_visible()
    batch_id = launch_a_batch(ana, client_id)
    for page in (ana, ben, phone):
        watch_the_batch(page, batch_id)
    assert not stage.provider.log.entries
    resume_everything(ben)

    waiting = cancel_a_waiting_call(ana.context.new_page(), ana)
    live = end_a_live_call(ana.context.new_page(), ana)
    until(lambda: stage.server.ask("GET", f"/api/calls/batches/{batch_id}")["status"] == "done", seconds=90)

    for page in (ana, ben, phone):
        everybody_saw_everything(page, waiting=waiting, live=live)
    never_more_than_the_cap(stage.provider)
    assert len(stage.provider.log.entries) == CALLS - 1, "the cancelled one was never dialled"

    finished = next(call for call, seen in ana.evaluate("seen").items() if seen[-1] == "Completed" and call != live)
    read_while_it_plays(ana, finished)
    the_same_address_shows_the_same_rows(ana, ben, batch_id)
    sign_out(phone)
    sign_out(ana)
    for watch in (watched, ben_watched, phone_watched):
        assert watch.errors == []
        assert watch.strangers == []


def someone(stage: Stage, **options: Any) -> tuple[Page, browsers.Watch]:
    """Gives an empty page of a browser of their own."""
    context, watch = browsers.open_context(stage.browser, stage.server.url, **({"viewport": browsers.DESKTOP} | options))
    return context.new_page(), watch


def until(is_right: Callable[[], Any], *, seconds: float = 20) -> Any:
    """Waits until something holds, and gives it."""
    deadline = time.monotonic() + seconds
    while True:
        found = is_right()
        if found:
            return found
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


# before the first call


def script_outcomes(provider: Simulator) -> None:
    """Has everybody answer, and talk for a while."""
    numbers = [row.partition(",")[2] for row in (*GOOD, *MORE)]
    wish = {"outcome": "successful", "ring_seconds": RINGS, "talk_seconds": TALKS, "analysis_seconds": 2}
    wishes = dict.fromkeys(numbers, wish) | {numbers[0]: wish | {"talk_seconds": TALKS_ON}}
    body = json.dumps(wishes).encode()
    request = urllib.request.Request(f"{provider.url}/simulator/outcomes", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=10).close()


def connect_a_client(page: Page) -> str:
    """Adds a client with a key, sees that the key works, and chooses from which number it calls."""
    page.goto("/clients")
    browsers.until_ready(page)
    page.get_by_role("button", name="Add client").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Acme Dental")
    dialog.get_by_label("At a time").fill(str(CAP))
    dialog.get_by_label("Retell key", exact=True).fill(KEY)
    dialog.get_by_role("button", name="Add client").click()
    page.wait_for_url("**/clients/*tab=retell*")
    expect(page.get_by_role("heading", name="Acme Dental")).to_be_visible()
    expect(page.locator(".badge", has_text="Connected")).to_be_visible()
    page.get_by_label("From-number").select_option("+14155550100")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. New calls use it")).to_be_visible()
    page.reload()
    expect(page.get_by_label("From-number")).to_have_value("+14155550100")
    return urlsplit(page.url).path.removeprefix("/clients/")


def open_all_hours(server: servers.Server, client_id: str) -> None:
    """Lets the client call at any hour, for the journey may be walked at night."""
    server.ask("PATCH", f"/api/clients/{client_id}", {"callingHours": servers.HOURS})


def import_a_list(page: Page, client_id: str) -> None:
    """Uploads ten good and five bad rows, and reads why each of the five was refused."""
    page.goto(f"/leads/import?client={client_id}")
    browsers.until_ready(page)
    text = "\n".join(["name,phone", *GOOD, *BAD]) + "\n"
    page.get_by_label("A file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Import 15 rows").click()
    expect(page.get_by_text("10 new leads came in.")).to_be_visible()
    refused = page.get_by_role("table", name="Rows that became no lead").get_by_role("row")
    expect(refused).to_have_count(1 + len(BAD))
    for nth, why in enumerate(BAD.values(), start=1):
        expect(refused.nth(nth)).to_contain_text(str(1 + len(GOOD) + nth))
        expect(refused.nth(nth)).to_contain_text(why)


def import_more(server: servers.Server, client_id: str) -> None:
    """Adds ten more leads over the API."""
    text = "\n".join(["name,phone", *MORE]) + "\n"
    report = server.ask("POST", f"/api/clients/{client_id}/leads/import", text.encode(), kind="text/csv")
    assert report["imported"] == len(MORE)


# twenty calls


def pause_everything(page: Page) -> None:
    page.get_by_role("button", name="Calling: on").click()
    page.get_by_role("menuitem", name="Pause all calling…").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Calling: off")).to_be_visible()


def resume_everything(page: Page) -> None:
    page.get_by_role("button", name="Calling: off").click()
    page.get_by_role("menuitem", name="Resume all calling").click()
    expect(page.get_by_role("button", name="Calling: on")).to_be_visible()


def launch_a_batch(page: Page, client_id: str) -> str:
    """Walks through the wizard; gives the id of the batch."""
    page.goto(f"/batches/new?client={client_id}")
    page.wait_for_url("**step=1*")
    page.get_by_label("Name of the batch").fill("First twenty")
    for step in ("Who", "Check", "Pace and rules", "Launch"):
        if step == "Launch":
            page.get_by_label("At a time").fill(str(CAP))
        page.get_by_role("link", name="Continue").click()
        expect(page.get_by_role("main").get_by_role("heading", level=2, name=step)).to_be_visible()
    page.get_by_role("button", name=f"Launch {CALLS} calls").click()
    page.get_by_role("alertdialog").get_by_role("button", name=f"Launch {CALLS} calls").click()
    page.wait_for_url(lambda url: urlsplit(url).path.startswith("/batches/") and "new" not in url)
    return urlsplit(page.url).path.removeprefix("/batches/")


def watch_the_batch(page: Page, batch_id: str) -> None:
    """Opens the batch's calls and keeps what the list says from now on; a reload would forget it."""
    page.goto(f"/calls?batch={batch_id}")
    browsers.until_ready(page)
    page.evaluate(WATCH)
    until(lambda: len(page.evaluate("seen")) == CALLS)


def now_in(page: Page, words: str) -> list[str]:
    """Gives the ids of the calls whose last words were these."""
    return [call for call, seen in page.evaluate("seen").items() if seen[-1] == words]


def cancel_a_waiting_call(page: Page, lists: Page) -> str:
    """Cancels, on its own page, a call that waits for a place."""
    call_id = now_in(lists, "Waiting")[0]
    page.goto(f"/calls/{call_id}")
    browsers.until_ready(page)
    page.get_by_role("button", name="Cancel this call").first.click()
    expect(badge(page)).to_have_text("Cancelled")
    page.close()
    return call_id


def end_a_live_call(page: Page, lists: Page) -> str:
    """Ends a call in the middle of the talk; it is over only when the provider says so."""
    href = lists.get_by_role("main").get_by_role("link", name=TALKER, exact=True).first.get_attribute("href") or ""
    call_id = urlsplit(href).path.removeprefix("/calls/")
    until(lambda: call_id in now_in(lists, "In progress"), seconds=60)
    page.goto(f"/calls/{call_id}")
    browsers.until_ready(page)
    page.get_by_role("button", name="End call").first.click()
    page.get_by_role("alertdialog").get_by_role("button", name="End call").click()
    expect(badge(page)).to_have_text("Cancelled")
    page.close()
    return call_id


def badge(page: Page) -> Locator:
    return page.locator("main .badge").first


def everybody_saw_everything(page: Page, *, waiting: str, live: str) -> None:
    """Checks that one page showed each status of each call, in order, without being loaded again."""
    until(lambda: all(seen[-1] in ("Completed", "Cancelled") for seen in page.evaluate("seen").values()))
    every: dict[str, list[str]] = page.evaluate("seen")
    assert len(every) == CALLS
    assert every.pop(waiting)[-1] == "Cancelled"
    assert every.pop(live)[-1] == "Cancelled"
    for seen in every.values():
        assert [words for words in seen if words not in ("Waiting", "Scheduled", "Dialling", "Connected")] == [
            "Ringing", "In progress", "Completed",
        ]  # fmt: skip
    assert 0 < page.evaluate("most") <= CAP


def never_more_than_the_cap(provider: Simulator) -> None:
    """Checks at the provider itself how many calls were alive at a time."""
    calls = list(provider.provider.exchange.calls.values())
    changes = sorted([(call.created_at, 1) for call in calls] + [(call.ended_at, -1) for call in calls if call.ended_at])
    alive = most = 0
    for _, change in changes:
        alive += change
        most = max(most, alive)
    assert most == CAP
    assert alive == 0


# afterwards


def read_while_it_plays(page: Page, call_id: str) -> None:
    """Plays a recording, which comes from our own address in parts, and follows the words."""
    with page.expect_response(lambda answer: answer.url.endswith(f"/api/calls/calls/{call_id}/recording")) as loaded:
        page.goto(f"/calls/{call_id}")
    assert loaded.value.status == 206
    browsers.until_ready(page)
    turns = page.get_by_role("list", name="Transcript").get_by_role("listitem")
    expect(turns.first).to_be_visible()
    assert turns.count() >= 2
    page.get_by_role("button", name="Play or pause").first.click()
    page.wait_for_function("document.querySelector('audio').currentTime > 0.5 && !document.querySelector('audio').error")
    expect(page.locator(".turn[aria-current=true]")).to_have_count(1)
    page.get_by_role("button", name="Play or pause").first.click()


def the_same_address_shows_the_same_rows(here: Page, there: Page, batch_id: str) -> None:
    """Filters by clicks in one browser, and opens the address in another."""
    here.goto(f"/calls?batch={batch_id}")
    browsers.until_ready(here)
    here.get_by_role("button", name="Status", exact=False).first.click()
    here.get_by_role("option", name="Completed").or_(here.get_by_label("Completed")).first.click()
    here.wait_for_url("**status=completed*")
    here.keyboard.press("Escape")
    until(lambda: len(rows(here)) == CALLS - 2)
    there.goto(here.url)
    browsers.until_ready(there)
    until(lambda: rows(there) == rows(here))


def rows(page: Page) -> list[str]:
    found: list[str] = page.evaluate("[...document.querySelectorAll('main tr[data-row]')].map(row => row.dataset.row)")
    return found


def sign_out(page: Page) -> None:
    """Signs out from the menu; nothing opens any more."""
    page.get_by_role("button", name="You: Ana Rivera").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url(at_the_door)
    page.goto("/calls")
    page.wait_for_url(at_the_door)


def at_the_door(url: str) -> bool:
    return urlsplit(url).path.startswith("/login")
