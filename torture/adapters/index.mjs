// The libraries that are compared, in the order of the report. One is loaded only in the processes
// that work with it.

import { manifestOf } from "../../bench/adapters/peers.mjs";
import { ROOT } from "../../scripts/process.mjs";
import { versionOfPeer } from "./peers.mjs";

/** @typedef {import("./store.mjs").Store} Store */

/**
 * @typedef {object} Adapter
 * @property {string} name As the report and `--only` spell it.
 * @property {string} file The module in this folder; it exports `open`.
 * @property {string} [peer] The package that must be installed in `torture/` for it.
 * @property {object} [options] Given to `open`.
 * @property {string[]} [files] Those that it works on, below the folder of the store.
 * @property {boolean} [hasWholeBatches] It promises that a batch is written whole or not at all.
 * @property {string[]} [cases] Names of the cases that it takes part in; all by default.
 */

const SQLITE_FILES = ["data.db", "data.db-wal", "data.db-shm"];

/** @type {Adapter[]} */
export const ADAPTERS = [
  { name: "stowage", file: "stowage.mjs" },
  { name: "stowage power", file: "stowage.mjs", options: { durability: "power" } },
  { name: "stowage queue", file: "stowage.mjs", options: { queued: true } },
  {
    name: "stowage queue power",
    file: "stowage.mjs",
    options: { durability: "power", queued: true },
    cases: ["power"],
  },
  {
    name: "stowage sqlite",
    file: "stowage-sqlite.mjs",
    files: SQLITE_FILES,
    hasWholeBatches: true,
  },
  {
    name: "stowage sqlite power",
    file: "stowage-sqlite.mjs",
    options: { durability: "power" },
    files: SQLITE_FILES,
    hasWholeBatches: true,
  },
  {
    name: "stowage queue sqlite",
    file: "stowage-sqlite.mjs",
    files: SQLITE_FILES,
    options: { queued: true },
    cases: ["kill", "inject", "full tmpfs", "full ext4", "at once", "read"],
  },
  { name: "write-file-atomic", file: "write-file-atomic.mjs", peer: "write-file-atomic" },
  { name: "atomically", file: "atomically.mjs", peer: "atomically" },
  { name: "conf", file: "conf.mjs", peer: "conf" },
  {
    name: "electron-async-storage",
    file: "electron-async-storage.mjs",
    peer: "electron-async-storage",
  },
  { name: "unstorage", file: "unstorage.mjs", peer: "unstorage" },
];

/** @param {string} name */
export function adapterNamed(name) {
  const adapter = ADAPTERS.find((candidate) => candidate.name === name);
  if (!adapter) throw new Error(`There is no library named ${name}.`);
  return adapter;
}

/**
 * @param {Adapter} adapter
 * @param {string} base A folder that need not exist.
 * @returns {Promise<Store>}
 */
export async function openStore(adapter, base) {
  const { open } = await import(new URL(adapter.file, import.meta.url).href);
  return open(base, adapter.options);
}

/** @returns {string | undefined} Nothing when it is not installed. */
export function versionOf(/** @type {Adapter} */ { peer }) {
  return peer ? versionOfPeer(peer) : manifestOf(ROOT)?.version;
}
