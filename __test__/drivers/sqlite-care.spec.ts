// Checks, copies, space, figures and imports of the sqlite driver, as a program uses them.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import sqliteDriver from "stowage/drivers/sqlite";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";

function open(path = join(temporaryDirectory(), "data.db")) {
  const driver = sqliteDriver({ path });
  return { path, driver, storage: createStorage({ driver }) };
}

async function filled(items: number, text = "x".repeat(500)) {
  const opened = open();
  const many = Array.from({ length: items }, (_, i) => ({ key: `key:${i}`, value: { i, text } }));
  await opened.storage.setItems(many);
  return opened;
}

describe("verify", () => {
  it("finds a flipped byte, and the rest stays readable", async () => {
    const { path, storage } = await filled(200);
    await storage.setItem("victim", "the text to look for");
    await storage.setItemRaw("large", Buffer.alloc(300_000, 7));
    await storage.dispose();
    const bytes = readFileSync(path);
    const at = bytes.indexOf("the text to look for");
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    // A page in the middle of the large value holds nothing but its content.
    const inside = bytes.indexOf(Buffer.alloc(4_000, 7));
    bytes[inside + 100] = 8;
    writeFileSync(path, bytes);

    const again = open(path);
    const report = await again.driver.verify();
    expect(report).toMatchObject({ ok: false, items: 202, damagedItems: 2, problems: [] });
    expect(report.damaged.map(({ key }) => key).sort()).toEqual(["large", "victim"]);
    await expect(again.storage.getItem("victim")).rejects.toMatchObject({ code: "CORRUPT" });
    await expect(again.storage.getItemRaw("large")).rejects.toMatchObject({ code: "CORRUPT" });
    for (let i = 0; i < 200; i += 1) {
      expect((await again.storage.getItem<{ i: number }>(`key:${i}`))?.i).toBe(i);
    }
    await again.storage.setItem("victim", "new");
    await again.storage.removeItem("large");
    expect(await again.driver.verify()).toMatchObject({ ok: true, items: 201 });
    await again.storage.dispose();
  });
});

describe("backup", () => {
  it("ends while a writer writes, and is one moment", async () => {
    const { path, driver, storage } = await filled(20_000);
    let stop = false;
    let rounds = 0;
    const writing = (async () => {
      while (!stop) {
        rounds += 1;
        const value = { round: rounds };
        await storage.setItems([
          { key: "left", value },
          { key: "right", value },
        ]);
      }
    })();
    const seen: number[] = [];
    const copy = `${path}.copy`;
    const onProgress = ({ pages, total }: { pages: number; total: number }) => {
      expect(pages).toBeLessThanOrEqual(total);
      seen.push(pages);
    };
    const done = await driver.backup(copy, { onProgress });
    stop = true;
    await writing;
    expect(done.pages).toBe(done.total);
    expect(seen.length).toBeGreaterThan(0);
    expect(rounds).toBeGreaterThan(1);
    const copied = open(copy);
    const left = await copied.storage.getItem("left");
    expect(await copied.storage.getItem("right")).toEqual(left);
    expect((await copied.driver.verify()).ok).toBe(true);
    await copied.storage.dispose();
    await storage.dispose();
  });

  it("replaces nothing unasked", async () => {
    const { path, driver, storage } = await filled(10);
    const copy = `${path}.copy`;
    writeFileSync(copy, "mine");
    await expect(driver.backup(copy)).rejects.toMatchObject({
      code: "EEXIST",
      driver: "sqlite",
      operation: "backup",
    });
    expect(readFileSync(copy, "utf8")).toBe("mine");
    await driver.backup(copy, { overwrite: true });
    await expect(driver.backup(path, { overwrite: true })).rejects.toMatchObject({
      code: "INVALID_OPTION",
    });
    await expect(driver.backup("")).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await storage.dispose();
  });

  it("ends by its signal or its listener, and leaves nothing", async () => {
    const { path, driver, storage } = await filled(20_000);
    const copy = `${path}.copy`;
    const stopped = new AbortController();
    stopped.abort(new Error("not wanted"));
    await expect(driver.backup(copy, { signal: stopped.signal })).rejects.toThrow("not wanted");
    const later = new AbortController();
    const onProgress = () => later.abort(new Error("not wanted any more"));
    const aborted = driver.backup(copy, { signal: later.signal, onProgress });
    // It may have been done before it heard of it.
    const answer = await aborted.then(() => "done", String);
    expect(["done", "Error: not wanted any more"]).toContain(answer);
    if (answer !== "done") expect(existsSync(copy)).toBe(false);
    const thrown = driver.backup(`${copy}.2`, {
      onProgress() {
        throw new Error("by the listener");
      },
    });
    const second = await thrown.then(() => "done", String);
    expect(["done", "Error: by the listener"]).toContain(second);
    const names = readdirSync(join(path, ".."));
    expect(names.filter((name) => name.endsWith(".backup"))).toEqual([]);
    await storage.dispose();
  });
});

