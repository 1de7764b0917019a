// @ts-check
// Requests to the admin that sent this page. A response without its build header comes from somewhere else: a login
// page or a proxy.
const BUILD = "x-graphile-worker-admin-build"; // BUILD_HEADER of vocabulary.py
const REQUEST_MS = 60000;
export const FOREIGN = "Something other than the admin answered (a login page?)";

/**
 * The address of a path relative to the page. `document.baseURI` may contain a user and a password, and `fetch` rejects
 * such addresses.
 * @param {string} path
 */
export const resolve = (path) => new URL(path, location.origin + location.pathname);

/**
 * A response with its status and the build of the admin, "" for a foreign response. The admin never redirects a
 * request of the page, so a redirect is not followed and counts as foreign.
 * @param {string} path
 * @param {RequestInit} options
 */
export async function request(path, options) {
  const response = await fetch(resolve(path), {
    cache: "no-store",
    credentials: "same-origin",
    redirect: "manual",
    ...options,
  });
  const status = response.type === "opaqueredirect" ? 302 : response.status;
  return { response, status, build: response.headers.get(BUILD) ?? "" };
}

/**
 * Hands a file to the browser's downloads.
 * @param {string} name
 * @param {Blob} blob
 */
export function saveFile(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/**
 * A request of the Python program as [status, text, build]. Status 0 means that no response came.
 *
 * The method SAVE is a GET whose response becomes a file with the name `body`; it has no timeout. The text of a
 * successful SAVE or HEAD is "{}".
 * @param {string} method
 * @param {string} path
 * @param {string} body
 * @param {string} headers as a JSON object
 * @returns {Promise<[number, string, string]>}
 */
export async function send(method, path, body, headers) {
  const save = method === "SAVE";
  const options = save ? {} : { method, body: body === "" ? undefined : body, signal: AbortSignal.timeout(REQUEST_MS) };
  try {
    const { response, status, build } = await request(path, { ...options, headers: JSON.parse(headers) });
    const success = response.ok && build !== "";
    if (save && success) saveFile(body, await response.blob());
    return [status, success && (save || method === "HEAD") ? "{}" : await response.text(), build];
  } catch (error) {
    return [0, String(error), ""];
  }
}
