// @ts-check
// Server-sent events over fetch, because EventSource cannot send request headers. Only one stream is open at a time.
import { request } from "./http.js";

const SILENCE_MS = 45000; // three ping intervals of the server
const MAX_EVENT = 1 << 20;

/**
 * Receives (ticket, event name, data). The first event is "open", the last "end" with the status of a refused request
 * or "".
 * @typedef {(ticket: string, event: string, data: string) => void} Listener
 */

/** @type {AbortController | null} */
let current = null;

export function closeStream() {
  current?.abort();
  current = null;
}

/**
 * Opens a stream in place of the current one. Events of a replaced stream are dropped.
 * @param {string} ticket
 * @param {string} path
 * @param {string} headers as a JSON object
 * @param {Listener} listener
 */
export async function openStream(ticket, path, headers, listener) {
  closeStream();
  const controller = new AbortController();
  current = controller;
  /** @type {(event: string, data: string) => void} */
  const emit = (event, data) => {
    if (current === controller) listener(ticket, event, data);
  };
  let timeout = 0;
  const restartTimeout = () => {
    clearTimeout(timeout);
    timeout = setTimeout(() => controller.abort(), SILENCE_MS);
  };
  let refusal = "";
  try {
    restartTimeout();
    const options = { headers: JSON.parse(headers), signal: controller.signal };
    const { response, status, build } = await request(path, options);
    if (response.ok && build !== "" && response.body) {
      await read(response.body.pipeThrough(new TextDecoderStream()).getReader(), restartTimeout, emit);
    } else refusal = String(status);
  } catch {
    refusal = ""; // a lost connection has no status
  }
  clearTimeout(timeout);
  emit("end", refusal);
  if (current === controller) closeStream();
}

/**
 * Emits the events of a stream until it ends.
 * @param {ReadableStreamDefaultReader<string>} reader
 * @param {() => void} onData
 * @param {(event: string, data: string) => void} emit
 */
async function read(reader, onData, emit) {
  emit("open", "");
  for (let rest = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    onData();
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    if (rest.length > MAX_EVENT) return;
    for (const event of events) {
      let name = "";
      let data = "";
      for (const line of event.split("\n")) {
        if (line.startsWith("event: ")) name = line.slice(7);
        else if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (name) emit(name, data);
    }
  }
}
