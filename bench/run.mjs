// Runs the benchmark: node bench/run.mjs --help
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { canPin, measureRound } from "./measure.mjs";
import { HELP, parsePlan } from "./options.mjs";
import { withFigures } from "./readme.mjs";
import { reportOf } from "./report.mjs";

const RESULTS = new URL("results/", import.meta.url);
const README = new URL("../README.md", import.meta.url);

/** @param {string[]} args */
async function main(args) {
  const plan = parsePlan(args);
  if (plan.help) return process.stdout.write(HELP);
  if (plan.list) return list(plan);
  const pinned = await canPin();
  const { samples, failures } = await measureAll(plan, pinned);
  const command = ["npm run bench", ...(args.length > 0 ? ["--", ...args] : [])].join(" ");
  const report = reportOf(samples, { ...plan, pinned, command });
  if (failures.length === 0) return publish(report, plan);
  process.stdout.write(report);
  throw new Error(failures.join("\n\n"));
}

/** @param {import("./options.mjs").Plan} plan */
function list({ adapters, workloads }) {
  for (const { name } of [...adapters, ...workloads]) console.log(name);
}

/**
 * Runs every workload. One that fails does not take the others with it.
 *
 * @param {import("./options.mjs").Plan} plan
 * @param {boolean} pinned
 */
async function measureAll(plan, pinned) {
  const samples = [];
  const failures = [];
  for (const workload of plan.workloads) {
    try {
      samples.push(...(await measureWorkload(workload, plan, pinned)));
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  return { samples, failures };
}

/**
 * @param {import("./workloads/index.mjs").Workload} workload
 * @param {import("./options.mjs").Plan} plan
 * @param {boolean} pinned
 */
async function measureWorkload(workload, { adapters, rounds, scale }, pinned) {
  const samples = [];
  process.stderr.write(`${workload.name} `);
  for (let round = 0; round < rounds; round++) {
    samples.push(...(await measureRound(workload, adapters, round, { scale, pinned })));
    process.stderr.write(".");
  }
  process.stderr.write("\n");
  return samples;
}

/**
 * Prints the report, and keeps it if it is whole: part of a run must not stand for all of it.
 *
 * @param {string} report
 * @param {import("./options.mjs").Plan} plan
 */
async function publish(report, plan) {
  process.stdout.write(`\n${report}`);
  if (plan.quick || plan.partial) return;
  await mkdir(RESULTS, { recursive: true });
  const file = new URL("latest.md", RESULTS);
  await writeFile(file, report);
  await writeFile(README, withFigures(await readFile(README, "utf8"), report));
  console.error(`\nWritten to ${fileURLToPath(file)}, and from there to the README.`);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
