// A process that is killed while it overwrites an item: the old value or the new, never less.
import { readdirSync } from "node:fs";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import { expect, test } from "vitest";
import { start } from "../tools/child.mjs";
import { killWriter } from "../tools/kill-writer.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { until } from "../tools/until.mjs";

const OVERWRITER = new URL("fixtures/overwriter.cjs", import.meta.url);
const KILLS = 40;

/** Longest time in milliseconds between the first write and the kill. */
const LIFE = 40;

/** The item must be whole, and not older than the last write that was acknowledged. */
async function check(storage, acknowledged) {
  const item = await storage.getItem("item");
  expect(item.number).toBeGreaterThanOrEqual(acknowledged);
  expect(item.number).toBeLessThanOrEqual(acknowledged + 1);
  const letter = String.fromCharCode(97 + (item.number % 26));
  expect(item.text === letter.repeat(1024 * 1024)).toBe(true);
  expect(await storage.getKeys()).toEqual(["item"]);
  return item.number;
}

/** Kills writers one after the other, and looks at what each left. */
async function killMany(twin, kills) {
  const base = temporaryDirectory();
  let number = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    const first = number + 1;
    const writer = start(OVERWRITER, [base, twin, String(first)]);
    const acknowledged = await killWriter(writer, first, LIFE);
    number = await check(createStorage({ driver: fsDriver({ base }) }), acknowledged);
  }
  // What the dead left behind is cleared away by those who come after.
  const storage = createStorage({ driver: fsDriver({ base }) });
  await storage.setItem("item", "last");
  await until(() => readdirSync(base).length === 1, "the temporary files to be removed");
  expect(await storage.getItem("item")).toBe("last");
}

test(`${KILLS} kills, in async and in sync writes`, { timeout: 60_000 }, async () => {
  await Promise.all(["async", "sync"].map((twin) => killMany(twin, KILLS / 2)));
});
