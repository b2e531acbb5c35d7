// Random histories through the public API against a Map: items with ends, batches, atomic writes,
// transactions and walks, synchronous and awaited, on every driver that has all of them.
import fc from "fast-check";
import { createStorage, type Storage, type StorageValue } from "stowage";
import sqlite from "stowage/drivers/sqlite";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { temporaryDirectory } from "../tools/temporary.mjs";
import { TRANSACTIONAL } from "./stores.js";

/** Histories of each store. The full measure is set by STOWAGE_HISTORIES=5000. */
const HISTORIES = Number(process.env.STOWAGE_HISTORIES ?? 25);

const KEYS = ["a", "a:1", "a:2", "b:1", "b%", "é", "__proto__", "\u{10ffff}"];
const BASES = ["", "a", "b", "é"];

type Key = string;
type Stored = { value: StorageValue; end: number };
type Model = Map<Key, Stored>;

type Step =
  | { do: "set"; key: Key; value: StorageValue; ttl?: number; sync: boolean }
  | { do: "many"; keys: Key[]; value: StorageValue; ttl?: number; sync: boolean }
  | { do: "add"; key: Key; value: StorageValue; sync: boolean }
  | { do: "remove"; key: Key; sync: boolean }
  | { do: "clear"; base: string; sync: boolean }
  | { do: "increment"; key: Key; by: number; sync: boolean }
  | { do: "swap"; key: Key; from: StorageValue; to: StorageValue; sync: boolean }
  | { do: "transaction"; gets: Key[]; sets: [Key, StorageValue][]; fails: boolean; sync: boolean }
  | { do: "pass"; time: number };

const key = fc.constantFrom(...KEYS);
const value = fc.oneof(
  fc.integer({ min: 0, max: 2 }),
  fc.constantFrom("text", { n: 1 }, [1, null], true, "x".repeat(70_000)),
) as fc.Arbitrary<StorageValue>;
const ttl = fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined });
const sync = fc.boolean();
const keys = fc.uniqueArray(key, { minLength: 1, maxLength: 4 });

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("set" as const), key, value, ttl, sync }) as fc.Arbitrary<Step>,
  fc.record({ do: fc.constant("many" as const), keys, value, ttl, sync }) as fc.Arbitrary<Step>,
  fc.record({ do: fc.constant("add" as const), key, value, sync }),
  fc.record({ do: fc.constant("remove" as const), key, sync }),
  fc.record({ do: fc.constant("clear" as const), base: fc.constantFrom(...BASES), sync }),
  fc.record({
    do: fc.constant("increment" as const),
    key,
    by: fc.integer({ min: -2, max: 2 }),
    sync,
  }),
  fc.record({ do: fc.constant("swap" as const), key, from: value, to: value, sync }),
  fc.record({
    do: fc.constant("transaction" as const),
    gets: keys,
    sets: fc.array(fc.tuple(key, value), { maxLength: 3 }),
    fails: sync,
    sync,
  }),
  fc.record({ do: fc.constant("pass" as const), time: fc.integer({ min: 1, max: 20 }) }),
);

const byBytes = (one: string, other: string) =>
  Buffer.compare(Buffer.from(one), Buffer.from(other));
const isBelow = (base: string, key: string) => base === "" || key.startsWith(`${base}:`);
const isEqual = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

/** Takes the same steps as a storage, with a Map. */
class History {
  readonly items: Model = new Map();

  constructor(readonly storage: Storage) {}

