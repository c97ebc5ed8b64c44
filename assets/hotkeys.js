/* Keys and small manners of the page: hotkeys click what carries them, rows move by j and k, lists narrow while one types. */
(() => {
  "use strict";
  const root = document.documentElement;
  const FIRST_KEY_MS = 1200;
  const typing = (element) => element?.matches?.("input:not([type=checkbox]):not([type=range]):not([type=radio]), textarea, select, [contenteditable]");
  const isOff = () => root.dataset.hotkeys === "off" || remembered("hotkeys") === "off";
  const remembered = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const remember = (name, value) => { try { localStorage.setItem(name, value); } catch { /* private windows keep nothing */ } };
  const seen = (element) => element && element.getClientRects().length > 0;

  if (remembered("rail") === "narrow") root.dataset.rail = "narrow";

  // A dialog on top takes the keys for itself; only what is inside it may be clicked by one.
  const top = () => [...document.querySelectorAll("[role=dialog], [role=alertdialog], dialog[open]")].filter(seen).pop() || document;
  const click = (combo) => {
    const found = [...top().querySelectorAll("[data-hotkey]")].filter((el) => el.dataset.hotkey === combo && seen(el) && !el.disabled);
    const target = found.pop();
    if (target) target.click();
    return Boolean(target);
  };

  const rows = () => [...document.querySelectorAll("[data-rows] tbody tr[data-row]")].filter(seen);
  const peeked = (list) => list.find((row) => row.dataset.peeked === "true");
  const here = (list) => list.find((row) => row.contains(document.activeElement)) || peeked(list);
  let peekTimer = 0, titleWanted = false, returnTo = "";
  const move = (step) => {
    const list = rows();
    if (!list.length) return false;
    const now = here(list);
    const next = list[now ? Math.max(0, Math.min(list.length - 1, list.indexOf(now) + step)) : 0];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
    if (document.querySelector("[data-peek]")) {
      clearTimeout(peekTimer);
      returnTo = next.dataset.row;
      peekTimer = setTimeout(() => next.querySelector(".row-peek")?.click(), 150);
    }
    return true;
  };
  const onRow = (does) => { const row = here(rows()); if (row) does(row); return Boolean(row); };

  const peekOf = (row) => {
    if (row.dataset.peeked === "true") { document.querySelector("[data-peek-close]")?.click(); return; }
    returnTo = row.dataset.row;
    row.querySelector(".row-peek")?.click();
  };

  const single = {
    j: () => move(1), k: () => move(-1), ArrowDown: () => here(rows()) && move(1), ArrowUp: () => here(rows()) && move(-1),
    " ": () => { titleWanted = true; return document.activeElement?.matches?.("tr[data-row]") && onRow(peekOf); },
    Enter: () => document.activeElement?.matches?.("tr[data-row]") && onRow((row) => row.querySelector(".row-link")?.click()),
    o: () => click("o") || onRow((row) => row.querySelector(".row-link")?.click()),
    x: () => onRow((row) => row.querySelector(".check")?.click()),
    "/": () => { const field = [...document.querySelectorAll("[data-search]")].find(seen); field?.focus(); field?.select?.(); return Boolean(field); },
    f: () => { const chip = [...document.querySelectorAll("[data-filter]")].find(seen); chip?.click(); return Boolean(chip); },
    "?": () => { document.querySelector("[data-keys]")?.showModal(); return true; },
    u: () => { const undo = [...document.querySelectorAll("[data-sonner-toast] [data-button]")].pop(); undo?.click(); return Boolean(undo); },
  };

  let first = "", firstAt = 0;
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const mod = event.ctrlKey || event.metaKey;
    if (mod) {
      const combo = `mod+${event.key.toLowerCase()}`;
      const undoes = combo === "mod+z" && !typing(event.target) && single.u();
      if (undoes || click(combo)) event.preventDefault();
      return;
    }
    if (event.altKey) return;
    const listBox = event.target.closest?.("[data-filters]") || event.target.closest?.("[data-arrow]");
    if (listBox && ["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) { arrow(event, listBox); return; }
    if (event.key === "Escape") {
      // Radix closes its own dialogs, menus and popovers; only with none of them open does Esc reach the page.
      if (!document.querySelector("[data-radix-popper-content-wrapper]") && top() === document && click("escape")) {
        event.preventDefault();
        if (returnTo) setTimeout(() => document.querySelector(`tr[data-row="${CSS.escape(returnTo)}"]`)?.focus({ preventScroll: true }), 250);
      }
      return;
    }
    if (typing(event.target) || isOff()) return;
    if (event.target.matches?.("button, a, summary") && (event.key === " " || event.key === "Enter")) return;
    const now = performance.now();
    if (first && now - firstAt < FIRST_KEY_MS) {
      const done = click(`${first} ${event.key}`);
      first = "";
      if (done) { event.preventDefault(); return; }
    }
    if (event.key === "g") { first = "g"; firstAt = now; return; }
    if (event.shiftKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      if (onRow((row) => { if (!row.querySelector(".check")?.checked) row.querySelector(".check")?.click(); })) {
        move(event.key === "ArrowDown" ? 1 : -1);
        onRow((row) => row.querySelector(".check")?.click());
        event.preventDefault();
      }
      return;
    }
    if ((top() === document || event.key === "?") && single[event.key]?.()) event.preventDefault();
    else if (event.key.length === 1 && click(event.key)) event.preventDefault();
  });

  // Arrow keys in a list that a field narrows: down into it, Enter takes the first.
  const arrow = (event, from) => {
    const list = from.matches("[data-filters]") ? document.querySelector(from.dataset.filters)?.parentElement : from.closest("ul")?.parentElement;
    const items = [...(list?.querySelectorAll("[data-arrow]") || [])].filter(seen);
    if (event.key === "Enter") { if (from.matches("[data-filters]") && !from.form && items[0]) { event.preventDefault(); items[0].click(); } return; }
    event.preventDefault();
    const next = items.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? list.querySelector("[data-filters]") : items[Math.min(next, items.length - 1)])?.focus();
  };
  document.addEventListener("input", (event) => {
    const field = event.target.closest?.("[data-filters]");
    if (!field) return;
    const wanted = field.value.trim().toLowerCase();
    for (const item of document.querySelectorAll(`${field.dataset.filters} > li`)) item.hidden = !item.textContent.toLowerCase().includes(wanted);
  });

  let lastBox = null;
  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const box = at("tr[data-row] .check");
    if (box) {
      const boxes = rows().map((row) => row.querySelector(".check"));
      if (event.shiftKey && lastBox && boxes.includes(lastBox)) {
        const [from, to] = [boxes.indexOf(lastBox), boxes.indexOf(box)].sort((a, b) => a - b);
        for (const other of boxes.slice(from, to)) if (other !== box && other.checked !== box.checked) other.click();
      }
      if (!event.shiftKey) lastBox = box;
      return;
    }
    const row = at("tr[data-row]");
    if (row && !at("a, button, input, label, summary, select") && !String(getSelection())) { titleWanted = false; (row.querySelector(".row-peek") || row.querySelector(".row-link"))?.click(); }
    if (at("[data-toggle-rail]")) {
      const narrow = root.dataset.rail !== "narrow";
      if (narrow) root.dataset.rail = "narrow"; else delete root.dataset.rail;
      remember("rail", narrow ? "narrow" : "wide");
    }
    if (at("[data-open-keys]")) document.querySelector("[data-keys]")?.showModal();
    if (at("[data-close-keys]")) at("dialog")?.close();
    if (at("[data-skip]")) { event.preventDefault(); document.getElementById("main")?.focus(); }
    const copied = at("[data-copy]");
    if (copied) navigator.clipboard?.writeText(copied.dataset.copy).then(() => { copied.dataset.copied = "true"; setTimeout(() => delete copied.dataset.copied, 1500); });
    const eye = at("[data-reveal]");
    if (eye) { const field = document.getElementById(eye.dataset.reveal); field.type = field.type === "password" ? "text" : "password"; field.focus(); }
    if (at("[data-sign-out]")) {
      // A form post of its own: signing out changes something, and the socket must be made anew without the cookie.
      const form = document.createElement("form");
      form.method = "post"; form.action = "/api/session/end";
      document.body.append(form); form.submit();
    }
  });

  // A bar of tabs that is too long for the screen begins with the tab that is open.
  const shownTab = new WeakMap();
  const showTab = (bar) => {
    const now = bar.querySelector('[aria-current="page"]');
    if (!now || shownTab.get(bar) === now) return;
    shownTab.set(bar, now);
    const tab = now.getBoundingClientRect(), whole = bar.getBoundingClientRect();
    bar.scrollLeft += tab.left - whole.left - (whole.width - tab.width) / 2;
  };

  // The half-ticked box of a table's head, and the focus of a peek opened by key, can only be set by script.
  new MutationObserver(() => {
    for (const box of document.querySelectorAll("input[data-mixed]")) box.indeterminate = box.dataset.mixed === "true";
    for (const bar of document.querySelectorAll(".tabs")) showTab(bar);
    for (const said of document.querySelectorAll("[data-announce]")) said.ariaLive = remembered("announce") === "off" ? "off" : "polite";
    if (titleWanted) { const title = document.querySelector("[data-peek-title]"); if (title) { titleWanted = false; title.focus({ preventScroll: true }); } }
  }).observe(document, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-mixed", "aria-current"] });
})();
