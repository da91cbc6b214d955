// <details class="menu"> behaves as a menu: one open at a time; Esc, a click elsewhere
// and the focus moving away close it.
(() => {
  const others = (kept) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!kept || !menu.contains(kept)) menu.open = false;
    }
  };

  document.addEventListener("click", (event) => others(event.target));
  document.addEventListener("focusin", (event) => others(event.target));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    if (!menu) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
