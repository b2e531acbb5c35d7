// Turns samples into the tables that are printed and written.
import os from "node:os";
import { ADAPTERS, adapterNamed, BASELINE } from "./adapters/index.mjs";
import { PEER_ROUNDS } from "./measure.mjs";
import { median, ratios } from "./statistics.mjs";
import { DATABASES, GROUPS, MICROSECONDS, workloadNamed } from "./workloads/index.mjs";

/** @typedef {import("./measure.mjs").Sample} Sample */
/** @typedef {import("./workloads/index.mjs").Workload} Workload */

/**
 * @typedef {object} Run
 * @property {number} rounds
 * @property {boolean} pinned
 * @property {boolean} spread The files of each repeat lay in a group of inodes of their own.
 * @property {boolean} quick
 * @property {string} command
 * @property {import("./available.mjs").LeftOut[]} leftOut
 */

/**
 * @param {Sample[]} samples
 * @param {Run} run
 */
export function reportOf(samples, run) {
  return `${heading(samples, run)}\n\n${tablesOf(samples)}`;
}

/** A table for each group of workloads. @param {Sample[]} samples */
export function tablesOf(samples) {
  const tables = [...GROUPS, DATABASES].flatMap(({ title, workloads }) =>
    tableOf(title, workloads, samples),
  );
  return `${tables.join("\n\n")}\n`;
}

/**
 * @param {Sample[]} samples
 * @param {Run} run
 */
function heading(samples, { rounds, pinned, spread, quick, command, leftOut }) {
  const versions = new Map(samples.map(({ adapter, version }) => [adapter, version]));
  const libraries = ADAPTERS.flatMap(({ name }) =>
    versions.has(name) ? [`${name} (${versions.get(name)})`] : [],
  );
  const lines = [
    "# Stowage beside its peers",
    "",
    `Made by \`${command}\` on ${new Date().toISOString().slice(0, 10)}: ${libraries.join(", ")}.`,
    `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${processors()}.`,
    `${rounds} ${rounds === 1 ? "round" : "rounds"} (at most ${PEER_ROUNDS} for others than Stowage and ${BASELINE}), libraries in turn within each, every repeat in a process of its own${pinned ? ", pinned to one processor" : ""}; every value verified, files once more after reopening.`,
    spread ? SPREAD : NOT_SPREAD,
    "Medians by the clock, with the lowest and the highest. A ratio says how many times better than",
    `${BASELINE} in the same round: median, and in brackets the lowest and the highest.`,
    "The last column is the ratio of processor time, which other work on the machine disturbs less.",
    "A number after a library is how many operations it was given where all would take it minutes.",
    ...leftOut.map(({ adapter, reason }) => `\n**${adapter.name} is left out: ${reason}.**`),
  ];
  if (quick)
    lines.push("", "**A quick run: it shows that everything works. Its figures mean nothing.**");
  return lines.join("\n");
}

const SPREAD =
  "Each repeat had its files far from those that earlier ones had deleted, which would slow down ext4.";
const NOT_SPREAD =
  "Files could not be kept apart from those that earlier repeats had deleted, which slows down ext4.";

function processors() {
  const all = os.cpus();
  return `${all.length} × ${all[0]?.model.trim() || "unknown processor"}`;
}

/**
 * @param {string} title
 * @param {Workload[]} workloads
 * @param {Sample[]} samples
 * @returns {string[]} Nothing where none of them ran.
 */
function tableOf(title, workloads, samples) {
  const rows = workloads.flatMap((workload) =>
    rowsOf(
      workload,
      samples.filter((sample) => sample.workload === workload.name),
    ),
  );
  if (rows.length === 0) return [];
  const header = [
    `## ${title}`,
    "",
    "| workload | library | median | lowest–highest | ratio | CPU ratio |",
    "| --- | --- | ---: | ---: | ---: | ---: |",
  ];
  return [[...header, ...rows].join("\n")];
}

/**
 * @param {Workload} workload
 * @param {Sample[]} samples Of it.
 */
function rowsOf(workload, samples) {
  const baseline = samples.filter(({ adapter }) => adapter === BASELINE);
  const present = ADAPTERS.map(({ name }) =>
    samples.filter(({ adapter }) => adapter === name),
  ).filter((own) => own.length > 0);
  return present.map((own, index) => {
    const name = index === 0 ? workload.name : "";
    return `| ${[name, ...cellsOf(workload, own, baseline)].join(" | ")} |`.replaceAll("  ", " ");
  });
}

/**
 * @param {Workload} workload
 * @param {Sample[]} samples Of one library.
 * @param {Sample[]} baseline
 */
function cellsOf({ unit = MICROSECONDS }, samples, baseline) {
  const { adapter } = /** @type {Sample} */ (samples[0]);
  const values = samples.map(({ value }) => value);
  const figures = [
    libraryOf(samples),
    `${digits(median(values))} ${unit}`,
    rangeOf(values, digits),
  ];
  if (adapter === BASELINE) return [...figures, "", ""];
  return [...figures, ratioCell(ratios(samples, baseline, "value")), cpuCell(samples, baseline)];
}

/**
 * The lowest and the highest; nothing where there is but one.
 *
 * @param {number[]} all
 * @param {(number: number) => string} format
 */
function rangeOf(all, format) {
  return all.length < 2 ? "" : `${format(Math.min(...all))}–${format(Math.max(...all))}`;
}

/** The library, and how much it was given if that was not all. @param {Sample[]} samples */
function libraryOf(samples) {
  const { adapter, workload, size } = /** @type {Sample} */ (samples[0]);
  const { figure, shares } = workloadNamed(workload);
  const share = shares?.[adapter] ?? adapterNamed(adapter).share;
  return share !== undefined && !figure ? `${adapter} (${size})` : adapter;
}

/** @param {number[]} all */
function ratioCell(all) {
  if (all.length === 0) return "";
  const range = rangeOf(all, times);
  return range === "" ? times(median(all)) : `${times(median(all))} (${range})`;
}

/**
 * @param {Sample[]} samples
 * @param {Sample[]} baseline
 */
function cpuCell(samples, baseline) {
  const all = ratios(samples, baseline, "cpu");
  return all.length > 0 ? times(median(all)) : "";
}

/** Three digits are more than the figures are worth; none before the point is dropped. */
function digits(/** @type {number} */ value) {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** @param {number} ratio */
export const times = (ratio) => `${ratio.toFixed(ratio < 10 ? 2 : ratio < 100 ? 1 : 0)}×`;
