import { createStorage, type Driver } from "stowage";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import { describe, expect, it, vi } from "vitest";
import { contextOf, gate, settle, spiedDriver } from "./support";

describe("getInstance of a queue", () => {
  it("shows the queue as it is at each moment", async () => {
    const storage = createStorage({ driver: queue({ driver: memory() }) });
    const context = contextOf(storage.getMount().driver);
    expect(context).toMatchObject({ flushing: false, disposed: false });
    expect(context.queue.size).toBe(0);

    const before = Date.now();
    await storage.setItem("a", { n: 1 }, { ttl: 9 });
    await storage.removeItem("b");
    await storage.setItemRaw("c", "raw");
    expect(context.queue.size).toBe(3);
    expect(context.queue.has("a")).toBe(true);
    expect(context.queue.has("z")).toBe(false);
    expect([...context.queue.keys()]).toEqual(["a", "b", "c"]);

    const a = context.queue.get("a");
    expect(a).toMatchObject({
      type: "set",
      key: "a",
      value: '{"json":{"n":1}}',
      options: { ttl: 9 },
    });
    expect(a?.timestamp).toBeGreaterThanOrEqual(before);
    expect(a?.timestamp).toBeLessThanOrEqual(Date.now());
    expect(a?.isRaw ?? false).toBe(false);
    expect(context.queue.get("b")).toMatchObject({ type: "remove", key: "b" });
    expect(context.queue.get("c")).toMatchObject({ type: "set", value: "raw", isRaw: true });
    expect(context.queue.get("z")).toBeUndefined();

    await storage.flush();
    expect(context.queue.size).toBe(0);
    await storage.dispose();
    expect(context.disposed).toBe(true);
  });

  it("says when a flush is running", async () => {
    const inner = spiedDriver();
    const held = gate();
    inner.setItem.mockImplementationOnce(() => held.pass());
    const driver = queue({ driver: inner });
    const context = contextOf(driver);
    await driver.setItem?.("a", "1", {});
    const flushed = driver.flush?.();
    await held.reached;
    expect(context.flushing).toBe(true);
    held.open();
    await flushed;
    expect(context.flushing).toBe(false);
  });

  it("holds an operation when the call returns, not when its promise resolves", () => {
    const driver = queue({ driver: spiedDriver() });
    void driver.setItem?.("a", "1", {});
    expect(contextOf(driver).queue.has("a")).toBe(true);
    const storage = createStorage({ driver: queue({ driver: spiedDriver() }) });
    void storage.setItem("a", 1);
    expect(contextOf(storage.getMount().driver).queue.size).toBe(1);
  });

  it("is the same object each time", () => {
    const driver = queue({ driver: memory() });
    expect(driver.getInstance?.()).toBe(driver.getInstance?.());
  });
});

describe("reads of a queue", () => {
  it("are answered from the queue without asking the driver", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a", 1);
    await storage.removeItem("b");
    expect(await storage.getItem("a")).toBe(1);
    expect(await storage.hasItem("a")).toBe(true);
    expect(await storage.getItem("b")).toBeNull();
    expect(await storage.hasItem("b")).toBe(false);
    expect(inner.getItem).not.toHaveBeenCalled();
    expect(inner.hasItem).not.toHaveBeenCalled();
    await storage.dispose();
  });

  it("fall through to the driver, with their options", async () => {
    const inner = spiedDriver();
    inner.data.set("stored", '{"json":"x"}');
    const storage = createStorage({ driver: queue({ driver: inner }) });
    expect(await storage.getItem("stored", { fresh: true })).toBe("x");
    expect(inner.getItem).toHaveBeenCalledExactlyOnceWith("stored", { fresh: true });
    await storage.dispose();
  });

  it("see writes that are being flushed", async () => {
    const inner = spiedDriver();
    const held = gate();
    inner.data.set("k", '{"json":"old"}');
    inner.setItem.mockImplementationOnce(() => held.pass());
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("k", "new");
    const flushed = storage.flush();
    await held.reached;
    expect(await storage.getItem("k")).toBe("new");
    expect(await storage.getItems(["k"])).toEqual([{ key: "k", value: "new" }]);
    expect(await storage.hasItem("k")).toBe(true);
    expect(await storage.getKeys()).toEqual(["k"]);
    held.open();
    await flushed;
  });

  it("see removals that are being flushed", async () => {
    const inner = spiedDriver();
    const held = gate();
    inner.data.set("k", '{"json":"old"}');
    inner.removeItem.mockImplementationOnce(() => held.pass());
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.removeItem("k");
    const flushed = storage.flush();
    await held.reached;
    expect(await storage.getItem("k")).toBeNull();
    expect(await storage.hasItem("k")).toBe(false);
    expect(await storage.getKeys()).toEqual([]);
    held.open();
    await flushed;
  });

  it("in a batch come in the order asked", async () => {
    const inner = spiedDriver();
    inner.data.set("stored", '{"json":1}');
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("queued", 2);
    const items = await storage.getItems(["stored", "queued", "none"]);
    expect(items.map(({ value }) => value)).toEqual([1, 2, null]);
    await storage.dispose();
  });
});

