// Runs every test suite and ends with one line: `N passed, M failed, K skipped`.
//
//   node scripts/test.mjs [name of a suite ...]
import { join } from "node:path";
import { countsOfCargo, countsOfLastLine, total } from "./counts.mjs";
import { PlainError, ROOT, run, runAsProgram } from "./process.mjs";
import { setup } from "./setup.mjs";
import { runVitest } from "./vitest.mjs";

/** @typedef {import("./counts.mjs").Counts} Counts */

/**
 * @typedef {object} Suite
 * @property {string} name
 * @property {() => Promise<Counts>} run Runs it, showing its output, and counts.
 */

/** @type {Suite[]} */
const SUITES = [
  { name: "rust", run: runCargo },
  { name: "js", run: () => runVitest("js") },
  { name: "docs", run: () => runVitest("docs") },
  { name: "types", run: () => runVitest("types") },
  { name: "package", run: () => runVitest("package") },
  { name: "fuzz", run: () => runQuickly("fuzz.mjs") },
  { name: "bench", run: () => runQuickly("bench.mjs") },
  { name: "torture", run: () => runQuickly("torture.mjs") },
  { name: "runtimes", run: runRuntimes },
];

async function runCargo() {
  const args = ["test", "--workspace", "--features", "testkit", "--no-fail-fast"];
  const { code, stdout } = await run("cargo", args, { tee: true });
  return countsOfCargo(stdout, code);
}

/**
 * A short run of a long program: the benchmark, small, which checks values and judges no figure; the
 * torture, of Stowage alone; the fuzzer, for a moment; or the runtimes that matter most.
 *
 * @param {string} script Its name in this folder.
 */
async function runQuickly(script) {
  const args = [join(ROOT, "scripts", script), "--quick"];
  const { code, stdout } = await run(process.execPath, args, { tee: true });
  return countsOfLastLine(stdout, code);
}

/** The runtimes that are not the one that runs this. Downloads hundreds of megabytes. */
async function runRuntimes() {
  if (!process.env.CI) {
    console.log("SKIPPED: the runtimes are downloaded in CI only; run `npm run test:runtimes`");
    return { passed: 0, failed: 0, skipped: 1 };
  }
  return runQuickly("runtimes.mjs");
}

/**
 * @param {string[]} names Empty for all.
 * @returns {Suite[]}
 */
function choose(names) {
  const unknown = names.find((name) => !SUITES.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    const known = SUITES.map((suite) => suite.name).join(", ");
    throw new PlainError(`There is no suite ${unknown}. There are: ${known}.`);
  }
  return names.length === 0 ? SUITES : SUITES.filter((suite) => names.includes(suite.name));
}

/** Without a build no test can run; who counts the tests of this run must see a failure. */
async function prepare() {
  try {
    await setup();
  } catch (error) {
    if (process.env.CI) console.log("\n0 passed, 1 failed, 0 skipped");
    throw error;
  }
}

/** @param {(Counts & { name: string, seconds: number })[]} rows */
function printTable(rows) {
  const line = (/** @type {string[]} */ cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(10) : cell.padStart(9))).join("");
  console.log(`\n${line(["suite", "passed", "failed", "skipped", "seconds"])}`);
  for (const { name, passed, failed, skipped, seconds } of rows) {
    console.log(line([name, `${passed}`, `${failed}`, `${skipped}`, seconds.toFixed(1)]));
  }
}

await runAsProgram(import.meta.url, async () => {
  const suites = choose(process.argv.slice(2));
  await prepare();
  const rows = [];
  for (const suite of suites) {
    console.log(`\n--- ${suite.name} ---`);
    const start = Date.now();
    const counts = await suite.run();
    rows.push({ name: suite.name, ...counts, seconds: (Date.now() - start) / 1000 });
  }
  printTable(rows);
  const { passed, failed, skipped } = total(rows);
  // This line comes last and alone: programs read it.
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0) process.exitCode = 1;
});
