// Opens <dialog id="drawer"> when htmx has put something into it, and closes it.
// The browser's modal dialog keeps the focus inside, makes the page behind inert, and gives the focus back.
//
// Closing: a [data-drawer-close] button, Esc, a click on the veil, or the event "drawer:close"
// (a view's HX-Trigger). What was typed is not thrown away without asking.
// Other dialogs: [data-dialog-open="id"] opens, [data-dialog-close] closes.
(() => {
  const drawer = document.getElementById("drawer");
  if (!drawer) return;
  let opener = null;
  let typed = false;

  function open() {
    if (drawer.open) return;
    opener = document.activeElement;
    typed = false;
    drawer.showModal();
    const first = drawer.querySelector("[autofocus]") ?? drawer.querySelector("h2");
    if (first?.matches("h2")) first.tabIndex = -1;
    first?.focus();
  }

  function close() {
    if (!drawer.open) return;
    drawer.close();
  }

  function mayClose() {
    return !typed || confirm(drawer.dataset.question);
  }

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== drawer) return;
    if (drawer.childElementCount) open();
    else close();
  });

  document.body.addEventListener("drawer:close", close);

  drawer.addEventListener("input", (event) => {
    typed ||= event.target.matches("textarea, input[type=text]:not([role=combobox]), input[type=file]") && event.target.value.trim() !== "";
  });

  drawer.addEventListener("cancel", (event) => {
    if (event.target !== drawer) return;
    event.preventDefault();
    if (mayClose()) close();
  });

  drawer.addEventListener("close", (event) => {
    if (event.target !== drawer) return;
    drawer.replaceChildren();
    if (opener?.isConnected) opener.focus();
  });

  drawer.addEventListener("pointerdown", (event) => {
    if (event.target === drawer && outside(event) && mayClose()) close();
  });

  function outside({ clientX, clientY }) {
    const box = drawer.getBoundingClientRect();
    return clientX < box.left || clientX > box.right || clientY < box.top || clientY > box.bottom;
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-drawer-close]")) {
      event.preventDefault();
      if (mayClose()) close();
    }
    const asks = event.target.closest("[data-dialog-open]");
    if (asks) document.getElementById(asks.dataset.dialogOpen)?.showModal();
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
  });
})();
