// The scripts that decide whether a change is good must themselves be right.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canRunNapiCli, isOlder, platformTriple } from "../../scripts/build.mjs";
import { countsOfCargo, countsOfLastLine, countsOfVitest, total } from "../../scripts/counts.mjs";
import { ROOT } from "../../scripts/process.mjs";

/** A line of `cargo test`, as it ends each test binary. */
const line = (/** @type {number[]} */ ...[passed, failed, ignored]) =>
  `test result: ${failed ? "FAILED" : "ok"}. ${passed} passed; ${failed} failed; ${ignored} ignored; 0 measured; 0 filtered out; finished in 0.01s`;

/** A report of vitest about one file. */
const report = (
  /** @type {object} */ numbers,
  status = "passed",
  /** @type {string[]} */ tests = [],
) =>
  JSON.stringify({
    ...{ numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 },
    ...numbers,
    testResults: [{ status, assertionResults: tests.map((test) => ({ status: test })) }],
  });

describe("counting cargo's tests", () => {
  test("sums the binaries", () => {
    const output = ["running 3 tests", line(2, 0, 1), "", line(4, 1, 0)].join("\n");
    expect(countsOfCargo(output, 101)).toEqual({ passed: 6, failed: 1, skipped: 1 });
  });

  test("sees a binary that crashed", () => {
    expect(countsOfCargo(line(2, 0, 0), 101)).toEqual({ passed: 2, failed: 1, skipped: 0 });
  });

  test("does not take no tests for success", () => {
    expect(countsOfCargo("", 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(countsOfCargo(line(0, 0, 0), 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("counting the checks of a program of ours", () => {
  test("takes the last line", () => {
    const output = "| rows |\n\n5 passed, 0 failed, 2 skipped\n";
    expect(countsOfLastLine(output, 0)).toEqual({ passed: 5, failed: 0, skipped: 2 });
  });

  test("sees a run that failed after it, or before", () => {
    const output = "5 passed, 0 failed, 0 skipped\n";
    expect(countsOfLastLine(output, 1)).toEqual({ passed: 5, failed: 1, skipped: 0 });
    expect(countsOfLastLine("", 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe("counting vitest's tests", () => {
  test("adds skipped and unwritten ones", () => {
    const numbers = { numPassedTests: 5, numPendingTests: 1, numTodoTests: 2 };
    expect(countsOfVitest(report(numbers), 0)).toEqual({ passed: 5, failed: 0, skipped: 3 });
  });

  test("counts failed tests once, not once more for their file", () => {
    const numbers = { numPassedTests: 1, numFailedTests: 1 };
    const counts = countsOfVitest(report(numbers, "failed", ["passed", "failed"]), 1);
    expect(counts).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  test("sees a file that could not be loaded", () => {
    const counts = countsOfVitest(report({ numPassedTests: 3 }, "failed"), 1);
    expect(counts).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  test("sees a run that failed outside of tests", () => {
    const counts = countsOfVitest(report({ numPassedTests: 3 }), 1);
    expect(counts).toEqual({ passed: 3, failed: 1, skipped: 0 });
  });

  test.each([undefined, "", '{"numPassed'])("takes no report for a failure (%j)", (text) => {
    expect(countsOfVitest(text, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

test("totals", () => {
  const parts = [
    { passed: 1, failed: 2, skipped: 3 },
    { passed: 10, failed: 20, skipped: 30 },
  ];
  expect(total(parts)).toEqual({ passed: 11, failed: 22, skipped: 33 });
});

describe("building", () => {
  test.each([
    ["1.87.0", "1.88", true],
    ["1.88.0", "1.88", false],
    ["1.88.0-nightly", "1.88", false],
    ["1.100.0", "1.88", false],
    ["0.99.0", "1.88", true],
  ])("compares rustc %s with %s", (found, needed, older) => {
    expect(isOlder(found, needed)).toBe(older);
  });

  test.each([
    ["18.20.8", false],
    ["20.16.0", false],
    ["20.17.0", true],
    ["21.7.0", false],
    ["22.12.0", false],
    ["22.13.0", true],
    ["23.4.0", false],
    ["24.0.0", true],
  ])("knows whether Node %s runs napi's CLI", (version, can) => {
    expect(canRunNapiCli(version)).toBe(can);
  });

  test("names the library as the generated loader does", () => {
    const loader = readFileSync(join(ROOT, "binding.js"), "utf8");
    expect(loader).toContain(`stowage.${platformTriple()}.node`);
  });
});
