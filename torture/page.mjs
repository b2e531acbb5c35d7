// The tables of the last whole run, shown in the page for users.

const BEGIN = "<!-- tables: written by `npm run torture` -->";
const END = "<!-- end of tables -->";

/**
 * @param {string} page Text of `docs/durability.md`.
 * @param {string} report Text of `torture/results/latest.md`.
 */
export function withTables(page, report) {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("The page has no place for the tables.");
  // One level down: there they are a part of a section.
  const tables = report.slice(report.indexOf("\n## ")).replace(/^## /gm, "### ").trim();
  return `${page.slice(0, begin)}${BEGIN}\n\n${tables}\n\n${page.slice(end)}`;
}
