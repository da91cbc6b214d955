// Walks through what the search on top has found: arrows move, Esc goes back to the field and clears it.
// The links themselves are ordinary ones, so that a middle click or Ctrl+Enter opens a new tab.
(() => {
  const form = document.querySelector(".find");
  if (!form) return;
  const field = form.querySelector("input");
  const results = form.querySelector(".find-results");
  const items = () => [...results.querySelectorAll(".find-item")];

  function hide() {
    results.hidden = true;
  }

  function step(by) {
    const all = items();
    const next = all.indexOf(document.activeElement) + by;
    if (next < 0) field.focus();
    else all[Math.min(next, all.length - 1)]?.focus();
  }

  form.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      results.hidden = false;
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Escape") {
      field.focus();
      if (results.hidden || !results.childElementCount) field.value = "";
      hide();
    }
  });

  results.addEventListener("htmx:afterSwap", () => {
    results.hidden = document.activeElement !== field;
  });
  field.addEventListener("focus", () => {
    results.hidden = field.value.trim() === "";
  });
  field.addEventListener("input", () => {
    if (field.value.trim() === "") hide();
  });
  document.addEventListener("focusin", (event) => {
    if (!form.contains(event.target)) hide();
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(event.target)) hide();
  });
})();
