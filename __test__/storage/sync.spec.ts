import { createStorage, type Driver } from "stowage";
import { describe, expect, it, vi } from "vitest";

/** A driver with the smallest set of synchronous methods. */
function smallest() {
  const data = new Map<string, string>();
  const driver: Driver = {
    name: "smallest",
    hasItem: (key) => data.has(key),
    getItem: (key) => data.get(key) ?? null,
    getKeys: () => [...data.keys()],
    hasItemSync: (key) => data.has(key),
    getItemSync: (key) => data.get(key) ?? null,
    setItemSync: (key, value) => void data.set(key, value),
    removeItemSync: (key) => void data.delete(key),
    getKeysSync: () => [...data.keys()],
  };
  return { data, driver };
}

describe("synchronous calls on a driver with few methods", () => {
  it("make batches of single calls", () => {
    const { driver } = smallest();
    const storage = createStorage({ driver });
    storage.setItemsSync([
      { key: "a", value: 1 },
      { key: "b", value: 2 },
    ]);
    expect(storage.getItemsSync(["b", "a"])).toEqual([
      { key: "b", value: 2 },
      { key: "a", value: 1 },
    ]);
  });

  it("carry raw values as text", () => {
    const { data, driver } = smallest();
    const storage = createStorage({ driver });
    storage.setItemRawSync("bytes", new Uint8Array([1, 2, 3]));
    expect(data.get("bytes")).toBe("base64:AQID");
    expect(storage.getItemRawSync("bytes")).toEqual(Buffer.from([1, 2, 3]));
    storage.setItemRawSync("text", "plain");
    expect(storage.getItemRawSync("text")).toBe("plain");
  });

  it("clear key by key, and know only the metadata that was set", () => {
    const { data, driver } = smallest();
    const storage = createStorage({ driver });
    storage.setItemSync("a", 1);
    storage.setMetaSync("a", { owner: "ann" });
    expect({ ...storage.getMetaSync("a") }).toEqual({ owner: "ann" });
    storage.clearSync();
    expect(data.size).toBe(0);
  });

  it("remove when undefined is set", () => {
    const { data, driver } = smallest();
    const storage = createStorage({ driver });
    storage.setItemSync("a", 1);
    storage.setItemSync("a", undefined);
    storage.setItemSync("b", 1);
    storage.setItemRawSync("b", undefined);
    expect(data.size).toBe(0);
  });

  it("use batch methods where there are some", () => {
    const { driver } = smallest();
    const getItemsSync = vi.fn((items: Array<{ key: string }>) =>
      items.map(({ key }) => ({ key, value: `{"json":"${key}"}` })),
    );
    const setItemsSync = vi.fn();
    const storage = createStorage({ driver: { ...driver, getItemsSync, setItemsSync } });
    expect(storage.getItemsSync(["x", { key: "y", options: { o: 1 } }], { c: 2 })).toEqual([
      { key: "x", value: "x" },
      { key: "y", value: "y" },
    ]);
    expect(getItemsSync.mock.calls).toEqual([
      [
        [
          { key: "x", options: { c: 2 } },
          { key: "y", options: { o: 1, c: 2 } },
        ],
        { c: 2 },
      ],
    ]);
    storage.setItemsSync([{ key: "x", value: 1 }]);
    expect(setItemsSync).toHaveBeenCalledOnce();
    expect(setItemsSync.mock.calls[0]?.[0]).toMatchObject([{ key: "x", value: '{"json":1}' }]);
  });

  it("do not fall back to asynchronous methods", () => {
    const getItem = vi.fn(async () => null);
    const driver: Driver = { name: "later", hasItem: () => false, getItem, getKeys: () => [] };
    const storage = createStorage({ driver });
    const calls: Array<() => unknown> = [
      () => storage.hasItemSync("a"),
      () => storage.getItemSync("a"),
      () => storage.getItemsSync(["a"]),
      () => storage.getItemRawSync("a"),
      () => storage.getMetaSync("a"),
      () => storage.getKeysSync(),
    ];
    for (const call of calls) {
      expect(call).toThrow(expect.objectContaining({ code: "SYNC_UNSUPPORTED", driver: "later" }));
    }
    expect(getItem).not.toHaveBeenCalled();
  });

  it("are told when a driver without synchronous methods is mounted beside others", () => {
    const driver: Driver = { hasItem: () => false, getItem: () => null, getKeys: () => [] };
    const storage = createStorage();
    storage.mount("later", driver);
    storage.setItemSync("now", 1);
    expect(storage.getItemSync("now")).toBe(1);
    expect(() => storage.getItemSync("later:a")).toThrow("ynchronous");
    expect(() => storage.getKeysSync()).toThrow("ynchronous");
  });

  it("flush only where there is something to flush", () => {
    const { driver } = smallest();
    const flushSync = vi.fn();
    const storage = createStorage({ driver });
    storage.mount("f", { ...driver, flushSync });
    storage.flushSync();
    expect(flushSync).toHaveBeenCalledOnce();
  });
});
