// @ts-check

/**
 * Resolves when the browser has painted what the document holds now: after the two next frames. A hidden page has no
 * frames, and waits for none.
 * @returns {Promise<void>}
 */
export function painted() {
  return new Promise((resolve) => {
    const done = () => {
      document.removeEventListener("visibilitychange", done);
      resolve();
    };
    if (document.hidden) return done();
    document.addEventListener("visibilitychange", done);
    // the callback of a frame runs before its paint, a timer after it
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)));
  });
}
