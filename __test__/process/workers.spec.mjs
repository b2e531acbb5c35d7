// Workers that load, use and leave the library in every way, again and again.
import { expect, test } from "vitest";
import { run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const WORKERS = 20;

/**
 * Rounds of workers. The full measure is 50, set by STOWAGE_WORKER_ROUNDS=50: it takes about 50
 * seconds of processor time, which is too much for every run of the tests.
 */
const ROUNDS = Number(process.env.STOWAGE_WORKER_ROUNDS ?? 10);

/** Longest time of one round, in milliseconds, on a slow and busy machine. */
const ROUND_LIMIT = 4_000;

test(`${WORKERS} workers, ${ROUNDS} times`, { timeout: ROUNDS * ROUND_LIMIT + 5_000 }, async () => {
  const storm = new URL("fixtures/worker-storm.cjs", import.meta.url);
  const args = [temporaryDirectory(), String(ROUNDS), String(WORKERS)];
  const ended = await run(storm, args, { deadline: ROUNDS * ROUND_LIMIT });
  expect(ended.stderr).toBe("");
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(ended.stdout.trim().split("\n")).toHaveLength(ROUNDS + 1);
});
