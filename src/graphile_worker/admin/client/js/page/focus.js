// @ts-check
// Keeps the keyboard focus on the page: where the focused element disappears, its row, the next row or the screen gets it.

/** @typedef {{ id: string, row: string, table: string, index: number }} Position */

/** @type {Position | null} the position of the focus */
let position = null;
/** @type {Position | null} the last position in a table */
let inTable = null;
/** @type {number[]} */
let timers = [];
const MAIN = ".c-task a, .c-error a";

/** The rows of the table of the screen. */
const tableRows = () =>
  /** @type {HTMLTableRowElement[]} */ ([...document.querySelectorAll("#gw-screen .table-panel tbody tr")]);

/** The table of the screen. */
const tableName = () => document.querySelector("#gw-screen .table-panel table")?.className ?? "";

/** @param {Element} element */
function remember(element) {
  if (element === document.body || element.closest("dialog")) return;
  const row = element.closest("tr");
  position = { id: element.id, row: row?.id ?? "", table: tableName(), index: row ? tableRows().indexOf(row) : -1 };
  if (position.index >= 0) inTable = position;
}

/** @param {Element | null | undefined} element */
function take(element) {
  /** @type {HTMLElement | null | undefined} */ (element)?.focus({ preventScroll: true });
  return Boolean(element) && document.activeElement === element;
}

/**
 * Focuses the main link of a row, else its first control, else the row.
 * @param {HTMLTableRowElement | undefined} row
 */
function takeRow(row) {
  if (row) row.tabIndex = -1;
  return take(row?.querySelector(MAIN) ?? row?.querySelector("a, button:enabled:not([tabindex])") ?? row);
}

/**
 * The row that had the focus, or the row at its index now.
 * @param {Position | null} lost
 */
function rowOf(lost) {
  const rows = tableRows();
  if (!lost || lost.index < 0 || tableName() !== lost.table) return undefined;
  return rows.find((row) => lost.row && row.id === lost.row) ?? rows[Math.min(lost.index, rows.length - 1)];
}

/** Gives the focus back where a redraw, a closed dialog or a disabled button took it. */
function keepFocus() {
  const active = document.activeElement;
  if (active && active !== document.body) {
    remember(active);
    return;
  }
  if (!document.hasFocus()) return;
  const modal = document.querySelector("dialog:modal");
  if (modal) take(modal.querySelector("input:enabled, textarea:enabled, button:enabled"));
  else if (position && !(position.id && take(document.getElementById(position.id))))
    takeRow(rowOf(position) ?? rowOf(inTable)) || take(document.getElementById("gw-screen"));
}

/**
 * Calls keepFocus when the event that is handled is over, so that Tab moves the focus first, and once more after the
 * browser has moved it away from disabled and closed elements.
 */
export function keepFocusSoon() {
  for (const timer of timers) clearTimeout(timer);
  timers = [0, 50].map((ms) => setTimeout(keepFocus, ms));
}

/** The row with the focus, or the last one that had it. */
function currentRow() {
  const row = document.activeElement?.closest("tr");
  return row && tableRows().includes(row) ? row : rowOf(inTable);
}

/** The id of the job in the row with the focus; "" elsewhere. */
export const focusedJob = () => document.activeElement?.closest("tr")?.dataset.id ?? "";

/** The address of the main link of the current row: its jobs. */
export const rowAddress = () => currentRow()?.querySelector(MAIN)?.getAttribute("href") ?? "";

/**
 * Moves the focus by so many rows.
 * @param {number} count
 */
export function moveRow(count) {
  const rows = tableRows();
  const row = currentRow();
  const target = row ? (rows[rows.indexOf(row) + count] ?? row) : rows[0];
  takeRow(target);
  target?.scrollIntoView({ block: "nearest" });
}

/** Starts to remember where the focus is; a click beside every control means that the person wants no focus. */
export function watchFocus() {
  document.addEventListener("focusin", (event) => remember(/** @type {Element} */ (event.target)));
  document.addEventListener(
    "pointerdown",
    () => {
      position = null;
    },
    true,
  );
}
