"""How a page shows that an event has arrived: in the messages a tab is sent, and in the document of a real browser."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psutil

from callcenter.ui import theme, words
from tests.benchmarks.tabs import deltas
from tests.journeys import browsers

#: What a call has cost by the event that tells it, in cents: so that a row shows which event it has seen last.
CENTS = {"call_ended": 21, "call_analyzed": 90}
KINDS = ("call_started", *CENTS)
#: What a call is shown as once it has started: connected until its transcript comes.
STARTED = ("connected", "in_progress")
_COSTS = {words.money(cents * 10_000): rank for rank, cents in enumerate(CENTS.values(), start=2)}

#: (call, how many of its events are seen); for the Live page, which shows sums, ("", how many calls have ended).
Sight = tuple[str, int]


def sights(text: str) -> Iterator[Sight]:
    """Gives what a message shows; whoever shows the third event of a call shows the first two as well."""
    changed = deltas(text)
    for row in changed.get("callcenter___ui___pages___calls_state____calls_state", {}).get("rows_rx_state_", ()):
        yield row["id"], _rank(row)
    head = changed.get("callcenter___ui___pages___call_state____call_state", {}).get("head_rx_state_")
    if head:
        yield head["id"], _rank(head)
    tiles = changed.get("callcenter___ui___pages___home_state____home_state", {}).get("tiles_rx_state_")
    if tiles and (reached := tiles["answered"]["note"].split(" of ")[0].replace(",", "")).isdigit():
        yield "", int(reached)


def _rank(shown: dict[str, Any]) -> int:
    return _COSTS.get(shown["cost"], int(shown["status"] in STARTED))


def first_seen(heard: list[tuple[float, str]]) -> dict[Sight, float]:
    """Gives when each sight came first, from the messages of one tab."""
    seen: dict[Sight, float] = {}
    best: dict[str, int] = {}
    for at, text in heard:
        for key, rank in sights(text):
            for each in range(best.get(key, 0) + 1, rank + 1):
                seen[key, each] = at
            best[key] = max(rank, best.get(key, 0))
    return seen


WATCH = """
([started, first, second]) => {
  window.seen = {};
  const look = () => {
    const at = Date.now();
    for (const row of document.querySelectorAll("table[data-rows] tbody tr")) {
      const link = row.querySelector("a[href^='/calls/']"), words = row.textContent;
      const rank = words.includes(second) ? 3 : words.includes(first) ? 2 : started.some((word) => words.includes(word)) ? 1 : 0;
      if (!link || !rank) continue;
      const known = window.seen[new URL(link.href).pathname.split("/")[2]] ||= {};
      for (let each = 1; each <= rank; each++) known[each] ||= at;
    }
  };
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, characterData: true});
  look();
}
"""


@dataclass
class Chromium:
    """A real browser on the list of calls, in a thread of its own; `seen` is there once it has been left."""

    site: str
    cookie: str
    seen: dict[Sight, float] = field(default_factory=dict[Sight, float])
    _is_open: threading.Event = field(default_factory=threading.Event)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Opens the page and waits until it shows its rows."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        if not self._is_open.wait(60):
            raise AssertionError("the browser did not come to show the calls")

    def stop(self) -> dict[Sight, float]:
        """Closes it; gives when it first showed each sight, on the clock of `time.monotonic`."""
        self._is_over.set()
        if self._thread:
            self._thread.join(60)
        return self.seen

    def _run(self) -> None:
        name, _, value = self.cookie.partition("=")
        with browsers.chromium() as browser:
            context, _watch = browsers.open_context(browser, self.site, viewport=browsers.DESKTOP)
            context.add_cookies([{"name": name, "value": value, "url": self.site}])
            page = context.new_page()
            page.goto("/calls")
            browsers.until_ready(page)
            _step_back()
            page.evaluate(WATCH, [[theme.STATUS[status].word for status in STARTED], *_COSTS])
            self._is_open.set()
            while not self._is_over.wait(0.5):
                page.title()  # lets the browser's messages through
            behind = time.time() - time.monotonic()
            found: dict[str, dict[str, int]] = page.evaluate("() => window.seen")
            self.seen = {(call, int(rank)): at / 1000 - behind for call, ranks in found.items() for rank, at in ranks.items()}


def _step_back() -> None:
    """Leaves the processor to the server first: in earnest a browser draws on a machine of its own."""
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "chrom" in process.name():
                process.nice(19)
