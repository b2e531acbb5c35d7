// The libraries that are compared, in the order of the report. The first one is the baseline of
// every ratio. A library is loaded only in the process that measures it.

/**
 * @typedef {object} Library
 * @property {string} version
 * @property {(options?: any) => any} createStorage
 * @property {Record<"memory" | "fs" | "queue", any>} drivers Functions; the
 *   predecessor declares its modules wrongly for ES modules.
 * @property {object} [fsOptions] Given to every fs driver.
 *
 * @typedef {object} Adapter
 * @property {string} name As the report and `--only` spell it.
 * @property {(workload: import("../workloads/index.mjs").Workload) => boolean} runs
 * @property {() => Promise<Library>} load
 */

/** @type {Adapter[]} */
export const ADAPTERS = [
  {
    name: "electron-async-storage",
    runs: () => true,
    load: () => import("./electron-async-storage.mjs"),
  },
  {
    name: "stowage",
    runs: () => true,
    load: () => import("./stowage.mjs"),
  },
  {
    // Publishing a file as a whole costs a rename; this shows the same work without it.
    name: "stowage atomic:false",
    runs: (workload) => workload.publishes === true,
    load: () => import("./stowage-in-place.mjs"),
  },
];

/** @param {string} name */
export function adapterNamed(name) {
  const adapter = ADAPTERS.find((candidate) => candidate.name === name);
  if (!adapter) throw new Error(`There is no adapter named ${name}.`);
  return adapter;
}

/** The adapter that every ratio is taken against. */
export const BASELINE = "electron-async-storage";
