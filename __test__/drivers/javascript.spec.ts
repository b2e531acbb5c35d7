import { createStorage, type Driver, defineDriver } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import { testDriver } from "stowage/suite";
import { describe, expect, it, vi } from "vitest";
import { asyncMapDriver, ClassMapDriver, syncMapDriver } from "../tools/map-driver";
import { temporaryDirectory } from "../tools/temporary.mjs";

testDriver({ name: "a driver of plain functions", driver: () => syncMapDriver() });
testDriver({
  name: "a driver of promises",
  features: { sync: false },
  driver: () => asyncMapDriver(),
});
testDriver({ name: "a class", driver: () => new ClassMapDriver() as Driver });
testDriver({
  name: "a factory made by defineDriver",
  driver: defineDriver<void, unknown>(() => syncMapDriver()) as () => Driver,
});
testDriver({
  name: "a Storage mounted as a driver",
  driver: () => createStorage() as object as Driver,
});
testDriver({ name: "a spread native driver", driver: () => ({ ...memory() }) });
testDriver({
  name: "a spread native driver with a replaced method",
  driver() {
    const inner = fs({ base: temporaryDirectory() });
    return { ...inner, setItem: (key, value, options) => inner.setItem?.(key, value, options) };
  },
});
testDriver({ name: "a Proxy around a native driver", driver: () => new Proxy(memory(), {}) });
testDriver({
  name: "a Proxy that wraps every method",
  driver: () =>
    new Proxy(memory(), {
      get(target, name, receiver) {
        const value = Reflect.get(target, name, receiver);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) => Reflect.apply(value, target, args);
      },
    }),
});

describe("a driver with a replaced method", () => {
  it("is called through the replacement, not around it", async () => {
    const inner = memory();
    const setItem = vi.fn(inner.setItem);
    const storage = createStorage({ driver: { ...inner, setItem } });
    await storage.setItem("a", 1);
    expect(setItem).toHaveBeenCalledExactlyOnceWith("a", '{"json":1}', {});
    expect(await storage.getItem("a")).toBe(1);
  });

  it("is called through the replacement for batches too, or a wrapper that encrypts would leak", async () => {
    for (const inner of [memory(), fs({ base: temporaryDirectory() })]) {
      const storage = createStorage({
        driver: {
          ...inner,
          setItem: (key, value, options) => inner.setItem?.(key, `secret ${value}`, options),
          getItem: async (key, options) =>
            String(await inner.getItem(key, options)).replace("secret ", ""),
        },
      });
      await storage.setItems([
        { key: "a", value: 1 },
        { key: "b", value: 2 },
      ]);
      expect(await inner.getItem("a", {}), inner.name).toBe('secret {"json":1}');
      expect(await storage.getItems(["b", "a"]), inner.name).toEqual([
        { key: "b", value: 2 },
        { key: "a", value: 1 },
      ]);
    }
  });

  it("is called through a Proxy for batches too", async () => {
    const inner = memory();
    const proxy = new Proxy(inner, {
      get(target, name, receiver) {
        if (name !== "setItem") return Reflect.get(target, name, receiver);
        return (key: string, value: string, options: object) =>
          target.setItem?.(key, `secret ${value}`, options);
      },
    });
    await createStorage({ driver: proxy }).setItems([{ key: "a", value: 1 }]);
    expect(await inner.getItem("a", {})).toBe('secret {"json":1}');
  });

  it("sees the replacement of a method on the native object itself", async () => {
    const driver = memory();
    const getItem = vi.fn(() => '{"json":"replaced"}');
    driver.getItem = getItem;
    const storage = createStorage({ driver });
    expect(await storage.getItem("a")).toBe("replaced");
    expect(getItem).toHaveBeenCalledOnce();
  });
});

describe("what a driver in JavaScript returns", () => {
  const base: Driver = { hasItem: () => false, getItem: () => null, getKeys: () => [] };

  it("may be parsed already: other values than text are taken as they are", async () => {
    const storage = createStorage({ driver: { ...base, getItem: () => ({ parsed: true }) } });
    expect(await storage.getItem("a")).toEqual({ parsed: true });
  });

  it("may not be a promise from a synchronous method", () => {
    const driver = { ...base, getItemSync: () => Promise.resolve("x") as unknown as string };
    const storage = createStorage({ driver });
    expect(() => storage.getItemSync("a")).toThrow(/Promise/);
    expect(() => storage.getItemSync("a")).toThrow(
      expect.objectContaining({ code: "INVALID_RETURN" }),
    );
  });

  it("must be a list of keys from getKeys", async () => {
    for (const wrong of [undefined, "text", 5, [1], { a: 1 }]) {
      const storage = createStorage({ driver: { ...base, getKeys: () => wrong as never } });
      await expect(storage.getKeys(), String(wrong)).rejects.toMatchObject({
        code: "INVALID_RETURN",
      });
    }
  });

  it("must be a list of items from getItems", async () => {
    const driver = { ...base, getItems: () => "nonsense" as unknown as [] };
    const storage = createStorage({ driver });
    await expect(storage.getItems(["a"])).rejects.toMatchObject({ code: "INVALID_RETURN" });
  });

  it("may be in any order from getItems", async () => {
    const driver: Driver = {
      ...base,
      getItems: (items) =>
        [...items].reverse().map(({ key }) => ({ key, value: `{"json":"${key}"}` })),
    };
    const storage = createStorage({ driver });
    expect(await storage.getItems(["x", "y"])).toEqual([
      { key: "x", value: "x" },
      { key: "y", value: "y" },
    ]);
  });

  it("may leave missing keys out of getItems", async () => {
    const driver: Driver = { ...base, getItems: () => [{ key: "y", value: '{"json":1}' }] };
    expect(await createStorage({ driver }).getItems(["x", "y"])).toEqual([
      { key: "x", value: null },
      { key: "y", value: 1 },
    ]);
  });
});

