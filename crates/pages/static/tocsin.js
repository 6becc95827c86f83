// Everything works without this file. It shows times in the reader's own zone, filters the ledger while typing,
// and lets "/" reach for the search box.
(() => {
  "use strict";
  document.documentElement.classList.add("js");

  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const parts = new Intl.DateTimeFormat("en-US", {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
    timeZoneName: "short", timeZone: zone,
  });

  // `data-as` names what is written: d(ay), y(ear), t(ime), s(econds), z(one).
  const localise = (time) => {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) return;
    const value = {};
    for (const part of parts.formatToParts(at)) value[part.type] = part.value;
    const has = (letter) => time.dataset.as.includes(letter);
    const date = has("d") ? [value.day, value.month, has("y") ? value.year : ""].filter(Boolean).join(" ") : "";
    const clock = has("t") ? [`${value.hour}:${value.minute}${has("s") ? `:${value.second}` : ""}`, has("z") ? value.timeZoneName : ""].filter(Boolean).join("\u00a0") : "";
    time.textContent = [date, clock].filter(Boolean).join(", ");
  };
  if (!["UTC", "Etc/UTC", "Etc/GMT", "GMT"].includes(zone)) {
    document.querySelectorAll("time[data-as]").forEach(localise);
    document.querySelectorAll("[data-zone]").forEach((label) => {
      label.textContent = `${zone.split("/").pop().replaceAll("_", " ")} time`;
      label.title = zone;
    });
    let above = "";
    for (const day of document.querySelectorAll(".line .at small")) {
      day.classList.toggle("same", day.textContent === above);
      above = day.textContent;
    }
  }

  const filter = document.querySelector("[data-filter]");
  const ledger = filter && document.getElementById(filter.dataset.filter);
  if (ledger) {
    const result = document.querySelector("[data-filter-result]");
    const elsewhere = document.querySelector(".pager") !== null;
    const asked = filter.value;
    const rows = [...ledger.querySelectorAll("tbody tr:not(.group)")].map((row) => [row, row.textContent.toLowerCase()]);
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      let shown = 0;
      for (const [row, text] of rows) {
        row.hidden = !text.includes(wanted);
        if (!row.hidden) shown += 1;
      }
      for (const group of ledger.tBodies) group.hidden = !group.querySelector("tr:not(.group):not([hidden])");
      const more = elsewhere || asked !== "" ? " Press Enter to look through all monitors." : "";
      result.textContent = wanted === "" || wanted === asked ? "" : `${shown} of ${rows.length} rows on this page.${more}`;
    });
  }

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const box = document.getElementById("search");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();
