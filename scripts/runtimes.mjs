// Runs the tests on every runtime that can be had, and says which could not.
//
//   node scripts/runtimes.mjs [--only node18,electron22,...] [--quick] [--release]
//
// `--quick` is what CI does: fewer runtimes, and on each Node fewer tests. `--release` tests what is
// shipped, which takes minutes to build.

import { total } from "./counts.mjs";
import { PlainError, runAsProgram } from "./process.mjs";
import { RUNTIMES } from "./runtimes/catalogue.mjs";
import { inElectron } from "./runtimes/electron.mjs";
import { PROGRAM, runReporting, STORM } from "./runtimes/programs.mjs";
import { setup } from "./setup.mjs";
import { runVitest } from "./vitest.mjs";

/** @typedef {import("./counts.mjs").Counts} Counts */
/** @typedef {import("./runtimes/catalogue.mjs").Runtime} Runtime */
/** @typedef {{ name: string, run: () => Promise<Counts> }} Part */
/** @typedef {Counts & { name: string, seconds: number }} Row */

/** The tests that say most about a runtime, in little time. */
const QUICK_TESTS = ["suite", "drivers", "storage", "queue", "snapshots"];

const TESTS = [...QUICK_TESTS, "codec", "regression", "process", "watch", "compat"];

/** How Bun and Deno are told to run a program with all permissions. */
const RUN = { bun: [], deno: ["run", "--allow-all", "--quiet"], node: [], electron: [] };

/** Deno looks for newer versions of itself unless told not to. */
const QUIET = { DENO_NO_UPDATE_CHECK: "1" };

/**
 * @param {string[]} args
 * @returns {{ chosen: Runtime[], quick: boolean }}
 */
function choose(args) {
  const quick = args.includes("--quick");
  const at = args.indexOf("--only");
  if (at < 0) return { chosen: quick ? RUNTIMES.filter((one) => one.quick) : RUNTIMES, quick };
  const names = (args[at + 1] ?? "").split(",");
  const unknown = names.find((name) => !RUNTIMES.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = RUNTIMES.map(({ name }) => name).join(", ");
    throw new PlainError(`There is no runtime "${unknown}". There are: ${known}.`);
  }
  return { chosen: RUNTIMES.filter(({ name }) => names.includes(name)), quick };
}

/**
 * @param {Runtime} runtime
 * @param {string} executable
 * @param {boolean} quick
 * @returns {Part[]}
 */
function partsOf({ kind }, executable, quick) {
  const args = RUN[kind];
  const program = {
    name: "program",
    run: () => runReporting(executable, [...args, PROGRAM], QUIET),
  };
  const storm = {
    name: "1,000 workers",
    run: () => runReporting(executable, [...args, STORM], QUIET),
  };
  const filters = (quick ? QUICK_TESTS : TESTS).map((name) => `__test__/${name}/`);
  const vitest = { name: "vitest", run: () => runVitest("js", { node: executable, filters }) };
  return [program, ...(kind === "node" ? [vitest] : []), ...(quick ? [] : [storm])];
}

/**
 * @param {Runtime} runtime
 * @param {boolean} quick
 * @param {Row[]} rows What was counted is added to.
 */
async function test(runtime, quick, rows) {
  const { name, version, kind } = runtime;
  console.log(`\n--- ${name} (${version}) ---`);
  const executable = await runtime.obtain();
  const runAll = async (/** @type {Part[]} */ parts) => {
    for (const part of parts) {
      const start = Date.now();
      const counts = await part.run();
      const seconds = (Date.now() - start) / 1000;
      rows.push({ name: `${name}: ${part.name}`, ...counts, seconds });
      const { passed, failed, skipped } = counts;
      console.log(`${name}: ${part.name}: ${passed} ok, ${failed} not ok, ${skipped} left out`);
    }
  };
  if (kind === "electron") await inElectron(executable, version, quick, runAll);
  else await runAll(partsOf(runtime, executable, quick));
}

/** @param {Row[]} rows */
function printTable(rows) {
  console.log("");
  for (const { name, passed, failed, skipped, seconds } of rows) {
    const cells = [passed, failed, skipped, seconds.toFixed(1)].map((cell) =>
      `${cell}`.padStart(8),
    );
    console.log(name.padEnd(52) + cells.join(""));
  }
}

await runAsProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const { chosen, quick } = choose(args);
  await setup({ release: args.includes("--release") });
  /** @type {Row[]} */
  const rows = [];
  for (const runtime of chosen) {
    try {
      await test(runtime, quick, rows);
    } catch (error) {
      if (!(error instanceof PlainError)) throw error;
      console.log(`SKIPPED: ${runtime.name} cannot be had here: ${error.message}`);
      rows.push({
        name: `${runtime.name} (not had)`,
        passed: 0,
        failed: 0,
        skipped: 1,
        seconds: 0,
      });
    }
  }
  printTable(rows);
  const { passed, failed, skipped } = total(rows);
  // This line comes last and alone: programs read it.
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0) process.exitCode = 1;
});
