// Random operations: the model, the predecessor and our two twins must agree.
//
// The seed is printed. STOWAGE_DIFFERENTIAL_SEED repeats a run, STOWAGE_DIFFERENTIAL_SCALE
// multiplies the number of operations.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DIFFERENCES } from "./differences.mjs";
import { operations } from "./operations.mjs";
import { print } from "./print.mjs";
import { Random } from "./random.mjs";
import { play } from "./run.mjs";
import { shrink } from "./shrink.mjs";
import { STACKS } from "./stacks.mjs";

const SEED = Number(process.env.STOWAGE_DIFFERENTIAL_SEED ?? Date.now() % 2 ** 31);
const SCALE = Number(process.env.STOWAGE_DIFFERENTIAL_SCALE ?? 1);

/** Operations on one set of storages before fresh ones are made. */
const RUN_LENGTH = 250;

/** Longest time for one stack in milliseconds, per unit of scale. */
const TIME_LIMIT = 60_000;

/** The headings of the differences that were met. */
const used = new Set();

console.log(`differential: STOWAGE_DIFFERENTIAL_SEED=${SEED}`);

test("at least 100,000 operations are planned", () => {
  const total = STACKS.reduce((sum, stack) => sum + stack.operations, 0);
  expect(total * SCALE).toBeGreaterThanOrEqual(100_000);
});

describe.each(STACKS)("$name", (stack) => {
  test("agrees with the model and with the predecessor", {
    timeout: TIME_LIMIT * SCALE,
  }, async () => {
    const random = new Random(SEED + STACKS.indexOf(stack));
    const runs = Math.ceil((stack.operations * SCALE) / RUN_LENGTH);
    for (let index = 0; index < runs; index += 1) {
      // Where the predecessor is not compared, or in every other run, nothing is spared.
      const predecessor = !stack.ours && index % 2 === 0;
      const list = operations(random, RUN_LENGTH, { wild: !predecessor, raw: stack.raw ?? "all" });
      const mismatch = await play(stack, list, { predecessor, used });
      if (mismatch) expect.fail(await report(stack, list, mismatch, predecessor));
    }
  });
});

test("every listed difference was met", () => {
  expect([...used].sort()).toEqual(DIFFERENCES.map(({ heading }) => heading).sort());
});

test("every listed difference is explained in docs/migrating.md", () => {
  const text = readFileSync(new URL("../../docs/migrating.md", import.meta.url), "utf8");
  const headings = text.split("\n").filter((line) => /^#+ /.test(line));
  const titles = headings.map((line) => line.replace(/^#+ /, ""));
  expect(titles).toEqual(expect.arrayContaining(DIFFERENCES.map(({ heading }) => heading)));
});

/** Tells the shortest list of operations that still shows a mismatch. */
async function report(stack, list, mismatch, predecessor) {
  const failing = list.slice(0, mismatch.step + 1);
  const shortest = await shrink(failing, async (rest) => {
    return (await play(stack, rest, { predecessor })) !== null;
  });
  const { player, expected, actual } = (await play(stack, shortest, { predecessor })) ?? mismatch;
  const steps = shortest.map(({ method, args, prefix, sync }) => {
    const view = prefix === undefined ? "" : ` in ${prefix}`;
    return `  ${method}(${args.map((arg) => print(arg)).join(", ")})${view}${sync ? " sync when mixed" : ""}`;
  });
  return [
    `${stack.name}, player ${player}, seed ${SEED}`,
    ...steps,
    `expected ${expected}`,
    `actual   ${actual}`,
  ].join("\n");
}
