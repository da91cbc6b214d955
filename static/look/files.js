// Files in a form ([data-files], templates/look/_files_field.html): chosen one after the other, dropped, pasted or
// photographed; shown with their size, each may be left out again; what is too large is said before it is sent.
//
// What was chosen stays through an answer with faults, which draws the form anew, until the drawer closes.
// [data-files-drop="address"]: a file dropped there opens the form of that address in the drawer, with it.
(() => {
  const drawer = document.getElementById("drawer");
  const language = document.documentElement.lang;
  const SHOW_PROGRESS_FROM = 200_000;
  const NOTHING = { action: "", customer: "", files: [] };
  let held = NOTHING;

  const formOf = (field) => field.closest("form");
  const inputOf = (field) => field.querySelector("input[type=file][name]");
  const isFile = (node) => node instanceof HTMLInputElement && node.type === "file";
  const actionOf = (form) => new URL(form.action).pathname;

  // Chosen before a client was, they are for whoever is chosen then.
  function isOf(form) {
    return held.action === actionOf(form) && ["", form.dataset.customer ?? ""].includes(held.customer);
  }

  function fieldNow() {
    return drawer?.open ? drawer.querySelector("[data-files]") : document.querySelector("main [data-files]");
  }

  function sized(bytes) {
    const [amount, unit] = bytes < 1_048_576 ? [bytes / 1024, "kilobyte"] : [bytes / 1_048_576, "megabyte"];
    return new Intl.NumberFormat(language, { style: "unit", unit, maximumFractionDigits: 1 }).format(amount);
  }

  const filled = (text, words) => text.replace(/\{(\w+)\}/g, (_all, name) => words[name]);
  const same = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

  // --- What is chosen ---------------------------------------------------------------------------------------------

  function put(field, files) {
    const input = inputOf(field);
    const box = new DataTransfer();
    for (const file of files) box.items.add(file);
    input.files = box.files;
    const form = formOf(field);
    held = { action: actionOf(form), customer: form.dataset.customer ?? "", files: [...files] };
    draw(field);
    // Whoever keeps what was typed hears of it; a mere change would ask for a preview.
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function add(field, more) {
    const { limit, most } = inputOf(field).dataset;
    const problems = [];
    const files = [...chosen(field)];
    for (const file of more) {
      if (file.size > Number(limit)) {
        problems.push(filled(field.dataset.large, { name: file.name, size: sized(file.size), most: sized(Number(limit)) }));
      } else if (!files.some((one) => same(one, file))) {
        files.push(file);
      }
    }
    if (files.length > Number(most)) problems.push(filled(field.dataset.many, { most }));
    say(field, problems.join(" "));
    put(field, files.slice(0, Number(most)));
  }

  function chosen(field) {
    return isOf(formOf(field)) ? held.files : [];
  }

  function say(field, text) {
    const place = field.querySelector("[data-files-problem]");
    place.textContent = text;
    place.hidden = !text;
    // What the server said was about what was chosen before.
    for (const old of field.querySelectorAll(".invalid-feedback:not([data-files-problem])")) old.remove();
  }

  function draw(field) {
    const rows = [...inputOf(field).files].map((file, at) => {
      const row = document.createElement("li");
      const name = document.createElement("bdi");
      const size = document.createElement("small");
      const away = document.createElement("button");
      name.textContent = file.name;
      size.textContent = sized(file.size);
      away.type = "button";
      away.className = "btn btn-quiet btn-only";
      away.textContent = "×";
      away.dataset.filesAway = at;
      away.setAttribute("aria-label", filled(field.dataset.away, { name: file.name }));
      row.append(name, size, away);
      return row;
    });
    field.querySelector("[data-files-list]").replaceChildren(...rows);
  }

  // Before anybody else hears of it: the form's own preview does not depend on files.
  document.addEventListener(
    "change",
    (event) => {
      const field = isFile(event.target) && event.target.closest("[data-files]");
      if (!field) return;
      event.stopPropagation();
      const files = [...event.target.files];
      if (event.target.dataset.filesCamera !== undefined) event.target.value = "";
      add(field, files);
    },
    { capture: true },
  );

  document.addEventListener("click", (event) => {
    const away = event.target.closest("[data-files-away]");
    if (!away) return;
    const field = away.closest("[data-files]");
    const at = Number(away.dataset.filesAway);
    say(field, "");
    put(field, chosen(field).filter((_file, index) => index !== at));
    const left = field.querySelectorAll("[data-files-away]");
    (left[Math.min(at, left.length - 1)] ?? inputOf(field)).focus();
  });

  // --- Dropped and pasted -----------------------------------------------------------------------------------------

  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const placeOf = (event) => fieldNow() ?? event.target.closest?.("[data-files-drop]");

  function mark(place) {
    for (const old of document.querySelectorAll(".files-over")) if (old !== place) old.classList.remove("files-over");
    place?.classList.add("files-over");
  }

  document.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    const place = placeOf(event);
    if (place) event.preventDefault();
    mark(place);
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) mark(null);
  });
  document.addEventListener("drop", (event) => {
    const place = carriesFiles(event) && placeOf(event);
    mark(null);
    if (!place) return;
    // Else the browser would leave the page to show the file.
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    if (place.matches("[data-files]")) {
      add(place, files);
    } else {
      held = { ...NOTHING, action: place.dataset.filesDrop, files };
      htmx.ajax("GET", place.dataset.filesDrop, { source: document.body, target: "#drawer" });
    }
  });

  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const field = files.length ? fieldNow() : null;
    if (!field) return;
    event.preventDefault();
    add(field, files);
  });

  // --- Sent -------------------------------------------------------------------------------------------------------

  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target !== drawer) return;
    const field = drawer.querySelector("[data-files]");
    if (!field || !isOf(formOf(field)) || !held.files.length) return;
    const files = held.files;
    const told = field.querySelector(".invalid-feedback:not([data-files-problem])");
    held = NOTHING;
    if (told) put(field, files);
    else add(field, files);
  });

  drawer?.addEventListener("close", () => {
    held = NOTHING;
  });

  function progressOf(form) {
    const shown = form.querySelector(".files-progress progress");
    if (shown) return shown;
    const drawn = form.querySelector("[data-files-progress]").content.cloneNode(true);
    (form.querySelector(".drawer-foot") ?? form).prepend(drawn);
    return form.querySelector(".files-progress progress");
  }

  document.body.addEventListener("htmx:xhr:progress", (event) => {
    const form = event.target;
    const { loaded, total } = event.detail;
    // The answer, which is small, reports in the same way.
    if (!form.matches?.("form:has([data-files])") || total < SHOW_PROGRESS_FROM) return;
    progressOf(form).value = loaded / total;
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    event.target.querySelector?.(".files-progress")?.remove();
  });
})();
