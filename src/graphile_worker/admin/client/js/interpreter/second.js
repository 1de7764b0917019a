// @ts-check
// The second file: Python modules that the first screen does not need. It is loaded when the Python program asks for it,
// or when somebody is about to use a control of the page.
import { request } from "../network/http.js";
import { unpack } from "./unpack.js";

const LOAD_MS = 30000;
const CONTROLS = "button, a[href], select, summary";
const INTENTIONS = ["pointerdown", "keydown", "pointerover"];

/** @typedef {(status: number, build: string, names: string) => void} Loaded */

/**
 * The functions that load the file once; after a failure it can be loaded again.
 * @param {string} path of the file, relative to the page
 * @param {import("micropython").FileSystem} FS
 */
export function secondFile(path, FS) {
  /** @type {Loaded} */
  let onLoaded = () => {};
  let begun = false;
  const load = async () => {
    if (begun) return;
    begun = true;
    const loaded = await fetchModules(path, FS);
    begun = loaded[2] !== "";
    onLoaded(...loaded);
  };
  return {
    load,
    onLoaded: (/** @type {Loaded} */ callback) => {
      onLoaded = callback;
    },
    /** Loads the file on the first sign that a control will be used. */
    loadBeforeUse() {
      /** @param {Event} event */
      const onIntention = (event) => {
        const { target } = event;
        if (event.type === "pointerover" && !(target instanceof Element && target.closest(CONTROLS))) return;
        for (const type of INTENTIONS) document.removeEventListener(type, onIntention, true);
        load();
      };
      for (const type of INTENTIONS) document.addEventListener(type, onIntention, true);
    },
  };
}

/**
 * [status, build, names of the modules]; without names the file did not come, and status 0 means that no response did.
 * @param {string} path
 * @param {import("micropython").FileSystem} FS
 * @returns {Promise<[number, string, string]>}
 */
async function fetchModules(path, FS) {
  try {
    const options = { cache: /** @type {RequestCache} */ ("default"), signal: AbortSignal.timeout(LOAD_MS) };
    const { response, status, build } = await request(path, options);
    const own = document.getElementById("gw-admin")?.dataset.build;
    if (!response.ok || build !== own) return [status, build, ""];
    const paths = unpack(await response.arrayBuffer(), FS);
    return [status, build, paths.map((one) => one.replace(/\.\w+$/, "").replaceAll("/", ".")).join("\n")];
  } catch {
    return [0, "", ""];
  }
}
