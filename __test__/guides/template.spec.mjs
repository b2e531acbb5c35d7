// The driver guide's testing template, for built-in drivers and for the guide's own.
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import fsLiteDriver from "stowage/drivers/fs-lite";
import memoryDriver from "stowage/drivers/memory";
import queueDriver from "stowage/drivers/queue";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { benchmarkDriver, StorageBenchmark } from "./fixtures/benchmarks.mjs";
import encryptedDriver from "./fixtures/encrypted-driver.mjs";
import { NetworkDriver, Server } from "./fixtures/network-driver.mjs";

const DRIVERS = {
  memory: () => memoryDriver(),
  fs: (base) => fsDriver({ base }),
  "fs-lite": (base) => fsLiteDriver({ base }),
  "queue over memory": () => queueDriver({ driver: memoryDriver() }),
  "queue over fs": (base) => queueDriver({ driver: fsDriver({ base }) }),
  "encrypted memory": () => encryptedDriver({ driver: memoryDriver(), secretKey: "secret" }),
  "encrypted fs": (base) => encryptedDriver({ driver: fsDriver({ base }), secretKey: "secret" }),
  network: () => new NetworkDriver({ server: new Server() }),
  "queue over network": () => queueDriver({ driver: new NetworkDriver({ server: new Server() }) }),
};

describe.each(Object.keys(DRIVERS))("%s", (name) => {
  let storage;

  beforeEach(() => {
    storage = createStorage({ driver: DRIVERS[name](temporaryDirectory()) });
  });

  afterEach(async () => {
    await storage.clear();
    await storage.dispose();
  });

  test("stores and retrieves items", async () => {
    await storage.setItem("test-key", "test-value");
    expect(await storage.getItem("test-key")).toBe("test-value");
    expect(await storage.hasItem("test-key")).toBe(true);
  });

  test("handles complex objects", async () => {
    const value = { date: new Date(), set: new Set([1, 2, 3]), map: new Map([["key", "value"]]) };
    await storage.setItem("complex", value);
    const read = await storage.getItem("complex");
    expect(read).toEqual(value);
    expect(read.date).toBeInstanceOf(Date);
    expect(read.set).toBeInstanceOf(Set);
    expect(read.map).toBeInstanceOf(Map);
  });

  test("supports batch operations", async () => {
    await storage.setItems([
      { key: "key1", value: "value1" },
      { key: "key2", value: "value2" },
    ]);
    expect(await storage.getItems(["key1", "key2"])).toEqual([
      { key: "key1", value: "value1" },
      { key: "key2", value: "value2" },
    ]);
  });

  test("clears and removes", async () => {
    await storage.setItems([
      { key: "a:1", value: 1 },
      { key: "a:2", value: 2 },
      { key: "b", value: 3 },
    ]);
    await storage.removeItem("a:1");
    expect((await storage.getKeys()).sort()).toEqual(["a:2", "b"]);
    await storage.clear("a");
    expect(await storage.getKeys()).toEqual(["b"]);
  });

  test("runs the benchmark template", async () => {
    const times = await benchmarkDriver(storage, 40);
    expect(Object.keys(times)).toEqual(["write", "read", "batchRead"]);
    expect(await storage.getKeys()).toHaveLength(40);
    expect(await storage.getItem("key-39")).toMatchObject({ value: 39 });
  });

  test("runs the benchmark suite", async () => {
    expect(await new StorageBenchmark(storage).runFullBenchmark(30)).toEqual({
      writes: 30,
      reads: 30,
      batches: [10, 50, 100],
      depths: [5, 2, 4, 5],
      sizes: [1024, 10 * 1024, 100 * 1024],
      concurrent: [10, 50, 200],
    });
  });
});
