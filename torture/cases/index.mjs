// What is done to each library.
import { atOnce } from "./at-once.mjs";
import { fullDisk } from "./full-disk.mjs";
import { injections } from "./injections.mjs";
import { kills } from "./kills.mjs";
import { power } from "./power.mjs";
import { reader } from "./reader.mjs";

/**
 * @typedef {object} Row A line of the report.
 * @property {string} name
 * @property {boolean} [isWork] It counts what was done: nothing done is nothing shown.
 * @property {boolean} [isHarm] It counts what must not happen.
 * @property {(adapter: string) => boolean} [isFreeTo] Names of libraries that may do it all the same;
 *   none by default.
 *
 * @typedef {object} Scene Where a case runs on a library.
 * @property {import("../adapters/index.mjs").Adapter} adapter
 * @property {string} folder An empty folder of its own.
 * @property {import("../options.mjs").Plan} plan
 * @property {(row: string, number: number) => void} count Adds to a row.
 *
 * @typedef {object} Case
 * @property {string} name As `--cases` spells it.
 * @property {string} title
 * @property {string} [note] What a reader of its figures must know.
 * @property {Row[]} rows
 * @property {(adapter: import("../adapters/index.mjs").Adapter) => boolean} [promisedBy] Which of
 *   ours must come through; all by default.
 * @property {(folder: string, plan: import("../options.mjs").Plan) => Promise<string | undefined>} [obstacle]
 *   Why it cannot run here. It may use the folder.
 * @property {(scene: Scene) => Promise<void>} run
 */

/** @type {Case[]} */
export const CASES = [
  kills,
  power,
  fullDisk("tmpfs"),
  fullDisk("ext4"),
  injections,
  atOnce,
  reader,
];
