/* Ticking clients of the list: all of the page at once, and how many are ticked. Without it the form works as it is. */
(() => {
  "use strict";

  const boxes = () => [...document.querySelectorAll("[data-tick]")];

  const show = () => {
    const go = document.querySelector("[data-tick-go]");
    if (!go) {
      return;
    }
    const ticked = boxes().filter((box) => box.checked).length;
    const all = document.querySelector("[data-tick-all]");
    const count = go.querySelector("[data-tick-count]");
    document.querySelector("[data-ticks-all]").hidden = false;
    all.checked = ticked > 0 && ticked === boxes().length;
    all.indeterminate = ticked > 0 && !all.checked;
    go.disabled = ticked === 0;
    count.hidden = ticked === 0;
    count.textContent = ticked;
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-tick-all]")) {
      boxes().forEach((box) => {
        box.checked = event.target.checked;
      });
    }
    if (event.target.matches("[data-tick], [data-tick-all]")) {
      show();
    }
  });
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("DOMContentLoaded", show);
  window.addEventListener("pageshow", show);
})();
