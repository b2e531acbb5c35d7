// The driver guide's Redis driver against a real server.
import { createStorage, prefixStorage } from "stowage";
import queueDriver from "stowage/drivers/queue";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import redisDriver from "./fixtures/redis-driver.mjs";
import { INSTALLED, startRedis } from "./fixtures/redis-server.mjs";

if (!INSTALLED)
  console.warn("Skipped: redis-server is not installed (apt-get install redis-server).");

describe.skipIf(!INSTALLED)("a Redis driver", () => {
  let server;
  let storage;
  const driver = () => redisDriver({ host: "127.0.0.1", port: server.port });

  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());
  beforeEach(() => {
    storage = createStorage({ driver: driver() });
  });
  afterEach(async () => {
    await storage.clear();
    await storage.dispose();
  });

  test("stores, tells, lists and removes", async () => {
    await storage.setItem("user:1", { name: "Ada", born: new Date(0), tags: new Set(["a"]) });
    expect(await storage.getItem("user:1")).toEqual({
      name: "Ada",
      born: new Date(0),
      tags: new Set(["a"]),
    });
    expect(await storage.hasItem("user:1")).toBe(true);
    expect(await storage.hasItem("user:2")).toBe(false);
    expect(await storage.getItem("user:2")).toBeNull();
    await storage.setItem("other", 1);
    expect(await storage.getKeys("user")).toEqual(["user:1"]);
    await storage.removeItem("user:1");
    expect(await storage.getKeys()).toEqual(["other"]);
  });

  test("is given the options of a call", async () => {
    await storage.setItem("short", 1, { ttl: 90_000 });
    await storage.setItem("long", 1);
    const client = storage.getMount().driver.getInstance();
    expect(await client.ttl("short")).toBeGreaterThan(80);
    expect(await client.ttl("long")).toBe(-1);
  });

  test("keeps its `this` when it clears", async () => {
    await storage.setItems([
      { key: "a:1", value: 1 },
      { key: "b:1", value: 2 },
    ]);
    await storage.clear("a");
    expect(await storage.getKeys()).toEqual(["b:1"]);
  });

  test("answers batches, raw values and metadata that it knows nothing of", async () => {
    await storage.setItems([
      { key: "one", value: 1 },
      { key: "two", value: [2], options: { ttl: 60_000 } },
    ]);
    expect(await storage.getItems(["two", "none", "one"])).toEqual([
      { key: "two", value: [2] },
      { key: "none", value: null },
      { key: "one", value: 1 },
    ]);
    await storage.setItemRaw("raw", Buffer.from([0, 255, 10]));
    expect(Buffer.from(await storage.getItemRaw("raw"))).toEqual(Buffer.from([0, 255, 10]));
    await storage.setMeta("one", { by: "test" });
    expect(await storage.getMeta("one")).toMatchObject({ by: "test" });
  });

  test("works under a prefix and as one of several mounts", async () => {
    const root = createStorage().mount("redis", storage.getMount().driver);
    const view = prefixStorage(root, "redis:view");
    await view.setItem("key", "value");
    expect(await view.getKeys()).toEqual(["key"]);
    expect(await storage.getItem("view:key")).toBe("value");
    await root.setItem("here", 1);
    expect((await root.getKeys()).sort()).toEqual(["here", "redis:view:key"]);
    await root.unmount("redis", false);
  });

  test("reports changes made through the storage, once each", async () => {
    const seen = [];
    await storage.watch((event, key) => seen.push(`${event} ${key}`));
    await storage.setItem("a", 1);
    await storage.setItems([{ key: "b", value: 1 }]);
    await storage.clear();
    expect(seen.sort()).toEqual(["remove a", "remove b", "update a", "update b"]);
  });

  test("works below a queue", async () => {
    const queued = createStorage({
      driver: queueDriver({ driver: driver(), flushInterval: 60_000 }),
    });
    for (let index = 0; index < 250; index += 1) await queued.setItem(`q:${index}`, index);
    expect(await queued.getItem("q:249")).toBe(249);
    await queued.removeItem("q:0");
    await queued.flush();
    expect(await storage.getItem("q:249")).toBe(249);
    expect(await storage.getKeys("q")).toHaveLength(249);
    await queued.dispose();
  });

  test("has no sync methods, and says so", () => {
    expect(() => storage.getItemSync("a")).toThrow(
      expect.objectContaining({ code: "SYNC_UNSUPPORTED" }),
    );
    expect(() => storage.setItemSync("a", 1)).toThrow(/does not support synchronous setItem/);
  });

  test("passes on what the server refuses", async () => {
    const client = storage.getMount().driver.getInstance();
    const refused = new Error("ERR no");
    client.get = () => Promise.reject(refused);
    await expect(storage.getItem("a")).rejects.toBe(refused);
  });
});
