// Runs the cases: node torture/run.mjs --help
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versionOf } from "./adapters/index.mjs";
import { HELP, parsePlan, WHOLE } from "./options.mjs";
import { updatedPage } from "./page.mjs";
import { killAll } from "./player.mjs";
import { faultsOf, reportOf } from "./report.mjs";

/** @typedef {import("./options.mjs").Plan} Plan */
/** @typedef {import("./cases/index.mjs").Case} Case */
/** @typedef {import("./adapters/index.mjs").Adapter} Adapter */
/** @typedef {import("./report.mjs").Result} Result */

const RESULTS = new URL("results/", import.meta.url);
const PAGE = new URL("../docs/durability.md", import.meta.url);

/** @param {string[]} args */
async function main(args) {
  const plan = parsePlan(args);
  if (plan.help) return process.stdout.write(HELP);
  if (plan.list) return list(plan);
  const folder = await mkdtemp(join(tmpdir(), "stowage-torture-"));
  try {
    await runIn(folder, plan, ["npm run torture", ...(args.length > 0 ? ["--", ...args] : [])]);
  } finally {
    await killAll();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {Plan} plan */
function list({ adapters, cases }) {
  for (const { name } of [...adapters, ...cases]) console.log(name);
}

/**
 * @param {string} folder
 * @param {Plan} plan
 * @param {string[]} command
 */
async function runIn(folder, plan, command) {
  const { cases, skipped } = await possible(plan, folder);
  const adapters = plan.adapters.filter((adapter) => versionOf(adapter) !== undefined);
  for (const { name } of plan.adapters.filter((adapter) => !adapters.includes(adapter)))
    skipped.push(`${name} was left out: it is not installed.`);
  for (const sentence of skipped) console.error(`\n!!! ${sentence}\n`);
  const results = await runAll(cases, adapters, folder, plan);
  const report = reportOf(results, { cases, adapters, skipped, command: command.join(" ") });
  process.stdout.write(`\n${report}`);
  judge(plan, cases, results);
  if (plan.save) await save(plan.save, report);
}

/** Nothing is timed, so libraries may be worked on side by side. */
const ABREAST = 2;

/**
 * @param {Case[]} cases
 * @param {Adapter[]} adapters
 * @param {string} folder
 * @param {Plan} plan
 */
async function runAll(cases, adapters, folder, plan) {
  const waiting = cases.flatMap((each) =>
    adapters.filter((adapter) => takesPart(adapter, each)).map((adapter) => ({ each, adapter })),
  );
  /** @type {Result[]} */
  const results = [];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift())
      results.push(await runOne(next.each, next.adapter, folder, plan));
  };
  await Promise.all(Array.from({ length: ABREAST }, lane));
  return results;
}

/**
 * What cannot run here is named with its reason, never dropped.
 *
 * @param {Plan} plan
 * @param {string} folder
 */
async function possible(plan, folder) {
  /** @type {Case[]} */
  const cases = [];
  /** @type {string[]} */
  const skipped = [];
  for (const each of plan.cases) {
    const reason = await each.obstacle?.(await mkdtemp(join(folder, "try-")), plan);
    if (reason === undefined) cases.push(each);
    else skipped.push(`"${each.title}" was skipped: ${reason}.`);
  }
  return { cases, skipped };
}

/**
 * A case that breaks down on a library takes neither the others nor the library with it.
 *
 * @param {Case} each
 * @param {Adapter} adapter
 * @param {string} root
 * @param {Plan} plan
 * @returns {Promise<Result>}
 */
async function runOne(each, adapter, root, plan) {
  const start = performance.now();
  const folder = await mkdtemp(join(root, "case-"));
  /** @type {Record<string, number>} */
  const counts = {};
  /** @type {Result} */
  const result = {
    case: each.name,
    adapter: adapter.name,
    version: `${versionOf(adapter)}`,
    counts,
  };
  const count = (/** @type {string} */ row, /** @type {number} */ number) => {
    counts[row] = (counts[row] ?? 0) + number;
  };
  try {
    await each.run({ adapter, folder, plan, count });
  } catch (error) {
    result.failure = error instanceof Error ? `${error.message}` : `${error}`;
    console.error(error);
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  process.stderr.write(`${each.title}, ${adapter.name}: ${seconds} s\n`);
  await rm(folder, { recursive: true, force: true });
  return result;
}

/** @param {string} name @param {string} report */
async function save(name, report) {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${name}.md`, RESULTS), report);
  const page = await readFile(PAGE, "utf8");
  await writeFile(PAGE, updatedPage(page, name, report, name === WHOLE));
}

/**
 * Peers are shown, ours must come through. The last line of a quick run is that of a test suite.
 *
 * @param {Plan} plan
 * @param {Case[]} cases Those that ran.
 * @param {Result[]} results
 */
function judge(plan, cases, results) {
  const pairsOf = (/** @type {Case} */ each) =>
    plan.adapters
      .filter((adapter) => takesPart(adapter, each) && isPromised(adapter, each))
      .map((adapter) => ({ case: each.name, adapter: adapter.name }));
  const faults = cases.flatMap((each) =>
    pairsOf(each).map((pair) => faultsIn(each, pair, results)),
  );
  for (const fault of faults.flat()) console.error(`\nFAILED: ${fault}`);
  const failed = faults.filter((found) => found.length > 0).length;
  const skipped = plan.cases.flatMap(pairsOf).length - faults.length;
  if (failed > 0) process.exitCode = 1;
  if (plan.quick)
    console.log(`\n${faults.length - failed} passed, ${failed} failed, ${skipped} skipped`);
}

/** @param {Adapter} adapter @param {Case} each */
const takesPart = ({ cases }, { name }) => cases?.includes(name) ?? true;

/** Only Stowage has promised anything. @param {Adapter} adapter @param {Case} each */
const isPromised = (adapter, { promisedBy }) =>
  adapter.peer === undefined && (promisedBy?.(adapter) ?? true);

/**
 * @param {Case} each
 * @param {{ case: string, adapter: string }} pair
 * @param {Result[]} results
 */
function faultsIn(each, pair, results) {
  const result = results.find((one) => one.case === pair.case && one.adapter === pair.adapter);
  return result ? faultsOf(each, result) : [`${each.title}, ${pair.adapter}: it did not run`];
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
