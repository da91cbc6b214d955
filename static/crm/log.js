// The log drawer's memory: what is typed is kept for each client until it is saved, whatever happens in between.
//
// - Draft: sessionStorage, one a client. It comes back when the drawer opens again; closing the drawer on purpose
//   throws it away, an error, an ended session or a reload does not.
// - No connection: says so, and tries again with the same idempotency key, so that it is saved once.
// - A number tapped in a row or on a client's page: coming back asks "How did the call go?".
// - A promise to call or visit is ticked as kept only while this contact is that call or visit, and was felt.
(() => {
  const drawer = document.getElementById("drawer");
  if (!drawer) return;
  const FIRST_RETRY_MS = 2_000;
  const LAST_RETRY_MS = 30_000;
  const CALL_IS_FRESH_MS = 2 * 60 * 60 * 1000;
  const CALLED = "log-called";
  const SKIPPED = new Set(["csrfmiddlewaretoken", "customer", "shown", "q", "uploads", "begun", "whole"]);
  const FELT = new Set(["reached", "answered"]);
  let retry = 0;
  let waiting = 0;

  const form = () => drawer.querySelector("#log-form");
  const keyOf = (customer) => `log-draft-${customer}`;
  const say = (text) => document.body.dispatchEvent(new CustomEvent("toast", { detail: { text } }));

  function remember() {
    const now = form();
    if (!now?.dataset.customer) return;
    const typed = [...new FormData(now)].filter(([name]) => !SKIPPED.has(name));
    sessionStorage.setItem(keyOf(now.dataset.customer), JSON.stringify(typed));
  }

  function forget(customer) {
    if (customer) sessionStorage.removeItem(keyOf(customer));
  }

  function bringBack() {
    const now = form();
    const kept = now?.dataset.customer && sessionStorage.getItem(keyOf(now.dataset.customer));
    if (!kept) return;
    const typed = JSON.parse(kept);
    for (const field of now.elements) {
      if (field.matches("[type=radio], [type=checkbox]") && !SKIPPED.has(field.name)) {
        field.checked = typed.some(([name, value]) => name === field.name && value === field.value);
      }
    }
    for (const [name, value] of typed) {
      const field = now.elements.namedItem(name);
      if (field && !(field instanceof RadioNodeList) && field.type !== "checkbox") field.value = value;
    }
    if (!now.querySelector("[name=outcome]:checked")) pickFirstOutcome(now);
    now.dispatchEvent(new Event("change", { bubbles: true }));
    if (typed.some(([name, value]) => ["summary", "next_step"].includes(name) && value)) say(now.dataset.broughtBack);
  }

  function pickFirstOutcome(now) {
    const first = now.querySelector("[name=outcome]");
    if (first) first.checked = true;
  }

  function tickKept(event) {
    if (event.target.dataset.keptBy !== undefined) event.target.dataset.touched = "";
    if (!["channel", "outcome", "direction"].includes(event.target.name)) return;
    const now = form();
    const { channel, outcome } = Object.fromEntries(new FormData(now));
    for (const task of now.querySelectorAll("[data-kept-by]:not([data-touched])")) {
      task.checked = ["call", "visit"].includes(task.dataset.keptBy) && task.dataset.keptBy === channel && FELT.has(outcome);
    }
  }

  // --- Typing, opening, closing ---------------------------------------------------------------------------------

  drawer.addEventListener("change", (event) => {
    tickKept(event);
    remember();
  });
  drawer.addEventListener("input", remember);

  drawer.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== drawer || !form()) return;
    if (event.detail.xhr.status === 422) drawer.querySelector(".is-invalid, .invalid-feedback")?.scrollIntoView({ block: "center" });
    else bringBack();
  });

  drawer.addEventListener("close", () => {
    clearTimeout(waiting);
    retry = 0;
  });
  // Before drawer.js empties it: here it was closed on purpose, saved or not.
  drawer.addEventListener("close", () => forget(form()?.dataset.customer), { capture: true });

  document.body.addEventListener("interaction-logged", (event) => forget(event.detail.customer));

  // --- No connection --------------------------------------------------------------------------------------------

  drawer.addEventListener("htmx:sendError", (event) => {
    if (event.detail.requestConfig?.verb !== "post") return;
    event.stopPropagation();
    if (event.target !== form()) return;
    sayWaiting();
    remember();
    const wait = Math.min(FIRST_RETRY_MS * 2 ** retry, LAST_RETRY_MS);
    retry += 1;
    clearTimeout(waiting);
    waiting = setTimeout(tryAgain, wait);
  });

  drawer.addEventListener("htmx:afterRequest", (event) => {
    if (event.target !== form() || !event.detail.xhr.status) return;
    retry = 0;
    drawer.querySelector(".log-waiting")?.remove();
  });

  // Beside the effect line, which the next preview writes anew.
  function sayWaiting() {
    if (drawer.querySelector(".log-waiting")) return;
    const words = document.createElement("p");
    words.className = "effect effect-soon log-waiting";
    words.setAttribute("role", "alert");
    words.textContent = form().dataset.waiting;
    drawer.querySelector("#log-effect").after(words);
  }

  function tryAgain() {
    clearTimeout(waiting);
    if (drawer.open) form()?.requestSubmit();
  }

  window.addEventListener("online", () => {
    if (retry) tryAgain();
  });

  // --- After a tapped number ------------------------------------------------------------------------------------

  document.addEventListener("click", (event) => {
    const customer = event.target.closest("a[href^='tel:']")?.closest("[data-customer]")?.dataset.customer;
    if (customer) sessionStorage.setItem(CALLED, JSON.stringify({ customer, at: Date.now(), left: false }));
  });

  function called() {
    return JSON.parse(sessionStorage.getItem(CALLED) ?? "null");
  }

  document.addEventListener("visibilitychange", () => {
    const call = called();
    if (!call) return;
    if (document.visibilityState === "hidden") {
      sessionStorage.setItem(CALLED, JSON.stringify({ ...call, left: true }));
    } else if (call.left) {
      ask(call);
    }
  });

  function ask({ customer, at }) {
    sessionStorage.removeItem(CALLED);
    if (drawer.open || Date.now() - at > CALL_IS_FRESH_MS) return;
    const url = document.querySelector("[data-log-any]")?.getAttribute("href");
    if (url) htmx.ajax("GET", `${url}?customer=${customer}&after=call`, { source: document.body, target: "#drawer" });
  }
})();
