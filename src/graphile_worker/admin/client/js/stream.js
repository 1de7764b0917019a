// Server-sent events by fetch, because EventSource sends no headers of its own. One stream at a time; what arrives is
// handed on as (ticket, kind, text): "open", then the names of events, and "end" with a status or "" in the end.
const SILENT_MS = 45000; // three pings: then nobody is there
const EVENT_MAX = 1 << 20;
let streaming = null;

function streamClose() {
  streaming?.abort();
  streaming = null;
}

async function streamOpen(ticket, path, headers, tell) {
  streamClose();
  const control = (streaming = new AbortController());
  const here = (kind, text) => { if (streaming === control) tell(ticket, kind, text); };
  let watch = 0;
  const heard = () => { clearTimeout(watch); watch = setTimeout(() => control.abort(), SILENT_MS); };
  let status = "";
  try {
    heard();
    const { answer, status: refused, build } = await asked(path, { headers: JSON.parse(headers), signal: control.signal });
    if (answer.ok && build !== "") await streamRead(answer.body.pipeThrough(new TextDecoderStream()).getReader(), heard, here);
    else status = String(refused);
  } catch (error) {
    status = "";
  }
  clearTimeout(watch);
  here("end", status);
  if (streaming === control) streamClose();
}

async function streamRead(reader, heard, here) {
  here("open", "");
  for (let text = ""; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    const parts = (text + value).split("\n\n");
    text = parts.pop();
    if (text.length > EVENT_MAX) return;
    for (const part of parts) {
      let name = "";
      let data = "";
      for (const line of part.split("\n")) {
        if (line.startsWith("event: ")) name = line.slice(7);
        else if (line.startsWith("data: ")) data += line.slice(6);
      }
      if (name) here(name, data);
    }
  }
}
