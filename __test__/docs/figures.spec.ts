// The figures that the documentation shows are those of the last full run of the benchmark.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { adapterNamed, BASELINE } from "../../bench/adapters/index.mjs";
import { lineUp, PEER_ROUNDS } from "../../bench/measure.mjs";
import { withDatabases, withTables } from "../../bench/performance.mjs";
import { samplesOf } from "../../bench/raw.mjs";
import { withFigures } from "../../bench/readme.mjs";
import { tablesOf } from "../../bench/report.mjs";
import { median, ratios } from "../../bench/statistics.mjs";
import { DATABASES, WORKLOADS, workloadNamed } from "../../bench/workloads/index.mjs";
import { ROOT } from "../../scripts/process.mjs";

const sample = (round: number, value: number) => ({
  adapter: "a",
  workload: "w",
  round,
  value,
  cpu: 1,
  size: 1,
  version: "1",
});

describe("figures", () => {
  const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
  const report = read("bench/results/latest.md");
  const raw = samplesOf(read("bench/results/latest.json"));

  it("in the README are those of the report", () => {
    const readme = read("README.md");
    expect(withFigures(readme, report)).toBe(readme);
  });

  it("in the page on performance are those of the raw samples", () => {
    const page = read("docs/performance.md");
    expect(withTables(page, raw)).toBe(page);
  });

  it("in the report are those of the raw samples", () => {
    expect(report.slice(report.indexOf("\n## ") + 1)).toBe(tablesOf(raw));
  });

  it("cover every workload", () => {
    const measured = new Set(raw.map(({ workload }) => workload));
    expect(WORKLOADS.map(({ name }) => name).filter((name) => !measured.has(name))).toEqual([]);
  });

  it("of databases are those of the raw samples, and cover every workload", () => {
    const databases = samplesOf(read("bench/results/databases.json"));
    const page = read("docs/performance.md");
    expect(withDatabases(page, databases)).toBe(page);
    const tables = read("bench/results/databases.md");
    expect(tables.slice(tables.indexOf("\n## ") + 1)).toBe(tablesOf(databases));
    const measured = new Set(databases.map(({ workload }) => workload));
    const names = DATABASES.workloads.map(({ name }) => name);
    expect(names.filter((name) => !measured.has(name))).toEqual([]);
  });

  it("have a picture of their own", () => {
    const picture = read("bench/results/latest.svg");
    expect(picture).toContain("prefers-color-scheme: dark");
    expect(picture).not.toMatch(/(href|url\()/);
  });

  it("have medians of odd and even counts", () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  it("have ratios taken within a round", () => {
    const baseline = [sample(0, 10), sample(1, 40)];
    const own = [sample(1, 10), sample(0, 5)];
    expect(ratios(own, baseline, "value")).toEqual([4, 2]);
  });
});

describe("a round", () => {
  const workload = workloadNamed("memory setItemSync");
  const adapters = [BASELINE, "stowage", "Map+JSON"].map(adapterNamed);
  const names = (round: number) => lineUp(workload, adapters, round).map(({ name }) => name);

  it("starts with another library each time", () => {
    expect(names(0)).toEqual([BASELINE, "stowage", "Map+JSON"]);
    expect(names(1)).toEqual(["stowage", "Map+JSON", BASELINE]);
  });

  it("has peers in the first few only", () => {
    expect(names(PEER_ROUNDS)).not.toContain("Map+JSON");
    expect(names(PEER_ROUNDS)).toContain("stowage");
  });

  it("leaves out libraries that cannot do the work", () => {
    const files = workloadNamed("fs getItem, awaited");
    expect(lineUp(files, adapters, 0).map(({ name }) => name)).toEqual([BASELINE, "stowage"]);
  });
});
