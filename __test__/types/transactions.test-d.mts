import type { Readable, Writable } from "node:stream";
import { createStorage, type ExpiringWatchEvent, type WatchEvent } from "stowage";
import { describe, expectTypeOf, test } from "vitest";

type Settings = { items: { theme: "dark" | "light"; volume: number } };

describe("transactions", () => {
  const storage = createStorage<Settings>();

  test("give what their function gives", () => {
    expectTypeOf(storage.transaction(async () => 1)).resolves.toBeNumber();
    expectTypeOf(storage.transaction(() => "a", { retries: 3, timeout: 10 })).resolves.toBeString();
    expectTypeOf(storage.transactionSync(() => 1)).toBeNumber();
  });

  test("have typed items", () => {
    storage.transaction(async (tx) => {
      expectTypeOf(tx.getItem("theme")).resolves.toEqualTypeOf<"dark" | "light" | null>();
      expectTypeOf(tx.getSync("volume")).toEqualTypeOf<number | null>();
      expectTypeOf(tx.keys()).resolves.toEqualTypeOf<string[]>();
      await tx.setItem("volume", 1);
      // @ts-expect-error the volume is a number
      await tx.setItem("volume", "loud");
      // @ts-expect-error a transaction has no mounts
      tx.mount;
    });
  });

  test("without promises have only methods without promises", () => {
    storage.transactionSync((tx) => {
      expectTypeOf(tx.getItemSync("volume")).toEqualTypeOf<number | null>();
      // @ts-expect-error it would answer with a promise
      tx.getItem;
    });
  });
});

describe("atomic helpers", () => {
  test("know the type of each key", () => {
    const storage = createStorage<Settings>();
    expectTypeOf(storage.compareAndSet("volume", null, 1)).resolves.toBeBoolean();
    expectTypeOf(storage.compareAndSetSync("theme", "dark", undefined)).toBeBoolean();
    const update = storage.update("volume", (old) => (old ?? 0) + 1);
    expectTypeOf(update).resolves.toEqualTypeOf<number | undefined>();
    // @ts-expect-error the volume is a number
    storage.update("volume", () => "loud");
    expectTypeOf(storage.increment("volume", 2, { max: 9 })).resolves.toBeNumber();
  });

  test("work without a definition", () => {
    const storage = createStorage();
    expectTypeOf(storage.update<number>("n", async (n) => (n ?? 0) + 1)).resolves.toEqualTypeOf<
      number | undefined
    >();
    expectTypeOf(storage.updateSync<number>("n", (n) => n ?? 0)).toEqualTypeOf<
      number | undefined
    >();
    // @ts-expect-error a promise cannot be awaited here
    storage.updateSync<number>("n", async () => 1);
    expectTypeOf(storage.setItem("a", 1, { ifAbsent: true })).resolves.toBeBoolean();
    expectTypeOf(storage.setItemSync("a", 1, { ifAbsent: true, ttl: 5 })).toBeBoolean();
    expectTypeOf(storage.setItem("a", 1, { ttl: 5 })).resolves.toBeVoid();
    // @ts-expect-error a number of milliseconds
    storage.setItem("a", 1, { ttl: "5" });
  });
});

describe("walks, streams and watches", () => {
  const storage = createStorage();

  test("give pairs, or keys alone", async () => {
    for (const item of storage.entries<number>({ base: "a" })) {
      expectTypeOf(item).toEqualTypeOf<[key: string, value: number]>();
    }
    for await (const key of storage.entries({ keysOnly: true, reverse: true, limit: 3 })) {
      expectTypeOf(key).toBeString();
    }
    expectTypeOf(storage.getKeys("a", { limit: 3, after: "a:b" })).resolves.toEqualTypeOf<
      string[]
    >();
  });

  test("are those of Node", () => {
    expectTypeOf(storage.createReadStream("a", { highWaterMark: 1 })).toEqualTypeOf<Readable>();
    expectTypeOf(storage.createWriteStream("a", { ttl: 1 })).toEqualTypeOf<Writable>();
  });

  test("tell of items that end only to those who ask", () => {
    storage.watch((event) => expectTypeOf(event).toEqualTypeOf<WatchEvent>());
    storage.watch("a", (event) => expectTypeOf(event).toEqualTypeOf<ExpiringWatchEvent>(), {
      expire: true,
    });
  });

  test("metadata say when an item ends", async () => {
    const meta = await storage.getMeta("a");
    expectTypeOf(meta.expires).toEqualTypeOf<Date | undefined>();
    expectTypeOf(meta.ttl).toEqualTypeOf<number | undefined>();
  });
});
