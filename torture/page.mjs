// What the page for users shows of the reports that are kept: the tables of the last whole run, and
// the figures of its evidence. Nobody types a number.

const BEGIN = "<!-- tables: written by `npm run torture` -->";
const END = "<!-- end of tables -->";

/** A line of evidence that names a report: promise, tests, figures, name of the report. */
const EVIDENCE =
  /^(\| \((\w)\) \|.*\| )([^|[]+)( \[[^\]]+\]\(\.\.\/torture\/results\/([\w-]+)\.md\) \|)$/gm;

/**
 * @param {string} page Text of `docs/durability.md`.
 * @param {string} name Of the report, as `--save` takes it.
 * @param {string} report Its text.
 * @param {boolean} isWhole The report is that of a whole run, whose tables are shown.
 */
export function updatedPage(page, name, report, isWhole) {
  const withFigures = page.replace(EVIDENCE, (line, start, promise, figures, end, source) =>
    source === name ? start + figuresOf(figures, promise, report) + end : line,
  );
  return isWhole ? withTables(withFigures, report) : withFigures;
}

/** @param {string} page @param {string} report */
function withTables(page, report) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("The page has no place for the tables.");
  // One level down: there they are a part of a section, which has a title.
  const tables = report.replace(/^# .*/, "").replace(/^## /gm, "### ").trim();
  return `${page.slice(0, begin)}${BEGIN}\n\n${tables}\n\n${page.slice(end)}`;
}

/**
 * Puts the numbers of a report before the names of its rows.
 *
 * @param {string} figures As `5 kills; 0 values lost`.
 * @param {string} promise Its letter.
 * @param {string} report
 */
function figuresOf(figures, promise, report) {
  const totals = totalsOf(report, promisers(promise));
  return figures
    .split("; ")
    .map((figure) => {
      const row = figure.replace(/^[\d,]+ /, "");
      const total = totals.get(row);
      if (total === undefined || Number.isNaN(total))
        throw new Error(`The report counts no "${row}" for promise (${promise}).`);
      return `${total.toLocaleString("en-US")} ${row}`;
    })
    .join("; ");
}

/**
 * Which columns have made a promise: power cuts are survived by those that were asked to, and batches are whole
 * where nothing lies between them and their transaction.
 *
 * @param {string} promise
 */
const promisers = (promise) => (/** @type {string} */ column) =>
  (promise === "h" ? /^stowage sqlite\b/ : /^stowage\b/).test(column) &&
  (promise !== "b" || column.endsWith(" power"));

/**
 * @param {string} report
 * @param {(column: string) => boolean} isCounted
 * @returns {Map<string, number>} By row, over all its tables.
 */
function totalsOf(report, isCounted) {
  const totals = new Map();
  /** @type {boolean[]} */
  let columns = [];
  for (const line of report.split("\n").filter((text) => text.startsWith("| "))) {
    const [row = "", ...cells] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (row === "") columns = cells.map(isCounted);
    else if (row !== "---") totals.set(row, (totals.get(row) ?? 0) + sumOf(cells, columns));
  }
  return totals;
}

/** @param {string[]} cells @param {boolean[]} columns Those that are summed up. */
const sumOf = (cells, columns) =>
  cells
    .filter((_, column) => columns[column])
    .reduce((sum, cell) => sum + Number(cell.replace(/[*,]/g, "")), 0);
