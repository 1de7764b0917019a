// @ts-check
// A snapshot of the interpreter's memory, which scripts/assets/snapshot.mjs makes after the imports of the first file. It
// is a custom section of the WebAssembly file. All numbers are u32 (little endian): the checksum of everything after it,
// the size of the memory, the checksum of the fresh memory, the number of runs and of bytes of the names; per run its
// address and size; the names; the bytes of the runs. `names` has a line for each object of JavaScript that Python refers
// to: a function of the module `bridge`, "*" for the module itself, an empty line where there is none.

export const SECTION = "python-snapshot"; // SECTION of scripts/assets/snapshot.py
const HEAD = 5;
const STATIC_BYTES = 0x18000; // what is compared of a fresh memory, from the end of its stack
const FIRST_REFERENCE = 2; // the interpreter has two of its own

/** @typedef {{ bytes: number, fresh: number, names: string[], runs: [number, Uint8Array][] }} Snapshot */

/**
 * FNV-1a over words.
 * @param {Uint32Array} words
 */
export function checksum(words) {
  let sum = 0x811c9dc5;
  for (let index = 0; index < words.length; index++) sum = Math.imul(sum ^ words[index], 0x01000193);
  return sum >>> 0;
}

/**
 * The checksum of the interpreter's own data before its start.
 * @param {WebAssembly.Instance} instance
 */
export function freshChecksum(instance) {
  const exports = /** @type {any} */ (instance.exports);
  return checksum(new Uint32Array(exports.memory.buffer, exports.emscripten_stack_get_base(), STATIC_BYTES / 4));
}

/**
 * The snapshot of a module; null where it has none, which is so in the build. Throws an error on a damaged one.
 * @param {WebAssembly.Module} module
 * @returns {Snapshot | null}
 */
export function snapshotOf(module) {
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  if (!section) return null;
  if (section.byteLength % 4 || section.byteLength < HEAD * 4) throw new Error("the snapshot is incomplete");
  const words = new Uint32Array(section);
  const [sum, bytes, fresh, count, nameBytes] = words;
  if (checksum(words.subarray(1)) !== sum) throw new Error("the snapshot is damaged");
  let offset = (HEAD + 2 * count) * 4;
  const names = new TextDecoder()
    .decode(new Uint8Array(section, offset, nameBytes))
    .trimEnd()
    .split("\n");
  offset += nameBytes;
  /** @type {[number, Uint8Array][]} */
  const runs = [];
  for (let index = HEAD; index < HEAD + 2 * count; index += 2) {
    runs.push([words[index], new Uint8Array(section, offset, words[index + 1])]);
    offset += words[index + 1];
  }
  return { bytes, fresh, names, runs };
}

/**
 * Makes the memory as large as that of the snapshot.
 * @param {Snapshot} snapshot
 * @param {WebAssembly.Memory} memory
 */
export function grow(snapshot, memory) {
  const missing = snapshot.bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(missing >> 16);
}

/**
 * Writes the snapshot into the memory of an interpreter that has not started. Throws an error if it is of another one.
 * @param {Snapshot} snapshot
 * @param {WebAssembly.Instance} instance
 */
export function restore(snapshot, instance) {
  if (freshChecksum(instance) !== snapshot.fresh) throw new Error("the snapshot is of another interpreter");
  const memory = new Uint8Array(/** @type {WebAssembly.Memory} */ (instance.exports.memory).buffer);
  for (const [address, bytes] of snapshot.runs) memory.set(bytes, address);
}

/**
 * Puts the functions of `bridge` where Python expects them.
 * @param {Snapshot} snapshot
 * @param {Record<string, unknown>} bridge
 */
export function connect(snapshot, bridge) {
  const { proxy_js_ref: references, proxy_js_ref_map: numbers } = /** @type {any} */ (globalThis);
  for (const [index, name] of snapshot.names.entries()) {
    const object = name === "*" ? bridge : bridge[name];
    references[FIRST_REFERENCE + index] = object;
    if (object) numbers.set(object, FIRST_REFERENCE + index);
  }
}
