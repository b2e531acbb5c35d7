// The folder that all files of a run lie in.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../scripts/process.mjs";

/**
 * @typedef {object} Root
 * @property {string} folder
 * @property {boolean} spread Folders in it lie far apart on the disk.
 * @property {() => Promise<void>} remove
 */

/**
 * Makes it.
 *
 * ext4 puts the files of neighbouring folders into one group of inodes, and for some minutes it does
 * not give out again what was deleted there: it steps over each such inode at every new file. After
 * a few thousand deletions, creating a file takes 30 to 200 µs instead of 10, whoever creates it.
 * Applications do not delete thousands of files before they write; benchmarks do. So the folder is
 * marked as one whose children are unrelated, and each run lies in a group of its own.
 *
 * @returns {Promise<Root>}
 */
export async function makeRoot() {
  const folder = await mkdtemp(join(tmpdir(), "stowage-bench-"));
  const quiet = { capture: true, captureErrors: true };
  const marked = process.platform === "linux" && (await run("chattr", ["+T", folder], quiet));
  return {
    folder,
    spread: marked !== false && marked.code === 0,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
