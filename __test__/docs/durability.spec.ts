// Every promise names its tests, and the figures are those of the runs.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/process.mjs";
import { withTables } from "../../torture/page.mjs";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const page = read("docs/durability.md");
const sectionOf = (title: string) => page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
const evidence = [...sectionOf("Evidence").matchAll(/^\| \((\w)\) \|(.*)\|(.*)\|$/gm)].map(
  ([, letter = "", tests = "", figure = ""]) => ({ letter, tests, figure }),
);

/** What the report in `file` counts for Stowage: by row, over all columns that start with it. */
function totalsOf(file: string, isOurs: (name: string) => boolean) {
  const totals = new Map<string, number>();
  let columns: boolean[] = [];
  for (const line of read(file)
    .split("\n")
    .filter((text) => text.startsWith("|"))) {
    const [name = "", ...cells] = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (name === "") columns = cells.map(isOurs);
    const numbers = cells
      .filter((_, column) => columns[column])
      .map((cell) => Number(cell.replace(/[*,]/g, "")));
    const sum = numbers.reduce((one, other) => one + other, 0);
    if (!Number.isNaN(sum)) totals.set(name, (totals.get(name) ?? 0) + sum);
  }
  return totals;
}

describe("docs/durability.md", () => {
  it("has evidence for each promise", () => {
    const promised = [...sectionOf("Promises").matchAll(/^- \*\*\((\w)\)\*\*/gm)].map(
      ([, letter]) => letter,
    );
    expect(promised).toEqual(["a", "b", "c", "d", "e", "f", "g"]);
    for (const letter of promised) expect(evidence.map((row) => row.letter)).toContain(letter);
  });

  const named = evidence.flatMap(({ letter, tests }) =>
    [...tests.matchAll(/\]\(([^)]+)\) “([^”]+)”/g)].map(
      ([, path = "", name = ""]) => [letter, name, path] as const,
    ),
  );

  it("names several tests", () => expect(named.length).toBeGreaterThan(10));

  it.each(named)("(%s) %s is in %s", (_, name, path) => {
    const file = resolve(ROOT, "docs", path);
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, "utf8")).toContain(name);
  });

  const figures = evidence.flatMap(({ letter, figure }) => {
    const file = /\]\(\.\.\/(torture\/results\/\w+\.md)\)/.exec(figure)?.[1];
    const items = figure.split("[")[0]?.matchAll(/([\d,]*\d) ([^,;]*[^,; ])/g) ?? [];
    return [...items].map(([, number = "", row = ""]) => ({ letter, file, number, row }));
  });

  it("has figures", () => expect(figures.length).toBeGreaterThan(10));

  it.each(figures)("($letter) $number $row", ({ letter, file, number, row }) => {
    const isOurs = (name: string) =>
      /^stowage/.test(name) && (letter !== "b" || / power$/.test(name));
    expect(
      totalsOf(file ?? "", isOurs)
        .get(row)
        ?.toLocaleString("en-US"),
    ).toBe(number);
  });

  it("shows the tables of the last whole run", () => {
    expect(withTables(page, read("torture/results/latest.md"))).toBe(page);
  });
});
