// One Node worker, driven line by line: `node peer.cjs PACKAGE ADDRESS` reads {"call": name, "args": [...]} on stdin
// and writes one JSON line for every job that ran and every answer. `node peer.cjs PACKAGE ADDRESS HIGHEST`
// only runs the package's own migrations, up to that number.
"use strict";
const [name, connectionString, highest] = process.argv.slice(2);
const { EventEmitter, once } = require("events");
const { run, runMigrations, makeWorkerUtils, Logger } = require(name);
const logger = new Logger(() => () => {});
const say = (event) => process.stdout.write(JSON.stringify(event) + "\n");
const now = () => Number(process.hrtime.bigint()) / 1e9; // seconds, on the one clock of all processes here
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

const taskList = {
  async ok(payload, helpers) {
    say({ ran: helpers.job.id, task: "ok", payload });
  },
  async boom(payload, helpers) {
    say({ ran: helpers.job.id, task: "boom", payload });
    throw new Error("boom says no");
  },
  // Runs until the table `go` holds a row.
  async hold(payload, helpers) {
    say({ ran: helpers.job.id, task: "hold", payload });
    while (!(await helpers.query("select from go")).rowCount) await sleep(50);
  },
  // Takes payload.ms and says when it is over. One that stumbles fails as long as it has no last error.
  async step(payload, helpers) {
    const { id, last_error } = helpers.job;
    const began = now();
    say({ ran: id, task: "step", payload });
    await sleep(payload.ms);
    const failed = Boolean(payload.stumbles && !last_error);
    say({ over: id, failed, queue: payload.queue ?? null, began, ended: now() });
    if (failed) throw new Error("stumbled");
  },
};

// Workers look for locks older than 4 hours at a random moment of their first minute, then every 8 minutes or more.
// Here the first look is over before the worker is ready: where a test makes a lock old, nobody else acts on it.
async function runAfterItsLook(options) {
  const events = new EventEmitter();
  const looked = once(events, "resetLocked:success");
  const chance = Math.random;
  Math.random = () => 0;
  const runner = await run({ ...options, events });
  await looked;
  Math.random = chance;
  return runner;
}

async function migrateTo(number) {
  const { migrations } = require(require("path").join(__dirname, "node_modules", name, "dist/generated/sql.js"));
  for (const file of Object.keys(migrations)) if (parseInt(file, 10) > number) delete migrations[file];
  await runMigrations({ connectionString, logger });
}

async function work() {
  const utils = await makeWorkerUtils({ connectionString, logger });
  const options = { connectionString, logger, taskList, concurrency: 4, pollInterval: 200, noHandleSignals: true };
  const runner = await runAfterItsLook(options);
  runner.promise.then(() => say({ ended: true }));
  say({ ready: true });
  for await (const line of require("readline").createInterface({ input: process.stdin })) {
    const { call, args } = JSON.parse(line, (key, value) => (key === "runAt" ? new Date(value) : value));
    try {
      say({ answer: (await utils[call](...args)) ?? null });
    } catch (error) {
      say({ answer: null, error: error.message });
    }
  }
  await runner.stop();
  await utils.release();
}

(highest ? migrateTo(Number(highest)) : work()).catch((error) => {
  say({ fatal: error.message });
  process.exitCode ||= 1;
});