describe("a full queue", () => {
  it("makes writes wait until there is room", async () => {
    const inner = spiedDriver();
    const held = gate();
    const store = async (items: Array<{ key: string; value: string }>) => {
      await held.pass();
      for (const { key, value } of items) inner.data.set(key, value);
    };
    inner.setItems.mockImplementation(store);
    inner.setItem.mockImplementation(async (key, value) => store([{ key, value }]));
    const storage = createStorage({
      driver: queue({ driver: inner, batchSize: 5, maxQueueSize: 10, flushInterval: 60_000 }),
    });
    let written = 0;
    const writer = (async () => {
      for (let n = 0; n < 60; n++) {
        await storage.setItem(`k${n}`, n);
        written++;
      }
    })();
    await held.reached;
    for (let turn = 0; turn < 20; turn++) await settle();
    expect(written).toBeGreaterThanOrEqual(5);
    expect(written).toBeLessThanOrEqual(15);
    expect(contextOf(storage.getMount().driver).queue.size).toBeLessThanOrEqual(16);
    held.open();
    await writer;
    await storage.flush();
    expect(inner.data.size).toBe(60);
  });

  it("loses nothing of a batch larger than itself", async () => {
    const inner = spiedDriver();
    const storage = createStorage({
      driver: queue({ driver: inner, batchSize: 5, maxQueueSize: 10 }),
    });
    const items = Array.from({ length: 100 }, (_, n) => ({ key: `k${n}`, value: n }));
    await storage.setItems(items);
    await storage.flush();
    expect(inner.data.size).toBe(100);
  });
});

describe("dispose of a queue", () => {
  it("writes what is queued, waits for a running flush, then disposes the driver once", async () => {
    const inner = spiedDriver();
    const held = gate();
    const order: string[] = [];
    inner.setItem.mockImplementation(async (key) => {
      if (key === "first") await held.pass();
      order.push(key);
    });
    inner.dispose.mockImplementation(async () => void order.push("disposed"));
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("first", 1);
    void storage.flush();
    await held.reached;
    await storage.setItem("second", 2);
    const disposed = storage.dispose();
    held.open();
    await disposed;
    expect(order).toEqual(["first", "second", "disposed"]);
  });

  it("is refused nothing but later calls", async () => {
    const driver = queue({ driver: memory() });
    const context = contextOf(driver);
    await driver.dispose?.();
    expect(context.disposed).toBe(true);
    await expect((async () => driver.setItem?.("a", "1", {}))()).rejects.toMatchObject({
      code: "DISPOSED",
    });
  });

  it("happens on unmount too", async () => {
    const inner = spiedDriver();
    const storage = createStorage();
    storage.mount("q", queue({ driver: inner }));
    await storage.setItem("q:a", 1);
    await storage.unmount("q");
    expect(inner.data.get("a")).toBe('{"json":1}');
    expect(inner.dispose).toHaveBeenCalledOnce();
  });
});

