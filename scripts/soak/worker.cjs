// A worker that uses the library and ends as it is told, with work under way.
"use strict";

const { parentPort, workerData } = require("node:worker_threads");
const { createStorage } = require("../../index.js");
const fsDriver = require("../../drivers/fs.js");
const queueDriver = require("../../drivers/queue.js");

async function main() {
  const { ending, base } = workerData;
  const driver = queueDriver({ driver: fsDriver({ base }), flushInterval: 5 });
  const storage = createStorage({ driver }).mount("files", fsDriver({ base }));
  await storage.watch(() => {});
  for (let index = 0; index < 20; index += 1) {
    storage.setItem(`queued:${index}`, index).catch(() => {});
    storage.setItem(`files:${index}`, "x".repeat(1000)).catch(() => {});
  }
  parentPort?.postMessage("working");
  if (ending === "by process.exit") process.exit(0);
  if (ending === "terminated") setInterval(() => storage.setItem("more", 1), 1);
  if (ending === "after dispose") await storage.dispose();
}

main();
