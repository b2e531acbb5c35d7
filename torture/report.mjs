// Results as tables: a line for each thing counted, a column for each library.
import os from "node:os";

/** @typedef {import("./cases/index.mjs").Case} Case */
/** @typedef {import("./adapters/index.mjs").Adapter} Adapter */

/**
 * @typedef {object} Result What a case did to a library.
 * @property {string} case
 * @property {string} adapter
 * @property {string} version
 * @property {Record<string, number>} counts By row.
 * @property {string} [failure] Why it came to no end.
 */

/** Numbers are easier to compare with their thousands apart. */
const spell = (/** @type {number} */ number) => number.toLocaleString("en-US");

/**
 * @param {Result[]} results
 * @param {object} about
 * @param {Case[]} about.cases
 * @param {Adapter[]} about.adapters
 * @param {string[]} about.skipped Sentences.
 * @param {string} about.command
 */
export function reportOf(results, { cases, adapters, skipped, command }) {
  const names = adapters.map(({ name }) => name);
  const shown = names.filter((name) => results.some(({ adapter }) => adapter === name));
  const versions = new Map(results.map(({ adapter, version }) => [adapter, version]));
  const header = [
    "# Torture",
    "",
    `From \`${command}\`, on Node ${process.versions.node}, ${os.type()} ${os.release()}, ${os.arch()}.`,
    `Versions: ${shown.map((name) => `${name} ${versions.get(name)}`).join(", ")}.`,
    "In bold is what must not happen.",
    ...skipped.map((sentence) => `\n${sentence}`),
  ];
  const tables = cases
    .filter(({ name }) => results.some((result) => result.case === name))
    .map((each) => tableOf(each, shown, results));
  return `${[...header, ...tables].join("\n")}\n`;
}

/**
 * @param {Case} each
 * @param {string[]} names
 * @param {Result[]} results
 */
function tableOf({ name, title, note, rows }, names, results) {
  const own = results.filter((result) => result.case === name);
  const columns = names.filter((adapter) => own.some((result) => result.adapter === adapter));
  const line = (/** @type {string[]} */ cells) => `| ${cells.join(" | ")} |`;
  const cellOf = (
    /** @type {string} */ adapter,
    /** @type {import("./cases/index.mjs").Row} */ row,
  ) => {
    const result = own.find((candidate) => candidate.adapter === adapter);
    if (!result || result.failure) return "no end";
    const number = result.counts[row.name] ?? 0;
    const isHarm = row.isHarm && !row.isFreeTo?.(adapter);
    return isHarm && number > 0 ? `**${spell(number)}**` : spell(number);
  };
  return [
    `\n## ${title}\n`,
    ...(note ? [`${note}\n`] : []),
    line(["", ...columns]),
    line(["---", ...columns.map(() => "---:")]),
    ...rows.map((row) => line([row.name, ...columns.map((adapter) => cellOf(adapter, row))])),
  ].join("\n");
}

/**
 * @param {Case} each
 * @param {Result} result
 * @returns {string[]} What speaks against the library; empty if it came through.
 */
export function faultsOf({ title, rows }, { adapter, counts, failure }) {
  if (failure) return [`${title}, ${adapter}: ${failure}`];
  return rows
    .filter(({ name, isWork, isHarm, isFreeTo }) => {
      const number = counts[name] ?? 0;
      return (isHarm && !isFreeTo?.(adapter) && number > 0) || (isWork && number === 0);
    })
    .map(({ name }) => `${title}, ${adapter}: ${counts[name] ?? 0} ${name}`);
}