describe("compact and stats", () => {
  it("give space back and count", async () => {
    const { driver, storage } = await filled(3_000);
    const before = await driver.stats();
    expect(before).toMatchObject({ items: 3_000, commits: 1, groups: { mean: 1, max: 1 } });
    expect(before.commitMs.p99).toBeGreaterThanOrEqual(before.commitMs.p50);
    await storage.clear();
    await storage.setItem("a", 1);
    await storage.getItem("a");
    await storage.getItem("a");
    const compacted = await driver.compact();
    expect(compacted.bytesAfter).toBeLessThan(compacted.bytesBefore / 10);
    const after = await driver.stats();
    expect(after).toMatchObject({ items: 1, freePages: 0, bytes: compacted.bytesAfter });
    expect(after.cacheHits + after.cacheMisses).toBeGreaterThan(0);
    await storage.dispose();
    await expect(driver.stats()).rejects.toMatchObject({ code: "DISPOSED" });
  });

  it("work in memory too", async () => {
    const { driver, storage } = open(":memory:");
    await storage.setItem("a", 1);
    expect(await driver.stats()).toMatchObject({ items: 1, walBytes: 0 });
    expect(await driver.verify()).toMatchObject({ ok: true, items: 1 });
    const copy = join(temporaryDirectory(), "copy.db");
    await driver.backup(copy);
    const copied = open(copy);
    expect(await copied.storage.getItem("a")).toBe(1);
    await copied.storage.dispose();
    await storage.dispose();
  });
});

describe("importFrom", () => {
  it("takes what fs has stored, batch by batch, as it is", async () => {
    const base = temporaryDirectory();
    const source = createStorage({ driver: fsDriver({ base }) });
    const value = { when: new Date(5), list: [1, "two"] };
    const items = Array.from({ length: 700 }, (_, i) => ({ key: `a:${i}`, value }));
    await source.setItems(items);
    await source.setItemRaw("raw", Buffer.from([255, 0]));
    await source.dispose();
    const { driver, storage } = open();
    const report = await driver.importFrom(base, { base: "old" });
    expect(report).toEqual({ type: "fs", imported: 701, skippedItems: 0, skipped: [] });
    expect(await storage.getItem("old:a:699")).toEqual(value);
    expect(await storage.getItemRaw("old:raw")).toEqual(Buffer.from([255, 0]));
    await storage.dispose();
  });

  it("keeps when items of node-persist end", async () => {
    // Replaced before it is asked: within a millisecond the true clock is not asked twice.
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const dir = join(temporaryDirectory(), "store");
    mkdirSync(dir);
    const datum = { key: "session", value: 1, ttl: Date.now() + 60_000 };
    writeFileSync(join(dir, "0123456789abcdef0123456789abcdef"), JSON.stringify(datum));
    const { driver, storage } = open();
    expect(await driver.importFrom(dir)).toMatchObject({ type: "node-persist", imported: 1 });
    expect(await storage.hasItem("session")).toBe(true);
    // What is left is counted from when it is written, a moment after it was read.
    vi.setSystemTime(datum.ttl + 1_000);
    expect(await storage.hasItem("session")).toBe(false);
    await storage.dispose();
  });
});
