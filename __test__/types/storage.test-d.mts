import { createStorage, prefixStorage, type Storage, type StorageValue } from "stowage";
import memoryDriver from "stowage/drivers/memory";
import { describe, expectTypeOf, test } from "vitest";

type Settings = { items: { theme: "dark" | "light"; volume: number; recent?: string[] } };
type User = { name: string; age: number };

describe("a storage without a definition", () => {
  const storage = createStorage();

  test("reads what any key may hold", () => {
    expectTypeOf(storage).toEqualTypeOf<Storage<StorageValue>>();
    expectTypeOf(storage.getItem("a")).resolves.toEqualTypeOf<StorageValue>();
    expectTypeOf(storage.getItemSync("a")).toEqualTypeOf<StorageValue>();
    expectTypeOf(storage.get("a")).resolves.toEqualTypeOf<StorageValue>();
  });

  test("reads as the type that is asked for", () => {
    expectTypeOf(storage.getItem<User>("u")).resolves.toEqualTypeOf<User | null>();
    expectTypeOf(storage.getItemSync<User>("u")).toEqualTypeOf<User | null>();
    expectTypeOf(storage.getItem<bigint>("n")).resolves.toEqualTypeOf<bigint | null>();
    expectTypeOf(storage.getItemRaw<Uint8Array>("b")).resolves.toEqualTypeOf<Uint8Array | null>();
    expectTypeOf(storage.getItemRawSync("b")).toBeAny();
  });

  test("reads batches", () => {
    const later = storage.getItems(["a", { key: "b", options: { ttl: 1 } }]);
    expectTypeOf(later).resolves.toEqualTypeOf<{ key: "a" | "b"; value: StorageValue }[]>();
    const keys: string[] = ["a"];
    const now = storage.getItemsSync(keys);
    expectTypeOf(now).toEqualTypeOf<{ key: string; value: StorageValue }[]>();
    const users = storage.getItemsSync<User>(keys);
    expectTypeOf(users).toEqualTypeOf<{ key: string; value: User | null }[]>();
  });

  test("takes every storable value, and undefined to remove", () => {
    storage.setItem("a", 1n);
    storage.setItem("a", undefined);
    storage.setItemSync("a", undefined);
    storage.setItem<User>("u", { name: "n", age: 1 }, { ttl: 1000 });
    storage.setItems([
      { key: "a", value: "x" },
      { key: "b", value: "y", options: { priority: 1 } },
    ]);
    expectTypeOf(storage.setItem("a", null)).resolves.toBeVoid();
    expectTypeOf(storage.setItemSync("a", { deep: [new Date()] })).toBeVoid();
  });

  test("refuses what cannot be stored", () => {
    // @ts-expect-error a symbol is no value
    storage.setItem("a", Symbol("s"));
    // @ts-expect-error a symbol is no value
    storage.setItemSync("a", Symbol("s"));
    // @ts-expect-error a key is a string
    storage.getItem(1);
  });
});

describe("a storage with a definition", () => {
  const storage = createStorage<Settings>({ driver: memoryDriver() });

  test("knows the type of each key", () => {
    expectTypeOf(storage.getItem("theme")).resolves.toEqualTypeOf<"dark" | "light" | null>();
    expectTypeOf(storage.getItem("volume")).resolves.toEqualTypeOf<number | null>();
    expectTypeOf(storage.getItemSync("theme")).toEqualTypeOf<"dark" | "light" | null>();
    expectTypeOf(storage.getSync("volume")).toEqualTypeOf<number | null>();
    expectTypeOf(storage.getItem("recent")).resolves.toEqualTypeOf<string[] | null | undefined>();
  });

  test("gives unknown keys the general type", () => {
    expectTypeOf(storage.getItem("other")).resolves.toEqualTypeOf<StorageValue>();
    expectTypeOf(storage.getItemSync("other")).toEqualTypeOf<StorageValue>();
  });

  test("checks what is written", () => {
    storage.setItem("theme", "dark");
    storage.setItemSync("volume", 3);
    storage.set("volume", 3);
    // @ts-expect-error not a theme
    storage.setItem("theme", "blue");
    // @ts-expect-error not a number
    storage.setItemSync("volume", "3");
    // @ts-expect-error not a number
    storage.setSync("volume", "3");
    // @ts-expect-error a declared key takes its own type only
    storage.setItem("theme", undefined);
    // @ts-expect-error not a declared key
    storage.setItem("other", 1);
  });

  test("checks batches", () => {
    storage.setItems([{ key: "volume", value: 1 }]);
    storage.setItemsSync([{ key: "theme", value: "light", options: {} }]);
    // @ts-expect-error not a number
    storage.setItems([{ key: "volume", value: "1" }]);
    // @ts-expect-error not a theme
    storage.setItemsSync([{ key: "theme", value: "blue" }]);
    expectTypeOf(storage.getItems(["theme"])).resolves.toEqualTypeOf<
      { key: "theme"; value: "dark" | "light" | null }[]
    >();
    expectTypeOf(storage.getItemsSync(["volume", { key: "volume" }])).toEqualTypeOf<
      { key: "volume"; value: number | null }[]
    >();
    // @ts-expect-error not a declared key
    storage.getItems(["other"]);
  });

  test("offers the declared keys to hasItem and removeItem, and takes others", () => {
    expectTypeOf(storage.hasItem("theme")).resolves.toBeBoolean();
    expectTypeOf(storage.hasItemSync("other")).toBeBoolean();
    expectTypeOf(storage.removeItem("theme", true)).resolves.toBeVoid();
    expectTypeOf(storage.removeItemSync("other", { removeMeta: true })).toBeVoid();
  });

  test("keeps the types out of the way of migrations", () => {
    expectTypeOf(storage._setItemInternal("any", Symbol("s"))).resolves.toBeVoid();
    expectTypeOf(storage._setItemsInternal([{ key: "any", value: 1 }])).resolves.toBeVoid();
    expectTypeOf(storage._getItemsInternal(["any"])).resolves.toEqualTypeOf<
      { key: string; value: any }[]
    >();
  });
});

describe("a storage of one type", () => {
  test("reads that type", () => {
    const storage = createStorage<User>();
    expectTypeOf(storage.getItem("u:1")).resolves.toEqualTypeOf<User | null>();
    expectTypeOf(storage.getItemSync("u:1")).toEqualTypeOf<User | null>();
  });
});

describe("prefixStorage", () => {
  test("has the type that is asked for", () => {
    const plain = createStorage();
    expectTypeOf(prefixStorage<number>(plain, "n")).toEqualTypeOf<Storage<number>>();
    expectTypeOf(prefixStorage<number>(createStorage<string>(), "n")).toEqualTypeOf<
      Storage<number>
    >();
  });

  test("types each key by a definition", () => {
    const settings = prefixStorage<Settings>(createStorage(), "settings");
    expectTypeOf(settings.getItem("volume")).resolves.toEqualTypeOf<number | null>();
    expectTypeOf(settings.getItemSync("theme")).toEqualTypeOf<"dark" | "light" | null>();
    settings.setItemsSync([{ key: "volume", value: 1 }]);
    // @ts-expect-error not a number
    settings.setItem("volume", "1");
  });

  test("keeps the definition of its storage when none is named", () => {
    const settings = prefixStorage(createStorage<Settings>(), "settings");
    expectTypeOf(settings).toEqualTypeOf<Storage<Settings>>();
  });
});
