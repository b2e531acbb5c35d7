// Samples as a file: workload by workload, library by library, in the order of the rounds.
import { MICROSECONDS, workloadNamed } from "./workloads/index.mjs";

/**
 * @typedef {import("./measure.mjs").Sample} Sample
 * @typedef {Pick<Sample, "round" | "value" | "cpu" | "size" | "version">} Figures
 * @typedef {Record<string, { unit: string, libraries: Record<string, Figures[]> }>} Raw
 */

/**
 * @param {Sample[]} samples
 * @returns {string} JSON, a workload a line.
 */
export function rawOf(samples) {
  /** @type {Raw} */
  const raw = {};
  for (const { adapter, workload, ...figures } of samples) {
    const { unit = MICROSECONDS } = workloadNamed(workload);
    raw[workload] ??= { unit, libraries: {} };
    const { libraries } = raw[workload];
    libraries[adapter] ??= [];
    libraries[adapter].push(figures);
  }
  const lines = Object.entries(raw).map(
    ([name, workload]) => `  ${JSON.stringify(name)}: ${JSON.stringify(workload)}`,
  );
  return `{\n${lines.join(",\n")}\n}\n`;
}

/**
 * @param {string} text What `rawOf` gave.
 * @returns {Sample[]}
 */
export function samplesOf(text) {
  /** @type {Raw} */
  const raw = JSON.parse(text);
  return Object.entries(raw).flatMap(([workload, { libraries }]) =>
    Object.entries(libraries).flatMap(([adapter, all]) =>
      all.map((figures) => ({ adapter, workload, ...figures })),
    ),
  );
}
