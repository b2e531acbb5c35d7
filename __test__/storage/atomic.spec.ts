import { createStorage, prefixStorage } from "stowage";
import fs from "stowage/drivers/fs";
import memory from "stowage/drivers/memory";
import { describe, expect, it } from "vitest";
import { syncMapDriver } from "../tools/map-driver.js";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { ALL_STORES, STORES } from "./stores.js";

const failure = (code: string) => expect.objectContaining({ name: "StorageError", code });
const next = () => new Promise<void>((resolve) => setImmediate(resolve));
const MANY = 150;

describe.each(ALL_STORES)("atomic writes on %s", (_name, make) => {
  it("set what is absent", async () => {
    const storage = createStorage({ driver: make() });
    expect(await storage.setItem("a", 1, { ifAbsent: true })).toBe(true);
    expect(await storage.setItem("a", 2, { ifAbsent: true })).toBe(false);
    expect(await storage.getItem("a")).toBe(1);
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, n) => storage.setItem("b", n, { ifAbsent: true })),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await storage.getItem("b")).toBe(won.indexOf(true));
  });

  it("compare what is stored, whatever it is", async () => {
    const storage = createStorage({ driver: make() });
    const values = [1, "text", { a: [1, { b: new Date(7) }], n: 2n }, " ", "", [], false, "ä😀"];
    for (const value of values) {
      await storage.removeItem("a");
      expect(await storage.compareAndSet("a", "other", value)).toBe(false);
      expect(await storage.compareAndSet("a", null, value)).toBe(true);
      expect(await storage.compareAndSet("a", undefined, "wrong")).toBe(false);
      expect(await storage.compareAndSet("a", "other", "wrong")).toBe(false);
      expect(await storage.getItem("a")).toEqual(value);
      expect(await storage.compareAndSet("a", value, "next")).toBe(true);
      expect(await storage.getItem("a")).toBe("next");
    }
    expect(await storage.compareAndSet("a", "next", undefined)).toBe(true);
    expect(await storage.hasItem("a")).toBe(false);
  });

  it("compare values, not how they are written", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItemRaw("a", ' { "b": 1.0, "a": [ 2 ] }');
    expect(await storage.compareAndSet("a", { a: [3], b: 1 }, "wrong")).toBe(false);
    expect(await storage.compareAndSet("a", { a: [2], b: 1 }, "done")).toBe(true);
    expect(await storage.getItem("a")).toBe("done");
    await storage.setItem("n", null);
    expect(await storage.compareAndSet("n", null, "done")).toBe(true);
  });

  it("increment exactly", async () => {
    const storage = createStorage({ driver: make() });
    const sums = await Promise.all(Array.from({ length: MANY }, () => storage.increment("n")));
    expect(sums.sort((one, other) => one - other)).toEqual(
      Array.from({ length: MANY }, (_, n) => n + 1),
    );
    expect(await storage.getItem("n")).toBe(MANY);
    expect(await storage.increment("n", -0.5)).toBe(MANY - 0.5);
    expect(await storage.increment("m", 2, { initial: 40 })).toBe(42);
    await expect(storage.increment("m", 1, { max: 42 })).rejects.toEqual(failure("LIMIT_EXCEEDED"));
    await expect(storage.increment("m", -9, { min: 40 })).rejects.toEqual(
      failure("LIMIT_EXCEEDED"),
    );
    await storage.setItem("text", "x");
    await expect(storage.increment("text")).rejects.toEqual(failure("INVALID_VALUE"));
    expect(await storage.getItem("m")).toBe(42);
  });

  it("update without losing one of many at once", async () => {
    const storage = createStorage({ driver: make() });
    const add = (n: number) =>
      storage.update<number[]>("list", async (list) => {
        await next();
        return [...(list ?? []), n];
      });
    const lists = await Promise.all(Array.from({ length: MANY }, (_, n) => add(n)));
    const stored = (await storage.getItem<number[]>("list")) ?? [];
    expect(stored.sort((one, other) => one - other)).toEqual(
      Array.from({ length: MANY }, (_, n) => n),
    );
    expect(lists.map((list) => list?.length).sort((a = 0, b = 0) => a - b)).toEqual(
      Array.from({ length: MANY }, (_, n) => n + 1),
    );
    expect(await storage.update("list", () => undefined)).toBe(undefined);
    expect(await storage.hasItem("list")).toBe(false);
  });

  it("keep their turn when they lose once more", async () => {
    const storage = createStorage({ driver: make() });
    let calls = 0;
    const updated = storage.update<number>("n", async (n) => {
      calls++;
      if (calls < 5) await storage.setItem("n", -calls);
      return (n ?? 0) + 10;
    });
    // Each would wait for its own end otherwise, for a second.
    const late = updated.then(() => "updated");
    let turns = 0;
    const counted = (async () => {
      while (calls < 5 && turns < 1_000_000) {
        turns++;
        await next();
      }
      return "counted";
    })();
    await Promise.race([late, counted]);
    expect(calls).toBe(5);
    expect(await updated).toBe(6);
  });

  it("leave the value alone when the function of an update throws", async () => {
    const storage = createStorage({ driver: make() });
    await storage.setItem("a", 1);
    const reason = new Error("no");
    const run = () => {
      throw reason;
    };
    await expect(storage.update("a", run)).rejects.toBe(reason);
    await expect(storage.update("a", () => Promise.reject(reason))).rejects.toBe(reason);
    await expect(storage.update("a", () => Symbol("s") as never)).rejects.toEqual(
      failure("UNSERIALIZABLE"),
    );
    expect(await storage.getItem("a")).toBe(1);
  });

  it("update other keys from within an update", async () => {
    const storage = createStorage({ driver: make() });
    await storage.update("a", async () => storage.increment("b"));
    expect(await storage.getItem("a")).toBe(1);
  });

  it("tell watchers as other writes do", async () => {
    const storage = createStorage({ driver: make() });
    const told: string[] = [];
    await storage.watch((event, key) => told.push(`${event} ${key}`));
    await storage.increment("a");
    await storage.compareAndSet("a", 2, 3);
    await storage.update("a", () => undefined);
    await storage.setItem("b", 1, { ifAbsent: true });
    await storage.setItem("b", 1, { ifAbsent: true });
    await storage.unwatch();
    expect(told).toEqual(["update a", "remove a", "update b"]);
  });
});

