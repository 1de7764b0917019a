// @ts-check
// Events of the page for the Python program: one listener per type at the document.
//
// An element with [data-action] reacts to one type only: a form to submit, a control to change (to input with
// [data-live]), everything else to click.
import { isDrawing } from "./morph.js";

/** @typedef {Record<string, unknown> & { type: string }} PageEvent */
/** @typedef {(event: PageEvent) => void} Send */
/** @typedef {HTMLElement & { value?: string, checked?: boolean }} ActionElement */

const CONTROL = "input, select, textarea";

/** @param {ActionElement} element */
function eventType(element) {
  if (element.matches("form")) return "submit";
  if (!element.matches(CONTROL) || element.matches("[type=button], [type=submit]")) return "click";
  return "live" in element.dataset ? "input" : "change";
}

/**
 * The text fields of a form; a name that occurs several times has a list.
 * @param {HTMLFormElement} form
 */
function formFields(form) {
  /** @type {Record<string, string | string[]>} */
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string") continue;
    values[name] = name in values ? [values[name], value].flat() : value;
  }
  return values;
}

/**
 * The closest element that matches.
 * @param {Event} event
 * @param {string} selector
 */
const closest = (event, selector) =>
  event.target instanceof Element ? /** @type {ActionElement | null} */ (event.target.closest(selector)) : null;

/**
 * The row of a job, where the click is on no control of its own.
 * @param {Event} event
 */
const jobRow = (event) => (closest(event, "a, button, input, label") ? null : closest(event, "tr[data-action=open]"));

/**
 * Ctrl+click or middle click on a row opens the job in a new tab.
 * @param {Event} event
 */
function openInNewTab(event) {
  const row = jobRow(event);
  const link = row?.querySelector(".c-task a");
  if (link instanceof HTMLAnchorElement) window.open(link.href, "_blank", "noopener");
  return row !== null;
}

/**
 * The key as a Latin letter whatever the layout and Caps Lock are: a key of another script counts by its position on a
 * US keyboard. `letter` is that letter, for layouts with ASCII signs there, as Hebrew has; "" for a Latin letter.
 * @param {KeyboardEvent} event
 */
function normalizeKey(event) {
  const latin = event.key.length > 2 || /^\p{Script=Latin}$/u.test(event.key);
  const letter = !latin && /^Key[A-Z]$/.test(event.code) ? event.code[3].toLowerCase() : "";
  const foreign = !latin && /[^\0-\x7f]/.test(event.key);
  const slash = event.shiftKey ? "?" : "/";
  const sign = event.code === "Slash" ? slash : event.key;
  const key = foreign ? letter || sign : event.key;
  if (!/^[a-z]$/i.test(key)) return { letter, key };
  return { letter, key: event.shiftKey ? key.toUpperCase() : key.toLowerCase() };
}

/**
 * Whether the click belongs to the browser: it opens a tab, or hits a control or a text selection in the row.
 * @param {MouseEvent} event
 * @param {ActionElement} element
 * @param {{ shift: boolean, ctrl: boolean }} modifiers
 */
function isBrowserClick(event, element, modifiers) {
  if (modifiers.ctrl && openInNewTab(event)) return true;
  if (closest(event, "a[href]")) {
    if (modifiers.ctrl || modifiers.shift || event.button !== 0 || event.defaultPrevented) return true;
    event.preventDefault();
    return false;
  }
  if (!element.matches("tr")) return false;
  return closest(event, "a, button, label, input, summary") !== null || String(getSelection()) !== "";
}

/**
 * Clicks, changes and submissions of elements with [data-action].
 * @param {Send} send
 */
function listenToActions(send) {
  const modifiers = { shift: false, ctrl: false };
  /** @param {Event} event */
  const onEvent = (event) => {
    const element = closest(event, "[data-action]");
    if (!element || eventType(element) !== event.type) return;
    if (event.type === "submit") event.preventDefault();
    const click = /** @type {MouseEvent} */ (event);
    if (event.type === "click" && isBrowserClick(click, element, modifiers)) return;
    const form = element.closest("form");
    send({
      type: event.type,
      action: element.dataset.action,
      value: element.value ?? "",
      data: { href: element.getAttribute("href") ?? "", ...element.dataset },
      checked: element.checked === true,
      left: document.activeElement !== element,
      form: form ? formFields(form) : {},
      key: "",
      ...modifiers,
    });
  };
  // a checkbox fires `change` without the modifier keys of the click before it
  const rememberModifiers = (/** @type {MouseEvent} */ event) => {
    modifiers.shift = event.shiftKey;
    modifiers.ctrl = event.ctrlKey || event.metaKey;
  };
  document.addEventListener("click", rememberModifiers, true);
  for (const type of ["click", "change", "input", "submit"]) document.addEventListener(type, onEvent);
  document.addEventListener("mousedown", (event) => {
    if (event.button === 1 && jobRow(event)) event.preventDefault();
  });
  document.addEventListener("auxclick", (event) => {
    if (event.button === 1) openInNewTab(event);
  });
}

