// The command line of the benchmark.
import { parseArgs } from "node:util";
import { ADAPTERS, BASELINE } from "./adapters/index.mjs";
import { PEER_ROUNDS } from "./measure.mjs";
import { ALL_WORKLOADS, DATABASES, WORKLOADS } from "./workloads/index.mjs";

/** Rounds of a full run: a median of fewer moves too much. */
const FULL_ROUNDS = 7;

/** A quick run shows that everything works; its figures mean nothing. */
const QUICK_ROUNDS = 1;
const QUICK_SCALE = 0.02;

export const HELP = `npm run bench -- [options]

Without options: everything, into bench/results/ and the README.

  --only <text>       libraries whose name contains the text, beside the baseline (repeatable)
  --workloads <text>  workloads whose name contains the text (repeatable)
  --rounds <n>        rounds; ${FULL_ROUNDS} by default, of which others than Stowage and the baseline take
                      part in ${PEER_ROUNDS}
  --databases         the databases, which have results of their own: bench/results/databases.md
  --quick             one round at a fiftieth of the size: shows that it works, measures nothing
  --list              print the names and end
`;

/**
 * @typedef {object} Plan
 * @property {import("./adapters/index.mjs").Adapter[]} adapters
 * @property {import("./workloads/index.mjs").Workload[]} workloads
 * @property {number} rounds
 * @property {number} scale
 * @property {boolean} quick
 * @property {boolean} databases The workloads are those of the databases, and nothing else.
 * @property {boolean} partial Some libraries or workloads were left out.
 * @property {boolean} list
 * @property {boolean} help
 */

/**
 * @param {string[]} args
 * @returns {Plan}
 */
export function parsePlan(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", multiple: true },
      workloads: { type: "string", multiple: true },
      rounds: { type: "string" },
      databases: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const quick = values.quick === true;
  const databases = values.databases === true;
  return {
    adapters: matching(ADAPTERS, values.only, "library", BASELINE),
    workloads: matching(candidates(databases, quick), values.workloads, "workload"),
    rounds: roundsOf(values.rounds, quick),
    scale: quick ? QUICK_SCALE : 1,
    quick,
    databases,
    partial: values.only !== undefined || values.workloads !== undefined,
    list: values.list === true,
    help: values.help === true,
  };
}

/**
 * @param {boolean} databases
 * @param {boolean} quick
 */
function candidates(databases, quick) {
  if (databases) return DATABASES.workloads;
  return quick ? ALL_WORKLOADS : WORKLOADS;
}

/**
 * @param {string | undefined} text
 * @param {boolean} quick
 */
function roundsOf(text, quick) {
  const rounds = text === undefined ? (quick ? QUICK_ROUNDS : FULL_ROUNDS) : Number(text);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds needs a whole number, not ${text}.`);
  return rounds;
}

/**
 * @template {{ name: string }} T
 * @param {T[]} all
 * @param {string[] | undefined} wanted
 * @param {string} what
 * @param {string} [always]
 */
function matching(all, wanted, what, always) {
  if (!wanted) return all;
  for (const text of wanted) {
    if (!all.some(({ name }) => name.includes(text)))
      throw new Error(`No ${what} is named like ${text}.`);
  }
  return all.filter(({ name }) => name === always || wanted.some((text) => name.includes(text)));
}
