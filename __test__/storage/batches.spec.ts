import { createStorage, type Driver } from "stowage";
import memory from "stowage/drivers/memory";
import { describe, expect, it, vi } from "vitest";

/** A driver with batch methods that remembers what it was given. */
function recorder() {
  const calls: Array<[string, unknown, unknown]> = [];
  const data = new Map<string, string>();
  const driver: Driver = {
    hasItem: (key) => data.has(key),
    getItem: (key) => data.get(key) ?? null,
    getKeys: () => [...data.keys()],
    getItems(items, common) {
      calls.push(["getItems", items, common]);
      return items.map(({ key }) => ({ key, value: data.get(key) ?? null }));
    },
    setItems(items, common) {
      calls.push(["setItems", items, common]);
      for (const { key, value } of items) data.set(key, value);
    },
    setItem: (key, value) => void data.set(key, value),
    removeItem: (key) => void data.delete(key),
  };
  return { calls, data, driver };
}

describe("batches", () => {
  it("come back in the order asked, across mounts", async () => {
    const storage = createStorage();
    storage.mount("a", memory()).mount("b", recorder().driver);
    await storage.setItems([
      { key: "a:1", value: 1 },
      { key: "b:1", value: 2 },
      { key: "root", value: 3 },
    ]);
    const keys = ["b:1", "root", "a:1", "b:none", "b:1"];
    const expected = [2, 3, 1, null, 2].map((value, n) => ({ key: keys[n], value }));
    expect(await storage.getItems(keys)).toEqual(expected);
    expect(storage.getItemsSync(["root", "a:1"])).toEqual([
      { key: "root", value: 3 },
      { key: "a:1", value: 1 },
    ]);
  });

  it("name the keys normalised", async () => {
    const storage = createStorage();
    await storage.setItems([{ key: "/x/y/", value: 1 }]);
    expect(await storage.getItems(["x/y", { key: "x:y" }])).toEqual([
      { key: "x:y", value: 1 },
      { key: "x:y", value: 1 },
    ]);
  });

  it("reach a driver as one call, with options merged over the common ones", async () => {
    const { calls, driver } = recorder();
    const storage = createStorage();
    storage.mount("m", driver);
    const { signal } = new AbortController();
    await storage.getItems(
      ["m:a", { key: "m:b", options: { timeout: 1000, retries: 9, signal } }],
      { retries: 3, priority: "high" },
    );
    expect(calls).toEqual([
      [
        "getItems",
        [
          { key: "a", options: { retries: 3, priority: "high" } },
          { key: "b", options: { timeout: 1000, retries: 9, signal, priority: "high" } },
        ],
        { retries: 3, priority: "high" },
      ],
    ]);
    const [, items] = calls[0] as [string, Array<{ options: { signal: unknown } }>, unknown];
    expect(items[1]?.options.signal).toBe(signal);

    calls.length = 0;
    await storage.setItems(
      [
        { key: "m:a", value: 1, options: { ttl: 5 } },
        { key: "m:b", value: 2 },
      ],
      { ttl: 60 },
    );
    expect(calls).toEqual([
      [
        "setItems",
        [
          { key: "a", value: '{"json":1}', options: { ttl: 5 } },
          { key: "b", value: '{"json":2}', options: { ttl: 60 } },
        ],
        { ttl: 60 },
      ],
    ]);
  });

  it("become single calls for a driver without batch methods, with the same options", async () => {
    const getItem = vi.fn(() => null);
    const setItem = vi.fn();
    const driver: Driver = { hasItem: () => false, getKeys: () => [], getItem, setItem };
    const storage = createStorage({ driver });
    await storage.getItems(["a", { key: "b", options: { x: 1 } }], { y: 2 });
    expect(getItem.mock.calls).toEqual([
      ["a", { y: 2 }],
      ["b", { x: 1, y: 2 }],
    ]);
    await storage.setItems([{ key: "a", value: null, options: { unknown: "kept" } }]);
    expect(setItem.mock.calls).toEqual([["a", '{"json":null}', { unknown: "kept" }]]);
  });

  it("fail when one item fails, after the others were written", async () => {
    const failure = new Error("refused");
    const data = new Map<string, string>();
    const driver: Driver = {
      hasItem: () => false,
      getItem: (key) => data.get(key) ?? null,
      getKeys: () => [],
      async setItem(key, value) {
        if (key === "bad") throw failure;
        data.set(key, value);
      },
    };
    const storage = createStorage({ driver });
    const items = ["a", "bad", "b"].map((key) => ({ key, value: key }));
    await expect(storage.setItems(items)).rejects.toBe(failure);
    expect([...data.keys()]).toEqual(["a", "b"]);
  });

  it("write nothing when one value cannot be stored", async () => {
    const storage = createStorage();
    const items = [
      { key: "a", value: 1 },
      { key: "b", value: (() => 1) as unknown as number },
    ];
    await expect(storage.setItems(items)).rejects.toMatchObject({ code: "UNSERIALIZABLE" });
    expect(() => storage.setItemsSync(items)).toThrow("Cannot stringify value!");
    expect(await storage.getKeys()).toEqual([]);
  });

  it("work through the internal methods that migrations use", async () => {
    const storage = createStorage();
    await storage._setItemInternal("a", 1);
    await storage._setItemsInternal([{ key: "b", value: new Date(2) }]);
    expect(await storage._getItemsInternal(["b", "a"])).toEqual([
      { key: "b", value: new Date(2) },
      { key: "a", value: 1 },
    ]);
  });
});

