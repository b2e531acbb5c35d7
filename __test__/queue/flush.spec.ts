import { createStorage } from "stowage";
import queue, * as queueModule from "stowage/drivers/queue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { contextOf, gate, spiedDriver } from "./support";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the flush interval", () => {
  it("is a second by default and runs on the timers of JavaScript", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a", 1);
    await vi.advanceTimersByTimeAsync(999);
    expect(inner.setItem).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(inner.setItem).toHaveBeenCalledExactlyOnceWith("a", '{"json":1}', {});
  });

  it("calls the inner driver inside the timer", () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner, flushInterval: 50 }) });
    void storage.setItem("a", 1);
    vi.advanceTimersByTime(50);
    expect(inner.setItem).toHaveBeenCalledOnce();
  });

  it("counts from the first write, and starts again with the next one", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner, flushInterval: 100 }) });
    await storage.setItem("a", 1);
    await vi.advanceTimersByTimeAsync(60);
    await storage.setItem("b", 2);
    await vi.advanceTimersByTimeAsync(40);
    expect(inner.setItems).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
    await storage.setItem("c", 3);
    await vi.advanceTimersByTimeAsync(100);
    expect(inner.setItem).toHaveBeenCalledExactlyOnceWith("c", '{"json":3}', {});
  });

  it("leaves no timer after a flush or a disposal", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a", 1);
    expect(vi.getTimerCount()).toBe(1);
    await storage.flush();
    expect(vi.getTimerCount()).toBe(0);
    await storage.setItem("b", 1);
    await storage.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("a full batch", () => {
  it("is flushed at once, inside the call that filled it", () => {
    const inner = spiedDriver();
    const driver = queue({ driver: inner, batchSize: 3 });
    for (const key of ["a", "b"]) void driver.setItem?.(key, key, {});
    expect(inner.setItems).not.toHaveBeenCalled();
    void driver.setItem?.("c", "c", {});
    expect(inner.setItems).toHaveBeenCalledOnce();
    expect(inner.setItems.mock.calls[0]?.[0]).toHaveLength(3);
  });

  it("leaves while writes go on", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner, batchSize: 10 }) });
    for (let n = 0; n < 95; n++) await storage.setItem(`k${n}`, n);
    expect(inner.data.size).toBeGreaterThanOrEqual(80);
    await storage.flush();
    expect(inner.data.size).toBe(95);
  });
});

