// The report of the program, and how it is counted: a report that was cut off must not look whole.
import { expect, test } from "vitest";
import { countsOfTap } from "../../scripts/counts.mjs";

const REPORT = ["ok 1 - a", "not ok 2 - b", "# Error: b", "ok 3 - c # SKIP not here", "1..3"];
const reportOf = (lines) => `${lines.join("\n")}\n`;

test("counts what passed, failed and was skipped", () => {
  expect(countsOfTap(reportOf(REPORT), 1)).toEqual({ passed: 1, failed: 1, skipped: 1 });
});

test("sees a report without its end", () => {
  const cut = reportOf(["ok 1 - a", "ok 2 - b"]);
  expect(countsOfTap(cut, 0)).toEqual({ passed: 2, failed: 1, skipped: 0 });
});

test("sees lines that are missing", () => {
  const short = reportOf(["ok 1 - a", "1..2"]);
  expect(countsOfTap(short, 0)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test("sees a program that failed after its report", () => {
  const whole = reportOf(["ok 1 - a", "1..1"]);
  expect(countsOfTap(whole, 0)).toEqual({ passed: 1, failed: 0, skipped: 0 });
  expect(countsOfTap(whole, 139)).toEqual({ passed: 1, failed: 1, skipped: 0 });
});

test("does not take no checks for success", () => {
  expect(countsOfTap("", 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
