// Everything works without this file. It shows times in the reader's own zone, lets ages count on, filters the ledger
// while typing, lets "/" reach for the search box, and keeps the colours that the reader chose.
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  // Times: `data-as` names what is written: d(ay), y(ear), t(ime), s(econds), z(one).
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const plain = (name) => (["UTC", "Etc/UTC", "Etc/GMT", "GMT"].includes(name) ? "UTC" : name);
  const parts = new Intl.DateTimeFormat("en-US", {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
    timeZoneName: "short", timeZone: zone,
  });
  const written = document.querySelector("[data-zone]")?.dataset.zone || "UTC";
  const elsewhere = plain(zone) !== plain(written);

  const localise = (time) => {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) return;
    const value = {};
    for (const part of parts.formatToParts(at)) value[part.type] = part.value;
    const has = (letter) => time.dataset.as.includes(letter);
    const date = has("d") ? [value.day, value.month, has("y") ? value.year : ""].filter(Boolean).join(" ") : "";
    const clock = has("t") ? [`${value.hour}:${value.minute}${has("s") ? `:${value.second}` : ""}`, has("z") ? value.timeZoneName : ""].filter(Boolean).join("\u00a0") : "";
    const text = [date, clock].filter(Boolean).join(", ");
    if (time.textContent !== text) time.textContent = text;
  };

  // Ages, in the words of the server.
  const MINUTE = 60;
  const HOUR = 3600;
  const DAY = 86400;
  const two = (seconds, large, largeUnit, small, smallUnit) => {
    const [many, few] = [Math.floor(seconds / large), Math.floor((seconds % large) / small)];
    if (many === 0) return `${few}${smallUnit}`;
    return few === 0 ? `${many.toLocaleString("en-US")}${largeUnit}` : `${many.toLocaleString("en-US")}${largeUnit} ${few}${smallUnit}`;
  };
  const words = {
    lasting(age) {
      const seconds = Math.max(age, 0);
      if (seconds < 10 * MINUTE) return two(seconds, MINUTE, "m", 1, "s");
      const minutes = Math.floor((seconds + 30) / MINUTE) * MINUTE;
      return minutes < DAY ? two(minutes, HOUR, "h", MINUTE, "m") : two(Math.floor((seconds + HOUR / 2) / HOUR) * HOUR, DAY, "d", HOUR, "h");
    },
    ago(age) {
      if (age < 5) return "just now";
      if (age < MINUTE) return `${age}s ago`;
      if (age < HOUR) return `${Math.floor(age / MINUTE)}m ago`;
      return age < DAY ? `${Math.floor(age / HOUR)}h ago` : `${Math.floor(age / DAY).toLocaleString("en-US")}d ago`;
    },
    ahead(age) {
      const seconds = -age;
      const rounded = (unit) => Math.floor((seconds + unit / 2) / unit);
      if (seconds < MINUTE) return "now";
      if (seconds < HOUR) return `in ${rounded(MINUTE)}m`;
      return seconds < DAY ? `in ${rounded(HOUR)}h` : `in ${rounded(DAY).toLocaleString("en-US")}d`;
    },
  };
  // The server's clock counts, not the reader's: the page says when it was made.
  const made = Number(document.querySelector("main")?.dataset.now) * 1000;
  const drift = made ? made - Date.now() + performance.now() : 0;
  const age = (time) => {
    const seconds = Math.floor((Date.now() + drift - new Date(time.dateTime).getTime()) / 1000);
    const word = words[time.dataset.since];
    if (!word || Number.isNaN(seconds)) return;
    const text = word(seconds);
    if (time.textContent !== text) time.textContent = text;
  };

  const times = () => {
    if (!elsewhere) return;
    document.querySelectorAll("time[data-as]").forEach(localise);
    document.querySelectorAll("[data-zone]").forEach((label) => {
      label.textContent = plain(zone) === "UTC" ? "UTC" : `${zone.split("/").pop().replaceAll("_", " ")} time`;
      label.title = zone;
    });
    let above = "";
    for (const day of document.querySelectorAll(".line .at small")) {
      day.classList.toggle("same", day.textContent === above);
      above = day.textContent;
    }
  };
  times();
  if (made) setInterval(() => document.querySelectorAll("time[data-since]").forEach(age), 10_000);

  // The ledger.
  const filter = document.querySelector("[data-filter]");
  const asked = filter?.value;
  const sift = () => {
    const ledger = filter && document.getElementById(filter.dataset.filter);
    const result = document.querySelector("[data-filter-result]");
    if (!ledger || !result) return;
    const wanted = filter.value.trim().toLowerCase();
    const rows = ledger.querySelectorAll("tbody tr:not(.group)");
    let shown = 0;
    for (const row of rows) {
      row.hidden = !row.textContent.toLowerCase().includes(wanted);
      if (!row.hidden) shown += 1;
    }
    for (const group of ledger.tBodies) group.hidden = !group.querySelector("tr:not(.group):not([hidden])");
    const more = document.querySelector(".pager") !== null || asked !== "" ? " Press Enter to look through all monitors." : "";
    result.textContent = wanted === "" || wanted === asked ? "" : `${shown} of ${rows.length} rows on this page.${more}`;
  };
  filter?.addEventListener("input", sift);
  document.addEventListener("tocsin:changed", () => {
    times();
    if (filter && filter.value !== asked) sift();
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.getElementById("search");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });

  // Kinds of channels, while typing.
  const sieve = document.querySelector("[data-sift]");
  sieve?.addEventListener("input", () => {
    const wanted = sieve.value.trim().toLowerCase();
    let shown = 0;
    for (const family of document.querySelectorAll(`#${sieve.dataset.sift} [data-family]`)) {
      const whole = family.querySelector("h2").textContent.toLowerCase().includes(wanted);
      for (const kind of family.querySelectorAll("li")) kind.hidden = !whole && !kind.textContent.toLowerCase().includes(wanted);
      family.hidden = !family.querySelector("li:not([hidden])");
      shown += family.querySelectorAll("li:not([hidden])").length;
    }
    document.querySelector("[data-sift-none]").hidden = shown > 0;
  });

  // What is to be given to others.
  for (const copy of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const field = document.getElementById(copy.dataset.copy);
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        copy.textContent = "Copied";
      } catch {
        // It is selected: the keyboard can copy it.
      }
    });
  }

  // Colours.
  const schemes = { "": "Colours: as the system", light: "Colours: light", dark: "Colours: dark" };
  const button = document.getElementById("scheme");
  const chosen = () => document.documentElement.dataset.scheme || "";
  const dress = (scheme) => {
    if (scheme) document.documentElement.dataset.scheme = scheme;
    else delete document.documentElement.dataset.scheme;
    button.textContent = schemes[scheme];
    try {
      if (scheme) localStorage.setItem("scheme", scheme);
      else localStorage.removeItem("scheme");
    } catch {
      // No storage: until the next page.
    }
  };
  if (button) {
    button.hidden = false;
    dress(chosen());
    button.addEventListener("click", () => {
      const names = Object.keys(schemes);
      dress(names[(names.indexOf(chosen()) + 1) % names.length]);
    });
  }
})();
