// The public API, checked without a test runner: it runs wherever the library does, also where
// vitest does not. Prints one line a check in the form of TAP, and the number of them at the end.
//
//   program.cjs [folder]
"use strict";

const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { Run } = require("./tap.cjs");

/** What is checked, in this order. */
const SECTIONS = {
  memory: require("./checks/memory.cjs"),
  files: require("./checks/files.cjs"),
  sqlite: require("./checks/sqlite.cjs"),
  values: require("./checks/values.cjs"),
  raw: require("./checks/raw.cjs"),
  batches: require("./checks/batches.cjs"),
  queue: require("./checks/queue.cjs"),
  mounts: require("./checks/mounts.cjs"),
  drivers: require("./checks/drivers.cjs"),
  watch: require("./checks/watch.cjs"),
  migrations: require("./checks/migrations.cjs"),
  errors: require("./checks/errors.cjs"),
  workers: require("./checks/workers.cjs"),
};

/**
 * Runs every check.
 *
 * @param {(line: string) => void} print Is given each line of the report, without its end.
 * @returns {Promise<number>} How many checks failed.
 */
async function main(print) {
  const folder = mkdtempSync(join(tmpdir(), "stowage-program-"));
  const run = new Run(print, folder);
  try {
    for (const [name, section] of Object.entries(SECTIONS)) await run.section(name, section);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
  return run.finish();
}

module.exports = { main };

if (require.main === module) {
  main((line) => console.log(line)).then((failed) => {
    process.exitCode = failed === 0 ? 0 : 1;
  });
}
