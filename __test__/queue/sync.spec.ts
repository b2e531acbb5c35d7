import { createStorage } from "stowage";
import memory from "stowage/drivers/memory";
import queue from "stowage/drivers/queue";
import { describe, expect, it } from "vitest";
import { syncMapDriver } from "../tools/map-driver";
import { contextOf } from "./support";

const INNER = [
  ["memory", () => memory()],
  ["a driver in JavaScript", () => syncMapDriver()],
] as const;

describe("flushSync", () => {
  it("calls the synchronous methods of the inner driver", async () => {
    const calls: unknown[][] = [];
    const note =
      (name: string) =>
      (...args: unknown[]) =>
        void calls.push([name, ...args]);
    const driver = queue({
      driver: {
        ...syncMapDriver(),
        setItemSync: note("setItemSync"),
        setItemRawSync: note("setItemRawSync"),
        removeItemSync: note("removeItemSync"),
      },
    });
    await driver.setItem?.("a", "1", { ttl: 5 });
    await driver.setItemRaw?.("raw", "x", {});
    await driver.removeItem?.("b", {});
    driver.flushSync?.();
    expect(calls).toHaveLength(3);
    expect(calls).toEqual(
      expect.arrayContaining([
        ["setItemSync", "a", "1", { ttl: 5 }],
        ["setItemRawSync", "raw", "x", {}],
        ["removeItemSync", "b", {}],
      ]),
    );
    expect(contextOf(driver).queue.size).toBe(0);
  });
});

for (const [name, makeInner] of INNER) {
  describe(`synchronous calls on a queue over ${name}`, () => {
    it("take part in the same queue and order", async () => {
      const inner = makeInner();
      const storage = createStorage({ driver: queue({ driver: inner }) });
      await storage.setItem("k", "queued");
      storage.setItemSync("k", "later");
      expect(storage.getItemSync("k")).toBe("later");
      expect(await storage.getItem("k")).toBe("later");
      await storage.flush();
      expect(await inner.getItem("k")).toBe('{"json":"later"}');

      await storage.setItem("k", "again");
      storage.removeItemSync("k");
      expect(storage.hasItemSync("k")).toBe(false);
      await storage.flush();
      expect(await inner.hasItem("k", {})).toBe(false);
      await storage.dispose();
    });

    it("flush what is queued with flushSync", async () => {
      const inner = makeInner();
      const storage = createStorage({ driver: queue({ driver: inner }) });
      await storage.setItem("a", 1);
      storage.setItemSync("b", 2);
      await storage.removeItem("c");
      storage.flushSync();
      expect(contextOf(storage.getMount().driver).queue.size).toBe(0);
      expect(await inner.getItem("a")).toBe('{"json":1}');
      expect(await inner.getItem("b")).toBe('{"json":2}');
      await storage.dispose();
    });

    it("list, read raw and clear what is queued", async () => {
      const storage = createStorage({ driver: queue({ driver: makeInner() }) });
      await storage.setItem("a:1", 1);
      await storage.setItemRaw("a:raw", "text");
      await storage.setItem("b", 1);
      expect(storage.getKeysSync("a")).toEqual(["a:1", "a:raw"]);
      expect(storage.getItemRawSync("a:raw")).toBe("text");
      storage.clearSync("a");
      expect(storage.getKeysSync()).toEqual(["b"]);
      await storage.flush();
      expect(await storage.getKeys()).toEqual(["b"]);
      await storage.dispose();
    });
  });
}
