// The only JavaScript of ours. Nothing here throws into the interpreter: every entry catches, and answers data.
const SECTION = "python-client";
const find = (css) => document.querySelector(css);
const text = (value) => (value === undefined || value === null ? "" : value);
const safe = (work) => (...values) => {
  try { return text(work(...values)); } catch (error) { console.warn("bridge:", String(error)); return ""; }
};

// Imports of the interpreter that may run foreign JavaScript while Python frames are on its stack: an exception there
// would skip them. Only its own long jump (a number) may pass.
const RISKY = ["call0", "call1", "call2", "calln", "call0_kwarg", "calln_kwarg", "lookup_attr", "store_attr", "has_attr",
  "js_subscr_load", "js_subscr_store", "js_get_iter", "js_iter_next", "js_reflect_construct"];
const WITHOUT_RESULT = ["store_attr", "has_attr", "js_subscr_store"];

function guarded(imports, memory) {
  const env = { ...imports.env };
  for (const name of RISKY) {
    const raw = env[name];
    if (!raw) continue;
    env[name] = (...values) => {
      try { return raw(...values); } catch (error) {
        if (typeof error === "number") throw error;
        console.warn("bridge:", name, String(error));
        if (!WITHOUT_RESULT.includes(name)) new Int32Array(memory().buffer)[values[values.length - 1] >> 2] = 0;
        return 0;
      }
    };
  }
  return { ...imports, env };
}

export function unpack(section, FS) {
  const view = new DataView(section), names = new TextDecoder();
  for (let at = 0; at < section.byteLength;) {
    const length = view.getUint16(at, true), size = view.getUint32(at + 2, true);
    const path = "/lib/" + names.decode(new Uint8Array(section, at + 6, length));
    path.split("/").slice(1, -1).reduce((above, part) => {
      const folder = above + "/" + part;
      if (!FS.analyzePath(folder).exists) FS.mkdir(folder);
      return folder;
    }, "");
    FS.writeFile(path, new Uint8Array(section, at + 6 + length, size));
    at += 6 + length + size;
  }
}

// One compiled module serves the interpreter and the section that lies in it.
export async function interpreter(module, url, bridge) {
  let instance;
  const python = await loadMicroPython({
    url: String(url), pystack: 16384, heapsize: 4 << 20, linebuffer: true,
    stdout: (line) => console.log(line), stderr: (line) => console.error(line),
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(module, guarded(imports, () => instance.exports.memory))
        .then((made) => { instance = made; done(made, module); });
      return {};
    },
  });
  unpack(WebAssembly.Module.customSections(module, SECTION)[0], python.FS);
  python.registerJsModule("bridge", bridge);
  return python;
}

async function compiled(url) {
  try { return await WebAssembly.compileStreaming(fetch(url, { credentials: "same-origin" })); } catch (error) {
    console.warn("bridge: streaming compilation failed:", String(error));
    const answer = await fetch(url, { credentials: "same-origin" });
    return WebAssembly.compile(await answer.arrayBuffer());
  }
}

export async function boot(url) {
  try {
    const python = await interpreter(await compiled(url), url, browser());
    python.pyimport("graphile_worker.admin.client.app").start();
    listen();
    document.documentElement.dataset.ready = "1";
  } catch (error) { broken(error); }
}

function broken(error) {
  console.error("the page's program stopped:", String(error));
  if (find("#gw-broken")) return;
  const cover = document.createElement("div");
  cover.id = "gw-broken";
  cover.setAttribute("role", "alert");
  const said = document.createElement("p"), again = document.createElement("button");
  said.textContent = "The page's program stopped. Nothing in the queue is affected.";
  again.textContent = "Reload";
  again.className = "btn main";
  again.addEventListener("click", () => location.reload());
  cover.append(said, again);
  document.body.append(cover);
}

let tell = () => {};
const timers = new Map();

// What Python may ask of the browser: text in, text out.
function browser() {
  return {
    root: safe((name) => find("#gw-admin").getAttribute("data-" + name)),
    seed: safe(() => find("#gw-seed")?.textContent),
    morph: safe(morph),
    listen: safe((handler) => { tell = handler; }),
    url: safe(() => location.search),
    set_url: safe((search, replace) => {
      history[replace ? "replaceState" : "pushState"]({}, "", location.pathname + search);
    }),
    store_get: safe((key) => localStorage.getItem(key)),
    store_set: safe((key, value) => localStorage.setItem(key, value)),
    tab_get: safe((key) => sessionStorage.getItem(key)),
    tab_set: safe((key, value) => (value === "" ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, value))),
    now: safe(() => String(Date.now())),
    local_time: safe(localTime),
    from_local_input: safe((typed) => new Date(typed).toISOString()),
    copy: safe(copy),
    theme: safe(theme),
    focus: safe((css) => find(css)?.focus()),
    open_dialog: safe((id) => { const box = document.getElementById(id); if (box && !box.open) box.showModal(); }),
    close_dialog: safe((id) => document.getElementById(id)?.close()),
    title: safe((title) => { document.title = title; }),
    hidden: safe(() => (document.hidden ? "1" : "")),
    scroll_top: safe((css) => String(css ? find(css)?.scrollTop ?? 0 : document.scrollingElement.scrollTop)),
    scroll_up: safe(() => scrollTo(0, 0)),
    timer: safe((name, milliseconds, handler) => {
      clearTimeout(timers.get(name));
      timers.set(name, setTimeout(() => call(handler), milliseconds));
    }),
    fetch: safe(ask),
  };
}

