// Workers that come, work and go, round after round. Prints a report as program.cjs does.
//
//   storm.cjs [rounds] [workers a round]        default: 50 of 20, which are a thousand
"use strict";

const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { Worker } = require("node:worker_threads");
const { Run } = require("./tap.cjs");

const SCRIPT = join(__dirname, "worker.cjs");
const ENDINGS = ["naturally", "by process.exit", "terminated", "with an exception"];

/** Starts a worker and resolves when it is gone; rejects if it failed in a way not asked for. */
function live(ending, base) {
  const worker = new Worker(SCRIPT, { workerData: { ending, base } });
  if (ending === "terminated") worker.once("message", () => worker.terminate());
  return new Promise((resolve, reject) => {
    worker.on("error", (error) => error.message === "intended" || reject(error));
    worker.on("exit", resolve);
  });
}

/**
 * @param {(line: string) => void} print
 * @param {number} rounds
 * @param {number} workers
 */
async function storm(print, rounds, workers) {
  const folder = mkdtempSync(join(tmpdir(), "stowage-storm-"));
  const run = new Run(print, folder);
  const round = (base) =>
    Promise.all(
      Array.from({ length: workers }, (_, index) => live(ENDINGS[index % ENDINGS.length], base)),
    );
  const numbered = Array.from({ length: rounds }, (_, index) => [`round ${index + 1}`, round]);
  await run.section(`${workers} workers`, Object.fromEntries(numbered));
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  return run.finish();
}

module.exports = { storm };

if (require.main === module) {
  const [rounds = 50, workers = 20] = process.argv.slice(2).map(Number);
  storm((line) => console.log(line), rounds, workers).then((failed) => {
    process.exitCode = failed === 0 ? 0 : 1;
  });
}
