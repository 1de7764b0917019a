// The module `bridge` of the Python program (typings/bridge.pyi). Nothing here throws: a failed call answers "".
const REQUEST_MS = 60000;
let drawing = false;
const safely = (work) => (...args) => {
  try {
    return work(...args) ?? "";
  } catch (error) {
    if (warnings++ < 20) console.warn("bridge:", String(error));
    return "";
  }
};
const MORPH = {
  morphStyle: "innerHTML",
  restoreFocus: true,
  callbacks: { beforeNodeMorphed: keepTyped, beforeAttributeUpdated: keepOpen },
};

// What a person typed or chose in a [data-keep] control outlives the drawing.
function keepTyped(old, fresh) {
  if (!(old instanceof Element) || !old.hasAttribute("data-keep") || !(fresh instanceof Element)) return;
  if (old.matches("select")) {
    const chosen = new Set([...old.selectedOptions].map((option) => option.value));
    for (const option of fresh.querySelectorAll("option")) option.selected = chosen.has(option.value);
  } else if (old.matches("[type=checkbox], [type=radio]")) fresh.checked = old.checked;
  else if (old.matches("input, textarea")) {
    fresh.value = old.value;
    if (old.matches("input")) fresh.setAttribute("value", old.value);
    else fresh.textContent = old.value;
  }
}

// Removing `open` from a modal dialog would leave the page inert; a <details> belongs to the person.
function keepOpen(name, node) {
  return !(name === "open" && node instanceof Element && node.matches("dialog, details"));
}

// Idiomorph leaves alone what is inside the focused element: right for a field, but a link or button gets its new words,
// and a box its tick.
const typing = () => document.activeElement?.matches("input:not([type=checkbox]), textarea, select") ?? false;

function copyOld(text) {
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog:modal") ?? document.body).append(area);
  const before = document.activeElement;
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus?.();
  return done ? "1" : "";
}

// What sticks below the banners must know how high they are.
function toldHigh(banners) {
  const tell = () => document.documentElement.style.setProperty("--told", `${banners.offsetHeight}px`);
  new ResizeObserver(tell).observe(banners);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return "1";
  } catch {
    return safely(copyOld)(text);
  }
}

// One member of an answer, however long it is: the clipboard is promised its text while the click still counts.
async function copyAnswer(path, headers, member) {
  const text = asked(path, { headers: JSON.parse(headers) }).then(async ({ answer, build }) => {
    if (build === "") throw new Error(FOREIGN);
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error ?? `the server answered ${answer.status}`);
    return String(body[member]);
  });
  try {
    await navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then((all) => new Blob([all], { type: "text/plain" })) })]);
    return ["1", ""];
  } catch {
    try {
      return [await copyText(await text), ""];
    } catch (error) {
      return ["", error.message];
    }
  }
}

