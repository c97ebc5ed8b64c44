/* Keeps times true in the browser: "4 min ago", running times, and how fresh the data is when the connection is gone. */
(() => {
  "use strict";
  const pad = (n) => String(n).padStart(2, "0");
  const clock = (date, seconds) => new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", ...(seconds && { second: "2-digit" }) }).format(date);

  const ago = (at, now) => {
    const seconds = (now - at) / 1000;
    if (seconds < 60) return "just now";
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    return null; // older ones were worded by the server and change too slowly to matter here
  };

  const running = (at, now) => {
    const total = Math.max(0, Math.floor((now - at) / 1000));
    const hours = Math.floor(total / 3600), minutes = Math.floor(total / 60) % 60, seconds = total % 60;
    return hours ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
  };

  // React owns the text node: change its value, never replace it.
  // Before React has taken the page over, a changed text would make it throw the page away.
  const isReacts = (element) => Object.keys(element).some((name) => name.startsWith("__reactFiber"));
  const say = (element, words) => {
    if (!isReacts(element) || words === null || element.textContent === words) return;
    if (element.firstChild && element.firstChild.nodeType === 3) element.firstChild.nodeValue = words;
    else element.textContent = words;
  };

  const tick = () => {
    const now = Date.now();
    for (const element of document.querySelectorAll("time[data-running]")) {
      const at = Date.parse(element.dateTime);
      if (!Number.isNaN(at)) say(element, running(at, now));
    }
    for (const element of document.querySelectorAll("time[data-ago]")) {
      const at = Date.parse(element.dateTime);
      if (!Number.isNaN(at)) say(element, ago(at, now));
    }
  };

  // A wall shows the time and must not go dark; browsers let go of the lock whenever the page is hidden.
  let wake = null;
  const wall = () => {
    for (const element of document.querySelectorAll("[data-clock]")) say(element, clock(new Date()));
    if (!wake && document.visibilityState === "visible" && document.querySelector("[data-stay-awake]")) {
      wake = navigator.wakeLock?.request("screen").then((lock) => lock.addEventListener("release", () => { wake = null; })).catch(() => {});
    }
  };

  // The connection. Reflex counts its failures in an element of ours; being down for under 2 s is not worth a word.
  let downSince = null, lastData = new Date(), backTimer = 0;
  const root = document.documentElement;
  const isDown = () => !navigator.onLine || document.querySelector("[data-link-errors]")?.dataset.linkErrors > 0;

  const mark = (state) => {
    if (state) root.dataset.link = state; else delete root.dataset.link;
    const main = document.getElementById("main");
    if (!main) return;
    if (state === "lost" || state === "dead") {
      if (main.dataset.state !== "stale") { main.dataset.before = main.dataset.state; main.dataset.state = "stale"; }
    } else if (main.dataset.state === "stale" && main.dataset.before) {
      main.dataset.state = main.dataset.before;
    }
    for (const control of document.querySelectorAll("[data-needs-server]")) {
      const off = state === "lost" || state === "dead";
      if (off) { control.setAttribute("aria-disabled", "true"); control.title = control.title || "Not connected to the server"; }
      else if (control.title === "Not connected to the server") { control.removeAttribute("aria-disabled"); control.removeAttribute("title"); }
    }
  };

  const watch = () => {
    if (!isDown()) {
      if (downSince !== null) {
        const wasSaid = root.dataset.link === "lost" || root.dataset.link === "dead";
        downSince = null;
        mark(wasSaid ? "back" : "");
        clearTimeout(backTimer);
        if (wasSaid) backTimer = setTimeout(() => mark(""), 3000);
      }
      lastData = new Date();
      return;
    }
    downSince ??= Date.now();
    const seconds = Math.floor((Date.now() - downSince) / 1000);
    if (seconds < 2) return;
    for (const element of document.querySelectorAll("[data-link-since]")) element.textContent = clock(lastData, true);
    for (const element of document.querySelectorAll("[data-link-for]")) element.textContent = `${Math.max(1, Math.floor(seconds / 60))} min`;
    mark(seconds >= 60 ? "dead" : "lost");
  };

  document.addEventListener("click", (event) => {
    // Reflex tries again at once when a tab becomes visible; that is what "Try now" means.
    if (event.target.closest?.("[data-link-retry]")) document.dispatchEvent(new Event("visibilitychange"));
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-needs-server][aria-disabled='true']")) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  setInterval(() => { tick(); watch(); wall(); }, 1000);
  new MutationObserver(() => requestAnimationFrame(() => { tick(); wall(); })).observe(document, { childList: true, subtree: true });
  tick();
})();
