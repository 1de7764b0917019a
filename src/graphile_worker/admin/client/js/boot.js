// @ts-check
// Entry of the bundle. It compiles the WebAssembly file once, writes the Python files of its custom section below /lib
// and starts the Python program.
import { loadMicroPython } from "micropython";
import { bridgeModule } from "./bridge.js";
import { showFailure } from "./failure.js";
import { guardImports } from "./guard.js";
import { resolve } from "./network/http.js";

const SECTION = "python-client"; // SECTION of scripts/assets/section.py

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
 * Writes the files of the section. Per file: u16 length of the path, u32 size, path, bytes (little endian).
 * @param {ArrayBuffer} section
 * @param {import("micropython").FileSystem} FS
 */
function unpack(section, FS) {
  const view = new DataView(section);
  const text = new TextDecoder();
  for (let offset = 0; offset < section.byteLength; ) {
    const length = view.getUint16(offset, true);
    const size = view.getUint32(offset + 2, true);
    const path = `/lib/${text.decode(new Uint8Array(section, offset + 6, length))}`;
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    FS.writeFile(path, new Uint8Array(section, offset + 6 + length, size));
    offset += 6 + length + size;
  }
}

/**
 * Starts an interpreter that has the Python files of the module; the tests run it under Node.
 * @param {WebAssembly.Module} module
 * @param {string} url of the module
 * @param {(line: string) => void} print receives the lines of Python's stdout
 */
export async function interpreter(module, url, print) {
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
        done(instance, module);
      });
      return {};
    },
  });
  unpack(WebAssembly.Module.customSections(module, SECTION)[0], python.FS);
  return python;
}

/**
 * Starts the Python program of the page; an error here replaces the page by a message.
 * @param {string} path of the WebAssembly file, relative to the page
 */
export async function boot(path) {
  const url = resolve(path);
  // the keys of Apple's keyboards have other names
  if (/Mac|iP(hone|ad)/.test(navigator.userAgent)) document.documentElement.dataset.apple = "";
  try {
    const python = await interpreter(await compile(url), String(url), (line) => console.log(line));
    python.registerJsModule("bridge", bridgeModule());
    python.runPython("from graphile_worker.admin.client.main import main\nmain()");
    document.documentElement.dataset.ready = "1";
  } catch (error) {
    console.error("page program:", String(error));
    showFailure(String(error));
  }
}