function saved(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// [status, text, build] of an answer; status 0 when none came, build "" when it is not the admin's. SAVE is a GET whose
// answer becomes a file named by `body`, however long it takes; of it, and of HEAD, the text of a success is "{}".
async function ask(method, path, body, headers) {
  const save = method === "SAVE";
  const options = save ? {} : { method, body: body === "" ? undefined : body, signal: AbortSignal.timeout(REQUEST_MS) };
  try {
    const { answer, status, build } = await asked(path, { ...options, headers: JSON.parse(headers) });
    const good = answer.ok && build !== "";
    if (save && good) saved(body, await answer.blob());
    return [status, good && (save || method === "HEAD") ? "{}" : await answer.text(), build];
  } catch (error) {
    return [0, String(error), ""];
  }
}

function draw(work) {
  drawing = true;
  try {
    work();
  } finally {
    drawing = false;
  }
}

const two = (number) => String(number).padStart(2, "0");
const box = (id) => document.getElementById(id);

function bridgeModule() {
  const timers = new Map();
  let onTimer = () => {};
  let onAnswer = () => {};
  let onStream = () => {};
  let onCopied = () => {};
  const functions = {
    root: (name) => box("gw-admin").getAttribute("data-" + name),
    seed: () => box("gw-seed")?.textContent,
    morph: (region, html) => {
      const place = box(region);
      if (place) draw(() => Idiomorph.morph(place, html, { ...MORPH, ignoreActiveValue: typing() }));
    },
    replace: (region, html) => {
      const place = box(region);
      const held = place?.contains(document.activeElement) ? document.activeElement.id : "";
      if (place) draw(() => { place.innerHTML = html; });
      if (held) box(held)?.focus({ preventScroll: true });
    },
    listen: (callback) => { toldHigh(box("gw-banners")); listenTo((event) => enter(callback, JSON.stringify(event))); },
    url: () => location.search,
    set_url: (search, replace) => history[replace ? "replaceState" : "pushState"](null, "", location.pathname + (search === "?" ? "" : search)),
    store_get: (key) => localStorage.getItem(key),
    store_set: (key, value) => localStorage.setItem(key, value),
    tab_get: (key) => sessionStorage.getItem(key),
    tab_set: (key, value) => (value === "" ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, value)),
    now_ms: () => Date.now(),
    local_input: (iso) => {
      const at = new Date(iso);
      if (Number.isNaN(at.getTime())) return "";
      return `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
    },
    zone: () => {
      const format = Intl.DateTimeFormat("en", { timeZoneName: "longOffset" });
      const offset = format.formatToParts().find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC");
      const name = format.resolvedOptions().timeZone.replaceAll("_", " ");
      return name === "UTC" ? name : `${name}, ${offset}`;
    },
    offsets: () => {
      const minutes = (time) => -new Date(time).getTimezoneOffset();
      const found = [[Date.UTC(2000, 0) / 1000, minutes(Date.UTC(2000, 0))]];
      for (let low = Date.UTC(2000, 0), far = Date.UTC(2050, 0); low < far; low += 12096e5) {
        const after = minutes(low + 12096e5);
        if (after === found.at(-1)[1]) continue;
        let [before, since] = [low, low + 12096e5];
        while (since - before > 60000) {
          const middle = Math.floor((before + since) / 120000) * 60000;
          if (minutes(middle) === after) since = middle;
          else before = middle;
        }
        found.push([since / 1000, after]);
      }
      return JSON.stringify(found);
    },
    from_local_input: (text) => new Date(text).toISOString().replace(".000Z", "Z"),
    on_copied: (callback) => { onCopied = callback; },
    copy: (ticket, text) => { copyText(text).then((done) => enter(onCopied, ticket, done, "")); },
    copy_answer: (ticket, path, headers, member) => { copyAnswer(path, headers, member).then(([done, why]) => enter(onCopied, ticket, done, why)); },
    download: (name, text, mime) => saved(name, new Blob([text], { type: mime })),
    follow: (path) => { Object.assign(document.createElement("a"), { href: path }).click(); },
    set_theme: (theme, accent, density, hidden) => { Object.assign(document.documentElement.dataset, { theme, accent, density, hidden }); },
    focus: (css) => { const found = document.querySelector(css); found?.focus(); if (found?.matches("input[type=search]")) found.select(); },
    open_dialog: (id) => { const found = box(id); if (found && !found.open) found.showModal(); },
    close_dialog: (id) => { const found = box(id); if (found?.open) found.close(); if (found?.matches(":popover-open")) found.hidePopover(); },
    set_title: (text) => { document.title = text; },
    hidden: () => (document.hidden ? "1" : ""),
    scroll_top: (css) => document.querySelector(css)?.scrollTop ?? 0,
    scroll_up: () => { window.scrollTo(0, 0); },
    on_timer: (callback) => { onTimer = callback; },
    timer: (name, ms) => {
      clearTimeout(timers.get(name));
      timers.set(name, setTimeout(() => { timers.delete(name); enter(onTimer, name); }, ms));
    },
    on_answer: (callback) => { onAnswer = callback; },
    request: (ticket, method, path, body, headers) => { ask(method, path, body, headers).then((answer) => enter(onAnswer, ticket, ...answer)); },
    on_stream: (callback) => { onStream = callback; },
    stream_open: (ticket, path, headers) => { streamOpen(ticket, path, headers, (...told) => enter(onStream, ...told)); },
    stream_close: () => { streamClose(); },
    report: (text) => { console.error(text); },
  };
  return Object.fromEntries(Object.entries(functions).map(([name, work]) => [name, safely(work)]));
}
