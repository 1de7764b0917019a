// Runs test functions on the built interpreter with the built browser program; no browser, no package of its own.
// node interpreter.mjs ADMIN_UI.mjs ADMIN_UI_BG.wasm ADMIN_UI_MORE.bin FILES.json   -> one JSON line per test: {"name", "error"}
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

globalThis.navigator ??= { userAgent: "" }; // Node has it from version 21 on
const [script, wasm, second, listing] = process.argv.slice(2);
const { interpreter, unpack } = await import(pathToFileURL(script));
const { python } = await interpreter(new WebAssembly.Module(readFileSync(wasm)), wasm, (line) => console.log(line));
const bytes = readFileSync(second);
unpack(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength), python.FS);
const { files, modules } = JSON.parse(readFileSync(listing, "utf8"));
for (const [path, text] of Object.entries(files)) {
  const target = "/lib/" + path;
  python.FS.mkdirTree(target.slice(0, target.lastIndexOf("/")));
  python.FS.writeFile(target, text);
}

// What a page would do wrong, for the tests of the guard.
const fail = () => {
  throw new Error("on purpose");
};
python.registerJsModule("hazards", {
  fail,
  object: { items: [1, 2] },
  big: () => 9007199254740991,
  now: () => Date.now(),
  now_text: () => String(Date.now()),
  call: (callback) => callback(),
});
for (const module of modules) python.runPython(`from tests.client.runner import run\nrun(${JSON.stringify(module)})`);
