// @ts-check
// What the browser knows about local time.

/**
 * @param {number} number
 * @param {number} width
 */
const padded = (number, width = 2) => String(number).padStart(width, "0");

/**
 * The value of an <input type="datetime-local"> for this time, "" for an invalid one.
 * @param {string} iso
 */
export function toLocalInput(iso) {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return "";
  const date = [padded(time.getFullYear(), 4), padded(time.getMonth() + 1), padded(time.getDate())].join("-");
  return `${date}T${padded(time.getHours())}:${padded(time.getMinutes())}`;
}

/**
 * The UTC time of an <input type="datetime-local">.
 * @param {string} text
 */
export const fromLocalInput = (text) => new Date(text).toISOString().replace(".000Z", "Z");

/** The name of the time zone with its offset, like "Europe/Berlin, UTC+02:00". */
export function zoneName() {
  const format = Intl.DateTimeFormat("en", { timeZoneName: "longOffset" });
  const part = format.formatToParts().find(({ type }) => type === "timeZoneName");
  const name = format.resolvedOptions().timeZone.replaceAll("_", " ");
  return name === "UTC" ? name : `${name}, ${part?.value.replace("GMT", "UTC")}`;
}

const FORTNIGHT_MS = 12096e5;
const MINUTE_MS = 60000;

/** All changes of the UTC offset from 2000 to 2050, as [Unix time, minutes] pairs. */
export function utcOffsets() {
  /** @type {(time: number) => number} */
  const minutes = (time) => -new Date(time).getTimezoneOffset();
  const start = Date.UTC(2000, 0);
  const end = Date.UTC(2050, 0);
  let current = minutes(start);
  const changes = [[start / 1000, current]];
  for (let low = start; low < end; low += FORTNIGHT_MS) {
    const next = minutes(low + FORTNIGHT_MS);
    if (next === current) continue;
    let [before, since] = [low, low + FORTNIGHT_MS];
    while (since - before > MINUTE_MS) {
      const middle = Math.floor((before + since) / (2 * MINUTE_MS)) * MINUTE_MS;
      if (minutes(middle) === next) since = middle;
      else before = middle;
    }
    current = next;
    changes.push([since / 1000, current]);
  }
  return changes;
}
