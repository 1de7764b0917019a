// Makes the snapshot of the interpreter's memory after the imports of the first file, for client/js/interpreter/snapshot.js.
// node snapshot.mjs ADMIN_UI.mjs INTERPRETER.wasm MODULES.bin SNAPSHOT   (the functions of `bridge` by name on stdin)
import { readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

globalThis.navigator ??= { userAgent: "" }; // Node has it from version 21 on
const BLOCK = 16;
const BLOCKS_PER_BYTE = 4;
const GAP = 64; // equal bytes between two runs that are sent with them

const [script, wasm, modules, target] = process.argv.slice(2);
const { checksum, freshChecksum, interpreter, unpack } = await import(pathToFileURL(script));
let before, fresh, stackEnd;
const module = new WebAssembly.Module(readFileSync(wasm));

/** The functions of `bridge`; `called` receives the names of those that a module calls. */
function standIn(called) {
  const names = readFileSync(0, "utf8").trim().split("\n");
  return Object.fromEntries(names.map((name) => [name, () => called.push(name)]));
}

/** Imports the modules in their order; the garbage of each is collected, so that the next one fills its place. */
function importAll(python, paths) {
  for (const path of paths) {
    const name = path.replace(/\.\w+$/, "").replaceAll("/", ".");
    python.runPython(`import gc\n__import__(${JSON.stringify(name)})\ngc.collect()\ndel gc`);
  }
  python.runPython("import gc\ngc.collect()\ndel gc");
}

/** The heap: [table of its blocks, size of the table, address of the first block]. */
function heap(words) {
  // its description: table of blocks, its size, table of finalisers, first block, end
  const found = [];
  for (let index = 0; index < 1 << 16; index++) {
    const [table, size, , pool, end] = words.subarray(index, index + 5);
    if (size > 1000 && table < pool && end - pool === size * BLOCKS_PER_BYTE * BLOCK) found.push([table, size, pool]);
  }
  if (found.length !== 1) throw new Error(`the interpreter has ${found.length} heaps`);
  return found[0];
}

/**
 * Writes zeros over what is not needed: free blocks, which hold what was collected, and the hashes of strings, which the
 * interpreter computes where they are zero.
 */
function clear(bytes, types) {
  const words = new Uint32Array(bytes.buffer);
  const [table, size, pool] = heap(words);
  for (let block = 0; block < size * BLOCKS_PER_BYTE; block++) {
    const kind = (bytes[table + (block >> 2)] >> (2 * (block & 3))) & 3;
    const address = pool + block * BLOCK;
    if (kind === 0) bytes.fill(0, address, address + BLOCK);
    if (kind === 1 && types.includes(words[address >> 2])) words[(address >> 2) + 1] = 0;
  }
}

/** [address, size] of what differs from `start` on, in whole words. Below it is the stack. */
function runs(before, after, start) {
  const found = [];
  const [old, now] = [before, after].map((one) => new Uint32Array(one.buffer, one.byteOffset, one.byteLength >> 2));
  for (let index = start >> 2; index < now.length; index++) {
    if (now[index] === (old[index] ?? 0)) continue;
    const last = found.at(-1);
    if (last && index * 4 - last[0] - last[1] <= GAP) last[1] = (index + 1) * 4 - last[0];
    else found.push([index * 4, 4]);
  }
  return found;
}

/** A line for each object that Python refers to. */
function references(bridge) {
  const names = new Map(Object.entries(bridge).map(([name, work]) => [work, name]));
  names.set(bridge, "*");
  return globalThis.proxy_js_ref.slice(2).map((object) => {
    if (object !== undefined && !names.has(object))
      throw new Error("Python refers to an object that is not in `bridge`");
    return names.get(object) ?? "";
  });
}

async function main() {
  const printed = [];
  const { python, memory, connect } = await interpreter(
    module,
    wasm,
    (line) => printed.push(line),
    (instance) => {
      before = new Uint8Array(instance.exports.memory.buffer.slice(0));
      fresh = freshChecksum(instance);
      stackEnd = instance.exports.emscripten_stack_get_base();
    },
  );
  python.runPython("print(id(str))\nprint(id(bytes))");
  const types = printed.splice(0).map(Number);
  const called = [];
  const bridge = standIn(called);
  connect(bridge);
  const packed = readFileSync(modules);
  importAll(python, unpack(packed.buffer.slice(packed.byteOffset, packed.byteOffset + packed.byteLength), python.FS));
  if (called.length) throw new Error(`a module calls ${called.join(", ")} of \`bridge\` while it is imported`);
  if (globalThis.proxy_js_map.size) throw new Error("a module gives a function to JavaScript while it is imported");
  if (printed.length) throw new Error(`a module prints while it is imported: ${printed.join(" ")}`);
  const after = new Uint8Array(memory().buffer.slice(0));
  clear(after, types);
  const changed = runs(before, after, stackEnd);
  const text = references(bridge).join("\n");
  const names = Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4, "\n"));
  const head = new Uint32Array([after.length, fresh, changed.length, names.length, ...changed.flat()]);
  const data = changed.map(([address, size]) => after.subarray(address, address + size));
  const body = Buffer.concat([Buffer.from(head.buffer), names, ...data]);
  const sum = checksum(new Uint32Array(body.buffer.slice(body.byteOffset, body.byteOffset + body.byteLength)));
  writeFileSync(target, Buffer.concat([Buffer.from(new Uint32Array([sum]).buffer), body]));
}

// only the message: the line of a minified program fills the pipe
main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
