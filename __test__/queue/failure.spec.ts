import { createStorage } from "stowage";
import queue from "stowage/drivers/queue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { contextOf, spiedDriver } from "./support";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** An inner driver that refuses every write until it is healed. */
function failingDriver() {
  const inner = spiedDriver();
  const failure = Object.assign(new Error("disk full"), { code: "ENOSPC" });
  let broken = true;
  const guard =
    <A extends unknown[]>(write: (...args: A) => Promise<void>) =>
    async (...args: A) => {
      if (broken) throw failure;
      await write(...args);
    };
  inner.setItem.mockImplementation(
    guard(async (key: string, value: string) => void inner.data.set(key, value)),
  );
  inner.setItems.mockImplementation(
    guard(async (items: Array<{ key: string; value: string }>) => {
      for (const { key, value } of items) inner.data.set(key, value);
    }),
  );
  inner.removeItem.mockImplementation(guard(async (key: string) => void inner.data.delete(key)));
  return {
    inner,
    failure,
    heal() {
      broken = false;
    },
  };
}

describe("a failed flush", () => {
  it("in the background keeps the value, tells onError, and is retried", async () => {
    const { inner, failure, heal } = failingDriver();
    const onError = vi.fn();
    const storage = createStorage({
      driver: queue({ driver: inner, flushInterval: 100, onError }),
    });
    await storage.setItem("a", 1);
    await storage.setItem("b", 2);
    await vi.advanceTimersByTimeAsync(100);
    expect(onError).toHaveBeenCalled();
    expect(onError.mock.calls[0]?.[0]).toBe(failure);
    expect(await storage.getItem("a")).toBe(1);
    expect(await storage.getKeys()).toEqual(["a", "b"]);
    expect(contextOf(storage.getMount().driver).queue.size).toBe(2);

    heal();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(Object.fromEntries(inner.data)).toEqual({ a: '{"json":1}', b: '{"json":2}' });
    expect(contextOf(storage.getMount().driver).queue.size).toBe(0);
    await storage.dispose();
  });

  it("is retried with pauses that grow up to a bound", async () => {
    const { inner, heal } = failingDriver();
    const attempts: number[] = [];
    const fail = inner.setItem.getMockImplementation();
    inner.setItem.mockImplementation(async (...args) => {
      attempts.push(Date.now());
      await fail?.(...args);
    });
    const storage = createStorage({
      driver: queue({ driver: inner, flushInterval: 100, onError: () => undefined }),
    });
    await storage.setItem("a", 1);
    await vi.advanceTimersByTimeAsync(600_000);
    const pauses = attempts.slice(1).map((time, n) => time - (attempts[n] ?? 0));
    expect(pauses.length).toBeGreaterThan(5);
    expect(pauses.length).toBeLessThan(1000);
    expect(Math.max(...pauses)).toBeGreaterThan(pauses[0] ?? 0);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(120_000);
    heal();
    await storage.dispose();
    expect(inner.data.get("a")).toBe('{"json":1}');
  });

  it("rejects the flush that was asked for, and the next resolves once it works again", async () => {
    const { inner, failure, heal } = failingDriver();
    const storage = createStorage({ driver: queue({ driver: inner, onError: () => undefined }) });
    await storage.setItem("a", 1);
    await expect(storage.flush()).rejects.toBe(failure);
    expect(await storage.getItem("a")).toBe(1);
    heal();
    await storage.flush();
    expect(inner.data.get("a")).toBe('{"json":1}');
    await storage.dispose();
  });

  it("does not bring back an older value over a newer one", async () => {
    const { inner, heal } = failingDriver();
    const storage = createStorage({ driver: queue({ driver: inner, onError: () => undefined }) });
    await storage.setItem("a", "old");
    await expect(storage.flush()).rejects.toThrow("disk full");
    await storage.setItem("a", "new");
    expect(await storage.getItem("a")).toBe("new");
    heal();
    await storage.flush();
    expect(inner.data.get("a")).toBe('{"json":"new"}');
    await storage.dispose();
  });

  it("does not bring back a removed value", async () => {
    const { inner, heal } = failingDriver();
    const storage = createStorage({ driver: queue({ driver: inner, onError: () => undefined }) });
    await storage.setItem("a", "old");
    await expect(storage.flush()).rejects.toThrow("disk full");
    await storage.removeItem("a");
    heal();
    await storage.flush();
    expect(inner.data.has("a")).toBe(false);
    await storage.dispose();
  });

  it("at disposal rejects the disposal instead of losing values in silence", async () => {
    const { inner, failure } = failingDriver();
    const storage = createStorage({ driver: queue({ driver: inner, onError: () => undefined }) });
    await storage.setItem("a", 1);
    const disposal = expect(storage.dispose()).rejects.toBe(failure);
    await vi.advanceTimersByTimeAsync(60_000);
    await disposal;
  });

  it("of one key leaves the others alone", async () => {
    const { setItems: _, ...inner } = spiedDriver();
    const failure = new Error("refused");
    inner.setItem.mockImplementation(async (key, value) => {
      if (key === "bad") throw failure;
      inner.data.set(key, value);
    });
    const storage = createStorage({ driver: queue({ driver: inner, onError: () => undefined }) });
    for (const key of ["a", "bad", "b"]) await storage.setItem(key, key);
    await expect(storage.flush()).rejects.toBe(failure);
    expect([...inner.data.keys()]).toEqual(["a", "b"]);
    expect(await storage.getItem("bad")).toBe("bad");
  });
});