describe("what the inner driver is called with", () => {
  it("is setItem for one write, with the options as given", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a", { n: 1 }, { ttl: 60, custom: true });
    await storage.flush();
    expect(inner.setItem.mock.calls).toEqual([
      ["a", '{"json":{"n":1}}', { ttl: 60, custom: true }],
    ]);
    expect(inner.setItems).not.toHaveBeenCalled();
  });

  it("is one setItems with one argument for several writes", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a", 1);
    await storage.setItem("b", 2, { ttl: 5 });
    await storage.setItems([{ key: "c", value: 3, options: { x: 1 } }], { y: 2 });
    await storage.flush();
    expect(inner.setItem).not.toHaveBeenCalled();
    expect(inner.setItems.mock.calls).toEqual([
      [
        [
          { key: "a", value: '{"json":1}', options: {} },
          { key: "b", value: '{"json":2}', options: { ttl: 5 } },
          { key: "c", value: '{"json":3}', options: { x: 1, y: 2 } },
        ],
      ],
    ]);
  });

  it("is setItem for each write where there is no setItems", async () => {
    const { setItems: _, ...inner } = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a", 1);
    await storage.setItem("b", 2);
    await storage.flush();
    expect(inner.setItem.mock.calls).toEqual([
      ["a", '{"json":1}', {}],
      ["b", '{"json":2}', {}],
    ]);
  });

  it("is setItemRaw for raw values, as the same object where it is no bytes", async () => {
    const inner = spiedDriver();
    const driver = queue({ driver: inner });
    const value = { any: "object" };
    await driver.setItemRaw?.("raw", value, { ttl: 1 });
    await driver.flush?.();
    expect(inner.setItemRaw.mock.calls).toEqual([["raw", value, { ttl: 1 }]]);
    expect(inner.setItemRaw.mock.calls[0]?.[1]).toBe(value);
    await driver.setItemRaw?.("bytes", Buffer.from([1, 2]), {});
    await driver.flush?.();
    expect(inner.data.get("bytes")).toEqual(Buffer.from([1, 2]));
  });

  it("is setItem for raw values where there is no setItemRaw", async () => {
    const { setItemRaw: _, ...inner } = spiedDriver();
    const driver = queue({ driver: inner });
    await driver.setItemRaw?.("raw", "text", {});
    await driver.flush?.();
    expect(inner.setItem).toHaveBeenCalledExactlyOnceWith("raw", "text", {});
  });

  it("is removeItem for each removal", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.removeItem("a", { reason: "old" });
    await storage.removeItem("b");
    await storage.flush();
    expect(inner.removeItem.mock.calls).toEqual([
      ["a", { reason: "old" }],
      ["b", {}],
    ]);
  });

  it("is the last of merged updates only", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    for (let n = 0; n < 5; n++) await storage.setItem("a", n);
    expect(contextOf(storage.getMount().driver).queue.size).toBe(1);
    await storage.flush();
    expect(inner.setItem).toHaveBeenCalledExactlyOnceWith("a", '{"json":4}', {});
  });

  it("is every update, in order, without merging", async () => {
    const inner = spiedDriver();
    const order: unknown[] = [];
    inner.setItem.mockImplementation(async (key, value) => void order.push([key, value]));
    inner.setItems.mockImplementation(async (items) => {
      for (const { key, value } of items) order.push([key, value]);
    });
    inner.removeItem.mockImplementation(async (key) => void order.push([key]));
    const driver = queue({ driver: inner, mergeUpdates: false });
    await driver.setItem?.("a", "1", {});
    await driver.setItem?.("a", "2", {});
    await driver.removeItem?.("a", {});
    await driver.setItem?.("a", "3", {});
    expect(await driver.getItem("a")).toBe("3");
    await driver.flush?.();
    expect(order).toEqual([["a", "1"], ["a", "2"], ["a"], ["a", "3"]]);
  });

  it("falls back to single writes when the batch is refused", async () => {
    const inner = spiedDriver();
    inner.setItems.mockRejectedValueOnce(new Error("no batches today"));
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a", 1);
    await storage.setItem("b", 2);
    await storage.flush();
    expect(inner.setItem.mock.calls).toEqual([
      ["a", '{"json":1}', {}],
      ["b", '{"json":2}', {}],
    ]);
  });
});

describe("flush", () => {
  it("resolves when all that was queued before it has arrived, also when a flush is running", async () => {
    const inner = spiedDriver();
    const first = gate();
    inner.setItem.mockImplementationOnce(async (key, value) => {
      await first.pass();
      inner.data.set(key, value);
    });
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.setItem("a", 1);
    const flushing = storage.flush();
    await first.reached;
    await storage.setItem("b", 2);
    let done = false;
    const second = storage.flush().then(() => {
      done = true;
    });
    await Promise.resolve();
    expect(done).toBe(false);
    first.open();
    await Promise.all([flushing, second]);
    expect([...inner.data.keys()]).toEqual(["a", "b"]);
  });

  it("is also a method of the driver and a function of the module", async () => {
    const inner = spiedDriver();
    const driver = queue({ driver: inner });
    await driver.setItem?.("a", "1", {});
    await driver.flush?.();
    expect(inner.data.get("a")).toBe("1");
    await driver.setItem?.("b", "2", {});
    const { flushQueue } = queueModule as unknown as {
      flushQueue(context: unknown): Promise<void>;
    };
    await flushQueue(driver.getInstance?.());
    expect(inner.data.get("b")).toBe("2");
  });

  it("does nothing when nothing is queued", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner }) });
    await storage.flush();
    expect(inner.setItem).not.toHaveBeenCalled();
    expect(inner.setItems).not.toHaveBeenCalled();
  });

  it("reaches the mounts below a base only", async () => {
    const [a, b] = [spiedDriver(), spiedDriver()];
    const storage = createStorage();
    storage.mount("a", queue({ driver: a })).mount("b", queue({ driver: b }));
    await storage.setItem("a:k", 1);
    await storage.setItem("b:k", 1);
    await storage.flush("a");
    expect([a.data.size, b.data.size]).toEqual([1, 0]);
    await storage.flush();
    expect(b.data.size).toBe(1);
  });

  it("drains a batch larger than the batch size", async () => {
    const inner = spiedDriver();
    const storage = createStorage({ driver: queue({ driver: inner, batchSize: 10 }) });
    await Promise.all(Array.from({ length: 57 }, (_, n) => storage.setItem(`k${n}`, n)));
    await storage.flush();
    expect(inner.data.size).toBe(57);
  });
});
