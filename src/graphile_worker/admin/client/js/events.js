// One listener per type at the document. An element reacts to one type only: a form to submit, a control to change
// (to input where it has data-live), everything else to click.
function typeOf(element) {
  if (element.matches("form")) return "submit";
  if (element.matches("input, select, textarea")) return element.matches("[type=button], [type=submit]") ? "click" : "live" in element.dataset ? "input" : "change";
  return "click";
}

function fields(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string") continue;
    values[name] = name in values ? [].concat(values[name], value) : value;
  }
  return values;
}

// A ctrl click or a middle click on a row, where it is no link by itself, opens the job in a tab of its own.
const rowOf = (event) => (event.target instanceof Element && !event.target.closest("a, button, input, label") ? event.target.closest("tr[data-action=open]") : null);

function aside(event) {
  const row = rowOf(event);
  if (row) window.open(row.querySelector(".c-task a").href, "_blank", "noopener");
  return row !== null;
}

// The key by its letter where that is Latin, whatever Caps Lock says; else by its place on a US keyboard. `place` is that
// letter, for layouts with ASCII signs there, as Hebrew has; it is empty for a Latin letter.
function pressed(event) {
  const plain = event.key.length > 2 || /^\p{Script=Latin}$/u.test(event.key);
  const place = !plain && /^Key[A-Z]$/.test(event.code) ? event.code[3].toLowerCase() : "";
  const foreign = !plain && /[^\0-\x7f]/.test(event.key);
  const sign = event.code === "Slash" ? (event.shiftKey ? "?" : "/") : event.key;
  const key = foreign ? place || sign : event.key;
  return { place, key: /^[a-z]$/i.test(key) ? (event.shiftKey ? key.toUpperCase() : key.toLowerCase()) : key };
}

function listenTo(tell) {
  // A focused box that the drawing takes away fires `change` in the middle of it: told when the drawing is done.
  const send = (event) => (drawing ? setTimeout(() => tell(event), 0) : tell(event));
  const held = { shift: false, ctrl: false };
  const hold = (event) => {
    held.shift = event.shiftKey;
    held.ctrl = event.ctrlKey || event.metaKey;
  };
  const heard = (event) => {
    const element = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    if (!element || typeOf(element) !== event.type) return;
    if (event.type === "submit") event.preventDefault();
    if (event.type === "click") {
      if (held.ctrl && aside(event)) return;
      if (event.target.closest("a[href]")) {
        if (held.ctrl || held.shift || event.button !== 0 || event.defaultPrevented) return;
        event.preventDefault();
      } else if (element.matches("tr") && (event.target.closest("a, button, label, input, summary") || String(getSelection()))) return;
    }
    const form = element.matches("form") ? element : element.closest("form");
    send({
      type: event.type, action: element.dataset.action, value: element.value ?? "",
      data: { href: element.getAttribute("href") ?? "", ...element.dataset },
      checked: element.checked === true, left: document.activeElement !== element, form: form ? fields(form) : {}, key: "", ...held,
    });
  };
  // Beside its action, a box may want every key, its focus, and what is picked from its list. Later, because the program
  // itself moves the focus.
  const typed = (event) => {
    const box = event.target instanceof Element ? event.target.closest("input[data-typing]") : null;
    const picked = event.inputType === "insertReplacementText";
    if (box) setTimeout(() => send({ type: "input", action: box.dataset.typing, data: { ...box.dataset }, value: box.value, picked }), 0);
  };
  // Lines pasted into a box would run into one another.
  const pasted = (event) => {
    const box = event.target instanceof Element ? event.target.closest("input[data-typing][data-action]") : null;
    const text = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!box || !/[\r\n]/.test(text)) return;
    event.preventDefault();
    box.setRangeText(text.replace(/[\r\n]+/g, ", "), box.selectionStart, box.selectionEnd, "end");
    const value = box.value;
    box.value = "";
    send({ type: "change", action: box.dataset.action, data: { ...box.dataset }, value });
  };
  document.addEventListener("click", hold, true);
  for (const type of ["input", "focusin"]) document.addEventListener(type, typed);
  document.addEventListener("mousedown", (event) => { if (event.button === 1 && rowOf(event)) event.preventDefault(); });
  document.addEventListener("auxclick", (event) => { if (event.button === 1) aside(event); });
  document.addEventListener("paste", pasted);
  for (const type of ["click", "change", "input", "submit"]) document.addEventListener(type, heard);
  document.addEventListener("keydown", (event) => {
    const { key, place } = pressed(event);
    const palette = key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const wanted = event.target instanceof HTMLElement && (event.target.dataset.keys ?? "").split(" ").includes(key);
    if ((palette || wanted) && !event.isComposing) {
      event.preventDefault();
      send({ type: "key", key, place, shift: event.shiftKey, ctrl: palette });
      return;
    }
    const typing = event.target instanceof Element && event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
    const pressing = key === "Enter" && event.target instanceof Element && event.target.closest("a, button, summary, input");
    if (event.isComposing || pressing || (typing && key !== "Escape")) return;
    if (key === "/") event.preventDefault();
    send({ type: "key", key, place, shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey || event.altKey });
  });
  // Escape belongs to the program: it closes the dialog and forgets it in one step.
  document.addEventListener("cancel", (event) => event.preventDefault(), true);
  window.addEventListener("popstate", () => send({ type: "popstate" }));
  document.addEventListener("visibilitychange", () => send({ type: "visible", value: document.hidden ? "" : "1" }));
  // What somebody typed into the server's drawing before the program stood.
  const early = document.activeElement;
  if (early?.matches("input[data-live]") && early.value !== early.defaultValue) setTimeout(() => early.dispatchEvent(new Event("input", { bubbles: true })), 0);
}
