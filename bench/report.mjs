// Turns samples into the table that is printed and written.
import os from "node:os";
import { BASELINE } from "./adapters/index.mjs";

/** @typedef {import("./measure.mjs").Sample} Sample */

const NANOSECONDS_PER_MICROSECOND = 1000;

/** @param {number[]} numbers Not empty. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = /** @type {number} */ (sorted[middle]);
  return sorted.length % 2 === 1 ? upper : /** @type {number} */ (sorted[middle - 1] + upper) / 2;
}

/**
 * How many times faster `samples` are than `baseline`, round by round.
 *
 * @param {Sample[]} samples
 * @param {Sample[]} baseline
 * @param {"wall" | "cpu"} unit
 */
export function ratios(samples, baseline, unit) {
  return samples.flatMap((sample) => {
    const other = baseline.find(({ round }) => round === sample.round);
    return other ? [other[unit] / sample[unit]] : [];
  });
}

/**
 * @param {Sample[]} samples
 * @param {{ rounds: number, pinned: boolean, quick: boolean, command: string }} run
 */
export function reportOf(samples, run) {
  return `${[heading(samples, run), table(samples)].join("\n\n")}\n`;
}

/**
 * @param {Sample[]} samples
 * @param {{ rounds: number, pinned: boolean, quick: boolean, command: string }} run
 */
function heading(samples, { rounds, pinned, quick, command }) {
  const versions = new Map(samples.map(({ adapter, version }) => [adapter, version]));
  const libraries = [...versions].map(([name, version]) => `${name} (${version})`).join(", ");
  const lines = [
    "# Stowage beside its peers",
    "",
    `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}: ${libraries}.`,
    `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${processors()}.`,
    `${rounds} rounds, libraries in turn within each, every repeat in a process of its own${pinned ? ", pinned to one processor" : ""}; every value verified.`,
    "Times are medians in µs per operation by the clock. A ratio says how many times faster than",
    `${BASELINE} in the same round: median, and in brackets the lowest and the highest.`,
    "The last column is the ratio of processor time, which other work on the machine disturbs less.",
  ];
  if (quick)
    lines.push("", "**A quick run: it shows that everything works. Its figures mean nothing.**");
  return lines.join("\n");
}

function processors() {
  const all = os.cpus();
  return `${all.length} × ${all[0]?.model.trim() || "unknown processor"}`;
}

/** @param {Sample[]} samples */
function table(samples) {
  const header = [
    "| workload | library | µs | ratio | CPU ratio |",
    "| --- | --- | ---: | ---: | ---: |",
  ];
  const workloads = [...new Set(samples.map(({ workload }) => workload))];
  return [
    ...header,
    ...workloads.flatMap((name) => rowsOf(samples.filter(({ workload }) => workload === name))),
  ].join("\n");
}

/** @param {Sample[]} samples Of one workload. */
function rowsOf(samples) {
  const baseline = samples.filter(({ adapter }) => adapter === BASELINE);
  const adapters = [...new Set(samples.map(({ adapter }) => adapter))].sort(baselineFirst);
  return adapters.map((name) =>
    row(
      samples.filter(({ adapter }) => adapter === name),
      baseline,
    ),
  );
}

function baselineFirst(/** @type {string} */ a, /** @type {string} */ b) {
  if (a === BASELINE) return -1;
  return b === BASELINE ? 1 : a.localeCompare(b);
}

/**
 * @param {Sample[]} samples
 * @param {Sample[]} baseline
 */
function row(samples, baseline) {
  const { workload, adapter } = /** @type {Sample} */ (samples[0]);
  const time = microseconds(median(samples.map(({ wall }) => wall)));
  if (adapter === BASELINE) return `| ${workload} | ${adapter} | ${time} | | |`;
  const wall = ratios(samples, baseline, "wall");
  const cpu = ratios(samples, baseline, "cpu");
  const range =
    wall.length > 0
      ? `${times(median(wall))} (${times(Math.min(...wall))}–${times(Math.max(...wall))})`
      : "";
  return `| | ${adapter} | ${time} | ${range} | ${cpu.length > 0 ? times(median(cpu)) : ""} |`;
}

/** Three digits are more than the figures are worth; none before the point is dropped. */
function microseconds(/** @type {number} */ nanoseconds) {
  const time = nanoseconds / NANOSECONDS_PER_MICROSECOND;
  return time >= 100 ? time.toFixed(0) : time.toPrecision(3);
}

const times = (/** @type {number} */ ratio) => `${ratio.toFixed(ratio < 10 ? 2 : 1)}×`;
