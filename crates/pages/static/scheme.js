// Light or dark, if the reader chose one; before the page is drawn, so that nothing flashes.
(() => {
  "use strict";
  try {
    const chosen = localStorage.getItem("scheme");
    if (chosen === "light" || chosen === "dark") document.documentElement.dataset.scheme = chosen;
  } catch {
    // No storage: the system's colours.
  }
})();
