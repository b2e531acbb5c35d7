// Runs the benchmark: node bench/run.mjs --help
import { mkdir, readFile, writeFile } from "node:fs/promises";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { canRun } from "./adapters/index.mjs";
import { availableOf } from "./available.mjs";
import { canPin, lineUp, measureOnce } from "./measure.mjs";
import { HELP, parsePlan } from "./options.mjs";
import { withDatabases, withTables } from "./performance.mjs";
import { rawOf } from "./raw.mjs";
import { withFigures } from "./readme.mjs";
import { reportOf } from "./report.mjs";
import { makeRoot } from "./root.mjs";

/** @typedef {import("./options.mjs").Plan} Plan */
/** @typedef {import("./measure.mjs").Sample} Sample */

const RESULTS = new URL("results/", import.meta.url);
const README = new URL("../README.md", import.meta.url);
const PAGE = new URL("../docs/performance.md", import.meta.url);

/** @param {string[]} args */
async function main(args) {
  const wanted = parsePlan(args);
  if (wanted.help) return process.stdout.write(HELP);
  if (wanted.list) return list(wanted);
  const root = await makeRoot();
  try {
    await runIn(root, wanted, args);
  } finally {
    await root.remove();
  }
}

/**
 * @param {import("./root.mjs").Root} root
 * @param {Plan} wanted
 * @param {string[]} args
 */
async function runIn({ folder, spread }, wanted, args) {
  const { able, leftOut } = await availableOf(wanted.adapters, folder);
  for (const { adapter, reason } of leftOut)
    console.error(`\n!!! ${adapter.name} is left out: ${reason}.\n`);
  const plan = { ...wanted, adapters: able };
  const pinned = !plan.quick && (await canPin());
  const { samples, failures } = await measureAll(plan, { scale: plan.scale, pinned, folder });
  const command = ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
  const report = reportOf(samples, { ...plan, pinned, spread, command, leftOut });
  process.stdout.write(`\n${report}`);
  for (const failure of failures) console.error(`\n${failure}`);
  if (failures.length > 0) process.exitCode = 1;
  else if (!plan.quick && !plan.partial)
    await (plan.databases ? publishDatabases(samples, report) : publish(samples, report));
  if (plan.quick) printCounts(wanted, samples.length, failures.length);
}

/** @param {Plan} plan */
function list({ adapters, workloads }) {
  for (const { name } of [...adapters, ...workloads]) console.log(name);
}

/**
 * The last line of a quick run, as of a test suite: a check is a workload on a library.
 *
 * @param {Plan} plan
 * @param {number} passed
 * @param {number} failed
 */
function printCounts({ adapters, workloads }, passed, failed) {
  const all = workloads.flatMap((workload) => adapters.filter((each) => canRun(each, workload)));
  const skipped = all.length - passed - failed;
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
}

/**
 * Runs every workload. One that fails on a library takes neither the others nor the library with
 * it.
 *
 * @param {Plan} plan
 * @param {import("./measure.mjs").How} how
 * @returns {Promise<{ samples: Sample[], failures: string[] }>}
 */
async function measureAll(plan, how) {
  /** @type {Sample[]} */
  const samples = [];
  /** @type {string[]} */
  const failures = [];
  // Nothing is judged in a quick run, so its processes may disturb each other.
  const abreast = plan.quick ? os.availableParallelism?.() || os.cpus().length : 1;
  for (const workload of plan.workloads) {
    const before = performance.now();
    process.stderr.write(`${workload.name} `);
    for (let round = 0; round < plan.rounds; round++) {
      const waiting = lineUp(workload, plan.adapters, round);
      const lane = async () => {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          try {
            samples.push(await measureOnce(next, workload, round, how));
          } catch (error) {
            failures.push(error instanceof Error ? error.message : String(error));
          }
        }
      };
      await Promise.all(Array.from({ length: abreast }, lane));
      process.stderr.write(".");
    }
    const seconds = (performance.now() - before) / 1000;
    process.stderr.write(` ${seconds.toFixed(1)} s\n`);
  }
  return { samples, failures };
}

/**
 * Keeps what a whole run gave: part of one must not stand for all of it.
 *
 * @param {Sample[]} samples
 * @param {string} report
 */
async function publish(samples, report) {
  const { pictureOf } = await import("./picture.mjs");
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL("latest.md", RESULTS), report);
  await writeFile(new URL("latest.json", RESULTS), rawOf(samples));
  await writeFile(new URL("latest.svg", RESULTS), pictureOf(samples));
  await writeFile(README, withFigures(await readFile(README, "utf8"), report));
  await writeFile(PAGE, withTables(await readFile(PAGE, "utf8"), samples));
  console.error(`\nWritten to ${fileURLToPath(RESULTS)}, the README and docs/performance.md.`);
}

/**
 * @param {Sample[]} samples
 * @param {string} report
 */
async function publishDatabases(samples, report) {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL("databases.md", RESULTS), report);
  await writeFile(new URL("databases.json", RESULTS), rawOf(samples));
  await writeFile(PAGE, withDatabases(await readFile(PAGE, "utf8"), samples));
  console.error(`\nWritten to ${fileURLToPath(RESULTS)} and docs/performance.md.`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
