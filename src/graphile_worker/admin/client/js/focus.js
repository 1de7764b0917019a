// @ts-check
// Keeps the keyboard focus on the page: where the focused element disappears, its row, the next row or the screen gets it.

/** @typedef {{ id: string, action: string, row: string, table: string, index: number }} Place */

/** @type {Place | null} the place of the focus, and the last place in a table */
let place = null;
/** @type {Place | null} */
let inTable = null;
let scheduled = false;

/** @param {Element | null | undefined} row */
const tableName = (row) => row?.closest("table")?.className ?? "";

/** The rows of the table of the screen. */
const tableRows = () =>
  /** @type {HTMLTableRowElement[]} */ ([...document.querySelectorAll("#gw-screen .table-panel tbody tr")]);

/** @param {Element} element */
function remember(element) {
  if (element === document.body || element.closest("dialog")) return;
  const row = element.closest("tr");
  const { action = "", name = "" } = /** @type {HTMLElement} */ (element).dataset;
  place = {
    id: element.id,
    action: action && `[data-action="${action}"]${name ? `[data-name="${CSS.escape(name)}"]` : ""}`,
    row: row?.id ?? "",
    table: tableName(row),
    index: row ? tableRows().indexOf(row) : -1,
  };
  if (place.index >= 0) inTable = place;
}

/** @param {HTMLElement | null | undefined} element */
function take(element) {
  element?.focus({ preventScroll: true });
  return element !== null && element !== undefined && document.activeElement === element;
}

/**
 * Focuses the main link of a row, else its first control, else the row.
 * @param {HTMLTableRowElement} row
 */
function takeRow(row) {
  const control = /** @type {HTMLElement | null} */ (
    row.querySelector(".c-task a, .c-error a") ?? row.querySelector("a[href], button:enabled:not([tabindex])")
  );
  if (!control) row.tabIndex = -1;
  return take(control ?? row);
}

/**
 * The row of the place, or the row that has its position now.
 * @param {Place} lost
 */
function rowOf(lost) {
  const rows = tableRows();
  if (lost.index < 0 || tableName(rows[0]) !== lost.table) return undefined;
  const same = lost.row && rows.find((row) => row.id === lost.row);
  return same || rows[Math.min(lost.index, rows.length - 1)];
}

/** @param {Place} lost */
function restoreTo(lost) {
  const row = rowOf(lost);
  if (lost.id && take(document.getElementById(lost.id))) return true;
  if (!row) return false;
  const control = row.id === lost.row && lost.action ? row.querySelector(lost.action) : null;
  return take(/** @type {HTMLElement | null} */ (control)) || takeRow(row);
}

/** Gives the focus back where a redraw, a closed dialog or a disabled button took it. */
export function keepFocus() {
  const active = document.activeElement;
  if (active && active !== document.body) {
    remember(active);
    return;
  }
  if (!document.hasFocus()) return;
  const modal = document.querySelector("dialog:modal");
  if (modal) {
    take(modal.querySelector("input:enabled, textarea:enabled, button:enabled"));
    return;
  }
  if (!place) return;
  if (restoreTo(place) || (inTable && restoreTo(inTable))) return;
  take(document.getElementById("gw-screen"));
}

/** As keepFocus, after the browser has moved the focus away from disabled and closed elements. */
export function keepFocusSoon() {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    keepFocus();
  }, 50);
}

/** The row with the focus, or the last one that had it. */
function currentRow() {
  const row = document.activeElement?.closest("tr");
  return row && tableRows().includes(row) ? row : inTable ? rowOf(inTable) : undefined;
}

/** The id of the job in the row with the focus; "" elsewhere. */
export const focusedJob = () => document.activeElement?.closest("tr")?.dataset.id ?? "";

/** The address of the main link of the current row: its jobs. */
export const rowAddress = () => currentRow()?.querySelector(".c-task a, .c-error a")?.getAttribute("href") ?? "";

/**
 * Moves the focus by so many rows.
 * @param {number} count
 */
export function moveRow(count) {
  const rows = tableRows();
  if (rows.length === 0) return;
  const row = currentRow();
  const index = row ? rows.indexOf(row) + count : 0;
  const target = rows[Math.max(0, Math.min(rows.length - 1, index))];
  takeRow(target);
  target.scrollIntoView({ block: "nearest" });
}

/** Starts to remember where the focus is; a click beside every control means that the person wants no focus. */
export function watchFocus() {
  document.addEventListener("focusin", (event) => remember(/** @type {Element} */ (event.target)));
  document.addEventListener(
    "pointerdown",
    () => {
      place = null;
    },
    true,
  );
}
