import { createStorage, prefixStorage, type Storage } from "stowage";
import queue from "stowage/drivers/queue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PLAIN, TRANSACTIONAL } from "./stores.js";

const failure = (code: string) => expect.objectContaining({ name: "StorageError", code });

/** What a storage tells of a key, by every method that could tell of it. */
async function views(storage: Storage, key: string) {
  return {
    has: [await storage.hasItem(key), storage.hasItemSync(key)],
    get: [await storage.getItem(key), storage.getItemSync(key)],
    raw: [await storage.getItemRaw(key), storage.getItemRawSync(key)],
    many: [await storage.getItems([key]), storage.getItemsSync([key])],
    keys: [await storage.getKeys(), storage.getKeysSync(), storage.getKeysSync("", { limit: 9 })],
    entries: [[...storage.entries()], [...storage.entries({ keysOnly: true })]],
    meta: [{ ...(await storage.getMeta(key)) }.expires, { ...storage.getMetaSync(key) }.ttl],
    tx: storage.transactionSync((tx) => [tx.getItemSync(key), tx.getKeysSync()]),
  };
}

const GONE = {
  has: [false, false],
  get: [null, null],
  raw: [null, null],
  many: [[{ key: "a", value: null }], [{ key: "a", value: null }]],
  keys: [[], [], []],
  entries: [[], []],
  meta: [undefined, undefined],
  tx: [null, []],
};

