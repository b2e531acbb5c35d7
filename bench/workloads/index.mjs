// What is measured. A workload never knows which library it runs on.
import { DATABASE } from "./database.mjs";
import { FS_READS } from "./fs-reads.mjs";
import { FS_WRITES } from "./fs-writes.mjs";
import { GROWTH } from "./growth.mjs";
import { LATENCY } from "./latency.mjs";
import { MEMORY } from "./memory.mjs";
import { PACKAGES } from "./packages.mjs";
import { QUEUE } from "./queue.mjs";
import { SIZES } from "./sizes.mjs";
import { WATCHING } from "./watching.mjs";
import { WORKERS } from "./workers.mjs";

/** @typedef {import("../adapters/store.mjs").Store} Store */
/** @typedef {import("../adapters/store.mjs").Place} Place */
/** @typedef {import("../adapters/index.mjs").Adapter} Adapter */
/** @typedef {import("../adapters/index.mjs").Ability} Ability */

/**
 * @typedef {object} Scene What a workload works on; each run has one of its own.
 * @property {Store} store It has what the workload needs; only that may be called.
 * @property {number} size Operations that `measure` carries out.
 * @property {number} scale What `size` is a share of: 1, or less while warming up and in a quick run.
 * @property {any} state Whatever `prepare` wants to hand on.
 * @property {Adapter} adapter
 * @property {string} base The folder of the store.
 * @property {() => Promise<Store>} reopen Opens the store again, after it was closed.
 * @property {string} folder Where in the store its keys lie: those of the warming do not come again.
 *
 * @typedef {object} Workload
 * @property {string} name As the report and `--workloads` spell it.
 * @property {Place["stack"]} stack
 * @property {Ability[]} needs Libraries without them are left out.
 * @property {number} size Timed operations, or whatever else `figure` counts.
 * @property {string} [unit] Of the figure; µs per operation by default. Less is better in all.
 * @property {string[]} [only] The adapters it makes sense for; all by default.
 * @property {number} [rounds] Rounds at most, for what takes long or never changes.
 * @property {Record<string, number>} [shares] The part of the size that a library is given, by its
 *   name, where all would take minutes.
 * @property {number} [warm] Operations before the timed ones, to warm the compiler; a share of the
 *   size, and enough, by default. `0` for none.
 * @property {boolean} [variants] Writes files, so that other ways of doing it are worth showing.
 * @property {Place["queue"]} [queue] Options of the queue.
 * @property {boolean} [abandoned] The store is neither closed nor opened again: the predecessor's
 *   queue would write everything at once, with more files open than a process may have.
 * @property {(scene: Scene) => unknown} [prepare] Not timed.
 * @property {(scene: Scene) => unknown} [measure] Timed. What it returns goes to `answers`.
 * @property {(scene: Scene) => number | Promise<number>} [figure] Instead of `measure`: takes the
 *   figure itself, in `unit`.
 * @property {(scene: Scene, result: any) => unknown} [answers] Checks what `measure` returned.
 * @property {(scene: Scene) => unknown} [check] Checks what is stored; once more after the store
 *   was closed and opened again, where it keeps anything.
 */

/**
 * @typedef {object} Group
 * @property {string} title
 * @property {Workload[]} workloads
 */

/** @type {Group[]} */
export const GROUPS = [
  { title: "Memory", workloads: MEMORY },
  { title: "Files", workloads: [...FS_READS, ...FS_WRITES] },
  { title: "Queue over files", workloads: QUEUE },
  { title: "Size of values", workloads: SIZES },
  { title: "Growth", workloads: GROWTH },
  { title: "Workers", workloads: WORKERS },
  { title: "Latency", workloads: [...LATENCY, ...WATCHING] },
  { title: "Start-up and size", workloads: PACKAGES },
];

/** Measured by a run of their own: filling large stores takes as long as all else. */
export const DATABASES = { title: "Databases", workloads: DATABASE };

export const WORKLOADS = GROUPS.flatMap(({ workloads }) => workloads);

export const ALL_WORKLOADS = [...WORKLOADS, ...DATABASE];

/** The unit of workloads that name none. */
export const MICROSECONDS = "µs";

/** @param {string} name */
export function workloadNamed(name) {
  const workload = ALL_WORKLOADS.find((candidate) => candidate.name === name);
  if (!workload) throw new Error(`There is no workload named ${name}.`);
  return workload;
}
