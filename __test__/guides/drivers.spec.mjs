// The driver guide's wrappers around native drivers.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import memoryDriver from "stowage/drivers/memory";
import queueDriver from "stowage/drivers/queue";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { until } from "../tools/until.mjs";
import cachingDriver from "./fixtures/caching-driver.mjs";
import encryptedDriver from "./fixtures/encrypted-driver.mjs";
import { NetworkDriver, Server } from "./fixtures/network-driver.mjs";
import regionDriver from "./fixtures/region-driver.mjs";

describe("encryption around a native driver", () => {
  test("leaves nothing readable in the files", async () => {
    const base = temporaryDirectory();
    const driver = encryptedDriver({ driver: fsDriver({ base }), secretKey: "key" });
    expect(driver.name).toBe("encrypted-fs");
    expect(driver.flags).toEqual({ maxDepth: true });
    const storage = createStorage({ driver });
    await storage.setItem("user:name", "Ada Lovelace");
    expect(await storage.getItem("user:name")).toBe("Ada Lovelace");
    expect(readFileSync(join(base, "user", "name"), "utf8")).toMatch(/^[0-9a-f]+(:[0-9a-f]+){2}$/);
    expect(await storage.getKeys()).toEqual(["user:name"]);
    expect(await storage.getKeys("", { maxDepth: 0 })).toEqual([]);
  });

  test("fails with the error of Node when the key is wrong", async () => {
    const inner = memoryDriver();
    await createStorage({ driver: encryptedDriver({ driver: inner, secretKey: "a" }) }).setItem(
      "k",
      1,
    );
    const other = createStorage({ driver: encryptedDriver({ driver: inner, secretKey: "b" }) });
    await expect(other.getItem("k")).rejects.toThrow(/authenticate/);
  });

  test("works below a queue and around one", async () => {
    const inner = memoryDriver();
    const secretKey = "key";
    const below = createStorage({
      driver: queueDriver({ driver: encryptedDriver({ driver: inner, secretKey }) }),
    });
    await below.setItem("a", [1]);
    await below.flush();
    const around = createStorage({
      driver: encryptedDriver({ driver: queueDriver({ driver: inner }), secretKey }),
    });
    expect(await around.getItem("a")).toEqual([1]);
    await around.setItem("b", 2);
    expect(await around.getItem("b")).toBe(2);
    await around.dispose();
  });
});

describe("several regions", () => {
  const regions = () => ({ eu: memoryDriver(), us: memoryDriver(), asia: memoryDriver() });
  const keys = Array.from({ length: 20 }, (_, index) => `item-${index}`);

  test("replicate at once when asked to", async () => {
    const all = regions();
    const storage = createStorage({
      driver: regionDriver({ regions: all, replicationStrategy: "sync" }),
    });
    for (const key of keys) await storage.setItem(key, { key });
    for (const region of Object.values(all)) expect(region.getInstance().size).toBe(keys.length);
    for (const key of keys) expect(await storage.getItem(key)).toEqual({ key });
  });

  test("replicate in the background", async () => {
    const all = regions();
    const storage = createStorage({ driver: regionDriver({ regions: all }) });
    for (const key of keys) await storage.setItem(key, key);
    const full = () =>
      Object.values(all).every((region) => region.getInstance().size === keys.length);
    await until(full, "every region to hold every item");
    expect(await storage.getItem("item-7")).toBe("item-7");
  });

  test("share the keys out without replication", async () => {
    const all = regions();
    const storage = createStorage({
      driver: regionDriver({ regions: all, replicationStrategy: "none" }),
    });
    for (const key of keys) await storage.setItem(key, key);
    const sizes = Object.values(all).map((region) => region.getInstance().size);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(keys.length);
    expect(Math.max(...sizes)).toBeLessThan(keys.length);
    expect(await storage.getItem("item-3")).toBe("item-3");
  });

  test("a method that the driver lacks is a clear error", async () => {
    const storage = createStorage({ driver: regionDriver({ regions: regions() }) });
    await expect(storage.hasItem("a")).rejects.toThrow(/hasItem/);
    await expect(storage.getKeys()).rejects.toThrow(/getKeys/);
    // Read-only for removals: ignored silently, as for any driver without the method.
    await storage.removeItem("a");
  });
});

describe("a cache in front of a driver", () => {
  test("is filled by reads and writes, with the options extended", async () => {
    const [primary, cache] = [fsDriver({ base: temporaryDirectory() }), memoryDriver()];
    const storage = createStorage({ driver: cachingDriver({ primary, cache }) });
    expect(storage.getMount().driver.name).toBe("cached-fs");
    await storage.setItem("a", 1);
    expect(await cache.getItem("cache:a")).toBe('{"json":1}');
    await cache.removeItem("cache:a");
    expect(await storage.getItem("a")).toBe(1);
    await until(() => cache.hasItem("cache:a"), "the read to fill the cache");
    await primary.removeItem("a");
    expect(await storage.getItem("a")).toBe(1);
    await storage.removeItem("a");
    expect(await storage.getItem("a")).toBeNull();
  });

  test("passes the options of a call through, extended by its own", async () => {
    const seen = [];
    const cache = { ...memoryDriver(), setItem: async (...args) => void seen.push(args[2]) };
    const storage = createStorage({
      driver: cachingDriver({ primary: memoryDriver(), cache, cacheTTL: 5 }),
    });
    await storage.setItem("a", 1, { priority: "high" });
    expect(seen).toEqual([{ priority: "high", ttl: 5 }]);
  });
});

describe("a driver that is a class", () => {
  test("is asked in batches of its own size", async () => {
    const server = new Server();
    const storage = createStorage({ driver: new NetworkDriver({ server }) });
    const items = Array.from({ length: 120 }, (_, index) => ({ key: `n:${index}`, value: index }));
    await storage.setItems(items);
    server.requests = [];
    const read = await storage.getItems(items.map(({ key }) => key));
    expect(read).toEqual(items);
    expect(server.requests.map(({ size }) => size)).toEqual([50, 50, 20]);
  });

  test("keeps its `this` in every method", async () => {
    const storage = createStorage().mount("net", new NetworkDriver({ server: new Server() }));
    await storage.setItem("net:a", { n: 1 });
    expect(await storage.getItem("net:a")).toEqual({ n: 1 });
    expect(await storage.hasItem("net:a")).toBe(true);
    expect(await storage.getKeys()).toEqual(["net:a"]);
    await storage.removeItem("net:a");
    expect(await storage.getKeys("net")).toEqual([]);
  });
});
