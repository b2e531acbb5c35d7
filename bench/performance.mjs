// The tables of docs/performance.md, from the samples of the last full run.
import { BASELINE } from "./adapters/index.mjs";
import { times } from "./report.mjs";
import { median, ratios } from "./statistics.mjs";
import { DATABASES, MICROSECONDS, WORKLOADS } from "./workloads/index.mjs";

/** @typedef {import("./measure.mjs").Sample} Sample */

const OWN = "stowage";

/**
 * What the machine needs for an operation however it is written: microseconds, measured by bare
 * calls on the machine of the report (docs/design has how).
 *
 * @type {[workload: string, floor: number, of: string][]}
 */
const FLOORS = [
  ["memory setItemSync", 0.55, "`JSON.stringify` 0.49, a call with two strings 0.06"],
  ["memory getItemSync, 1k keys again and again", 0.06, "a look-up and a copy of two objects"],
  [
    "memory getItemSync, 100k keys in random order",
    0.86,
    "`JSON.parse` 0.54, the key and the text out of the cache 0.32",
  ],
  ["memory getItemSync of missing keys", 0.05, "a call with a string"],
  ["memory hasItemSync", 0.17, "a call with a string 0.05, the key out of memory 0.12"],
  ["memory setItems of 100k", 0.45, "`JSON.stringify` of many at once"],
  ["memory getItems of 100k", 0.34, "`JSON.parse` of many at once"],
  ["memory getKeys of 100k", 0.03, "`split` of one text"],
  ["fs getItem, awaited", 3.1, "open, read, close 2.5, `JSON.parse` 0.6"],
  ["fs getItemSync", 3.1, "open, read, close 2.5, `JSON.parse` 0.6"],
  ["fs getItem of missing keys, awaited", 1.8, "a folder searched"],
  ["fs getItems of 10k", 2.8, "open, read, close 2.5, `JSON.parse` 0.3"],
  ["fs getKeys of 10k in 100 folders", 0.2, "names read from the folders"],
  ["fs getMeta, awaited", 2.3, "`stat`, and a folder searched for `key$`"],
];

/** What the guide of the original says, in its own units as microseconds an operation. */
const CLAIMS = [
  ["memory, write: 2.2 M/s", 0.45, "memory setItem, awaited"],
  ["memory, read: 3.1 M/s", 0.32, "memory getItem, awaited, 100k keys in random order"],
  ["memory, batch read: 12.5 M/s", 0.08, "memory getItems of 100k"],
  ["files, write: 8.3 k/s", 120, "fs setItem of new keys, awaited"],
  ["files, read: 12.5 k/s", 80, "fs getItem, awaited"],
  ["files, batch read: 50 k/s", 20, "fs getItems of 10k"],
  ["queue, write: 666 k/s", 1.5, "queue(fs) setItem, awaited, while it queues"],
  ["queue, read: 250 k/s", 4, "queue(fs) getItem, awaited, of queued keys"],
];

const SIZES = ["1k", "10k", "100k", "1M"];
const GROWING = [
  (/** @type {string} */ size) => `setItemSync in a memory of ${size}`,
  (/** @type {string} */ size) => `getItemSync in a memory of ${size}, random order`,
  (/** @type {string} */ size) => `getKeys in a memory of ${size}`,
];

/** What shows what a computer can do, and is no store: it gives no copies, or keeps no data. */
const NO_STORES = ["Map+JSON", "node:fs", "node:fs rename"];

/** Below this share of the predecessor's speed, a workload is listed as slower. */
const AS_FAST = 0.95;

/** @param {Sample[]} samples */
function figuresOf(samples) {
  const of = (/** @type {string} */ workload, /** @type {string} */ adapter) =>
    samples.filter((sample) => sample.workload === workload && sample.adapter === adapter);
  return {
    of,
    /** The median, or undefined where the library did not run. */
    median(/** @type {string} */ workload, /** @type {string} */ adapter) {
      const all = of(workload, adapter).map(({ value }) => value);
      return all.length > 0 ? median(all) : undefined;
    },
    ratio(/** @type {string} */ workload) {
      const all = ratios(of(workload, OWN), of(workload, BASELINE), "value");
      return all.length > 0 ? median(all) : undefined;
    },
  };
}

/** @typedef {ReturnType<typeof figuresOf>} Figures */

/** @param {number | undefined} value */
function digits(value) {
  if (value === undefined) return "–";
  return value >= 100 ? value.toFixed(0) : value.toPrecision(value < 10 ? 2 : 3);
}

/** @param {number | undefined} ratio */
const ratioText = (ratio) => (ratio === undefined ? "–" : times(ratio));

/** @param {Figures} figures */
function floorsTable({ median, ratio }) {
  const rows = FLOORS.map(([name, floor, of]) => {
    const own = median(name, OWN);
    const above = own === undefined ? undefined : own / floor;
    return `| ${name} | ${digits(floor)}: ${of} | ${digits(own)} | ${ratioText(above)} | ${ratioText(ratio(name))} |`;
  });
  return [
    "| µs per operation | floor | Stowage | above the floor | faster than the predecessor |",
    "| --- | --- | ---: | ---: | ---: |",
    ...rows,
  ];
}

