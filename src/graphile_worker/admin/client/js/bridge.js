// @ts-check
// The module `bridge` of the Python program, described by typings/bridge.pyi. No function throws: a failed call is
// logged and returns "".

import { callPython, warn } from "./interpreter/guard.js";
import { saveFile, send } from "./network/http.js";
import { closeStream, openStream } from "./network/stream.js";
import { copyMember, copyText } from "./page/clipboard.js";
import { fromLocalInput, toLocalInput, utcOffsets, zoneName } from "./page/dates.js";
import { listen } from "./page/events.js";
import { focusedJob, keepFocusSoon, moveRow, rowAddress, watchFocus } from "./page/focus.js";
import { byId, morph, replace } from "./page/morph.js";

/**
 * The function with a catch around it.
 * @template {unknown[]} Args
 * @param {(...args: Args) => unknown} work
 */
const safely =
  (work) =>
  (/** @type {Args} */ ...args) => {
    try {
      return work(...args) ?? "";
    } catch (error) {
      warn(String(error));
      return "";
    }
  };

/**
 * Stores the height of the banners for the style sheet, which places sticky elements below them.
 * @param {HTMLElement} banners
 */
function observeHeight(banners) {
  const height = () => banners.getBoundingClientRect().height; // with fractions, which a zoomed page has
  const store = () => document.documentElement.style.setProperty("--banners-height", `${height()}px`);
  new ResizeObserver(store).observe(banners);
}

/** @param {string} search */
const pageUrl = (search) => location.pathname + (search === "?" ? "" : search);

/** @param {string} selector */
function focus(selector) {
  const element = /** @type {HTMLInputElement | null} */ (document.querySelector(selector));
  element?.focus();
  if (element?.matches("input[type=search]")) element.select();
}

/**
 * Types text into the field with the focus, as if it had had the focus when the keys were pressed.
 * @param {string} text
 */
function typeText(text) {
  const field = /** @type {HTMLInputElement | null} */ (document.activeElement);
  if (!field?.matches("input:not([type=checkbox]), textarea")) return;
  field.setRangeText(text, field.selectionStart ?? 0, field.selectionEnd ?? 0, "end");
  setTimeout(() => field.dispatchEvent(new Event("input", { bubbles: true })), 0); // not while the Python program runs
}

/** @param {string} id */
function openDialog(id) {
  const dialog = /** @type {HTMLDialogElement | null} */ (byId(id));
  if (dialog?.popover) dialog.showPopover();
  else if (dialog && !dialog.open) dialog.showModal();
}

/** @param {string} id */
function closeDialog(id) {
  const element = /** @type {HTMLDialogElement | null} */ (byId(id));
  if (element?.open) element.close();
  if (element?.matches(":popover-open")) element.hidePopover();
  keepFocusSoon();
}

/** Functions that read or change the page at once. */
const page = {
  root: (/** @type {string} */ name) => byId("gw-admin")?.getAttribute(`data-${name}`),
  seed: () => byId("gw-seed")?.textContent,
  morph,
  replace,
  url: () => location.search,
  base: () => location.origin + location.pathname,
  set_url: (/** @type {string} */ search, /** @type {string} */ replaced) =>
    history[replaced ? "replaceState" : "pushState"](null, "", pageUrl(search)),
  set_title: (/** @type {string} */ text) => {
    document.title = text;
  },
  set_theme: (
    /** @type {string} */ theme,
    /** @type {string} */ accent,
    /** @type {string} */ density,
    /** @type {string} */ hidden,
  ) => {
    Object.assign(document.documentElement.dataset, { theme, accent, density, hidden });
  },
  hidden: () => (document.hidden ? "1" : ""),
  focus,
  type_text: typeText,
  focused_job: focusedJob,
  row_address: rowAddress,
  move_row: moveRow,
  open_dialog: openDialog,
  close_dialog: closeDialog,
  scroll_top: (/** @type {string} */ selector) => document.querySelector(selector)?.scrollTop ?? 0,
  scroll_up: () => window.scrollTo(0, 0),
  follow: (/** @type {string} */ path) => {
    Object.assign(document.createElement("a"), { href: path }).click();
  },
  download: (/** @type {string} */ name, /** @type {string} */ text, /** @type {string} */ mime) =>
    saveFile(name, new Blob([text], { type: mime })),
};

