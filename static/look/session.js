// A session that has ended answers a fragment with the sign-in page. It must not land in a drawer:
// reading goes on after signing in; for something typed, say so first, so that it can be copied.
(() => {
  const signIn = document.body.dataset.signIn;

  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig } = event.detail;
    const landed = xhr.responseURL && new URL(xhr.responseURL).pathname;
    if (!landed || landed !== signIn || location.pathname === signIn) return;
    event.detail.shouldSwap = false;
    if (requestConfig.verb === "get") {
      location.assign(`${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
    } else {
      const text = document.getElementById("toasts").dataset.signedOut;
      document.body.dispatchEvent(new CustomEvent("toast", { detail: { text } }));
    }
  });
})();
