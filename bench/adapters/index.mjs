// The libraries that are compared, in the order of the report. The first one is the baseline of
// every ratio. A library is loaded only in the processes that measure it.
import { ROOT } from "../../scripts/process.mjs";
import { folderOf, manifestOf } from "./peers.mjs";

/** @typedef {import("./store.mjs").Store} Store */
/** @typedef {import("./store.mjs").Place} Place */

/**
 * What a workload can ask of a store: a method of it, or one of
 *
 * - `rich`: gives back what JSON cannot say: dates, sets, maps, bigints, expressions, addresses;
 * - `below`: `keys` of a base looks at no others' folders, or at least answers with no others.
 *
 * @typedef {keyof Store | "rich" | "below"} Ability
 *
 * @typedef {object} Adapter
 * @property {string} name As the report and `--only` spell it.
 * @property {string} file The module in this folder; it exports `open`.
 * @property {string} [peer] The package that must be installed in `bench/` for it.
 * @property {Partial<Record<Place["stack"], Ability[]>>} stacks What it can do where.
 * @property {object} [options] Given to `open`.
 * @property {boolean} [variant] Shown only where writing files differently makes a difference.
 * @property {number} [share] The part of a workload's size that it is given: some need minutes for
 *   all of it.
 */

/** @type {Ability[]} */
const ASYNC = ["set", "get", "has", "remove", "getMany", "setMany", "keys"];
/** @type {Ability[]} */
const SYNC = ["setSync", "getSync", "hasSync"];
/** @type {Ability[]} */
const FILES = [...ASYNC, ...SYNC, "below", "meta", "setRaw"];

/** @type {Ability[]} */
const TABLE = [...SYNC, "getMany", "setMany", "keys", "below"];

/** @type {Adapter["stacks"]} */
const STORAGE = {
  memory: [...ASYNC, ...SYNC, "rich", "setRaw"],
  fs: [...FILES, "rich", "watch"],
  queue: [...ASYNC, "flush"],
  database: [...ASYNC, ...SYNC],
};

/** @type {Adapter[]} */
export const ADAPTERS = [
  {
    name: "electron-async-storage",
    file: "electron-async-storage.mjs",
    peer: "electron-async-storage",
    stacks: STORAGE,
  },
  {
    name: "stowage",
    file: "stowage.mjs",
    stacks: { ...STORAGE, database: [...ASYNC, ...SYNC, "range"] },
  },
  {
    name: "stowage atomic:false",
    file: "stowage.mjs",
    stacks: { fs: STORAGE.fs ?? [] },
    options: { atomic: false },
    variant: true,
  },
  {
    name: "stowage cacheBytes:0",
    file: "stowage.mjs",
    stacks: { database: [...ASYNC, ...SYNC, "range"] },
    options: { cacheBytes: 0 },
    variant: true,
  },
  {
    name: "unstorage",
    file: "unstorage.mjs",
    peer: "unstorage",
    stacks: { memory: [...ASYNC, "setRaw"], fs: [...ASYNC, "below", "meta", "setRaw", "watch"] },
  },
  {
    name: "keyv",
    file: "keyv.mjs",
    peer: "keyv",
    stacks: { memory: ["set", "get", "has", "remove", "getMany", "setMany"] },
  },
  {
    name: "Map+JSON",
    file: "map-json.mjs",
    stacks: { memory: [...SYNC, "getMany", "setMany", "keys"] },
  },
  {
    name: "better-sqlite3",
    file: "better-sqlite3.mjs",
    peer: "better-sqlite3",
    stacks: { fs: TABLE, database: [...TABLE, "range"] },
  },
  {
    name: "lmdb",
    file: "lmdb.mjs",
    peer: "lmdb",
    stacks: { fs: [...TABLE, "set", "remove"], database: [...TABLE, "set", "remove", "range"] },
  },
  {
    name: "classic-level",
    file: "classic-level.mjs",
    peer: "classic-level",
    stacks: {
      fs: [...ASYNC, "getSync", "below"],
      database: [...ASYNC, "getSync", "below", "range"],
    },
  },
  {
    name: "conf",
    file: "conf.mjs",
    peer: "conf",
    stacks: { fs: [...SYNC] },
    share: 0.05,
  },
  {
    name: "node-persist",
    file: "node-persist.mjs",
    peer: "node-persist",
    stacks: { fs: ["set", "get", "remove", "keys"] },
    share: 0.25,
  },
  { name: "node:fs", file: "node-fs.mjs", stacks: { fs: FILES } },
  {
    name: "node:fs rename",
    file: "node-fs.mjs",
    stacks: { fs: FILES },
    options: { rename: true },
    variant: true,
  },
];

/** The adapter that every ratio is taken against. */
export const BASELINE = "electron-async-storage";

/** @param {string} name */
export function adapterNamed(name) {
  const adapter = ADAPTERS.find((candidate) => candidate.name === name);
  if (!adapter) throw new Error(`There is no adapter named ${name}.`);
  return adapter;
}

/**
 * @param {Adapter} adapter
 * @param {import("../workloads/index.mjs").Workload} workload
 */
export function canRun(adapter, { stack, needs, variants, only }) {
  const abilities = adapter.stacks[stack];
  if (!abilities || (adapter.variant && !variants)) return false;
  if (only && !only.includes(adapter.name)) return false;
  return needs.every((need) => abilities.includes(need));
}

/**
 * @param {Adapter} adapter
 * @returns {Promise<{ open: (place: Place) => Partial<Store> | Promise<Partial<Store>> }>}
 */
export const load = (adapter) => import(new URL(adapter.file, import.meta.url).href);

/** Of the library; of Node where that is all there is. */
export function versionOf(/** @type {Adapter} */ { peer, file }) {
  if (peer) return manifestOf(folderOf(peer) ?? "")?.version ?? "not installed";
  if (file !== "stowage.mjs") return `Node ${process.versions.node}`;
  return manifestOf(ROOT)?.version ?? "unknown";
}