/** Functions that read or change what the browser stores, and its clock. */
const storage = {
  store_get: (/** @type {string} */ key) => localStorage.getItem(key),
  store_set: (/** @type {string} */ key, /** @type {string} */ value) => localStorage.setItem(key, value),
  tab_get: (/** @type {string} */ key) => sessionStorage.getItem(key),
  tab_set: (/** @type {string} */ key, /** @type {string} */ value) =>
    value === "" ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, value),
  now_ms: () => Date.now(),
  zone: zoneName,
  offsets: () => JSON.stringify(utcOffsets()),
  local_input: toLocalInput,
  from_local_input: fromLocalInput,
  report: (/** @type {string} */ text) => console.error(text),
};

/** @param {ReturnType<typeof import("./interpreter/second.js").secondFile>} second */
const ofSecondFile = (second) => ({
  load_second_file: () => void second.load(),
  on_second_file: (/** @type {import("./interpreter/second.js").Loaded} */ callback) =>
    second.onLoaded((...loaded) => callPython(callback, ...loaded)),
});

/** Functions with a callback into Python; the `on_` functions set the callback of what completes later. */
function callbacks() {
  /** @type {Map<string, number>} */
  const timers = new Map();
  /** @type {(name: string) => void} */
  let onTimer = () => {};
  /** @type {(ticket: string, status: number, text: string, build: string) => void} */
  let onAnswer = () => {};
  /** @type {import("./network/stream.js").Listener} */
  let onStream = () => {};
  /** @type {(ticket: string, done: string, error: string) => void} */
  let onCopied = () => {};
  return {
    listen: (/** @type {(event: string) => void} */ callback) => {
      // Firefox shows the label of an <option> in a <datalist> without its value
      if (CSS.supports("-moz-appearance", "none")) byId("gw-admin")?.setAttribute("data-labels-alone", "1");
      watchFocus();
      observeHeight(/** @type {HTMLElement} */ (byId("gw-banners")));
      listen((event) => callPython(callback, JSON.stringify(event)));
    },
    on_timer: (/** @type {typeof onTimer} */ callback) => {
      onTimer = callback;
    },
    timer: (/** @type {string} */ name, /** @type {number} */ ms) => {
      clearTimeout(timers.get(name));
      const run = () => {
        timers.delete(name);
        callPython(onTimer, name);
      };
      timers.set(name, setTimeout(run, ms));
    },
    on_answer: (/** @type {typeof onAnswer} */ callback) => {
      onAnswer = callback;
    },
    request: (
      /** @type {string} */ ticket,
      /** @type {string} */ method,
      /** @type {string} */ path,
      /** @type {string} */ body,
      /** @type {string} */ headers,
    ) => {
      send(method, path, body, headers).then((answer) => callPython(onAnswer, ticket, ...answer));
    },
    on_stream: (/** @type {typeof onStream} */ callback) => {
      onStream = callback;
    },
    stream_open: (/** @type {string} */ ticket, /** @type {string} */ path, /** @type {string} */ headers) => {
      openStream(ticket, path, headers, (...event) => callPython(onStream, ...event));
    },
    stream_close: closeStream,
    on_copied: (/** @type {typeof onCopied} */ callback) => {
      onCopied = callback;
    },
    copy: (/** @type {string} */ ticket, /** @type {string} */ text) => {
      copyText(text).then((done) => callPython(onCopied, ticket, done ? "1" : "", ""));
    },
    copy_answer: (
      /** @type {string} */ ticket,
      /** @type {string} */ path,
      /** @type {string} */ headers,
      /** @type {string} */ member,
    ) => {
      copyMember(path, headers, member).then(([done, error]) => callPython(onCopied, ticket, done ? "1" : "", error));
    },
  };
}

/**
 * The functions that Python sees.
 * @param {ReturnType<typeof import("./interpreter/second.js").secondFile>} second
 */
export function bridgeModule(second) {
  const functions = Object.entries({ ...page, ...storage, ...callbacks(), ...ofSecondFile(second) });
  return Object.fromEntries(functions.map(([name, work]) => [name, safely(/** @type {any} */ (work))]));
}
