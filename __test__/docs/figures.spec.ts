// The figures that the documentation shows are those of the last full run of the benchmark.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withFigures } from "../../bench/readme.mjs";
import { median, ratios } from "../../bench/statistics.mjs";
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
  it("in the README are those of the report", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    const report = readFileSync(join(ROOT, "bench/results/latest.md"), "utf8");
    expect(withFigures(readme, report)).toBe(readme);
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
