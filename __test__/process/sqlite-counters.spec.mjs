// Processes and workers that change the same items of one sqlite file: no change is lost.
import { join } from "node:path";
import { createStorage } from "stowage";
import sqliteDriver from "stowage/drivers/sqlite";
import { expect, test } from "vitest";
import { run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const PROGRAM = new URL("fixtures/sqlite-counters.cjs", import.meta.url);

/** Increments of each worker. The full measure is set by STOWAGE_SQLITE_INCREMENTS=10000. */
const INCREMENTS = Number(process.env.STOWAGE_SQLITE_INCREMENTS ?? 500);

const PROCESSES = 2;

/** Workers of each process: four in the full measure. */
const WORKERS = process.env.STOWAGE_SQLITE_INCREMENTS ? 4 : 2;

/** Transfers that each of two workers has under way. */
const TRANSFERS = 20;

const PATIENCE = 30_000 + PROCESSES * WORKERS * INCREMENTS * 10;

/**
 * @param {"count" | "transfer"} role
 * @param {string} path
 * @param {number} workers
 * @param {number} number
 */
async function inProcesses(role, path, workers, number) {
  const args = [role, path, String(workers), String(number)];
  const ends = await Promise.all(
    Array.from({ length: PROCESSES }, () => run(PROGRAM, args, { deadline: PATIENCE })),
  );
  for (const ended of ends) expect(ended).toMatchObject({ code: 0, signal: null, stderr: "" });
}

const all = PROCESSES * WORKERS * INCREMENTS;

test(`${all} increments by ${PROCESSES} processes of ${WORKERS} workers are all counted`, {
  timeout: PATIENCE,
}, async () => {
  const path = join(temporaryDirectory(), "data.db");
  const begin = Date.now();
  await inProcesses("count", path, WORKERS, INCREMENTS);
  console.log(`${all} increments in ${Date.now() - begin} ms`);
  const storage = createStorage({ driver: sqliteDriver({ path }) });
  expect(await storage.getItem("count")).toBe(all);
  await storage.dispose();
});

test("transfers side by side keep the total", { timeout: PATIENCE }, async () => {
  const path = join(temporaryDirectory(), "data.db");
  const driver = sqliteDriver({ path });
  const storage = createStorage({ driver });
  const keys = Array.from({ length: 5 }, (_, account) => `account:${account}`);
  await storage.setItems(keys.map((key) => ({ key, value: 100 })));
  await inProcesses("transfer", path, 1, TRANSFERS);
  const values = (await storage.getItems(keys)).map(({ value }) => Number(value));
  expect(values.reduce((sum, value) => sum + value, 0)).toBe(500);
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  expect(values).not.toEqual(keys.map(() => 100));
  expect(await driver.verify()).toMatchObject({ ok: true, items: keys.length });
  await storage.dispose();
});
