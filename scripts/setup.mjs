// Makes a clone usable: installs the development dependencies if they are missing or out of date,
// then builds. Everything that runs from a fresh clone calls this first.
//
//   node scripts/setup.mjs [--release]
import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { build } from "./build.mjs";
import { npm, ROOT, runAsProgram } from "./process.mjs";

/**
 * Installs and builds. Cheap when there is nothing to do.
 *
 * @param {{ release?: boolean }} [options] See `build`.
 */
export async function setup(options = {}) {
  await install();
  await build(options);
}

/** Installs the development dependencies exactly as locked, without running their scripts. */
export async function install() {
  if (await isInstalled()) return;
  const locked = existsSync(join(ROOT, "package-lock.json"));
  await npm([locked ? "ci" : "install", "--ignore-scripts", "--no-audit", "--no-fund"]);
}

/** npm writes a lock of its own into node_modules last; it is older than ours after an update. */
async function isInstalled() {
  const installed = await modifiedAt("node_modules/.package-lock.json");
  return installed > 0 && installed >= (await modifiedAt("package-lock.json"));
}

/**
 * @param {string} path Relative to the repository.
 * @returns {Promise<number>} Milliseconds since the epoch; 0 when there is no such file.
 */
async function modifiedAt(path) {
  try {
    return (await stat(join(ROOT, path))).mtimeMs;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return 0;
    throw error;
  }
}

await runAsProgram(import.meta.url, () => setup({ release: process.argv.includes("--release") }));
