// Shows what has just happened. Views send HX-Trigger: {"toast": {"text": "…", "undo": "/url/"}};
// other scripts may call document.body.dispatchEvent(new CustomEvent("toast", {detail: {text: "…"}})).
// A toast stays SHOWN_MS and waits while the pointer or the focus is on it.
(() => {
  const SHOWN_MS = 10_000;
  const place = document.getElementById("toasts");
  if (!place) return;
  const icons = document.getElementById("toast-icons");

  function undo(note, url) {
    note.remove();
    htmx.ajax("POST", url, { source: document.body, target: "#main", swap: "none" });
  }

  function button(label, name, onClick) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = name;
    made.append(label);
    made.addEventListener("click", onClick);
    return made;
  }

  const drawn = (name) => icons.content.querySelector(`[data-icon=${name}] svg`).cloneNode(true);

  function live(note) {
    let timer;
    const leave = () => note.remove();
    const start = () => {
      clearTimeout(timer);
      timer = setTimeout(leave, SHOWN_MS);
    };
    const hold = () => clearTimeout(timer);
    note.addEventListener("pointerenter", hold);
    note.addEventListener("pointerleave", start);
    note.addEventListener("focusin", hold);
    note.addEventListener("focusout", start);
    start();
  }

  function show({ text, undo: url }) {
    const note = document.createElement("div");
    note.className = "toast-note";
    note.append(drawn("check"));
    const words = document.createElement("span");
    words.textContent = text;
    note.append(words);
    if (url) note.append(button(place.dataset.undo, "toast-undo", () => undo(note, url)));
    const close = button(drawn("close"), "toast-close", () => note.remove());
    close.setAttribute("aria-label", place.dataset.close);
    note.append(close);
    while (place.children.length > 2) place.firstElementChild.remove();
    place.append(note);
    live(note);
  }

  document.body.addEventListener("toast", (event) => show(event.detail));

  // A swap that was refused leaves the page as it was; say so, instead of nothing.
  document.body.addEventListener("htmx:responseError", (event) => {
    show({ text: event.detail.xhr.status >= 500 ? place.dataset.broken : place.dataset.refused });
  });
  document.body.addEventListener("htmx:sendError", () => show({ text: place.dataset.offline }));

  // Django's messages come with the page, in a template: adding them now has them announced.
  for (const message of document.querySelectorAll("[data-toast]")) {
    show({ text: message.dataset.toast, undo: message.dataset.undo });
    message.remove();
  }
})();
