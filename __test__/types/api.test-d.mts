import {
  type BuiltinDriverName,
  type BuiltinDriverOptions,
  builtinDrivers,
  type CreateStorageOptions,
  createStorage,
  type Driver,
  type DriverFlags,
  defineDriver,
  filterKeyByBase,
  filterKeyByDepth,
  type GetKeysOptions,
  joinKeys,
  type MaybePromise,
  type MigrationFunction,
  type MigrationHooks,
  type MigrationOptions,
  normalizeBaseKey,
  normalizeKey,
  type QueueOptions,
  restoreSnapshot,
  type Snapshot,
  type Storage,
  StorageError,
  type StorageErrorCode,
  type StorageMeta,
  snapshot,
  type TransactionOptions,
  type Unwatch,
  type WatchCallback,
  type WatchEvent,
} from "stowage";
import { describe, expectTypeOf, test } from "vitest";

const storage = createStorage();

describe("watching", () => {
  test("takes a callback, alone or with a base", () => {
    const callback: WatchCallback = (event, key) => {
      expectTypeOf(event).toEqualTypeOf<WatchEvent>();
      expectTypeOf(event).toEqualTypeOf<"update" | "remove">();
      expectTypeOf(key).toEqualTypeOf<string>();
    };
    expectTypeOf(storage.watch(callback)).resolves.toEqualTypeOf<Unwatch>();
    expectTypeOf(storage.watch("settings", callback)).resolves.toEqualTypeOf<Unwatch>();
    // @ts-expect-error a base alone watches nothing
    storage.watch("settings");
  });
});

describe("metadata and listings", () => {
  test("are typed", () => {
    expectTypeOf(storage.getMeta("a", { nativeOnly: true })).resolves.toEqualTypeOf<StorageMeta>();
    expectTypeOf(storage.getMetaSync("a").mtime).toEqualTypeOf<Date | undefined>();
    expectTypeOf(storage.setMeta("a", { ttl: 5, owner: "me" })).resolves.toBeVoid();
    expectTypeOf(storage.removeMetaSync("a")).toBeVoid();
    const options: GetKeysOptions = { maxDepth: 1, meta: true, mine: "too" };
    expectTypeOf(storage.getKeys("a", options)).resolves.toEqualTypeOf<string[]>();
    expectTypeOf(storage.keysSync()).toEqualTypeOf<string[]>();
    // @ts-expect-error a depth is a number
    storage.getKeys("a", { maxDepth: "1" });
  });
});

describe("mounts", () => {
  test("take drivers and storages", () => {
    const driver: Driver = { hasItem: () => true, getItem: () => null, getKeys: () => [] };
    expectTypeOf(storage.mount("a", driver)).toEqualTypeOf<Storage>();
    storage.mount("b", createStorage());
    createStorage({ driver: storage });
    expectTypeOf(storage.getMount("a").driver).toEqualTypeOf<Driver>();
    expectTypeOf(storage.getMounts("a", { parents: true })[0]!.base).toEqualTypeOf<string>();
    expectTypeOf(storage.unmount("a", false)).resolves.toBeVoid();
  });

  test("do not take what is no driver", () => {
    // @ts-expect-error getKeys is missing
    storage.mount("a", { hasItem: () => true, getItem: () => null });
  });
});