/**
 * Fields with [data-typing] send each change of their text, their focus, and a choice from their <datalist>, besides
 * their own action.
 * @param {Send} send
 */
function listenToTyping(send) {
  /** @param {Event} event */
  const onInput = (event) => {
    const input = closest(event, "input[data-typing]");
    if (!input) return;
    const picked = /** @type {InputEvent} */ (event).inputType === "insertReplacementText";
    const sendInput = () =>
      send({ type: "input", action: input.dataset.typing, data: { ...input.dataset }, value: input.value, picked });
    setTimeout(sendInput, 0); // the Python program moves the focus itself
  };
  /** @param {ClipboardEvent} event */
  const onPaste = (event) => {
    const input = /** @type {HTMLInputElement | null} */ (closest(event, "input[data-typing][data-action]"));
    const text = event.clipboardData?.getData("text/plain").trim() ?? "";
    if (!input || !/[\r\n]/.test(text)) return;
    event.preventDefault();
    // the browser would join the lines without a separator
    const { selectionStart, selectionEnd } = input;
    input.setRangeText(text.replace(/[\r\n]+/g, ", "), selectionStart ?? 0, selectionEnd ?? 0, "end");
    const value = input.value;
    input.value = "";
    send({ type: "change", action: input.dataset.action, data: { ...input.dataset }, value });
  };
  for (const type of ["input", "focusin"]) document.addEventListener(type, onInput);
  document.addEventListener("paste", onPaste);
}

/** A date picker writes its date into the text field before it. */
function listenToPickers() {
  document.addEventListener("change", (event) => {
    const picker = /** @type {HTMLInputElement | null} */ (closest(event, "input[data-fills]"));
    const text = picker?.parentElement?.previousElementSibling;
    if (!picker || !(text instanceof HTMLInputElement)) return;
    text.value = picker.value.replace("T", " ");
    text.focus();
    text.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

/**
 * Keys outside of text fields, keys that a field lists in [data-keys], and Ctrl+K.
 * @param {Send} send
 */
function listenToKeys(send) {
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const { key, letter } = normalizeKey(event);
    const palette = key === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const fields = event.target instanceof HTMLElement ? event.target.dataset : {};
    const listed = (fields.keys ?? "").split(" ");
    if (palette || listed.includes(key)) {
      event.preventDefault();
      send({ type: "key", key, letter, shift: event.shiftKey, ctrl: palette, data: { ...fields } });
      return;
    }
    if (key === "Escape" && document.querySelector(":popover-open")) return; // the browser closes it
    const typing = closest(event, "input:not([type=checkbox]), select, textarea, [contenteditable]");
    if (typing && key !== "Escape") return;
    if (key === "Enter" && closest(event, "a, button, summary, input")) return;
    if (key === "/") event.preventDefault();
    const ctrl = event.ctrlKey || event.metaKey || event.altKey;
    const value = ctrl || [...event.key].length > 1 ? "" : event.key; // the character, or "" for a key without one
    send({ type: "key", key, letter, value, shift: event.shiftKey, ctrl });
  });
}

/**
 * The opening of a block of commands, and each change of a field of a dialog whose commands are shown.
 * @param {Send} send
 */
function listenToCommands(send) {
  const shown = "details.commands[open]";
  /** @param {Event} event */
  const sendForm = (event) => {
    const form = /** @type {HTMLFormElement | null} */ (closest(event, "dialog form"));
    if (!(event.type === "toggle" ? closest(event, shown) : form?.querySelector(shown))) return;
    send({ type: "input", action: "command-typed", form: form ? formFields(form) : {} });
  };
  for (const type of ["input", "toggle"]) document.addEventListener(type, sendForm, true);
}

/** Sends the text that was typed into the server's HTML before the program started. */
function sendEarlyInput() {
  const input = /** @type {HTMLInputElement | null} */ (document.activeElement);
  if (!input?.matches("input[data-live]") || input.value === input.defaultValue) return;
  setTimeout(() => input.dispatchEvent(new Event("input", { bubbles: true })), 0);
}

/**
 * Starts all listeners.
 * @param {Send} callback
 */
export function listen(callback) {
  // a redraw that removes a focused field fires `change` in the middle of it
  /** @type {Send} */
  const send = (event) => (isDrawing() ? void setTimeout(() => callback(event), 0) : callback(event));
  listenToActions(send);
  listenToTyping(send);
  listenToCommands(send);
  listenToPickers();
  listenToKeys(send);
  // the Python program closes the dialog on Escape
  document.addEventListener("cancel", (event) => event.preventDefault(), true);
  window.addEventListener("popstate", () => send({ type: "popstate" }));
  document.addEventListener("visibilitychange", () => send({ type: "visible", value: document.hidden ? "" : "1" }));
  sendEarlyInput();
}
