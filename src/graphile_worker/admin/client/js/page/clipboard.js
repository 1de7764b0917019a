// @ts-check
// Copies text to the clipboard.
import { warn } from "../interpreter/guard.js";
import { FOREIGN, request } from "../network/http.js";

/**
 * Copies the text; false where the browser does not allow it.
 * @param {string} text
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    try {
      return copyBySelection(text);
    } catch (error) {
      warn(String(error));
      return false;
    }
  }
}

/**
 * Pages without HTTPS have no `navigator.clipboard`.
 * @param {string} text
 */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  (document.querySelector("dialog:modal") ?? document.body).append(area);
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus?.();
  return done;
}

/**
 * Copies one member of a JSON response of any length. The clipboard gets a promise of the text while the permission of
 * the click still holds.
 * @param {string} path
 * @param {string} headers as a JSON object
 * @param {string} member
 * @returns {Promise<[boolean, string]>} whether it was copied, and the error message if not
 */
export async function copyMember(path, headers, member) {
  const text = loadMember(path, headers, member);
  try {
    const { clipboard } = navigator;
    const write = clipboard.write.bind(clipboard); // fails before `blob` exists, whose rejection nobody would handle
    const blob = text.then((content) => new Blob([content], { type: "text/plain" }));
    blob.catch(() => undefined); // a browser that refuses does not wait for it
    await write([new ClipboardItem({ "text/plain": blob })]);
    return [true, ""];
  } catch {
    try {
      return [await copyText(await text), ""];
    } catch (error) {
      return [false, /** @type {Error} */ (error).message];
    }
  }
}

/**
 * @param {string} path
 * @param {string} headers
 * @param {string} member
 */
async function loadMember(path, headers, member) {
  const { response, build } = await request(path, { headers: JSON.parse(headers) });
  if (build === "") throw new Error(FOREIGN);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? `the server answered ${response.status}`);
  return String(body[member]);
}
