// @ts-check
// The message of a stopped page. It uses no part of the Python program, which may be the part that failed.

/**
 * Covers the page with the error and a button that reloads it.
 * @param {string} reason
 */
export function showFailure(reason) {
  if (typeof document === "undefined" || document.getElementById("gw-broken")) return;
  const alert = document.createElement("div");
  alert.id = "gw-broken";
  alert.setAttribute("role", "alertdialog");
  alert.setAttribute("aria-label", "The page stopped");
  const text = document.createElement("p");
  text.textContent = "This page has stopped working. Nothing in the queue is affected.";
  const details = document.createElement("small");
  details.textContent = reason.slice(0, 300);
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn main";
  button.textContent = "Reload";
  button.addEventListener("click", () => location.reload());
  alert.append(text, details, button);
  (document.querySelector("dialog:modal") ?? document.body).append(alert);
  button.focus();
}
