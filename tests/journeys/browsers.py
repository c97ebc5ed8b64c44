"""A real Chromium for journeys: how it is found and started, and what a page did that it should not have."""

import contextlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, expect, sync_playwright

FOUND = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--mute-audio",
    "--autoplay-policy=no-user-gesture-required",
)  # fmt: skip
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Starts the system's Chromium, or else the one that Playwright brought."""
    path = next(filter(None, map(shutil.which, FOUND)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """What the pages of one context did wrong, and what they asked the server for."""

    site: str
    also: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def over(self, page: Page) -> None:
        """Looks at a page from now on."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        page.on("requestfailed", self._failure)

    def forget(self) -> None:
        """Forgets what was wrong so far, before another page is looked at."""
        for found in (self.errors, self.strangers, self.failed):
            found.clear()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.location.get('url', '')}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.failed.append(f"{response.status} {response.url}")

    def _failure(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a page that is left breaks off what it was loading
            self.failed.append(f"{request.failure} {request.url}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc not in {
            urlsplit(each).netloc for each in (self.site, *self.also)
        }:
            self.strangers.append(request.url)


def open_context(browser: Browser, site: str, **options: Any) -> tuple[BrowserContext, Watch]:
    """Gives somebody's browser, with cookies of its own, and a watch over every page opened in it."""
    context = browser.new_context(base_url=site, **options)
    context.set_default_timeout(PATIENCE_MS)
    watch = Watch(site)
    context.on("page", watch.over)
    return context, watch


def until_ready(page: Page) -> str:
    """Waits until the page shows what it has; gives "ready", "empty" or whatever else it came to."""
    page.wait_for_selector("main[data-state]:not([data-state=loading])", state="attached")
    return page.get_attribute("main", "data-state") or ""


def setup_address(log: str) -> str:
    """The address at which the first admin is made, with the code that the server wrote to its log."""
    found = re.findall(r"address='?(http\S+?/setup\?code=[^\s']+)", log)
    assert found, f"no address to set up at in the log: {log[-500:]}"
    return str(found[-1])


def set_up(page: Page, log: str, *, email: str, password: str) -> None:
    """Makes the first admin with the code that the server wrote to its log."""
    page.goto("/")
    page.wait_for_url("**/setup*")
    page.goto(setup_address(log))
    expect(page.get_by_label("One-time code")).not_to_have_value("")  # the page has read its address
    page.get_by_label("Your name").fill("Ana Rivera")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Workspace").fill("Northside")
    page.get_by_role("button", name="Create workspace").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    until_ready(page)


def sign_in(page: Page, *, email: str, password: str) -> None:
    """Signs in at the door."""
    page.goto("/login")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    until_ready(page)
