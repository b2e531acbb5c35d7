// Databases that nobody disposes of: no crash, no hang, and whole afterwards.
import { join } from "node:path";
import { createStorage } from "stowage";
import sqliteDriver from "stowage/drivers/sqlite";
import { expect, test } from "vitest";
import { jsonOf, run, start } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const PROGRAM = new URL("fixtures/sqlite-endings.cjs", import.meta.url);

/** Longest life of a program in milliseconds. */
const DEADLINE = 20_000;

/** The writes that are acknowledged before the program is killed. */
const ACKNOWLEDGED = 200;

const newPath = () => join(temporaryDirectory(), "data.db");

/** The items that are there, each read, so that each was whole. */
async function itemsOf(path, base) {
  const storage = createStorage({ driver: sqliteDriver({ path }) });
  const items = await storage.getItems(await storage.getKeys(base));
  await storage.dispose();
  return items;
}

test("a process ends by itself while a database is open", async () => {
  const path = newPath();
  const ended = await run(PROGRAM, ["naturally", path], { deadline: DEADLINE });
  expect(ended).toMatchObject({ code: 0, signal: null, stdout: "500\n", stderr: "" });
  expect(await itemsOf(path, "item")).toHaveLength(500);
});

test("process.exit with writes under way leaves whole items", async () => {
  const path = newPath();
  const way = "exit with writes under way";
  const ended = await run(PROGRAM, [way, path], { deadline: DEADLINE });
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  for (const { key, value } of await itemsOf(path, "item")) expect(`item:${value.index}`).toBe(key);
});

test("workers on one file may end in any way", async () => {
  const path = newPath();
  const ended = await run(PROGRAM, ["workers", path], { deadline: DEADLINE });
  expect(ended.stderr).toBe("");
  expect(jsonOf(ended)).toEqual([0, 0, 1, 0, 0, 1]);
  expect(await itemsOf(path, "worker0")).toHaveLength(500);
  expect((await itemsOf(path, "worker1")).length).toBeGreaterThan(250);
});

test("a killed process has lost nothing that was acknowledged, and no half of a batch", async () => {
  const path = newPath();
  const program = start(PROGRAM, ["acknowledge", path]);
  await program.line(`${ACKNOWLEDGED}`, DEADLINE);
  program.process.kill("SIGKILL");
  const { stdout } = await program.end();
  const last = Number(stdout.trimEnd().split("\n").at(-1));
  const [left, right] = [await itemsOf(path, "left"), await itemsOf(path, "right")];
  expect(left.length).toBeGreaterThan(last);
  expect(right.map(({ value }) => value)).toEqual(left.map(({ value }) => value));
});
