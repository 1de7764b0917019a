// Node's pg, asked line by line: {"address", "environ", "query"} on standard input, one JSON line with {"row"} or {"error"} for each.
"use strict";
const { Client, defaults } = require("pg");
const PATIENCE = 5000; // ms
const late = () => new Promise((_, reject) => setTimeout(reject, PATIENCE, new Error("no answer in time")));

process.on("uncaughtException", () => {}); // of a connection that was given up

async function ask({ address, environ, query }) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environ);
  defaults.user = environ.USER; // pg reads it once, when it is loaded
  let client;
  try {
    client = new Client(address === null ? {} : { connectionString: address });
    client.on("error", () => {});
    await Promise.race([client.connect(), late()]);
    return { row: (await client.query({ text: query, rowMode: "array" })).rows[0] };
  } catch (error) {
    return { error: error.message || String(error.code || error) };
  } finally {
    if (client) client.end().catch(() => {});
  }
}

(async () => {
  for await (const line of require("readline").createInterface({ input: process.stdin }))
    process.stdout.write(JSON.stringify(await ask(JSON.parse(line))) + "\n");
  process.exit(); // timers may still run
})();
