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
 * @property {string[]} [cases] Names of the cases that it takes part in; all by default.
 */

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
    // The disk in memory is smaller than a log may become. A quick run fails calls of which none refuses a
    // write of SQLite, which writes with `pwrite64`: without that it says nothing.
    cases: ["kill", "full ext4", "at once", "read"],
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
