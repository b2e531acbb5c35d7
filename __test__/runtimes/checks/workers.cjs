// Worker threads: each has the library, all have the files, and they leave as they like.
"use strict";

const assert = require("node:assert").strict;
const { join } = require("node:path");
const { createStorage } = require("stowage");
const fs = require("stowage/drivers/fs");
const { Skip } = require("../tap.cjs");

const SCRIPT = join(__dirname, "..", "worker.cjs");
const HOW = ["naturally", "by process.exit", "terminated", "with an exception"];

/** Starts a worker, waits for its word that it works, and then for its end. */
async function lives(ending, base) {
  const { Worker } = require("node:worker_threads");
  const worker = new Worker(SCRIPT, { workerData: { ending, base } });
  const ended = new Promise((resolve) => worker.on("exit", resolve));
  const spoken = new Promise((resolve, reject) => {
    worker.on("message", resolve);
    worker.on("error", (error) => (error.message === "intended" ? undefined : reject(error)));
  });
  assert.equal(await spoken, "stored");
  if (ending === "terminated") await worker.terminate();
  await ended;
}

const check = (ending) => async (base) => {
  // A page may start web workers only.
  if (process.type === "renderer") throw new Skip("a renderer cannot start worker_threads");
  const storage = createStorage({ driver: fs({ base }) });
  await storage.setItem("main", "here");
  for (let round = 0; round < 3; round += 1) {
    await Promise.all([0, 1, 2].map((index) => lives(ending, join(base, String(index)))));
  }
  for (const index of [0, 1, 2]) {
    const theirs = createStorage({ driver: fs({ base: join(base, String(index)) }) });
    assert.deepEqual(await theirs.getItem("acknowledged"), { ending });
  }
  assert.equal(await storage.getItem("main"), "here");
};

module.exports = Object.fromEntries(HOW.map((ending) => [`end ${ending}`, check(ending)]));
