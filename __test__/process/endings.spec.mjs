// Processes that end with work under way: no crash, no hang, and nothing broken on disk.
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import { describe, expect, test } from "vitest";
import { run } from "../tools/child.mjs";
import { temporaryDirectory } from "../tools/temporary.mjs";

const PROGRAM = new URL("fixtures/endings.cjs", import.meta.url);

/** Longest life of a program in milliseconds: none has work for a second. */
const DEADLINE = 10_000;

/** Lets a program end and returns how it did, with a storage on what it left. */
async function endingOf(name, prepare = () => {}) {
  const base = temporaryDirectory();
  const storage = createStorage({ driver: fsDriver({ base }) });
  await prepare(storage);
  const ended = await run(PROGRAM, [name, base], { deadline: DEADLINE });
  expect(ended.signal).toBeNull();
  return { ...ended, storage };
}

/** Numbers of the items that are there; each must be whole. */
async function wholeItems(storage) {
  const items = await storage.getItems(await storage.getKeys("item"));
  for (const { key, value } of items) expect(`item:${value.index}`).toBe(key);
  return items.length;
}

describe("process.exit", () => {
  test.each(["exit in a flush", "exit at once"])("%s leaves whole items only", async (name) => {
    const { code, stderr, storage } = await endingOf(name);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(await wholeItems(storage)).toBeLessThanOrEqual(500);
  });

  test("in a write leaves the old value or the new", async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => `large:${index}`);
    const old = "o".repeat(1024 * 1024);
    const { code, stderr, storage } = await endingOf("exit in a write", (before) =>
      before.setItems(numbers.map((key) => ({ key, value: old }))),
    );
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect((await storage.getKeys()).sort()).toEqual([...numbers].sort());
    const fresh = old.replaceAll("o", "n");
    for (const { key, value } of await storage.getItems(numbers)) {
      expect(value === old || value === fresh, key).toBe(true);
    }
  });

  test("in a listener ends with its code", async () => {
    const { code, stderr } = await endingOf("exit in a listener");
    expect(stderr).toBe("");
    expect(code).toBe(7);
  });

  test("lets `exit` handlers save with the sync methods", async () => {
    const { code, storage } = await endingOf("last words");
    expect(code).toBe(0);
    expect(await storage.getItem("first")).toBe(1);
    expect(await storage.getItem("last")).toBe("words");
  });
});

describe("a natural end", () => {
  test("waits for what is queued", async () => {
    const { code, stderr, storage } = await endingOf("queued writes");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(await wholeItems(storage)).toBe(500);
    expect(await storage.getItem("item:sync")).toEqual({ index: "sync" });
    expect(await storage.hasItem("item:0")).toBe(false);
  });

  test("waits for writes under way", async () => {
    const { code, stderr, storage } = await endingOf("pending writes");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(await wholeItems(storage)).toBe(500);
  });

  test.each(["open watcher", "open polling watcher"])("is not held up by an %s", async (name) => {
    const { code, stdout, stderr } = await endingOf(name);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toBe("watching\n");
  });

  test("is held up by a persistent watcher until that is given up", async () => {
    const { code, stdout, stderr } = await endingOf("persistent watcher");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toBe("update outside\n");
  });

  test("comes at once after dispose", async () => {
    const { code, stderr, storage } = await endingOf("after dispose");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(await storage.getItem("a")).toBe(1);
  });
});

test("an exception ends the process as any other", async () => {
  const { code, stderr } = await endingOf("exception");
  expect(code).toBe(1);
  expect(stderr).toContain("Error: intended");
});
