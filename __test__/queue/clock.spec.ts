import { createStorage } from "stowage";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import { afterEach, describe, expect, it, vi } from "vitest";
import { contextOf } from "./support";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function queuedStorage() {
  const storage = createStorage({ driver: queue({ driver: memory() }) });
  const { queue: queued } = contextOf(storage.getMount().driver);
  return { storage, timeOf: (key: string) => queued.get(key)?.timestamp };
}

describe("the time of a queued operation", () => {
  it("follows a clock that stands still and jumps", async () => {
    vi.useFakeTimers({ now: 5000 });
    const { storage, timeOf } = queuedStorage();
    for (let n = 0; n < 50; n++) {
      await storage.setItem(`k${n}`, n);
      expect(timeOf(`k${n}`)).toBe(5000 + n);
      vi.advanceTimersByTime(1);
    }
    vi.setSystemTime(7);
    await storage.setItem("k0", "earlier than before");
    expect(timeOf("k0")).toBe(7);
  });

  it("follows a replaced Date.now", async () => {
    const { storage, timeOf } = queuedStorage();
    const now = vi.spyOn(Date, "now");
    for (const time of [300, 100, 200]) {
      now.mockReturnValue(time);
      await storage.setItem("a", time);
      expect(timeOf("a")).toBe(time);
    }
  });

  it("follows a clock that is replaced after a flush, and one that comes back", async () => {
    const { storage, timeOf } = queuedStorage();
    await storage.setItem("a", 1);
    await storage.flush();
    vi.useFakeTimers({ now: 42 });
    await storage.setItem("b", 2);
    expect(timeOf("b")).toBe(42);
    vi.useRealTimers();
    const before = Date.now();
    await storage.setItem("c", 3);
    expect(timeOf("c")).toBeGreaterThanOrEqual(before);
    expect(timeOf("c")).toBeLessThanOrEqual(Date.now());
  });

  it("never lags behind the clock or runs ahead of it", async () => {
    const { storage, timeOf } = queuedStorage();
    for (let n = 0; n < 2000; n++) {
      const before = Date.now();
      await storage.setItem("a", n);
      expect(timeOf("a")).toBeGreaterThanOrEqual(before);
      expect(timeOf("a")).toBeLessThanOrEqual(Date.now());
    }
  });
});
