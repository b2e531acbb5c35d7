// Every promise names its tests, and the figures are those of the runs.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/process.mjs";
import { WHOLE } from "../../torture/options.mjs";
import { updatedPage } from "../../torture/page.mjs";

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const page = read("docs/durability.md");
const sectionOf = (title: string) => page.split(`\n## ${title}\n`)[1]?.split("\n## ")[0] ?? "";
const evidence = [...sectionOf("Evidence").matchAll(/^\| \((\w)\) \|(.*)\|(.*)\|$/gm)].map(
  ([, letter = "", tests = "", figure = ""]) => ({ letter, tests, figure }),
);

describe("docs/durability.md", () => {
  it("has evidence for each promise", () => {
    const promised = [...sectionOf("Promises").matchAll(/^- \*\*\((\w)\)\*\*/gm)].map(
      ([, letter]) => letter,
    );
    expect(promised).toEqual([..."abcdefghij"]);
    for (const letter of promised) expect(evidence.map((row) => row.letter)).toContain(letter);
  });

  // A file may be followed by several names.
  const named = evidence.flatMap(({ letter, tests }) =>
    [...tests.matchAll(/\]\(([^)]+)\)((?: (?:and )?“[^”]+”)+)/g)].flatMap(
      ([, path = "", names = ""]) =>
        [...names.matchAll(/“([^”]+)”/g)].map(([, name = ""]) => [letter, name, path] as const),
    ),
  );

  it("names several tests", () => expect(named.length).toBeGreaterThan(15));

  it.each(named)("(%s) %s is in %s", (_, name, path) => {
    const file = resolve(ROOT, "docs", path);
    expect(existsSync(file)).toBe(true);
    expect(readFileSync(file, "utf8")).toContain(name);
  });

  const sources = evidence.flatMap(({ letter, figure }) => {
    const source = /torture\/results\/([\w-]+)\.md/.exec(figure)?.[1];
    return source ? [{ letter, source }] : [];
  });

  it("has figures for what is tortured", () => {
    const letters = new Set(sources.map(({ letter }) => letter));
    expect([...letters].sort()).toEqual(["a", "b", "c", "e", "h"]);
  });

  const reports = [...new Set(sources.map(({ source }) => source))];

  it.each(reports)("shows what %s counted", (name) => {
    const report = read(`torture/results/${name}.md`);
    expect(updatedPage(page, name, report, name === WHOLE)).toBe(page);
  });
});

describe("updatedPage", () => {
  const report = `# Torture

| | stowage | stowage power | other |
| --- | ---: | ---: | ---: |
| kills | 1,000 | 2,000 | 3 |
| torn, or lost | 0 | **1** | **9** |
`;
  const line = (letter: string, figures: string, source = "latest") =>
    `| (${letter}) | “test” | ${figures} [(report)](../torture/results/${source}.md) |`;
  const update = (text: string, isWhole = false) => updatedPage(text, "latest", report, isWhole);

  it("sums up what is ours", () =>
    expect(update(line("a", "5 kills; 7 torn, or lost"))).toBe(
      line("a", "3,000 kills; 1 torn, or lost"),
    ));

  it("counts for (b) what was promised to survive a power cut", () =>
    expect(update(line("b", "5 kills"))).toBe(line("b", "2,000 kills")));

  it("counts for (h) those whose batches are transactions", () => {
    const text = report.replace("stowage power", "stowage sqlite");
    const page = line("h", "5 kills");
    expect(updatedPage(page, "latest", text, false)).toBe(line("h", "2,000 kills"));
  });

  it("leaves what other reports say", () => {
    const other = line("a", "5 kills", "kills");
    expect(update(other)).toBe(other);
  });

  it("refuses rows that the report does not have, and cases that came to no end", () => {
    expect(() => update(line("a", "5 deaths"))).toThrow('no "deaths"');
    const unended = report.replace("1,000", "no end");
    const page = line("a", "5 kills");
    expect(() => updatedPage(page, "latest", unended, false)).toThrow('no "kills"');
  });

  it("refuses a page without a place for the tables", () =>
    expect(() => update("", true)).toThrow("no place"));
});
