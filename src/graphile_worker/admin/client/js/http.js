// Requests to the admin that sent this page. An answer without its header is not the admin's: a login page, or a proxy.
const BUILD = "x-graphile-worker-admin-build"; // BUILD_HEADER of vocabulary.py
const FOREIGN = "Something other than the admin answered (a login page?)";

// Not document.baseURI: it may have a user and a password in it, and fetch refuses such addresses.
const at = (path) => new URL(path, location.origin + location.pathname);

// The admin never redirects a request of the page, so a redirect is not followed: it counts as an answer of somebody else.
async function asked(path, options) {
  const answer = await fetch(at(path), { cache: "no-store", credentials: "same-origin", redirect: "manual", ...options });
  const status = answer.type === "opaqueredirect" ? 302 : answer.status;
  return { answer, status, build: answer.headers.get(BUILD) ?? "" };
}