describe("clear of a queue", () => {
  it("drops what is queued and clears the driver", async () => {
    const inner = spiedDriver();
    inner.data.set("a:stored", "1");
    inner.data.set("b:stored", "1");
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a:queued", 1);
    await storage.setItem("b:queued", 1);
    await storage.clear("a");
    expect((await storage.getKeys()).sort()).toEqual(["b:queued", "b:stored"]);
    await storage.flush();
    expect([...inner.data.keys()].sort()).toEqual(["b:queued", "b:stored"]);
    await storage.clear();
    await storage.flush();
    expect(inner.data.size).toBe(0);
  });

  it("keeps what is written after it", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("old", 1);
    const clearing = storage.clear();
    const writing = storage.setItem("new", 1);
    await Promise.all([clearing, writing]);
    await storage.flush();
    expect([...inner.data.keys()]).toEqual(["new"]);
  });
});

describe("a queue over a driver that cannot", () => {
  it("write ignores writes", async () => {
    const readOnly: Driver = { hasItem: () => false, getItem: () => null, getKeys: () => [] };
    const storage = createStorage({ driver: queue({ driver: readOnly }) });
    await storage.setItem("a", 1);
    await storage.removeItem("a");
    expect(contextOf(storage.getMount().driver).queue.size).toBe(0);
    expect(await storage.getItem("a")).toBeNull();
    await storage.dispose();
  });

  it("answer synchronously names the operation", () => {
    const driver = queue({ driver: spiedDriver() });
    expect(() => driver.getItemSync?.("a", {})).toThrow(
      "does not support synchronous getItem operation",
    );
    expect(() => driver.setItemSync?.("a", "1", {})).toThrow(
      "does not support synchronous setItem operation",
    );
    expect(() => driver.hasItemSync?.("a", {})).toThrow(
      "does not support synchronous hasItem operation",
    );
    expect(() => driver.removeItemSync?.("a", {})).toThrow(
      "does not support synchronous removeItem operation",
    );
    expect(() => driver.getKeysSync?.("", {})).toThrow(
      "does not support synchronous getKeys operation",
    );
    expect(() => driver.clearSync?.("", {})).toThrow(
      "does not support synchronous clear operation",
    );
    expect(() => driver.getMetaSync?.("a", {})).toThrow(
      "does not support synchronous getMeta operation",
    );
  });
});

describe("options of queue", () => {
  it("are checked by name and type", () => {
    const driver = memory();
    expect(() => queue({} as { driver: Driver })).toThrow(
      "[queue] Missing required option `driver`.",
    );
    const cases: Array<[string, object]> = [
      ["batchSize", { driver, batchSize: 0 }],
      ["batchSize", { driver, batchSize: "10" }],
      ["flushInterval", { driver, flushInterval: -1 }],
      ["maxQueueSize", { driver, maxQueueSize: Number.NaN }],
      ["mergeUpdates", { driver, mergeUpdates: "no" }],
      ["onError", { driver, onError: 5 }],
      ["driver", { driver: "memory" }],
      ["batchsize", { driver, batchsize: 10 }],
    ];
    for (const [name, options] of cases) {
      expect(() => queue(options as { driver: Driver }), name).toThrow(
        expect.objectContaining({
          code: "INVALID_OPTION",
          message: expect.stringContaining(name),
        }),
      );
    }
  });

  it("has the flags of its driver", () => {
    const flags = { ttl: true };
    expect(queue({ driver: { ...memory(), flags } }).flags).toMatchObject(flags);
  });

  it("passes metadata through", async () => {
    const getMeta = vi.fn(() => ({ size: 3 }));
    const storage = createStorage({ driver: queue({ driver: { ...memory(), getMeta } }) });
    expect(await storage.getMeta("a")).toMatchObject({ size: 3 });
    await storage.dispose();
  });
});