/** @param {Figures} figures */
function claimsTable({ median }) {
  const rows = CLAIMS.map(([claim, claimed, name]) => {
    const text = [digits(/** @type {number} */ (claimed)), ...both(String(name))];
    return `| ${claim} | ${text.join(" | ")} |`;
  });
  function both(/** @type {string} */ name) {
    return [digits(median(name, BASELINE)), digits(median(name, OWN))];
  }
  return [
    "| the guide of the predecessor says | that is, in µs | the predecessor, measured | Stowage |",
    "| --- | ---: | ---: | ---: |",
    ...rows,
  ];
}

/** @param {Figures} figures */
function growthTable({ median }) {
  const rows = GROWING.flatMap((name) =>
    [BASELINE, OWN].map((library) => {
      const cells = SIZES.map((size) => digits(median(name(size), library)));
      return `| ${name("N")} | ${library} | ${cells.join(" | ")} |`;
    }),
  );
  return [
    `| µs per operation | | ${SIZES.join(" | ")} |`,
    "| --- | --- | ---: | ---: | ---: | ---: |",
    ...rows,
  ];
}

/** Libraries of the table of databases, in its order. */
const SHOWN = [
  [OWN, "Stowage"],
  ["stowage cacheBytes:0", "without its cache"],
  ["better-sqlite3", "better-sqlite3"],
  ["lmdb", "lmdb"],
  ["classic-level", "classic-level"],
  [BASELINE, "the predecessor's files"],
];

/** @param {Figures} figures */
function databasesTable({ median }) {
  const rows = DATABASES.workloads.map(({ name, unit = MICROSECONDS }) => {
    const cells = SHOWN.map(([library]) => digits(median(name, String(library))));
    const title = unit === "" ? name : `${name}, ${unit}`;
    return `| ${[title, ...cells].join(" | ")} |`;
  });
  return [
    `| | ${SHOWN.map(([, title]) => title).join(" | ")} |`,
    `| --- | ${SHOWN.map(() => "---:").join(" | ")} |`,
    ...rows,
  ];
}

/** Workloads that another library carries out faster. @param {Figures} figures @param {Sample[]} samples */
function slowerTable({ median, ratio }, samples) {
  const rows = WORKLOADS.flatMap(({ name, unit = MICROSECONDS }) => {
    const own = median(name, OWN);
    const best = fastestOther(name, samples, median);
    if (own === undefined || best === undefined) return [];
    const isBaseline = best.adapter === BASELINE;
    const factor = isBaseline ? 1 / (ratio(name) ?? 1) : own / best.value;
    if (factor * AS_FAST <= 1) return [];
    const cells = [name, `${digits(own)} ${unit}`, best.adapter, `${digits(best.value)} ${unit}`];
    return [`| ${[...cells, times(factor)].join(" | ")} |`];
  });
  return [
    "| workload | Stowage | the fastest | its figure | faster |",
    "| --- | ---: | --- | ---: | ---: |",
    ...rows,
  ];
}

/**
 * @param {string} name
 * @param {Sample[]} samples
 * @param {Figures["median"]} median
 */
function fastestOther(name, samples, median) {
  const others = new Set(samples.map(({ adapter }) => adapter));
  const all = [...others]
    .filter((adapter) => !adapter.startsWith(OWN) && !NO_STORES.includes(adapter))
    .flatMap((adapter) => {
      const value = median(name, adapter);
      return value === undefined ? [] : [{ adapter, value }];
    });
  return all.sort((a, b) => a.value - b.value)[0];
}

/** @param {string} name */
const opening = (name) => `<!-- figures of ${name}: written by \`npm run bench\` -->`;
const CLOSING = "<!-- end of figures -->";

/**
 * The page with the figures of the samples.
 *
 * @param {string} page
 * @param {Sample[]} samples
 * @returns {string}
 */
export function withTables(page, samples) {
  const figures = figuresOf(samples);
  const tables = {
    floors: floorsTable(figures),
    claims: claimsTable(figures),
    growth: growthTable(figures),
    "what is slower": slowerTable(figures, samples),
  };
  return Object.entries(tables).reduce((text, [name, table]) => replaced(text, name, table), page);
}

/**
 * The page with the table of the databases.
 *
 * @param {string} page
 * @param {Sample[]} samples
 * @returns {string}
 */
export function withDatabases(page, samples) {
  return replaced(page, "databases", databasesTable(figuresOf(samples)));
}

/**
 * @param {string} page
 * @param {string} name
 * @param {string[]} table
 */
function replaced(page, name, table) {
  const [before, rest] = page.split(opening(name));
  const end = rest?.indexOf(CLOSING) ?? -1;
  if (before === undefined || rest === undefined || end < 0)
    throw new Error(`The page has no place for the figures of ${name}.`);
  return [before, opening(name), "\n\n", table.join("\n"), "\n\n", rest.slice(end)].join("");
}