describe.each(STORES)("synchronous atomic writes on %s", (_name, make) => {
  it("do the same", () => {
    const storage = createStorage({ driver: make() });
    expect(storage.setItemSync("a", { n: 1 }, { ifAbsent: true })).toBe(true);
    expect(storage.setItemSync("a", { n: 2 }, { ifAbsent: true })).toBe(false);
    expect(storage.compareAndSetSync("a", { n: 2 }, 3)).toBe(false);
    expect(storage.compareAndSetSync("a", { n: 1 }, 3)).toBe(true);
    expect(storage.incrementSync("a", 2)).toBe(5);
    expect(storage.updateSync<number>("a", (n) => (n ?? 0) * 2)).toBe(10);
    expect(() => storage.updateSync("a", (async () => 1) as never)).toThrow(
      failure("NOT_SUPPORTED"),
    );
    expect(storage.getItemSync("a")).toBe(10);
  });
});

describe("atomic writes", () => {
  it("stay below the prefix of a view", async () => {
    const storage = createStorage();
    const view = prefixStorage(storage, "p");
    await view.increment("n");
    view.updateSync<number>("n", (n) => (n ?? 0) + 1);
    expect(await view.compareAndSet("n", 2, 3, { ttl: 1e6 })).toBe(true);
    expect(await view.setItem("n", 9, { ifAbsent: true })).toBe(false);
    expect(storage.getItemSync("p:n")).toBe(3);
    expect(storage.getMetaSync("p:n").ttl).toBeGreaterThan(0);
  });

  it("never take what is corrupt for absent", async () => {
    const storage = createStorage({ driver: memory(), onCorrupt: "null" });
    await storage.setItemRaw("a", "{");
    expect(await storage.getItem("a")).toBe(null);
    expect(await storage.setItem("a", 1, { ifAbsent: true })).toBe(false);
    await expect(storage.compareAndSet("a", null, 1)).rejects.toEqual(failure("CORRUPT"));
    await expect(storage.update("a", () => 1)).rejects.toEqual(failure("CORRUPT"));
    expect(await storage.getItemRaw("a")).toBe("{");
  });

  it("compare what was stored as bytes", async () => {
    const storage = createStorage();
    await storage.setItemRaw("a", Buffer.from('{"json":1}'));
    expect(await storage.compareAndSet("a", 1, 2)).toBe(true);
    expect(await storage.getItem("a")).toBe(2);
  });

  it("do nothing on a driver that ignores writes", async () => {
    const base = temporaryDirectory();
    await createStorage({ driver: fs({ base }) }).setItem("a", 1);
    const storage = createStorage({ driver: fs({ base, readOnly: true }) });
    expect(await storage.setItem("b", 1, { ifAbsent: true })).toBe(false);
    expect(await storage.compareAndSet("a", 1, 2)).toBe(false);
    await expect(storage.increment("a")).rejects.toEqual(failure("NOT_SUPPORTED"));
    expect(await storage.getItem("a")).toBe(1);
  });

  it("do not wait in place for one that is on its way", async () => {
    const map = syncMapDriver();
    const storage = createStorage({
      driver: { ...map, getItem: async (key: string) => map.getItemSync?.(key) ?? null },
    });
    const running = storage.increment("n");
    expect(() => storage.incrementSync("n")).toThrow(failure("BUSY"));
    expect(storage.incrementSync("other")).toBe(1);
    await running;
    expect(storage.incrementSync("n")).toBe(2);
  });

  it("say so where there is no text to compare", async () => {
    const storage = createStorage();
    await storage.setItemRaw("a", { an: "object" });
    await expect(storage.compareAndSet("a", 1, 2)).rejects.toEqual(failure("INVALID_VALUE"));
    await expect(storage.update("a", () => 2)).rejects.toEqual(failure("INVALID_VALUE"));
    expect(await storage.setItem("a", 2, { ifAbsent: true })).toBe(false);
  });

  it("refuse `ifAbsent` where it would be ignored", async () => {
    const storage = createStorage();
    const options = { ifAbsent: true } as const;
    await expect(storage.setItems([{ key: "a", value: 1 }], options)).rejects.toEqual(
      failure("INVALID_OPTION"),
    );
    await expect(storage.setItems([{ key: "a", value: 1, options }])).rejects.toEqual(
      failure("INVALID_OPTION"),
    );
    await expect(storage.setItemRaw("a", "x", options)).rejects.toEqual(failure("INVALID_OPTION"));
    await expect(storage.setItem("a", undefined, options)).rejects.toEqual(
      failure("INVALID_OPTION"),
    );
    expect(storage.getKeysSync()).toEqual([]);
  });

  it("refuse numbers and functions that are none", async () => {
    const storage = createStorage();
    const calls = [
      () => storage.increment("a", Number.NaN),
      () => storage.increment("a", "1" as never),
      () => storage.increment("a", 1, { initial: Number.POSITIVE_INFINITY }),
      () => storage.increment("a", 1, { min: 2, max: 1 }),
      () => storage.increment("a", 1, { most: 1 } as object),
      () => storage.update("a", undefined as never),
    ];
    for (const call of calls) await expect(call()).rejects.toEqual(failure("INVALID_OPTION"));
    await expect(storage.increment("a:..:b")).rejects.toEqual(failure("INVALID_KEY"));
  });
});
