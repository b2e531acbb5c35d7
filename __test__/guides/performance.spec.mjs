// The performance guide's classes around storages.
import { createStorage } from "stowage";
import fsDriver from "stowage/drivers/fs";
import fsLiteDriver from "stowage/drivers/fs-lite";
import memoryDriver from "stowage/drivers/memory";
import queueDriver, { flushQueue } from "stowage/drivers/queue";
import { describe, expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";
import {
  BATCH_SIZES,
  BatchProcessor,
  processBatch,
  storeStream,
  storeWithRecovery,
} from "./fixtures/batches.mjs";
import { IntelligentCache, MemoryEfficientStorage, MultiLevelCache } from "./fixtures/caches.mjs";
import { monitored, PerformanceMonitor, QueueMonitor } from "./fixtures/monitors.mjs";
import { CompressedStorage, PreSerializedStorage, RobustStorage } from "./fixtures/wrappers.mjs";

/** A storage with a queue that nothing flushes by itself; disposed of after the test. */
function queued(options = {}) {
  const driver = queueDriver({ driver: memoryDriver(), flushInterval: 60_000, ...options });
  const storage = createStorage({ driver });
  onTestFinished(() => storage.dispose());
  return storage;
}

/** A storage whose driver counts its calls. */
function counting() {
  const calls = { getItem: 0, setItems: 0 };
  const inner = memoryDriver();
  const driver = {
    ...inner,
    getItem(...args) {
      calls.getItem += 1;
      return inner.getItem(...args);
    },
    setItems(items) {
      calls.setItems += 1;
      for (const { key, value } of items) inner.setItemSync(key, value);
    },
  };
  return { storage: createStorage({ driver }), calls };
}

const item = (index) => ({ key: `item:${index}`, value: { data: index } });

describe("queues", () => {
  test("are told about by a monitor", async () => {
    let finish;
    const slow = new Promise((resolve) => {
      finish = resolve;
    });
    const storage = queued({ driver: { ...memoryDriver(), setItems: () => slow } });
    const monitor = new QueueMonitor(storage);
    expect(monitor.getQueueStats()).toEqual({ queueSize: 0, isFlushing: false, disposed: false });
    await storage.setItem("a", 1);
    await storage.setItem("b", 2);
    expect(monitor.getQueueStats().queueSize).toBe(2);
    const flushed = storage.flush();
    expect(monitor.getQueueStats().isFlushing).toBe(true);
    finish();
    await flushed;
    expect(monitor.getQueueStats()).toEqual({ queueSize: 0, isFlushing: false, disposed: false });
    await storage.dispose();
    expect(monitor.getQueueStats().disposed).toBe(true);
  });

  test("empty themselves while a monitor waits", async () => {
    const storage = queued({ flushInterval: 20 });
    await storage.setItem("a", 1);
    expect(await new QueueMonitor(storage).waitForFlush()).toBe(true);
  });

  test("are flushed by force where the driver offers it", async () => {
    const storage = queued();
    await storage.setItem("a", 1);
    const monitor = new QueueMonitor(storage);
    await monitor.forceFlush();
    const offered = "flushQueue" in storage.getMount().driver;
    expect(monitor.getQueueStats().queueSize).toBe(offered ? 0 : 1);
  });

  test("are flushed by their context", async () => {
    const inner = memoryDriver();
    const storage = queued({ driver: inner });
    await storage.setItem("a", 1);
    const context = storage.getMount().driver.getInstance();
    expect(context.queue.has("a")).toBe(true);
    expect([...context.queue.keys()]).toEqual(["a"]);
    await flushQueue(context);
    expect(context.queue.size).toBe(0);
    expect(inner.getInstance().get("a")).toBe('{"json":1}');
  });

  test("of every shape in the guide keep every item", async () => {
    const shapes = [
      { batchSize: 2000, flushInterval: 10_000, maxQueueSize: 100_000, mergeUpdates: true },
      { batchSize: 50, flushInterval: 200, maxQueueSize: 5000, mergeUpdates: false },
      { batchSize: 20, flushInterval: 100, maxQueueSize: 1000, mergeUpdates: true },
    ];
    for (const shape of shapes) {
      const base = temporaryDirectory();
      const storage = queued({ driver: fsLiteDriver({ base }), ...shape });
      for (let index = 0; index < 130; index += 1) await storage.setItem(`item:${index}`, index);
      await storage.flush();
      const files = createStorage({ driver: fsDriver({ base }) });
      expect(await files.getKeys()).toHaveLength(130);
      expect(await files.getItem("item:129")).toBe(129);
    }
  });
});

describe("batches", () => {
  test("are made by a processor, when full and after a while", async () => {
    const { storage, calls } = counting();
    const processor = new BatchProcessor(storage, { batchSize: 100, flushInterval: 5 });
    await Promise.all(
      Array.from({ length: 1000 }, (_, index) => processor.addWrite(...pair(index))),
    );
    expect(calls.setItems).toBe(10);
    await processor.addWrite("last", 1);
    await processor.flush();
    expect(calls.setItems).toBe(11);
    expect(await storage.getKeys()).toHaveLength(1001);
  });

  test("have a size that suits the driver, by its name", async () => {
    const stores = {
      memory: createStorage({ driver: memoryDriver() }),
      fs: createStorage({ driver: fsDriver({ base: temporaryDirectory() }) }),
      queue: queued({ maxQueueSize: 5000 }),
    };
    for (const [name, storage] of Object.entries(stores)) {
      const items = Array.from({ length: 250 }, (_, index) => ({ index }));
      const sizes = await processBatch(items, storage);
      expect(sizes[0], name).toBe(Math.min(250, BATCH_SIZES[name]));
      expect(await storage.getKeys("item"), name).toHaveLength(250);
      expect(await storage.getItem("item:249"), name).toEqual({ index: 249 });
    }
  });

  test("take in a stream", async () => {
    async function* numbers() {
      for (let index = 0; index < 250; index += 1) yield { index };
    }
    const storage = createStorage({ driver: fsDriver({ base: temporaryDirectory() }) });
    const sizes = [];
    for await (const size of storeStream(storage, numbers())) sizes.push(size);
    expect(sizes).toEqual([100, 100, 50]);
    expect(await storage.getItem("stream:249")).toEqual({ index: 249 });
  });

  test("that fail are recovered item by item", async () => {
    const storage = createStorage();
    const failed = await storeWithRecovery(storage, [
      { key: "good", value: 1 },
      { key: "bad", value: () => {} },
      { key: "fine", value: 2 },
    ]);
    expect(failed.map(({ update }) => update.key)).toEqual(["bad"]);
    expect(failed[0].error.code).toBe("UNSERIALIZABLE");
    expect((await storage.getKeys()).sort()).toEqual(["fine", "good"]);
  });

  test("take options for each item and for all", async () => {
    const seen = [];
    const driver = { ...memoryDriver(), getItems: undefined };
    driver.getItem = async (key, options) => {
      seen.push([key, options]);
      return null;
    };
    const items = [
      "user:profile",
      { key: "user:settings", options: { timeout: 1000 } },
      { key: "user:preferences", options: { priority: "high" } },
    ];
    await createStorage({ driver }).getItems(items, { retries: 3 });
    expect(seen).toEqual([
      ["user:profile", { retries: 3 }],
      ["user:settings", { retries: 3, timeout: 1000 }],
      ["user:preferences", { retries: 3, priority: "high" }],
    ]);
  });
});

describe("caches", () => {
  test("limited in size and time", async () => {
    const { storage, calls } = counting();
    const cache = new MemoryEfficientStorage(storage, { size: 2, ttl: 60_000 });
    onTestFinished(() => cache.dispose());
    for (const key of ["a", "b", "c"]) await cache.setItem(key, { key });
    expect(cache.cached).toEqual(["b", "c"]);
    expect(await cache.getItem("c")).toEqual({ key: "c" });
    expect(calls.getItem).toBe(0);
    expect(await cache.getItem("a")).toEqual({ key: "a" });
    expect(calls.getItem).toBe(1);
    cache.ttl = -1;
    cache.sweep();
    expect(cache.cached).toEqual([]);
  });

  test("of several levels", async () => {
    const folders = [temporaryDirectory(), temporaryDirectory()];
    const cache = new MultiLevelCache(...folders);
    await cache.set("a:b", { date: new Date(5) });
    expect(await cache.lasting.getItem("a:b")).toEqual({ date: new Date(5) });
    cache.memory.clear();
    await cache.fast.removeItem("a:b");
    expect(await cache.get("a:b")).toEqual({ date: new Date(5) });
    expect(await cache.fast.getItem("a:b")).toEqual({ date: new Date(5) });
    expect(await cache.get("none")).toBeNull();
  });

  test("of what is hot", async () => {
    const { storage, calls } = counting();
    await storage.setItems([item(0), item(1), item(2)]);
    const cache = new IntelligentCache(storage, { threshold: 3, size: 2 });
    for (const index of [0, 0, 0, 1, 1, 1]) await cache.getItem(`item:${index}`);
    expect([...cache.hot.keys()]).toEqual(["item:0", "item:1"]);
    const before = calls.getItem;
    expect(await cache.getItem("item:0")).toEqual({ data: 0 });
    expect(calls.getItem).toBe(before);
    for (let round = 0; round < 3; round += 1) await cache.getItem("item:2");
    expect([...cache.hot.keys()]).toEqual(["item:0", "item:2"]);
  });
});

describe("monitors", () => {
  test("measure every method through a proxy, failures too", async () => {
    const storage = createStorage();
    const monitor = new PerformanceMonitor();
    const proxy = monitored(storage, monitor);
    await proxy.setItem("a", { n: 1 });
    expect(await proxy.getItem("a")).toEqual({ n: 1 });
    expect(await proxy.getItemSync("a")).toEqual({ n: 1 });
    expect(await proxy.getItems(["a"])).toEqual([{ key: "a", value: { n: 1 } }]);
    await expect(proxy.setItem("b", Symbol("no"))).rejects.toThrow(/Cannot stringify value/);
    const report = monitor.report();
    expect(Object.keys(report).sort()).toEqual(
      ["getItem", "getItemSync", "getItems", "setItem", "setItem:error"].sort(),
    );
    expect(report.setItem.count).toBe(1);
    expect(report.setItem.min).toBeLessThanOrEqual(report.setItem.max);
  });

  test("measure methods taken out of the storage", async () => {
    const { getItem, setItem, getItems } = createStorage();
    const monitor = new PerformanceMonitor();
    const measured = {
      getItem: (key) => monitor.measure("getItem", () => getItem(key)),
      setItem: (key, value) => monitor.measure("setItem", () => setItem(key, value)),
      getItems: (keys) => monitor.measure("getItems", () => getItems(keys)),
    };
    await measured.setItem("a", 1);
    expect(await measured.getItem("a")).toBe(1);
    expect(await measured.getItems(["a", "b"])).toEqual([
      { key: "a", value: 1 },
      { key: "b", value: null },
    ]);
    expect(monitor.report().getItems.count).toBe(1);
  });
});

describe("wrappers", () => {
  test("that fall back to a second storage", async () => {
    const broken = {
      ...memoryDriver(),
      getItem: () => Promise.reject(new Error("offline")),
      setItem: () => Promise.reject(new Error("offline")),
    };
    const fallback = createStorage();
    const robust = new RobustStorage(createStorage({ driver: broken }), fallback);
    await robust.setItem("a", { saved: true });
    expect(await robust.getItem("a")).toEqual({ saved: true });
    expect(await fallback.getItem("a")).toEqual({ saved: true });
  });

  test("that copy to the second storage when the first works", async () => {
    const [primary, fallback] = [createStorage(), createStorage()];
    await new RobustStorage(primary, fallback).setItem("a", 1);
    expect(await primary.getItem("a")).toBe(1);
    expect(await fallback.getItem("a")).toBe(1);
  });

  test("that describe types themselves", async () => {
    const storage = createStorage();
    const described = new PreSerializedStorage(storage);
    await described.setComplexItem("date", new Date(0));
    await described.setComplexItem("map", new Map([["a", 1]]));
    expect(await storage.getItem("date")).toEqual({
      __type: "Date",
      value: "1970-01-01T00:00:00.000Z",
    });
    expect(await storage.getItem("map")).toEqual({ __type: "Map", value: [["a", 1]] });
  });

  test("that compress what is large", async () => {
    const storage = createStorage({ driver: fsDriver({ base: temporaryDirectory() }) });
    const compressed = new CompressedStorage(storage);
    const large = { text: "word ".repeat(5000) };
    await compressed.setLargeItem("large", large);
    await compressed.setLargeItem("small", { n: 1 });
    expect((await storage.getItemRaw("large:compressed")).length).toBeLessThan(1000);
    expect(await compressed.getLargeItem("large")).toEqual(large);
    expect(await compressed.getLargeItem("small")).toEqual({ n: 1 });
  });
});

function pair(index) {
  const { key, value } = item(index);
  return [key, value];
}