describe("options of single calls", () => {
  it("reach the driver untouched, known or not", async () => {
    const calls: unknown[][] = [];
    const note = (name: string, result: unknown) =>
      vi.fn((...args: unknown[]) => {
        calls.push([name, ...args]);
        return result;
      });
    const driver = {
      hasItem: note("hasItem", true),
      getItem: note("getItem", null),
      getItemRaw: note("getItemRaw", null),
      setItem: note("setItem", undefined),
      setItemRaw: note("setItemRaw", undefined),
      removeItem: note("removeItem", undefined),
      getKeys: note("getKeys", []),
      hasItemSync: note("hasItemSync", true),
      getItemSync: note("getItemSync", null),
      setItemSync: note("setItemSync", undefined),
    } as unknown as Driver;
    const storage = createStorage({ driver });
    const options = { ttl: 5, custom: { deep: true } };
    await storage.hasItem("k", options);
    await storage.getItem("k", options);
    await storage.getItemRaw("k", options);
    await storage.setItem("k", 1, options);
    await storage.setItemRaw("k", "x", options);
    await storage.removeItem("k", options);
    storage.hasItemSync("k", options);
    storage.getItemSync("k", options);
    storage.setItemSync("k", 1, options);
    expect(calls).toEqual([
      ["hasItem", "k", options],
      ["getItem", "k", options],
      ["getItemRaw", "k", options],
      ["setItem", "k", '{"json":1}', options],
      ["setItemRaw", "k", "x", options],
      ["removeItem", "k", options],
      ["hasItemSync", "k", options],
      ["getItemSync", "k", options],
      ["setItemSync", "k", '{"json":1}', options],
    ]);
    expect(calls.every((call) => call.at(-1) === options)).toBe(true);
  });

  it("are an empty object when none are given", async () => {
    const setItem = vi.fn();
    const getItem = vi.fn(() => null);
    const driver: Driver = { hasItem: () => false, getKeys: () => [], getItem, setItem };
    const storage = createStorage({ driver });
    await storage.setItem("k", 1);
    await storage.getItem("k");
    expect(setItem).toHaveBeenCalledExactlyOnceWith("k", '{"json":1}', {});
    expect(getItem).toHaveBeenCalledExactlyOnceWith("k", {});
  });
});
