// Several processes on one sqlite file, and what is left of those that are killed.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import sqliteDriver from "stowage/drivers/sqlite";
import { expect, test } from "vitest";
import { start } from "../tools/child.mjs";
import { killWriter } from "../tools/kill-writer.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const PROGRAM = new URL("fixtures/sqlite-peers.cjs", import.meta.url);

/** Kills of each kind of writer. The full measure is set by STOWAGE_SQLITE_KILLS=1000. */
const KILLS = Number(process.env.STOWAGE_SQLITE_KILLS ?? 40);

/** Longest time in milliseconds between the first write and the kill. */
const LIFE = 30;

/** @param {string} path */
function open(path) {
  const driver = sqliteDriver({ path });
  return { driver, storage: createStorage({ driver }) };
}

/**
 * @param {string} role
 * @param {...unknown} args
 */
function play(role, ...args) {
  return start(PROGRAM, [role, ...args.map(String)]);
}

/**
 * The changes that a process tells of, up to the removal of `stop`.
 *
 * @param {{ stdout: string }} ended
 * @returns {[string, string, number][]}
 */
function told({ stdout }) {
  const lines = stdout.split("\n").filter((line) => line.startsWith("["));
  return lines.map((line) => JSON.parse(line));
}

test("two processes hear of each other's changes, in order, once and soon", async () => {
  const path = join(temporaryDirectory(), "data.db");
  const { storage } = open(path);
  const watcher = play("watcher", path);
  await watcher.line("ready");
  const begin = Date.now();
  const keys = Array.from({ length: 500 }, (_, index) => `key:${index}`);
  await Promise.all(keys.map((key) => storage.setItem(key, key)));
  await storage.removeItem("key:0");
  storage.setItemSync("sync", 1);
  const written = Date.now();
  // Its own event comes along the same way: what was written before it has been heard of by then.
  await watcher.line('["update","sync"');
  const heard = Date.now();
  await storage.setItem("stop", 1);
  await storage.removeItem("stop");
  const ended = await watcher.end();
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  const events = told(ended);
  expect(events.map(([event, key]) => [event, key])).toEqual([
    ...keys.map((key) => ["update", key]),
    ["remove", "key:0"],
    ["update", "sync"],
    ["update", "stop"],
    ["remove", "stop"],
  ]);
  console.log(
    `${events.length} changes: written in ${written - begin} ms, heard ${heard - written} ms later`,
  );
  await storage.dispose();
});

test("a process that leaves while it watches holds up nobody", async () => {
  const path = join(temporaryDirectory(), "data.db");
  const { storage } = open(path);
  const deserter = play("deserter", path);
  await deserter.line("ready");
  await storage.setItem("a", 1);
  deserter.process.stdin?.end("go\n");
  expect(await deserter.end()).toMatchObject({ code: 0, stderr: "" });
  const killed = play("deserter", path);
  await killed.line("ready");
  killed.process.kill("SIGKILL");
  await killed.end();
  await storage.setItem("b", 2);
  expect(await storage.getKeys()).toEqual(["a", "b"]);
  await storage.dispose();
});

test("what ends some day keeps no process alive", async () => {
  const ended = await play("idler", join(temporaryDirectory(), "data.db")).end();
  expect(ended).toMatchObject({ code: 0, stderr: "" });
});

/**
 * Kills writers, and looks at what each left: nothing acknowledged is lost, no batch is there by half.
 *
 * @param {string} role
 * @param {string[]} keys written together
 */
async function killMany(role, keys) {
  const folder = temporaryDirectory();
  const path = join(folder, "data.db");
  let round = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    const first = round + 1;
    const acknowledged = await killWriter(play(role, path, first), first, LIFE);
    const { driver, storage } = open(path);
    const items = await storage.getItems(keys);
    round = items[0]?.value.round;
    expect(items.map(({ value }) => value.round)).toEqual(keys.map(() => round));
    expect(round).toBeGreaterThanOrEqual(acknowledged);
    expect(round).toBeLessThanOrEqual(acknowledged + 1);
    if (kill % 10 === 0) {
      expect(await driver.verify()).toMatchObject({ ok: true, items: keys.length });
    }
    await storage.dispose();
  }
  expect(readdirSync(folder)).toEqual(["data.db"]);
}

const PATIENCE = 30_000 + KILLS * 2 * 1_000;

test(`${KILLS * 2} kills, in batches and in sync writes`, { timeout: PATIENCE }, async () => {
  await Promise.all([killMany("writer", ["left", "right"]), killMany("syncWriter", ["only"])]);
});
