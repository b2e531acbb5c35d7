// Runs vitest and counts its tests.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { countsOfVitest } from "./counts.mjs";
import { ROOT, run } from "./process.mjs";

/**
 * @typedef {object} VitestOptions
 * @property {string} [node] The Node to run it with; the one that runs this by default.
 * @property {string[]} [filters] Folders or files; everything of the project by default.
 * @property {NodeJS.ProcessEnv} [env] Variables added to the inherited ones.
 */

/**
 * @param {string} project Its name in vitest.config.mjs.
 * @param {VitestOptions} [options]
 */
export async function runVitest(project, { node = process.execPath, filters = [], env } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "stowage-test-"));
  const file = join(folder, "report.json");
  const cli = join(ROOT, "node_modules", "vitest", "vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  try {
    const args = [cli, "run", "--project", project, ...reporters, ...filters];
    const { code } = await run(node, args, { env });
    return countsOfVitest(await readIfWritten(file), code);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
async function readIfWritten(file) {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return undefined;
    throw error;
  }
}