function morph(id, html) {
  const target = document.getElementById(id);
  if (!target) return;
  Idiomorph.morph(target, html, {
    morphStyle: "innerHTML", ignoreActiveValue: true, restoreFocus: true,
    callbacks: { beforeNodeMorphed: keepTyped, beforeAttributeUpdated: keepOpen },
  });
}

// What somebody typed outlives a redraw.
function keepTyped(old, fresh) {
  if (old.nodeType !== 1 || fresh.nodeType !== 1 || !("keep" in old.dataset)) return;
  if (old.tagName === "SELECT") {
    for (const option of fresh.options) option.toggleAttribute("selected", option.value === old.value);
  } else if (old.tagName === "TEXTAREA") fresh.textContent = old.value;
  else if (old.type === "checkbox") fresh.toggleAttribute("checked", old.checked);
  else fresh.setAttribute("value", old.value);
}

// Only the browser opens and closes dialogs: a morphed `open` would leave a modal one inert.
function keepOpen(name, node) {
  if (name === "open" && ["DIALOG", "DETAILS"].includes(node.tagName)) return false;
}

function localTime(iso) {
  const moment = new Date(iso);
  return isNaN(moment) ? "" : moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}

function theme(name, accent, density) {
  const root = document.documentElement.dataset;
  if (name === "system") delete root.theme; else root.theme = name;
  root.accent = accent;
  root.density = density;
}

// Plain HTTP pages have no clipboard API.
function copy(what) {
  if (navigator.clipboard) { navigator.clipboard.writeText(what).catch(() => {}); return "1"; }
  const field = document.createElement("textarea");
  field.value = what;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done ? "1" : "";
}

function ask(method, path, body, headers, handler) {
  const options = { method, headers: JSON.parse(headers), credentials: "same-origin", cache: "no-store" };
  if (body !== "") options.body = body;
  fetch(new URL(path, document.baseURI), options)
    .then(async (answer) => call(handler, answer.status, await answer.text()), () => call(handler, 0, ""));
}

// Python called from JavaScript: its handlers catch their own errors, so what arrives here is a dead interpreter.
function call(handler, ...values) {
  try { handler(...values); } catch (error) { broken(error); }
}

const send = (event) => call(tell, JSON.stringify(event));
const FIELDS = ["INPUT", "SELECT", "TEXTAREA"];

// An element reacts to one type of event.
function typeOf(element) {
  if (element.tagName === "FORM") return "submit";
  if (FIELDS.includes(element.tagName)) return "live" in element.dataset ? "input" : "change";
  return "click";
}

function listen() {
  let shift = false;
  addEventListener("pointerdown", (event) => { shift = event.shiftKey; }, true);
  for (const type of ["click", "change", "input", "submit"]) {
    document.addEventListener(type, (event) => {
      const element = event.target.closest?.("[data-action]");
      if (!element || typeOf(element) !== type) return;
      if (type === "click" && element.tagName === "A") {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
      }
      if (type === "submit") event.preventDefault();
      const said = {
        type, action: element.dataset.action, data: { ...element.dataset }, value: text(element.value),
        checked: Boolean(element.checked), shift: event.shiftKey || (type === "change" && shift), ctrl: event.ctrlKey,
      };
      if (type === "submit") said.form = fields(element);
      send(said);
    });
  }
  addEventListener("popstate", () => send({ type: "popstate" }));
  document.addEventListener("visibilitychange", () => send({ type: "visible" }));
  document.addEventListener("keydown", key);
  for (const type of ["pointerover", "focusin"]) {
    document.addEventListener(type, (event) => {
      const time = event.target.closest?.("time[datetime]");
      if (time) time.title = localTime(time.dateTime) || time.title;
    });
  }
}

function fields(form) {
  const found = {};
  for (const [name, value] of new FormData(form)) {
    found[name] = name in found ? [].concat(found[name], value) : value;
  }
  return found;
}

function key(event) {
  const typing = event.target.closest?.("input:not([type=checkbox]),textarea,select");
  if (typing && event.key !== "Escape") return;
  if (event.key === "Enter" && event.target.closest("a,button,select,summary")) return;
  if (event.key === "/") event.preventDefault();
  send({ type: "key", key: event.key, shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey });
}
