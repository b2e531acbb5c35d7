// Reads from what a test runner reported how many tests passed, failed and were skipped.

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** Nothing was reported: the suite itself counts as one failure. @type {Counts} */
const NOTHING = { passed: 0, failed: 1, skipped: 0 };

/**
 * Makes sure that a run which failed is seen to have failed, and so is one that ran no test.
 *
 * @param {Counts} counts
 * @param {number} code The exit code of the runner.
 * @returns {Counts}
 */
function atLeastOneFailure(counts, code) {
  if (counts.failed > 0) return counts;
  const ranNothing = counts.passed + counts.skipped === 0;
  return code !== 0 || ranNothing ? { ...counts, failed: 1 } : counts;
}

/**
 * Sums the `test result:` lines of `cargo test`, one per test binary.
 *
 * A binary that crashes prints none; then the exit code tells.
 *
 * @param {string} output
 * @param {number} code
 * @returns {Counts}
 */
export function countsOfCargo(output, code) {
  const result = /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored;/gm;
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(result)) {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
    sum.skipped += Number(ignored);
  }
  return atLeastOneFailure(sum, code);
}

/**
 * Reads the last line of a program of ours that counts its checks itself.
 *
 * @param {string} output
 * @param {number} code
 * @returns {Counts}
 */
export function countsOfLastLine(output, code) {
  const match = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(output);
  if (!match) return NOTHING;
  const [passed = 0, failed = 0, skipped = 0] = match.slice(1).map(Number);
  return atLeastOneFailure({ passed, failed, skipped }, code);
}

/**
 * Counts the lines of a report in the form of TAP.
 *
 * The plan comes last: without it, or with another number in it, the report was cut off.
 *
 * @param {string} output
 * @param {number} code
 * @returns {Counts}
 */
export function countsOfTap(output, code) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, not, skip] of output.matchAll(/^(not )?ok \d+ - .*?( # SKIP .*)?$/gm)) {
    if (not) sum.failed += 1;
    else if (skip) sum.skipped += 1;
    else sum.passed += 1;
  }
  const planned = Number(/^1\.\.(\d+)$/m.exec(output)?.[1]);
  const whole = planned === sum.passed + sum.failed + sum.skipped;
  return atLeastOneFailure(sum, whole ? code : 1);
}

/**
 * @typedef {object} VitestReport What vitest's JSON reporter writes, as far as it is read here.
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numPendingTests
 * @property {number} numTodoTests
 * @property {{ status: string, assertionResults: { status: string }[] }[]} testResults One a file.
 */

/**
 * Reads the report of vitest's JSON reporter.
 *
 * A file that failed before any of its tests did, or beside them, counts as one failure.
 *
 * @param {string | undefined} report Text of the report; absent when vitest wrote none.
 * @param {number} code
 * @returns {Counts}
 */
export function countsOfVitest(report, code) {
  const parsed = parseReport(report);
  if (!parsed) return NOTHING;
  const brokenFiles = parsed.testResults.filter(
    (file) =>
      file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  );
  const counts = {
    passed: parsed.numPassedTests,
    failed: parsed.numFailedTests + brokenFiles.length,
    skipped: parsed.numPendingTests + parsed.numTodoTests,
  };
  return atLeastOneFailure(counts, code);
}

/**
 * @param {string | undefined} report
 * @returns {VitestReport | undefined} Nothing when the report is missing or was cut off.
 */
function parseReport(report) {
  if (report === undefined) return undefined;
  try {
    return JSON.parse(report);
  } catch {
    // Vitest died while writing: there is nothing to count, and the caller reports a failure.
    return undefined;
  }
}

/**
 * @param {Counts[]} parts
 * @returns {Counts}
 */
export function total(parts) {
  return parts.reduce(
    (sum, part) => ({
      passed: sum.passed + part.passed,
      failed: sum.failed + part.failed,
      skipped: sum.skipped + part.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}