  #living(key: Key) {
    const stored = this.items.get(key);
    return stored && stored.end > Date.now() ? stored : undefined;
  }

  #value(key: Key) {
    return this.#living(key)?.value ?? null;
  }

  #put(key: Key, value: StorageValue, ttl = Number.POSITIVE_INFINITY) {
    this.items.set(key, { value, end: Date.now() + ttl });
  }

  async take(step: Step) {
    if (step.do === "pass") vi.setSystemTime(Date.now() + step.time);
    else if (step.do === "increment") await this.#increment(step);
    else if (step.do === "swap") await this.#swap(step);
    else if (step.do === "add") await this.#add(step);
    else if (step.do === "transaction") await this.#transaction(step);
    else await this.#write(step);
  }

  async #write(step: Extract<Step, { do: "set" | "many" | "remove" | "clear" }>) {
    const { storage } = this;
    if (step.do === "set") {
      const options = step.ttl === undefined ? {} : { ttl: step.ttl };
      if (step.sync) storage.setItemSync(step.key, step.value, options);
      else await storage.setItem(step.key, step.value, options);
      this.#put(step.key, step.value, step.ttl);
    } else if (step.do === "many") {
      const items = step.keys.map((key) => ({ key, value: step.value }));
      const options = step.ttl === undefined ? {} : { ttl: step.ttl };
      if (step.sync) storage.setItemsSync(items, options);
      else await storage.setItems(items, options);
      for (const key of step.keys) this.#put(key, step.value, step.ttl);
    } else if (step.do === "remove") {
      if (step.sync) storage.removeItemSync(step.key);
      else await storage.removeItem(step.key);
      this.items.delete(step.key);
    } else {
      if (step.sync) storage.clearSync(step.base);
      else await storage.clear(step.base);
      for (const key of this.items.keys()) if (isBelow(step.base, key)) this.items.delete(key);
    }
  }

  async #add({ key, value, sync }: Extract<Step, { do: "add" }>) {
    const { storage } = this;
    const options = { ifAbsent: true } as const;
    const stored = sync
      ? storage.setItemSync(key, value, options)
      : await storage.setItem(key, value, options);
    expect(stored).toBe(!this.#living(key));
    if (stored) this.#put(key, value);
  }

  async #increment({ key, by, sync }: Extract<Step, { do: "increment" }>) {
    const before = this.#living(key);
    const call = async () =>
      sync ? this.storage.incrementSync(key, by) : await this.storage.increment(key, by);
    if (before && typeof before.value !== "number") {
      await expect(call()).rejects.toMatchObject({ name: "StorageError" });
      return;
    }
    const sum = Number(before?.value ?? 0) + by;
    expect(await call()).toBe(sum);
    this.items.set(key, { value: sum, end: before?.end ?? Number.POSITIVE_INFINITY });
  }

  async #swap({ key, from, to, sync }: Extract<Step, { do: "swap" }>) {
    const isSwapped = sync
      ? this.storage.compareAndSetSync(key, from, to)
      : await this.storage.compareAndSet(key, from, to);
    const before = this.#living(key);
    expect(isSwapped).toBe(before !== undefined && isEqual(before.value, from));
    if (isSwapped) this.#put(key, to);
  }

  async #transaction({ gets, sets, fails, sync }: Extract<Step, { do: "transaction" }>) {
    const own = new Map<Key, StorageValue>();
    const look = (key: Key) => (own.has(key) ? own.get(key) : this.#value(key));
    const stop = new Error("intended");
    const call = async () => {
      if (sync)
        return this.storage.transactionSync((tx) => {
          for (const key of gets) expect(tx.getItemSync(key)).toEqual(look(key));
          for (const [key, value] of sets) {
            tx.setItemSync(key, value);
            own.set(key, value);
            expect(tx.getItemSync(key)).toEqual(value);
          }
          if (fails) throw stop;
        });
      return this.storage.transaction(async (tx) => {
        for (const key of gets) expect(await tx.getItem(key)).toEqual(look(key));
        for (const [key, value] of sets) {
          await tx.setItem(key, value);
          own.set(key, value);
          expect(await tx.getItem(key)).toEqual(value);
        }
        if (fails) throw stop;
      });
    };
    if (fails) await expect(call()).rejects.toBe(stop);
    else {
      await call();
      for (const [key, value] of own) this.#put(key, value);
    }
  }

  /** What every way of reading must agree on. */
  async check() {
    const { storage } = this;
    const all = KEYS.filter((key) => this.#living(key)).sort(byBytes);
    const entries = all.map((key) => [key, this.#value(key)]);
    expect([...storage.entries()]).toEqual(entries);
    expect([...storage.entries({ reverse: true })].reverse()).toEqual(entries);
    const walked: unknown[] = [];
    for await (const entry of storage.entries({ start: "a:1", end: "é" })) walked.push(entry);
    const isInside = (key: string) => byBytes(key, "a:1") >= 0 && byBytes(key, "é") < 0;
    expect(walked).toEqual(entries.filter(([key]) => isInside(key as string)));
    for (const base of BASES) {
      const below = all.filter((key) => isBelow(base, key));
      expect([...(await storage.getKeys(base))].sort(byBytes)).toEqual(below);
      expect(storage.getKeysSync(base, { limit: 2 })).toEqual(below.slice(0, 2));
    }
    const many = KEYS.map((key) => ({ key, value: this.#value(key) }));
    expect(await storage.getItems(KEYS)).toEqual(many);
    for (const key of KEYS) {
      expect(storage.getItemSync(key)).toEqual(this.#value(key));
      expect(await storage.hasItem(key)).toBe(this.#living(key) !== undefined);
    }
  }
}

const STORES: [string, () => Storage][] = [
  ...TRANSACTIONAL.map(
    ([name, make]) => [name, () => createStorage({ driver: make() })] as [string, () => Storage],
  ),
  [
    "sqlite without a cache",
    () =>
      createStorage({ driver: sqlite({ path: `${temporaryDirectory()}/kv.db`, cacheBytes: 0 }) }),
  ],
  ["sqlite in memory", () => createStorage({ driver: sqlite({ path: ":memory:" }) })],
];

describe.each(STORES)("%s", (_, make) => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("follows a Map through any history", { timeout: 20_000 + HISTORIES * 500 }, async () => {
    const histories = fc.array(step, { minLength: 1, maxLength: 30 });
    const property = fc.asyncProperty(histories, async (steps) => {
      const storage = make();
      const history = new History(storage);
      for (const each of steps) {
        await history.take(each);
        await history.check();
      }
      await storage.dispose();
    });
    await fc.assert(property, { numRuns: HISTORIES });
  });
});
