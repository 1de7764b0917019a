// The interpreter's imports that can run foreign JavaScript while Python frames are on the stack. An exception that
// crosses those frames skips them without unwinding and damages the interpreter, so none may cross: the call answers
// `undefined` (kind 0) and the console says why. Numbers are the interpreter's own long jumps and must pass.
const ANSWERING = ["call0", "call1", "call2", "calln", "call0_kwarg", "calln_kwarg", "lookup_attr", "js_subscr_load", "js_get_iter", "js_iter_next", "js_reflect_construct"];
const SILENT = ["store_attr", "has_attr", "js_subscr_store"];
let warnings = 0;

function guarded(imports, memory) {
  const env = { ...imports.env };
  for (const name of [...ANSWERING, ...SILENT]) {
    const raw = env[name];
    if (!raw) continue;
    env[name] = (...args) => {
      try {
        return raw(...args);
      } catch (error) {
        if (typeof error === "number") throw error;
        if (warnings++ < 20) console.warn("bridge: stopped an exception in", name, String(error));
        if (ANSWERING.includes(name)) new Int32Array(memory().buffer)[args[args.length - 1] >> 2] = 0;
        return 0;
      }
    };
  }
  return { ...imports, env };
}

// Entries of the Python program: an exception that reaches here is a program error or a dead interpreter.
function enter(callback, ...args) {
  try {
    callback(...args);
  } catch (error) {
    console.error("page program:", String(error));
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError || typeof error === "number") dead(String(error));
  }
}

function dead(reason) {
  if (typeof document === "undefined" || document.getElementById("gw-broken")) return;
  const box = document.createElement("div");
  box.id = "gw-broken";
  box.setAttribute("role", "alertdialog");
  box.setAttribute("aria-label", "The page stopped");
  const text = document.createElement("p");
  text.textContent = "This page has stopped working. Nothing in the queue is affected.";
  const why = document.createElement("small");
  why.textContent = reason.slice(0, 300);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn main";
  button.textContent = "Reload";
  button.addEventListener("click", () => location.reload());
  box.append(text, why, button);
  (document.querySelector("dialog:modal") ?? document.body).append(box);
  button.focus();
}
