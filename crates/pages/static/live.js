// An open page changes by itself, and says whether it does. htmx keeps the stream and morphs what it sends into place;
// this file keeps the mark beside the search box honest, waits while the reader's hand is on the page, and lets what
// changed glow once.
(() => {
  "use strict";
  const main = document.querySelector("main[data-live]");
  const mark = document.getElementById("mark");
  if (!main || !mark || typeof htmx === "undefined") return;

  // A stream beats every 15 seconds; two that fail to come are too many.
  const SILENT_MS = 35_000;
  const GIVEN_UP_MS = 15 * 60_000;
  // The hand is off the page once it has rested this long; nobody waits longer than a minute for it.
  const REST_MS = 700;
  const PATIENCE_MS = 60_000;

  let heard = 0;
  let trouble = "";
  let refused = 0;
  let lost = 0;
  // One request at a time: a second one would wait for the end of the first one's stream.
  let asking = false;
  const ANSWER_MS = 20_000;

  const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });

  const show = (state, text, hint) => {
    if (mark.dataset.state === state && mark.textContent === text) return;
    mark.dataset.state = state;
    mark.textContent = text;
    mark.title = hint;
    mark.hidden = false;
  };

  const judge = () => {
    const now = Date.now();
    if (heard && now - heard <= SILENT_MS && !lost) {
      if (trouble) show("ill", "not watching", trouble);
      else show("live", "live", "This page changes by itself.");
      return;
    }
    lost = lost || heard || now;
    if (refused === 401 || refused === 403 || refused === 404 || now - lost > GIVEN_UP_MS) {
      show("stopped", "stopped", `What you see is from ${clock(lost)}. Load the page again.`);
    } else {
      show("lost", `reconnecting since ${clock(lost)}`, `What you see is from ${clock(lost)}.`);
    }
  };

  const alive = () => {
    heard = Date.now();
    lost = 0;
    refused = 0;
    judge();
  };

  const dead = (status) => {
    refused = status || 0;
    lost = lost || Date.now();
    judge();
  };

  // Asked for here and not by an attribute: htmx looks for attributes once, as soon as it is there itself, and where this
  // file comes a moment later than it, nobody would ever ask.
  htmx.config.sse = { reconnect: true, pauseOnBackground: true, releaseOn: "immediate" };
  const connect = async () => {
    if (asking) return;
    asking = true;
    try {
      await htmx.ajax("GET", main.dataset.live, { source: main, swap: "none", timeout: ANSWER_MS });
    } finally {
      asking = false;
    }
  };

  main.addEventListener("beat", (event) => {
    trouble = event.detail.data === "well" ? "" : event.detail.data;
    alive();
  });
  main.addEventListener("htmx:sse:error", (event) => dead(event.detail.status));
  main.addEventListener("htmx:sse:close", () => dead(0));
  main.addEventListener("htmx:response:error", (event) => dead(event.detail.ctx?.response?.status));
  main.addEventListener("htmx:error", () => dead(0));

  setInterval(() => {
    judge();
    if (document.hidden) return;
    const stream = main._htmx?.sse;
    // Half open: the network went and nobody told us.
    if (stream && heard && Date.now() - heard > SILENT_MS && stream.reader) stream.reader.cancel();
    else if (!stream && refused !== 401 && refused !== 403 && refused !== 404) connect();
  }, 5_000);
  document.addEventListener("visibilitychange", () => {
    // In the background the stream rests, so that many tabs do not use up the browser's connections.
    if (!document.hidden && heard && Date.now() - heard > SILENT_MS) judge();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  // The reader's hand.
  let moved = 0;
  let pressed = false;
  const touch = () => { moved = performance.now(); };
  for (const kind of ["pointermove", "wheel", "keydown", "scroll"]) addEventListener(kind, touch, { passive: true, capture: true });
  addEventListener("pointerdown", () => { pressed = true; touch(); }, { passive: true, capture: true });
  for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, () => { pressed = false; touch(); }, { passive: true, capture: true });

  const busy = () => pressed || performance.now() - moved < REST_MS || !(getSelection()?.isCollapsed ?? true);
  const free = () => new Promise((resolve) => {
    const began = performance.now();
    const look = () => {
      if (!busy() || performance.now() - began > PATIENCE_MS) resolve();
      else setTimeout(look, 150);
    };
    look();
  });

  main.addEventListener("htmx:sse:before:message", (event) => {
    const { message } = event.detail;
    if (message.event) return;
    alive();
    const places = [...message.data.matchAll(/<hx-partial hx-target="(#live-[a-z]+)"/g)].map((found) => found[1]);
    // The page is of another build than it was: what is sent has no place here.
    if (places.some((place) => !document.querySelector(place))) location.reload();
    if (main.dataset.seen) event.detail.waitUntil(free());
  });

  // What changed glows once. The first message brings a page up to date that was just loaded.
  let records = [];
  const watcher = new MutationObserver((more) => records.push(...more));
  const rowOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement)?.closest("[data-row]");
  const changed = () => {
    const rows = new Set();
    for (const record of records) {
      const place = record.target.nodeType === Node.ELEMENT_NODE ? record.target : record.target.parentElement;
      if (!place || place.closest("time, [data-filter-result]")) continue;
      if (rowOf(place)) rows.add(rowOf(place));
      for (const node of record.addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        if (node.matches("[data-row]")) rows.add(node);
        else node.querySelectorAll("[data-row]").forEach((row) => rows.add(row));
      }
    }
    return rows;
  };
  main.addEventListener("htmx:before:swap", () => {
    records = [];
    watcher.observe(main, { subtree: true, childList: true, characterData: true });
  });
  main.addEventListener("htmx:after:swap", () => {
    records.push(...watcher.takeRecords());
    watcher.disconnect();
    const rows = changed();
    document.dispatchEvent(new CustomEvent("tocsin:changed"));
    if (main.dataset.seen) {
      for (const row of rows) {
        row.classList.remove("news");
        void row.offsetWidth;
        row.classList.add("news");
      }
    }
    main.dataset.seen = "yes";
  });

  connect();
})();