describe("the driver contract", () => {
  test("types a driver with options and an instance", () => {
    const factory = defineDriver<{ url: string }, Map<string, string>>((options) => {
      expectTypeOf(options.url).toEqualTypeOf<string>();
      const data = new Map<string, string>();
      return {
        name: "mine",
        flags: { maxDepth: true, ttl: false },
        options,
        getInstance: () => data,
        hasItem: (key) => data.has(key),
        getItem: async (key) => data.get(key) ?? null,
        getKeys: () => [...data.keys()],
        setItem: (key, value, opts) => {
          expectTypeOf(value).toEqualTypeOf<string>();
          expectTypeOf(opts).toEqualTypeOf<TransactionOptions>();
          data.set(key, value);
        },
        async clear(base) {
          for (const key of await this.getKeys(base, {})) data.delete(key);
        },
      };
    });
    const driver = factory({ url: "u" });
    expectTypeOf(driver.getInstance!()).toEqualTypeOf<Map<string, string>>();
    expectTypeOf(driver.options).toEqualTypeOf<{ url: string } | undefined>();
    expectTypeOf(driver.flags).toEqualTypeOf<DriverFlags | undefined>();
    // @ts-expect-error the option is required
    factory({});
  });

  test("allows an answer now or later, and only now from the Sync methods", () => {
    expectTypeOf<Driver["getItem"]>().returns.toEqualTypeOf<
      MaybePromise<Awaited<ReturnType<Driver["getItem"]>>>
    >();
    // @ts-expect-error a promise is no answer of a Sync method
    const wrong: Driver["hasItemSync"] = async () => true;
    expectTypeOf(wrong).not.toBeAny();
  });

  test("lets a class and a wrapper be drivers", () => {
    class Plain implements Driver {
      name = "plain";
      hasItem = () => false;
      getItem(_key: string) {
        return null;
      }
      async getKeys() {
        return [];
      }
    }
    const inner: Driver = new Plain();
    const wrapper: Driver = { ...inner, setItem: inner.setItem?.bind(inner) };
    createStorage({ driver: wrapper });
  });
});

describe("createStorage", () => {
  test("takes its documented options and no others", () => {
    const hooks: MigrationHooks = {
      beforeMigration: (from, to, store) => {
        expectTypeOf(from).toBeNumber();
        expectTypeOf(to).toBeNumber();
        expectTypeOf(store).toEqualTypeOf<Storage>();
      },
      onMigrationError: async (error) => {
        expectTypeOf(error).toEqualTypeOf<Error>();
      },
    };
    const step: MigrationFunction = async (store) => store.setItem("a", 1);
    const migrations: MigrationOptions = { 1: step, 2: () => {} };
    const options: CreateStorageOptions = {
      version: 2,
      migrations,
      migrationHooks: hooks,
      onDowngrade: "error",
      onCorrupt: "null",
    };
    expectTypeOf(createStorage(options).migrate()).resolves.toBeVoid();
    expectTypeOf(createStorage(options).getStorageVersion()).resolves.toEqualTypeOf<
      number | null
    >();
    // @ts-expect-error not a way to handle it
    createStorage({ onCorrupt: "ignore" });
    // @ts-expect-error no such option
    createStorage({ drivers: [] });
  });
});

describe("module functions", () => {
  test("take and give what they say", () => {
    expectTypeOf(snapshot(storage, "a")).resolves.toEqualTypeOf<Snapshot<string>>();
    expectTypeOf(snapshot<number>(storage, "a")).resolves.toEqualTypeOf<Record<string, number>>();
    expectTypeOf(restoreSnapshot(storage, { a: { b: 1 } }, "x")).resolves.toBeVoid();
    snapshot(createStorage<{ items: { a: number } }>(), "");
    expectTypeOf(normalizeKey).toEqualTypeOf<(key?: string) => string>();
    expectTypeOf(normalizeBaseKey).toEqualTypeOf<(base?: string) => string>();
    expectTypeOf(joinKeys).toEqualTypeOf<(...keys: string[]) => string>();
    expectTypeOf(filterKeyByDepth("a", undefined)).toBeBoolean();
    expectTypeOf(filterKeyByBase("a", "b")).toBeBoolean();
  });

  test("name the built-in drivers", () => {
    expectTypeOf(builtinDrivers.fsLite).toEqualTypeOf<"stowage/drivers/fs-lite">();
    expectTypeOf<keyof typeof builtinDrivers>().toEqualTypeOf<BuiltinDriverName>();
    expectTypeOf<BuiltinDriverOptions["queue"]>().toExtend<QueueOptions>();
  });
});

describe("errors", () => {
  test("are Errors that say what failed", () => {
    const error = new StorageError("CORRUPT", "no", { operation: "getItem", key: "k" });
    expectTypeOf(error).toExtend<Error>();
    expectTypeOf(error.code).toEqualTypeOf<StorageErrorCode>();
    expectTypeOf(error.key).toEqualTypeOf<string | undefined>();
    expectTypeOf<"ENOSPC">().toExtend<StorageErrorCode>();
    expectTypeOf<"corrupt">().not.toExtend<StorageErrorCode>();
  });
});
