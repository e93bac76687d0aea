// Every page of the console is whole without this file. It asks for the page again when something changed, and swaps
// the parts that are different; it adds the reader's own clock to times; it knows two keys.
"use strict";
(() => {
  const PREVIEW_MS = 250, RETRY_MS = 3000, PATIENCE_MS = 4000;
  const main = document.querySelector("main.console");
  const offline = document.getElementById("offline");
  if (!main || !offline) return;

  const say = sentence => { offline.hidden = !sentence; offline.textContent = sentence ?? ""; };

  function localise(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
      time.dataset.local = "";
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime()) || at.getTimezoneOffset() === 0) continue;
      const day = at.getDate() === at.getUTCDate() ? "" : `${at.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} `;
      const local = document.createElement("span");
      local.className = "local";
      local.textContent = `${day}${at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })} here`;
      time.append(" ", local);
    }
  }

  // What the server sent for each part, so that what was added here doesn't count as a change. Nor does a form's token,
  // which is another one each time and as good as the one before.
  const sent = new Map();
  const told = part => part.innerHTML.replace(/<input type="hidden"[^>]*>/g, "");
  const partsOf = root => root.querySelectorAll("[data-part]");

  function swap(fresh) {
    for (const part of partsOf(document)) {
      const other = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
      if (!other || sent.get(part.dataset.part) === told(other)) continue;
      const active = part.contains(document.activeElement) ? document.activeElement : null;
      if (active?.matches("input, select, textarea")) continue; // Somebody is typing there.
      sent.set(part.dataset.part, told(other));
      const same = active && (active.hasAttribute("href") ? `a[href="${CSS.escape(active.getAttribute("href"))}"]` : active.value ? `button[value="${CSS.escape(active.value)}"]` : null);
      part.replaceChildren(...other.childNodes);
      localise(part);
      if (same) part.querySelector(same)?.focus({ preventScroll: true });
    }
    if (fresh.title) document.title = fresh.title;
  }

  let asking = false, again = null;
  async function refresh(address) {
    if (asking) { again = address; return; }
    asking = true;
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") say("You are signed out. Reload this page to sign in again.");
      else if (!answer.ok) say(`The bridge answers ${answer.status}. What you see may be old: reload this page.`);
      else { swap(new DOMParser().parseFromString(await answer.text(), "text/html")); say(null); }
    } catch {
      say("The bridge doesn't answer. What you see may be old.");
    }
    asking = false;
    if (again) { const next = again; again = null; refresh(next); }
  }
  const here = () => location.pathname + location.search;

  // A tab that nobody sees doesn't listen: browsers open six connections to one host, and each listener holds one.
  let source = null, patience = 0;
  const names = ["changed", "replica", "streams", "confirmed"];
  function listen() {
    clearTimeout(patience);
    source?.close();
    source = null;
    if (!main.dataset.live || document.hidden) return;
    source = new EventSource(main.dataset.live);
    source.onopen = () => { clearTimeout(patience); refresh(here()); };
    source.onerror = () => {
      clearTimeout(patience);
      const gone = source?.readyState === EventSource.CLOSED;
      patience = setTimeout(() => {
        refresh(here());
        if (gone) listen();
      }, gone ? RETRY_MS : PATIENCE_MS);
    };
    for (const name of names) source.addEventListener(name, () => refresh(here()));
  }

  const every = Number(main.dataset.every ?? 0);
  if (every > 0) setInterval(() => { if (!document.hidden) refresh(here()); }, every * 1000);
  document.addEventListener("visibilitychange", listen);
  addEventListener("pageshow", shown => { if (shown.persisted) { listen(); refresh(here()); } });

  // The preview follows what is typed.
  const form = document.querySelector("form[data-preview]");
  let typing = 0;
  form?.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => refresh(`${form.dataset.preview}?${new URLSearchParams(new FormData(form))}`), PREVIEW_MS);
  });

  // One press is one order.
  let submitted = false;
  document.addEventListener("submit", event => {
    if (event.target.method !== "post") return;
    if (submitted) event.preventDefault();
    submitted = true;
    setTimeout(() => { submitted = false; }, PATIENCE_MS);
  });

  const keys = document.getElementById("keys");
  const on = () => localStorage.getItem("keys") !== "off";
  const label = () => { keys.textContent = on() ? "Turn single keys off" : "Turn single keys on"; };
  if (keys) {
    keys.hidden = false;
    label();
    keys.addEventListener("click", () => { localStorage.setItem("keys", on() ? "off" : "on"); label(); });
  }
  document.addEventListener("keydown", event => {
    if (!on() || event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.target.matches?.("input, select, textarea")) return;
    document.querySelector(`[data-key="${CSS.escape(event.key)}"]`)?.click();
  });

  for (const part of partsOf(document)) sent.set(part.dataset.part, told(part));
  localise(document);
  listen();
})();
