// @ts-check
// Keeps JavaScript exceptions out of the interpreter. An exception that crosses Python frames skips them without
// unwinding and damages the interpreter.
import { showFailure } from "../failure.js";

// The interpreter's imports that can run foreign JavaScript. Those of RESULT write their result to the address in
// their last argument.
const RESULT = [
  "call0",
  "call1",
  "call2",
  "calln",
  "call0_kwarg",
  "calln_kwarg",
  "lookup_attr",
  "js_subscr_load",
  "js_get_iter",
  "js_iter_next",
  "js_reflect_construct",
];
const NO_RESULT = ["store_attr", "has_attr", "js_subscr_store"];
const MAX_WARNINGS = 20;
let warnings = 0;

/**
 * Logs a warning, unless there were many already.
 * @param {...string} parts
 */
export function warn(...parts) {
  if (warnings++ < MAX_WARNINGS) console.warn("bridge:", ...parts);
}

/**
 * The imports with a catch around each that can throw. A failed call returns `undefined` to Python (kind 0). Numbers
 * pass, because they are the interpreter's own long jumps.
 * @param {WebAssembly.Imports} imports
 * @param {() => WebAssembly.Memory} memory
 * @returns {WebAssembly.Imports}
 */
export function guardImports(imports, memory) {
  const env = { ...imports.env };
  for (const name of [...RESULT, ...NO_RESULT]) {
    const unguarded = /** @type {((...args: number[]) => unknown) | undefined} */ (env[name]);
    if (!unguarded) continue;
    env[name] = (/** @type {number[]} */ ...args) => {
      try {
        return unguarded(...args);
      } catch (error) {
        if (typeof error === "number") throw error;
        warn("stopped an exception in", name, String(error));
        if (RESULT.includes(name)) new Int32Array(memory().buffer)[args[args.length - 1] >> 2] = 0;
        return 0;
      }
    };
  }
  return { ...imports, env };
}

/**
 * Calls into the Python program. An exception that arrives here is a program error, or the interpreter is damaged.
 * @template {unknown[]} Args
 * @param {(...args: Args) => void} callback
 * @param {Args} args
 */
export function callPython(callback, ...args) {
  try {
    callback(...args);
  } catch (error) {
    console.error("page program:", String(error));
    const fatal = error instanceof WebAssembly.RuntimeError || error instanceof RangeError || typeof error === "number";
    if (fatal) showFailure(String(error));
  }
}
