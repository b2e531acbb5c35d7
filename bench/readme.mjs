// Keeps the figures in the README those of the last full run.

const START = "<!-- figures: written by `npm run bench` -->";
const END = "<!-- end of figures -->";

/** Drawn with the report; it suits light and dark pages. */
const PICTURE =
  "![Bars: how many times faster each operation is than in electron-async-storage](bench/results/latest.svg)";

/** What the README shows, by the name of the workload. The rest is in the report. */
const HIGHLIGHTS = [
  "memory setItemSync",
  "memory getItemSync, 1k keys again and again",
  "memory setItem, awaited",
  "memory getItem, awaited, 1k keys again and again",
  "memory getItems of 100k",
  "fs getItem, awaited",
  "fs getItem, 1,000 in flight",
  "fs getItems of 10k",
  "fs setItem of new keys, awaited",
  "fs setItem over existing keys, awaited",
  "fs getKeys of 10k in 100 folders",
  "queue(fs) setItem, awaited, while it queues",
  "watch: from a change by others to the callback",
];

/**
 * The table for the README, from the report.
 *
 * @param {string} report
 * @returns {string}
 */
export function highlightsOf(report) {
  const rows = report.split("\n").filter((line) => line.startsWith("| "));
  const picked = HIGHLIGHTS.map((name) => highlight(rows, name));
  const header = [
    "| per operation | electron-async-storage | Stowage | times faster |",
    "| --- | ---: | ---: | ---: |",
  ];
  return [START, "", PICTURE, "", ...header, ...picked, "", END].join("\n");
}

/**
 * One row of the README from the rows of a workload: its first row is the baseline's.
 *
 * @param {string[]} rows
 * @param {string} name
 */
function highlight(rows, name) {
  const first = rows.findIndex((row) => cells(row)[0] === name);
  if (first < 0) throw new Error(`The report has no workload ${name}.`);
  const baseline = cells(rows[first] ?? "");
  const rest = rows.slice(first + 1).map(cells);
  const next = rest.findIndex(([workload]) => workload !== "");
  const own = next < 0 ? rest : rest.slice(0, next);
  const stowage = own.find(([, library]) => library === "stowage");
  if (!stowage) throw new Error(`The report has no figures of stowage for ${name}.`);
  const [ratio] = (stowage[4] ?? "").split(" ");
  return `| ${name} | ${baseline[2]} | ${stowage[2]} | ${ratio} |`;
}

/** @param {string} row */
function cells(row) {
  return row
    .split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/**
 * The README with the figures of the report.
 *
 * @param {string} readme
 * @param {string} report
 * @returns {string}
 */
export function withFigures(readme, report) {
  const [before, rest] = readme.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error("The README has no place for figures.");
  return before + highlightsOf(report) + after;
}