describe.each(TRANSACTIONAL)("items that end on %s", (_name, make) => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("are there until their time is over, and then for nobody", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItem("a", { n: 1 }, { ttl: 100 });
    vi.setSystemTime(Date.now() + 99);
    const before = await views(storage, "a");
    expect(before.get).toEqual([{ n: 1 }, { n: 1 }]);
    expect(before.keys).toEqual([["a"], ["a"], ["a"]]);
    expect(before.meta).toEqual([new Date(Date.now() + 1), 1]);
    // The clock alone: no timer that would sweep has run.
    vi.setSystemTime(Date.now() + 1);
    expect(await views(storage, "a")).toEqual(GONE);
  });

  it("end for a reader that has read them again and again", async () => {
    const storage = createStorage({ driver: make() });
    storage.setItemSync("other", 1);
    for (let n = 0; n < 10; n++) storage.getItemSync("other");
    storage.setItemSync("a", { n: 1 }, { ttl: 100 });
    for (let n = 0; n < 10; n++) {
      expect(storage.getItemSync("a")).toEqual({ n: 1 });
      expect(await storage.getItem("a")).toEqual({ n: 1 });
    }
    vi.setSystemTime(Date.now() + 100);
    expect(storage.getItemSync("a")).toBe(null);
    expect(await storage.getItem("a")).toBe(null);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(storage.getItemSync("a")).toBe(null);
    expect(storage.getItemSync("other")).toBe(1);
  });

  it("live as long as each way of writing says", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItems(
      [
        { key: "common", value: 1 },
        { key: "own", value: 1, options: { ttl: 50 } },
      ],
      { ttl: 100 },
    );
    await storage.setItemRaw("raw", Buffer.from("x"), { ttl: 100 });
    await storage.setItem("absent", 1, { ifAbsent: true, ttl: 100 });
    await storage.compareAndSet("swapped", null, 1, { ttl: 100 });
    await storage.update("updated", () => 1, { ttl: 100 });
    await storage.transaction((tx) => tx.setItem("tx", 1, { ttl: 100 }));
    await storage.setItem("ever", 1, { ttl: Number.POSITIVE_INFINITY });
    const ttlOf = (key: string) => storage.getMetaSync(key).ttl;
    expect(ttlOf("own")).toBe(50);
    for (const key of ["common", "raw", "absent", "swapped", "updated", "tx"]) {
      expect(ttlOf(key), key).toBe(100);
    }
    expect(ttlOf("ever")).toBe(undefined);
    expect((await storage.getMeta("own", { nativeOnly: true })).ttl).toBe(50);
  });

  it("are kept alive by nothing but a write", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItem("a", 1, { ttl: 100 });
    await storage.increment("a");
    await storage.update<number>("a", (n) => (n ?? 0) + 1);
    expect(storage.getMetaSync("a").ttl).toBe(100);
    expect(storage.getItemSync("a")).toBe(3);
    await storage.update<number>("a", (n) => (n ?? 0) + 1, { ttl: 500 });
    expect(storage.getMetaSync("a").ttl).toBe(500);
    await storage.setItem("a", 1);
    expect(storage.getMetaSync("a").ttl).toBe(undefined);
  });

  it("are absent to writes that ask", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItem("a", 5, { ttl: 100 });
    vi.setSystemTime(Date.now() + 100);
    expect(await storage.setItem("a", 1, { ifAbsent: true })).toBe(true);
    await storage.setItem("b", 5, { ttl: 100 });
    vi.setSystemTime(Date.now() + 100);
    expect(await storage.increment("b")).toBe(1);
    expect(storage.getMetaSync("b").ttl).toBe(undefined);
  });

  it("are told to watchers as they asked for it", async () => {
    const storage = createStorage({ driver: make() });
    const [plain, asked, below]: string[][] = [[], [], []];
    await storage.watch((event, key) => plain?.push(`${event} ${key}`));
    await storage.watch((event, key) => asked?.push(`${event} ${key}`), { expire: true });
    const view = prefixStorage(storage, "p");
    await view.watch("a", (event, key) => below?.push(`${event} ${key}`), { expire: true });
    await view.setItem("a:b", 1, { ttl: 100 });
    await vi.advanceTimersByTimeAsync(120_000);
    // A driver may remove it on another thread.
    await vi.waitFor(() => expect(below).toHaveLength(2));
    expect(plain).toEqual(["update p:a:b", "remove p:a:b"]);
    expect(asked).toEqual(["update p:a:b", "expire p:a:b"]);
    expect(below).toEqual(["update a:b", "expire a:b"]);
    await storage.unwatch();
  });

  it.each([0, -1, Number.NaN, "100", {}])("do not live for %s", async (ttl) => {
    const storage = createStorage({ driver: make() });
    const options = { ttl } as object;
    const invalid = failure("INVALID_OPTION");
    await expect(storage.setItem("a", 1, options)).rejects.toEqual(invalid);
    expect(() => storage.setItemSync("a", 1, options)).toThrow(invalid);
    await expect(storage.setItemRaw("a", "x", options)).rejects.toEqual(invalid);
    await expect(storage.setItems([{ key: "a", value: 1, options }])).rejects.toEqual(invalid);
    await expect(storage.compareAndSet("a", null, 1, options)).rejects.toEqual(invalid);
    await expect(storage.update("a", () => 1, options)).rejects.toEqual(invalid);
    expect(storage.getKeysSync()).toEqual([]);
  });

  it("end in a queue, too, counted from the write", async () => {
    const driver = make();
    expect(driver.flags?.ttl).toBe(true);
    const storage = createStorage({ driver: queue({ driver, flushInterval: 1_000 }) });
    await storage.setItem("a", 1, { ttl: 2_000 });
    await storage.setItem("b", 1, { ttl: 500 });
    vi.setSystemTime(Date.now() + 600);
    expect([await storage.getItem("a"), await storage.getItem("b")]).toEqual([1, null]);
    await storage.flush();
    expect(storage.getMetaSync("a").ttl).toBe(1_400);
    await storage.dispose();
  });
});

describe.each(PLAIN)("the option ttl on %s", (_name, make) => {
  it("means nothing to the storage", async () => {
    const driver = make();
    expect(driver.flags?.ttl ?? false).toBe(false);
    const storage = createStorage({ driver });
    await storage.setItem("a", 1, { ttl: 1 });
    expect(await storage.getItem("a")).toBe(1);
  });
});
