// Compiles the WebAssembly file once, writes the Python files of its section below /lib and starts the program.
const SECTION = "python-client";

async function compiled(url) {
  try {
    return await WebAssembly.compileStreaming(fetch(url));
  } catch (error) {
    // a proxy that lost the media type; the bytes are the same
    return WebAssembly.compile(await (await fetch(url)).arrayBuffer());
  }
}

function unpack(section, FS) {
  const view = new DataView(section);
  const text = new TextDecoder();
  for (let at = 0; at < section.byteLength; ) {
    const length = view.getUint16(at, true);
    const size = view.getUint32(at + 2, true);
    const path = "/lib/" + text.decode(new Uint8Array(section, at + 6, length));
    FS.mkdirTree(path.slice(0, path.lastIndexOf("/")));
    FS.writeFile(path, new Uint8Array(section, at + 6 + length, size));
    at += 6 + length + size;
  }
}

export async function interpreter(module, url, print) {
  let instance;
  const python = await loadMicroPython({
    url, pystack: 8192, heapsize: 16 << 20, stdout: print, linebuffer: true,
    instantiateWasm(imports, done) {
      WebAssembly.instantiate(module, guarded(imports, () => instance.exports.memory)).then((made) => done((instance = made), module));
      return {};
    },
  });
  unpack(WebAssembly.Module.customSections(module, SECTION)[0], python.FS);
  return python;
}

// `path` is that of the WebAssembly file, relative to the page.
export async function boot(path) {
  const url = at(path);
  try {
    const python = await interpreter(await compiled(url), String(url), (line) => console.log(line));
    python.registerJsModule("bridge", bridgeModule());
    python.runPython("from graphile_worker.admin.client.main import main\nmain()");
    document.documentElement.dataset.ready = "1";
  } catch (error) {
    console.error("page program:", String(error));
    dead(String(error));
  }
}
