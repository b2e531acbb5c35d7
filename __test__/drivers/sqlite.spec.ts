import { existsSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createStorage } from "stowage";
import queue from "stowage/drivers/queue";
import sqlite from "stowage/drivers/sqlite";
import { testDriver } from "stowage/suite";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

let base = "";

/** The same file for each driver of one test. */
function path() {
  if (!base || !existsSync(base)) base = temporaryDirectory();
  return join(base, "data.db");
}

testDriver({
  name: "sqlite",
  features: { persistent: true },
  driver: () => sqlite({ path: path() }),
});

testDriver({
  name: "sqlite without a cache, synced",
  features: { persistent: true },
  driver: () => sqlite({ path: path(), cacheBytes: 0, durability: "power" }),
});

testDriver({
  name: "sqlite in memory",
  driver: () => sqlite({ path: ":memory:" }),
});

testDriver({
  name: "sqlite under a mount",
  base: "app:data",
  features: { persistent: true },
  driver: () => sqlite({ path: path() }),
});

testDriver({
  name: "queue(sqlite)",
  features: { persistent: true },
  driver: () => queue({ driver: sqlite({ path: path() }), flushInterval: 5 }),
});

testDriver({
  name: "sqlite, read-only",
  features: { write: false },
  async driver() {
    await sqlite({ path: path() }).dispose?.();
    return sqlite({ path: path(), readOnly: true });
  },
});

/** A new file for a test of its own. */
const newPath = () => join(temporaryDirectory(), "data.db");

describe("sqlite", () => {
  it("requires a path", () => {
    // @ts-expect-error it is missing
    expect(() => sqlite({})).toThrow("[sqlite] Missing required option `path`.");
    // @ts-expect-error it is missing
    expect(() => sqlite()).toThrow("[sqlite] Missing required option `path`.");
  });

  it("refuses options that mean nothing", () => {
    const refused = [
      { table: "a-b" },
      { table: "sqlite_x" },
      { cacheBytes: -1 },
      { cacheBytes: 1.5 },
      { busyTimeout: Number.NaN },
      { busyTimeout: -1 },
      { maxValueBytes: 0 },
      { maxValueBytes: 2 ** 40 },
      { sweepInterval: 0 },
      { path: "a\0b" },
      { durability: "sometimes" },
      { unknown: 1 },
    ];
    const file = newPath();
    for (const options of refused) {
      const open = () => sqlite({ path: file, ...options } as never);
      expect(open, JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", driver: "sqlite" }),
      );
    }
    expect(readdirSync(dirname(file))).toEqual([]);
  });

  it("works under a mount", async () => {
    const storage = createStorage();
    storage.mount("disk", sqlite({ path: newPath() }));
    await storage.setItem("disk:a", { n: 1 });
    await storage.setItem("a", 2);
    expect(await storage.getItem("disk:a")).toEqual({ n: 1 });
    expect((await storage.getKeys()).sort()).toEqual(["a", "disk:a"]);
    expect(await storage.getKeys("disk")).toEqual(["disk:a"]);
    await storage.clear("disk");
    expect(await storage.getKeys()).toEqual(["a"]);
    await storage.dispose();
  });

  it("lists keys in the order of their bytes", async () => {
    const storage = createStorage({ driver: sqlite({ path: newPath() }) });
    await storage.setItems(["é", "b", "a:c", "a", "B"].map((key) => ({ key, value: 1 })));
    expect(await storage.getKeys()).toEqual(["B", "a", "a:c", "b", "é"]);
    await storage.dispose();
  });

  it("shows what others write at once", async () => {
    const file = newPath();
    const [one, other] = [sqlite, sqlite].map((make) =>
      createStorage({ driver: make({ path: file }) }),
    );
    for (let round = 0; round < 20; round++) {
      one?.setItemSync("n", round);
      expect(other?.getItemSync("n")).toBe(round);
      expect(await other?.getItem("n")).toBe(round);
      await other?.setItem("m", round);
      expect(one?.getItemSync("m")).toBe(round);
    }
    await one?.dispose();
    await other?.dispose();
  });

  it("writes a batch whole or not at all", async () => {
    const storage = createStorage({ driver: sqlite({ path: newPath(), maxValueBytes: 100 }) });
    const items = [
      { key: "a", value: 1 },
      { key: "b", value: "x".repeat(200) },
    ];
    const refused = { code: "LIMIT_EXCEEDED", driver: "sqlite", key: "b" };
    await expect(storage.setItems(items)).rejects.toMatchObject(refused);
    expect(() => storage.setItemsSync(items)).toThrow(expect.objectContaining(refused));
    expect(await storage.getKeys()).toEqual([]);
    await storage.dispose();
  });

  it("lets items end", async () => {
    const storage = createStorage({ driver: sqlite({ path: newPath() }) });
    await storage.setItem("short", 1, { ttl: 1 });
    await storage.setItem("long", 1, { ttl: 1e9 });
    await expect.poll(() => storage.getKeys()).toEqual(["long"]);
    expect(await storage.getItem("short")).toBeNull();
    expect(storage.hasItemSync("short")).toBe(false);
    await storage.dispose();
  });

  it("tells when an item was made and how large it is", async () => {
    const storage = createStorage({ driver: sqlite({ path: newPath() }) });
    const before = Date.now();
    await storage.setItemRaw("a", Buffer.from("12345"));
    const meta = await storage.getMeta("a");
    expect(meta).toMatchObject({ size: 5 });
    expect(Number(meta.birthtime)).toBeGreaterThanOrEqual(before);
    expect(Number(meta.mtime)).toBeLessThanOrEqual(Date.now());
    await storage.dispose();
  });

  it("reports a file that is no database, and leaves it alone", () => {
    const file = newPath();
    writeFileSync(file, "no database ".repeat(1000));
    expect(() => sqlite({ path: file })).toThrow(
      expect.objectContaining({ code: "CORRUPT", driver: "sqlite" }),
    );
    expect(statSync(file).size).toBe(12_000);
  });

  it("reports a file that is missing when it may only read", () => {
    expect(() => sqlite({ path: newPath(), readOnly: true })).toThrow(
      expect.objectContaining({ code: "ENOENT" }),
    );
  });

  it("answers nothing once disposed", async () => {
    const driver = sqlite({ path: newPath() });
    await driver.setItem?.("a", "1", {});
    await driver.dispose?.();
    await expect(driver.getItem("a")).rejects.toMatchObject({ code: "DISPOSED" });
  });

  it.each(["process", "power"] as const)(
    "keeps what was written at once (%s)",
    async (durability) => {
      const file = newPath();
      const storage = createStorage({ driver: sqlite({ path: file, durability }) });
      const writes = Array.from({ length: 500 }, (_, n) => storage.setItem(`k:${n % 250}`, n));
      await storage.dispose();
      await Promise.all(writes);
      expect(readdirSync(dirname(file))).toEqual(["data.db"]);
      const again = createStorage({ driver: sqlite({ path: file }) });
      expect(await again.getKeys("k")).toHaveLength(250);
      expect(await again.getItem("k:249")).toBe(499);
      await again.dispose();
    },
  );
});
