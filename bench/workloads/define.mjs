/** @typedef {import("./index.mjs").Workload} Workload */

/**
 * Workloads that share a stack and, unless they say otherwise, a size.
 *
 * @param {Workload["stack"]} stack
 * @param {number} size
 * @param {(Omit<Workload, "stack" | "size"> & { size?: number })[]} workloads
 * @returns {Workload[]}
 */
export function on(stack, size, workloads) {
  return workloads.map((workload) => ({ stack, size, ...workload }));
}
