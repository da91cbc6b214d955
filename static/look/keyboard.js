// Keys for people who log many calls a day. Single keys act only while no field has the focus and
// only when <body data-keys="on"> (a preference); Ctrl+K and Ctrl+Enter always act.
//
//   l  log, for the row that has the focus, else for anyone     j k  next and previous [data-row]
//   /  Ctrl+K  search        u  undo what the last toast says    ?    list of keys
//   1-9  inside [data-digits]: the choice with [data-digit]      Ctrl+Enter  sends the form
(() => {
  const TEXT = "input:not([type=radio], [type=checkbox], [type=button], [type=submit]), textarea, select, [contenteditable]";
  const singleKeys = () => document.body.dataset.keys === "on";
  const inDialog = () => document.querySelector("dialog[open]");

  function search() {
    const field = document.querySelector(".find input");
    field?.focus();
    field?.select();
  }

  function walk(by) {
    const rows = [...document.querySelectorAll("[data-row]")].filter((row) => row.checkVisibility());
    if (!rows.length) return;
    const now = rows.findIndex((row) => row.contains(document.activeElement));
    const next = now < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(now + by, 0), rows.length - 1);
    const link = rows[next].querySelector("[data-row-link], a[href]");
    link?.focus({ focusVisible: true });
    rows[next].scrollIntoView({ block: "nearest" });
  }

  function log() {
    const row = document.activeElement?.closest("[data-row]");
    const button = row?.querySelector("[data-log]") ?? document.querySelector("[data-log-this], [data-log-any]");
    button?.click();
  }

  const acts = {
    "/": search,
    j: () => walk(1),
    k: () => walk(-1),
    l: log,
    u: () => document.querySelector(".toast-undo")?.click(),
    "?": () => document.getElementById("keys-help")?.showModal(),
  };

  function withControl(event) {
    if (event.key.toLowerCase() === "k" && !inDialog()) {
      event.preventDefault();
      search();
    } else if (event.key === "Enter") {
      const form = event.target.closest?.("form[data-ctrl-enter]") ?? document.querySelector("dialog[open] form[data-ctrl-enter]");
      if (!form) return;
      event.preventDefault();
      form.requestSubmit();
    }
  }

  function digit(event) {
    const group = event.target.closest?.("[data-digits]");
    const choice = group?.querySelector(`[data-digit="${CSS.escape(event.key)}"]`);
    if (!choice) return;
    event.preventDefault();
    choice.focus();
    choice.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey) {
      if (!event.altKey && !event.shiftKey) withControl(event);
      return;
    }
    if (event.altKey || !singleKeys() || event.target.closest?.(TEXT)) return;
    if (inDialog()) {
      if (/^[1-9]$/.test(event.key)) digit(event);
      return;
    }
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