describe("errors of a driver in JavaScript", () => {
  it("reach the caller as the same object", async () => {
    const failure = new Error("connection lost");
    const fail = () => {
      throw failure;
    };
    const reject = () => Promise.reject(failure);
    const driver: Driver = {
      hasItem: fail,
      getItem: reject,
      setItem: reject,
      removeItem: fail,
      getKeys: fail,
      getItemSync: fail,
      setItemSync: fail,
    };
    const storage = createStorage({ driver });
    await expect(storage.hasItem("a")).rejects.toBe(failure);
    await expect(storage.getItem("a")).rejects.toBe(failure);
    await expect(storage.getItems(["a"])).rejects.toBe(failure);
    await expect(storage.setItem("a", 1)).rejects.toBe(failure);
    await expect(storage.removeItem("a")).rejects.toBe(failure);
    await expect(storage.getKeys()).rejects.toBe(failure);
    expect(() => storage.getItemSync("a")).toThrow(failure);
    expect(() => storage.setItemSync("a", 1)).toThrow(failure);
  });

  it("may be anything that can be thrown", async () => {
    const driver: Driver = {
      hasItem: () => false,
      getItem: () => Promise.reject("only text"),
      getKeys: () => [],
    };
    await expect(createStorage({ driver }).getItem("a")).rejects.toBe("only text");
  });
});

describe("a driver without optional methods", () => {
  const readOnly: Driver = {
    name: "read-only",
    hasItem: (key) => key === "a",
    getItem: (key) => (key === "a" ? '{"json":1}' : null),
    getKeys: () => ["a"],
    hasItemSync: (key) => key === "a",
  };

  it("is read-only: asynchronous writes are ignored, synchronous ones throw", async () => {
    const storage = createStorage({ driver: readOnly });
    await storage.setItem("b", 1);
    await storage.setItems([{ key: "b", value: 1 }]);
    await storage.setItemRaw("b", "x");
    await storage.removeItem("a");
    await storage.clear();
    expect(await storage.getKeys()).toEqual(["a"]);
    expect(() => storage.setItemSync("b", 1)).toThrow(
      "Driver does not support synchronous setItem operation",
    );
    expect(() => storage.setItemsSync([{ key: "b", value: 1 }])).toThrow(
      "Driver does not support synchronous setItem operation",
    );
    expect(() => storage.setItemRawSync("b", "x")).toThrow(
      "Driver does not support synchronous setItem operation",
    );
    expect(() => storage.removeItemSync("a")).toThrow(
      "Driver does not support synchronous removeItem operation",
    );
    expect(() => storage.clearSync()).toThrow(
      "Driver does not support synchronous clear operation",
    );
  });

  it("reports no event for a write that was ignored", async () => {
    const storage = createStorage({ driver: readOnly });
    const listener = vi.fn();
    await storage.watch(listener);
    await storage.setItem("b", 1);
    await storage.removeItem("a");
    expect(listener).not.toHaveBeenCalled();
    await storage.unwatch();
  });

  it("is read raw through getItem, where bytes are base64 text", async () => {
    const data = new Map<string, string>();
    const driver: Driver = {
      hasItem: (key) => data.has(key),
      getItem: (key) => data.get(key) ?? null,
      setItem: (key, value) => void data.set(key, value),
      getKeys: () => [...data.keys()],
    };
    const storage = createStorage({ driver });
    await storage.setItemRaw("bytes", new Uint8Array([1, 2, 3]));
    expect(data.get("bytes")).toBe("base64:AQID");
    expect(await storage.getItemRaw("bytes")).toEqual(Buffer.from([1, 2, 3]));
    await storage.setItemRaw("text", "plain");
    expect(data.get("text")).toBe("plain");
    expect(await storage.getItemRaw("text")).toBe("plain");
  });

  it("is cleared key by key where it has no clear", async () => {
    const data = new Map([["a:1", "1"]]);
    const removeItem = vi.fn((key: string) => void data.delete(key));
    const driver: Driver = {
      hasItem: (key) => data.has(key),
      getItem: (key) => data.get(key) ?? null,
      getKeys: () => [...data.keys()],
      removeItem,
    };
    await createStorage({ driver }).clear();
    expect(removeItem).toHaveBeenCalledOnce();
    expect(removeItem.mock.calls[0]?.[0]).toBe("a:1");
  });

  it("names a required method that is missing", async () => {
    const storage = createStorage({ driver: { getItem: () => null } as unknown as Driver });
    await expect(storage.hasItem("a")).rejects.toMatchObject({
      code: "NOT_SUPPORTED",
      message: expect.stringContaining("hasItem"),
    });
    await expect(storage.getKeys()).rejects.toMatchObject({
      code: "NOT_SUPPORTED",
      message: expect.stringContaining("getKeys"),
    });
  });
});
