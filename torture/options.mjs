// The command line.
import { parseArgs } from "node:util";
import { ADAPTERS } from "./adapters/index.mjs";
import { CASES } from "./cases/index.mjs";

const KILLS = 200;
const QUICK_KILLS = 30;

/** The name under which a whole run is kept. */
export const WHOLE = "latest";

/** The libraries of a quick run: what is ours. */
const OURS = ADAPTERS.filter(({ peer }) => peer === undefined);

export const HELP = `npm run torture -- [options]

Without options: every case on every library, into torture/results/${WHOLE}.md and docs/durability.md.

  --only <text>    libraries of that name, or whose name contains the text (repeatable)
  --cases <text>   cases of that name, or whose name contains the text (repeatable)
  --kills <n>      kills a library; ${KILLS} by default
  --save <name>    writes torture/results/<name>.md, also of a part
  --quick          Stowage alone, ${QUICK_KILLS} kills, a few faults: what every change must pass
  --list           print the names and end
`;

/**
 * @typedef {object} Plan
 * @property {import("./adapters/index.mjs").Adapter[]} adapters
 * @property {import("./cases/index.mjs").Case[]} cases
 * @property {number} kills
 * @property {boolean} quick
 * @property {string | undefined} save The name under which the report is kept.
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
      cases: { type: "string", multiple: true },
      kills: { type: "string" },
      save: { type: "string" },
      quick: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const quick = values.quick === true;
  const isWhole = !quick && !values.only && !values.cases && !values.kills;
  return {
    adapters: matching(quick ? OURS : ADAPTERS, values.only, "library"),
    cases: matching(CASES, values.cases, "case"),
    kills: killsOf(values.kills, quick),
    quick,
    save: values.save ?? (isWhole ? WHOLE : undefined),
    list: values.list === true,
    help: values.help === true,
  };
}

/**
 * @param {string | undefined} text
 * @param {boolean} quick
 */
function killsOf(text, quick) {
  const kills = text === undefined ? (quick ? QUICK_KILLS : KILLS) : Number(text);
  if (!Number.isInteger(kills) || kills < 1)
    throw new Error(`--kills needs a whole number, not ${text}.`);
  return kills;
}

/**
 * @template {{ name: string }} T
 * @param {T[]} all
 * @param {string[] | undefined} wanted
 * @param {string} what
 */
function matching(all, wanted, what) {
  if (!wanted) return all;
  return wanted.flatMap((text) => {
    const exact = all.filter(({ name }) => name === text);
    const similar = all.filter(({ name }) => name.includes(text));
    if (similar.length === 0) throw new Error(`No ${what} is named like ${text}.`);
    return exact.length > 0 ? exact : similar;
  });
}
