// Stores in one sqlite file, as a worker or as a process, says so, and ends as it is told with writes
// under way. Usage of the process: sqlite.cjs <ending> <file>
"use strict";

const { isMainThread, parentPort, workerData } = require("node:worker_threads");
const { createStorage } = require("stowage");
const sqlite = require("stowage/drivers/sqlite");

/** Writes that nobody waits for. */
const ITEMS = 300;

async function main({ ending, path, prefix }, say) {
  const storage = createStorage({ driver: sqlite({ path }) });
  await storage.setItem(`${prefix}acknowledged`, "yes");
  for (let index = 0; index < ITEMS; index += 1) {
    storage.setItem(`${prefix}item:${index}`, { index }).catch(() => {});
  }
  storage.getItem(`${prefix}item:0`).catch(() => {});
  say("stored");
  if (ending === "by process.exit") process.exit(0);
  if (ending === "terminated") {
    setInterval(() => storage.setItem(`${prefix}item:0`, { index: 0 }).catch(() => {}), 1);
  }
}

const [, , ending, path] = process.argv;
if (isMainThread) main({ ending, path, prefix: "" }, (word) => console.log(word));
else main(workerData, (word) => parentPort.postMessage(word));
