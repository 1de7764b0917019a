// @ts-check
// Entry of the bundle. It compiles the WebAssembly file once, writes the snapshot of its custom section into the memory of
// the interpreter, and starts the Python program.
import { loadMicroPython } from "micropython";
import { bridgeModule } from "./bridge.js";
import { showFailure } from "./failure.js";
import { guardImports } from "./interpreter/guard.js";
import { painted } from "./interpreter/painted.js";
import { secondFile } from "./interpreter/second.js";
import { checksum, connect, freshChecksum, grow, restore, snapshotOf } from "./interpreter/snapshot.js";
import { unpack } from "./interpreter/unpack.js";
import { resolve } from "./network/http.js";

export { checksum, freshChecksum, unpack };

/**
 * Compiles the module while it downloads.
 * @param {URL} url
 */
async function compile(url) {
  try {
    return await WebAssembly.compileStreaming(fetch(url));
  } catch {
    // streaming needs the media type, which a proxy may drop
    return WebAssembly.compile(await (await fetch(url)).arrayBuffer());
  }
}

/**
 * Starts an interpreter with the modules of the snapshot; the build, which makes the snapshot, and the tests run it under
 * Node.
 * @param {WebAssembly.Module} module
 * @param {string} url of the module
 * @param {(line: string) => void} print receives the lines of Python's stdout
 * @param {(instance: WebAssembly.Instance) => void} [onFresh] receives an instance without a snapshot before its start
 */
export async function interpreter(module, url, print, onFresh) {
  const snapshot = snapshotOf(module);
  /** @type {WebAssembly.Instance} */
  let instance;
  const memory = () => /** @type {WebAssembly.Memory} */ (instance.exports.memory);
  const python = await loadMicroPython({
    url,
    pystack: 8192,
    heapsize: 16 << 20,
    stdout: print,
    linebuffer: true,
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(module, guardImports(imports, memory)).then((made) => {
        instance = made;
        if (snapshot) grow(snapshot, memory());
        done(instance, module);
      });
      return {};
    },
    restored() {
      if (snapshot) restore(snapshot, instance);
      else onFresh?.(instance);
      return snapshot !== null;
    },
  });
  return {
    python,
    memory,
    /** Gives Python its module `bridge`. */
    connect: (/** @type {Record<string, unknown>} */ bridge) =>
      snapshot ? connect(snapshot, bridge) : python.registerJsModule("bridge", bridge),
  };
}

/**
 * Starts the Python program of the page; an error here replaces the page by a message.
 * @param {string} path of the WebAssembly file, relative to the page
 * @param {string} second path of the second file
 */
export async function boot(path, second) {
  const url = resolve(path);
  // the keys of Apple's keyboards have other names
  if (/Mac|iP(hone|ad)/.test(navigator.userAgent)) document.documentElement.dataset.apple = "";
  try {
    // the server has drawn the page: the browser shows it before the interpreter occupies the main thread
    const [module] = await Promise.all([compile(url), painted()]);
    const { python, connect } = await interpreter(module, String(url), (line) => console.log(line));
    const more = secondFile(second, python.FS);
    connect(bridgeModule(more));
    python.runPython("from graphile_worker.admin.client.main import main\nmain()");
    document.documentElement.dataset.ready = "1";
    more.loadBeforeUse();
  } catch (error) {
    console.error("page program:", String(error));
    showFailure(String(error));
  }
}
