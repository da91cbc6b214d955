// A field that offers what fits while one types (the pattern "combobox with a list" of the ARIA practices).
//
//   <div data-combobox>                      what belongs together
//     <input role="combobox" aria-autocomplete="list" aria-expanded="false" aria-controls="LIST" hx-get=… hx-target="#POPUP">
//     <div id="POPUP" data-combobox-popup hidden>
//       filled by htmx: <div role="listbox" id="LIST" data-said="3 found"> of [role=option][tabindex=-1]
//     </div>
//     <p class="unseen" role="status" data-combobox-said></p>
//   </div>
//
// The focus stays in the field; arrows move [aria-activedescendant], Enter clicks that option, Esc closes, then clears.
// Without one chosen, Enter sends the form, or takes the first with data-combobox-first.
(() => {
  const rootOf = (element) => element?.closest?.("[data-combobox]");
  const fieldOf = (root) => root.querySelector("[role=combobox]");
  const popupOf = (root) => root.querySelector("[data-combobox-popup]");
  const optionsOf = (root) => [...popupOf(root).querySelectorAll("[role=option]")];
  const activeOf = (root) => document.getElementById(fieldOf(root).getAttribute("aria-activedescendant") ?? "");
  const isOpen = (root) => !popupOf(root).hidden;

  function activate(root, option) {
    const field = fieldOf(root);
    for (const one of optionsOf(root)) one.setAttribute("aria-selected", String(one === option));
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  function show(root, wanted) {
    const popup = popupOf(root);
    popup.hidden = !wanted || popup.textContent.trim() === "";
    fieldOf(root).setAttribute("aria-expanded", String(!popup.hidden && optionsOf(root).length > 0));
    if (popup.hidden) activate(root, null);
  }

  function move(root, by) {
    show(root, true);
    const all = optionsOf(root);
    if (!all.length) return;
    const now = all.indexOf(activeOf(root));
    // Past an end stands the field itself, and then the other end.
    const next = now < 0 ? (by > 0 ? 0 : all.length - 1) : now + by;
    activate(root, all[next] ?? null);
  }

  function choose(root, event) {
    const inNewTab = event.ctrlKey || event.metaKey;
    const active = isOpen(root) ? activeOf(root) : null;
    if (inNewTab && !active?.matches("a[href]")) return;
    const option = active ?? ("comboboxFirst" in root.dataset ? optionsOf(root)[0] : null);
    if (!option && !("comboboxFirst" in root.dataset)) return;
    event.preventDefault();
    const { ctrlKey, metaKey } = event;
    option?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey }));
  }

  function escape(root, event) {
    if (isOpen(root)) {
      // Only the list is closed, not the drawer that it stands in.
      event.preventDefault();
      show(root, false);
    } else if (fieldOf(root).value) {
      event.preventDefault();
      fieldOf(root).value = "";
      popupOf(root).replaceChildren();
    }
  }

  document.addEventListener("keydown", (event) => {
    const root = rootOf(event.target);
    if (!root || event.target !== fieldOf(root) || event.isComposing) return;
    if (event.key === "Enter") choose(root, event);
    else if (event.key === "Escape") escape(root, event);
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.altKey) {
      event.preventDefault();
      move(root, event.key === "ArrowDown" ? 1 : -1);
    }
  });

  document.addEventListener("input", (event) => {
    const root = rootOf(event.target);
    if (root && event.target === fieldOf(root) && event.target.value.trim() === "") {
      popupOf(root).replaceChildren();
      show(root, false);
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const popup = event.detail.target;
    if (!popup?.matches?.("[data-combobox-popup]")) return;
    const root = rootOf(popup);
    const field = fieldOf(root);
    optionsOf(root).forEach((option, place) => {
      option.id = `${popup.id}-${place + 1}`;
    });
    activate(root, null);
    const typed = field.value.trim() !== "";
    if (!typed) popup.replaceChildren();
    show(root, typed && document.activeElement === field);
    root.querySelector("[data-combobox-said]").textContent = typed ? (popup.querySelector("[data-said]")?.dataset.said ?? "") : "";
  });

  document.addEventListener("focusin", (event) => {
    for (const root of document.querySelectorAll("[data-combobox]")) {
      if (!root.contains(event.target)) show(root, false);
      else if (event.target === fieldOf(root)) show(root, event.target.value.trim() !== "");
    }
  });

  document.addEventListener("click", (event) => {
    for (const root of document.querySelectorAll("[data-combobox]")) {
      if (!root.contains(event.target)) show(root, false);
    }
  });

  // Pressing an option must not take the focus from the field: the list would close before the click.
  document.addEventListener("mousedown", (event) => {
    if (event.button === 0 && event.target.closest("[data-combobox-popup]")) event.preventDefault();
  });
})();
