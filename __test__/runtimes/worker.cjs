// A worker thread that stores, says so, and ends as it is told with work under way.
"use strict";

const { parentPort, workerData } = require("node:worker_threads");
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");
const queue = require("stowage/drivers/queue");

async function main({ ending, base }) {
  const storage = createStorage({ driver: fs({ base }) });
  const queued = createStorage({ driver: queue({ driver: fs({ base }), flushInterval: 5 }) });
  await storage.watch(() => {});
  await storage.setItem("acknowledged", { ending });
  for (let index = 0; index < 20; index += 1) {
    storage.setItem(`pending:${index}`, "x".repeat(5000)).catch(() => {});
    queued.setItem(`queued:${index}`, index).catch(() => {});
  }
  parentPort.postMessage("stored");
  if (ending === "by process.exit") process.exit(0);
  if (ending === "terminated") setInterval(() => storage.setItem("more", 1), 1);
  if (ending === "with an exception") throw new Error("intended");
}

main(workerData).catch((error) =>
  setImmediate(() => {
    throw error;
  }),
);
