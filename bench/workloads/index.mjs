// What is measured. A workload never knows which library it runs on.
import { FS_WORKLOADS } from "./fs.mjs";
import { MEMORY_WORKLOADS } from "./memory.mjs";
import { QUEUE_WORKLOADS } from "./queue.mjs";

/**
 * @typedef {object} Scene What a workload works on; each run has one of its own.
 * @property {any} storage
 * @property {number} size Operations that `measure` carries out.
 * @property {any} state Whatever `prepare` wants to hand on.
 *
 * @typedef {object} Workload
 * @property {string} name As the report and `--workloads` spell it.
 * @property {"memory" | "fs" | "queue"} stack
 * @property {number} size Timed operations.
 * @property {boolean} [publishes] Writes files, so that `atomic: false` is worth showing beside it.
 * @property {boolean} [abandoned] The storage is not disposed: the predecessor's queue would write
 *   everything at once, with more files open than a process may have.
 * @property {(scene: Scene) => unknown} [prepare] Not timed.
 * @property {(scene: Scene) => unknown} measure Timed. What it returns goes to `verify`.
 * @property {(scene: Scene, result: any) => unknown} verify Not timed. Throws if a value is wrong.
 */

/** @type {Workload[]} */
export const WORKLOADS = [...MEMORY_WORKLOADS, ...FS_WORKLOADS, ...QUEUE_WORKLOADS];

/** @param {string} name */
export function workloadNamed(name) {
  const workload = WORKLOADS.find((candidate) => candidate.name === name);
  if (!workload) throw new Error(`There is no workload named ${name}.`);
  return workload;
}
